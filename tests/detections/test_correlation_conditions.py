"""The conditions are those that were proven on the real engine, up to names."""

from __future__ import annotations

import itertools

import pytest
from correlating import START, base, correlation, event, load, rule_id, run, script, when
from sqlglot import exp

from schemagen.detections.correlations.conditions import condition_text
from schemagen.detections.correlations.support import SPANS, events_kept, span_served
from schemagen.ksqldb.dialect import parse_expression, parse_script, write_expression

PROVEN = {
    "event_count": (
        {"condition": {"gte": 5}},
        ["a"],
        """`a`[1]->`sort_col` >= `ws` + 600000
        AND FILTER(`a`, x => x->`sort_col` >= `t` AND x->`sort_col` <= `t` + 300000
        AND x->`sort_col` - `ws` >= 300000 AND ARRAY_LENGTH(FILTER(`a`,
        y => y->`sort_col` >= x->`sort_col` - 300000 AND y->`sort_col` <= x->`sort_col`)) = 5)
        [-1]->`sort_col` >= `ws` + 600000
        """,
    ),
    "value_count": (
        {"condition": {"gte": 3, "field": "v"}},
        ["a"],
        """`a`[1]->`sort_col` >= `ws` + 600000
        AND FILTER(`a`, x => x->`sort_col` >= `t` AND x->`sort_col` <= `t` + 300000
        AND x->`sort_col` - `ws` >= 300000
        AND ARRAY_LENGTH(ARRAY_DISTINCT(TRANSFORM(FILTER(`a`, y => y->`sort_col` >=
        x->`sort_col` - 300000 AND y->`sort_col` <= x->`sort_col` AND y->`col1` IS NOT NULL),
        z => z->`col1`))) = 3 AND ARRAY_LENGTH(FILTER(`a`, u => u->`sort_col` >= x->`sort_col` -
        300000 AND u->`sort_col` <= x->`sort_col` AND u->`col1` = `e`->`v`)) = 1)[-1]->`sort_col`
        >= `ws` + 600000""",
    ),
    "temporal": (
        {},
        ["a", "b"],
        """`a`[1]->`sort_col` >= `ws` + 600000
        AND FILTER(`a`, x => x->`sort_col` >= `t` AND x->`sort_col` <= `t` + 300000
        AND x->`sort_col` - `ws` >= 300000
        AND ARRAY_LENGTH(ARRAY_DISTINCT(TRANSFORM(FILTER(`a`, y => y->`sort_col` >=
        x->`sort_col` - 300000 AND y->`sort_col` <= x->`sort_col`), z => z->`col0`))) = 2
        AND ARRAY_LENGTH(FILTER(`a`, u => u->`sort_col` >= x->`sort_col` - 300000
        AND u->`sort_col` <= x->`sort_col` AND u->`col0` = `e`->`s`)) = 1)[-1]->`sort_col`
        >= `ws` + 600000""",
    ),
    "temporal_ordered": (
        {},
        ["a", "b"],
        """`a`[1]->`sort_col` >= `ws` + 600000
        AND FILTER(`a`, x => x->`sort_col` >= `t` AND x->`sort_col` <= `t` + 300000
        AND x->`sort_col` - `ws` >= 300000
        AND REDUCE(ARRAY_SORT(TRANSFORM(FILTER(`a`, y => y->`sort_col` >= x->`sort_col` - 300000
        AND y->`sort_col` <= x->`sort_col`), y2 => y2->`sort_col` * 100 + y2->`col0`)),
        CAST(0 AS BIGINT), (p, q) => CASE WHEN q % 100 = p + 1 THEN p + 1 ELSE p END) = 2
        AND ARRAY_LENGTH(FILTER(`a`, u => u->`sort_col` >= x->`sort_col` - 300000
        AND u->`sort_col` <= x->`sort_col` AND u->`sort_col` = `t` AND u->`col0` = `e`->`s`)) = 1
        AND REDUCE(ARRAY_SORT(TRANSFORM(FILTER(`a`, v => v->`sort_col` >= x->`sort_col` - 300000
        AND v->`sort_col` <= x->`sort_col` AND (v->`sort_col` <> `t` OR v->`col0` <> `e`->`s`)),
        v2 => v2->`sort_col` * 100 + v2->`col0`)), CAST(0 AS BIGINT),
        (p2, q2) => CASE WHEN q2 % 100 = p2 + 1 THEN p2 + 1 ELSE p2 END) < 2)[-1]->`sort_col`
        >= `ws` + 600000""",
    ),
    # Proven with `<= 100` of the sum without the event; NOT of what holds with it serves ranges.
    "value_sum": (
        {"condition": {"gt": 100, "field": "n"}},
        ["a"],
        """`e`->`n` IS NOT NULL AND `a`[1]->`sort_col` >= `ws` + 600000
        AND FILTER(`a`, x => x->`sort_col` >= `t`
        AND x->`sort_col` <= `t` + 300000 AND x->`sort_col` - `ws` >= 300000
        AND REDUCE(FILTER(`a`, y => y->`sort_col` >= x->`sort_col` - 300000
        AND y->`sort_col` <= x->`sort_col` AND y->`col2` IS NOT NULL), CAST(0 AS DOUBLE),
        (ys, yi) => ys + yi->`col2`) > 100
        AND NOT (REDUCE(FILTER(`a`, u => u->`sort_col` >= x->`sort_col` - 300000
        AND u->`sort_col` <= x->`sort_col` AND u->`col2` IS NOT NULL), CAST(0 AS DOUBLE),
        (us, ui) => us + ui->`col2`) - `e`->`n` > 100))[-1]->`sort_col`
        >= `ws` + 600000""",
    ),
}


