"""Counts that must stay low: told when a window is over, by the form that the engine ran right."""

from __future__ import annotations

import random

import pytest
from correlating import START, base, bind, correlation, event, rule_id, run, script, when
from sqlglot import exp

from schemagen.detections.bound import Status
from schemagen.ksqldb.dialect import parse_script, write

SPAN = 300_000
GRACE = 600_000
BORDER = SPAN - START % SPAN
"""When the first window after `START` begins."""


def low(condition, **more):
    return correlation("event_count", ["a"], condition=condition, **more)


def ended(text, events):
    """Give the windows that were told of: group, beginning, count."""
    rows = run(text, events).rows.get("ALERTS_CORRELATED", [])
    found = [row.values["rule"]["correlation"] for row in rows]
    return [(each["group"].get("g"), each["first"], each["count"]) for each in found]


def truth(events, holds):
    """Tell by the definition which windows are told of: those that a later event closes."""
    time, counts, told = -1, {}, []
    for at, group in events:
        time = max(time, at)
        for start, name in sorted(counts):
            if start + SPAN + GRACE <= time:
                count = counts.pop((start, name))
                if holds(count):
                    told.append((name, when(start - START), count))
        start = at - at % SPAN
        if start + SPAN + GRACE > time:
            counts[start, group] = counts.get((start, group), 0) + 1
    return told


@pytest.mark.parametrize("late", [False, True], ids=["in order", "out of order"])
@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"lt": 3}, lambda n: n < 3),
        ({"lte": 3}, lambda n: n <= 3),
        ({"neq": 2}, lambda n: n != 2),
        ({"gte": 2, "neq": 3}, lambda n: n >= 2 and n != 3),
    ],
)
def test_windows_are_told_of_when_they_are_over(tmp_path, condition, holds, late):
    text = script(tmp_path, base("a"), low(condition))
    chance = random.Random(f"{condition} {late}")
    compared = 0
    for _ in range(15):
        at, drawn = START, []
        for _ in range(60):
            at += chance.choice([1, SPAN // 5, SPAN // 2, SPAN, 5 * SPAN])
            moved = chance.choice([0, 0, SPAN, 3 * SPAN, 9 * SPAN]) if late else 0
            drawn.append((max(at - moved, START), chance.choice("xy")))
        events = [event(time - START, g=group) for time, group in drawn]
        expected = truth(drawn, holds)
        assert sorted(ended(text, events)) == sorted(expected)
        compared += len(expected)
    assert compared


def test_a_window_that_is_not_over_is_not_told_of(tmp_path):
    text = script(tmp_path, base("a"), low({"lt": 3}))
    first = event(BORDER)
    assert ended(text, [first]) == []
    assert ended(text, [first, event(BORDER + SPAN + GRACE - 1)]) == []
    over = ended(text, [first, event(BORDER + SPAN + GRACE)])
    assert over == [("one", when(BORDER), 1)]


def test_events_that_do_not_count_close_no_window(tmp_path):
    text = script(tmp_path, base("a"), low({"lt": 3}))
    assert ended(text, [event(BORDER), event(BORDER + 9 * SPAN, "other")]) == []


@pytest.mark.parametrize(
    ("partitions", "behind"), [([0, 0, 0], 0), ([0, 1, 1], 1), ([0, 1, 0], 1), ([1, 1, 0], 2)]
)
def test_what_a_server_would_lose_that_reads_one_partition_before_another(
    tmp_path, partitions, behind
):
    text = script(tmp_path, base("a"), low({"lt": 3}))
    events = [event(BORDER), event(BORDER + 1), event(BORDER + SPAN + GRACE)]
    found = run(text, events, partitions)
    assert [row.values["rule"]["correlation"]["count"] for row in found.rows["ALERTS_CORRELATED"]]
    told = [f"count ({behind}) are older than others, of another partition"] * bool(behind)
    assert len(found.findings) == len(told)
    assert all(part in each.what for part, each in zip(told, found.findings, strict=True))
    assert all("a count that is too low" in each.what for each in found.findings)


def test_the_alert_comes_at_the_end_of_the_window_and_names_the_last_event(tmp_path):
    text = script(tmp_path, base("a"), low({"lt": 3}, level="high"))
    events = [event(BORDER, host="H"), event(BORDER + 2000, host="I"), event(BORDER + 9 * SPAN)]
    (row,) = run(text, events).rows["ALERTS_CORRELATED"]
    assert row.values["time"] == when(BORDER + SPAN)
    assert row.values["host"] == "I"
    assert row.values["rule"]["level"] == "high"
    made = row.values["rule"]["correlation"]
    assert (made["count"], made["last"]) == (2, when(BORDER + 2000))
    assert made["events"] == [{"topic": "events", "partition": 0, "offset": 1}]


def test_the_table_is_of_the_form_that_was_proven(tmp_path):
    made = parse_script(script(tmp_path, base("a"), low({"lt": 3}, timespan="100s")))
    (table,) = [each for each in made if each.args.get("kind") == "TABLE"]
    sql = write(table, pretty=False)
    assert "WINDOW TUMBLING (SIZE 100 SECONDS, RETENTION 8 DAYS, GRACE PERIOD 10 MINUTES)" in sql
    assert sql.rstrip(";").endswith("GROUP BY `hit`->`k` HAVING COUNT(*) < 3 EMIT FINAL")
    # Nothing else needs the windows of trailing spans, and nothing the cache.
    assert "SET" not in [type(each).__name__ for each in made]


def test_beside_others_each_has_its_own_table(tmp_path):
    made = parse_script(
        script(
            tmp_path, base("a"), low({"gte": 3}, name="many"), low({"lt": 3}, name="few"),
            low({"neq": 1}, name="other"),
        )
    )  # fmt: skip
    tables = [each for each in made if each.args.get("kind") == "TABLE"]
    assert len(tables) == 3
    inserts = [each for each in made if isinstance(each, exp.Insert)]
    assert len(inserts) == 4  # matches, conditions, and one for each that is told at the end


def test_none_counts_for_another(tmp_path):
    documents = [base("a"), base("b"), low({"lt": 3}),
                 correlation("temporal", ["c", "b"], name="d")]  # fmt: skip
    found, _ = bind(tmp_path, *documents)
    chain = next(each for each in found if each.rule.id == rule_id("d"))
    assert chain.status is Status.UNBOUND
    assert "told when its window is over" in chain.reasons[0]


@pytest.mark.parametrize("condition", [{"lt": 1}, {"lte": 0}, {"lt": 2, "neq": 1}])
def test_what_no_group_with_an_event_has_is_refused(tmp_path, condition):
    ((found,), _) = bind(tmp_path, base("a"), low(condition))
    assert found.status is Status.UNSUPPORTED
    assert "no event at all" in found.reasons[0]


@pytest.mark.parametrize("condition", [{"lt": 3}, {"lte": 3}, {"neq": 3}])
def test_what_is_to_be_known_of_low_counts_is_said(tmp_path, condition):
    ((found,), _) = bind(tmp_path, base("a"), low(condition))
    assert found.status is Status.BOUND
    at_the_end, backlog = found.remarks
    assert "A group without any event in a window is never told of." in at_the_end
    assert "several partitions at once" in backlog
