"""The findings of changes: of what class, what happened, and what to do about it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemagen.drift.changes import Change, ChangeKind, much_less
from schemagen.drift.context import blinded_by
from schemagen.drift.findings import AffectedDetection, Finding, FindingClass, Observation
from schemagen.drift.moves import Move, SeenField, moves
from schemagen.drift.text_forms import NEW_FORMS
from schemagen.drift.value_losses import map_remedy
from schemagen.ksqldb.types import VARCHAR, Map, Struct, render
from schemagen.profile.paths import render as written
from schemagen.profile.profile import ARRAY, NUMBER, OBJECT
from schemagen.words import counted, kind_word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from schemagen.drift.context import FindingContext
    from schemagen.drift.scopes import Steps
    from schemagen.profile.paths import Path
    from schemagen.profile.profile import Node

_OF_VALUES = {ChangeKind.NEW_TYPE, ChangeKind.LOST_TYPE, ChangeKind.UNIT, ChangeKind.WIDTH}
"""What is a share of the values, and not of the objects around."""
_LESS = {ChangeKind.GONE, ChangeKind.RARER}
_NAMED = 8
"""How many fields a sentence names, the most common first."""
_MOVES = 3
"""How many moves a sentence names."""
_NOTHING_TO_DO = "Nothing needs to be done."


def change_findings(context: FindingContext, certain: Sequence[Change]) -> Iterator[Finding]:
    """Make the findings of changes that chance surely did not make."""
    data = {change.path for change in certain if change.what is ChangeKind.KEYS}
    churned = {change.path for change in certain if change.what is ChangeKind.KEY_CHURN}
    new = [
        change
        for change in certain
        if change.what is ChangeKind.NEW and change.path[:-1] not in churned
    ]
    found = moves(
        [seen for change in certain if change.what in _LESS for seen in _lost(change)],
        [SeenField(each.path, each.node, each.now.share) for each in new if each.node is not None],
    )
    moved = {move.new for move in found}
    context = context.without_gone(list(_gone_steps(context, certain)))
    for change in certain:
        if change.path[:-1] in data and change.what in {ChangeKind.RARER, ChangeKind.COMMONER}:
            continue  # the keys of a map come and go
        if change.what in _LESS:
            blinded = _seeing_less(context, change)
            if change.path[:-1] in churned and not blinded:
                continue
            if blinded or _is_large(change):
                inside = [each for each in found if each.old[: len(change.path)] == change.path]
                yield _less(context, change, blinded, inside)
        elif change.what in _MAKE and change.path[:-1] not in churned:
            yield _MAKE[change.what](context, change)
    yield from _missed(context, [change for change in new if change.path not in moved])


def _gone_steps(context: FindingContext, certain: Sequence[Change]) -> Iterator[Steps]:
    """Yield what no event has any more."""
    for change in certain:
        if change.what is ChangeKind.GONE and change.steps:
            yield change.steps
        elif change.what is ChangeKind.EMPTIED:
            yield from context.inside(change.path)


def _finding(  # noqa: PLR0913 - what a finding is made of
    context: FindingContext,
    change: Change,
    kind: FindingClass,
    what: str,
    remedy: str,
    *,
    count: int | None = None,
    related: Sequence[Path] = (),
    blinded: Sequence[AffectedDetection] = (),
) -> Finding:
    return Finding(
        topic=context.topic,
        kind=kind,
        path=change.path,
        what=what,
        remedy=remedy,
        count=change.now.count if count is None else count,
        of=change.now.of,
        values=change.what in _OF_VALUES,
        declared="" if change.declared is None else render(change.declared),
        before=change.before,
        now=change.now,
        related=related,
        blinded=blinded,
    )


def _share_of(seen: Observation | None) -> str:
    return "" if seen is None else f"{seen.count:,} of {seen.of:,}"


# -- fewer events ---------------------------------------------------------------------------------


def _lost(change: Change) -> Iterator[SeenField]:
    """Yield the field that objects lost, and in which share of them."""
    share = change.overall or (change.shares[0] if change.shares else None)
    if change.old is not None and share is not None and share.before is not None:
        yield SeenField(change.path, change.old, share.before.value - share.now.value)


def _is_large(change: Change) -> bool:
    """Check whether a presence fell so much that it is news even where no detection looks."""
    return any(
        share.before is None or much_less(share.now.value, share.before.value)
        for share in change.shares
    )


def _seeing_less(context: FindingContext, change: Change) -> tuple[AffectedDetection, ...]:
    """List the detections that see fewer events, or by one way less, because of a change."""
    steps = context.declared.steps(change.path)
    blinded = () if steps is None else context.lacking(steps)
    if change.what is ChangeKind.GONE:
        return blinded
    if context.tells_kinds(change.path):
        # What the events are that lack it nobody knows: no count of their kinds tells anything.
        return tuple(replace(each, before=None, now=None, partly=True) for each in blinded)
    # Where some events have the field, another way to match can make up for it.
    return tuple(
        each
        for each in blinded
        if each.before is not None and each.now is not None and each.now.share < each.before.share
    )


def _less(
    context: FindingContext,
    change: Change,
    blinded: Sequence[AffectedDetection],
    moved: Sequence[Move],
) -> Finding:
    around = "messages" if len(change.path) == 1 else f"`{written(change.path[:-1])}`"
    if change.what is ChangeKind.RARER:
        what = f"in {_share_of(change.now)} of its objects; before, in {_share_of(change.before)}"
        what += _among(change)
        remedy = "Find out which source sends it less often; the declaration can stay."
    else:
        if change.before is None:
            what = f"not seen in {change.now.of:,} {around}; nothing is known of before"
        else:
            what = f"gone: it was in {_share_of(change.before)} {around} and is in none now"
            what += _among(change)
        remedy = (
            "Find out what stopped sending it; if it is gone for good, accept it: `schemagen infer "
            "--prune`, and change the detections that need it."
        )
    if moved:
        what += f"; {_moved(change.path, moved)}"
        remedy = (
            "Accept the new name (`schemagen infer`), write the statements (`schemagen "
            "drift --plan FILE`), and map the rules' field to it in the pipeline."
        )
    return _finding(
        context,
        change,
        FindingClass.BLINDS if blinded else FindingClass.RARER,
        what,
        remedy,
        count=change.now.of - change.now.count,
        related=[each.new for each in moved],
        blinded=blinded,
    )


def _among(change: Change) -> str:
    """Write in which kinds of events a presence is another; empty where none are told apart."""
    kinds = [share.events for share in change.shares if share.events]
    if not kinds:
        return ""
    rest = f" and {len(kinds) - _MOVES:,} more" if len(kinds) > _MOVES else ""
    return f", in events of the kind{'s' * (len(kinds) > 1)} {', '.join(kinds[:_MOVES])}{rest}"


def _moved(path: Path, moved: Sequence[Move]) -> str:
    """Write what became of a field, or of those in it."""
    if len(moved) == 1 and moved[0].old == path:
        new = f"`{written(moved[0].new)}`"
        if moved[0].new[:-1] != path[:-1]:
            return f"likely moved to {new}"
        if str(moved[0].new[-1]).upper() == str(path[-1]).upper():
            return f"{new} is the same key in another case"
        return f"{new} is new, as common, and likely its new name"
    named = [f"`{written(each.old)}` to `{written(each.new)}`" for each in moved[:_MOVES]]
    rest = f" and {len(moved) - _MOVES:,} more" if len(moved) > _MOVES else ""
    return f"likely moved: {', '.join(named)}{rest}"


def _emptied(context: FindingContext, change: Change) -> Finding:
    blinded = context.lacking(*context.inside(change.path))
    below = _fields_below(change.old)
    fields = f"all {below:,} fields in it are gone" if below > 1 else "what was in it is gone"
    what = (
        f"emptied: {fields}; {_share_of(change.before)} held something, and none of "
        f"{change.now.of:,} does now"
    )
    remedy = (
        "Find out what stopped filling it; if it stays so, accept it: `schemagen infer "
        "--prune`, and change the detections that look inside."
    )
    if not change.path:
        change = replace(change, declared=None)  # all columns of the stream are no help
    kind = FindingClass.BLINDS if blinded else FindingClass.RARER
    count = change.now.of
    return _finding(context, change, kind, what, remedy, count=count, blinded=blinded)


def _fields_below(node: Node | None) -> int:
    """Count the fields at and below the keys of objects, 0 where keys were not counted apart."""
    paths = () if node is None or node.any_key is not None else node.walk()
    return sum(1 for path, _ in paths if path and isinstance(path[-1], str))


# -- other changes --------------------------------------------------------------------------------


def _commoner(context: FindingContext, change: Change) -> Finding:
    what = f"in {_share_of(change.now)} of its objects; before, in {_share_of(change.before)}"
    what += _among(change)
    return _finding(context, change, FindingClass.COMMONER, what, _NOTHING_TO_DO)


def _keys(context: FindingContext, change: Change) -> Finding:
    what = f"its keys are data now ({change.detail}), and each would need a column of its own"
    return _finding(context, change, FindingClass.MISSES, what, map_remedy(change.path))


def _key_churn(context: FindingContext, change: Change) -> Finding:
    what = f"its keys look like data ({change.detail}), and each would need a column of its own"
    of = change.now.of
    found = _finding(context, change, FindingClass.MISSES, what, map_remedy(change.path), count=of)
    return replace(found, before=None, now=replace(change.now, count=of))


def _spelling(context: FindingContext, change: Change) -> Finding:
    what = f"a new spelling of `{change.detail}`, which its column reads too"
    return _finding(context, change, FindingClass.WIDER, what, _NOTHING_TO_DO)


def _collision(context: FindingContext, change: Change) -> Finding:
    count, of = change.now.count, change.now.of
    what = (
        f"a new spelling of `{change.detail}` in the same objects, and its column reads only one "
        "of the two, the later one as a rule"
    )
    remedy = (
        "Accept it (`schemagen infer`) and quote both names: `schemagen drift --plan "
        "FILE` writes the statements."
    )
    spellings = [(*change.path[:-1], each) for each in change.detail.split(", ")]
    found = _finding(
        context,
        change,
        FindingClass.ALTERS,
        what,
        remedy,
        related=[*spellings, change.path],
        blinded=blinded_by(context.blinded_at(change.path), count, of),
    )
    # Where both are in fewer objects than each of them, only so many have both.
    return replace(found, exact=count == of)


def _new_type(context: FindingContext, change: Change) -> Finding:
    what = f"{kind_word(change.detail)} in {_share_of(change.now)} values, {_new_to(change)}"
    blinded = _blinded_by_type(context, change)
    if blinded:
        what += _WHY_BLIND[change.detail]
        remedy = _WHAT_THEN[change.detail]
        blinded = blinded_by(blinded, change.now.count, change.now.of)
        return _finding(context, change, FindingClass.BLINDS, what, remedy, blinded=blinded)
    declared = "" if change.declared is None else _type_word(change)
    remedy = f"{declared} keeps it; accept it by `schemagen infer`."
    return _finding(context, change, FindingClass.WIDER, what, remedy)


def _blinded_by_type(context: FindingContext, change: Change) -> tuple[AffectedDetection, ...]:
    """List the detections that can't match values of a JSON type as a VARCHAR reads them."""
    if change.declared != VARCHAR:
        return ()
    if change.detail == OBJECT:
        # Who looks inside reads a JSON text and an object alike.
        inside = {(each.name, each.id) for each in context.blinded_inside(change.path)}
        found = context.blinded_at(change.path)
        return tuple(each for each in found if (each.name, each.id) not in inside)
    if change.detail not in NEW_FORMS:
        return ()
    instead, form = NEW_FORMS[change.detail]
    return context.blinded_by_form(change.path, form, instead)


