"""Rows that no query can let through are left out early, and nothing else is different for it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemagen.ksqldb.dialect import parse_expression
from schemagen.ksqldb.types import Field, Struct, parse_type
from schemagen.replay import intake
from schemagen.replay.engine import Replay
from schemagen.replay.events import each_event
from schemagen.replay.possible import PossibleRows, weakened
from schemagen.replay.results import Event
from schemagen.sources.records import Batch

DECLARED = """
CREATE STREAM S (
    W STRUCT<ID BIGINT, `Name` VARCHAR, `Opcode` INT>, V VARCHAR, A ARRAY<VARCHAR>
) WITH (KAFKA_TOPIC = 't', VALUE_FORMAT = 'JSON'{});
"""


def found(where, lines, more=""):
    sql = f"{DECLARED.format(more)}\nCREATE STREAM F AS SELECT V FROM S WHERE {where};"
    batch = Batch("f", None, range(1, len(lines) + 1), lines)
    return Replay(sql).run(each_event([batch], "t", []))


def taken(where, lines, more=""):
    """How many rows of the events are looked at more closely."""
    replay = Replay(f"{DECLARED.format(more)}\nCREATE STREAM F AS SELECT V FROM S WHERE {where};")
    made = intake.Intake(replay.programs).read(Batch("", None, range(len(lines)), lines), "t")
    return [index for index, _, _ in made.streams["S"].rows]


KINDS = [b'{"w":{"id":%d,"Name":"Bob"},"v":"x"}' % n for n in (1, 3, 4624, 7, 3)]


@pytest.mark.parametrize(
    ("where", "left", "passes"),
    [
        ("W->ID = 3 AND LIKE_NOT_TOLD", [1, 4], [1, 4]),
        ("CASE WHEN W->ID = 3 THEN LIKE_NOT_TOLD WHEN W->ID = 7 THEN TRUE ELSE FALSE END",
         [1, 3, 4], [1, 3, 4]),
        (("CASE WHEN NOT LIKE_NOT_TOLD THEN W->ID = 1 "
         "ELSE INSTR(',7,4624,', CONCAT(',', CAST(W->ID AS VARCHAR), ',')) > 0 END"),
         [0, 2, 3], [2, 3]),
        ("W->ID IN (1, 7) OR INSTR(LCASE(W->`Name`), 'alice') > 0", [0, 3], [0, 3]),
        ("(W->ID = 1 OR W->ID = 7) AND NOT W->`Name` = 'Bob'", [], []),
        ("LIKE_NOT_TOLD OR W->ID = 3", [0, 1, 2, 3, 4], [0, 1, 2, 3, 4]),
    ],
)  # fmt: skip
def test_rows_of_other_kinds_are_left_out(where, left, passes):
    where = where.replace("LIKE_NOT_TOLD", "COALESCE(SPLIT(V, 'y')[1], '') = 'x'")
    assert taken(where, KINDS) == left
    passed = [row.event for row in found(where, KINDS).rows["F"]]
    assert passed == passes


def test_a_where_that_can_throw_is_asked_about_every_row():
    assert taken("W->ID = 3 AND V LIKE 'x'", KINDS) == [0, 1, 2, 3, 4]


def test_many_comparisons_are_left_to_duckdb():
    many = " OR ".join(f"(W->ID = {n} AND V = 'a')" for n in range(150))
    assert taken(many, KINDS) == [0, 1, 2, 3, 4]


def test_what_is_dropped_is_told_of_events_of_any_kind():
    lines = [
        b'{"w":{"id":"x"}}', b'{"w":{"id":3},"a":[1]}', b'{"w":{"id":4,"Opcode":"x"}}',
        b'{"w":{"id":4},"a":"no list"}', b'{"w":7}', b'{"w":{"id":4,"Opcode":"x"},"a":7}',
        b'{"a":7,"w":{"id":4,"Opcode":"x"}}',
    ]  # fmt: skip
    result = found("W->ID = 3", lines)
    assert [(each.event, each.path) for each in result.dropped] == [
        (0, "$.w.id"), (2, "$.w.Opcode"), (3, "$.a"), (4, "$.w"), (5, "$.w.Opcode"), (6, "$.a"),
    ]  # fmt: skip
    assert [row.event for row in result.rows["F"]] == [1]


def test_a_missing_time_is_told_of_events_of_any_kind():
    lines = [b'{"w":{"id":3}}', b'{"w":{"id":4},"v":"2020-01-01"}', b'{"w":{"id":4}}']
    more = ", TIMESTAMP = 'V', TIMESTAMP_FORMAT = 'yyyy-MM-dd'"
    assert [each.event for each in found("W->ID = 3", lines, more).dropped] == [0, 2]


def test_halves_of_pairs_are_told_of_events_of_any_kind():
    lines = [b'{"w":{"id":4},"v":"\\ud800"}', b'{"w":{"id":4},"v":"\\ud83d\\ude00"}']
    (notice,) = found("W->ID = 3", lines).findings
    assert (notice.kind, notice.events) == ("altered", (0,))


@pytest.mark.parametrize("number", ["1.10", "1e3", "2.50", "0.0"])
def test_how_a_number_is_written_counts_where_it_becomes_text(number):
    text = {"1e3": "1E+3"}.get(number, number)
    lines = [b'{"v":%s}' % number.encode(), b'{"v":"other"}']
    assert [row.values for row in found(f"V = '{text}'", lines).rows["F"]] == [{"V": text}]


NAMES = ("ID", "id", "Id", "Name", "NAME", "Opcode", "x")
VALUES = st.sampled_from([None, 0, 1, 3, 2**31, 1.5, "", "a", "A", "3", "ab", True, [], ["a"], {}])
OBJECTS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4)
MESSAGES = st.fixed_dictionaries({}, optional={"w": OBJECTS | VALUES, "V": VALUES, "v": VALUES})
LEAVES = st.sampled_from([
    "W->ID = 3", "W->ID > 1", "W->ID <> 0", "W->`Name` = 'a'", "LCASE(W->`Name`) = 'a'",
    "INSTR(V, 'a') > 0", "INSTR('a,ab,', V) > 1", "W->`Name` IN ('a', '')", "W->ID IN (0, 3)",
    "CONCAT(V, CAST(W->ID AS VARCHAR)) = 'a3'", "COALESCE(V, 'a') = 'a'", "V IS NULL",
    "SUBSTRING(LCASE(V), -1) = 'b'", "W->ID = W->`Opcode`", "TRUE", "FALSE",
])  # fmt: skip
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
        st.builds("NOT ({})".format, inner),
        st.builds("CASE WHEN {} THEN {} ELSE {} END".format, inner, inner, inner),
    ),
    max_leaves=5,
)


@settings(max_examples=40)
@given(where=CONDITIONS, messages=st.lists(MESSAGES, min_size=1, max_size=12))
def test_no_row_is_left_out_that_a_where_lets_through(where, messages):
    sql = f"{DECLARED.format('')}\nCREATE STREAM F AS SELECT V FROM S WHERE {where};"
    events = [Event("t", each, "f", n) for n, each in enumerate(messages)]
    few = Replay(sql).run(events)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(intake, "_possible", lambda *_: None)
        every = Replay(sql).run(events)
    assert (few.rows, few.dropped, few.findings) == (every.rows, every.dropped, every.findings)


def test_only_what_tells_is_read_and_what_can_drop_a_record():
    columns = parse_type(
        "STRUCT<a VARCHAR, b STRUCT<c VARCHAR, d BIGINT>, e ARRAY<VARCHAR>, f STRUCT<g VARCHAR>>"
    )
    where = Replay(
        "CREATE STREAM S (a VARCHAR) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');"
        "CREATE STREAM F AS SELECT a FROM S WHERE a = 'x';"
    ).programs[0].query.select.args["where"].this  # fmt: skip
    possible = PossibleRows([weakened(where, columns)], columns)
    assert possible.narrow == Struct((
        Field("a", quoted=False, type=parse_type("VARCHAR")),
        Field("b", quoted=False, type=parse_type("STRUCT<d BIGINT>")),
        Field("e", quoted=False, type=parse_type("ARRAY<VARCHAR>")),
        Field("f", quoted=False, type=Struct(())),
    ))  # fmt: skip
    assert possible.has({"A": "x"})
    assert not possible.has({"A": "X"})


def test_values_of_one_column_are_one_comparison_however_they_are_nested():
    starts = (1, 1001, 2001)
    groups = [" OR ".join(f"W->ID = {n}" for n in range(at, at + 100)) for at in starts]
    weak = parse_expression(f"{groups[0]} OR ({groups[1]} OR ({groups[2]}))")
    possible = PossibleRows([weak], parse_type("STRUCT<W STRUCT<ID BIGINT>>"))
    assert not possible.is_sure
    assert [possible.has({"W": {"ID": n}}) for n in (0, 1, 100, 1001, 2100)] == [
        False, True, True, True, True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("where", "passing"),
    [
        ("INSTR(',1,23,4,', CONCAT(',', CAST(W->ID AS VARCHAR), ',')) > 0", [1, 4, 23]),
        ("W->ID = 2 OR INSTR(',1,', CONCAT(',', CAST(W->ID AS VARCHAR), ',')) > 0", [1, 2]),
        ("W->ID IN (3, 4) OR W->ID = 2", [2, 3, 4]),
        ("INSTR(',01,4,', CONCAT(',', CAST(W->ID AS VARCHAR), ',')) > 0", [4]),
        ("INSTR('1,4', CONCAT('', CAST(W->ID AS VARCHAR), ',')) > 0", [1, None]),
        ("INSTR(',1,4,', CAST(W->ID AS VARCHAR)) > 0", [1, 4]),
        ("INSTR(',-1,4,', CONCAT(',', CAST(W->ID AS VARCHAR), ',')) > 0", [-1, 4]),
        ("INSTR(',1,', CONCAT(',', CAST(W->ID AS VARCHAR), ',')) = 0", [-1, 0, 2, 3, 4, 23, None]),
    ],
)
def test_numbers_that_a_text_lists_are_compared_as_numbers(where, passing):
    possible = PossibleRows([parse_expression(where)], parse_type("STRUCT<W STRUCT<ID BIGINT>>"))
    ids = (-1, 0, 1, 2, 3, 4, 23, None)
    assert [n for n in ids if possible.has({"W": {"ID": n}})] == passing
