"""The limits of the real engine: what it took and what it refused, as it was tried."""

from __future__ import annotations

import pytest

from schemagen.ksqldb.dialect import parse_one, write
from schemagen.ksqldb.limits import (
    DEPTH,
    ITEMS,
    METHOD,
    RECORD,
    depth,
    method_bytes,
    record_bytes,
    violations,
)


def where(condition):
    return parse_one(f"CREATE STREAM w AS SELECT id FROM e WHERE {condition};")


def select(expression):
    return parse_one(f"CREATE STREAM w AS SELECT {expression} AS r FROM e;")


def balanced(terms):
    if len(terms) == 1:
        return terms[0]
    middle = (len(terms) + 1) // 2
    return f"({balanced(terms[:middle])} OR {balanced(terms[middle:])})"


def any_of(term, count):
    return balanced([term.format(n) for n in range(count)])


def joined(sign, term, count):
    return sign.join(term.format(n) for n in range(count))


def names(statement, **options):
    return [each.name for each in violations(statement, **options)]


NEEDLES = (
    "TRANSFORM(ARRAY[LCASE(a)], tx => REDUCE(SPLIT('a{0}¦b', '¦'), 0,"
    " (sx, nx) => sx + INSTR(tx, nx)))[1] > 0"
)


@pytest.mark.parametrize(
    ("term", "passed", "refused"),
    [
        ("a = 'x{0}'", 1400, 1600),
        ("INSTR(a, 'x{0}') > 0", 550, 600),
        ("INSTR(LCASE(a), 'x{0}') > 0", 500, 700),
        ("SUBSTRING(a, -4) = 'x{0}'", 500, 700),
        ("REGEXP_EXTRACT('x{0}', a) IS NOT NULL", 1300, 1500),
        ("a LIKE 'x{0}%'", 2500, 3000),
        ("a IS NULL", 2500, None),
        ("n = {0}", 800, 900),
        ("m['k{0}'] = 'x'", 600, 700),
        ("INSTR(m['k{0}'], 'x') > 0", None, 500),
        ("s->x = 'x{0}'", 600, None),
        ("s->z->z->x = 'x{0}'", 160, None),
        ("INSTR(LCASE(s->z->x), 'x{0}') > 0", 300, 600),
        (NEEDLES, 170, 200),
    ],
)
def test_the_terms_of_one_expression_pass_and_are_refused_as_on_the_engine(term, passed, refused):
    if passed is not None:
        assert names(where(any_of(term, passed))) == []
    if refused is not None:
        assert names(where(any_of(term, refused))) == [METHOD.name]


@pytest.mark.parametrize(
    "expression",
    [
        "CASE " + joined(" ", "WHEN n = {0} THEN INSTR(a, 'x') > 0", 600) + " END = TRUE",
        "CASE " + joined(" ", "WHEN n = {0} THEN TRUE", 1000) + " END = TRUE",
        "a IN (" + joined(", ", "'x{0}'", 6000) + ")",
        "CONCAT(" + joined(", ", "'x{0}'", 3000) + ") = a",
        "CASE " + joined(" ", f"WHEN n = {{0}} THEN {NEEDLES}", 200) + " END = TRUE",
    ],
    ids=["branches", "more branches", "values", "arguments", "needles in branches"],
)
def test_what_is_evaluated_apart_or_once_passes(expression):
    assert names(where(expression)) == []


@pytest.mark.parametrize(
    ("condition", "limit"),
    [
        ("CASE " + joined(" ", "WHEN n = {0} THEN TRUE", 1500) + " END = TRUE", METHOD),
        ("a IN (" + joined(", ", "'x{0}'", 10_000) + ")", METHOD),
        ("ARRAY_CONTAINS(ARRAY[" + joined(", ", "'x{0}'", 2000) + "], a)", ITEMS),
    ],
    ids=["branches", "values", "items"],
)
def test_still_more_of_them_is_refused(condition, limit):
    assert names(where(condition)) == [limit.name]


def test_a_thousand_items_of_an_array_pass_and_more_are_refused():
    item = "CASE WHEN INSTR(LCASE(a), 'x{0}') > 0 THEN 'r' END"
    assert names(select(f"ARRAY[{joined(', ', item, 1000)}]")) == []
    assert names(select(f"ARRAY[{joined(', ', item, 1500)}]")) == [ITEMS.name]
    entry = "'k{0}' := a"
    assert names(select(f"MAP({joined(', ', entry, 800)})")) == []
    assert names(select(f"MAP({joined(', ', entry, 1500)})")) == [ITEMS.name]


def nested(opening, inner, closing, times):
    return opening * times + inner + closing * times


