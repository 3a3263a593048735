"""The generator's queries, in the form people write them in: one line a clause."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sqlglot import exp

from schemagen.ksqldb.names import UnwritableError, is_stream_name
from schemagen.ksqldb.sql import nodes
from schemagen.ksqldb.sql.nodes import WINDOW_UNITS, Precedence
from schemagen.ksqldb.sql.write_expressions import ExpressionWriter
from schemagen.ksqldb.sql.writer import forms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_JOINS = frozenset(
    ["", "INNER"] + [side + kind for side in ("LEFT", "RIGHT", "FULL") for kind in ("", " OUTER")]
)


class QueryWriter(ExpressionWriter):
    """Writes queries."""

    PARTS: ClassVar = {
        **ExpressionWriter.PARTS,
        **forms(
            {
                exp.Alias: "this alias",
                exp.From: "this",
                exp.Group: "expressions",
                exp.Having: "this",
                exp.Interval: "this unit",
                exp.Join: "this on side kind match_condition",
                exp.Limit: "expression",
                exp.Select: ("expressions from_ joins windows where group having options limit"),
                exp.Table: "this alias",
                exp.TableAlias: "this",
                exp.Where: "this",
                nodes.Emit: "this",
                nodes.PartitionBy: "expressions",
                nodes.StreamWindow: "kind size advance retention grace",
                nodes.Within: "before after grace",
            }
        ),
    }

    def write_select(self, node: exp.Select) -> str:
        """Write a query, one line a clause."""
        if not node.expressions or node.args.get("from_") is None:
            raise UnwritableError("A query needs columns and a source.")
        return self.between().join(self._clauses(node))

    def _clauses(self, node: exp.Select) -> Iterator[str]:
        yield self._projections(node.expressions)
        arguments = node.args
        for part in (arguments["from_"], *(arguments.get("joins") or [])):
            yield self.text(part)
        yield from (self.text(window) for window in arguments.get("windows") or [])
        options = {type(option): self.text(option) for option in arguments.get("options") or []}
        if not options.keys() <= {nodes.PartitionBy, nodes.Emit}:
            raise UnwritableError("ksqlDB has no such option of a query.")
        for key in ("where", "group"):
            if arguments.get(key) is not None:
                yield self.text(arguments[key])
        if nodes.PartitionBy in options:
            yield options[nodes.PartitionBy]
        if arguments.get("having") is not None:
            yield self.text(arguments["having"])
        if nodes.Emit in options:
            yield options[nodes.Emit]
        if arguments.get("limit") is not None:
            yield self.text(arguments["limit"])

    def _projections(self, items: Sequence[exp.Expr]) -> str:
        if not self.broken:
            return "SELECT " + ", ".join(self._projection(item) for item in items)
        with self.layout.deeper():
            lines = [
                self.layout.line + self.comment_start(item) + self._projection(item, comment=False)
                for item in items
            ]
        return "SELECT" + ",".join(lines)

    def _projection(self, node: exp.Expr, *, comment: bool = True) -> str:
        if node.is_star or isinstance(node, exp.Alias):
            return self.text(node, comment=comment)
        return self.expression(node, comment=comment)

    def write_alias(self, node: exp.Alias) -> str:
        """Write an expression of a SELECT and its name."""
        return f"{self.expression(node.this)} AS {self.name(node.args['alias'])}"

    def source(self, node: object) -> str:
        """Write a node that must be the name of a stream or table."""
        if not isinstance(node, exp.Table) or node.args.get("alias") is not None:
            raise UnwritableError("The name of a stream or table is missing.")
        return self.text(node)

    def write_table(self, node: exp.Table) -> str:
        """Write the name of a stream or table, with its alias in a query."""
        name = self._stream_name(node.this)
        alias = node.args.get("alias")
        return name if alias is None else f"{name} AS {self.text(alias)}"

    def write_tablealias(self, node: exp.TableAlias) -> str:
        """Write the alias of a source."""
        return self._stream_name(node.this)

    def _stream_name(self, node: object) -> str:
        name = self.name(node)
        if not isinstance(node, exp.Identifier) or not is_stream_name(node.this):
            raise UnwritableError(
                f"{name} can't be the name of a stream or table.",
                "Use letters, digits, `_` and `-` only.",
            )
        return name

    def write_from(self, node: exp.From) -> str:
        """Write FROM."""
        return f"FROM {self.text(node.this)}"

    def write_join(self, node: exp.Join) -> str:
        """Write a join."""
        words = [word for word in (node.side, node.kind) if word]
        if " ".join(words) not in _JOINS or not isinstance(node.this, exp.Table):
            raise UnwritableError("ksqlDB has no such join.")
        words += ["JOIN", self.text(node.this)]
        if node.args.get("match_condition") is not None:
            words.append(self.text(node.args["match_condition"]))
        return " ".join([*words, "ON", self.expression(node.args.get("on"))])

    def write_within(self, node: nodes.Within) -> str:
        """Write the time between the two records of a join."""
        before, after = self.text(node.args["before"]), node.args.get("after")
        span = before if after is None else f"({before}, {self.text(after)})"
        return f"WITHIN {span}{self._length('GRACE PERIOD', node.args.get('grace'), ' ')}"

    def write_streamwindow(self, node: nodes.StreamWindow) -> str:
        """Write the window of an aggregation."""
        kind = one_of(node.args["kind"], "TUMBLING", "HOPPING", "SESSION")
        if (kind == "HOPPING") != (node.args.get("advance") is not None):
            raise UnwritableError("A hopping window, and no other, needs its advance.")
        size = self.text(node.args["size"])
        parts = [size if kind == "SESSION" else f"SIZE {size}"]
        words = {"advance": "ADVANCE BY", "retention": "RETENTION", "grace": "GRACE PERIOD"}
        parts += [self._length(word, node.args.get(key)) for key, word in words.items()]
        return f"WINDOW {kind} ({', '.join(part for part in parts if part)})"

    def _length(self, word: str, node: exp.Expr | None, before: str = "") -> str:
        return "" if node is None else f"{before}{word} {self.text(node)}"

    def write_interval(self, node: exp.Interval) -> str:
        """Write a length of time."""
        length, unit = node.this, node.args.get("unit")
        if not isinstance(length, exp.Literal) or not str(length.this).isdigit():
            raise UnwritableError("A length of time needs a whole number.")
        if not isinstance(unit, exp.Var) or unit.this not in WINDOW_UNITS:
            raise UnwritableError("A length of time is in days, hours, minutes, seconds or less.")
        return f"{length.this} {unit.this}"

    def write_where(self, node: exp.Where) -> str:
        """Write WHERE."""
        return self._condition("WHERE", node.this)

    def write_having(self, node: exp.Having) -> str:
        """Write HAVING."""
        return self._condition("HAVING", node.this)

    def _condition(self, word: str, node: exp.Expr) -> str:
        if not self.broken or (self.fits(node) and not node.comments):
            return f"{word} {self.expression(node)}"
        with self.layout.deeper():
            start = self.layout.line
            return word + start + self.comment_start(node) + self.expression(node, comment=False)

    def write_group(self, node: exp.Group) -> str:
        """Write GROUP BY."""
        return f"GROUP BY {self._keys(node)}"

    def write_partitionby(self, node: nodes.PartitionBy) -> str:
        """Write PARTITION BY."""
        return f"PARTITION BY {self._keys(node)}"

    def _keys(self, node: exp.Expr) -> str:
        if not node.expressions:
            raise UnwritableError("GROUP BY and PARTITION BY need a key.")
        return ", ".join(self.expression(item, Precedence.CONCAT) for item in node.expressions)

    def write_emit(self, node: nodes.Emit) -> str:
        """Write EMIT."""
        return f"EMIT {one_of(node.this, 'CHANGES', 'FINAL')}"

    def write_limit(self, node: exp.Limit) -> str:
        """Write LIMIT."""
        if not node.expression.is_int:
            raise UnwritableError("LIMIT needs a whole number.")
        return f"LIMIT {self.expression(node.expression)}"

    def between(self) -> str:
        """Return what stands between two clauses."""
        return self.layout.line if self.broken else " "


def one_of(word: object, *words: str) -> str:
    """Return a keyword of a statement if it is one that can stand there."""
    if word not in words:
        raise UnwritableError(f"A statement needs one of {', '.join(words)}.")
    return str(word)
