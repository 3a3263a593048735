"""What blinds a correlation: a field of one of its rules, of its groups, of those it rests on."""

from __future__ import annotations

from correlating import base, correlation, rule_id, script

from schemagen.drift.sight import deployed_detections
from schemagen.drift.verdict import ConditionJudge
from schemagen.ksqldb.dialect import parse_script


def blinded(tmp_path, *lost, documents):
    """Give the names of the correlations that can't match, or less, without some columns."""
    found = deployed_detections(parse_script(script(tmp_path, *documents)), "EVENTS")
    known = ConditionJudge([(name,) for name in lost])
    return {each.name for each in found if each.sees_less(known)}


def user(name):
    return base(name, detection={"s": {"user": name}, "condition": "s"})


def test_a_field_of_a_rule_blinds_the_correlation(tmp_path):
    made = correlation("event_count", ["a"], condition={"gte": 2})
    assert blinded(tmp_path, "kind", documents=[base("a"), made]) == {"About c"}
    assert blinded(tmp_path, "user", documents=[base("a"), made]) == set()


def test_a_field_of_the_group_or_the_value_does(tmp_path):
    made = correlation("value_count", ["a"], condition={"gte": 2, "field": "v"})
    assert blinded(tmp_path, "g", documents=[base("a"), made]) == {"About c"}
    assert blinded(tmp_path, "v", documents=[base("a"), made]) == {"About c"}


def test_one_of_the_rules_of_a_temporal_correlation_is_enough(tmp_path):
    documents = [base("a"), user("b"), correlation("temporal", ["a", "b"])]
    assert blinded(tmp_path, "user", documents=documents) == {"About c"}


def test_one_of_several_rules_that_are_counted_blinds_it_partly(tmp_path):
    documents = [base("a"), user("b"), correlation("event_count", ["a", "b"], condition={"gte": 2})]
    assert blinded(tmp_path, "user", documents=documents) == {"About c"}
    (watch,) = deployed_detections(parse_script(script(tmp_path, *documents)), "EVENTS")
    assert watch.may_match(ConditionJudge([("user",)]))


def test_what_blinds_a_correlation_blinds_those_that_rest_on_it(tmp_path):
    many = correlation("event_count", ["a"], name="many", condition={"gte": 2}, group_by=["src"])
    more = correlation(
        "event_count", ["many"], name="more", condition={"gte": 2}, group_by=["host"]
    )
    last = correlation("temporal", ["more", "b"], group_by=["host"])
    found = blinded(tmp_path, "src", documents=[base("a"), base("b"), many, more, last])
    assert found == {"About many", "About more", "About c"}


def test_a_detection_has_the_id_and_the_level_of_its_correlation(tmp_path):
    made = correlation("event_count", ["a"], condition={"gte": 2}, level="high")
    (watch,) = deployed_detections(parse_script(script(tmp_path, base("a"), made)), "EVENTS")
    assert (watch.id, watch.level) == (rule_id("c"), "high")
