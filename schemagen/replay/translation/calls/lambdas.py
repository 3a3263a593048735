"""FILTER, TRANSFORM and REDUCE of arrays and maps, and EXPLODE (`function/udf/lambda`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.ksqldb.types import BIGINT, INT, VARCHAR, Array, KsqlType, Map, Scalar
from schemagen.replay.translation import casts
from schemagen.replay.translation.calls.arguments import check_count
from schemagen.replay.translation.code import (
    ArgumentsError,
    Code,
    EngineRefusalError,
    EvaluationError,
    UnsupportedError,
    as_condition,
    gated,
    make,
)
from schemagen.replay.translation.constants import bare
from schemagen.replay.translation.constructors import each_item
from schemagen.replay.translation.context import ExplodedItem, Explosion
from schemagen.replay.translation.glances import Glances
from schemagen.replay.translation.sql import (
    FALSE,
    NULL,
    Sql,
    all_of,
    any_of,
    binary,
    call,
    case,
    cast,
    coalesce,
    column,
    field,
    function,
    is_null,
    not_,
    not_true,
    number,
    struct,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.replay.translation.context import CallHandler, Translator


@dataclass(frozen=True, slots=True)
class _Collection:
    """An ARRAY or a MAP that a lambda goes through.

    Attributes:
        code: the argument.
        items: its items, or its entries, as a list.
        each: the name of one of them in the lambda.
        parameters: what the parameters of the lambda are: the item, or key and value.

    """

    code: Code
    items: Sql
    each: Sql
    parameters: tuple[Code, ...]

    @property
    def is_map(self) -> bool:
        """Whether it is a MAP."""
        return isinstance(self.code.type, Map)

    def somewhere(self, condition: Sql) -> Sql:
        """Write that a condition is TRUE of at least one item."""
        each = call("list_transform", self.items, function([self.each], condition))
        return coalesce(call("list_bool_or", each), FALSE)

    def each_as(self, made: Sql) -> Sql:
        """Write the list of what is made of each item."""
        return call("list_transform", self.items, function([self.each], made))

    def errors(self, bodies: Sequence[Code]) -> Code:
        """Return the errors of bodies of lambdas, as those of the whole call."""
        body = make(NULL, None, bodies)
        error = None if body.error is None else self.somewhere(body.error)
        checks = tuple(
            EvaluationError(self.somewhere(check.sql), check.what, check.rule)
            for check in body.checks
        )
        return replace(body, error=error, checks=checks)


def _collection(translator: Translator, node: exp.Expr) -> _Collection:
    code = translator.argument(node)
    each = translator.fresh()
    if isinstance(code.type, Array):
        item = Code(each, code.type.item, nullable=code.holds_null)
        return _Collection(code, code.sql, each, (item,))
    if isinstance(code.type, Map):
        key = Code(_part(each, "key"), VARCHAR, nullable=False)
        value = Code(_part(each, "value"), code.type.value, nullable=code.holds_null)
        return _Collection(code, code.entries or call("map_entries", code.sql), each, (key, value))
    raise ArgumentsError


def _part(entry: Sql, name: str) -> Sql:
    return call("struct_extract", entry, text(name))


def _lambdas(nodes: Sequence[exp.Expr], before: int) -> list[exp.Lambda]:
    found = [node for node in nodes[before:] if isinstance(node, exp.Lambda)]
    if len(found) != len(nodes) - before or not found:
        raise ArgumentsError
    return found


def _filter(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    (node,) = _only(_lambdas(nodes, 1))
    over = _collection(translator, nodes[0])
    body = as_condition(translator.body(node, over.parameters))
    kept = call("list_filter", over.items, function([over.each], body.sql))
    parts = [over.code, over.errors([body])]
    if not over.is_map:
        nullable, holds_null = over.code.nullable, over.code.holds_null
        return make(kept, over.code.type, parts, nullable=nullable, holds_null=holds_null)
    # What is kept is collected into a new map, which takes no NULL.
    missing = over.somewhere(all_of([body.sql, is_null(over.parameters[1].sql)]))
    sql = call("map_from_entries", kept)
    if _asks_for_value(node):
        nullable = over.code.nullable
        code = make(sql, over.code.type, parts, nullable=nullable, holds_null=False)
        code.entries = kept
        return code
    why = "FILTER keeps an entry whose value is NULL"
    return make(sql, over.code.type, parts, throws=missing, why=why)


def _asks_for_value(node: exp.Lambda) -> bool:
    """Tell whether a lambda over a map keeps only entries whose value is not NULL."""
    inner = bare(node.this)
    found = bare(inner.this) if isinstance(inner, exp.Not) else None
    return isinstance(found, exp.Is) and bare(found.this) == node.expressions[1]


def _only(found: list[exp.Lambda]) -> list[exp.Lambda]:
    if len(found) != 1:
        raise ArgumentsError
    return found


def _transform(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    lambdas = _lambdas(nodes, 1)
    over = _collection(translator, nodes[0])
    if len(lambdas) != len(over.parameters):
        raise ArgumentsError
    bodies = [translator.body(node, over.parameters) for node in lambdas]
    types = [_type_of(body) for body in bodies]
    parts = [over.code, over.errors(bodies)]
    if not over.is_map:
        nullable, holds_null = over.code.nullable, bodies[0].nullable
        declared = Array(types[0])
        made = over.each_as(bodies[0].sql)
        return make(made, declared, parts, nullable=nullable, holds_null=holds_null)
    if types[0] != VARCHAR:
        raise UnsupportedError("a MAP with other keys than VARCHAR")
    return _new_map(over, Map(types[1]), parts, bodies)


def _new_map(
    over: _Collection, declared: KsqlType, parts: Sequence[Code], bodies: Sequence[Code]
) -> Code:
    """Make a MAP of keys and values; a key twice, or a NULL, throws."""
    key, value = bodies
    entry = struct([key.sql, value.sql])
    sql = call("map_from_entries", over.each_as(entry))
    length = call("len", over.items)
    throws = []
    if key.sql != over.parameters[0].sql:
        distinct = call("len", call("list_distinct", over.each_as(key.sql)))
        throws.append(binary("<", distinct, length))
    if value.nullable:
        throws.append(binary("<", call("list_count", over.each_as(value.sql)), length))
    if not throws:
        return make(sql, declared, parts, nullable=parts[0].nullable, holds_null=False)
    failed = coalesce(any_of(throws), FALSE)
    why = "TRANSFORM makes a MAP with a key twice or with a NULL"
    sql = case([(failed, NULL)], sql)
    nullable = parts[0].nullable
    return make(sql, declared, parts, nullable=nullable, holds_null=False, throws=failed, why=why)


def _type_of(body: Code) -> KsqlType:
    if body.type is None:
        raise EngineRefusalError("the body of a lambda has no type")
    return body.type


def _reduce(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    check_count(nodes, 3)
    (node,) = _only(_lambdas(nodes, 2))
    over = _collection(translator, nodes[0])
    initial = translator.argument(nodes[1])
    declared = _type_of(initial)
    state = translator.fresh()
    start = Code(state, declared, nullable=False)
    body = translator.body(node, (start, *over.parameters))
    if body.nullable:
        start = replace(start, nullable=True)
        body = translator.body(node, (start, *over.parameters))
    if body.type != declared:
        raise ArgumentsError
    missing, parts = is_null(over.items), [over.code, initial]
    nullable = initial.nullable or body.nullable
    if body.error is None and not body.checks:
        reduced = _summed(translator, node, over, initial)
        if reduced is None or body.nullable:
            reduced = _reduced(over, state, body.sql, initial.sql)
        sql = case([(missing, initial.sql)], reduced)
        if initial.nullable:
            sql = case([(is_null(initial.sql), NULL)], sql)
        return make(sql, declared, parts, nullable=nullable)
    # The state is the value so far, and whether it has thrown.
    if body.checks:
        raise UnsupportedError("REDUCE with an argument that throws and is swallowed")
    start = replace(start, sql=field(state, 0))
    body = translator.body(node, (start, *over.parameters))
    thrown = any_of([field(state, 1), coalesce(body.error or FALSE, FALSE)])
    made = _reduced(over, state, struct([body.sql, thrown]), struct([initial.sql, FALSE]))
    sql = case([(missing, initial.sql)], field(made, 0))
    throws = coalesce(all_of([not_(missing), field(made, 1)]), FALSE)
    why = "; or ".join(body.causes)
    return make(sql, declared, parts, nullable=nullable, throws=throws, why=why)


def _summed(
    translator: Translator, node: exp.Lambda, over: _Collection, initial: Code
) -> Sql | None:
    """Write `(s, x) => s + f(x)` as a sum, of all items at once; None where it is another body.

    Integers wrap, so that it is the same whether each sum does or the whole one.
    """
    declared, body = _type_of(initial), bare(node.this)
    if declared not in {INT, BIGINT} or not isinstance(declared, Scalar) or initial.nullable:
        return None
    if not isinstance(body, exp.Add) or not _is_parameter(body.this, node.expressions[0]):
        return None
    if any(_is_parameter(each, node.expressions[0]) for each in body.expression.walk()):
        return None
    # The state is not read: what stands for it does not matter.
    part = exp.Lambda(this=body.expression.copy(), expressions=node.expressions)
    added = translator.body(part, (initial, *over.parameters))
    if added.type not in {INT, BIGINT}:
        return None
    values = function([over.each], cast(added.sql, "HUGEINT"))
    total = call("list_sum", call("list_transform", over.items, values))
    wide = binary("+", cast(initial.sql, "HUGEINT"), coalesce(total, number(0)))
    return casts.wrapped(wide, declared)


def _is_parameter(node: exp.Expr, parameter: exp.Expr) -> bool:
    """Tell whether a node reads a parameter of a lambda."""
    inner = node.this if isinstance(node, exp.Column) else node
    return isinstance(inner, exp.Identifier) and inner.name.upper() == parameter.name.upper()


def _reduced(over: _Collection, state: Sql, body: Sql, initial: Sql) -> Sql:
    return call("list_reduce", over.items, function([state, over.each], body), initial)


# -- table functions ------------------------------------------------------------------------------


def _explode(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    check_count(nodes, 1)
    if translator.in_where or translator.in_lambda:
        raise EngineRefusalError("EXPLODE stands outside of SELECT")
    found = _told_apart(translator, nodes[0])
    if found is None:
        code = translator.translate(nodes[0])
        if not isinstance(code.type, Array):
            raise EngineRefusalError("EXPLODE takes an ARRAY")
        found, declared = Explosion(code), code.type.item
    else:
        declared = _type_of(found.items[0].value)
    translator.explosions.append(found)
    return Code(column(f"u{len(translator.explosions) - 1}"), declared)


def _told_apart(translator: Translator, node: exp.Expr) -> Explosion | None:
    """Translate `FILTER(ARRAY[CASE WHEN … THEN … END, …], x => x IS NOT NULL)`, item by item.

    Most rows have none of some hundred items, so that only the conditions are worth a look.

    Returns:
        None for any other expression.

    """
    nodes = _filtered_items(bare(node))
    if not nodes or not all(_is_one_condition(bare(each)) for each in nodes):
        return None
    branches = [bare(each).args["ifs"][0] for each in nodes]
    glances = Glances(branch.this for branch in branches)
    items = []
    for branch, _ in zip(branches, each_item(translator, nodes), strict=True):
        hit = _apart(translator, translator.condition(branch.this))
        value = translator.translate(branch.args["true"])
        value = replace(value, checks=tuple(gated(value.checks, [hit.sql])))
        # What can go wrong is told of every row.
        asked = None if value.checks else glances.at(branch.this, hit, translator)
        items.append(ExplodedItem(hit, value, asked))
    first = items[0].value.type
    if any(each.value.nullable or each.value.type != first for each in items):
        return None
    return Explosion(None, tuple(items))


def _apart(translator: Translator, condition: Code) -> Code:
    if condition.error is None:
        return condition
    what = "; or ".join(condition.causes)
    hit = all_of([not_true(condition.error), condition.sql])
    check = EvaluationError(condition.error, what, translator.rule)
    return Code(hit, condition.type, nullable=False, checks=(*condition.checks, check))


def _filtered_items(node: exp.Expr) -> Sequence[exp.Expr]:
    """List the items of an array of which those that are NULL are left out; none for others."""
    if not isinstance(node, exp.Anonymous) or node.name.upper() != "FILTER":
        return ()
    if len(node.expressions) != 2:  # noqa: PLR2004 - the array and the lambda
        return ()
    array, test = node.expressions
    if not isinstance(array, exp.Array) or not isinstance(test, exp.Lambda):
        return ()
    asked = bare(test.this)
    inner = bare(asked.this) if isinstance(asked, exp.Not) else None
    is_test = isinstance(inner, exp.Is) and bare(inner.this) == test.expressions[0]
    return array.expressions if is_test else ()


def _is_one_condition(node: exp.Expr) -> bool:
    return (
        isinstance(node, exp.Case)
        and node.this is None
        and node.args.get("default") is None
        and len(node.args["ifs"]) == 1
        and isinstance(bare(node.args["ifs"][0].args["true"]), exp.Struct | exp.Literal)
    )


FUNCTIONS: dict[str, CallHandler] = {
    "EXPLODE": _explode,
    "FILTER": _filter,
    "REDUCE": _reduce,
    "TRANSFORM": _transform,
}
"""How calls are translated, by the function's name."""
