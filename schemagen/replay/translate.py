"""Expressions of ksqlDB as expressions of DuckDB, with ksqlDB's meaning written out.

Sources: `SqlToJavaVisitor` and its helpers. Logic is two-valued and short-circuits from left to
right. An exception in WHERE makes all of it FALSE for the row; in SELECT the column is NULL. Items
of ARRAY, MAP and STRUCT, and arguments that are calls or `->`, are evaluated apart: what throws
there is logged and becomes the default value, which is NULL in SELECT but FALSE in WHERE, where
nothing but a BOOLEAN can take it and the WHERE throws after all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar
from typing import cast as typed

from sqlglot import exp

from schemagen.errors import UsageError
from schemagen.ksqldb.names import stored
from schemagen.ksqldb.types import (
    BOOLEAN,
    INT,
    VARCHAR,
    Array,
    Field,
    KsqlType,
    Map,
    Struct,
    from_sqlglot,
)
from schemagen.replay import calls, casts, comparisons, patterns
from schemagen.replay.code import (
    FALSE,
    TRUE,
    Check,
    Code,
    UnsupportedError,
    as_condition,
    case,
    chain,
    coalesce,
    column,
    first_error,
    function,
    gated,
    is_null,
    not_,
    text,
    unless,
)
from schemagen.replay.scope import field_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemagen.replay.scope import Scope

_ID = re.compile(r"\bid:\s*(\S+)")


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a statement that the replay can't do quite as ksqlDB does.

    Attributes:
        what: what it is.
        rule: the rule in which it is, empty where the statement doesn't say.
        fatal: whether the part counts as failing, since it can't be evaluated at all.

    """

    what: str
    rule: str
    fatal: bool


