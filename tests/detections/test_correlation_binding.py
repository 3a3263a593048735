"""The status of correlations, from their rules and from the fields that make their groups."""

from __future__ import annotations

import pytest
from correlating import base, bind, correlation, event, fired, rule_id, run, script

from schemagen.detections.bound import Status
from schemagen.detections.correlations.statements import silenced

COUNT = {"condition": {"gte": 2}}


def one(tmp_path, *documents, **options):
    """Give the last of some correlations, bound."""
    return bind(tmp_path, *documents, **options)[0][-1]


def test_a_correlation_is_bound_where_its_rules_and_fields_are(tmp_path):
    found = one(tmp_path, base("a"), correlation("event_count", ["a"], **COUNT))
    assert (found.status, found.reasons, found.remarks) == (Status.BOUND, (), ())
    assert found.members[0].base.rule.id == rule_id("a")


@pytest.mark.parametrize("reference", ["a", rule_id("a"), rule_id("a").upper()])
def test_rules_are_named_by_id_or_name(tmp_path, reference):
    found = one(tmp_path, correlation("event_count", [reference], **COUNT), base("a"))
    assert found.status is Status.BOUND


def test_a_rule_that_is_not_there(tmp_path):
    found = one(tmp_path, correlation("event_count", ["nobody"], **COUNT))
    assert found.status is Status.UNBOUND
    assert found.reasons == ("No rule has the id or name `nobody`.",)


def test_two_rules_of_one_name(tmp_path):
    other = base("a") | {"id": rule_id("other")}
    found = one(tmp_path, base("a"), other, correlation("event_count", ["a"], **COUNT))
    assert found.reasons == ("`a` is the name of 2 rules.",)


def test_a_rule_that_is_unbound(tmp_path):
    broken = base("a", detection={"s": {"nowhere": 1}, "condition": "s"})
    found = one(tmp_path, broken, correlation("event_count", ["a"], **COUNT))
    assert (found.status, found.reasons) == (Status.UNBOUND, ("`Kind a` is UNBOUND.",))


def test_a_group_by_field_that_the_columns_lack_is_named_with_what_is_near(tmp_path):
    made = correlation("event_count", ["a"], group_by=["UserNam"], **COUNT)
    found = one(tmp_path, base("a"), made, columns="kind VARCHAR, `UserName` VARCHAR")
    assert found.status is Status.UNBOUND
    assert found.reasons == ("Kind a: `UserNam` is not in the columns (there is `UserName`).",)


@pytest.mark.parametrize("field", ["list", "tree"])
def test_a_list_or_an_object_makes_no_group(tmp_path, field):
    columns = "kind VARCHAR, `list` ARRAY<VARCHAR>, `tree` STRUCT<x INT>"
    made = correlation("event_count", ["a"], group_by=[field], **COUNT)
    (reason,) = one(tmp_path, base("a"), made, columns=columns).reasons
    assert f"`{field}` is a list or an object" in reason


def test_one_of_several_rules_may_be_missing_where_any_counts(tmp_path):
    found = one(tmp_path, base("a"), correlation("event_count", ["a", "b"], **COUNT))
    assert found.status is Status.BOUND
    assert "Not counted: No rule has the id or name `b`." in found.remarks


def test_all_rules_must_be_there_where_all_are_asked_for(tmp_path):
    found = one(tmp_path, base("a"), correlation("temporal", ["a", "b"]))
    assert found.status is Status.UNBOUND


def test_so_many_must_be_there_as_are_asked_for(tmp_path):
    made = correlation("temporal", ["a", "b", "d"], condition={"gte": 2})
    assert one(tmp_path, base("a"), base("b"), made).status is Status.BOUND
    assert one(tmp_path, base("a"), made).status is Status.UNBOUND


@pytest.mark.parametrize("column", ["BOOLEAN", "ARRAY<INT>"])
def test_what_has_no_numbers_has_no_sum(tmp_path, column):
    made = correlation("value_sum", ["a"], condition={"gt": 5, "field": "n"})
    columns = f"kind VARCHAR, g VARCHAR, n {column}"
    assert one(tmp_path, base("a"), made, columns=columns).status is Status.UNBOUND


