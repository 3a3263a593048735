"""What the real engine refuses of a statement that its grammar takes.

The figures were found by trying statements on ksqlDB 8.5 with a JVM of 17 and its default stack;
where a size was tried in steps, the limit lies between the last one that passed and the first one
that was refused. The costs of a part of an expression are in bytes of the method that Janino
compiles it to, of which the JVM takes 65,535; what is evaluated apart has methods of its own: items
of ARRAY, branches of CASE, fields of STRUCT, bodies of lambdas, and calls as arguments of calls.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlglot import exp

from schemagen.ksqldb.names import stored
from schemagen.ksqldb.sql.nodes import Measures, WrittenExpression

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator


class Limit(NamedTuple):
    """A limit of the engine.

    Attributes:
        name: its name, stable.
        most: the most that passes.
        unit: what is counted, in the plural.
        why: the reason, and how it was found.

    """

    name: str
    most: int
    unit: str
    why: str


RECORD = Limit(
    "record",
    1_048_576,
    "bytes of the statement with its plan",
    "a statement travels with its plan as one record of Kafka's, 1 MiB at most: it holds the text "
    "twice and each expression once more",
)
DEPTH = Limit(
    "depth",
    198,
    "levels of an expression",
    "the engine goes through expressions recursively: chains of 150 OR pass, and 190 did; 200 are "
    "refused as nested too deeply, as are calls 80 deep, of which 70 pass",
)
METHOD = Limit(
    "method",
    65_535,
    "bytes of code of one expression",
    "an expression is one method of the JVM: 1,400 comparisons of texts pass and 1,600 are "
    "refused, of `INSTR(…) > 0` 550 and 600",
)
ITEMS = Limit(
    "items",
    1_250,
    "items of one ARRAY or MAP",
    "the engine chains the items of a constructor: 1,000 pass, and 1,500 are refused as nested too "
    "deeply; values of IN are compared apart, and 6,000 pass",
)

MISSING_FUNCTIONS = frozenset({"LEFT", "RIGHT", "REVERSE", "SHA256"})
"""Functions that other engines have and this one has not."""

BAD_ESCAPES = frozenset({"\\", "'"})
"""What ESCAPE can't take: it is put into a literal of Java as it is."""


SHARE = 0.9
"""How much of a limit a statement may use that is made here: the sizes are estimates."""


class Violation(NamedTuple):
    """Something about a statement that the engine refuses.

    Attributes:
        name: what it is, stable.
        what: a clause that says so, for people; it holds no value of the statement.

    """

    name: str
    what: str


def violations(
    statement: exp.Expr,
    text: str = "",
    *,
    columns: Collection[str] = (),
    share: float = 1.0,
) -> list[Violation]:
    """List what the engine refuses of a statement; empty for one that it takes.

    Args:
        statement: the statement.
        text: its text as it will be sent; without it, its size isn't judged.
        columns: the columns of what it reads, by their stored names; a lambda's parameter can't
            have the name of one.
        share: how much of each limit may be used: below 1 where statements are made.

    """
    found: list[Violation] = []
    if not _is_surely_one_record(text, RECORD.most * share):
        found += _beyond(RECORD, record_bytes(text), share)
    seen = [_seen(root, columns) for root in _roots(statement)]
    for limit, sizes in (
        (DEPTH, [each.depth for each in seen]),
        (METHOD, [each.method for each in seen]),
        (ITEMS, [each.items for each in seen]),
    ):
        found += _beyond(limit, max(sizes, default=0), share)
    return [*found, *dict.fromkeys(form for each in seen for form in each.forms)]


CALLS = (exp.Anonymous, exp.Cast, exp.Case)
"""What calls a function, and so costs something at each evaluation of what it stands in."""


class _Seen(NamedTuple):
    """What was seen of one expression."""

    calls: int
    depth: float
    method: int
    items: int
    forms: list[Violation]


