"""Expressions over one row at a time: what windows and the queries behind them compute.

DuckDB runs whole streams at once. Windows can't be run so: a row's alert can be the next row of the
very stream. So their expressions become Python functions. Structs are dicts by stored names, NULL
is None; a comparison with NULL is false, arithmetic with it throws, and what throws in an item of
an ARRAY, a STRUCT or a MAP makes that item NULL, as in ksqlDB.

A million events go through them, so that each expression is written as Python source and compiled
once. What a statement says never becomes source: its names and texts are constants beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from schemagen.ksqldb.types import from_sqlglot
from schemagen.replay import row_functions
from schemagen.replay.row_functions import THROWN
from schemagen.replay.translation.code import UnsupportedError
from schemagen.replay.translation.columns import name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Row = dict[str, Any]
    Evaluate = Callable[[Row], Any]

__all__ = ["THROWN", "condition", "evaluator"]

_CONDITIONS = (exp.And, exp.Or, exp.Not, exp.Is, exp.Predicate)
"""What is true or false and never NULL."""

_COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "==", exp.NEQ: "!=", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<=",
}  # fmt: skip
_OPERATIONS: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}
_CALLED: dict[type[exp.Expr], str] = {exp.Div: "quotient", exp.Mod: "remainder"}

_DEEP = 12
"""How deep expressions are nested in one function: Python's parser has a limit of its own."""


def evaluator(node: exp.Expr) -> Evaluate:
    """Make the function of an expression: from a row, by stored names, to its value.

    Raises:
        UnsupportedError: the replay doesn't know a part of it.

    """
    return _Source().function(node, as_condition=False)


def condition(node: exp.Expr) -> Callable[[Row], bool]:
    """Make the function of a condition: NULL is not true."""
    return _Source().function(node, as_condition=True)


class _Source:
    """The source of one expression: functions of `row`, and the constants that they use."""

    def __init__(self) -> None:
        self._functions: list[str] = []
        self._names: dict[str, Any] = {
            name: getattr(row_functions, name) for name in ("quotient", "remainder", "element")
        } | {"THROWN": THROWN}
        self._made = 0

    def function(self, node: exp.Expr, *, as_condition: bool) -> Callable[[Row], Any]:
        body = _Body(self, {})
        written = body.condition(node) if as_condition else body.value(node)
        self._functions.append(f"def made(row):\n{body.hoisted()} return {written}\n")
        # Names, operators and whole numbers that are written here, and nothing else.
        exec(compile("".join(self._functions), "<statement>", "exec"), self._names)  # noqa: S102
        made: Callable[[Row], Any] = self._names["made"]
        return made

    def name(self, letter: str) -> str:
        self._made += 1
        return f"{letter}{self._made}"

    def constant(self, value: Any) -> str:
        name = self.name("k")
        self._names[name] = value
        return name

    def helper(self, body: _Body, lines: str) -> str:
        """Add a function of the row and of the parameters of the lambdas around; return a call."""
        name = self.name("f")
        arguments = ", ".join(["row", *body.parameters])
        self._functions.append(f"def {name}({arguments}):\n{body.hoisted()}{lines}")
        return f"{name}({arguments})"