_WHY_BLIND = {
    OBJECT: "; detections compare it with text, and it is JSON text now",
    ARRAY: "; detections compare it with one text, and it is the text of a list now",
    NUMBER: "; detections compare it with a whole number, and its text has a fraction: `7.0`",
}
_WHAT_THEN = {
    OBJECT: "Change the detections to look inside, or have the producer send the value again.",
    ARRAY: "Accept it (`schemagen infer`) and write the detections again (`ddl`).",
    NUMBER: "Accept it (`schemagen infer`) and write the detections again (`ddl`).",
}


def _new_to(change: Change) -> str:
    return "never seen before" if change.before else "which the committed schema doesn't have"


def _width(context: FindingContext, change: Change) -> Finding:
    before = "where none was before" if change.before else _new_to(change)
    what = f"integers beyond 32 bits in {_share_of(change.now)}, {before}"
    remedy = f"Nothing needs to be done: {_type_word(change)} keeps them."
    return _finding(context, change, FindingClass.WIDER, what, remedy)


def _unit(context: FindingContext, change: Change) -> Finding:
    what = f"times as numbers of {change.detail}, in {_share_of(change.now)} values"
    remedy = "Have the producers write the time as before, or change what reads it."
    count, of = change.now.count, change.now.of
    blinded = blinded_by(context.blinded_at(change.path), count, of)
    return _finding(context, change, FindingClass.FORMAT, what, remedy, blinded=blinded)


