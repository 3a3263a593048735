"""Drifts put into real events: each is found, as what it is, with its counts, rules and plan.

Reads the events that lie beside the checkout; they are not part of it.
"""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import drifting
import pytest
from catalogue import Catalogue

from schemagen.choices import Integers, Quote
from schemagen.drift.sight import deployed_detections
from schemagen.ksqldb.deserializer import judge
from schemagen.ksqldb.dialect import parse_script
from schemagen.profile.known_kinds import known_fields
from schemagen.profile.paths import render
from schemagen.schema.shape import copied
from schemagen.sources.decode import Decoder
from schemagen.sources.files import FileSource

if TYPE_CHECKING:
    from collections.abc import Callable

BESIDE = Path(__file__).parents[3] / "shared" / "data"
DATA = Path(os.environ.get("SCHEMAGEN_REALDATA", BESIDE)) / "winlogbeat"
FILES = sorted(DATA.glob("*.ndjson"))
EVENTS = DATA / "interactive_taskmngr_lsass_dump_2019-10-27054517.ndjson"

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not FILES, reason="the real events are not beside the checkout"),
]

RULES = {"rules": [drifting.SAMPLE_RULES], "pipelines": ("winlogbeat7",)}
LSASS = "Process Opens LSASS to Read Its Memory"
KINDS = (("winlog", "channel"), ("winlog", "event_id"))
SYSMON = "Microsoft-Windows-Sysmon/Operational"


@cache
def messages_of(path):
    decoder = Decoder()
    batches = FileSource([str(path)]).batches()
    return [message for batch in batches for message in decoder.decode(batch)]


@cache
def split():
    return drifting.halves(messages_of(EVENTS), seed=1)


def recompile(columns, seen):
    return drifting.compiled(columns, seen, "@timestamp", **RULES)


@cache
def committed(*settings, fields=()):
    return drifting.baseline(
        split()[0],
        fields,
        event_time="@timestamp",
        **RULES,
        **dict(settings),
    )


# -- the table ------------------------------------------------------------------------------------


@dataclass
class Case:
    """A drift.

    `change` alters a message and tells whether it did; `every` is how many messages it is put
    into, one in so many. The finding must be just one, of this class at this place, with a count
    of all changed messages; `blinds` are rules among those it names, or "all"; `plan` is what the
    plan does: nothing, replace, or anew. Detections don't declare what none of them reads, nor the
    event time: a value there that can't be read hides no event from them.
    """

    name: str
    change: Callable
    kind: str
    place: str
    plan: str
    every: int = 1
    blinds: object = None
    counts: str = "changed"
    policy: tuple = ()
    says: str = ""


def inside(*steps, then):
    """Change the value at a path where it is there."""

    def change(message):
        node = message
        for step in steps[:-1]:
            node = node.get(step)
            if not isinstance(node, dict):
                return False
        if steps[-1] not in node:
            return False
        then(node, steps[-1])
        return True

    return change


def removed(node, key):
    del node[key]


def renamed(name):
    def rename(node, key):
        node[name] = node.pop(key)

    return rename


def becomes(make):
    def replace(node, key):
        node[key] = make(node[key])

    return replace


def added(*steps, value):
    def add(message):
        node = message
        for step in steps[:-1]:
            node = node[step]
        node[steps[-1]] = value
        return True

    return add


EVENT_DATA = ("winlog", "event_data")
TARGET = (*EVENT_DATA, "TargetImage")
TARGET_PATH = "winlog.event_data.TargetImage"
RECORD = ("winlog", "record_id")

