"""Items of an array that are looked at by a glance first: what is found stays the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemagen.replay.engine import Replay
from schemagen.replay.results import Event

if TYPE_CHECKING:
    from schemagen.replay.translation.context import ExplodedItem

STREAM = (
    "CREATE STREAM S (A VARCHAR, B VARCHAR, N INT) "
    "WITH (KAFKA_TOPIC = 't', VALUE_FORMAT = 'JSON');\n"
)

texts = st.text("abA", max_size=4)
columns = st.sampled_from(["A", "B", "LCASE(A)"])
leaves = st.one_of(
    st.builds("{} LIKE '%{}%'".format, columns, texts),
    st.builds("{} NOT LIKE '{}%'".format, columns, texts),
    st.builds("{} = '{}'".format, columns, texts),
    st.builds("{} IN ('{}', '{}')".format, columns, texts, texts),
    st.builds("INSTR({}, '{}') > 0".format, columns, st.text("ab", min_size=1, max_size=2)),
    st.builds("SPLIT({}, 'b')[-1] = '{}'".format, columns, texts),
    st.builds("REGEXP_EXTRACT('{}', {}, 0) IS NOT NULL".format, texts, columns),
    st.builds("{} IS NULL".format, columns),
    st.builds("N {} {}".format, st.sampled_from(["=", "<>", "<"]), st.integers(0, 3)),
    st.just("TRUE"),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} OR {} OR {})".format, inner, inner, inner),
        st.builds("NOT ({})".format, inner),
        st.builds("CASE WHEN {} THEN {} ELSE FALSE END".format, inner, inner),
        st.builds("CASE WHEN {} THEN {} ELSE {} END".format, inner, inner, inner),
    ),
    max_leaves=6,
)
rows = st.fixed_dictionaries(
    {},
    optional={"A": st.none() | texts, "B": st.none() | texts, "N": st.none() | st.integers(0, 3)},
)


def exploded(conditions: list[str]) -> str:
    items = ", ".join(f"CASE WHEN {each} THEN 'r{n}' END" for n, each in enumerate(conditions))
    array = f"FILTER(ARRAY[{items}], X => X IS NOT NULL)"
    return f"{STREAM}CREATE STREAM F AS SELECT EXPLODE({array}) AS rule FROM S;"


def apart(conditions: list[str]) -> str:
    return STREAM + "\n".join(
        f"CREATE STREAM R{n} AS SELECT 'r{n}' AS rule FROM S WHERE {each};"
        for n, each in enumerate(conditions)
    )


def alerts(sql: str, messages: list[dict]) -> list[tuple[int, str]]:
    result = Replay(sql).run([Event("t", each) for each in messages])
    found = [rows for name, rows in result.rows.items() if name != "S"]
    return sorted((row.event, row.values["RULE"]) for each in found for row in each)


@given(st.lists(conditions, min_size=1, max_size=5), st.lists(rows, min_size=1, max_size=6))
def test_items_are_found_as_if_each_had_a_query_of_its_own(conditions, messages):
    assert alerts(exploded(conditions), messages) == alerts(apart(conditions), messages)


def items_of(*conditions: str) -> tuple[ExplodedItem, ...]:
    return Replay(exploded(list(conditions))).programs[0].explosions[0].items


def glances(*conditions: str) -> list[str]:
    return [" OR ".join(each.glance or ()) for each in items_of(*conditions)]


def test_a_glance_asks_for_what_few_others_ask_for():
    first, second = glances(
        "A = 'log' AND INSTR(B, 'one') > 0", "A = 'log' AND INSTR(B, 'two') > 0"
    )
    assert ["one" in first, "log" in first] == [True, False]
    assert ["two" in second, "log" in second] == [True, False]


def test_of_an_or_all_operands_are_asked_for():
    (found,) = glances("N > 1 AND (A = 'one' OR INSTR(B, 'two') > 0) AND NOT A = 'three'")
    assert [each in found for each in ("one", "two", "three")] == [True, True, False]


@pytest.mark.parametrize(
    "condition", ["NOT A = 'x'", "A IS NOT NULL AND (A = 'x' OR B IS NULL)", "A = 'x'"]
)
def test_nothing_is_asked_for_where_nothing_is_known_or_that_is_no_shorter(condition):
    assert glances(condition) == [""]


def test_what_throws_is_looked_at_for_every_row():
    (item,) = items_of("N = 1 AND B LIKE '%two%'")
    assert item.hit.checks
    assert item.glance is None


HOSTILE = [
    "",
    "it's",
    "a''b",
    "100%",
    "a_b",
    "C:\\x",
    "line\nend",
    "\u2028",
    "é\U0001f600",
    "$t0",
    "#",
]


@pytest.mark.parametrize(
    "how", ["INSTR(A, '{}') > 0", "A = '{}'", "A IN ('{}', 'two')", "A LIKE '%{}'"]
)
def test_texts_of_any_kind_are_looked_for(how):
    listed = [text.replace("'", "''") for text in HOSTILE if text or "INSTR" not in how]
    conditions = [f"N > 0 AND {how.format(text)}" for text in listed]
    messages = [
        {"A": made, "N": 1}
        for text in HOSTILE
        for made in (text, f"x{text}", f"{text}x", f"'{text}'")
    ]
    assert any(each.glance for each in items_of(*conditions)) or "LIKE" in how
    assert alerts(exploded(conditions), messages) == alerts(apart(conditions), messages)