@pytest.mark.parametrize(
    ("kind", "more", "reason"),
    [
        ("value_count", {"condition": {"lt": 5, "field": "v"}}, "only when a span is over"),
        ("value_sum", {"condition": {"lte": 5, "field": "n"}}, "only when a span is over"),
        ("value_avg", {"condition": {"neq": 5, "field": "n"}}, "no event that makes it true"),
        ("event_count", {"condition": {"gte": 0}}, "true without any event"),
        ("event_count", {"condition": {"gte": 5, "lt": 5}}, "No number satisfies"),
        ("event_count", {"condition": {"gt": 4, "lt": 5}}, "No number satisfies"),
        ("event_count", {"condition": {"gte": 4065}}, "to count to 4064"),
        ("value_count", {"condition": {"gte": 481, "field": "v"}}, "to count to 480"),
        ("event_count", {"condition": {"gte": 5}, "timespan": "32d"}, "more than 31 days"),
        ("value_percentile", {"condition": {"gt": 5, "field": "n"}}, "Which percentile"),
        ("value_avg", {"condition": {"eq": 5, "field": "n"}}, "a matter of rounding"),
        ("value_sum", {"condition": {"gt": 5, "lt": 5, "field": "n"}}, "No number satisfies"),
        ("temporal", {"condition": {"gte": 3}}, "asks for 3 of 1 rules"),
        ("temporal", {"condition": "not a"}, "`not` of a rule"),
        ("temporal_ordered", {"condition": "a or a"}, "`or` has no order"),
    ],
)
def test_what_cannot_be_told_is_refused_with_the_reason(tmp_path, kind, more, reason):
    found = one(tmp_path, base("a"), correlation(kind, ["a"], **more))
    assert found.status is Status.UNSUPPORTED
    assert reason in found.reasons[0]


def test_fewer_rules_in_order_are_not_defined(tmp_path):
    made = correlation("temporal_ordered", ["a", "b"], condition={"gte": 1})
    assert one(tmp_path, base("a"), base("b"), made).status is Status.UNSUPPORTED


def test_a_chain_without_an_end_is_refused(tmp_path):
    first = correlation("event_count", ["d"], name="c", **COUNT)
    second = correlation("event_count", ["c"], name="d", **COUNT)
    found, _ = bind(tmp_path, first, second)
    assert {each.status for each in found} <= {Status.UNBOUND, Status.UNSUPPORTED}


def test_a_chain_over_what_does_not_work_does_not_work(tmp_path):
    first = correlation("event_count", ["a"], name="d", condition={"lt": 1})
    found = one(tmp_path, base("a"), first, correlation("event_count", ["d"], **COUNT))
    assert (found.status, found.reasons) == (Status.UNBOUND, ("`About d` is UNSUPPORTED.",))


# -- what alerts on its own -----------------------------------------------------------------------


def alone(tmp_path, *documents):
    found, _ = bind(tmp_path, *documents)
    return silenced(found)


def test_a_correlated_rule_does_not_alert_on_its_own(tmp_path):
    made = correlation("event_count", ["a"], **COUNT)
    assert alone(tmp_path, base("a"), base("b"), made) == {rule_id("a")}


def test_it_does_where_the_correlation_says_so(tmp_path):
    made = correlation("event_count", ["a"], generate=True, **COUNT)
    assert alone(tmp_path, base("a"), made) == set()


def test_it_does_where_one_of_its_correlations_says_so(tmp_path):
    made = correlation("event_count", ["a"], generate=True, **COUNT)
    other = correlation("event_count", ["a"], name="d", **COUNT)
    assert alone(tmp_path, base("a"), made, other) == set()


def test_it_does_where_its_correlation_cannot_work(tmp_path):
    made = correlation("event_count", ["a"], condition={"lt": 1})
    assert alone(tmp_path, base("a"), made) == set()


