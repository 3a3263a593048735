"""Correlation rules are read with every fault and its line; what has no certain meaning is out."""

from __future__ import annotations

import pytest
from correlating import base, correlation, load, rule_id
from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule

from schemagen.detections.correlation_rules import Bounds, CorrelationType, parse_expression
from schemagen.detections.problems import ProblemKind

A_CORRELATION = """\
title: Many failed logons
id: 7a3d3c5e-8f0e-4d3f-9a55-0e6a2f1b8c01
name: many_failed_logons
status: test
level: high
tags: [attack.t1110]
fields: [user]
correlation:
  type: value_count
  rules: failed_logon
  group-by: [host, src]
  timespan: 5m
  condition: {gte: 10, field: user}
  aliases:
    src:
      failed_logon: IpAddress
  generate: true
"""


def only(tmp_path, text):
    loaded = load(tmp_path, text)
    assert not loaded.problems
    (found,) = loaded.correlations
    return found


def fault(tmp_path, **changes):
    """Give what is wrong with a correlation that has some keys changed or, by `...`, taken out."""
    made = correlation("value_count", ["a"], condition={"gte": 2, "field": "v"})
    section = made["correlation"] | {key.replace("_", "-"): item for key, item in changes.items()}
    made["correlation"] = {key: item for key, item in section.items() if item is not ...}
    loaded = load(tmp_path, base("a"), made)
    assert not loaded.correlations
    (found,) = loaded.errors
    assert found.title == "About c"
    assert found.line > 5
    return found.reason


def test_all_of_a_correlation_is_read(tmp_path):
    found = only(tmp_path, A_CORRELATION)
    assert (found.id, found.name) == ("7a3d3c5e-8f0e-4d3f-9a55-0e6a2f1b8c01", "many_failed_logons")
    assert (found.title, found.level, found.status) == ("Many failed logons", "high", "test")
    assert (found.tags, found.fields) == (("attack.t1110",), ("user",))
    assert (found.type, found.rules) == (CorrelationType.VALUE_COUNT, ("failed_logon",))
    assert (found.group_by, found.timespan) == (("host", "src"), 300_000)
    assert (found.bounds, found.value_fields) == (Bounds(gte=10), ("user",))
    assert found.field_of("src", "failed_logon") == "IpAddress"
    assert found.field_of("host", "failed_logon") == "host"
    assert found.generate


@pytest.mark.parametrize("field", ["user", ["user"]])
@pytest.mark.parametrize(
    "kind", ["event_count", "value_count", "temporal", "temporal_ordered", "value_sum"]
)
def test_pysigma_reads_the_same(tmp_path, kind, field):
    condition = {"gte": 1} | ({"field": field} if kind.startswith("value") else {})
    made = correlation(kind, ["a"], timespan="90m", condition=condition)
    ours = load(tmp_path, base("a"), made).correlations[0]
    (theirs,) = (
        each
        for each in SigmaCollection.from_dicts([base("a") | {"id": None}, made | {"id": None}])
        if isinstance(each, SigmaCorrelationRule)
    )
    assert ours.timespan == theirs.timespan.seconds * 1000
    assert str(ours.type) == theirs.type.name.lower()
    assert list(ours.rules) == [each.reference for each in theirs.rules]
    assert ours.bounds.gte == theirs.condition.count


@pytest.mark.parametrize(
    ("timespan", "seconds"),
    [("15s", 15), ("5m", 300), ("1h", 3600), ("1d", 86400), ("2w", 1_209_600), ("1M", 2_629_746)],
)
def test_timespans(tmp_path, timespan, seconds):
    made = correlation("event_count", ["a"], timespan=timespan, condition={"gte": 2})
    assert load(tmp_path, base("a"), made).correlations[0].timespan == seconds * 1000


def test_a_range_is_two_bounds(tmp_path):
    made = correlation("event_count", ["a"], condition={"gt": 100, "lte": 200})
    (found,) = load(tmp_path, base("a"), made).correlations
    assert found.bounds == Bounds(gt=100, lte=200)
    assert str(found.bounds) == "> 100 and <= 200"


def test_a_sum_may_have_a_fraction(tmp_path):
    made = correlation("value_sum", ["a"], condition={"gt": 1.5, "field": "n"})
    assert load(tmp_path, base("a"), made).correlations[0].bounds == Bounds(gt=1.5)


