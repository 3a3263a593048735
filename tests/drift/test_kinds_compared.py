"""Kinds of events that vanish, come or are another share: one finding each, and what it blinds."""

from __future__ import annotations

import random

import drifting
import pytest
from drifting import drift, only, said
from rule_writing import write

from schemagen.drift.findings import FindingClass
from schemagen.drift.kinds import ComparedKinds
from schemagen.profile.kinds import EventKinds
from schemagen.profile.profile import Profile

FIELDS = (("winlog", "channel"), ("winlog", "event_id"))
PROCESS = {
    "title": "A process",
    "logsource": {"product": "windows", "category": "process_creation"},
    "detection": {"selection": {"CommandLine": "x"}, "condition": "selection"},
}
LOGON = {
    "title": "A logon",
    "logsource": {"product": "windows", "service": "security"},
    "detection": {"selection": {"EventID": 4624, "LogonType": "3"}, "condition": "selection"},
}


def event(number, channel="Security", **data):
    return {"winlog": {"channel": channel, "event_id": number, "event_data": data}}


def process(**more):
    return event(4688, NewProcessName="a", CommandLine="b", **more)


def logon(**more):
    return event(4624, LogonType="3", Name="c", **more)


EVENTS = [process() for _ in range(60)] + [logon() for _ in range(400)]
OTHER = {"log_name": "Security", "event_id": 4688, "event_data": {"CommandLine": "b"}}


@pytest.fixture
def base(tmp_path):
    return committed(tmp_path)


def committed(folder, events=EVENTS, fields=FIELDS, pipelines=("winlogbeat",)):
    rules = folder / "rules.yml"
    write(rules, PROCESS, LOGON)
    return drifting.baseline(events, fields, rules=[rules], pipelines=pipelines)


def blinded(finding):
    return [(each.name, each.partly, each.before.count, each.now.count) for each in finding.blinded]


def test_the_same_again_is_no_finding(base):
    assert drift(base, random.Random(1).sample(EVENTS, 230)).findings == []


def test_a_kind_that_vanishes_is_one_finding_and_blinds_who_looked_at_it(base):
    found = only(drift(base, EVENTS[60:]))
    assert (found.kind, found.place) == (FindingClass.BLINDS, "(kind Security 4688)")
    assert found.what == "events of this kind are gone: 0 of 400 events; before, 60 of 460"
    assert blinded(found) == [("A process", False, 60, 0)]
    assert found.path == ()
    assert (found.before.count, found.now.count, found.unit) == (60, 0, "records")


def test_a_kind_that_nobody_looks_at_is_rarer(base, tmp_path):
    more = [event(1, "System", Text="t")] * 50
    base = committed(tmp_path, EVENTS + more)
    found = only(drift(base, EVENTS))
    assert (found.kind, found.place) == (FindingClass.RARER, "(kind System 1)")


def test_a_kind_that_comes_explains_its_fields(base):
    new = [event(1102, Subject="s", Reason="r")] * 50
    found = only(drift(base, EVENTS + new))
    assert (found.kind, found.place) == (FindingClass.COMMONER, "(kind Security 1102)")
    assert "a new kind of event, with 2 fields that the stream doesn't read" in found.what
    names = [path[-1] for path in found.related]
    assert sorted(names) == ["Reason", "Subject"]


def test_a_kind_that_floods_the_topic_is_one_finding_and_blinds_nobody(base):
    found = only(drift(base, EVENTS + EVENTS[:60] * 20))
    assert (found.kind, found.place) == (FindingClass.COMMONER, "(kind Security 4688)")
    assert found.blinded == ()


def test_a_field_that_vanishes_in_one_kind_alone_while_it_is_common_elsewhere(tmp_path):
    one = [event(1, "Microsoft-Windows-Sysmon/Operational", CommandLine="b")] * 300
    base = committed(tmp_path, EVENTS + one)
    now = [event(4688, NewProcessName="a")] * 60 + EVENTS[60:] + one
    found = only(drift(base, now))
    assert (found.kind, found.place) == (FindingClass.BLINDS, "winlog.event_data.CommandLine")
    assert found.what == (
        "in 0 of 60 of its objects; before, in 60 of 60, in events of the kind Security 4688"
    )
    assert blinded(found) == [("A process", True, 360, 300)]