@pytest.mark.parametrize(
    ("condition", "refused"),
    [
        (" OR ".join(["a = 'x'"] * 190), False),
        (" OR ".join(["a = 'x'"] * 200), True),
        (" AND ".join(["a = 'x'"] * 190), False),
        (nested("LCASE(", "a", ")", 70) + " = 'x'", False),
        (nested("LCASE(", "a", ")", 80) + " = 'x'", True),
        (nested("(", "a = 'x'", ")", 90), False),
        (nested("NOT (", "a = 'x'", ")", 90), False),
        (nested("CASE WHEN b = 'x' THEN 'y' ELSE ", "a", " END", 60) + " = 'x'", False),
    ],
)
def test_how_deep_an_expression_may_be_nested(condition, refused):
    assert names(where(condition)) == ([DEPTH.name] if refused else [])


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("a || b", "`||`"),
        ("CASE a WHEN 'x' THEN 1 END", "CASE x WHEN"),
        ("MAP('a' := a, 'b' := b, 'a' := b)", "a key twice"),
        ("REVERSE(a)", "no function REVERSE"),
        ("sha256(a)", "no function SHA256"),
        ("CAST(5 AS BOOLEAN)", "no CAST"),
        ("CASE WHEN a LIKE 'x' ESCAPE '\\' THEN 1 END", "ESCAPE"),
        ("TRANSFORM(arr, x => TRANSFORM(arr, x => x))", "the same parameter"),
    ],
)
def test_a_form_that_the_engine_has_not_is_named(expression, says):
    (violation,) = violations(select(expression))
    assert says in violation.what
    assert violation.name in {"form", "lambda"}


@pytest.mark.parametrize(
    "expression",
    ["CONCAT(a, b)", "MAP('a' := a, 'A' := b)", "CAST('yes' AS BOOLEAN)", "LCASE(a)"],
)
def test_its_neighbours_are_fine(expression):
    assert violations(select(expression)) == []


def test_a_parameter_of_a_lambda_cannot_have_the_name_of_a_column():
    statement = select("FILTER(arr, a => a = 'x')")
    assert names(statement) == []
    assert names(statement, columns={"A"}) == ["lambda"]
    assert names(statement, columns={"a"}) == []


def test_a_statement_with_its_plan_is_one_record():
    """The engine wrote 606,986 bytes for a literal of 200 KB, and 56,577 for 1,000 comparisons."""
    letters = "abcdefghij" * 20_000
    literal = f"SELECT id AS `id` FROM E WHERE INSTR('{letters}', a) > 0;"
    assert record_bytes(literal) == pytest.approx(606_986, rel=0.02)
    condition = any_of("a = 'x{0}'", 1000)
    assert record_bytes(f"SELECT id AS `id` FROM E WHERE {condition};") == pytest.approx(
        56_577, rel=0.03
    )


def test_what_nobody_reads_counts_less_and_what_json_escapes_counts_more():
    statement = "CREATE STREAM w AS SELECT a FROM e;"
    commented = f"-- {'x' * 100}\n{statement}"
    assert record_bytes(commented) - record_bytes(statement) == 2 * 105
    plain, escaped = (f"SELECT '{char * 100}' FROM e;" for char in ("x", "\\"))
    assert record_bytes(escaped) - record_bytes(plain) == 200
    assert record_bytes("SELECT 'ä' FROM e;") > record_bytes("SELECT 'a' FROM e;")


def test_a_statement_too_large_for_a_record_is_refused():
    statement = select(f"INSTR('{'x' * 400_000}', a)")
    assert names(statement) == []
    assert names(statement, text=write(statement)) == [RECORD.name]
    smaller = select(f"INSTR('{'x' * 340_000}', a)")
    assert names(smaller, text=write(smaller)) == []
    assert names(smaller, text=write(smaller), share=0.9) == [RECORD.name]


def test_who_makes_statements_keeps_a_distance():
    statement = where(any_of("a = 'x{0}'", 1200))
    assert names(statement) == []
    assert names(statement, share=0.75) == [METHOD.name]


def test_no_clause_shows_a_value_of_the_statement():
    secret = "hunter2"
    broken = any_of(f"a = '{secret}{{0}}'", 1600)
    found = violations(where(f"{broken} OR a = '{secret}' || b OR m['{secret}'] = '{secret}'"))
    assert {each.name for each in found} == {METHOD.name, "form"}
    assert secret not in repr(found)


def test_sizes_of_statements_without_a_query_are_not_judged():
    assert violations(parse_one("DROP STREAM s;")) == []
    assert violations(parse_one("SET 'auto.offset.reset' = 'earliest';")) == []


def test_a_deep_tree_is_measured_without_a_deep_stack():
    condition = " OR ".join(["a = 'x'"] * 5000)
    statement = where(condition).args["expression"].args["where"].this
    assert depth(statement) > 5000
    assert method_bytes(statement) > METHOD.most
