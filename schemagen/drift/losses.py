"""Findings that are facts: records that are dropped, values that are altered.

One record that ksqlDB drops is one too many, so nothing here is left to chance: the model of the
deserialiser says what the declared types do to the values of the fresh sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemagen.drift.context import FindingContext, blinded_by
from schemagen.drift.declared import type_inside
from schemagen.drift.evolution import better_type
from schemagen.drift.findings import Finding, FindingClass, Observation
from schemagen.drift.statistics import Proportion, Threshold, chance_of_more
from schemagen.ksqldb.choose import ColumnPolicy
from schemagen.ksqldb.deserializer import FLATTENED, Effect, KeyIndex, Loss, judge
from schemagen.ksqldb.time_patterns import reads
from schemagen.ksqldb.types import Map, Scalar, Struct, render
from schemagen.profile.formats import DATE_TIME
from schemagen.profile.paths import ANY_KEY, ITEMS, Path
from schemagen.profile.paths import render as written
from schemagen.profile.profile import NULL, STRING, Node
from schemagen.schema.shape import below, copied
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemagen.drift.declared import Declared
    from schemagen.ksqldb.types import KsqlType
    from schemagen.profile.evidence import Evidence

_KINDS = {Effect.DROPS: FindingClass.DROPS, Effect.ALTERS: FindingClass.ALTERS}


def value_findings(
    context: FindingContext, threshold: Threshold, remarks: list[str]
) -> Iterator[Finding]:
    """Find the values that the declared types lose, one finding a path and effect.

    Of keys that are not told apart it isn't known which ones a STRUCT reads: what these may lose is
    a finding where it is surely more than before, and else a remark.
    """
    root = context.now.profile.root
    before = context.before
    columns = context.declared.columns
    known = _by_place(columns, judge(columns, before.profile.root) if before else [])
    for (path, effect), losses in _by_place(columns, judge(columns, root)).items():
        node = node_at(root, path)
        declared = context.declared.type_at(path)
        now = _sight(losses, node)
        old = _before(known.get((path, effect)), before, path)
        # An array has no better type than VARCHAR where other kinds are mixed in: it is no news.
        # Another column than the one of just its name may read the key, so the cause tells.
        unavoidable = all(loss.cause == FLATTENED for loss in losses) and old is not None
        if unavoidable and old is not None and old.count:
            chance = chance_of_more(Proportion(now.count, now.of), Proportion(old.count, old.of))
            if not threshold.passes(chance):
                continue
        around = _untold(context.declared, path)
        if around is not None and old is not None:
            then = _by_cause(known.get((path, effect), []))
            if not _surely_more(_by_cause(losses), then, (now.of, old.of), threshold):
                remarks.append(_may_lose(effect, around, now, context.now.profile.messages))
                continue
        yield _value_finding(context, path, effect, losses, declared, (old, now))


def _value_finding(  # noqa: PLR0913, PLR0917 - what a finding is made of
    context: FindingContext,
    path: Path,
    effect: Effect,
    losses: list[Loss],
    declared: KsqlType | None,
    sights: tuple[Observation | None, Observation],
) -> Finding:
    old, now = sights
    messages = context.now.profile.messages
    drops = effect is Effect.DROPS
    repeated = ITEMS in path or ANY_KEY in path
    count, of = (min(now.count, messages), messages) if drops else (now.count, now.of)
    blinded = context.all_detections if drops else context.blinded_at(path)
    what = "; ".join(dict.fromkeys(loss.cause for loss in losses))
    around = _untold(context.declared, path)
    if around is not None:
        what += ", under keys that are too many to tell apart"
    return Finding(
        topic=context.topic,
        kind=_KINDS[effect],
        path=path,
        what=what,
        remedy=_remedy(context, path, declared) if around is None else map_remedy(around),
        count=count,
        of=of,
        exact=all(loss.exact for loss in losses) and not (drops and repeated),
        declared="" if declared is None else render(declared),
        before=old,
        now=now,
        blinded=blinded_by(blinded, count, of),
    )


def map_remedy(path: Path) -> str:
    """Say what to do about an object whose keys are data."""
    if not path:
        return (
            "Have the producers put these keys into an object of their own, which can be a map; "
            "until then single fields can't be compared."
        )
    return (
        f'Declare it a map: maps = ["{written(path)}"] in schemagen.toml (or --map), then '
        "`schemagen infer --update`, and `schemagen drift --plan FILE` for the statements."
    )


def _untold(declared: Declared, path: Path) -> Path | None:
    """Give the object on a path whose keys are not told apart though single ones are declared."""
    for depth, step in enumerate(path):
        if step is ANY_KEY and isinstance(declared.type_at(path[:depth]), Struct):
            return path[:depth]
    return None


def _by_cause(losses: Sequence[Loss]) -> dict[str, int]:
    """Count what may be lost by cause; of two fields at one place both may lose the same values."""
    most: dict[tuple[Path, str], int] = {}
    for loss in losses:
        most[loss.path, loss.cause] = max(loss.count, most.get((loss.path, loss.cause), 0))
    found: dict[str, int] = {}
    for (_, cause), count in most.items():
        found[cause] = found.get(cause, 0) + count
    return found


def _surely_more(
    now: dict[str, int], before: dict[str, int], of: tuple[int, int], threshold: Threshold
) -> bool:
    """Tell whether something may be lost for a new cause, or surely more for a known one."""
    for cause, count in now.items():
        share, old = Proportion(count, of[0]), Proportion(before.get(cause, 0), of[1])
        if not old.count:
            return True
        if share.value > old.value and threshold.passes(chance_of_more(share, old)):
            return True
    return False


def _may_lose(effect: Effect, around: Path, now: Observation, messages: int) -> str:
    of = f"the keys of `{written(around)}`" if around else "the keys of the messages"
    if effect is Effect.DROPS:
        cost = f"{min(now.count, messages):,} of {counted(messages, 'record')} may be dropped"
    else:
        cost = f"{now.count:,} of {counted(now.of, 'value')} may be altered"
    return (
        f"Up to {cost}, as before: {of} are too many to tell apart, so that what the declared ones "
        "hold can't be judged. A map has no such doubt."
    )


def _remedy(context: FindingContext, path: Path, declared: KsqlType | None) -> str:
    """Name the type that keeps what was seen there, before and now, if there is one."""
    roots = [context.now, *([] if context.before is None else [context.before])]
    nodes = [node_at(each.profile.root, path) for each in roots]
    seen = copied(node for node in nodes if node is not None)
    better = None if declared is None else better_type(declared, seen, path, ColumnPolicy())
    if better is None:
        return "No type keeps all of it: have the producers send one form."
    word = better.name if isinstance(better, Scalar) else type(better).__name__.upper()
    return (
        f"Declare it {word}: `schemagen infer --update` accepts it, and `schemagen drift --plan "
        "FILE` writes the statements that ksqlDB allows."
    )


def _by_place(columns: Struct, losses: Sequence[Loss]) -> dict[tuple[Path, Effect], list[Loss]]:
    found: dict[tuple[Path, Effect], list[Loss]] = {}
    for loss in losses:
        found.setdefault((_without_keys(columns, loss.path), loss.effect), []).append(loss)
    return found


def _without_keys(columns: Struct, path: Path) -> Path:
    """Write ANY_KEY for the keys of maps: they are data, and one cause is one finding."""
    found: KsqlType | None = columns
    out: Path = ()
    for step in path:
        out = (*out, ANY_KEY if isinstance(found, Map) else step)
        found = None if found is None else type_inside(found, step)
    return out


def _sight(losses: Sequence[Loss], node: Node | None) -> Observation:
    count = sum(loss.count for loss in losses)
    if node is None:
        return Observation(count, count)
    return Observation(min(count, node.total), node.total, node.by_kind())


def _before(losses: list[Loss] | None, before: Evidence | None, path: Path) -> Observation | None:
    if before is None:
        return None
    return _sight(losses or [], node_at(before.profile.root, path) or Node())


def node_at(root: Node, path: Path) -> Node | None:
    """Find what was seen at a path; None where nothing was."""
    node: Node | None = root
    for step in path:
        if node is None:
            return None
        if step is ITEMS:
            node = node.items
        elif step is ANY_KEY:
            inside = below(node)
            node = copied(inside) if inside else None
        elif isinstance(step, str):
            node = node.fields.get(step)
    return node


# -- the event time -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TimeLosses:
    """The records that are dropped for their event time.

    Attributes:
        missing: how many have none.
        unread: how many have one that the declared pattern doesn't read; None where it has parts
            that aren't known here.
        forms: the forms of those.
        key: the key that the time is read from.
        node: what was seen there.

    """

    missing: int = 0
    unread: int | None = 0
    forms: Sequence[str] = ()
    key: str = ""
    node: Node | None = None

    @property
    def count(self) -> int:
        """How many records are surely dropped."""
        return self.missing + (self.unread or 0)


def time_losses(declared: Declared, root: Node) -> TimeLosses:
    """Count the messages that a stream drops for their event time."""
    if declared.time_column is None or root.folded is not None:
        return TimeLosses()
    keys = KeyIndex(root.fields).read_by(declared.time_column)
    node = copied(root.fields[key] for key in keys)
    missing = root.total - (node.total - node.count(NULL))
    key = keys[0] if keys else declared.time_column
    if declared.time_pattern is None:
        return TimeLosses(missing, key=key, node=node)
    unread, forms = 0, []
    for form, count in sorted(node.formats.items()):
        pattern = form.removeprefix(DATE_TIME)
        known = reads(declared.time_pattern, pattern) if form.startswith(DATE_TIME) else False
        if known is None:
            return TimeLosses(missing, None, key=key, node=node)
        if not known:
            unread += count
            forms.append(pattern)
    others = {kind: n for kind, n in node.by_kind().items() if kind not in {STRING, NULL}}
    return TimeLosses(missing, unread + sum(others.values()), [*forms, *others], key, node)


def time_findings(context: FindingContext, remarks: list[str]) -> Iterator[Finding]:
    """Find the records that are dropped for their event time; what can't be judged is remarked."""
    declared, messages = context.declared, context.now.profile.messages
    if declared.time_column is not None and context.now.profile.root.folded is not None:
        remarks.append(
            "The messages have too many distinct fields to tell them apart: the event time was not "
            "judged."
        )
        return
    lost = time_losses(declared, context.now.profile.root)
    if lost.unread is None:
        remarks.append(
            f"TIMESTAMP_FORMAT '{declared.time_pattern}' has parts that aren't known here: whether "
            "it reads the event times was not judged."
        )
    causes = [f"missing or null in {counted(lost.missing, 'message')}"] if lost.missing else []
    if lost.unread:
        causes.append(f"not read in {counted(lost.unread, 'message')} ({', '.join(lost.forms)})")
    if not causes:
        return
    column = declared.type_at((lost.key,))
    before = None
    if context.before is not None:
        seen = context.before.profile
        before = Observation(time_losses(declared, seen.root).count, seen.messages)
    yield Finding(
        topic=context.topic,
        kind=FindingClass.FORMAT,
        path=(lost.key,),
        what=f"the event time is {' and '.join(causes)}",
        remedy=(
            "Have the producers write the time as before; or leave TIMESTAMP out, so that the "
            "record's own time counts, or declare a TIMESTAMP_FORMAT that reads all forms."
        ),
        count=lost.count,
        of=messages,
        declared="" if column is None else render(column),
        before=before,
        now=Observation(lost.count, messages, {} if lost.node is None else lost.node.by_kind()),
        blinded=blinded_by(context.all_detections, lost.count, messages),
    )
