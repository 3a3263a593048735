"""What statements cost a server, as it was measured on the real engine: an estimate of its order.

What counts is the calls of functions that are evaluated; `=`, `<`, BETWEEN, `m['key']` and `->`
call none. For each call and column that stands in an expression, evaluated or not, the engine makes
an entry beforehand, which is cheap. A comparison evaluates both sides twice. All figures are
microseconds of one core for one event, ksqlDB 8.5 with a JVM of 17.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.accelerator.calls import is_matching
from schemagen.detections.necessary import NeedleFinder
from schemagen.detections.rarity import weight
from schemagen.detections.references import BETWEEN_TEXTS
from schemagen.ksqldb.dialect import write
from schemagen.ksqldb.limits import CALLS
from schemagen.ksqldb.sql.nodes import WrittenExpression
from schemagen.ksqldb.watched import CANDIDATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.detections.bound import BoundRule

PER_CALL = 0.8
"""A call that is evaluated."""
PER_ENTRY = 0.02
"""A call or a column in the text of an expression, evaluated or not."""
PER_NEEDLE = 0.3
"""A text that is looked for among others."""
PER_REGEX = 15.0
"""Compiling one regular expression, at each call; long ones cost more."""
_PER_CHARACTER = 0.02
READ = 13.0
"""Reading an event from a narrow stream."""
READ_CANDIDATE = 13.0
"""Reading a candidate, which has only the texts that rules read."""
CANDIDATES_SEEN = 0.07
"""The share of candidates among real events with all of SigmaHQ's Windows rules."""
MATCH = 5.0
"""What the accelerator's function takes of an event, with all of SigmaHQ's Windows rules."""
MATCHES_SEEN = 0.01
"""The share of events that match a rule of these: only they leave the function."""
DEAR = 50.0
"""A rule that costs more than this where it is reached is worth a look."""


@dataclass(frozen=True, slots=True)
class RuleCost:
    """What a rule costs where its condition is reached.

    Attributes:
        calls: the calls of functions in its condition.
        regexes: how many of them are regular expressions.
        microseconds: of one evaluation, about.
        by_kind: whether each event of its kinds passes the first pass for it alone: it has no text
            without which it can't match.

    """

    calls: int
    regexes: int
    microseconds: float
    by_kind: bool


@dataclass(frozen=True, slots=True)
class QueryCost:
    """What a query is made of.

    Attributes:
        name: its QUERY_ID, or the stream that it makes.
        size: its text, in bytes.
        calls: the calls of functions in it.
        condition: those in its WHERE.
        evaluating: microseconds for evaluating its WHERE once.
        matches: whether the accelerator's function finds in it what matches.

    """

    name: str
    size: int
    calls: int
    condition: int
    evaluating: float
    matches: bool = False

    @property
    def per_event(self) -> float:
        """Microseconds for each event that it reads and rejects."""
        return READ + self.evaluating + (MATCH if self.matches else 0)


def candidates_seen(queries: Sequence[QueryCost]) -> float:
    """Return the share of events that bundles read: those that match, or can match."""
    return MATCHES_SEEN if any(each.matches for each in queries) else CANDIDATES_SEEN


def predicted(queries: Sequence[QueryCost], share: float | None = None) -> float:
    """Estimate what an event costs, in microseconds: the order of it.

    Args:
        queries: all queries; where the first makes candidates, the others read those.
        share: the share of events that are candidates, None for what was seen. One reaches the
            rules of one bundle, as a rule; without candidates each event may reach those of all.

    """
    if not queries:
        return 0.0
    first, *bundles = queries
    if not first.name.endswith(CANDIDATES):
        return sum(READ + each.calls * PER_CALL for each in queries)
    passes = [first, *(each for each in bundles if each.matches)]
    bundles = [each for each in bundles if not each.matches]
    share = candidates_seen(queries) if share is None else share
    rejecting = sum(READ_CANDIDATE + each.evaluating for each in bundles)
    reaching = sum(each.calls - each.condition for each in bundles) * PER_CALL
    every = sum(each.per_event for each in passes)
    return every + share * (rejecting + reaching / max(len(bundles), 1))


