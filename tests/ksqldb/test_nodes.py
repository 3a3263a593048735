"""An expression that was written before, and its tree that nobody needs."""

from __future__ import annotations

import pytest
from sqlglot import exp

from schemagen.detections.cost import calls_in
from schemagen.ksqldb.dialect import (
    call,
    parse_expression,
    parse_one,
    rebuilt,
    write,
    write_expression,
)
from schemagen.ksqldb.limits import depth, measures, method_bytes, violations
from schemagen.ksqldb.sql.nodes import WrittenExpression

SQL = "CASE WHEN INSTR(LCASE(a), 'x') > 0 THEN ARRAY['1', '2', '3'] END"


def never() -> exp.Expr:
    pytest.fail("its tree was made")


def written(make=never) -> WrittenExpression:
    return WrittenExpression.later(SQL, make, measures(parse_expression(SQL)))


def query(item: exp.Expr) -> exp.Expr:
    made = parse_one("INSERT INTO s SELECT EXPLODE(ARRAY[1]) AS a FROM t;")
    made.find(exp.Array).set("expressions", [item])
    return made


def test_it_is_written_counted_and_judged_without_its_tree():
    item = written()
    assert write_expression(item) == SQL
    made = query(item)
    assert SQL in write(made)
    assert calls_in(made) == 1 + calls_in(parse_expression(SQL))
    assert violations(made, write(made)) == []


def test_it_is_measured_as_its_tree_is():
    tree = parse_expression(SQL)
    found = written().measures
    assert (found.calls, found.items) == (3, 3)
    assert found.method == method_bytes(tree)
    assert int(found.depth) == depth(tree)
    item = WrittenExpression.later(SQL, never, found._replace(depth=900))
    assert [each.name for each in violations(query(item))] == ["depth"]


def test_its_tree_is_made_once_for_who_looks_at_it():
    made = []

    def make() -> exp.Expr:
        made.append(parse_expression(SQL))
        return made[-1]

    item = written(make)
    assert item.find(exp.Case) is item.find(exp.Case) is made[0]
    assert made[0].parent is item
    assert len(made) == 1


def test_a_copy_is_written_as_well():
    item = written(lambda: parse_expression(SQL))
    copied = query(item).copy()
    assert SQL in write(copied)
    assert copied.find(exp.Case) == parse_expression(SQL)


def test_what_the_engine_refuses_stays_a_tree():
    assert measures(call("REVERSE", parse_expression("a"))) is None


def test_a_copy_has_other_parts_and_the_first_stays_as_it_is():
    tree = parse_expression("a = 'x' OR (b = 'y' AND NOT a = 'z')")
    tree.comments = ["why"]

    def other(node: exp.Expr) -> exp.Expr | None:
        return parse_expression("m['k']") if isinstance(node, exp.Column) else None

    made = rebuilt(tree, other)
    assert made.comments == ["why"]
    del made.comments[:]
    assert write_expression(made) == "m['k'] = 'x' OR (m['k'] = 'y' AND NOT m['k'] = 'z')"
    assert "why" in write_expression(tree)
    assert rebuilt(tree, lambda _: None) == tree
    assert rebuilt(parse_expression("a"), other) == parse_expression("m['k']")
