r"""The guard of many rules: what an event must have for any of them to match, looked for at once.

    CASE WHEN id = 13 THEN …needles of rules on 13… ELSE id is one of a list END

A call of a function costs the engine something in each evaluation of the expression that it stands
in, evaluated or not, so that texts are looked for by few calls over long literals: one REDUCE over
the needles that may stand anywhere, one INSTR in a list for names of files and whole values. The
CASE is compared with nothing, for a comparison evaluates its operands twice; so no branch may be
null. What passes here need not match. What is held back can't.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.detections.cost import calls_in
from schemagen.detections.dispatch import Dispatch, specialised
from schemagen.detections.logic import conjunction, disjunction, is_true, true
from schemagen.detections.necessary import NeedleFinder, NeedleForm
from schemagen.detections.packing import halves
from schemagen.detections.rarity import BUSY_KINDS, weight
from schemagen.detections.weakened import weakened

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from schemagen.detections.necessary import Needle, Needles
    from schemagen.detections.needle_tests import NeedleWriter
    from schemagen.detections.rule_needs import MoreAsked, RuleNeeds

MOST_NEEDLES = 600
"""A kind with more needles than this passes as it is: to look for them all costs more."""

_MERGED = 60
"""So many needles of kinds that have few are looked for together."""
_WEAK = 0.02
"""A needle that is found more often than this doesn't hold enough back."""
_OF_RULE = 25
"""So many calls may be spent on one rule."""
_EVERYWHERE = 200
"""The same for rules on all kinds: without them each event would pass."""


@dataclass(frozen=True, slots=True)
class GuardOptions:
    """How a guard is written.

    Attributes:
        dispatch: the column that tells the kinds of events apart; None for none.
        writer: writes what looks for needles.
        calls: how many calls in all may be spent on rules whose needles say little.
        of_kind: how many of them for one kind.
        hot: of kinds with fewer rules no more than needles is asked.
        most: the needles up to which a kind is looked into.

    """

    dispatch: Dispatch | None
    writer: NeedleWriter
    calls: int = 400
    of_kind: int = 100
    hot: int = 10
    most: int = MOST_NEEDLES


@dataclass(slots=True)
class _KindGuard:
    """What the rules on one kind of events need.

    Attributes:
        needles: the texts of which one must be there.
        asked: what is asked for rules whose needles say little.
        passes: whether each event of the kind may match.

    """

    needles: set[Needle]
    asked: list[exp.Expr]
    passes: bool = False

    @property
    def scanned(self) -> int:
        """How many needles may stand anywhere: each of them costs something."""
        return sum(needle.form is NeedleForm.WITHIN for needle in self.needles)


