"""Test cases beside a rule: reading them, and what comes of them."""

from __future__ import annotations

import json

import pytest
from replaying import source

from schemagen.errors import InputError
from schemagen.replay.cases import load_cases, run_cases
from schemagen.replay.engine import Replay

SQL = source() + (
    "-- id: rule-1\nCREATE STREAM ONE AS SELECT S FROM SRC WHERE S = 'x';\n"
    "-- id: rule-2\nCREATE STREAM TWO AS SELECT S FROM SRC WHERE S LIKE '%y%';\n"
)


@pytest.fixture
def written(tmp_path):
    def write(text, name="one.test.yml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def _run(*paths, sql=SQL):
    return run_cases(Replay(sql), load_cases(paths))


def _reasons(result):
    return [outcome.reason for outcome in result.outcomes if not outcome.passed]


def test_cases_pass_and_fail_by_what_fires(written):
    path = written(
        "rule: rule-1\n"
        "match:\n"
        "  - {S: x, N: 5}\n"
        "  - {event: {S: z}, name: another}\n"
        "no_match:\n"
        "  - S: y\n"
        "  - S: x\n"
    )
    (result,) = _run(path)
    assert [(o.case.name, o.case.line, o.fired, o.passed) for o in result.outcomes] == [
        ("match 1", 3, True, True),
        ("another", 4, False, False),
        ("no_match 1", 6, False, True),
        ("no_match 2", 7, True, False),
    ]
    assert not result.passed
    assert _reasons(result) == ["it doesn't alert", "it alerts"]


def test_each_rule_is_judged_by_its_own_alerts(written):
    first = written("rule: rule-1\nmatch: [{S: x}]\nno_match: [{S: y}]\n")
    second = written("rule: rule-2\nmatch: [{S: y}]\nno_match: [{S: x}]\n", "two.test.yml")
    assert [result.passed for result in _run(first, second)] == [True, True]


def test_the_reason_tells_of_an_error_and_of_a_dropped_record(written):
    path = written("rule: rule-2\nmatch: [{N: 1}, {N: x}]\nno_match: [{N: 2}, {N: y}]\n")
    (result,) = _run(path)
    error, dropped, quiet, vacuous = result.outcomes
    assert "LIKE on NULL" in error.reason
    assert "drops the record at $.N" in dropped.reason
    assert quiet.passed
    assert "LIKE on NULL" in quiet.reason
    # A record that no rule sees proves nothing about one.
    assert not vacuous.passed


def test_events_come_from_files_beside_it(written, tmp_path):
    lines = [{"S": "x"}, {"S": "y"}, {"S": "x"}]
    (tmp_path / "events.ndjson").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    path = written(
        "rule: rule-1\n"
        "match:\n  - {file: events.ndjson, lines: [1, 3]}\n"
        "no_match:\n  - {file: events.ndjson, lines: [2], name: second}\n"
    )
    (result,) = _run(path)
    assert result.passed
    names = [outcome.case.name for outcome in result.outcomes]
    assert names == ["events.ndjson:1", "events.ndjson:3", "second:2"]


def test_the_rule_is_the_one_beside_it(written):
    rule = (
        "title: T\nid: 11111111-2222-3333-4444-555555555555\nlogsource: {category: c}\n"
        "detection: {s: {S: x}, condition: s}\n"
    )
    beside = written(rule, "deep/one.yml")
    written("match: [{S: x}]\n", "deep/one.test.yml")
    sql = SQL.replace("rule-1", "11111111-2222-3333-4444-555555555555")
    (by_folder,) = _run(beside.parent.parent, sql=sql)
    (by_rule,) = _run(beside, sql=sql)
    assert by_folder.passed
    assert by_rule == by_folder


def test_a_rule_that_the_statements_do_not_have_fails(written):
    (result,) = _run(written("rule: rule-9\nno_match: [{S: x}]\n"))
    assert result.problems == ("The statements have no such rule.",)
    assert not result.passed


def test_a_rule_whose_statement_cannot_be_run_fails(written):
    sql = source() + "-- id: rule-1\nCREATE STREAM O AS SELECT S FROM SRC WHERE FROB(S) = 'x';"
    (result,) = _run(written("rule: rule-1\nno_match: [{S: x}]\n"), sql=sql)
    assert "FROB" in result.problems[0]
    assert not result.passed


def test_a_stream_can_stand_for_its_rule(written):
    sql = source() + "CREATE STREAM ALERTS AS SELECT S FROM SRC WHERE S = 'x';"
    (result,) = _run(written("rule: ALERTS\nmatch: [{S: x}]\n"), sql=sql)
    assert result.passed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "nothing in it"),
        ("- a\n", "one.test.yml:1: a test file is a mapping"),
        ("rule: r\nmatches: []\n", "one.test.yml:2: the key 'matches'"),
        ("rule: r\nmatch: {S: x}\n", "one.test.yml:2: `match` is a list"),
        ("rule: r\nmatch:\n  - x\n", "one.test.yml:3: an event is a mapping"),
        ("rule: r\nmatch:\n  - {}\n", "one.test.yml:3: an event is a mapping"),
        ("rule: r\nmatch: []\n", "no case"),
        ("rule: [r]\nmatch: [{S: x}]\n", "`rule` is a text"),
        ("match: [{S: x}]\n", "no rule one.yml beside it"),
        ("rule: other.yml\nmatch: [{S: x}]\n", "other.yml isn't one sound rule"),
        ("rule: r\nmatch:\n  - S: 2025-01-01\n", "one.test.yml:3: a date"),
        ("rule: r\nmatch:\n  - 5: x\n", "quote it"),
        ("rule: r\nmatch:\n  - {file: no.ndjson}\n", "one.test.yml:3: .*no.ndjson"),
        ("rule: r\nmatch:\n  - {file: one.test.yml, lines: x}\n", "`lines` is a list"),
        ("rule: r\nmatch: [\n", "one.test.yml:"),
        ("rule: r\nrule: s\n", "stands twice"),
    ],
)
def test_a_wrong_file_is_refused_with_file_and_line(written, text, message):
    with pytest.raises(InputError, match=message):
        load_cases([written(text)])