class Translator:
    """Translates the expressions of one query.

    Args:
        scope: the columns of the stream that it reads.
        in_where: whether the expressions stand in WHERE.
        rule: the rule that the query is for, empty where it is for none or for many.

    Attributes:
        remarks: what the replay can't do quite as ksqlDB does.
        lists: the arguments of the table functions met; `u0` and so on stand for their elements.

    """

    def __init__(self, scope: Scope, *, in_where: bool, rule: str = "") -> None:
        self.scope = scope
        self.in_where = in_where
        self.rule = rule
        self.remarks: list[Remark] = []
        self.lists: list[Code] = []
        self._parameters: list[dict[str, Code]] = []
        self._lambdas = 0
        self._present: set[str] = set()

    def translate(self, node: exp.Expr) -> Code:
        """Translate an expression.

        Raises:
            UnsupportedError: the replay doesn't know it, or ksqlDB would refuse it.

        """
        handler = self._HANDLERS.get(type(node))
        if handler is None:
            raise UnsupportedError(f"the expression {type(node).__name__}")
        return handler(self, node)

    def condition(self, node: exp.Expr) -> Code:
        """Translate an operand of AND, OR, NOT, WHEN or WHERE."""
        return as_condition(self.translate(node))

    def argument(self, node: exp.Expr) -> Code:
        """Translate an argument of a function: calls and `->` are evaluated apart."""
        code = self.translate(node)
        return self._apart(code) if isinstance(node, exp.Anonymous | exp.Dot) else code

    def remark(self, what: str, *, fatal: bool = False) -> None:
        """Note that the replay can't do something quite as ksqlDB does."""
        self.remarks.append(Remark(what, self.rule, fatal))

    def in_lambda(
        self, parameters: Sequence[tuple[str, KsqlType]], body: exp.Expr
    ) -> tuple[list[exp.Identifier], Code]:
        """Translate the body of a lambda, its parameters under names of our own."""
        names = [f"x{self._lambdas + place}" for place in range(len(parameters))]
        self._lambdas += len(parameters)
        self._parameters.append(
            {
                name: Code(column(own), declared)
                for own, (name, declared) in zip(names, parameters, strict=True)
            }
        )
        code = self.translate(body)
        self._parameters.pop()
        return [exp.to_identifier(name) for name in names], code

    def explode(self, node: exp.Expr) -> Code:
        """Translate a table function: one row an element."""
        if self.in_where or self._parameters:
            raise UnsupportedError("EXPLODE outside of SELECT")
        code = self.translate(node)
        if not isinstance(code.type, Array):
            raise UnsupportedError("EXPLODE of what is no ARRAY")
        self.lists.append(code)
        return Code(column(f"u{len(self.lists) - 1}"), code.type.item)

    # -- values apart --------------------------------------------------------------------------

    def _apart(self, code: Code) -> Code:
        """Evaluate something with an error handling of its own."""
        if code.error is None:
            return code
        if self.in_where and code.type != BOOLEAN:
            return code
        default = FALSE() if self.in_where else exp.Null()
        return self._swallowed(code, default)

    def _swallowed(self, code: Code, default: exp.Expr) -> Code:
        if code.error is None:
            return code
        what = "; or ".join(code.causes) or "an error"
        return Code(
            unless(code.error, code.sql, default),
            code.type,
            checks=(*code.checks, Check(code.error, what, self.rule)),
        )

    def _item(self, node: exp.Expr) -> Code:
        """Translate an item of ARRAY, MAP or STRUCT."""
        code = self.translate(node)
        default = FALSE() if self.in_where and code.type == BOOLEAN else exp.Null()
        return self._swallowed(code, default)

    # -- names ---------------------------------------------------------------------------------

    def _column(self, node: exp.Column) -> Code:
        return self.scope.path((name_of(typed("exp.Identifier", node.this)),))

    def _identifier(self, node: exp.Identifier) -> Code:
        name = name_of(node)
        for parameters in reversed(self._parameters):
            if name in parameters:
                return parameters[name]
        raise UnsupportedError(f"the parameter {name!a} of no lambda")

    def _dot(self, node: exp.Dot) -> Code:
        steps: list[str] = []
        base: exp.Expr = node
        while isinstance(base, exp.Dot):
            steps.append(name_of(typed("exp.Identifier", base.expression)))
            base = base.this
        steps.reverse()
        if isinstance(base, exp.Column):
            return self.scope.path((name_of(typed("exp.Identifier", base.this)), *steps))
        code = self.translate(base)
        for step in steps:
            place, declared = field_of(code.type, step)
            sql = function("struct_extract", code.sql, text(f"f{place}"))
            code = replace(code, sql=sql, type=declared, nullable=True)
        return code

    def _bracket(self, node: exp.Bracket) -> Code:
        base, key = self.translate(node.this), node.expressions[0]
        index = self.translate(key)

        def element(sql: exp.Expr, declared: KsqlType) -> Code:
            return Code(
                sql,
                declared,
                first_error([base.error, index.error]),
                checks=(*base.checks, *index.checks),
                causes=patterns.causes([base, index]),
            )

        if isinstance(base.type, Map):
            if index.type != VARCHAR:
                raise UnsupportedError("a key of a MAP that is no VARCHAR")
            sql = function("map_extract_value", base.sql, index.sql)
            known, name = patterns.constant(key), self.scope.is_column(base.sql)
            if known is not None and name:
                sql = self.scope.once(("map", name, known), sql)
            return element(sql, base.type.value)
        if isinstance(base.type, Array) and index.type == INT:
            if index.nullable:
                raise UnsupportedError("an index of an ARRAY that can be NULL")
            return element(function("list_extract", base.sql, index.sql), base.type.item)
        raise UnsupportedError("[…] of what is no ARRAY and no MAP")

    # -- logic ---------------------------------------------------------------------------------

    def _logic(self, node: exp.And | exp.Or) -> Code:
        kind = type(node)
        known = set(self._present)
        operands: list[Code] = []
        for operand in _operands(node, kind):
            operands.append(self.condition(operand))
            if kind is exp.And:
                self._present |= self._guarded(operand)
        self._present = known
        going_on = _same if kind is exp.And else not_
        error = None
        last = max((i for i, each in enumerate(operands) if each.error is not None), default=-1)
        if last >= 0:
            branches: list[tuple[exp.Expr, exp.Expr]] = []
            for each in operands[: last + 1]:
                if each.error is not None:
                    branches.append((each.error, TRUE()))
                stops = not_(each.sql) if kind is exp.And else each.sql
                branches.append((stops, FALSE()))
            error = case(branches[:-1], FALSE())
        checks: list[Check] = []
        for place, each in enumerate(operands):
            before = [going_on(other.sql) for other in operands[:place]]
            checks += gated(each.checks, chain(exp.And, before)) if before else each.checks
        return Code(
            _joined(kind, [each.sql for each in operands]),
            BOOLEAN,
            error,
            nullable=False,
            checks=tuple(checks),
            causes=patterns.causes(operands),
        )

    def _guarded(self, node: exp.Expr) -> set[str]:
        """Name the column that is no NULL where `x IS NOT NULL` holds."""
        inner = _bare(node.this) if isinstance(node, exp.Not) else None
        if not isinstance(inner, exp.Is):
            return set()
        sql = self.translate(inner.this).sql
        return {sql.name} if isinstance(sql, exp.Column) else set()

    def _is_present(self, code: Code) -> bool:
        """Tell whether ksqlDB comes here only where the value, a column or LCASE of one, is there.

        The guard in front of a LIKE is what most conditions have; without its error there is
        nothing to look for in the rows.
        """
        name = code.sql.name if isinstance(code.sql, exp.Column) else ""
        return name in self._present or self.scope.base_of(name) in self._present

    def _not(self, node: exp.Not) -> Code:
        code = self.condition(node.this)
        return replace(code, sql=not_(code.sql))

    def _case(self, node: exp.Case) -> Code:
        if node.this is not None:
            raise UnsupportedError("CASE x WHEN, which ksqlDB doesn't implement")
        conditions = [self.condition(branch.this) for branch in node.args["ifs"]]
        results = [self.translate(branch.args["true"]) for branch in node.args["ifs"]]
        default = node.args.get("default")
        otherwise = Code(exp.Null(), None) if default is None else self.translate(default)
        known = [each.type for each in (*results, otherwise) if each.type is not None]
        if not known:
            raise UnsupportedError("CASE without a type")
        if any(each != known[0] for each in known):
            raise UnsupportedError("CASE with results of different types")
        return Code(
            case(
                [(when.sql, then.sql) for when, then in zip(conditions, results, strict=True)],
                otherwise.sql,
            ),
            known[0],
            _case_error(conditions, results, otherwise),
            nullable=any(each.nullable for each in (*results, otherwise)),
            checks=_case_checks(conditions, results, otherwise),
            causes=patterns.causes([*conditions, *results, otherwise]),
        )

    # -- predicates ----------------------------------------------------------------------------

    def _comparison(self, node: exp.Binary) -> Code:
        for side in (node.this, node.expression):
            if isinstance(_bare(side), exp.Like | exp.Escape):
                raise UnsupportedError("a comparison of LIKE, which ksqlDB can't compile")
        return calls.quick_comparison(self, node) or comparisons.compare(
            type(node), self.translate(node.this), self.translate(node.expression)
        )

    def _distinct(self, node: exp.NullSafeNEQ) -> Code:
        return comparisons.distinct(self.translate(node.this), self.translate(node.expression))

    def _not_distinct(self, node: exp.NullSafeEQ) -> Code:
        code = comparisons.distinct(self.translate(node.this), self.translate(node.expression))
        return replace(code, sql=not_(code.sql))

    def _is(self, node: exp.Is) -> Code:
        code = self.translate(node.this)
        return replace(code, sql=is_null(code.sql), type=BOOLEAN, nullable=False)

    def _between(self, node: exp.Between) -> Code:
        value = self.translate(node.this)
        low = comparisons.compare(exp.GTE, value, self.translate(node.args["low"]))
        high = comparisons.compare(exp.LTE, value, self.translate(node.args["high"]))
        return Code(
            chain(exp.And, [low.sql, high.sql]),
            BOOLEAN,
            first_error([low.error, high.error]),
            nullable=False,
            checks=(*low.checks, *high.checks),
            causes=patterns.causes([low, high]),
        )

    def _in(self, node: exp.In) -> Code:
        value = self.translate(node.this)
        items = [each for each in node.expressions if not isinstance(each, exp.Null)]
        if value.type is None:
            raise UnsupportedError("NULL IN")
        if not items:
            return replace(value, sql=FALSE(), type=BOOLEAN, nullable=False)
        translated = [self._in_item(value, item) for item in items]
        found = exp.In(this=value.sql, expressions=[each.sql for each in translated])
        return Code(
            coalesce(exp.Paren(this=found), FALSE()),
            BOOLEAN,
            first_error([value.error, *(each.error for each in translated)]),
            nullable=False,
            checks=(*value.checks, *(check for each in translated for check in each.checks)),
            causes=patterns.causes([value, *translated]),
        )

    def _in_item(self, value: Code, node: exp.Expr) -> Code:
        """Translate an item of IN; a literal takes the type of what is looked for."""
        item = self.translate(node)
        if item.type == value.type:
            return item
        if comparisons.is_number(value.type) and comparisons.is_number(item.type):
            return item
        if isinstance(node, exp.Literal) and value.type == VARCHAR:
            return Code(text(str(node.this)), VARCHAR, nullable=False)
        written = patterns.constant(node)
        if written is not None and comparisons.is_number(value.type):
            try:
                return casts.literal(exp.Literal.number(int(written)))
            except ValueError:
                raise UnsupportedError("IN with a text that is no number") from None
        raise UnsupportedError("IN with values of another type")

    def _like(self, node: exp.Like, escape: str = "") -> Code:
        value = self.translate(node.this)
        if self._is_present(value):
            value = replace(value, nullable=False)
        known = patterns.constant(node.expression)
        code = patterns.like(
            value, self.translate(node.expression) if known is None else known, escape
        )
        return replace(code, sql=not_(code.sql)) if node.args.get("negate") else code

    def _escape(self, node: exp.Escape) -> Code:
        letter = str(node.expression.this)
        if len(letter) != 1 or letter in {"\\", "'"}:
            raise UnsupportedError("an ESCAPE that ksqlDB can't compile")
        return self._like(typed("exp.Like", node.this), letter)

    # -- constructors --------------------------------------------------------------------------

    def _array(self, node: exp.Array) -> Code:
        items = []
        outer = self.rule
        for each in node.expressions:
            self.rule = item_rule(each) or outer
            items.append(self._item(each))
        self.rule = outer
        known = [each.type for each in items if each.type is not None]
        if not known:
            raise UnsupportedError("an ARRAY without a type")
        declared = casts.wider(known)
        values = [
            each.sql if each.type == declared else casts.cast_to(each.sql, declared)
            for each in items
        ]
        return Code(
            function("list_value", *values),
            Array(declared),
            nullable=False,
            checks=tuple(check for each in items for check in each.checks),
        )

    def _struct(self, node: exp.Struct) -> Code:
        fields: list[Field] = []
        values: list[exp.Expr] = []
        checks: list[Check] = []
        for place, entry in enumerate(node.expressions):
            value = self._item(entry.expression)
            if value.type is None:
                raise UnsupportedError("a field of a STRUCT without a type")
            fields.append(Field(name_of(entry.this), quoted=True, type=value.type))
            name = exp.Identifier(this=f"f{place}", quoted=False)
            values.append(exp.PropertyEQ(this=name, expression=value.sql))
            checks += value.checks
        declared = Struct(tuple(fields))
        return Code(exp.Struct(expressions=values), declared, nullable=False, checks=tuple(checks))

    def _map(self, node: exp.Map) -> Code:
        keys = [patterns.constant(key) for key in node.args["keys"].expressions]
        values = [self._item(value) for value in node.args["values"].expressions]
        if None in keys or len(set(keys)) != len(keys):
            raise UnsupportedError("a MAP with keys that are no constants, or one twice")
        known = [each.type for each in values if each.type is not None]
        if not known:
            raise UnsupportedError("a MAP without a type")
        sql = function(
            "map",
            function("list_value", *(text(key or "") for key in keys)),
            function("list_value", *(each.sql for each in values)),
        )
        checks = tuple(check for each in values for check in each.checks)
        return Code(sql, Map(casts.wider(known)), nullable=False, checks=checks)

    # -- the rest ------------------------------------------------------------------------------

    def _paren(self, node: exp.Paren) -> Code:
        return self.translate(node.this)

    def _literal(self, node: exp.Expr) -> Code:
        return casts.literal(node)

    def _cast(self, node: exp.Cast) -> Code:
        try:
            declared = from_sqlglot(node.to)
        except UsageError as error:
            raise UnsupportedError(f"CAST: {error.what}") from None
        return casts.cast(self.translate(node.this), declared)

    def _arithmetic(self, node: exp.Binary) -> Code:
        return casts.arithmetic(
            type(node), self.translate(node.this), self.translate(node.expression)
        )

    def _negative(self, node: exp.Neg) -> Code:
        return casts.negative(self.translate(node.this))

    def _concatenation(self, node: exp.DPipe) -> Code:
        known = patterns.constant(node)
        if known is not None:
            return Code(text(known), VARCHAR, nullable=False)
        return calls.call(self, "CONCAT", [node.this, node.expression])

    def _call(self, node: exp.Anonymous) -> Code:
        return calls.call(self, node.name.upper(), node.expressions)

    _HANDLERS: ClassVar[dict[type, Callable[[Any, Any], Code]]] = {
        exp.Column: _column,
        exp.Identifier: _identifier,
        exp.Dot: _dot,
        exp.Bracket: _bracket,
        exp.And: _logic,
        exp.Or: _logic,
        exp.Not: _not,
        exp.Case: _case,
        exp.NullSafeNEQ: _distinct,
        exp.NullSafeEQ: _not_distinct,
        exp.Is: _is,
        exp.Between: _between,
        exp.In: _in,
        exp.Like: _like,
        exp.Escape: _escape,
        exp.Array: _array,
        exp.Struct: _struct,
        exp.Map: _map,
        exp.Paren: _paren,
        exp.Literal: _literal,
        exp.Null: _literal,
        exp.Boolean: _literal,
        exp.Cast: _cast,
        exp.Add: _arithmetic,
        exp.Sub: _arithmetic,
        exp.Mul: _arithmetic,
        exp.Div: _arithmetic,
        exp.Mod: _arithmetic,
        exp.Neg: _negative,
        exp.DPipe: _concatenation,
        exp.Anonymous: _call,
        **dict.fromkeys(comparisons.OPERATORS, _comparison),
    }