def _seen(root: exp.Expr, columns: Collection[str]) -> _Seen:
    calls, deepest, longest, method = 0, 0.0, 0, method_bytes(root)
    forms: list[Violation] = []
    for node, at in _nodes(root):
        deepest = max(deepest, at)
        kind = type(node)
        if kind in _SAID_BY_ITS_PLACE:
            continue
        known = node.measures if isinstance(node, WrittenExpression) else None
        if known is not None:
            deepest, method = max(deepest, at + known.depth), max(method, known.method)
            longest = max(longest, known.items)
            calls += known.calls
            continue
        calls += isinstance(node, CALLS)
        if isinstance(node, exp.Array):
            longest = max(longest, len(node.expressions))
        check = _FORMS.get(kind)
        if check is not None:
            forms += check(node, columns)
    return _Seen(calls, deepest, method, longest, forms)


def measures(root: exp.Expr) -> Measures | None:
    """Measure an expression, to be judged without its tree; None where a form is refused."""
    seen = _seen(root, ())
    return None if seen.forms else Measures(seen.calls, seen.depth, seen.method, seen.items)


def _beyond(limit: Limit, size: float, share: float) -> Iterator[Violation]:
    most = int(limit.most * share)
    if size > most:
        yield Violation(limit.name, f"it has {int(size):,} {limit.unit}, of which {most:,} pass")


# -- the record -----------------------------------------------------------------------------------

_PIECE = re.compile(
    r"--[^\n]*|/\*.*?\*/|\s+"
    r"|('(?:[^']|'')*'|`[^`]*`|\w+|:=|->|=>|<>|!=|<=|>=|.)",
    re.DOTALL,
)
"""A comment or blanks, or in a group what the engine reads."""
_CONFIGURATION = 6_500
"""The server's own settings, which each record brings."""


def record_bytes(text: str) -> int:
    """Return the size of the record that a statement is kept in, with its plan, in bytes.

    The estimate was within 2 % of what the engine wrote of bundles of 20 to 60 KB.
    """
    pieces = [piece for piece in _PIECE.findall(text) if piece]
    # The engine writes expressions again, one space between their parts.
    again = len("".join(pieces).encode()) + len(pieces)
    return 2 * len(json.dumps(text, ensure_ascii=False).encode()) + again + _CONFIGURATION


def _is_surely_one_record(text: str, most: float) -> bool:
    """Tell by its length alone that a statement fits: a part of it needs two bytes at most."""
    return 14 * len(text) + _CONFIGURATION < most


# -- expressions ----------------------------------------------------------------------------------


