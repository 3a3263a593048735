"""What is wrong in a rule: each fault, with its line, and whether the rule is kept."""

from __future__ import annotations

import pytest
from rule_writing import GOOD, load, problem, rule

from schemagen.detections.rules import ProblemKind


@pytest.mark.parametrize(
    ("changes", "line_of", "reason"),
    [
        ({"title": ...}, "id:", "title"),
        ({"title": 5}, "title:", "title must be a string"),
        ({"title": "x" * 257}, "title:", "256"),
        ({"logsource": ...}, "title:", "log source"),
        ({"logsource": {}}, "logsource:", "empty"),
        ({"logsource": "windows"}, "logsource:", "map"),
        ({"logsource": {"product": 5}}, "logsource:", "string"),
        ({"detection": ...}, "title:", "detection"),
        ({"detection": []}, "detection:", "map"),
        ({"detection": {"condition": "s"}}, "detection:", "no search identifier"),
        ({"detection": {"s": {"a": 1}}}, "detection:", "no condition"),
        ({"detection": {"s": {"a": 1}, "condition": []}}, "  condition:", "no condition"),
        ({"detection": {"s": {"a": 1}, "condition": None}}, "  condition:", "no condition"),
        ({"detection": {"s": {"a": 1}, "condition": 5}}, "  condition:", "text"),
        ({"detection": {"s": {"a": 1}, "condition": "t"}}, "  condition:", "'t' not defined"),
        ({"detection": {"s": {"a": 1}, "condition": "s and"}}, "  condition:", "Expected"),
        ({"detection": {"s": {"a": 1}, "condition": "not " * 3000 + "s"}}, "  condition:", ""),
        ({"detection": {"s": {"a": 1}, "condition": ["s", "s or"]}}, "  - s or", "Expected"),
        ({"detection": {"s": {"a": 1}, "condition": "1 of x*"}}, "  condition:", "`x*`"),
        ({"detection": {"_s": {"a": 1}, "condition": "all of them"}}, "  condition:", "`them`"),
        ({"detection": {"s": {}, "condition": "s"}}, "  s:", "empty"),
        ({"detection": {"s": [], "condition": "s"}}, "  s:", "empty"),
        ({"detection": {"s": {"a": 1, "b|contains": []}, "condition": "s"}}, "    b|c", "empty"),
        ({"detection": {"s": [{"a": 1}, {"b": []}], "condition": "s"}}, "  - b:", "empty"),
        ({"detection": {"s": {"a|foo": 1}, "condition": "s"}}, "    a|foo:", "'foo'"),
        ({"detection": {"s": {"a|foo": [1, 2]}, "condition": "s"}}, "    a|foo:", "'foo'"),
        ({"detection": {"s": {5: 1}, "condition": "s"}}, "    5:", "field name must be text"),
        ({"detection": {"s": {"a|re": ["ok", "("]}, "condition": "s"}}, "    - (", "invalid"),
        ({"detection": {"s": {"a|cidr": "10.0.0.0/33"}, "condition": "s"}}, "    a|cidr", "CIDR"),
        ({"detection": {"s": {"a|gt": "x"}, "condition": "s"}}, "    a|gt:", "incompatible"),
        ({"detection": {"s": {"a": {"b": 1}}, "condition": "s"}}, "    a:", ""),
        ({"detection": {"s": [{"a": 1}, {"b|x": 1}], "condition": "s"}}, "  - b|x:", "'x'"),
    ],
)
def test_a_fault_of_the_detection_is_told_with_its_line(tmp_path, changes, line_of, reason):
    only = problem(tmp_path, rule(**changes))
    lines = (tmp_path / "rule.yml").read_text().splitlines()
    assert only.kind is ProblemKind.INVALID
    assert not only.remark
    assert reason in only.reason
    assert str(tmp_path) not in only.reason
    assert lines[only.line - 1].startswith(line_of)


def test_every_fault_is_told_not_just_the_first(tmp_path):
    detection = {
        "one": {"a|foo": 1, "b|bar": 1, "c": "fine", "d|re": ["(", "ok", ")"]},
        "two": [{"e|baz": 1}],
        "condition": ["one and two", "one und two"],
    }
    result = load(tmp_path, rule(detection=detection, logsource={}, title="x" * 300))
    assert result.rules == ()
    assert {p.kind for p in result.problems} == {ProblemKind.INVALID}
    assert len(result.problems) == 8
    lines = [p.line for p in result.problems]
    assert lines == sorted(lines)
    assert len(set(lines)) == 8


