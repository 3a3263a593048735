from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from schemagen.errors import InputError
from schemagen.ksqldb.dialect import nodes, parse_script, write, write_expression
from schemagen.ksqldb.names import needs_quotes, why_not_representable


def same(left: exp.Expr, right: exp.Expr) -> bool:
    """Compare trees with the case of every text; sqlglot's own equality forgives some."""
    return left == right and texts_of(left) == texts_of(right)


def texts_of(tree: exp.Expr) -> list[object]:
    return [
        (type(node).__name__, key, value)
        for node in tree.walk()
        for key, value in sorted(node.args.items())
        if isinstance(value, (str, int)) and value is not False
    ]


INJECTIONS = [
    "a` INT); DROP STREAM s; --", "a; DROP STREAM s;", "a'; DROP STREAM s; --",
    'a"; DROP STREAM s;',
    "a) FROM s; --", "a -- b", "a /* b", "*/", "a\nDROP STREAM s;", "`", "``", "'", "''", '"', "\\",
    "\\'", "${x}", "a->b", "a.b", "*", "", " ", "NULL", "TRUE", "select", "1", "-1",
    "\x00", "\ud800",
    "a\u2028b", "x' || 'y", "%s", "{0}", "__SQLGLOT__LBMARK__",
]  # fmt: skip


def statements_with_name(name, quoted):
    def identifier():
        return exp.Identifier(this=name, quoted=quoted)

    column = exp.ColumnDef(this=identifier(), kind=exp.DataType(this=exp.DType.INT))
    struct = exp.DataType(this=exp.DType.STRUCT, expressions=[column.copy()], nested=True)
    other = exp.ColumnDef(this=exp.to_identifier("other_"), kind=struct)
    table = exp.Table(this=exp.to_identifier("s"))
    yield exp.Create(this=exp.Schema(this=table, expressions=[column, other]), kind="STREAM")
    item = exp.Dot(this=exp.Column(this=identifier()), expression=identifier())
    alias = exp.Alias(this=item, alias=identifier())
    yield exp.Select(expressions=[alias], from_=exp.From(this=table.copy()))


@pytest.mark.parametrize("name", INJECTIONS)
@pytest.mark.parametrize("quoted", [True, False])
def test_a_hostile_name_is_written_as_a_name_or_refused(name, quoted):
    assert_name_is_safe(name, quoted)


@given(st.text(st.characters()), st.booleans())
@settings(max_examples=300, deadline=None)
def test_any_name_is_written_as_a_name_or_refused(name, quoted):
    assert_name_is_safe(name, quoted)


def assert_name_is_safe(name, quoted):
    for statement in statements_with_name(name, quoted):
        for pretty in (True, False):
            if why_not_representable(name) is not None:
                with pytest.raises(InputError):
                    write(statement, pretty=pretty)
                continue
            (back,) = parse_script(write(statement, pretty=pretty))
            for node in statement.find_all(exp.Identifier):
                node.set("quoted", node.quoted or needs_quotes(node.this))
            assert same(back, statement)


@pytest.mark.parametrize("text", INJECTIONS)
def test_a_hostile_text_is_written_as_a_text_or_refused(text):
    assert_text_is_safe(text)


@given(st.text(st.characters()))
@settings(deadline=None)
def test_any_text_is_written_as_a_text_or_refused(text):
    assert_text_is_safe(text)


def assert_text_is_safe(text):
    literal = exp.Literal.string(text)
    condition = exp.EQ(this=exp.column("a"), expression=literal)
    statement = exp.select("a").from_("s").where(condition)
    properties = exp.Properties(
        expressions=[exp.Property(this=exp.Var(this="KAFKA_TOPIC"), value=literal.copy())]
    )
    create = exp.Create(
        this=exp.Table(this=exp.to_identifier("s")), kind="STREAM", properties=properties
    )
    setting = nodes.SetProperty(this=literal.copy(), expression=literal.copy())
    for tree in (statement, create, setting):
        for pretty in (True, False):
            if any("\ud800" <= char <= "\udfff" for char in text):
                with pytest.raises(InputError, match="surrogate"):
                    write(tree, pretty=pretty)
                continue
            (back,) = parse_script(write(tree, pretty=pretty))
            assert same(back, tree)


def create_of(**arguments):
    table = exp.Table(this=exp.to_identifier("s"))
    return exp.Create(**{"this": table, "kind": "STREAM", **arguments})