def _roots(statement: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the expressions of a statement that are compiled apart from each other."""
    query = statement.args.get("expression")
    if isinstance(query, exp.Values):
        yield query
    if not isinstance(query, exp.Select):
        return
    for projection in query.expressions:
        yield projection.this if isinstance(projection, exp.Alias) else projection
    for clause in ("where", "having"):
        if query.args.get(clause) is not None:
            yield query.args[clause].this


def _children(node: exp.Expr) -> list[exp.Expr]:
    if isinstance(node, WrittenExpression) and node.measures is not None:
        return []
    found: list[exp.Expr] = []
    for value in node.args.values():
        kind = type(value)
        if kind is list:
            found += [item for item in value if isinstance(item, exp.Expr)]
        elif kind is not str and kind is not bool and isinstance(value, exp.Expr):
            found.append(value)
    return found


_DEEP: dict[type[exp.Expr], float] = {
    exp.Anonymous: 2.5,
    exp.Case: 2.5,
    exp.Cast: 2.5,
    exp.Paren: 0.0,
    WrittenExpression: 0.0,
}
"""How many levels a node counts, where that isn't 1: 190 operators pass, and 75 calls."""


_LEAVES = frozenset({exp.Literal, exp.Identifier, exp.Boolean, exp.Null})
"""Nodes that have none below them: most."""
_SAID_BY_ITS_PLACE = _LEAVES | {
    *(exp.Column, exp.Bracket, exp.Dot, exp.Paren, exp.If),
    *(exp.And, exp.Or, exp.Not, exp.EQ, exp.GT),
}
"""Nodes of which nothing but their depth is asked: nearly all others."""


def _nodes(root: exp.Expr) -> Iterator[tuple[exp.Expr, float]]:
    """Yield the nodes of an expression, but for leaves below it, each with its level.

    The level is that of the leaves that are a part of the node, where it has any.
    """
    deep = _DEEP.get
    pending = [(root, deep(type(root), 1.0))]
    while pending:
        node, at = pending.pop()
        reached = at
        for child in _children(node):
            kind = type(child)
            if kind in _LEAVES:
                reached = at + 1.0
            else:
                pending.append((child, at + deep(kind, 1.0)))
        yield node, reached


def depth(root: exp.Expr) -> int:
    """Return how deep an expression is nested, as the engine goes through it."""
    return int(max(at for _, at in _nodes(root)))


def method_bytes(root: exp.Expr) -> int:
    """Return the size of the largest method that an expression becomes, in bytes, about 10 %."""
    largest, pending = 0, [root]
    while pending:
        apart: list[exp.Expr] = []
        largest = max(largest, _code(pending.pop(), apart))
        # A leaf is smaller than what it is evaluated apart from.
        pending += [each for each in apart if type(each) not in _LEAVES]
    return largest


_COLUMN, _LITERAL, _CALL, _LAMBDA, _BRANCH, _IN_ITEM = 12, 6, 46, 80, 14, 9
_NUMBER_TEST, _TEXT_TEST, _SUBSCRIPT, _PART, _OPERATOR = 76, 12, 24, 20, 3


def _code(root: exp.Expr, apart: list[exp.Expr]) -> int:
    """Return the size of one expression's own code; what is evaluated apart is put into a list."""
    size, pending = 0, [(root, 1)]
    while pending:
        node, times = pending.pop()
        fixed = _FIXED.get(type(node))
        if fixed is not None:
            own, operands = fixed
            size += own * times
            for key, each in operands:
                pending.append((node.args[key], times * each))
            continue
        own, children = _parts(node, apart)
        size += own * times
        pending += [(child, each * times) for child, each in children]
    return size


_Operands = tuple[tuple[str, int], ...]
_BOTH: _Operands = (("this", 1), ("expression", 1))
_ONE: _Operands = (("this", 1),)
_FIXED: dict[type[exp.Expr], tuple[int, _Operands]] = {
    **dict.fromkeys((exp.And, exp.Or, exp.Like), (_OPERATOR, _BOTH)),
    **dict.fromkeys((exp.Paren, exp.Not), (0, _ONE)),
    **dict.fromkeys((exp.Literal, exp.Null, exp.Boolean), (_LITERAL, ())),
    **dict.fromkeys((exp.Column, exp.Identifier), (_COLUMN, ())),
    exp.Is: (1, _ONE),
    exp.Dot: (_COLUMN, (("this", 2),)),
    exp.Between: (_NUMBER_TEST, (("this", 2), ("low", 1), ("high", 1))),
}
"""Nodes whose own code has one size, and their operands, each with how often it is repeated."""

_Parts = tuple[int, list[tuple[exp.Expr, int]]]
"""The size of a node's own code, and its operands, each with how often its code is repeated."""


def _parts(node: exp.Expr, apart: list[exp.Expr]) -> _Parts:
    if isinstance(node, WrittenExpression) and node.measures is not None:
        return _PART, []
    counted = _COUNTED.get(type(node))
    if counted is not None:
        return counted(node, apart)
    items = _items(node)
    if items:
        apart += items
        return 2 * _PART + _BRANCH * len(items), []
    return _PART, [(child, 1) for child in _children(node) if not isinstance(child, exp.DataType)]


def _items(node: exp.Expr) -> list[exp.Expr]:
    """List the parts of a node that are evaluated apart."""
    if isinstance(node, exp.Map):
        return [*node.args["values"].expressions]
    if isinstance(node, exp.Case):
        default = node.args.get("default")
        branches = [each for branch in node.args["ifs"] for each in branch.iter_expressions()]
        return branches if default is None else [*branches, default]
    if isinstance(node, exp.Array | exp.Struct):
        return [
            each.expression if isinstance(each, exp.PropertyEQ) else each
            for each in node.expressions
        ]
    return []


def _comparison(node: exp.Binary, _: list[exp.Expr]) -> _Parts:
    """Count a comparison: a text's code repeats the left side twice, a number's is longer."""
    sides = (node.this, node.expression)
    is_number = any(isinstance(side, exp.Literal) and not side.is_string for side in sides)
    if is_number and isinstance(node.this, exp.Column):
        return _NUMBER_TEST, []
    return _TEXT_TEST, [(node.this, 2), (node.expression, 1)]


def _is_in(node: exp.In, _: list[exp.Expr]) -> _Parts:
    return _IN_ITEM * len(node.expressions), [(node.this, 1)]


def _subscript(node: exp.Bracket, _: list[exp.Expr]) -> _Parts:
    return _SUBSCRIPT, [(node.this, 1), (node.expressions[0], 1)]


def _call(node: exp.Anonymous, apart: list[exp.Expr]) -> _Parts:
    size = _CALL
    for argument in node.expressions:
        if isinstance(argument, exp.Lambda):
            apart.append(argument.this)
            size += _LAMBDA
        elif isinstance(argument, exp.Anonymous | exp.Dot):
            apart.append(argument)
            size += _OPERATOR
        elif isinstance(argument, exp.Array | exp.Bracket | exp.Case):
            apart.append(argument)
            size += _PART
    return size, []


_COUNTED: dict[type[exp.Expr], Callable[[Any, list[exp.Expr]], _Parts]] = {
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE), _comparison),
    exp.Anonymous: _call,
    exp.Bracket: _subscript,
    exp.In: _is_in,
}