def test_a_date_where_sigma_wants_text_is_told(tmp_path):
    only = problem(tmp_path, GOOD.replace("\\whoami.exe", "2024-01-02"))
    assert (only.kind, only.line) == (ProblemKind.INVALID, 16)


# Metadata


@pytest.mark.parametrize(
    ("key", "value", "line_of"),
    [
        ("level", "huge", "level:"),
        ("level", 3, "level:"),
        ("status", "wip", "status:"),
        ("date", "yesterday", "date:"),
        ("modified", "2024-1", "modified:"),
        ("tags", "attack.t1", "tags:"),
        ("tags", ["attack.t1", "untagged"], "- untagged"),
        ("tags", ["attack.t1", 5], "- 5"),
        ("author", ["me"], "author:"),
        ("references", "http://x", "references:"),
        ("falsepositives", "none", "falsepositives:"),
        ("fields", "Image", "fields:"),
        ("related", [{"id": "x", "type": "derived"}], "- id: x"),
        ("description", 5, "description:"),
        ("scope", "x", "scope:"),
        ("license", 5, "license:"),
        ("taxonomy", 5, "taxonomy:"),
        ("name", "", "name:"),
    ],
)
def test_wrong_metadata_is_remarked_and_the_rule_kept_without_it(tmp_path, key, value, line_of):
    result = load(tmp_path, rule(**{key: value}))
    (loaded,) = result.rules
    (only,) = result.problems
    assert (only.kind, only.remark) == (ProblemKind.METADATA, True)
    assert (tmp_path / "rule.yml").read_text().splitlines()[only.line - 1].startswith(line_of)
    assert loaded.fresh().errors == []
    assert loaded.level is None
    assert loaded.tags in ((), ("attack.t1",))


def test_an_unknown_taxonomy_is_remarked(tmp_path):
    assert "`ecs`" in problem(tmp_path, rule(taxonomy="ecs")).reason


@pytest.mark.parametrize("status", ["deprecated", "unsupported"])
def test_a_rule_that_its_author_gave_up_is_kept_and_remarked(tmp_path, status):
    only = problem(tmp_path, rule(status=status))
    assert (only.kind, only.remark) == (ProblemKind.STATUS, True)


# What isn't supported


def test_a_broken_correlation_or_filter_is_told_and_the_rest_is_loaded(tmp_path):
    broken = {"title": "C", "correlation": {"type": "event_count", "rules": ["x"]}}
    result = load(tmp_path, rule("A"), broken, {"title": "F", "filter": []}, rule("B"))
    assert [each.title for each in result.rules] == ["A", "B"]
    assert not result.correlations
    assert not result.filters
    assert {each.title for each in result.errors} == {"C", "F"}
    assert all(each.line > 1 for each in result.errors)


def test_counting_in_a_condition_is_told_as_unsupported(tmp_path):
    detection = {"s": {"a": 1}, "condition": "s | count() > 5"}
    only = problem(tmp_path, rule(detection=detection))
    assert only.kind is ProblemKind.UNSUPPORTED
    assert "correlation" in only.reason


def test_a_timeframe_is_told_since_pysigma_takes_it_for_a_keyword(tmp_path):
    detection = {"s": {"a": 1}, "timeframe": "5m", "condition": "all of them"}
    only = problem(tmp_path, rule(detection=detection))
    assert only.kind is ProblemKind.UNSUPPORTED
    assert "timeframe" in only.reason


def test_a_name_that_pysigma_misreads_is_told(tmp_path):
    detection = {"notepad": {"a": 1}, "epad": {"b": 1}, "condition": "notepad"}
    only = problem(tmp_path, rule(detection=detection))
    assert only.kind is ProblemKind.UNSUPPORTED
    assert "`notepad`" in only.reason


def test_utf16le_is_wide_by_another_name(tmp_path):
    def detection(name):
        item = {f"a|{name}|base64offset|contains": "cmd", "utf16le": "utf16le"}
        return {"s": [item], "condition": "s"}

    (one,) = load(tmp_path, rule(detection=detection("utf16le"))).rules
    (other,) = load(tmp_path, rule(detection=detection("wide"))).rules
    assert one.fresh().detection == other.fresh().detection
