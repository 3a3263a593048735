"""Values that the declared types lose: records that are dropped, values that are altered.

One record that ksqlDB drops is one too many, so a loss is a fact and needs no test. Two losses are
tested all the same, because each comes again in every sample: of an array in a VARCHAR, which no
type mends, and of an object with more keys than are counted apart, where only an upper bound is
known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemagen.drift.context import FindingContext, blinded_by
from schemagen.drift.evolution import better_type
from schemagen.drift.findings import Finding, FindingClass, Observation
from schemagen.drift.statistics import Proportion, chance_of_more
from schemagen.drift.text_forms import ARRAY_TEXT
from schemagen.ksqldb.choose import ColumnPolicy, choose_type
from schemagen.ksqldb.deserializer import FLATTENED, Effect, Loss, judge
from schemagen.ksqldb.types import Struct, kind_of, render
from schemagen.profile.paths import ANY_KEY, ITEMS, Path
from schemagen.profile.paths import render as written
from schemagen.profile.profile import ARRAY, NULL, Node
from schemagen.schema.lookup import node_at
from schemagen.schema.shape import copied
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemagen.drift.declared import Declared
    from schemagen.drift.findings import AffectedDetection

_CLASSES = {Effect.DROPS: FindingClass.DROPS, Effect.ALTERS: FindingClass.ALTERS}


@dataclass(frozen=True, slots=True)
class ValueLosses:
    """What the declared types lose at one path, in one way.

    Attributes:
        path: where, with ANY_KEY for the keys of maps.
        effect: the way.
        losses: what is lost, by cause and key.
        before, now: how many values are lost, and of how many; before is None without evidence.
        indistinct: the object on the path whose keys were not counted apart though single ones are
            declared, None where there is none.
        unavoidable: no type would keep the values, and there were such values before.
        chances: how likely chance alone makes each of the tested losses as frequent as it is; none
            for a fact.

    """

    path: Path
    effect: Effect
    losses: Sequence[Loss]
    before: Observation | None
    now: Observation
    indistinct: Path | None
    unavoidable: bool
    chances: Sequence[float]

    def is_certain(self, level: float) -> bool:
        """Check whether it is a fact, or surely more than before."""
        return not self.chances or min(self.chances) <= level


def value_losses(context: FindingContext) -> list[ValueLosses]:
    """List what the declared types lose of the fresh sample, one entry a path and effect."""
    root, declared = context.now.profile.root, context.declared
    before = None if context.before is None else context.before.profile.root
    known = {} if before is None else _by_path(declared, judge(declared.columns, before))
    found = []
    for (path, effect), losses in _by_path(declared, judge(declared.columns, root)).items():
        if written(path) in context.typed:
            continue
        past = known.get((path, effect), [])
        old = None if before is None else _observed(past, node_at(before, path) or Node())
        now = _observed(losses, node_at(root, path))
        indistinct = _indistinct(declared, path)
        # An array has no better type than VARCHAR where other types are mixed in. Another column
        # than the one of just its name may read the key, so the cause decides.
        unavoidable = bool(old and old.count) and all(loss.cause == FLATTENED for loss in losses)
        chances: Sequence[float] = ()
        if old is not None and indistinct is not None:
            chances = _chances(_by_cause(losses), _by_cause(past), now.of, old.of)
        elif old is not None and unavoidable:
            chances = [chance_of_more(_proportion(now), _proportion(old))]
        found.append(ValueLosses(path, effect, losses, old, now, indistinct, unavoidable, chances))
    return found


def _chances(
    now: Mapping[str, int], before: Mapping[str, int], now_of: int, before_of: int
) -> list[float]:
    """Compare what may be lost by cause; nothing is to be tested where one of the causes is new."""
    if any(not before.get(cause) for cause in now):
        return []
    return [
        chance_of_more(Proportion(count, now_of), Proportion(before[cause], before_of))
        for cause, count in now.items()
    ]


def value_finding(context: FindingContext, lost: ValueLosses) -> Finding:
    """Make the finding of a loss."""
    declared = context.declared.type_at(lost.path)
    messages = context.now.profile.messages
    drops = lost.effect is Effect.DROPS
    repeated = ITEMS in lost.path or ANY_KEY in lost.path
    count, of = lost.now.count, lost.now.of
    if drops:
        count, of = min(count, messages), messages
    blinded = context.hidden_by(lost.path) if drops else _blinded(context, lost)
    what = "; ".join(dict.fromkeys(loss.cause for loss in lost.losses))
    if lost.indistinct is None:
        remedy = _remedy(context, lost.path)
    else:
        what += ", in an object with too many keys to count each"
        remedy = map_remedy(lost.indistinct)
    return Finding(
        topic=context.topic,
        kind=_CLASSES[lost.effect],
        path=lost.path,
        what=what,
        remedy=remedy,
        count=count,
        of=of,
        exact=all(loss.exact for loss in lost.losses) and not (drops and repeated),
        declared="" if declared is None else render(declared),
        before=lost.before,
        now=lost.now,
        blinded=blinded_by(blinded, count, of),
    )


def _blinded(context: FindingContext, lost: ValueLosses) -> Sequence[AffectedDetection]:
    """List the detections that can't match what is read in place of the values."""
    if all(loss.cause == FLATTENED for loss in lost.losses):
        return context.blinded_by_form(lost.path, ARRAY_TEXT)
    return context.blinded_at(lost.path)


