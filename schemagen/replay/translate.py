"""Expressions of ksqlDB as expressions of DuckDB, with ksqlDB's meaning written out.

Sources: `SqlToJavaVisitor` and its helpers. Logic is two-valued and short-circuits from left to
right. An exception in WHERE makes all of it FALSE for the row; in SELECT the column is NULL. Items
of ARRAY, MAP and STRUCT, and arguments that are calls or `->`, are evaluated apart: what throws
there is logged and becomes the default value, which is NULL in SELECT but FALSE in WHERE, where
nothing but a BOOLEAN can take it and the WHERE throws after all.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar
from typing import cast as typed

from sqlglot import exp

from schemagen.errors import UsageError
from schemagen.ksqldb.types import (
    BOOLEAN,
    INT,
    VARCHAR,
    Array,
    KsqlType,
    Map,
    from_sqlglot,
)
from schemagen.replay import calls, casts, comparisons, constructors, membership, patterns
from schemagen.replay.code import (
    FALSE,
    TRUE,
    Code,
    EvaluationError,
    TranslationRemark,
    UnsupportedError,
    as_condition,
    case,
    chain,
    column,
    first_error,
    function,
    gated,
    is_null,
    not_,
    text,
    unless,
)
from schemagen.replay.logic import (
    bare,
    case_checks,
    case_error,
    joined,
    name_of,
    operands_of,
    same,
)
from schemagen.replay.scope import field_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemagen.replay.scope import ColumnScope


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

    def __init__(self, scope: ColumnScope, *, in_where: bool, rule: str = "") -> None:
        self.scope = scope
        self.in_where = in_where
        self.rule = rule
        self.remarks: list[TranslationRemark] = []
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
        self.remarks.append(TranslationRemark(what, self.rule, fatal))

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
            checks=(*code.checks, EvaluationError(code.error, what, self.rule)),
        )

    def item(self, node: exp.Expr) -> Code:
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
        for operand in operands_of(node, kind):
            operands.append(self.condition(operand))
            if kind is exp.And:
                self._present |= self._guarded(operand)
        self._present = known
        going_on = same if kind is exp.And else not_
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
        checks: list[EvaluationError] = []
        for place, each in enumerate(operands):
            before = [going_on(other.sql) for other in operands[:place]]
            checks += gated(each.checks, chain(exp.And, before)) if before else each.checks
        return Code(
            joined(kind, [each.sql for each in operands]),
            BOOLEAN,
            error,
            nullable=False,
            checks=tuple(checks),
            causes=patterns.causes(operands),
        )

    def _guarded(self, node: exp.Expr) -> set[str]:
        """Name the column that is no NULL where `x IS NOT NULL` holds."""
        inner = bare(node.this) if isinstance(node, exp.Not) else None
        if not isinstance(inner, exp.Is):
            return set()
        sql = self.translate(inner.this).sql
        return {sql.name} if isinstance(sql, exp.Column) else set()

    def _is_present(self, code: Code) -> bool:
        """Tell whether the value, a column or LCASE of one, is there wherever ksqlDB comes here."""
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
            case_error(conditions, results, otherwise),
            nullable=any(each.nullable for each in (*results, otherwise)),
            checks=case_checks(conditions, results, otherwise),
            causes=patterns.causes([*conditions, *results, otherwise]),
        )

    # -- predicates ----------------------------------------------------------------------------

    def _comparison(self, node: exp.Binary) -> Code:
        for side in (node.this, node.expression):
            if isinstance(bare(side), exp.Like | exp.Escape):
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
        low, high = (self.translate(node.args[bound]) for bound in ("low", "high"))
        return comparisons.between(self.translate(node.this), low, high)

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
        exp.Not: _not,
        exp.Case: _case,
        exp.NullSafeNEQ: _distinct,
        exp.NullSafeEQ: _not_distinct,
        exp.Is: _is,
        exp.Between: _between,
        exp.In: membership.is_in,
        exp.Like: _like,
        exp.Escape: _escape,
        exp.Array: constructors.array,
        exp.Struct: constructors.struct,
        exp.Map: constructors.map_,
        exp.Paren: _paren,
        exp.Cast: _cast,
        exp.Neg: _negative,
        exp.DPipe: _concatenation,
        exp.Anonymous: _call,
        **dict.fromkeys((exp.And, exp.Or), _logic),
        **dict.fromkeys((exp.Literal, exp.Null, exp.Boolean), _literal),
        **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod), _arithmetic),
        **dict.fromkeys(comparisons.OPERATORS, _comparison),
    }