def plain(text):
    """Write an expression with its lambdas' parameters in the order in which they come."""
    tree = parse_expression(text)
    names = (f"p{n}" for n in itertools.count())
    for node in tree.find_all(exp.Lambda, bfs=False):
        for parameter in node.expressions:
            new, old = next(names), parameter.this
            for each in node.find_all(exp.Identifier):
                if each.this == old and not each.args.get("quoted"):
                    each.set("this", new)
    return write_expression(tree).replace("(", "").replace(")", "")


@pytest.mark.parametrize("kind", PROVEN)
def test_a_condition_is_the_proven_one(tmp_path, kind):
    more, rules, proven = PROVEN[kind]
    (rule,) = load(tmp_path, *map(base, rules), correlation(kind, rules, **more)).correlations
    assert plain(condition_text(rule, 600_000)) == plain(proven)


def loaded(tmp_path, *timespans, least=2):
    made = [
        correlation("event_count", ["a"], name=f"c{n}", timespan=each, condition={"gte": least})
        for n, each in enumerate(timespans)
    ]
    return list(load(tmp_path, *made).correlations)


@pytest.mark.parametrize(
    ("timespans", "minutes"),
    [(["5m"], 10), (["10m"], 10), (["601s"], 60), (["5m", "1h"], 60), (["25h"], 7 * 1440)],
)
def test_the_windows_serve_the_longest_timespan(tmp_path, timespans, minutes):
    assert span_served(loaded(tmp_path, *timespans)) == minutes * 60_000
    assert span_served([]) == SPANS[0]


@pytest.mark.parametrize(("least", "kept"), [(2, 64), (32, 64), (33, 128), (480, 512)])
def test_the_windows_keep_as_many_events_as_the_greatest_count_needs(tmp_path, least, kept):
    assert events_kept(loaded(tmp_path, "5m", least=least)) == kept


def statements(tmp_path, *documents):
    return parse_script(script(tmp_path, *documents))


def test_any_number_of_correlations_is_four_queries_and_one_table(tmp_path):
    many = [
        correlation("event_count", ["a"], name=f"c{n}", condition={"gte": n + 2}) for n in range(20)
    ]
    last = correlation("temporal", ["c0", "a"], name="last")
    made = statements(tmp_path, base("a"), *many, last)
    queries = [each for each in made if isinstance(each.args.get("expression"), exp.Select)]
    assert [each.args.get("kind") or "INSERT" for each in queries] == ["TABLE", *["INSERT"] * 3]


def test_the_table_does_not_change_with_the_rules(tmp_path):
    def table(*documents):
        made = statements(tmp_path, *documents)
        return next(each for each in made if each.args.get("kind") == "TABLE")

    few = table(base("a"), correlation("event_count", ["a"], condition={"gte": 2}))
    more = table(
        base("a"),
        base("b"),
        correlation("value_sum", ["a"], condition={"gt": 2, "field": "n"}, timespan="10m"),
        correlation("temporal", ["a", "b"], name="d", group_by=["g", "g2"]),
    )
    assert few == more


def test_the_cache_is_off_for_the_table_and_for_nothing_else(tmp_path):
    text = script(tmp_path, base("a"), correlation("event_count", ["a"], condition={"gte": 2}))
    off = text.index("SET 'cache.max.bytes.buffering' = '0';")
    assert off < text.index("CREATE TABLE") < text.index("UNSET 'cache.max.bytes.buffering';")