def test_a_line_that_is_no_event_is_refused(written, tmp_path):
    (tmp_path / "e.ndjson").write_text('{"S": "x"}\nno json\n', encoding="utf-8")
    for entry in ("{file: e.ndjson, lines: [9]}", "{file: e.ndjson}"):
        with pytest.raises(InputError, match="no event at line"):
            load_cases([written(f"rule: r\nmatch: [{entry}]\n")])


def test_the_topic_must_be_one_that_is_read(written):
    cases = load_cases([written("rule: rule-1\ntopic: other\nmatch: [{S: x}]\n")])
    with pytest.raises(InputError, match="read no topic 'other'"):
        run_cases(Replay(SQL), cases)
    two = SQL + source(name="SRC2", topic="t2")
    with pytest.raises(InputError, match="2 topics"):
        run_cases(Replay(two), load_cases([written("rule: rule-1\nmatch: [{S: x}]\n")]))


def test_a_path_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match="no file or folder"):
        load_cases([tmp_path / "nope"])


# -- sequences ------------------------------------------------------------------------------------

SEQUENCE = """\
rule: rule-1
sequences:
  - name: two
    events: [{S: x}, {S: z}, {S: x}]
    alerts: [1, 3]
  - events: [{S: z}]
    alerts: []
"""


def test_a_sequence_tells_at_which_of_its_events_the_rule_alerts(written):
    (result,) = _run(written(SEQUENCE))
    assert [(o.case.name, o.case.line, o.fired) for o in result.outcomes] == [
        ("two, event 1", 4, True),
        ("two, event 2", 4, False),
        ("two, event 3", 4, True),
        ("sequence 2, event 1", 6, False),
    ]
    assert result.passed


def test_an_alert_at_another_event_of_a_sequence_fails(written):
    (result,) = _run(written(SEQUENCE.replace("[1, 3]", "[1, 2]")))
    assert _reasons(result) == ["it doesn't alert", "it alerts"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("sequences: 5", "`sequences` is a list"),
        ("sequences: [5]", "a sequence has `events`"),
        ("sequences: [{events: [], alerts: []}]", "a sequence has `events`"),
        ("sequences: [{events: [{S: x}], alert: [1]}]", "a sequence has `events`"),
        ("sequences: [{events: {S: x}, alerts: [1]}]", "`events` is a list"),
        ("sequences: [{events: [{S: x}]}]", "`alerts` is a list"),
        ("sequences: [{events: [{S: x}], alerts: [2]}]", "of its 1 events"),
        ("sequences: [{events: [{S: x}], alerts: [0]}]", "of its 1 events"),
    ],
)
def test_a_sequence_that_is_written_wrong_is_refused(written, text, reason):
    with pytest.raises(InputError, match=reason):
        load_cases([written(f"rule: rule-1\n{text}\n")])
