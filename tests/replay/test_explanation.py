"""Which parts of a rule's condition hold of an event, and what hides its values."""

from __future__ import annotations

import pytest
from compiling import binder, loaded
from correlating import base, bind, correlation, event

from schemagen.errors import InputError
from schemagen.replay.explanation import explain
from schemagen.report.console import plain_text
from schemagen.report.explanation import explanation_report, explanation_text

COLUMNS = "S VARCHAR, T VARCHAR, N BIGINT"


def lines(found, *, values=False):
    text = plain_text(explanation_text(found, values=values))
    return [line.lstrip("│├└─ ").rstrip() for line in text.splitlines()]


def explained(detection, message, *, values=False):
    """Give the lines about a rule's own condition, without those about the kind of event."""
    made = binder(COLUMNS)
    found = explain(made.bind(loaded(detection, title="The rule")), made, message)
    head, _, _, *rest = lines(found, values=values)
    return head, rest


CONDITION = {
    "s": {"S|contains": "needle", "N|gte": 5},
    "f": {"T": "b"},
    "condition": "s and not f",
}


def test_each_part_says_whether_it_holds():
    head, rest = explained(CONDITION, {"S": "A NEEDLE", "N": 4, "T": "b"})
    assert head == "no   The rule"
    assert rest == [
        "no   all of",
        "yes  `S` is '*needle*'  (it is there)",
        "no   `N` >= 5  (it is there)",
        "no   not",
        "yes  `T` is 'b'  (it is there)",
    ]


def test_a_field_that_is_missing_is_said():
    head, rest = explained(CONDITION, {"S": "needle", "N": 5})
    assert head == "yes  The rule"
    assert rest[-1] == "no   `T` is 'b'  (it is not there)"


def test_a_field_that_the_columns_lack_is_said():
    _, rest = explained({"nowhere": "x", "S": "y"}, {"S": "y"})
    assert rest[1] == "no   `nowhere` is 'x', which the columns lack"


def test_values_are_shown_only_on_demand():
    message = {"S": "hidden needle", "N": 7, "T": "secret"}
    assert "hidden" not in str(explained(CONDITION, message))
    shown = explained(CONDITION, message, values=True)[1]
    assert shown[1] == "yes  `S` is '*needle*'  (hidden needle)"
    assert shown[-1] == "no   `T` is 'b'  (secret)"


@pytest.mark.parametrize(
    ("detection", "text"),
    [
        ({"S": None}, "`S` is missing"),
        ({"S|exists": True}, "`S` is there"),
        ({"S|exists": False}, "`S` is not there"),
        ({"S|re": "a+"}, "`S` matches the regular expression a+"),
        ({"N|lt": 3}, "`N` < 3"),
        ({"S|fieldref": "T"}, "`S` is as `T`"),
        ({"S": list("abcdef")}, "`S` is one of 6 values"),
    ],
)
def test_what_each_kind_of_value_asks(detection, text):
    assert explained(detection, {})[1][0][5:].startswith(text)


def test_a_rule_that_cannot_be_evaluated():
    made = binder(COLUMNS)
    rule = made.bind(loaded({"S|re": "(?P<x>a)(?(x)b|c)"}, title="Bad"))
    with pytest.raises(InputError, match=r"Bad can't be evaluated: .*Java"):
        explain(rule, made, {})


def test_an_event_that_ksqldb_drops():
    made = binder(COLUMNS)
    with pytest.raises(InputError, match=r"ksqlDB drops this event at \$\.N"):
        explain(made.bind(loaded({"S": "x"})), made, {"N": {"a": 1}})


def test_of_a_correlation_it_is_said_for_which_rules_the_event_counts(tmp_path):
    made = correlation("value_count", ["a", "b"], condition={"gte": 2, "field": "v"})
    (bound,), made_binder = bind(tmp_path, base("a"), base("b"), made)
    found = explain(bound, made_binder, event(1, "a", v="x"))
    assert found.holds
    report = explanation_report(found, values=False)
    assert [each["holds"] for each in report["parts"]] == [True, False]
    first = report["parts"][0]["parts"]
    assert [each["asks"] for each in first[1:]] == ["`g` is there", "`v` is there"]
    assert not explain(bound, made_binder, event(1, "a")).holds
    assert not explain(bound, made_binder, event(1, "a", v="x", g=None)).holds


def test_a_chain_is_followed(tmp_path):
    first = correlation("event_count", ["a"], name="many", condition={"gte": 2})
    second = correlation("temporal", ["many", "b"])
    (_, bound), made_binder = bind(tmp_path, base("a"), base("b"), first, second)
    found = explain(bound, made_binder, event(1, "a"))
    assert found.holds
    assert found.parts[0].text == "About many, whose alerts count"
    assert [each.holds for each in found.parts] == [True, False]


def test_the_report_for_machines_has_values_on_demand():
    made = binder(COLUMNS)
    found = explain(made.bind(loaded({"S": "x"}, title="R")), made, {"S": "y"})
    leaf = explanation_report(found, values=True)["parts"][0]["parts"][1]
    assert leaf == {"asks": "`S` is 'x'", "holds": False, "present": True, "value": "y"}
    leaf = explanation_report(found, values=False)["parts"][0]["parts"][1]
    assert leaf == {"asks": "`S` is 'x'", "holds": False, "present": True}