# -- groups, aliases, chains ----------------------------------------------------------------------


def test_groups_are_apart_and_case_does_not_matter(tmp_path):
    events = [event(n, g=group) for n, group in enumerate(["x", "y", "X", "y"])]
    made = correlation("event_count", ["a"], **COUNT)
    assert fired(tmp_path, [base("a"), made], events) == [2, 3]


def test_an_event_without_a_field_of_its_group_does_not_count(tmp_path):
    events = [event(1), event(2, g=None), event(3, g=None), event(4, g2="x"), event(5, g2="x")]
    made = correlation("event_count", ["a"], group_by=["g", "g2"], **COUNT)
    assert fired(tmp_path, [base("a"), made], events) == [4]


def test_without_group_by_all_is_one_group(tmp_path):
    events = [event(1, g="x"), event(2, g=None)]
    made = correlation("event_count", ["a"], group_by=(), **COUNT)
    assert fired(tmp_path, [base("a"), made], events) == [1]


def test_numbers_and_texts_make_one_group_by_their_text(tmp_path):
    columns = "`time` VARCHAR, kind VARCHAR, host VARCHAR, n BIGINT, x VARCHAR"
    made = correlation(
        "temporal", ["a", "b"], group_by=["id"], aliases={"id": {"a": "n", "b": "x"}}
    )
    text = script(tmp_path, base("a"), base("b"), made, columns=columns)
    found = run(text, [event(1, n=5), event(2, "b", x="6"), event(3, "b", x="5")])
    assert found.fired() == {rule_id("c"): [2]}


def test_an_alias_is_another_field_in_each_rule(tmp_path):
    made = correlation(
        "temporal", ["a", "b"], group_by=["ip"], aliases={"ip": {"a": "src", "b": "dst"}}
    )
    events = [event(1, src="x", dst="y"), event(2, "b", src="x"), event(3, "b", dst="x")]
    assert fired(tmp_path, [base("a"), base("b"), made], events) == [2]


def test_an_event_of_two_rules_counts_once(tmp_path):
    both = base("b") | {"detection": {"s": {"kinds": "a"}, "condition": "s"}}
    made = correlation("event_count", ["a", "b"], condition={"gte": 2})
    events = [event(1, kinds="a"), event(2, kinds="a")]
    assert fired(tmp_path, [base("a"), both, made], events) == [1]


def test_an_event_of_two_rules_of_a_temporal_correlation_is_both(tmp_path):
    both = base("b") | {"detection": {"s": {"kinds": "a"}, "condition": "s"}}
    assert fired(tmp_path, [base("a"), both, correlation("temporal", ["a", "b"])], [
        event(1), event(2, kinds="a")
    ]) == [1]  # fmt: skip


def chain():
    many = correlation("event_count", ["a"], name="many", group_by=["g", "g2"], **COUNT)
    return [base("a"), base("b"), many, correlation("temporal_ordered", ["many", "b"])]


def test_an_alert_of_a_correlation_counts_for_another_by_its_own_group(tmp_path):
    events = [
        event(1, "b"),
        event(2, g2="x"),
        event(3, g2="y"),
        event(4, "b"),
        event(5, g2="y"),
        event(6, "b", g="two"),
        event(7, "b"),
        event(8, "b"),
    ]
    assert fired(tmp_path, chain(), events) == [6]


def test_the_correlation_in_a_chain_does_not_alert(tmp_path):
    events = [event(1, g2="x"), event(2, g2="x"), event(3, "b")]
    assert run(script(tmp_path, *chain()), events).fired() == {rule_id("c"): [2]}


def test_a_chain_of_three_carries_fields_along(tmp_path):
    twice = correlation("event_count", ["a"], name="twice", group_by=["g"], **COUNT)
    users = correlation(
        "value_count", ["twice"], name="users", group_by=["host"],
        condition={"gte": 2, "field": "user"}, aliases={"user": {"twice": "user"}},
    )  # fmt: skip
    last = correlation("temporal", ["users", "b"], group_by=["place"], aliases={
        "place": {"users": "src", "b": "dst"}
    })  # fmt: skip
    same = {"host": "h", "src": "s"}
    events = [
        event(1, g="1", user="u", **same),
        event(2, g="1", user="u", **same),
        event(3, g="2", user="v", **same),
        event(4, g="2", user="v", **same),
        event(5, "b", dst="other"),
        event(6, "b", dst="S"),
    ]
    assert fired(tmp_path, [base("a"), base("b"), twice, users, last], events) == [5]


