"""The parts of ksqlDB's SQL that sqlglot has no node for, and the facts reader and writer share.

Where sqlglot has a node of the same meaning, that one is used: see `dialect.py` for the shapes.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Callable


class Precedence(IntEnum):
    """How tightly an operator holds its operands (`SqlBase.g4`, booleanExpression and below)."""

    OR = 10
    AND = 20
    NOT = 30
    PREDICATE = 40
    CONCAT = 50
    SUM = 60
    PRODUCT = 70
    SIGN = 80
    ZONE = 90
    PRIMARY = 100


BINARY: dict[type[exp.Expr], tuple[str, Precedence]] = {
    exp.Or: ("OR", Precedence.OR),
    exp.And: ("AND", Precedence.AND),
    exp.EQ: ("=", Precedence.PREDICATE),
    exp.NEQ: ("<>", Precedence.PREDICATE),
    exp.LT: ("<", Precedence.PREDICATE),
    exp.LTE: ("<=", Precedence.PREDICATE),
    exp.GT: (">", Precedence.PREDICATE),
    exp.GTE: (">=", Precedence.PREDICATE),
    exp.NullSafeEQ: ("IS NOT DISTINCT FROM", Precedence.PREDICATE),
    exp.NullSafeNEQ: ("IS DISTINCT FROM", Precedence.PREDICATE),
    exp.DPipe: ("||", Precedence.CONCAT),
    exp.Add: ("+", Precedence.SUM),
    exp.Sub: ("-", Precedence.SUM),
    exp.Mul: ("*", Precedence.PRODUCT),
    exp.Div: ("/", Precedence.PRODUCT),
    exp.Mod: ("%", Precedence.PRODUCT),
}
"""The operators between two operands, each with how it is written."""

ONE_LINE = "one line"
"""The key in `meta` of an expression that is written on one line, however long it is."""

SCALARS: dict[str, exp.DType] = {
    "BOOLEAN": exp.DType.BOOLEAN,
    "INT": exp.DType.INT,
    "BIGINT": exp.DType.BIGINT,
    "DOUBLE": exp.DType.DOUBLE,
    "DECIMAL": exp.DType.DECIMAL,
    "VARCHAR": exp.DType.VARCHAR,
    "BYTES": exp.DType.VARBINARY,
    "TIME": exp.DType.TIME,
    "DATE": exp.DType.DATE,
    "TIMESTAMP": exp.DType.TIMESTAMP,
}
"""The types without parts of their own, by their one name here."""

SYNONYMS = {"INTEGER": "INT", "STRING": "VARCHAR"}
"""Second names of types; statements are written with the first."""

WINDOW_UNITS = frozenset(
    f"{unit}{plural}"
    for unit in ("DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND")
    for plural in ("", "S")
)


class Measures(NamedTuple):
    """What is known of an expression, so that nobody needs its tree for that.

    Attributes:
        calls: the calls of functions in it.
        depth: how deep it is nested (`limits`).
        method: the bytes of its largest method (`limits`).
        items: the items of its longest ARRAY or MAP.

    """

    calls: int
    depth: float
    method: int
    items: int


class WrittenExpression(exp.Expression):
    """An expression that binds like a call, with its text on one line.

    Its tree, `this`, is made when somebody looks at it: most only want the text.
    """

    arg_types: ClassVar = {"this": True, "written": True}

    measures: Measures | None = None
    label: tuple[str, str, str] | None = None
    """The id, title and level of the rule that it is for; None for something else."""

    def __init__(self, **args: object) -> None:
        self._known: dict[str, Any] = {}
        self._make: Callable[[], exp.Expr] | None = None
        super().__init__(**args)

    @classmethod
    def later(
        cls, text: str, make: Callable[[], exp.Expr], measures: Measures
    ) -> WrittenExpression:
        """Return an expression by its text, and by what makes its tree."""
        made = cls(written=text)
        made._make, made.measures = make, measures
        return made

    @property
    def written(self) -> str:
        """Its text."""
        return str(self._known["written"])

    @property
    def args(self) -> dict[str, Any]:
        """What sqlglot looks at: the tree is made by now."""
        make, self._make = self._make, None
        if make is not None:
            self.set("this", make())
        return self._known

    @args.setter
    def args(self, value: dict[str, Any]) -> None:
        self._known = value


class KeyColumnConstraint(exp.Expression, exp.ColumnConstraintKind):
    """`KEY`: the column is the record's key. PRIMARY KEY of a table is sqlglot's own node."""

    arg_types: ClassVar = {}


class HeaderColumnConstraint(exp.Expression, exp.ColumnConstraintKind):
    """`HEADERS`, or `HEADER('name')` when `this` holds the name's literal."""

    arg_types: ClassVar = {"this": False}


