"""The translation of one query's expressions: what all parts of it share.

Logic is two-valued and short-circuits from left to right (`SqlToJavaVisitor`). An exception in
WHERE makes all of it FALSE for the row; in SELECT the column is NULL. Items of ARRAY, MAP and
STRUCT, CAST, and arguments that are calls or `->`, are evaluated apart: what throws there is logged
and becomes the default value. That is NULL in SELECT but FALSE in WHERE, where nothing but a
BOOLEAN can take it and the WHERE throws after all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from schemagen.ksqldb.names import stored
from schemagen.ksqldb.types import BOOLEAN, Array
from schemagen.replay.translation.code import (
    ArgumentsError,
    Code,
    EngineRefusalError,
    EvaluationError,
    TranslationRemark,
    UnsupportedError,
    as_condition,
    make,
    strict,
    unless,
)
from schemagen.replay.translation.sql import (
    FALSE,
    NULL,
    Sql,
    call,
    case,
    column,
    function,
    is_null,
    not_,
)

if TYPE_CHECKING:
    from schemagen.replay.translation.scope import ColumnScope


@dataclass(frozen=True, slots=True)
class ExplodedItem:
    """An item of an ARRAY of which those that are NULL give no row.

    Attributes:
        hit: where it is not NULL.
        value: its value there, which never is NULL.
        glance: conditions that are quickly asked, of which one is TRUE wherever it is not NULL;
            None where nothing is known.

    """

    hit: Code
    value: Code
    glance: Sequence[Sql] | None


@dataclass(frozen=True, slots=True)
class Explosion:
    """A table function's argument: one row an element.

    Attributes:
        code: the ARRAY; None where the items are told apart.
        items: those items.

    """

    code: Code | None
    items: tuple[ExplodedItem, ...] = ()

    def as_array(self) -> Code:
        """Return the ARRAY, without the items that are NULL where they are told apart."""
        if self.code is not None:
            return self.code
        values = [case([(each.hit.sql, each.value.sql)], NULL) for each in self.items]
        kept = call(
            "list_filter", call("list_value", *values), function(["x"], not_(is_null(Sql("x"))))
        )
        item = self.items[0].value.type
        parts = [part for each in self.items for part in (each.hit, each.value)]
        return make(kept, None if item is None else Array(item), parts, nullable=False)


ExpressionHandler = Callable[["Translator", Any], Code]
"""Translates an expression of one class."""
CallHandler = Callable[["Translator", Sequence[exp.Expr]], Code]
"""Translates a call, given its arguments."""


@dataclass(frozen=True, slots=True)
class Language:
    """What the replay knows of ksqlDB.

    Attributes:
        expressions: how expressions are translated, by their class.
        functions: how calls are translated, by the function's name.

    """

    expressions: Mapping[type[exp.Expr], ExpressionHandler]
    functions: Mapping[str, CallHandler]


@dataclass(slots=True)
class Translator:
    """Translates the expressions of one query.

    Args:
        language: how expressions are translated.
        scope: the columns of the stream that the query reads.
        in_where: whether the expressions stand in WHERE.
        rule: the rule that the query is for, empty where it is for none or for many.

    Attributes:
        remarks: what the replay can't do quite as ksqlDB does.
        explosions: the arguments of the table functions met; `u0` and so on stand for their
            elements.
        present: the columns that are not NULL wherever ksqlDB comes here.

    """

    language: Language
    scope: ColumnScope
    in_where: bool
    rule: str = ""
    remarks: list[TranslationRemark] = field(default_factory=list)
    explosions: list[Explosion] = field(default_factory=list)
    present: frozenset[str] = frozenset()
    _parameters: list[dict[str, Code]] = field(default_factory=list)
    _lambdas: int = 0

    def translate(self, node: exp.Expr) -> Code:
        """Translate an expression.

        Raises:
            UnsupportedError: the replay doesn't know it.
            EngineRefusalError: ksqlDB refuses it.

        """
        code = self._translated(node)
        return strict(code) if code.is_loose else code

    def _translated(self, node: exp.Expr) -> Code:
        handler = self.language.expressions.get(type(node))
        if handler is None:
            raise UnsupportedError(f"the expression {type(node).__name__}")
        return handler(self, node)

    def call(self, name: str, arguments: Sequence[exp.Expr]) -> Code:
        """Translate a call.

        Raises:
            UnsupportedError: the replay doesn't know the function, or not with such arguments.
            EngineRefusalError: ksqlDB refuses it.

        """
        handler = self.language.functions.get(name)
        if handler is None:
            raise UnsupportedError(f"the function {name}")
        try:
            return handler(self, arguments)
        except ArgumentsError:
            raise UnsupportedError(f"{name} with such arguments") from None

    def condition(self, node: exp.Expr) -> Code:
        """Translate an operand of AND, OR, NOT or WHEN; NULL stands for FALSE in its value."""
        return as_condition(self._translated(node))

    def argument(self, node: exp.Expr) -> Code:
        """Translate an argument of a function: calls and `->` are evaluated apart."""
        code = self.translate(node)
        return self.apart(code) if isinstance(node, exp.Anonymous | exp.Dot) else code

    def item(self, node: exp.Expr) -> Code:
        """Translate an item of ARRAY, MAP or STRUCT, which is evaluated apart."""
        return self.apart(self.translate(node))

    def apart(self, code: Code) -> Code:
        """Evaluate apart: take the default value where it throws, and note the error."""
        if code.error is None or (self.in_where and code.type != BOOLEAN):
            return code
        what = "; or ".join(code.causes) or "an error"
        default = FALSE if self.in_where else NULL
        return Code(
            unless(code.error, code.sql, default),
            code.type,
            checks=(*code.checks, EvaluationError(code.error, what, self.rule)),
        )

    def remark(self, what: str, *, fatal: bool = False) -> None:
        """Note that the replay can't do something quite as ksqlDB does."""
        self.remarks.append(TranslationRemark(what, self.rule, fatal))

    # -- lambdas -------------------------------------------------------------------------------

    def parameter(self, name: str) -> Code | None:
        """Find a parameter of the lambdas around; None where there is none of the name."""
        for parameters in reversed(self._parameters):
            if name in parameters:
                return parameters[name]
        return None

    @property
    def in_lambda(self) -> bool:
        """Whether the expression stands in the body of a lambda."""
        return bool(self._parameters)

    def body(self, node: exp.Lambda, parameters: Sequence[Code]) -> Code:
        """Translate the body of a lambda.

        Args:
            node: the lambda.
            parameters: what its parameters are, in order.

        Raises:
            ArgumentsError: it has another number of parameters.
            EngineRefusalError: a parameter has a name that is taken.

        """
        if len(node.expressions) != len(parameters):
            raise ArgumentsError
        names = [
            stored(str(each.this), quoted=bool(each.args.get("quoted")))
            for each in node.expressions
        ]
        for name in names:
            if name in self.scope.columns:
                raise EngineRefusalError("a parameter of a lambda has the name of a column")
            if self.parameter(name) is not None:
                raise EngineRefusalError("a lambda within another takes the same parameter")
        self._parameters.append(dict(zip(names, parameters, strict=True)))
        try:
            return self.translate(node.this)
        finally:
            self._parameters.pop()

    def fresh(self) -> Sql:
        """Return a name that no other parameter of a lambda has in DuckDB."""
        self._lambdas += 1
        return column(f"x{self._lambdas}")
