"""Real Sigma rules on real events: all compile, few queries hold them, all layouts agree.

Reads the rules and events that lie beside the checkout; they are not part of it.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from accelerator_jar import built_jar
from sqlglot import exp

from schemagen.detections.alerts import AlertOptions, detection_statements
from schemagen.detections.binding import Binder, BindOptions
from schemagen.detections.bound import Status
from schemagen.detections.column_index import ColumnIndex
from schemagen.detections.envelope import AlertSource
from schemagen.detections.pipelines import load_pipeline
from schemagen.detections.rules import load_rules
from schemagen.ksqldb.ddl import StreamOptions, stream_ddl
from schemagen.ksqldb.dialect import parse_script, write_script
from schemagen.ksqldb.limits import violations
from schemagen.profile.profile import Profile
from schemagen.replay.engine import Replay
from schemagen.replay.events import read_events
from schemagen.replay.jar_check import JarCheck
from schemagen.schema.build import build_schema
from schemagen.schema.shape import shape
from schemagen.sources.decode import Decoder
from schemagen.sources.files import FileSource

BESIDE = Path(__file__).parents[2] / "shared" / "data"
DATA = Path(os.environ.get("SCHEMAGEN_REALDATA", BESIDE))
RULES = DATA / "sigma" / "rules"
EVENTS = sorted(map(str, DATA.glob("winlogbeat/[!w]*.ndjson")))

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(
        not (RULES.is_dir() and EVENTS), reason="the real events are not beside the checkout"
    ),
]

MOST_QUERIES = 20
"""A managed ksqlDB takes no more."""
MOST_CANDIDATES = 0.15
"""The share of the events that the first pass may let through."""


@pytest.fixture(scope="module")
def stream():
    profile, decoder = Profile(), Decoder()
    for batch in FileSource(EVENTS).batches():
        profile.add(decoder.decode(batch))
    joined = shape(build_schema(profile.root, "winlogbeat"), profile.root)
    made = stream_ddl(joined, profile.root, StreamOptions("EVENTS", "winlogbeat"))
    return made, profile.root


def bind(stream, *folders):
    made, evidence = stream
    binder = Binder([load_pipeline("winlogbeat7")], made.columns, evidence, BindOptions())
    loaded = load_rules([RULES / folder for folder in folders])
    return loaded, [binder.bind(rule) for rule in loaded.rules]


def statements(stream, bound, layout, **more):
    made, evidence = stream
    origin = AlertSource("EVENTS", "winlogbeat", ColumnIndex(made.columns, evidence))
    options = AlertOptions("ALERTS", "alerts", layout=layout, **more)
    return [made.statement, *detection_statements(bound, origin, options)]


def test_all_rules_compile_and_those_of_windows_fit_a_few_queries(stream):
    loaded, bound = bind(stream, ".")
    assert not loaded.errors
    counts = Counter(rule.status for rule in bound)
    failed = counts[Status.UNSUPPORTED] + counts[Status.TYPE_CLASH]
    assert failed <= len(bound) / 100
    assert all(rule.reasons for rule in bound if rule.status is Status.UNSUPPORTED)
    said = [text for rule in bound for text in (*rule.reasons, *rule.remarks)]
    assert not [text for text in said if "without a letter" in text or "exponentially" in text]
    windows = [rule for rule in bound if "windows" in rule.rule.path.parts]
    made = statements(stream, windows, "bundle")
    queries = [each for each in made if isinstance(each.args.get("expression"), exp.Select)]
    assert 0 < len(queries) <= MOST_QUERIES
    assert len(parse_script(write_script(made))) == len(made)


@pytest.mark.parametrize("layout", ["bundle", "insert"])
def test_no_statement_of_all_rules_is_more_than_the_engine_takes(stream, layout):
    _, bound = bind(stream, ".")
    for statement in statements(stream, bound, layout):
        text = write_script([statement])
        assert not violations(statement, text, share=0.9)
        assert statement.find(exp.DPipe) is None


def test_the_first_pass_lets_few_real_events_through(stream):
    _, bound = bind(stream, "windows")
    events, _ = read_events(EVENTS, "winlogbeat")
    made = [each for each in statements(stream, bound, "bundle") if isinstance(each, exp.Create)]
    result = Replay(write_script(made), "first pass").run(events)
    assert 0 < len(result.rows["ALERTS_CANDIDATES"]) <= MOST_CANDIDATES * len(events)


def test_real_events_alert_for_the_same_rules_in_all_layouts(stream):
    _, bound = bind(stream, "windows/builtin", "windows/network_connection")
    events, unreadable = read_events(EVENTS, "winlogbeat")
    assert not unreadable
    fired = []
    for layout, accelerated in (
        ("streams", False),
        ("insert", False),
        ("bundle", False),
        ("bundle", True),
    ):
        made = statements(stream, bound, layout, accelerated=accelerated)
        replay = Replay(write_script(made), layout)
        result = replay.run(events)
        assert not [finding for finding in result.findings if finding.fatal]
        fired.append(result.fired())
    assert fired[0] == fired[1] == fired[2] == fired[3]
    assert fired[0]


@pytest.mark.accelerator
def test_the_jar_finds_what_the_conditions_say_of_real_events(stream, tmp_path_factory):
    """All rules of Windows on all real events: 5,000,000 pairs."""
    _, windows = bind(stream, "windows")
    events, _ = read_events(EVENTS, "winlogbeat")
    made = statements(stream, windows, "bundle", accelerated=True)
    first = [each for each in made if isinstance(each, exp.Create)]
    replay = Replay(write_script(first), "first pass")
    replay.jar = JarCheck(built_jar(tmp_path_factory))
    result = replay.run(events)
    assert not [finding.what for finding in result.findings if finding.fatal]
    assert result.rows["ALERTS_CANDIDATES"]
    pairs = len(events) * sum(rule.deployable for rule in windows)
    assert pairs >= 1_000_000