CASES = [
    Case(
        "a field that a rule needs is removed",
        inside(*TARGET, then=removed),
        "blinds", TARGET_PATH, "nothing", blinds=[LSASS], counts="lacking", says="gone",
    ),
    Case(
        "a field that no rule needs is removed",
        inside("event", "kind", then=removed),
        "rarer", "event.kind", "nothing", blinds=[], counts="lacking", says="gone",
    ),
    Case(
        "an object is removed, with all in it",
        inside("winlog", "event_data", then=removed),
        "blinds", "winlog.event_data", "nothing", blinds=[LSASS], counts="lacking",
    ),
    Case(
        "a field is renamed",
        inside(*TARGET, then=renamed("TargetImagePath")),
        "blinds", TARGET_PATH, "anew", blinds=[LSASS], counts="lacking",
        says="`winlog.event_data.TargetImagePath` is new, as common",
    ),
    Case(
        "the case of a quoted field changes",
        inside(*EVENT_DATA, "SourceProcessGUID", then=renamed("SourceProcessGuid")),
        "rarer", "winlog.event_data.SourceProcessGUID", "anew", blinds=[], counts="lacking",
        says="the same key in another case", policy=(("quote", Quote.ALL),),
    ),
    Case(
        "the case of an unquoted field changes: its column reads it all the same",
        inside(*TARGET, then=renamed("targetImage")),
        "wider", "winlog.event_data.targetImage", "nothing", blinds=[],
    ),
    Case(
        "a number becomes text that is not a number",
        inside("winlog", "process", "pid", then=becomes(lambda pid: f"0x{pid:x}")),
        "drops", "winlog.process.pid", "anew", blinds=[],
    ),
    Case(
        "a number becomes text of digits, which BIGINT reads",
        inside("winlog", "event_id", then=becomes(str)),
        "wider", "winlog.event_id", "nothing", blinds=[],
    ),
    Case(
        "text becomes a number, which VARCHAR keeps",
        inside("event", "kind", then=becomes(len)),
        "wider", "event.kind", "nothing", blinds=[],
    ),
    Case(
        "an object is emptied: one finding, not one for each field in it",
        inside(*EVENT_DATA, then=becomes(lambda _: {})),
        "blinds", "winlog.event_data", "nothing", blinds=[LSASS], says="emptied: all",
    ),
    Case(
        "a scalar becomes an array",
        inside("winlog", "process", "pid", then=becomes(lambda pid: [pid])),
        "drops", "winlog.process.pid", "anew", blinds=[],
    ),
    Case(
        "text becomes an array, which VARCHAR flattens",
        inside(*TARGET, then=becomes(lambda text: [text])),
        "alters", TARGET_PATH, "replace", blinds=[LSASS],
    ),
    Case(
        "an object becomes text: one finding, not one for each field in it",
        inside("winlog", then=becomes(str)),
        "drops", "winlog", "anew", blinds="all",
    ),
    Case(
        "text becomes an object, which a rule can't compare",
        inside(*TARGET, then=becomes(lambda text: {"path": text})),
        "blinds", TARGET_PATH, "nothing", blinds=[LSASS],
    ),
    Case(
        "integers grow beyond 32 bits, which INT wraps",
        inside(*RECORD, then=becomes(lambda number: number + 2**31)),
        "alters", "winlog.record_id", "anew", blinds=[], policy=(("integers", Integers.FIT),),
    ),
    Case(
        "integers grow beyond 32 bits, which BIGINT keeps",
        inside(*RECORD, then=becomes(lambda number: number + 2**31)),
        "wider", "winlog.record_id", "nothing", blinds=[],
    ),
    Case(
        "integers grow beyond 64 bits, which BIGINT wraps",
        inside(*RECORD, then=becomes(lambda number: number + 2**63)),
        "alters", "winlog.record_id", "anew", blinds=[],
    ),
    Case(
        "integers get a fraction, which BIGINT cuts off",
        inside("winlog", "process", "pid", then=becomes(lambda pid: pid + 0.5)),
        "alters", "winlog.process.pid", "anew", blinds=[],
    ),
    Case(
        "an id that rules compare gets a fraction",
        inside("winlog", "event_id", then=becomes(lambda number: number + 0.5)),
        "alters", "winlog.event_id", "anew", blinds=[LSASS],
    ),
    Case(
        "the event time changes its format",
        inside("@timestamp", then=becomes(lambda text: text.replace("T", " "))),
        "format", "@timestamp", "anew", blinds=[],
    ),
    Case(
        "the event time is missing in one record of a hundred",
        inside("@timestamp", then=removed),
        "format", "@timestamp", "anew", every=100, blinds=[],
    ),
    Case(
        "a new field at the top",
        added("labels", value="blue"),
        "misses", "labels", "replace", blinds=[],
    ),
    Case(
        "a new object at the top is one finding",
        added("cloud", value={"region": "north", "account": {"id": "7"}}),
        "misses", "cloud", "replace", blinds=[],
    ),
    Case(
        "a new field inside a STRUCT",
        added("winlog", "computer_object", value="CN=A"),
        "misses", "winlog.computer_object", "anew", every=3, blinds=[],
    ),
    Case(
        "the keys of an object are data now",
        lambda message: bool(message["event"].update({str(uuid.uuid4()): "x"}) or True),
        "misses", "event", "anew", blinds=[], counts="all", says="its keys are data now",
    ),
    Case(
        "one record of a hundred clashes",
        inside("winlog", "version", then=becomes(lambda _: "unknown")),
        "drops", "winlog.version", "anew", every=100, blinds=[],
    ),
    Case(
        "a single record clashes",
        inside("winlog", "process", then=becomes(lambda _: "none")),
        "drops", "winlog.process", "anew", every=1185, blinds=[],
    ),
]  # fmt: skip


