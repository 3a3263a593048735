"""Filters are joined to the rules that they name, and what keeps one from working is said."""

from __future__ import annotations

import pytest
from compiling import fired
from correlating import base, load, rule_id
from rule_writing import rule

from schemagen.detections.binding import Binder
from schemagen.detections.bound import Status
from schemagen.detections.pipelines import load_pipeline
from schemagen.ksqldb.types import parse_type

COLUMNS = "kind VARCHAR, u VARCHAR, n BIGINT, host VARCHAR"


def a_filter(selection, condition="not f", rules=("a",), logsource=None, **more):
    section = {"rules": rules if isinstance(rules, str) else list(rules), "f": selection}
    return {
        "title": "The filter",
        "logsource": logsource or {"category": "test"},
        "filter": {**section, "condition": condition, **more},
    }


def bound(tmp_path, *documents, columns=COLUMNS):
    loaded = load(tmp_path, *documents)
    binder = Binder([load_pipeline("none")], parse_type(f"STRUCT<{columns}>"))
    return loaded, [binder.bind(each) for each in loaded.rules]


def alerts(tmp_path, *documents, events):
    """Give the places of the events that the rule `a` alerts at."""
    loaded, rules = bound(tmp_path, *documents)
    assert not loaded.errors, loaded.errors
    found = fired(rules, [{"kind": "a", **each} for each in events], COLUMNS)
    return found.get(rule_id("a"), [])


ADMIN = {"u|startswith": "adm_"}


@pytest.mark.parametrize(
    ("selection", "condition", "event", "alert"),
    [
        (ADMIN, "not f", {"u": "adm_1"}, False),
        (ADMIN, "not f", {"u": "ADM_1"}, False),
        (ADMIN, "not f", {"u": "bob"}, True),
        # What is not there is not filtered out.
        (ADMIN, "not f", {}, True),
        (ADMIN, "not f", {"u": None}, True),
        ({"u": None}, "not f", {}, False),
        ({"u": None}, "not f", {"u": "bob"}, True),
        ({"u|exists": False}, "not f", {}, False),
        ({"n|gt": 5}, "not f", {"n": 6}, False),
        ({"n|gt": 5}, "not f", {"n": 5}, True),
        ({"n|gt": 5}, "not f", {}, True),
        ({"u": "bob", "n": 1}, "not f", {"u": "bob", "n": 2}, True),
        ({"u": "bob", "n": 1}, "not f", {"u": "bob", "n": 1}, False),
        ([{"u": "bob"}, {"n": 1}], "not f", {"u": "bob", "n": 2}, False),
        (ADMIN, "not 1 of f*", {"u": "adm_1"}, False),
        (ADMIN, "not all of them", {"u": "adm_1"}, False),
        # Without `not` only what it describes is left.
        (ADMIN, "f", {"u": "adm_1"}, True),
        (ADMIN, "f", {"u": "bob"}, False),
        (ADMIN, "f", {}, False),
    ],
)
def test_what_a_filter_takes_out(tmp_path, selection, condition, event, alert):
    found = alerts(tmp_path, base("a"), a_filter(selection, condition), events=[event])
    assert bool(found) is alert


def test_a_filter_by_a_field_that_the_columns_lack_keeps_its_rule_from_being_deployed(tmp_path):
    _, (found,) = bound(tmp_path, base("a"), a_filter({"nowhere": "x"}))
    assert (found.status, found.deployable) == (Status.UNFILTERED, False)
    assert "`nowhere` is not in the columns" in found.reasons[0]


@pytest.mark.parametrize("rules", [["a"], "a", [rule_id("a")], "any", "ANY", []])
def test_rules_are_named_by_id_or_name_or_all(tmp_path, rules):
    found = alerts(
        tmp_path, base("a"), a_filter(ADMIN, rules=rules), events=[{"u": "adm_1"}, {"u": "bob"}]
    )
    assert found == [1]


def test_the_filter_may_come_first(tmp_path):
    assert alerts(tmp_path, a_filter(ADMIN), base("a"), events=[{"u": "adm_1"}]) == []


def test_filters_add_up(tmp_path):
    events = [{"u": "adm_1"}, {"u": "bob", "n": 1}, {"u": "bob", "n": 2}]
    documents = [base("a"), a_filter(ADMIN), a_filter({"n": 1})]
    assert alerts(tmp_path, *documents, events=events) == [2]


def test_the_identifiers_of_a_filter_are_not_those_of_the_rule(tmp_path):
    detection = {"f": {"kind": "a"}, "condition": "1 of them"}
    documents = [base("a", detection=detection), a_filter(ADMIN)]
    assert alerts(tmp_path, *documents, events=[{"u": "adm_1"}, {"u": "bob"}]) == [1]


def test_every_condition_of_a_rule_is_filtered(tmp_path):
    detection = {"s": {"kind": "a"}, "t": {"n": 1}, "condition": ["s", "t"]}
    documents = [base("a", detection=detection), a_filter(ADMIN)]
    assert alerts(tmp_path, *documents, events=[{"u": "adm_1", "n": 1}, {"n": 1}]) == [1]


def test_a_filter_of_all_is_for_its_log_source_only(tmp_path):
    other = rule("Other", logsource={"category": "other"}, detection=base("a")["detection"])
    loaded, _ = bound(tmp_path, base("a"), other, a_filter(ADMIN, rules="any"))
    assert {each.title: len(each.filters) for each in loaded.rules} == {"Kind a": 1, "Other": 0}


def test_a_rule_shows_its_filters(tmp_path):
    _, (found,) = bound(tmp_path, base("a"), a_filter(ADMIN))
    assert any(each.startswith("Filtered by `The filter` (") for each in found.remarks)


def test_a_filter_that_cannot_be_written_leaves_the_rule_as_it_is(tmp_path):
    look_ahead = {"u|re": r"(?P<x>a)(?P=x)(?(x)b|c)"}
    _, (found,) = bound(tmp_path, base("a"), a_filter(look_ahead))
    assert found.status is Status.BOUND
    assert any(each.startswith("The filter `The filter` is not applied") for each in found.remarks)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (a_filter(ADMIN, rules=["b"]), "No rule has the id or name `b`."),
        (a_filter(ADMIN, logsource={"category": "x"}), "`a` is not of its log source"),
        (a_filter(ADMIN, rules="any", logsource={"category": "x"}), "No rule is of its log source"),
        (a_filter(ADMIN, condition="not other"), "'other' not defined"),
        (a_filter(ADMIN, condition=["not f"]), "it must have one condition"),
        (a_filter({"u|nonsense": 1}), "nonsense"),
        ({**a_filter(ADMIN), "logsource": None}, "log source"),
        ({**a_filter(ADMIN), "filter": {"f": ADMIN, "condition": "f"}}, "it must have `rules`"),
        ({**a_filter(ADMIN), "filter": "x"}, "it must be a map"),
        (a_filter(ADMIN, rules=[5]), "`any` or a list"),
    ],
)
def test_what_keeps_a_filter_from_working_is_said(tmp_path, document, reason):
    loaded, (found,) = bound(tmp_path, base("a"), document)
    assert found.status is Status.BOUND
    assert not found.rule.filters
    (problem,) = loaded.errors
    assert reason.lower() in problem.reason.lower()
    assert problem.title == "The filter"


def test_a_filter_without_not_is_remarked(tmp_path):
    loaded, _ = bound(tmp_path, base("a"), a_filter(ADMIN, condition="f"))
    (problem,) = loaded.remarks
    assert "has no `not`" in problem.reason
