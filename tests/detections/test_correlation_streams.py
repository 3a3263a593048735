"""Random streams: the emitted statements, replayed, alert where the definition says.

`HYPOTHESIS_PROFILE=thorough` tries a thousand streams of each type.
"""

from __future__ import annotations

import os
import random

import pytest
from correlating import (
    Hit,
    alerting,
    alerting_side_by_side,
    base,
    correlation,
    event,
    in_order,
    percentile,
    rule_id,
    run,
    script,
)

STREAMS = 1000 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 12
BATCH = 50
LONG = 24 * 3_600_000
"""Between streams: none sees another's windows."""

RULES = ("a", "b", "d")


def total(hits):
    return sum(hit.number for hit in hits if hit.number is not None)


def numbers(hits):
    return [hit.number for hit in hits if hit.number is not None]


def has(hits, *slots):
    return [slot in {hit.slot for hit in hits} for slot in slots]


CASES = {
    "event_count": (
        {"condition": {"gte": 4}},
        ("a",),
        lambda hits: len(hits) >= 4,
    ),
    "event_count of two rules": (
        {"condition": {"gt": 4}},
        ("a", "b"),
        lambda hits: len(hits) > 4,
    ),
    "value_count": (
        {"condition": {"gte": 3, "field": "v"}},
        ("a",),
        lambda hits: len({hit.value for hit in hits if hit.value is not None}) >= 3,
    ),
    "temporal": ({}, RULES, lambda hits: all(has(hits, 1, 2, 3))),
    "temporal of two": (
        {"condition": {"gte": 2}},
        RULES,
        lambda hits: sum(has(hits, 1, 2, 3)) >= 2,
    ),
    "temporal expressed": (
        {"condition": "a and (b or d)"},
        RULES,
        lambda hits: has(hits, 1)[0] and any(has(hits, 2, 3)),
    ),
    "temporal_ordered": ({}, RULES, lambda hits: in_order(hits, 3)),
    "value_sum": (
        {"condition": {"gt": 100, "field": "n"}},
        ("a",),
        lambda hits: total(hits) > 100,
    ),
    "value_sum within": (
        {"condition": {"gte": 60, "lt": 110, "field": "n"}},
        ("a",),
        lambda hits: 60 <= total(hits) < 110,
    ),
    "value_avg": (
        {"condition": {"gte": 40, "field": "n"}},
        ("a",),
        lambda hits: bool(numbers(hits)) and total(hits) >= 40 * len(numbers(hits)),
    ),
    "value_percentile": (
        {"condition": {"gt": 40, "field": "n", "percentile": 75}},
        ("a",),
        lambda hits: (percentile(hits, 75) or 0) > 40,
    ),
    "value_median": (
        {"condition": {"gte": 40, "lte": 60, "field": "n"}},
        ("a",),
        lambda hits: 40 <= (percentile(hits, 50) or 0) <= 60,
    ),
}


def stream(chance, span, longest, *, late):
    """Give the events of one stream: time, group, kind, value, number, in order of arrival."""
    at, found = 0, []
    for _ in range(60):
        if chance.random() < 0.75:
            gaps = (1, span // 9, span // 4, span // 3, span - 1, span, span + 1, longest)
            at += chance.choice(gaps[:4] if chance.random() < 0.8 else gaps)
        if chance.random() < 0.1:
            # Bursts lie on the border of windows.
            at = (at // longest + 1) * longest - chance.choice((1, 0, span // 2))
        found.append(
            (
                at,
                chance.choice("xyz"[: 1 + chance.randrange(2)]),
                chance.choice(("a", "a", "b", "d", "other")),
                chance.choice((None, "p", "q", "r", "s", "t")) if chance.random() < 0.9 else None,
                chance.choice((None, -20, 0, 10, 30, 40, 50, 80)),
            )
        )
    if late:
        moved = 0.9 * 600_000
        order = [
            each[0] + (chance.random() * moved if chance.random() < 0.3 else 0) for each in found
        ]
        found = [each for _, each in sorted(zip(order, found, strict=True), key=lambda p: p[0])]
    return found


@pytest.mark.parametrize("late", [False, True], ids=["in order", "out of order"])
@pytest.mark.parametrize("name", CASES)
def test_alerts_come_where_the_definition_says(tmp_path, name, late):
    hold_against(tmp_path, name, "trailing", alerting, late=late)


@pytest.mark.parametrize("late", [False, True], ids=["in order", "out of order"])
@pytest.mark.parametrize("name", CASES)
def test_windows_side_by_side_alert_where_their_definition_says(tmp_path, name, late):
    hold_against(tmp_path, name, "tumbling", alerting_side_by_side, late=late)


def hold_against(tmp_path, name, windows, truth, *, late):
    more, rules, holds = CASES[name]
    kind = name.split()[0]
    chance = random.Random(f"{name} {late}")
    compared = 0
    for first in range(0, STREAMS // 2, BATCH):
        seconds = chance.choice((600, 300, 97, 30))
        span = seconds * 1000
        made = correlation(kind, rules, timespan=f"{seconds}s", **more)
        text = script(tmp_path, *map(base, RULES), made, windows=windows)
        events, expected = [], set()
        for number in range(first, min(first + BATCH, STREAMS // 2)):
            groups = {}
            for start, group, rule, value, amount in stream(chance, span, 600_000, late=late):
                at = start + (number - first) * LONG
                if rule in rules and not (
                    (kind == "value_count" and value is None)
                    or (kind.startswith("value_") and kind != "value_count" and amount is None)
                ):
                    hit = Hit(at, rules.index(rule) + 1, value, amount)
                    groups.setdefault(group, []).append((len(events), hit))
                fields = {"v": value, "n": amount, "g": f"{group}{number}"}
                events.append(event(at, rule, **fields))
            for hits in groups.values():
                places = truth([hit for _, hit in hits], span, holds)
                expected |= {hits[place][0] for place in places}
        found = set(run(text, events).fired().get(rule_id("c"), ()))
        assert found == expected
        compared += len(expected)
    assert compared