@pytest.mark.parametrize("fields", [(), KINDS], ids=["as a whole", "by kinds"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_drift_is_found_as_what_it_is(case, fields):
    base = committed(*case.policy, fields=fields)
    fresh = drifting.copy_of(split()[1])
    changed = sum([bool(case.change(message)) for message in fresh[:: case.every]])
    assert changed
    found = drifting.drift(base, fresh)
    assert drifting.said(found) == [(case.kind, case.place)]
    finding = drifting.only(found)

    assert case.says in finding.what
    expected = {"changed": changed, "lacking": finding.of, "all": len(fresh)}[case.counts]
    assert finding.count == expected
    assert finding.exact
    if case.counts == "lacking":
        assert finding.now.count == 0
        assert finding.before.count > 0
    if case.kind in {"drops", "format", "misses"} and case.counts == "changed":
        assert finding.of == len(fresh)

    names = {detection.name for detection in finding.blinded}
    if case.blinds == "all":
        assert len(names) == len(base_detections())
        assert LSASS in names
    else:
        assert names >= set(case.blinds)
        assert bool(names) == bool(case.blinds)

    check_plan(case, base, fresh, found)


def base_detections():
    declared = committed().declared
    return {watch.name for watch in deployed_detections(declared.script, declared.stream)}


def check_plan(case, base, fresh, found):
    """The plan is what ksqlDB allows, and what it makes of the stream loses nothing."""
    made = drifting.mended(base, fresh, found, recompile)
    assert {"nothing": not made.steps, "replace": made.replaces}.get(
        case.plan, bool(made.steps) and not made.replaces
    ), made.summary
    sql = made.sql()
    catalogue = Catalogue(base.declared.script)
    before = set(catalogue.readers)
    for statement in parse_script(sql, "plan.sql"):
        catalogue.run(statement)
    # Over JSON text other rules can be compiled than over a STRUCT.
    assert case.place == "winlog" or set(catalogue.readers) == before
    columns = catalogue.columns(drifting.STREAM)
    seen = copied([drifting.evidence(fresh).profile.root, base.evidence.profile.root])
    worst = judge(columns, seen)
    # Arrays among texts have no faithful type: nothing else may be lost.
    assert all("flattened" in loss.cause for loss in worst), worst
    if case.kind == "misses" and case.plan == "replace":
        assert columns.fields[-1].name == case.place


def test_one_record_of_a_hundred_is_told_by_its_number():
    fresh = drifting.copy_of(split()[1])
    for message in fresh[::100]:
        message["winlog"]["version"] = "unknown"
    finding = drifting.only(drifting.drift(committed(), fresh))
    assert (finding.count, finding.of) == (12, 1185)
    assert finding.declared == "BIGINT"
    assert finding.now.types["string"] == 12


# -- kinds of events ------------------------------------------------------------------------------


def is_of(message, number):
    return str(message["winlog"]["event_id"]) == str(number)


def other_agent():
    return messages_of(DATA / "winlogbeat6_empire_net_user_domain.ndjson")


def test_a_kind_that_vanishes():
    fresh = [message for message in split()[1] if not is_of(message, 10)]
    finding = drifting.only(drifting.drift(committed(fields=KINDS), fresh))
    assert (str(finding.kind), finding.place) == ("blinds", f"(kind {SYSMON} 10)")
    assert [each.name for each in finding.blinded] == [LSASS]
    assert finding.blinded[0].now.count == 0


def test_a_field_that_vanishes_in_one_kind_while_it_is_common_elsewhere():
    fresh = drifting.copy_of(split()[1])
    for message in fresh:
        if is_of(message, 10):
            del message["winlog"]["event_data"]["UtcTime"]
    assert sum("UtcTime" in message["winlog"].get("event_data", {}) for message in fresh) > 100
    finding = drifting.only(drifting.drift(committed(fields=KINDS), fresh))
    assert (str(finding.kind), finding.place) == ("rarer", "winlog.event_data.UtcTime")
    assert f"in events of the kind {SYSMON} 10" in finding.what


def test_ten_percent_of_another_agents_events_fail_and_name_the_detections():
    base = committed(fields=KINDS)
    exact = split()[0]
    finding = drifting.only(drifting.drift(base, exact + other_agent()[: len(exact) // 10]))
    assert (str(finding.kind), finding.place) == ("blinds", "(kind none)")
    assert "they look like Winlogbeat 6" in finding.what
    assert LSASS in {each.name for each in finding.blinded}
    assert all(each.partly for each in finding.blinded)


def test_the_other_agent_alone_is_one_finding_that_names_its_pipeline():
    finding = drifting.only(drifting.drift(committed(fields=KINDS), other_agent()))
    assert (str(finding.kind), finding.place) == ("blinds", "(kind none)")
    assert "likely moved: `winlog.event_data` to `event_data`" in finding.what
    assert "Add the pipeline winlogbeat6" in finding.remedy
    assert not any(each.partly for each in finding.blinded)


# -- false alarms ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("seeds", "by_kinds"), [(100, False), (60, True)])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_two_samples_of_one_topic_give_no_finding(path, seeds, by_kinds):
    messages = messages_of(path)
    fields = known_fields(messages) if by_kinds else ()
    assert bool(fields) == by_kinds
    alarms = {}
    for seed in range(seeds):
        before, now = drifting.halves(messages, seed)
        found = drifting.drift(drifting.baseline(before, fields, event_time="@timestamp"), now)
        if found.findings:
            alarms[seed] = drifting.said(found)
    assert len(alarms) <= 1, alarms


def test_the_rendered_paths_of_real_events_are_those_that_waivers_match():
    root = committed().evidence.profile.root
    written = {render(path) for path, _ in root.walk()}
    assert TARGET_PATH in written