def test_readers_come_before_what_fills_what_they_read(tmp_path):
    text = script(tmp_path, base("a"), correlation("event_count", ["a"], condition={"gte": 2}))
    order = [text.index(each) for each in ("CREATE TABLE", "INSERT INTO ALERTS_CORRELATED",
                                           "INSERT INTO ALERTS_MATCHES")]  # fmt: skip
    assert order == sorted(order)


def test_every_where_is_a_comparison(tmp_path):
    made = statements(tmp_path, base("a"), correlation("event_count", ["a"], condition={"gte": 2}))
    for each in made:
        where = each.find(exp.Where)
        assert where is None or isinstance(where.this, exp.LTE)


def test_what_a_rule_says_stays_text(tmp_path):
    wild = "x' THEN NULL END]) -- \n${a} `"
    made = correlation("event_count", ["a"], name="c", condition={"gte": 2}, tags=["a.b"])
    text = script(tmp_path, base("a"), made | {"title": wild})
    assert len(parse_script(text)) == 9


def test_counts_in_the_thousands_keep_times_and_stay_exact(tmp_path):
    documents = [base("a"), correlation("event_count", ["a"], condition={"gte": 1000})]
    events = [event(n * 100, g="one") for n in range(1002)]
    events[400:400] = [event(40_000, g="other")] * 3
    found = run(script(tmp_path, *documents), events)
    assert found.fired() == {rule_id("c"): [1002]}
    (row,) = found.rows["ALERTS_CORRELATED"]
    made = row.values["rule"]["correlation"]
    assert (made["count"], len(made["events"])) == (1000, 65)
    assert made["first"] == when(0)


def test_times_are_kept_only_where_a_count_needs_them(tmp_path):
    few = correlation("event_count", ["a"], condition={"gte": 480})
    assert "`b`" not in script(tmp_path, base("a"), few)
    many = correlation("event_count", ["a"], name="d", condition={"gte": 481})
    text = script(tmp_path, base("a"), few, many)
    assert "TOPK(CASE WHEN `hit`->`s` = 0 THEN ROWTIME END, 4096) AS `b`" in text


# -- windows side by side --------------------------------------------------------------------------

MINUTES = 5 * 60_000
BORDER = MINUTES - 1_760_000_000_000 % MINUTES
"""When the first window after `START` begins."""


def tumbling(tmp_path, documents, events, rule="c"):
    return (
        run(script(tmp_path, *documents, windows="tumbling"), events).fired().get(rule_id(rule), [])
    )


def test_what_lies_over_the_border_of_two_windows_is_missed(tmp_path):
    documents = [base("a"), correlation("event_count", ["a"], condition={"gte": 4})]
    over = [event(BORDER + at * 1000) for at in (-2, -1, 0, 1)]
    assert run(script(tmp_path, *documents), over).fired() == {rule_id("c"): [3]}
    assert tumbling(tmp_path, documents, over) == []
    within = [event(BORDER + at * 1000) for at in (0, 1, 2, 299)]
    assert tumbling(tmp_path, documents, within) == [3]
    assert tumbling(tmp_path, documents, [*within[:3], event(BORDER + MINUTES)]) == []


def test_a_window_alerts_once_and_the_next_one_again(tmp_path):
    documents = [base("a"), correlation("event_count", ["a"], condition={"gte": 2})]
    steady = [event(BORDER + n * 50_000) for n in range(12)]
    assert tumbling(tmp_path, documents, steady) == [1, 7]


def test_an_alert_names_the_events_of_its_window_alone(tmp_path):
    documents = [base("a"), correlation("event_count", ["a"], condition={"gte": 2})]
    events = [event(BORDER + at * 1000) for at in (-3, -2, 0, 5)]
    found = run(script(tmp_path, *documents, windows="tumbling"), events)
    rows = [row.values["rule"]["correlation"] for row in found.rows["ALERTS_CORRELATED"]]
    assert [[each["offset"] for each in made["events"]] for made in rows] == [[1, 0], [3, 2]]
    assert rows[1]["first"] == when(BORDER)
    assert rows[1]["count"] == 2


def test_counts_in_the_thousands_side_by_side(tmp_path):
    documents = [base("a"), correlation("event_count", ["a"], condition={"gte": 600})]
    events = [event(BORDER - 20_000 + n * 100) for n in range(801)]
    found = run(script(tmp_path, *documents, windows="tumbling"), events)
    assert found.fired() == {rule_id("c"): [799]}
    (row,) = found.rows["ALERTS_CORRELATED"]
    made = row.values["rule"]["correlation"]
    assert (made["count"], made["first"]) == (600, when(BORDER))


