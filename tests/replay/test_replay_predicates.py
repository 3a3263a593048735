"""Random predicates over random rows: DuckDB decides them as a direct evaluation does."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from replaying import errors, replay, source

WORDS = ["", "a", "B", "ab", "aB", "b\na", "x.exe", "\U0001f600a", "%", "a_b"]
texts = st.none() | st.sampled_from(WORDS)
numbers = st.none() | st.integers(-2, 3)
rows = st.fixed_dictionaries({"S": texts, "T": texts, "N": numbers, "B": st.none() | st.booleans()})


class ThrownError(Exception):
    pass


def _quoted(text):
    return "'" + text.replace("'", "''") + "'"


def _like(value, pattern):
    if value is None:
        raise ThrownError
    parts = {"%": "[^\n\r\x85\u2028\u2029]*", "_": "[^\n\r\x85\u2028\u2029]"}
    return re.fullmatch("".join(parts.get(c) or re.escape(c) for c in pattern), value) is not None


def _utf16(text):
    return text.encode("utf-16-le")


def _comparison(name, sign, value):
    tests = {
        "=": lambda a: a == value,
        "<>": lambda a: a != value,
        "<": lambda a: a < value,
        ">=": lambda a: a >= value,
    }
    return lambda row: row[name] is not None and tests[sign](row[name])


def _unboxed(row):
    if row["B"] is None:
        raise ThrownError
    return row["B"]


@st.composite
def leaves(draw):
    """Draw a leaf: its text, and what it makes of a row."""
    name, word = draw(st.sampled_from("ST")), draw(st.sampled_from(WORDS))
    number, sign = draw(st.integers(-2, 3)), draw(st.sampled_from(["=", "<>", "<", ">="]))
    low = word.lower()
    size = len(_utf16(low)) // 2
    choices = [
        (f"{name} = {_quoted(word)}", _comparison(name, "=", word)),
        (f"{name} <> {_quoted(word)}", _comparison(name, "<>", word)),
        (f"N {sign} {number}", _comparison("N", sign, number)),
        (f"{name} IS NULL", lambda row: row[name] is None),
        (f"{name} IS NOT NULL", lambda row: row[name] is not None),
        (f"{name} LIKE {_quoted('%' + word + '%')}", lambda row: _like(row[name], f"%{word}%")),
        (f"{name} NOT LIKE {_quoted(word)}", lambda row: not _like(row[name], word)),
        (f"{name} IN ('a', {_quoted(word)})", lambda row: row[name] in {"a", word}),
        (f"S IS DISTINCT FROM {_quoted(word)}", lambda row: row["S"] != word),
        ("S = T", lambda row: row["S"] is not None and row["S"] == row["T"]),
        ("B", _unboxed),
        ("B = TRUE", lambda row: row["B"] is True),
        (
            f"INSTR(LCASE({name}), {_quoted(low)}) > 0",
            lambda row: bool(row[name]) and low in row[name].lower(),
        ),
        (
            f"INSTR(LCASE({name}), {_quoted(low)}) = 1",
            lambda row: bool(row[name]) and row[name].lower().startswith(low),
        ),
        (
            f"SUBSTRING(LCASE({name}), -{size}) = {_quoted(low)}",
            lambda row: (
                row[name] is not None
                and (_utf16(row[name].lower())[-2 * size :] if size else _utf16(row[name].lower()))
                == _utf16(low)
            ),
        ),
    ]
    return draw(st.sampled_from(choices))


def _both(operands):
    text = " AND ".join(f"({t})" for t, _ in operands)
    return text, lambda row: all(evaluate(row) for _, evaluate in operands)


def _either(operands):
    text = " OR ".join(f"({t})" for t, _ in operands)
    return text, lambda row: any(evaluate(row) for _, evaluate in operands)


def _negated(operand):
    return f"NOT ({operand[0]})", lambda row: not operand[1](row)


def _case(operands):
    first, second = operands
    text = f"CASE WHEN {first[0]} THEN 1 WHEN {second[0]} THEN 2 END = 2"
    return text, lambda row: not first[1](row) and second[1](row)


predicates = st.recursive(
    leaves(),
    lambda inner: (
        st.lists(inner, min_size=2, max_size=4).map(_both)
        | st.lists(inner, min_size=2, max_size=4).map(_either)
        | inner.map(_negated)
        | st.lists(inner, min_size=2, max_size=2).map(_case)
    ),
    max_leaves=12,
)


def _expected(evaluate, row):
    try:
        return evaluate(row)
    except ThrownError:
        return "throws"


@settings(max_examples=60)
@given(st.lists(predicates, min_size=1, max_size=8), st.lists(rows, min_size=1, max_size=12))
def test_where_agrees_with_a_direct_evaluation(drawn, events):
    sql = source() + "".join(
        f"CREATE STREAM O{place} AS SELECT N FROM SRC WHERE {text};\n"
        for place, (text, _) in enumerate(drawn)
    )
    result = replay(sql, *events)
    thrown = {(finding.stream, event) for finding in errors(result) for event in finding.events}
    for place, (text, evaluate) in enumerate(drawn):
        stream = f"O{place}"
        fired = {row.event for row in result.rows[stream]}
        for index, row in enumerate(events):
            actual = "throws" if (stream, index) in thrown else index in fired
            assert actual == _expected(evaluate, row), (text, row)
            assert not (index in fired and (stream, index) in thrown)


@settings(max_examples=60)
@given(st.lists(predicates, min_size=1, max_size=8), st.lists(rows, min_size=1, max_size=12))
def test_a_bundle_isolates_each_rule_and_fires_the_same(drawn, events):
    items = ", ".join(f"CASE WHEN {text} THEN 'r{n}' END" for n, (text, _) in enumerate(drawn))
    sql = source() + (
        f"CREATE STREAM OUT AS SELECT EXPLODE(FILTER(ARRAY[{items}], x => x IS NOT NULL)) "
        "AS `rule_id`, S FROM SRC;"
    )
    result = replay(sql, *events)
    thrown = {(finding.rule, event) for finding in errors(result) for event in finding.events}
    fired = result.fired()
    for place, (text, evaluate) in enumerate(drawn):
        rule = f"r{place}"
        for index, row in enumerate(events):
            actual = "throws" if (rule, index) in thrown else index in fired.get(rule, ())
            assert actual == _expected(evaluate, row), (text, row)