class _Body:
    """The body of one function.

    Args:
        source: what it is part of.
        scope: what the parameters of the lambdas around are called in it, by their names.

    """

    def __init__(self, source: _Source, scope: Mapping[str, str]) -> None:
        self._source = source
        self._scope = dict(scope)
        self._columns: dict[str, str] = {}
        self._depth = 0

    @property
    def parameters(self) -> list[str]:
        return list(dict.fromkeys(self._scope.values()))

    def hoisted(self) -> str:
        """Write what is looked up once: the columns that lambdas ask for again and again."""
        return "".join(f" {own} = row[{key}]\n" for key, own in self._columns.items())

    # -- values and conditions -----------------------------------------------------------------

    def value(self, node: exp.Expr) -> str:
        make = _NODES.get(type(node))
        if make is None:
            raise UnsupportedError(f"{type(node).__name__} behind windows")
        if self._depth >= _DEEP:
            inner = _Body(self._source, self._scope)
            written = inner.value(node)
            return self._source.helper(inner, f" return {written}\n")
        self._depth += 1
        written = make(self, node)
        self._depth -= 1
        return written

    def condition(self, node: exp.Expr) -> str:
        written = self.value(node)
        return written if isinstance(node.unnest(), _CONDITIONS) else f"({written} is True)"

    def guarded(self, node: exp.Expr) -> str:
        """Write a value that is NULL where it throws."""
        if _is_plain(node):
            return self.value(node)
        inner = _Body(self._source, self._scope)
        written = inner.value(node)
        return self._source.helper(
            inner, f" try:\n  return {written}\n except THROWN:\n  return None\n"
        )

    def temporary(self) -> str:
        return self._source.name("t")

    # -- leaves --------------------------------------------------------------------------------

    def column(self, node: exp.Expr) -> str:
        key = self._source.constant(name_of(node.this))
        if not self._scope:
            return f"row[{key}]"
        return self._columns.setdefault(key, self._source.name("c"))

    def parameter(self, node: exp.Expr) -> str:
        known = self._scope.get(str(node.this).upper())
        if known is None:
            raise UnsupportedError("a name that no lambda has")
        return known

    def literal(self, node: exp.Expr) -> str:
        value = _constant(node)
        return repr(value) if isinstance(value, int) else self._source.constant(value)

    def dot(self, node: exp.Expr) -> str:
        key = self._source.constant(name_of(node.expression))
        if isinstance(node.this, exp.Identifier):
            base = self.value(node.this)
            return f"(None if {base} is None else {base}[{key}])"
        base = self.temporary()
        return f"(None if ({base} := {self.value(node.this)}) is None else {base}[{key}])"

    def bracket(self, node: exp.Expr) -> str:
        return f"element({self.value(node.this)}, {self.value(node.expressions[0])})"

    # -- operators -----------------------------------------------------------------------------

    def comparison(self, node: exp.Expr) -> str:
        parts, sides = [], []
        for side in (node.this, node.expression):
            written = self.value(side)
            if not _is_never_null(side):
                name = self.temporary()
                parts.append(f"({name} := {written}) is not None")
                written = name
            sides.append(written)
        parts.append(f"{sides[0]} {_COMPARISONS[type(node)]} {sides[1]}")
        return f"({' and '.join(parts)})"

    def membership(self, node: exp.Expr) -> str:
        listed = node.expressions
        if not listed or not all(isinstance(each, exp.Literal) for each in listed):
            raise UnsupportedError("IN of what is not a list of literals")
        values = self._source.constant(frozenset(map(_constant, listed)))
        return f"({self.value(node.this)} in {values})"

    def arithmetic(self, node: exp.Expr) -> str:
        left, right = self.value(node.this), self.value(node.expression)
        called = _CALLED.get(type(node))
        if called is not None:
            return f"{called}({left}, {right})"
        return f"({left} {_OPERATIONS[type(node)]} {right})"

    def joined(self, node: exp.Expr) -> str:
        word = " and " if isinstance(node, exp.And) else " or "
        return f"({word.join(self.condition(each) for each in node.flatten())})"

    def negation(self, node: exp.Expr) -> str:
        return f"(not {self.condition(node.this)})"

    def is_null(self, node: exp.Expr) -> str:
        if not isinstance(node.expression, exp.Null):
            raise UnsupportedError("IS of what is not NULL")
        return f"({self.value(node.this)} is None)"

    def negative(self, node: exp.Expr) -> str:
        return f"(-{self.value(node.this)})"

    def case(self, node: exp.Expr) -> str:
        if node.this is not None:
            raise UnsupportedError("CASE with an operand")
        branches = [
            f"{self.value(each.args['true'])} if {self.condition(each.this)} else "
            for each in node.args["ifs"]
        ]
        default = node.args.get("default")
        otherwise = "None" if default is None else self.value(default)
        return f"({''.join(branches)}{otherwise})"

    def cast(self, node: exp.Expr) -> str:
        declared = from_sqlglot(node.args["to"])
        convert = row_functions.CASTS.get(getattr(declared, "name", ""))
        if convert is None and not isinstance(node.this, exp.Null):
            raise UnsupportedError(f"CAST to {declared} behind windows")
        if convert is None:
            return "None"
        name = self.temporary()
        called = self._source.constant(convert)
        return f"(None if ({name} := {self.value(node.this)}) is None else {called}({name}))"

    # -- constructors --------------------------------------------------------------------------

    def array(self, node: exp.Expr) -> str:
        return f"[{', '.join(self.guarded(each) for each in node.expressions)}]"

    def struct(self, node: exp.Expr) -> str:
        fields = (
            f"{self._source.constant(name_of(each.this))}: {self.guarded(each.expression)}"
            for each in node.expressions
        )
        return f"{{{', '.join(fields)}}}"

    def map(self, node: exp.Expr) -> str:
        keys = [self.value(each) for each in node.args["keys"].expressions]
        values = [self.guarded(each) for each in node.args["values"].expressions]
        return f"{{{', '.join(f'{k}: {v}' for k, v in zip(keys, values, strict=True))}}}"

    # -- functions -----------------------------------------------------------------------------

    def call(self, node: exp.Expr) -> str:
        name = str(node.this).upper()
        if name in {"FILTER", "TRANSFORM"}:
            return self._looped(name, node.expressions)
        if name == "REDUCE":
            return self._reduced(node.expressions)
        function = row_functions.FUNCTIONS.get(name)
        if function is None:
            raise UnsupportedError(f"{name} behind windows")
        called = "len" if function is len else self._source.constant(function)
        arguments = [self.value(each) for each in node.expressions]
        if name in row_functions.TAKES_NULLS:
            return f"{called}({', '.join(arguments)})"
        names = [
            (self.temporary(), written)
            for each, written in zip(node.expressions, arguments, strict=True)
            if not _is_never_null(each)
        ]
        given = iter(names)
        passed = [
            written if _is_never_null(each) else next(given)[0]
            for each, written in zip(node.expressions, arguments, strict=True)
        ]
        missing = " or ".join(f"({own} := {written}) is None" for own, written in names)
        made = f"{called}({', '.join(passed)})"
        return f"(None if {missing} else {made})" if missing else made

    def _looped(self, name: str, nodes: Sequence[exp.Expr]) -> str:
        items, one = self.temporary(), self._source.name("p")
        source = self.value(nodes[0])
        (parameter,), body = _lambda(nodes[1], 1)
        with_it = self._within({parameter: one})
        if name == "FILTER":
            loop = f"[{one} for {one} in {items} if {with_it(body, self.condition)}]"
        else:
            loop = f"[{with_it(body, self.value)} for {one} in {items}]"
        return f"(None if ({items} := {source}) is None else {loop})"

    def _reduced(self, nodes: Sequence[exp.Expr]) -> str:
        (total, name), body = _lambda(nodes[2], 2)
        state, one = self._source.name("p"), self._source.name("p")
        inner = _Body(self._source, self._scope)
        items, start = inner.value(nodes[0]), inner.value(nodes[1])
        step = inner._within({total: state, name: one})(body, inner.value)
        return self._source.helper(
            inner,
            f" {state} = {start}\n for {one} in {items} or ():\n"
            f"  if {state} is None: return None\n  {state} = {step}\n return {state}\n",
        )

    def _within(self, names: Mapping[str, str]) -> Callable[[exp.Expr, Callable[..., str]], str]:
        def written(node: exp.Expr, make: Callable[..., str]) -> str:
            outer, self._scope = self._scope, {**self._scope, **names}
            try:
                return make(node)
            finally:
                self._scope = outer

        return written