def test_ten_percent_of_another_agents_shape_fail_and_name_the_detections(base):
    found = drift(base, EVENTS + [OTHER] * 46)
    assert [each.place for each in found.failing] == ["(kind none)"]
    finding = only(found)
    assert finding.kind is FindingClass.BLINDS
    assert "46 of 506 events; before, 0 of 460; they look like Winlogbeat 6" in finding.what
    assert "Add the pipeline winlogbeat6" in finding.remedy
    assert blinded(finding) == [("A logon", True, 400, 400), ("A process", True, 60, 60)]
    assert [each.now.of for each in finding.blinded] == [446, 106]


def test_another_agent_altogether_is_one_finding_with_what_moved(base):
    other = [
        {"log_name": "Security", "event_id": number, "event_data": each["winlog"]["event_data"]}
        for each in EVENTS
        for number in [each["winlog"]["event_id"]]
    ]
    finding = only(drift(base, other))
    assert (finding.kind, finding.place) == (FindingClass.BLINDS, "(kind none)")
    assert "`winlog.event_data` to `event_data`" in finding.what
    assert blinded(finding) == [("A logon", False, 400, 0), ("A process", False, 60, 0)]


def test_detections_that_read_both_shapes_are_not_blind(tmp_path):
    events = [*EVENTS, *[OTHER] * 20]
    base = committed(tmp_path, events, pipelines=("winlogbeat", "winlogbeat6"))
    found = drift(base, [*EVENTS, *[OTHER] * 200])
    finding = only(found)
    assert "another shape" in finding.what
    assert [name for name, *_ in blinded(finding)] == ["A logon"]


def test_a_kind_field_that_is_gone_is_told_of_the_field_not_of_the_kinds(base):
    gone = drifting.copy_of(EVENTS)
    for each in gone:
        del each["winlog"]["event_id"]
    assert said(drift(base, gone)) == [("blinds", "winlog.event_id")]


def test_evidence_whose_kinds_are_told_otherwise_is_compared_as_a_whole(base):
    fresh = drifting.evidence(EVENTS[60:], (("winlog", "event_id"),))
    found = drifting.compare(drifting.TOPIC, base, fresh, drifting.DriftOptions())
    assert {each.events for each in found.findings} == {""}
    assert ("blinds", "winlog.event_data.CommandLine") in said(found)


def counted(names, most):
    profile = Profile(EventKinds((("k",),), most))
    profile.add([{"k": name} for name in names])
    return profile.kinds


def test_kinds_that_either_sample_counts_together_are_counted_together_in_both():
    many = [f"k{n}" for n in range(40)] * 30
    kinds = ComparedKinds(counted(many, 10), counted([*many[:600], "z1", "z2"], 12))
    changes, _ = kinds.changes()
    assert kinds.before.keys() == kinds.now.keys()
    assert changes == []


def test_any_detection_over_other_kinds_is_left_alone(base):
    more = [event(5156, Port="1")] * 400
    assert only(drift(base, EVENTS + more)).blinded == ()


# -- what few events of each kind tell together -------------------------------------------------


MANY = [event(n, Name="a", Text="b") for n in range(1000, 1030) for _ in range(20)]


def moved(share):
    """Give the same events, in a share of which what detections read has another name."""
    found = drifting.copy_of([process() for _ in range(300)] + MANY)
    for n, each in enumerate(found):
        if n % round(1 / share) == 0:
            each["winlog"]["data"] = each["winlog"].pop("event_data")
    return found


def test_a_twentieth_of_each_kind_is_no_chance_where_all_kinds_have_it(tmp_path):
    base = committed(tmp_path, [process() for _ in range(300)] + MANY)
    found = only(drift(base, moved(0.05)))
    assert (found.kind, found.place) == (FindingClass.BLINDS, "winlog.event_data")
    assert blinded(found) == [("A process", True, 300, 285)]
    assert "`winlog.data` is new" in found.what


def test_what_rises_in_one_kind_and_falls_in_another_by_chance_is_no_finding(tmp_path):
    def sample(seed):
        draw = random.Random(seed)
        kinds = [(n, draw.random() < 0.5) for n in range(1000, 1040) for _ in range(20)]
        return [event(n, **({"Name": "a"} if has else {"Text": "b"})) for n, has in kinds]

    base = committed(tmp_path, sample(0))
    assert [found for seed in range(1, 40) for found in drift(base, sample(seed)).findings] == []