def calls_in(node: exp.Expr) -> int:
    """Count the calls of functions in the text of an expression."""
    count, waiting = 0, [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, WrittenExpression) and part.measures is not None:
            count += part.measures.calls
            continue
        count += isinstance(part, CALLS)
        waiting += part.iter_expressions()
    return count


def evaluating(where: exp.Expr | None) -> float:
    """Estimate what it costs to evaluate a condition once; of a CASE, one branch of average cost.

    Returns:
        Microseconds.

    """
    if where is None:
        return 0.0
    entries = PER_ENTRY * (calls_in(where) + sum(1 for _ in where.find_all(exp.Column)))
    inner = where.unnest()
    if not isinstance(inner, exp.Case):
        return entries + _evaluated(inner)
    branches = inner.args["ifs"]
    ends = [*(each.args["true"] for each in branches), inner.args.get("default")]
    costs = [_evaluated(each) for each in ends if each is not None]
    return entries + sum(_evaluated(each.this) for each in branches) + sum(costs) / len(costs)


def _evaluated(node: exp.Expr) -> float:
    """Estimate what it costs to evaluate all of an expression, in microseconds."""
    lists = (each for each in node.find_all(exp.Anonymous) if each.name == "SPLIT")
    needles = sum(str(each.expressions[0].this).count(BETWEEN_TEXTS) for each in lists)
    return calls_in(node) * PER_CALL + needles * PER_NEEDLE


def rule_cost(bound: BoundRule) -> RuleCost:
    """Estimate what a rule costs; nothing for one without a condition."""
    if bound.predicate is None:
        return RuleCost(0, 0, 0.0, by_kind=False)
    calls = calls_in(bound.predicate)
    regexes = [
        call.expressions[0]
        for call in bound.predicate.find_all(exp.Anonymous)
        if call.name == "REGEXP_EXTRACT"
    ]
    compiled = sum(PER_REGEX + _PER_CHARACTER * len(str(each.this)) for each in regexes)
    # What picks its kinds is not text that it needs.
    own = bound.predicate if bound.events is None else _beyond(bound)
    by_kind = NeedleFinder(weight).needles(own) is None
    return RuleCost(calls, len(regexes), calls * PER_CALL + compiled, by_kind)


def _beyond(bound: BoundRule) -> exp.Expr:
    """Return the condition of a rule without what picks its kinds of events."""
    if bound.predicate is None or bound.events is None:
        raise ValueError("a rule without kinds has nothing to leave out")
    kinds = set(bound.events.find_all(exp.EQ, exp.In))
    copied = exp.Paren(this=bound.predicate.copy())
    for node in list(copied.find_all(exp.EQ, exp.In)):
        if node in kinds:
            node.replace(exp.Boolean(this=True))
    return copied


def query_costs(statements: Sequence[exp.Expr], *, sized: bool = True) -> list[QueryCost]:
    """Count what the queries among statements are made of, in their order.

    Args:
        statements: the statements.
        sized: whether their texts are written for it, which takes longest; without it a size is 0.

    """
    found = []
    for each in statements:
        select = each.args.get("expression")
        if not isinstance(select, exp.Select):
            continue
        where = select.args.get("where")
        condition = None if where is None else where.this
        asked = 0 if condition is None else calls_in(condition)
        size = len(write(each).encode()) if sized else 0
        cost = evaluating(condition)
        matches = is_matching(select)
        found.append(QueryCost(_name(each), size, calls_in(select), asked, cost, matches))
    return found


def _name(statement: exp.Expr) -> str:
    if isinstance(statement, exp.Insert):
        return str(statement.args["properties"].expressions[0].args["value"].this)
    return str(statement.this.name)