def _lost_type(context: FindingContext, change: Change) -> Finding:
    before = f"before, in {_share_of(change.before)} values"
    what = f"{kind_word(change.detail)} is no longer seen; {before}"
    if change.declared == VARCHAR and change.detail == OBJECT:
        blinded = context.blinded_inside(change.path)
        if blinded:
            what += "; detections look inside it"
            remedy = "Have the producers send the object again, or change the detections."
            return _finding(context, change, FindingClass.BLINDS, what, remedy, blinded=blinded)
    return _finding(context, change, FindingClass.NARROWER, what, _NOTHING_TO_DO)


def _type_word(change: Change) -> str:
    if isinstance(change.declared, Struct):
        return "STRUCT"
    return "" if change.declared is None else render(change.declared)


_MAKE: dict[ChangeKind, Callable[[FindingContext, Change], Finding]] = {
    ChangeKind.EMPTIED: _emptied,
    ChangeKind.COMMONER: _commoner,
    ChangeKind.KEYS: _keys,
    ChangeKind.KEY_CHURN: _key_churn,
    ChangeKind.SPELLING: _spelling,
    ChangeKind.COLLISION: _collision,
    ChangeKind.NEW_TYPE: _new_type,
    ChangeKind.WIDTH: _width,
    ChangeKind.UNIT: _unit,
    ChangeKind.LOST_TYPE: _lost_type,
}