class StreamWindow(exp.Expression):
    """`WINDOW TUMBLING|HOPPING|SESSION (…)`; each length is an `exp.Interval`."""

    arg_types: ClassVar = {
        "kind": True,
        "size": True,
        "advance": False,
        "retention": False,
        "grace": False,
    }


class Within(exp.Expression):
    """`WITHIN before` or `WITHIN (before, after)` of a join, with its grace period."""

    arg_types: ClassVar = {"before": True, "after": False, "grace": False}


class PartitionBy(exp.Expression):
    """`PARTITION BY` of a query: the new key of the stream."""

    arg_types: ClassVar = {"expressions": True}


class Emit(exp.Expression):
    """`EMIT CHANGES` or `EMIT FINAL`, the word in `this`."""


class DropSource(exp.Expression):
    """`DROP STREAM|TABLE|TYPE this`."""

    arg_types: ClassVar = {"kind": True, "this": True, "exists": False, "delete_topic": False}


class QueryControl(exp.Expression):
    """`TERMINATE|PAUSE|RESUME` of one query, or of all when `this` is missing."""

    arg_types: ClassVar = {"kind": True, "this": False}


class SetProperty(exp.Expression):
    """`SET 'this' = 'expression'`."""

    arg_types: ClassVar = {"this": True, "expression": True}


class UnsetProperty(exp.Expression):
    """`UNSET 'this'`."""


class Define(exp.Expression):
    """`DEFINE this = 'expression'`."""

    arg_types: ClassVar = {"this": True, "expression": True}


class Undefine(exp.Expression):
    """`UNDEFINE this`."""


class AlterSource(exp.Expression):
    """`ALTER STREAM|TABLE this ADD COLUMN …`; the new columns are in `expressions`."""

    arg_types: ClassVar = {"kind": True, "this": True, "expressions": True}


class CreateType(exp.Expression):
    """`CREATE TYPE this AS expression`."""

    arg_types: ClassVar = {"this": True, "expression": True, "exists": False}


class Assertion(exp.Expression):
    """`ASSERT [NOT EXISTS] TOPIC|SCHEMA …`; for a schema `this` is the subject."""

    arg_types: ClassVar = {
        "kind": True,
        "this": False,
        "id": False,
        "absent": False,
        "properties": False,
        "timeout": False,
    }


class Explain(exp.Expression):
    """`EXPLAIN` of a statement or of a query's name."""


class Verbatim(exp.Expression):
    """A statement kept word by word: SHOW, DESCRIBE, PRINT, connectors and the like.

    `expressions` holds one `exp.Var` a keyword or sign, `exp.Identifier` a name, `exp.Literal` a
    text or number.
    """

    arg_types: ClassVar = {"expressions": True}


STATEMENTS = (
    AlterSource,
    Assertion,
    CreateType,
    Define,
    DropSource,
    Explain,
    QueryControl,
    SetProperty,
    Undefine,
    UnsetProperty,
    Verbatim,
    exp.Create,
    exp.Insert,
    exp.Select,
)
"""The nodes that are whole statements."""