def _constant(node: exp.Expr) -> str | float:
    text = str(node.this)
    if node.args.get("is_string"):
        return text
    return int(text) if text.isdigit() else float(text)


def _lambda(node: exp.Expr, parameters: int) -> tuple[list[str], exp.Expr]:
    if not isinstance(node, exp.Lambda) or len(node.expressions) != parameters:
        raise UnsupportedError("a lambda of another form")
    return [str(each.this).upper() for each in node.expressions], node.this


def _is_never_null(node: exp.Expr) -> bool:
    """Tell whether an expression has a value, unless it throws."""
    plain = node.unnest()
    return isinstance(plain, (exp.Literal, exp.Boolean, *_OPERATIONS, *_CALLED, *_CONDITIONS))


def _is_plain(node: exp.Expr) -> bool:
    """Tell whether an expression can't throw."""
    if isinstance(node, exp.Dot):
        return _is_plain(node.this)
    if isinstance(node, exp.Cast):
        return isinstance(node.this, exp.Null)
    return isinstance(node, exp.Column | exp.Identifier | exp.Literal | exp.Null | exp.Boolean)


_NODES: dict[type[exp.Expr], Callable[[_Body, exp.Expr], str]] = {
    exp.Alias: lambda body, node: body.value(node.this),
    exp.And: _Body.joined,
    exp.Anonymous: _Body.call,
    exp.Array: _Body.array,
    exp.Boolean: lambda _, node: repr(bool(node.this)),
    exp.Bracket: _Body.bracket,
    exp.Case: _Body.case,
    exp.Cast: _Body.cast,
    exp.Column: _Body.column,
    exp.Dot: _Body.dot,
    exp.Identifier: _Body.parameter,
    exp.In: _Body.membership,
    exp.Is: _Body.is_null,
    exp.Literal: _Body.literal,
    exp.Map: _Body.map,
    exp.Neg: _Body.negative,
    exp.Not: _Body.negation,
    exp.Null: lambda *_: "None",
    exp.Or: _Body.joined,
    exp.Paren: lambda body, node: body.value(node.this),
    exp.Struct: _Body.struct,
    **dict.fromkeys(_COMPARISONS, _Body.comparison),
    **dict.fromkeys((*_OPERATIONS, *_CALLED), _Body.arithmetic),
}