def doubt_remarks(context: FindingContext, uncertain: Sequence[ValueLosses]) -> list[str]:
    """List the objects of which it isn't known what their declared keys lose."""
    messages = context.now.profile.messages
    remarks = []
    for lost in uncertain:
        if lost.indistinct is None or lost.unavoidable:
            continue
        if lost.effect is Effect.DROPS:
            count = min(lost.now.count, messages)
            cost = f"{count:,} of {counted(messages, 'record')} may be dropped"
        else:
            cost = f"{lost.now.count:,} of {counted(lost.now.of, 'value')} may be altered"
        around = f"`{written(lost.indistinct)}`" if lost.indistinct else "the messages"
        remarks.append(
            f"Up to {cost}, as before: {around} {'has' if lost.indistinct else 'have'} too many "
            "keys to count each, so it isn't known what the declared keys hold. Declare a map to "
            "be sure."
        )
    return remarks


def map_remedy(path: Path) -> str:
    """Write what to do about an object whose keys are data."""
    if not path:
        return (
            "Have the producers put these keys into an object of their own, which can be a map; "
            "until then single fields can't be compared."
        )
    return (
        f'Declare it a map: maps = ["{written(path)}"] in schemagen.toml (or --map), then '
        "`schemagen infer`, and `schemagen drift --plan FILE` for the statements."
    )


def _remedy(context: FindingContext, path: Path) -> str:
    """Write which type keeps what was seen there, before and now, if there is one."""
    declared = context.declared.type_at(path)
    roots = [each.profile.root for each in (context.now, context.before) if each is not None]
    nodes = [node_at(root, path) for root in roots]
    seen = copied(node for node in nodes if node is not None)
    better = None if declared is None else better_type(declared, seen, path, ColumnPolicy())
    if better is None:
        return _without_better_type(node_at(context.now.profile.root, path), path)
    return (
        f"Declare it {kind_of(better)}: `schemagen infer` accepts it, and `schemagen drift --plan "
        "FILE` writes the statements that ksqlDB allows."
    )


def _without_better_type(now: Node | None, path: Path) -> str:
    """Write what to do where no type keeps what was there before together with what is there now.

    An array keeps the arrays, if nothing else comes any more.
    """
    if now is None or now.types() - {NULL} != {ARRAY}:
        return "No type keeps all of it: have the producers send one form."
    array = choose_type(now, path, ColumnPolicy())
    return (
        f"{render(array)} keeps it, and drops what came before: declare it once only arrays come. "
        "Until then accept it (`schemagen infer`) and write the detections again (`ddl`)."
    )


def _indistinct(declared: Declared, path: Path) -> Path | None:
    """Find the object on a path whose keys were not counted apart though some are declared."""
    for depth, step in enumerate(path):
        if step is ANY_KEY and isinstance(declared.type_at(path[:depth]), Struct):
            return path[:depth]
    return None


def _by_path(declared: Declared, losses: Sequence[Loss]) -> dict[tuple[Path, Effect], list[Loss]]:
    """Group losses; the keys of a map are data, and one cause in them is one finding."""
    found: dict[tuple[Path, Effect], list[Loss]] = {}
    for loss in losses:
        found.setdefault((declared.without_keys(loss.path), loss.effect), []).append(loss)
    return found


def _by_cause(losses: Sequence[Loss]) -> dict[str, int]:
    """Count what may be lost by cause; of two fields at one path both may lose the same values."""
    most: dict[tuple[Path, str], int] = {}
    for loss in losses:
        most[loss.path, loss.cause] = max(loss.count, most.get((loss.path, loss.cause), 0))
    found: dict[str, int] = {}
    for (_, cause), count in most.items():
        found[cause] = found.get(cause, 0) + count
    return found


def _observed(losses: Sequence[Loss], node: Node | None) -> Observation:
    count = sum(loss.count for loss in losses)
    if node is None:
        return Observation(count, count)
    return Observation(min(count, node.total), node.total, node.by_type())


def _proportion(seen: Observation) -> Proportion:
    return Proportion(seen.count, seen.of)
