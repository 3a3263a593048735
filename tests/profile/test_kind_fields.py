"""What tells kinds is configured, kept, known or proposed, by the first records alone."""

from __future__ import annotations

import random

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemagen.files import to_json
from schemagen.profile import kind_fields
from schemagen.profile.collect import collect
from schemagen.profile.kind_fields import KindFinder, KindSettings
from schemagen.profile.kind_proposal import proposed_fields
from schemagen.profile.kind_reader import KindReader
from schemagen.profile.kinds import OTHER
from schemagen.profile.known_kinds import known_fields
from schemagen.profile.paths import keys_of, render
from schemagen.profile.profiler import Profiler
from schemagen.sources.memory import MemorySource
from schemagen.sources.records import Batch

WINLOGBEAT7 = {"winlog": {"channel": "Security", "event_id": 4688}, "event": {"code": "4688"}}
WINLOGBEAT6 = {"log_name": "Security", "event_id": 4688}


def written(fields):
    return [render(path) for path in fields]


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        (WINLOGBEAT7, ["winlog.channel", "winlog.event_id"]),
        (WINLOGBEAT6, ["log_name", "event_id"]),
        (
            {"winlog.channel": "Security", "winlog.event_id": 1},
            ['"winlog.channel"', '"winlog.event_id"'],
        ),
        ({"Channel": "Security", "EventID": 1}, ["Channel", "EventID"]),
        ({"eventSource": "s3", "eventName": "PutObject"}, ["eventSource", "eventName"]),
        ({"event_type": "dns", "flow_id": 5}, ["event_type"]),
        ({"_path": "conn"}, ["_path"]),
        ({"action": "opened", "sender": {"login": "x"}}, ["action"]),
        ({"category": "Audit", "operationName": "Write"}, ["category", "operationName"]),
        ({"class_uid": 3002, "activity_id": 1}, ["class_uid", "activity_id"]),
        (
            {"event": {"dataset": "system.auth", "action": "login"}},
            ["event.dataset", "event.action"],
        ),
        ({"event": {"code": "4688"}}, ["event.code"]),
        ({"action": "opened"}, []),
        ({"_path": {"x": 1}}, []),
        ({"a": 1}, []),
    ],
)
def test_the_events_of_known_products(message, fields):
    assert written(known_fields([message])) == fields


def test_what_most_messages_are_decides():
    assert written(known_fields([WINLOGBEAT6] * 6 + [WINLOGBEAT7] * 4)) == ["log_name", "event_id"]


def unknown(count, seed=5):
    """Make events of three kinds, of which one field tells which; others only look as if."""
    rng = random.Random(seed)
    kinds = {"login": ["ip", "agent"], "upload": ["size", "file"], "error": ["stack"]}
    for number in range(count):
        kind = rng.choice(list(kinds))
        yield {
            "id": number,
            "region": rng.choice(["eu", "us"]),
            "user": kind + "-user",
            "what": kind,
            **dict.fromkeys(kinds[kind], number),
        }


def test_a_field_that_decides_which_keys_are_there_is_proposed():
    assert written(proposed_fields(list(unknown(100)))) == ["what"]


def test_two_fields_that_decide_it_together_are_proposed():
    rng = random.Random(3)
    messages = []
    for number in range(200):
        one, two = rng.choice("ab"), rng.choice("cd")
        messages.append({"s": one, "t": two, "of": {f"k{one}{two}": number}})
    assert sorted(written(proposed_fields(messages))) == ["s", "t"]


def test_nothing_is_proposed_where_nothing_decides():
    rng = random.Random(3)
    same = [{"what": rng.choice("ab"), "x": 1}] * 100
    chance = [{"what": rng.choice("ab"), rng.choice("xyz"): 1} for _ in range(200)]
    ids = [{"what": f"n{number}", f"k{number}": 1} for number in range(200)]
    assert [proposed_fields(each) for each in (same, chance, ids)] == [(), (), ()]
    assert proposed_fields(list(unknown(19))) == ()


def test_who_somebody_is_is_no_kind():
    messages = [{key: v for key, v in each.items() if key != "what"} for each in unknown(100)]
    assert proposed_fields(messages) == ()


def test_fields_kept_from_last_time_hold_as_long_as_most_messages_have_them():
    kept = KindSettings(kept=(("event", "code"),))
    assert found([WINLOGBEAT7], kept) == ["event.code"]
    assert found([WINLOGBEAT6], kept) == ["log_name", "event_id"]


def found(messages, settings):
    finder = KindFinder(settings)
    values = [orjson.dumps(each) for each in messages]
    finder.take(Batch("t", None, range(len(values)), values))
    return written(finder.fields())


def as_bytes(evidence):
    return to_json(evidence.to_json(), sort_keys=True)


@given(st.integers(1, 300), st.integers(1, 300), st.sampled_from([1, 40, 10_000]))
def test_the_first_records_are_the_same_however_large_the_batches(one, two, most_bytes):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind_fields, "FIRST_RECORDS", 40)
        patch.setattr(kind_fields, "_FIRST_BYTES", most_bytes)
        values = [orjson.dumps(each) for each in unknown(300)]
        evidence = []
        for size in (one, two):
            profiler = Profiler("t", kinds=KindSettings())
            for start in range(0, len(values), size):
                batch = values[start : start + size]
                profiler.add(Batch("t", None, range(len(batch)), batch))
            profiler.finish()
            evidence.append(as_bytes(profiler.evidence))
        assert evidence[0] == evidence[1]


@pytest.mark.parametrize("jobs", [2, 3])
@pytest.mark.parametrize("settings", [KindSettings(), KindSettings((("region",),), most=1)])
def test_any_number_of_jobs_gives_the_same_evidence(jobs, settings):
    messages = list(unknown(5_000))
    alone = collect(MemorySource(messages), "t", kinds=settings)
    beside = collect(MemorySource(messages), "t", kinds=settings, jobs=jobs)
    assert alone.profile.kinds.fields
    assert as_bytes(alone) == as_bytes(beside)


def test_a_sample_that_is_smaller_than_the_first_records_is_counted_whole():
    evidence = collect(MemorySource([WINLOGBEAT7] * 3), "t", kinds=KindSettings())
    assert evidence.profile.kinds.counts == {"Security\n4688": 3}
    assert collect(MemorySource([]), "t", kinds=KindSettings()).profile.messages == 0


def test_a_reader_takes_any_message():
    reader = KindReader((("a", "b"), ("a", "c")))
    messages = [{"a": {"b": "x", "c": 1}}, {"a": {"b": [1], "c": 1}}, {"a": 5}, {}, {"a": {"c": 2}}]
    assert reader.tags(messages).names == ["x\n1", OTHER, "\n", "\n", "\n2"]
    assert reader.tags(messages[:1]).names == ["x\n1"]


@pytest.mark.parametrize("path", [("a",), ("a", "b"), ("a.b", "c"), (" a", 'q"'), ("@timestamp",)])
def test_a_path_of_keys_is_read_as_it_is_written(path):
    assert keys_of(render(path)) == path


@pytest.mark.parametrize("text", ["", "a..b", "a[]", "a.*", '"x', ".a", "a."])
def test_what_is_not_a_path_of_keys(text):
    with pytest.raises(ValueError, match="path of keys"):
        keys_of(text)
