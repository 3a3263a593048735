from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from schemagen.ksqldb.dialect import (
    nodes,
    parse_expression,
    parse_one,
    write,
    write_expression,
)


def without_parentheses(tree: exp.Expr) -> exp.Expr:
    tree = tree.copy()
    for paren in [*tree.find_all(exp.Paren)]:
        if paren is tree:
            tree = tree.this.pop()
        else:
            paren.replace(paren.this)
    return tree


words = st.sampled_from(["a", "Host", "type", "group", "@timestamp", "a b", "x", "1e5", "-", "'"])
identifiers = st.builds(
    lambda name: exp.Identifier(this=name, quoted=not name.isalpha() or name == "group"), words
)
numbers = st.one_of(st.integers(0, 10**20), st.decimals(0, 100, places=2)).map(
    lambda number: exp.Literal(this=str(number), is_string=False)
)
texts = st.text(st.characters(codec="utf-8"), max_size=8).map(exp.Literal.string)
leaves = st.one_of(
    identifiers.map(lambda name: exp.Column(this=name)),
    st.builds(lambda name, table: exp.Column(this=name, table=table), identifiers, identifiers),
    numbers,
    texts,
    st.builds(exp.Null),
    st.booleans().map(lambda value: exp.Boolean(this=value)),
)


def build(kind, **arguments):
    """Make a node of copies: a strategy may draw the same node twice."""

    def copied(value):
        if isinstance(value, exp.Expr):
            return value.copy()
        return [copied(item) for item in value] if isinstance(value, list) else value

    return kind(**{key: copied(value) for key, value in arguments.items()})


def grown(inner):
    some = st.lists(inner, min_size=1, max_size=3)
    types = st.sampled_from(["BIGINT", "VARCHAR", "BOOLEAN"]).map(lambda name: exp.DType[name])
    return st.one_of(
        st.builds(
            lambda kind, left, right: build(kind, this=left, expression=right),
            st.sampled_from([*nodes.BINARY]), inner, inner,
        ),
        inner.map(lambda node: build(exp.Not, this=node)),
        inner.map(lambda node: build(exp.Neg, this=node)),
        inner.map(lambda node: build(exp.Is, this=node, expression=exp.Null())),
        inner.map(lambda node: build(exp.AtTimeZone, this=node, zone=exp.Literal.string("UTC"))),
        st.builds(lambda node, items: build(exp.In, this=node, expressions=items), inner, some),
        st.builds(
            lambda node, low, high: build(exp.Between, this=node, low=low, high=high),
            inner, inner, inner,
        ),
        st.builds(
            lambda node, pattern, negate: build(
                exp.Like, this=node, expression=pattern, negate=negate),
            inner, inner, st.booleans(),
        ),
        st.builds(
            lambda node, pattern: exp.Escape(
                this=build(exp.Like, this=node, expression=pattern, negate=False),
                expression=exp.Literal.string("!")),
            inner, inner,
        ),
        st.builds(
            lambda node, name: build(exp.Dot, this=node, expression=name), inner, identifiers),
        st.builds(
            lambda node, index: build(exp.Bracket, this=node, expressions=[index], offset=1),
            inner, inner,
        ),
        st.builds(
            lambda node, kind: build(exp.Cast, this=node, to=exp.DataType(this=kind)), inner, types
        ),
        some.map(lambda items: build(exp.Anonymous, this="LCASE", expressions=items)),
        some.map(lambda items: build(exp.Array, expressions=items)),
        st.builds(
            lambda node, body: build(exp.Anonymous, this="FILTER", expressions=[
                node, exp.Lambda(
                    this=build(exp.EQ, this=exp.to_identifier("lam"), expression=body),
                    expressions=[exp.to_identifier("lam")])]),
            inner, inner,
        ),
        st.builds(
            lambda when, then, default: exp.Case(
                ifs=[build(exp.If, this=when, true=then)], default=default.copy()),
            inner, inner, inner,
        ),
        st.builds(
            lambda name, value: exp.Struct(
                expressions=[build(exp.PropertyEQ, this=name, expression=value)]),
            identifiers, inner,
        ),
        st.builds(
            lambda key, value: exp.Map(
                keys=build(exp.Array, expressions=[key]),
                values=build(exp.Array, expressions=[value])),
            inner, inner,
        ),
    )  # fmt: skip


expressions = st.recursive(leaves, grown, max_leaves=25)


@given(expressions)
@settings(max_examples=400, deadline=None)
def test_what_is_written_is_read_back_as_the_same_tree(tree):
    flat = write_expression(tree)
    assert without_parentheses(parse_expression(flat)) == tree
    pretty = tree.sql("ksqldb", pretty=True)
    assert without_parentheses(parse_expression(pretty)) == tree
    assert write_expression(parse_expression(flat)) == flat


# -- size ------------------------------------------------------------------------------------


def needle(number):
    return parse_expression(f"INSTR(LCASE(winlog->event_data->CommandLine), 'n{number}') > 0")


def assert_quick(condition):
    query = exp.select("a").from_("s").where(condition, copy=False)
    for pretty in (True, False):
        start = time.process_time()
        sql = write(query, pretty=pretty)
        back = parse_one(sql)
        assert time.process_time() - start < 2
        assert without_parentheses(back) == without_parentheses(query)


def test_a_balanced_tree_of_many_conditions_is_quick():
    leaves = [needle(number) for number in range(512)]
    while len(leaves) > 1:
        pairs = zip(leaves[::2], leaves[1::2], strict=True)
        leaves = [exp.Or(this=left, expression=right) for left, right in pairs]
    assert_quick(leaves[0])


def test_a_long_chain_is_quick_and_needs_no_stack():
    condition = needle(0)
    for number in range(1000):
        kind = exp.Or if number < 900 else exp.And
        condition = kind(this=condition, expression=needle(number))
    assert_quick(condition)
    text = exp.Literal.string("x")
    for _ in range(3000):
        text = exp.Add(this=text, expression=exp.Literal.string("y"))
    assert_quick(exp.EQ(this=exp.column("a"), expression=text))


def test_thousands_of_values_are_quick_and_fill_their_lines():
    values = [exp.Literal.string(f"value {number}") for number in range(5000)]
    condition = exp.In(this=exp.column("a"), expressions=values)
    assert_quick(condition)
    lines = condition.sql("ksqldb", pretty=True).splitlines()
    assert max(map(len, lines)) <= 100
    assert len(lines) < 1000


@pytest.mark.parametrize(
    ("sql", "written"),
    [
        ("a || b", "CONCAT(a, b)"),
        ("a || b || c", "CONCAT(a, b, c)"),
        ("a || (b || c)", "CONCAT(a, (CONCAT(b, c)))"),
        ("a || b = 'x' AND c", "CONCAT(a, b) = 'x' AND c"),
        ("(a || b) + c", "(CONCAT(a, b)) + c"),
    ],
)
def test_the_sign_that_the_engine_refuses_is_written_as_its_function(sql, written):
    assert write_expression(parse_expression(sql)) == written