def name_of(node: exp.Identifier) -> str:
    """Give a name as ksqlDB keeps it."""
    return stored(str(node.this), quoted=bool(node.args.get("quoted")))


def item_rule(node: exp.Expr) -> str:
    """Tell which rule an item of a bundle is for: by its comment, else by the text it gives."""
    for comment in node.comments or ():
        found = _ID.search(comment)
        if found:
            return found[1]
    inner = _bare(node)
    if isinstance(inner, exp.Case) and len(inner.args["ifs"]) == 1:
        result = inner.args["ifs"][0].args["true"]
        if isinstance(result, exp.Struct):
            for entry in result.expressions:
                if name_of(entry.this).upper() == "RULE_ID":
                    return patterns.constant(entry.expression) or ""
        return patterns.constant(result) or ""
    return ""


def _bare(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def _same(sql: exp.Expr) -> exp.Expr:
    return sql


def _operands(node: exp.Expr, kind: type[exp.Expr]) -> list[exp.Expr]:
    """Flatten a tree of one operator, in the order of evaluation; the tree's shape is no matter."""
    flat: list[exp.Expr] = []
    pending = [node]
    while pending:
        each = _bare(pending.pop())
        if isinstance(each, kind):
            pending += [each.expression, each.this]
        else:
            flat.append(each)
    return flat


def _joined(kind: type[exp.Connector], operands: list[exp.Expr]) -> exp.Expr:
    """Join operands; those behind the first few simple ones are evaluated for few rows only.

    In a column, unlike in a filter, DuckDB evaluates all operands of AND for every row. Most rules
    begin with a channel and an event id, which hold for few.
    """
    simple = 0
    while simple < len(operands) and operands[simple].find(exp.Or, exp.And) is None:
        simple += 1
    if kind is not exp.And or not 0 < simple < len(operands):
        return chain(kind, operands)
    guard, rest = chain(exp.And, operands[:simple]), chain(exp.And, operands[simple:])
    return exp.Paren(this=case([(guard, rest)], FALSE()))


def _case_error(
    conditions: Sequence[Code], results: Sequence[Code], otherwise: Code
) -> exp.Expr | None:
    if all(each.error is None for each in (*conditions, *results, otherwise)):
        return None
    branches: list[tuple[exp.Expr, exp.Expr]] = []
    for when, then in zip(conditions, results, strict=True):
        if when.error is not None:
            branches.append((when.error, TRUE()))
        branches.append((when.sql, then.error if then.error is not None else FALSE()))
    return case(branches, otherwise.error if otherwise.error is not None else FALSE())


def _case_checks(
    conditions: Sequence[Code], results: Sequence[Code], otherwise: Code
) -> tuple[Check, ...]:
    checks: list[Check] = []
    before: list[exp.Expr] = []
    for when, then in zip(conditions, results, strict=True):
        checks += gated(when.checks, chain(exp.And, before)) if before else when.checks
        checks += gated(then.checks, chain(exp.And, [*before, when.sql]))
        before.append(not_(when.sql))
    checks += gated(otherwise.checks, chain(exp.And, before))
    return tuple(checks)