# -- forms ----------------------------------------------------------------------------------------


def _joined(_: exp.DPipe, _columns: Collection[str]) -> Iterator[Violation]:
    yield Violation("form", "it refuses every `||`; CONCAT joins texts")


def _simple_case(node: exp.Case, _: Collection[str]) -> Iterator[Violation]:
    if node.this is not None:
        yield Violation("form", "it doesn't implement CASE x WHEN")


def _escape(node: exp.Escape, _: Collection[str]) -> Iterator[Violation]:
    if str(node.expression.this) in BAD_ESCAPES:
        yield Violation("form", "it can't compile such an ESCAPE")


def _keys_twice(node: exp.Map, _: Collection[str]) -> Iterator[Violation]:
    keys = node.args["keys"].expressions
    if len(set(map(_written, keys))) < len(keys):
        yield Violation("form", "a MAP has a key twice")


def _written(key: exp.Expr) -> str:
    # The generator takes longer than all else here, and keys are texts.
    return f"'{key.this}'" if isinstance(key, exp.Literal) and key.is_string else key.sql()


def _function(node: exp.Anonymous, _: Collection[str]) -> Iterator[Violation]:
    name = node.name.upper()
    if name in MISSING_FUNCTIONS:
        yield Violation("form", f"it has no function {name}")


def _cast(node: exp.Cast, _: Collection[str]) -> Iterator[Violation]:
    inner = node.this
    is_number = isinstance(inner, exp.Literal) and not inner.is_string
    if node.to.this is exp.DType.BOOLEAN and is_number:
        yield Violation("form", "it has no CAST of a number AS BOOLEAN")


def _bad_parameters(node: exp.Lambda, columns: Collection[str]) -> Iterator[Violation]:
    own = {_name(each) for each in node.expressions}
    outer = node.find_ancestor(exp.Lambda)
    if own & set(columns):
        yield Violation("lambda", "a parameter of a lambda has the name of a column")
    while outer is not None:
        if own & {_name(each) for each in outer.expressions}:
            yield Violation("lambda", "a lambda within another takes the same parameter")
        outer = outer.find_ancestor(exp.Lambda)


def _name(node: exp.Expr) -> str:
    return stored(str(node.this), quoted=bool(node.args.get("quoted")))


_FORMS: dict[type[exp.Expr], Callable[[Any, Collection[str]], Iterator[Violation]]] = {
    exp.Anonymous: _function,
    exp.Case: _simple_case,
    exp.Cast: _cast,
    exp.DPipe: _joined,
    exp.Escape: _escape,
    exp.Lambda: _bad_parameters,
    exp.Map: _keys_twice,
}
"""What is refused of expressions, by their class, given the columns of what is read."""
