"""The detections that statements hold: which rule each is, what it reads, and what it writes.

A detection is a persistent query, or one rule of a query that evaluates many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from sqlglot import exp

from schemagen.accelerator.calls import is_matching
from schemagen.choices import Layout, Matching
from schemagen.deploy.labels import (
    RuleLabel,
    commented_label,
    item_label,
    rule_of,
    written_label,
)
from schemagen.deploy.queries import ScriptQuery, queries, query_of, reads_log, shows_text
from schemagen.ksqldb.dialect import any_of
from schemagen.ksqldb.names import needs_quotes
from schemagen.ksqldb.sql.nodes import WrittenExpression

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


_SAFE = {"INSTR", "SUBSTRING", "REGEXP_EXTRACT"}
"""What is called where no LIKE is written."""


@dataclass(frozen=True, slots=True)
class ScriptDetection:
    """A detection of a script.

    Attributes:
        query: the query that evaluates it; its sources, id and columns are the detection's.
        label: what the statement says of its rule; None where it names none.
        case: what evaluates it beside the query's WHERE; None where nothing does.
        column: the stored name of the column in which its alerts name the rule; empty for none.

    """

    query: ScriptQuery
    label: RuleLabel | None = None
    case: exp.Case | WrittenExpression | None = None
    column: str = ""

    @property
    def name(self) -> str:
        """The rule's title; else the id of one of many rules, or what its query writes into."""
        if self.label is None:
            return self.query.target
        one_of_many = self.label.id if self.case is not None else ""
        return self.label.title or one_of_many or self.query.target

    @property
    def condition(self) -> exp.Expr | None:
        """Its own condition, as a tree of its own; None where it has none but the WHERE."""
        if self.case is None:
            return None
        case = self.case.this if isinstance(self.case, WrittenExpression) else self.case
        # What counts for a correlation may do so in several ways.
        return any_of([each.this.copy() for each in case.args["ifs"]])

    @property
    def id(self) -> str:
        """The rule's id; empty where the statement names none."""
        return self.label.id if self.label is not None else ""

    @property
    def level(self) -> str:
        """The rule's level; empty where it has none."""
        return self.label.level if self.label is not None else ""


def detections(statements: Iterable[exp.Expr]) -> list[ScriptDetection]:
    """List the detections of a script, in the order of its statements.

    A query from which another one reads is not a detection but a part of it, unless it inserts or
    names rules; nor is one that reads what the server logs, shows what JSON texts hold, or finds
    matches for others.
    """
    found = [each for each in queries(statements) if not reads_log(each) and not shows_text(each)]
    found = [each for each in found if not is_matching(each.select)]
    read = {name for query in found for name, _ in query.sources}
    held: list[ScriptDetection] = []
    for query in found:
        own = detections_of(query)
        if query.is_insert or query.target not in read or any(each.label for each in own):
            held += own
    return held


def detections_of(query: ScriptQuery) -> list[ScriptDetection]:
    """List the detections of one query: its rules, or the query itself where it names none."""
    rules = list(_items(query))
    return rules or [ScriptDetection(query, *_own_label(query))]


def labels_in(statement: exp.Expr) -> list[RuleLabel]:
    """List the labels of the rules that a statement evaluates; none for other statements."""
    query = query_of(statement)
    if query is None:
        return []
    return [each.label for each in detections_of(query) if each.label is not None]


def rules_in(statement: exp.Expr) -> set[str]:
    """Name the rules that a statement evaluates, by their ids; none for one written by hand."""
    ids = {label.id for label in labels_in(statement)}
    return (ids | {rule_of(statement)}) - {""}


def rule_column(statement: exp.Expr) -> str:
    """Name the column in which a query's rows name their rules; empty where none does."""
    query = query_of(statement)
    held = [] if query is None else detections_of(query)
    return next((each.column for each in held if each.column), "")


def layout_of(statements: Sequence[exp.Expr]) -> Layout | None:
    """Tell how the alerts of rules are laid out; None where there is no rule."""
    for statement in statements:
        if rule_of(statement):
            return Layout.STREAMS if isinstance(statement, exp.Create) else Layout.INSERT
        if rules_in(statement):
            return Layout.BUNDLE
    return None


def matching_of(statements: Sequence[exp.Expr]) -> Matching | None:
    """Tell how rules compare texts; None where both ways would write them so."""
    signs = {sign for each in statements if rules_in(each) for sign in _signs(each)}
    if Matching.LIKE in signs:
        return Matching.LIKE
    return Matching.SAFE if signs else None


def _items(query: ScriptQuery) -> Iterator[ScriptDetection]:
    """Yield the rules that a query evaluates apart from each other."""
    for projection in query.select.expressions:
        column = projection.args["alias"].name if isinstance(projection, exp.Alias) else ""
        for case in _cases(projection):
            label = _label(case)
            if label is not None:
                yield ScriptDetection(query, label, case, column)


def _cases(projection: exp.Expr) -> Iterator[exp.Case | WrittenExpression]:
    """Yield the CASEs of a projection; not those within others: conditions are most of a file."""

    def is_case(node: exp.Expr) -> bool:
        if isinstance(node, WrittenExpression):
            return node.label is not None
        return isinstance(node, exp.Case)

    for node in projection.walk(prune=is_case):
        if is_case(node):
            yield cast("exp.Case | WrittenExpression", node)


def _label(case: exp.Case | WrittenExpression) -> RuleLabel | None:
    if isinstance(case, WrittenExpression):
        return None if case.label is None else RuleLabel(*case.label)
    return _case_label(case)


def _case_label(case: exp.Case) -> RuleLabel | None:
    """Read the rule of a CASE; one without a STRUCT is for a rule only among exploded items."""
    result = case.args["ifs"][0].args["true"]
    if not isinstance(result, exp.Struct) and not _is_exploded(case):
        return None
    node: exp.Expr = case
    while isinstance(node.parent, exp.Paren):
        node = node.parent
    return item_label(node)


def _is_exploded(case: exp.Case) -> bool:
    calls = (each for each in _ancestors(case) if isinstance(each, exp.Anonymous))
    return isinstance(case.find_ancestor(exp.Array), exp.Array) and any(
        str(call.this).upper() == "EXPLODE" for call in calls
    )


def _ancestors(node: exp.Expr) -> Iterator[exp.Expr]:
    while node.parent is not None:
        node = node.parent
        yield node


def _own_label(query: ScriptQuery) -> tuple[RuleLabel | None, None, str]:
    """Read the one rule of a query, and the column that names it."""
    for projection in query.select.expressions:
        for struct in projection.find_all(exp.Struct):
            label = written_label(struct)
            if label is not None:
                column = projection.args["alias"].name if isinstance(projection, exp.Alias) else ""
                return label, None, column
    return commented_label(query.statement), None, ""


def _signs(statement: exp.Expr) -> Iterator[Matching]:
    """Yield what tells how one statement compares texts: only `like` writes LIKE.

    Beside it names stand without back-ticks where they can (`AlertOptions`); else they never do.
    """
    select = statement.args["expression"]
    if select.find(exp.Like) is not None:
        yield Matching.LIKE
    if any(str(each.this).upper() in _SAFE for each in select.find_all(exp.Anonymous)):
        yield Matching.SAFE
    if isinstance(statement, exp.Create) and rule_of(statement):
        names = [each.args["alias"] for each in select.expressions if isinstance(each, exp.Alias)]
        for name in names:
            if not name.args.get("quoted"):
                yield Matching.LIKE
            elif not needs_quotes(str(name.this)):
                yield Matching.SAFE