def test_temporal_types_ask_for_all_their_rules(tmp_path):
    made = correlation("temporal", ["a", "b", "d"])
    assert load(tmp_path, base("a"), made).correlations[0].bounds == Bounds(gte=3)


def test_a_condition_over_names_names_the_rules(tmp_path):
    section = {"type": "temporal", "timespan": "5m", "condition": "a and (b or d)"}
    (found,) = load(tmp_path, base("a"), {"title": "T", "correlation": section}).correlations
    assert (found.rules, found.expression) == (("a", "b", "d"), "a and (b or d)")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a", "a"),
        ("a and b or d", ("or", (("and", ("a", "b")), "d"))),
        ("a AND (b OR d)", ("and", ("a", ("or", ("b", "d"))))),
        ("not a", ("not", ("a",))),
    ],
)
def test_conditions_over_names(text, tree):
    assert parse_expression(text) == tree


@pytest.mark.parametrize("text", ["", "a and", "(a", "a)", "a b", "and a", "not", "()"])
def test_what_is_no_condition_over_names(text):
    with pytest.raises(ValueError, match=r"\w"):
        parse_expression(text)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"type": ...}, "has no type"),
        ({"rules": ...}, "rules: it must be a list"),
        ({"rules": [1]}, "rules: it must be a list"),
        ({"rules": ["a", "a"]}, "named twice"),
        ({"timespan": ...}, "has no timespan"),
        ({"timespan": "5 minutes"}, "timespan: it must be a number"),
        ({"timespan": 300}, "timespan: it must be a number"),
        ({"timespan": "0s"}, "timespan: it must be a number"),
        ({"group_by": {}}, "group-by: it must be a list"),
        ({"groupby": ["g"]}, "`groupby` is not known"),
        ({"generate": "yes"}, "generate: it must be true or false"),
        ({"condition": ...}, "condition: it must be a map"),
        ({"condition": {"field": "v"}}, "compares nothing"),
        ({"condition": {"gte": 2}}, "needs a `field`"),
        ({"condition": {"gte": "2", "field": "v"}}, "gte must be a number"),
        ({"condition": {"gte": True, "field": "v"}}, "gte must be a number"),
        ({"condition": {"gte": 1.5, "field": "v"}}, "gte must be a whole number"),
        ({"condition": {"ge": 2, "gte": 2, "field": "v"}}, "`ge` is not known"),
        ({"condition": {"gte": 2, "field": "v", "percentile": 5}}, "no `percentile`"),
        ({"condition": "a and b"}, "only temporal types"),
        ({"aliases": ["g"]}, "aliases: it must be a map"),
        ({"aliases": {"g": "user"}}, "`g` must name a field for rules"),
        ({"aliases": {"g": {"other": "user"}}}, "`other` is not one of the rules"),
    ],
)
def test_faults(tmp_path, changes, reason):
    assert reason in fault(tmp_path, **changes)


def test_an_unknown_type_is_unsupported(tmp_path):
    loaded = load(tmp_path, base("a"), correlation("value_skew", ["a"], condition={"gte": 2}))
    (found,) = loaded.errors
    assert found.kind is ProblemKind.UNSUPPORTED
    assert "`value_skew` is not known" in found.reason


def test_a_correlation_without_an_id_gets_one_that_stays(tmp_path):
    made = correlation("event_count", ["a"], condition={"gte": 2})
    del made["id"]
    first, second = (load(tmp_path, base("a"), made).correlations[0] for _ in range(2))
    assert first.id == second.id
    assert not first.has_own_id


def test_ids_are_unique_among_rules_and_correlations(tmp_path):
    made = correlation("event_count", ["a"], condition={"gte": 2}) | {"id": rule_id("a")}
    loaded = load(tmp_path, base("a"), made)
    assert not loaded.correlations
    assert {each.kind for each in loaded.problems} == {ProblemKind.DUPLICATE_ID}


def test_wrong_metadata_is_dropped_and_the_correlation_kept(tmp_path):
    made = correlation("event_count", ["a"], condition={"gte": 2}, level="very high")
    loaded = load(tmp_path, base("a"), made)
    assert loaded.correlations[0].level is None
    assert [each.kind for each in loaded.remarks] == [ProblemKind.METADATA]


@pytest.mark.parametrize("section", [None, [], "x", 5])
def test_a_section_that_is_no_map(tmp_path, section):
    loaded = load(tmp_path, {"title": "T", "correlation": section})
    (found,) = loaded.errors
    assert found.reason == "Correlation: it must be a map."