def test_more_events_in_a_window_than_are_kept_are_told_of_once(tmp_path):
    documents = [base("a"), correlation("value_sum", ["a"], condition={"gt": 1e6, "field": "n"})]
    events = [event(BORDER - 40_000 + n * 1000, n=1) for n in range(140)]
    found = run(script(tmp_path, *documents, windows="tumbling"), events)
    assert found.fired() == {f"{rule_id('c')}-too-many-events": [103]}


def test_the_windows_of_both_are_the_same_table(tmp_path):
    documents = [base("a"), correlation("event_count", ["a"], condition={"gte": 2})]
    made = [
        [each for each in parse_script(script(tmp_path, *documents, windows=windows))
         if each.args.get("kind") == "TABLE"]
        for windows in ("trailing", "tumbling")
    ]  # fmt: skip
    assert made[0] == made[1]


DAY = 86_400_000
HOUR = 3_600_000
BORDER = -START % HOUR
"""When the first window of a table that serves an hour begins."""


def spray_and_logon(tmp_path):
    """Give the statements of a count and of what follows it, each within half an hour."""
    many = correlation("event_count", ["a"], timespan="30m", condition={"gte": 2}, name="many")
    chain = correlation("temporal_ordered", ["many", "b"], timespan="31m", name="chain")
    return script(tmp_path, base("a"), base("b"), many, chain)


def alerts_of(text, events, name):
    rows = run(text, events).rows.get("ALERTS_CORRELATED", [])
    return [row for row in rows if row.rule == rule_id(name)]


@pytest.mark.parametrize("behind", [0, 3 * HOUR, DAY - HOUR])
def test_a_late_event_that_completes_spans_in_both_of_its_windows_alerts_once(tmp_path, behind):
    text = script(
        tmp_path, base("a"), base("b"),
        correlation("temporal_ordered", ["a", "b"], timespan="30m"),
        correlation("event_count", ["a"], timespan="31m", condition={"gte": 9}, name="wide"),
    )  # fmt: skip
    at = BORDER + 36 * 60_000
    # The first of these is in the second half of one window, the last in that of the other.
    after = [event(at + minutes * 60_000, "b") for minutes in (1, 20, 27)]
    later = [event(at + behind + 28 * 60_000, "b", g="another")] if behind else []
    assert len(alerts_of(text, [*after, *later, event(at)], "c")) == 1
    assert len(alerts_of(text, [event(at), *after], "c")) == 1


def test_an_event_counts_until_its_windows_and_the_grace_are_over(tmp_path):
    text = spray_and_logon(tmp_path)
    early = [event(BORDER), event(BORDER + 60_000, "b")]
    for behind, alerts in ((DAY, 1), (DAY + 2 * HOUR, 0)):
        newest = event(BORDER + behind, g="another")
        assert len(alerts_of(text, [*early, newest, event(BORDER + 1)], "chain")) == alerts


@pytest.mark.parametrize(("days", "told"), [(0.9, 0), (1.5, 1)])
def test_what_a_server_would_lose_that_reads_all_at_once_is_told(tmp_path, days, told):
    text = spray_and_logon(tmp_path)
    events = [
        event(BORDER), event(BORDER + 1), event(BORDER + 60_000, "b"),
        event(BORDER + int(days * DAY)),
    ]  # fmt: skip
    found = [each.what for each in run(text, events).findings]
    assert len(found) == told
    assert all("that count for other correlations (1) are older" in each for each in found)
    assert len(alerts_of(text, events, "chain")) == 1


@pytest.mark.parametrize(("days", "told"), [(0.9, 0), (1.5, 1)])
def test_events_that_other_partitions_overtake_by_more_than_the_grace_are_told(
    tmp_path, days, told
):
    text = script(
        tmp_path, base("a"), correlation("event_count", ["a"], timespan="30m", condition={"gte": 2})
    )
    events = [event(BORDER), event(BORDER + 1), event(BORDER + int(days * DAY), g="another")]
    found = [each.what for each in run(text, events, [0, 0, 1]).findings]
    assert len(found) == told
    assert all("count (2) are older than others, of another partition" in each for each in found)
    assert all("A longer grace keeps them." in each for each in found)
    assert len(alerts_of(text, events, "c")) == 1