class Guard:
    """The guard of some rules.

    Args:
        rules: what rules need, by their ids.
        options: how it is written.

    Attributes:
        passing: the rules for which each event of a kind passes, with these kinds; no kind for a
            rule that is for all of them.

    """

    def __init__(self, rules: Mapping[str, RuleNeeds], options: GuardOptions) -> None:
        self._options = options
        self._calls_left = options.calls
        self._shared = options.dispatch.shared if options.dispatch else frozenset()
        self.passing: dict[str, list[str]] = {}
        by_kind: dict[str, dict[str, RuleNeeds]] = defaultdict(dict)
        everywhere: dict[str, RuleNeeds] = {}
        for key, rule in rules.items():
            values = rule.values.get(options.dispatch.column) if options.dispatch else None
            if values is None:
                everywhere[key] = rule
            for value in sorted(values or ()):
                by_kind[value][key] = rule
        self._any = self._kind(everywhere, {}, "")
        self._kinds = {
            value: self._kind(held, {options.dispatch.column: value}, value)
            for value, held in sorted(by_kind.items(), key=_busiest)
            if options.dispatch is not None
        }

    def condition(self) -> exp.Expr | None:
        """Write the guard; None where each event may match."""
        if self._any.passes:
            return None
        branches = []
        everywhere = self._written(self._any)
        if not isinstance(everywhere, exp.Boolean):
            branches.append(exp.If(this=everywhere, true=exp.Boolean(this=True)))
        default: exp.Expr = exp.Boolean(this=False)
        dispatch = self._options.dispatch
        if dispatch is not None:
            branches += [
                exp.If(this=dispatch.is_one_of(values), true=self._written(kind))
                for values, kind in self._arms()
            ]
            passing = sorted(value for value, kind in self._kinds.items() if kind.passes)
            default = dispatch.is_in_list(passing)
        if not branches:
            return default
        return exp.Case(ifs=branches, default=default)

    def _written(self, kind: _KindGuard) -> exp.Expr:
        return disjunction([*self._options.writer.tests(kind.needles), *kind.asked])

    # -- what is needed -----------------------------------------------------------------------

    def _kind(
        self, rules: Mapping[str, RuleNeeds], known: Mapping[str, str], value: str
    ) -> _KindGuard:
        finder = NeedleFinder(weight, known, self._shared if known else ())
        kind = _KindGuard(set(), [])
        doubtful: list[tuple[float, str, Needles | None]] = []
        for key, rule in rules.items():
            found, share = rule.needles(finder, value)
            if found is None or share > _WEAK:
                doubtful.append((-share, key, found))
            else:
                kind.needles |= found
        is_hot = len(rules) >= self._options.hot and kind.scanned <= self._options.most
        if is_hot or not known:
            doubtful = self._asked_more(kind, rules, doubtful, known)
        for _, key, found in doubtful:
            kind.passes |= found is None
            kind.needles |= found or set()
            if found is None:
                self.passing.setdefault(key, []).extend([value] if value else [])
        kind.passes |= kind.scanned > self._options.most
        return kind

    def _asked_more(
        self,
        kind: _KindGuard,
        rules: Mapping[str, RuleNeeds],
        doubtful: list[tuple[float, str, Needles | None]],
        known: Mapping[str, str],
    ) -> list[tuple[float, str, Needles | None]]:
        """Ask more of rules whose needles say little; return those for which it's too dear."""
        left: list[tuple[float, str, Needles | None]] = []
        most = min(self._options.of_kind, self._calls_left) if known else _EVERYWHERE
        spent = 0
        for share, key, found in sorted(doubtful, key=lambda one: one[:2]):
            asked = self._asked_of(rules[key], found, known)
            if asked is None or spent + asked.calls > most:
                left.append((share, key, found))
            else:
                spent += asked.calls
                kind.asked.append(asked.tree())
        if any(found is None for _, _, found in left):
            # It passes as it is: nothing is gained.
            kind.asked.clear()
            return doubtful
        if known:
            self._calls_left -= spent
        return left

    def _asked_of(
        self, rule: RuleNeeds, found: Needles | None, known: Mapping[str, str]
    ) -> MoreAsked | None:
        """Return what is asked of one rule beside its needles; None where there is no more."""
        writer, shared = self._options.writer, self._shared if known else frozenset()

        def ask() -> exp.Expr | None:
            needed = true() if found is None else disjunction(writer.tests(found))
            own = specialised(rule.predicate, known, shared)
            rest = max(0, (_OF_RULE if known else _EVERYWHERE) - calls_in(needed))
            more = weakened(own, writer, rest)
            return None if is_true(more) else conjunction([needed, more])

        about = [f"{column}={value}" for column, value in known.items()]
        return rule.more(" ".join([str(writer.lowered), *about, *sorted(shared)]), ask)

    def _arms(self) -> Iterable[tuple[list[str], _KindGuard]]:
        """Yield the kinds that are looked into, those with few needles together."""
        small: dict[str, int] = {}
        for value, kind in sorted(self._kinds.items()):
            if kind.passes:
                continue
            if kind.asked or len(kind.needles) > _MERGED // 2:
                yield [value], kind
            elif kind.needles:
                small[value] = len(kind.needles)
        for group in halves(small, _MERGED):
            needles = {needle for value in group for needle in self._kinds[value].needles}
            yield group, _KindGuard(needles, [])


def _busiest(kind: tuple[str, Mapping[str, RuleNeeds]]) -> tuple[bool, int, str]:
    """Order kinds by how much their events are worth: the busy ones first, with few rules."""
    value, rules = kind
    return value not in BUSY_KINDS, len(rules), value