# -- new fields -----------------------------------------------------------------------------------


def _missed(context: FindingContext, new: Sequence[Change]) -> Iterator[Finding]:
    """Make the findings of fields that the stream doesn't read."""
    if context.before is not None:
        yield from (_new_field(context, change) for change in new)
        return
    # Where nobody counted before, an object's undeclared fields are one decision.
    groups: dict[Path, list[Change]] = {}
    for change in new:
        groups.setdefault(change.path[:-1], []).append(change)
    for path, found in groups.items():
        changes = sorted(found, key=lambda change: -change.now.count)
        names = ", ".join(f"`{written(change.path)}`" for change in changes[:_NAMED])
        names += f" and {len(changes) - _NAMED:,} more" if len(changes) > _NAMED else ""
        yield _finding(
            context,
            replace(changes[0], path=path),
            FindingClass.MISSES,
            f"{counted(len(changes), 'field')} that the stream doesn't declare: {names}",
            "Declare those that detections could use; `schemagen infer` finds their types.",
            count=max(change.now.count for change in changes),
            related=[change.path for change in changes],
        )


def _new_field(context: FindingContext, change: Change) -> Finding:
    parent = context.declared.type_at(change.path[:-1]) if len(change.path) > 1 else None
    what = f"a new field, in {_share_of(change.now)}, that the stream doesn't read"
    remedy = "Accept it (`schemagen infer`); CREATE OR REPLACE adds it as the last column."
    if parent is not None and not isinstance(parent, Map):
        remedy = (
            "Accept it (`schemagen infer`); inside a STRUCT, the stream and its "
            "detections must be created again: `schemagen drift --plan FILE`."
        )
    return _finding(context, change, FindingClass.MISSES, what, remedy)