@pytest.mark.parametrize(
    "tree",
    [
        exp.Anonymous(this="F(); DROP STREAM s; --"),
        exp.Anonymous(this="a b"),
        exp.Anonymous(this="select"),
        exp.Anonymous(this=""),
        exp.Anonymous(this="MAP", expressions=[exp.column("a")]),
        exp.Anonymous(this="F", expressions=[exp.Var(this="DAYS); DROP STREAM s")]),
        exp.Anonymous(this="F", expressions=[exp.select("a").from_("s")]),
        exp.Anonymous(this="F", expressions=[exp.column("a").as_("b")]),
        exp.Anonymous(this="F", expressions=[exp.Star(), exp.Star()]),
        exp.Literal(this="1; DROP STREAM s", is_string=False),
        exp.Literal(this="", is_string=False),
        exp.Literal.number(float("nan")),
        exp.Literal.number(float("inf")),
        exp.Star(),
        exp.Var(this="x"),
        exp.column("a", table="t", db="d"),
        exp.Column(this=exp.Star(), table=exp.to_identifier("s")).eq(1),
        exp.Dot(this=exp.column("a"), expression=exp.column("b")),
        exp.Dot(this=exp.column("a"), expression=exp.Literal.string("b")),
        exp.Bracket(this=exp.column("a"), expressions=[exp.Literal.number(1)]),
        exp.Bracket(this=exp.column("a"), expressions=[exp.column("b"), exp.column("c")]),
        exp.In(this=exp.column("a"), expressions=[]),
        exp.In(this=exp.column("a"), query=exp.select("a").from_("s").subquery()),
        exp.Is(this=exp.column("a"), expression=exp.Boolean(this=True)),
        exp.Between(this=exp.column("a"), low=exp.column("b"), high=exp.Null(), symmetric=True),
        exp.Not(this=exp.Between(
            this=exp.column("a"), low=exp.Null(), high=exp.Null(), symmetric=True)),
        exp.Not(this=exp.In(this=exp.column("a"), expressions=[exp.Null()], is_global=True)),
        exp.cast(exp.column("a"), exp.DataType.build("struct<a int primary key>")),
        exp.cast(exp.column("a"), exp.DataType.build("int(11)", dialect="mysql")),
        exp.Escape(this=exp.column("a").like("x"), expression=exp.Literal.string("'")),
        exp.Escape(this=exp.column("a").like("x"), expression=exp.Literal.string("\\")),
        exp.Escape(this=exp.column("a").like("x"), expression=exp.Literal.string("ab")),
        exp.Escape(this=exp.column("a"), expression=exp.Literal.string("!")),
        exp.Lower(this=exp.column("a")),
        exp.Coalesce(this=exp.column("a"), expressions=[exp.column("b")]),
        exp.RegexpLike(this=exp.column("a"), expression=exp.Literal.string("b")),
        exp.ILike(this=exp.column("a"), expression=exp.Literal.string("b")),
        exp.TryCast(this=exp.column("a"), to=exp.DataType.build("int")),
        exp.cast(exp.column("a"), "float"),
        exp.cast(exp.column("a"), "decimal"),
        exp.cast(exp.column("a"), "struct<int>"),
        exp.Map(keys=exp.Array(expressions=[exp.column("a")]), values=exp.Array(expressions=[])),
        exp.Struct(expressions=[exp.column("a")]),
        exp.Lambda(this=exp.column("a"), expressions=[exp.to_identifier("x")]),
        exp.Xor(this=exp.column("a"), expression=exp.column("b")),
        exp.BitwiseAnd(this=exp.column("a"), expression=exp.column("b")),
        exp.Window(this=exp.Anonymous(this="F")),
        exp.Command(this="DROP", expression="STREAM s"),
        exp.select("a").from_("s").order_by("a"),
        exp.select("a").distinct().from_("s"),
        exp.select("a").from_(exp.select("b").from_("t").subquery("x")),
        exp.select("a").from_("d.t"),
        exp.select("a"),
        exp.select("a").from_("s").join("t", join_type="cross"),
        exp.select("a").from_("s").limit("1 + 1"),
        exp.select("a").from_("s").with_("c", as_="SELECT 1"),
        exp.union("SELECT a FROM s", "SELECT a FROM t"),
        create_of(kind="STREAM s; DROP STREAM"),
        create_of(kind="VIEW"),
        create_of(this=exp.Table(this=exp.to_identifier("a.b", quoted=True))),
        create_of(this=exp.Table(this=exp.to_identifier("a"), db=exp.to_identifier("b"))),
        create_of(this=exp.Schema(this=exp.Table(this=exp.to_identifier("s")), expressions=[])),
        create_of(properties=exp.Properties(expressions=[])),
        create_of(properties=exp.Properties.from_dict({"FORMAT": "JSON"})),
        create_of(properties=exp.Properties(expressions=[
            exp.Property(this=exp.Var(this="A='b') ; --"), value=exp.Literal.string("c"))])),
        create_of(properties=exp.Properties(expressions=[
            exp.Property(this=exp.Var(this="A"), value=exp.column("b"))])),
        nodes.DropSource(kind="STREAM s; DROP STREAM", this=exp.Table(this=exp.to_identifier("s"))),
        nodes.QueryControl(kind="TERMINATE", this=exp.column("a")),
        nodes.AlterSource(kind="STREAM", this=exp.Table(this=exp.to_identifier("s")), expressions=[
            exp.ColumnDef(this=exp.to_identifier("a"), kind=exp.DataType.build("int"), constraints=[
                exp.ColumnConstraint(kind=nodes.KeyColumnConstraint())])]),
        nodes.SetProperty(this=exp.to_identifier("a"), expression=exp.Literal.string("b")),
        nodes.Define(this=exp.to_identifier("a b"), expression=exp.Literal.string("b")),
        nodes.Define(this=exp.to_identifier("type"), expression=exp.Literal.string("b")),
        nodes.Emit(this="CHANGES; DROP STREAM s"),
        nodes.Verbatim(expressions=[exp.Var(this="LIST; DROP")]),
        nodes.Verbatim(expressions=[exp.Var(this=";")]),
        nodes.Verbatim(expressions=[exp.Var(this="--")]),
        nodes.StreamWindow(kind="TUMBLING", size=exp.Interval(
            this=exp.Literal.string("1"), unit=exp.Var(this="DAYS); --"))),
    ],
    ids=lambda tree: repr(tree)[:40].replace("\n", ""),
)  # fmt: skip
def test_a_tree_that_ksqldb_has_no_form_for_is_refused(tree):
    if isinstance(tree, nodes.STATEMENTS):
        for pretty in (True, False):
            with pytest.raises(InputError):
                write(tree, pretty=pretty)
    else:
        for wrapped in (tree, exp.Paren(this=tree)):
            with pytest.raises(InputError):
                write_expression(wrapped)
        with pytest.raises(InputError):
            write(exp.select("a").from_("s").where(exp.Paren(this=tree)))
        with pytest.raises(InputError):
            write(tree)