# -- kind fields that are written otherwise -----------------------------------------------------


def changed(count, **fields):
    found = drifting.copy_of(EVENTS)
    for each in found[:: len(EVENTS) // count]:
        each["winlog"].update(fields)
    return found


@pytest.mark.parametrize("channel", ["security", "SECURITY"])
def test_a_kind_in_another_case_is_the_same_kind(base, channel):
    assert drift(base, changed(len(EVENTS), channel=channel)).findings == []
    assert drift(base, changed(50, channel=channel)).findings == []


def test_a_kind_in_another_case_is_another_where_a_detection_tells_them_apart():
    sql = """
        CREATE STREAM EVENTS (winlog STRUCT<channel VARCHAR, event_id BIGINT>)
            WITH (KAFKA_TOPIC = 'events', VALUE_FORMAT = 'JSON');
        CREATE STREAM HITS AS SELECT * FROM EVENTS WHERE winlog->channel = 'Security';
    """
    seen = drifting.evidence(EVENTS, FIELDS)
    by_hand = drifting.by_hand(sql, EVENTS)
    base = drifting.Baseline(["stream.sql"], by_hand.declared, by_hand.known, seen)
    found = drift(base, changed(len(EVENTS), channel="security"))
    assert {(each.kind, each.place) for each in found.failing} == {
        (FindingClass.BLINDS, "(kind security 4624)"),
        (FindingClass.BLINDS, "(kind security 4688)"),
    }
    assert {blinded(each)[0][1:] for each in found.failing} == {(False, 460, 0)}


def test_a_kind_that_detections_no_longer_know_by_its_name_blinds_them(base):
    found = drift(base, changed(46, channel="Security "))
    logons = next(each for each in found.findings if each.place == "(kind Security  4624)")
    assert logons.kind is FindingClass.BLINDS
    assert logons.what.startswith("events of the kind Security 4624, written otherwise: 40 of 460")
    assert blinded(logons) == [("A logon", True, 400, 360)]
    assert logons.blinded[0].now.of == 400


def test_a_kind_field_that_some_events_lack_blinds_all_who_ask_for_it(base):
    found = only(drift(base, changed(46, event_id=None)))
    assert (found.kind, found.place) == (FindingClass.BLINDS, "winlog.event_id")
    assert [(each.name, each.partly, each.now) for each in found.blinded] == [
        ("A logon", True, None),
        ("A process", True, None),
    ]


# -- what stands beside the kinds -----------------------------------------------------------------


def test_events_of_another_shape_are_counted_once_by_those_who_look_at_all_kinds(tmp_path):
    rule = {
        "title": "Any",
        "logsource": {"category": "any"},
        "detection": {
            "selection": {"winlog.event_data.CommandLine": "x"},
            "condition": "selection",
        },
    }
    rules = tmp_path / "rules.yml"
    write(rules, rule)
    base = drifting.baseline(EVENTS, FIELDS, rules=[rules], pipelines=("none",))
    found = only(drift(base, [OTHER] * 460))
    assert blinded(found) == [("Any", False, 60, 0)]
    assert [found.blinded[0].before.of, found.blinded[0].now.of] == [460, 460]


def test_two_spellings_in_one_object_are_found_in_the_kind_that_always_has_one(base):
    now = drifting.copy_of(EVENTS)
    for each in now[:6]:
        each["winlog"]["event_data"]["commandline"] = "z"
    found = only(drift(base, now))
    assert (found.kind, found.place) == (FindingClass.ALTERS, "winlog.event_data.commandline")
    assert [(each.name, each.partly) for each in found.blinded] == [("A process", True)]


def test_an_object_whose_key_has_dots_now_moved_as_a_whole(base):
    now = drifting.copy_of(EVENTS)
    for each in now[::10]:
        each["winlog.event_data"] = each["winlog"].pop("event_data")
    found = only(drift(base, now))
    assert (found.kind, found.place) == (FindingClass.BLINDS, "winlog.event_data")
    assert 'likely moved to `"winlog.event_data"`' in found.what
    assert found.related == [("winlog.event_data",)]