def test_long_values_are_told_apart(tmp_path):
    made = correlation("value_count", ["a"], condition={"gte": 2, "field": "v"})
    long = "x" * 5000
    events = [event(1, v=long), event(2, v=long.upper()), event(3, v=long + "y")]
    found = run(script(tmp_path, base("a"), made), events)
    assert found.fired()[rule_id("c")] == [2]
    kept = [row.values["hit"]["v"] for row in found.rows["ALERTS_MATCHES"]]
    assert {len(value) for value in kept} == {32}


def test_several_value_fields_count_by_their_combination(tmp_path):
    made = correlation("value_count", ["a"], condition={"gte": 3, "field": ["v", "x"]})
    events = [event(n, v=v, x=x) for n, (v, x) in enumerate(["ab", "ab", "ba", "bb"])]
    assert fired(tmp_path, [base("a"), made], events) == [3]


def test_texts_that_are_numbers_are_summed_and_others_are_not(tmp_path):
    made = correlation("value_sum", ["a"], condition={"gte": 10, "field": "x"})
    texts = ["4", "four", " 3.5 ", "", None, "1e0", "1.5"]
    events = [event(n, x=text) for n, text in enumerate(texts)]
    assert fired(tmp_path, [base("a"), made], events) == [6]


def test_an_event_from_the_future_closes_no_window(tmp_path):
    made = correlation("event_count", ["a"], **COUNT)
    late = event(3)
    late["time"] = "2999-01-01T00:00:00.000Z"
    assert fired(tmp_path, [base("a"), made], [event(1), late, event(2)]) == [2]


def test_an_event_after_the_grace_is_counted_nowhere_and_said(tmp_path):
    made = correlation("event_count", ["a"], **COUNT)
    found = run(script(tmp_path, base("a"), made), [event(1), event(30 * 3_600_000), event(2)])
    assert rule_id("c") not in found.fired()
    (notice,) = found.findings
    assert notice.what.startswith("2 times a row came too late for a window")


def test_more_events_than_are_kept_are_said_once_at_the_event(tmp_path):
    made = correlation("value_count", ["a"], condition={"gte": 2, "field": "v"})
    events = [event(n, v="same") for n in range(80)]
    found = run(script(tmp_path, base("a"), made), events)
    assert found.fired() == {f"{rule_id('c')}-too-many-events": [63]}


def test_an_alert_has_the_group_the_count_the_time_and_the_events(tmp_path):
    made = correlation(
        "value_count", ["a"], condition={"gte": 2, "field": "v"},
        level="high", tags=["attack.t1110"], fields=["user"],
    )  # fmt: skip
    events = [event(0, v="1"), event(1000, "b"), event(2000, v="2", user="Bob", host="H")]
    (row,) = run(script(tmp_path, base("a"), made), events).rows["ALERTS_CORRELATED"]
    assert row.values == {
        "time": "2025-10-09T08:53:22.000Z",
        "host": "H",
        "rule": {
            "id": rule_id("c"),
            "title": "About c",
            "level": "high",
            "tags": ["attack.t1110"],
            "fields": {"g": "one", "v": "2", "user": "Bob"},
            "correlation": {
                "group": {"g": "one"},
                "count": 2,
                "first": "2025-10-09T08:53:20.000Z",
                "last": "2025-10-09T08:53:22.000Z",
                "events": [
                    {"topic": "events", "partition": 0, "offset": 2},
                    {"topic": "events", "partition": 0, "offset": 0},
                ],
            },
        },
        "source": {"topic": "events", "partition": 0, "offset": 2},
    }
