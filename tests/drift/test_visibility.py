"""How many events a condition can hold in, at most, by how many have each field."""

from __future__ import annotations

import drifting
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemagen.drift.event_counts import ProfiledEvents
from schemagen.drift.scopes import NameScope
from schemagen.drift.verdict import ConditionJudge
from schemagen.drift.visibility import visible
from schemagen.ksqldb.dialect import parse_expression
from schemagen.ksqldb.types import parse_type

COLUMNS = parse_type(
    "STRUCT<a VARCHAR, b VARCHAR, c VARCHAR, o STRUCT<p VARCHAR>, m MAP<VARCHAR, VARCHAR>,"
    " t VARCHAR, l ARRAY<VARCHAR>>"
)


def seen(sql, messages, lost=()):
    events = ProfiledEvents(COLUMNS, drifting.evidence(messages).profile.root)
    return visible([(parse_expression(sql), NameScope())], events, ConditionJudge(lost))


MESSAGES = [
    *[{"a": "x", "b": "x", "o": {"p": "x"}, "m": {"k": "x"}, "t": {"k": "x"}, "l": ["x"]}] * 60,
    *[{"a": "x", "c": "x"}] * 30,
    *[{"b": None, "o": {}, "m": {}, "l": []}] * 10,
]


@pytest.mark.parametrize(
    ("sql", "count"),
    [
        ("a = 'x'", 90),
        ("A IS NOT NULL", 90),
        ("b = 'x'", 60),
        ("a = 'x' AND c = 'x'", 30),
        ("b = 'x' OR c = 'x'", 90),
        ("a = 'x' OR b = 'x'", 100),
        ("NOT (b = 'x')", 100),
        ("a = 'x' AND NOT (b = 'x')", 90),
        ("b IS NULL", 100),
        ("COALESCE(b, c) = 'x'", 90),
        ("CONCAT(b, 'y') = 'x'", 100),
        ("INSTR(LCASE(b), 'x') > 0", 60),
        ("o->p = 'x'", 60),
        ("m['k'] = 'x'", 60),
        ("m['other'] = 'x'", 0),
        ("EXTRACTJSONFIELD(t, '$.k') = 'x'", 60),
        ("ARRAY_CONTAINS(l, 'x')", 70),
        ("1 = 2", 0),
        ("TRUE", 100),
    ],
)
def test_how_many_events_can_meet_a_condition(sql, count):
    assert seen(sql, MESSAGES) == count


def test_what_is_known_to_be_gone_can_not_be_seen():
    assert seen("a = 'x' OR b = 'x'", MESSAGES, lost=[("A",)]) == 60
    assert seen("a = 'x' AND b = 'x'", MESSAGES, lost=[("A",)]) == 0


def test_of_keys_that_were_not_counted_apart_all_events_may_have_each():
    many = [{"m": {f"k{n}": "x"}} for n in range(2_500)]
    assert seen("m['k1'] = 'x'", many) == 2_500


LEAVES = st.sampled_from(["a = 'x'", "b = 'x'", "c = 'x'", "a IS NULL", "NOT (b = 'x')"])
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(
        lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
    ),
    max_leaves=5,
)
EVENTS = st.lists(
    st.lists(st.sampled_from("abc"), unique=True).map(lambda keys: dict.fromkeys(keys, "x")),
    min_size=1,
    max_size=12,
)


def holds(sql, event):
    python = sql.replace("AND", "and").replace("OR", "or").replace("NOT", "not")
    for name in "abc":
        python = python.replace(f"{name} IS NULL", str(name not in event))
        python = python.replace(f"{name} = 'x'", str(name in event))
    return eval(python)


@given(CONDITIONS, EVENTS)
def test_no_more_events_meet_a_condition_than_can_be_seen(sql, events):
    matching = sum(holds(sql, event) for event in events)
    assert matching <= seen(sql, events) <= len(events)
