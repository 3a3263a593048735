"""The findings of changes: of what class, what happened, and what to do about it."""

from __future__ import annotations

from dataclasses import replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from schemagen.drift.changes import Change, ChangeKind, much_less
from schemagen.drift.context import blinded_by
from schemagen.drift.findings import Finding, FindingClass, Observation
from schemagen.drift.value_losses import map_remedy
from schemagen.ksqldb.types import VARCHAR, Map, Struct, render
from schemagen.profile.paths import render as written
from schemagen.profile.profile import NULL, OBJECT
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemagen.drift.context import FindingContext
    from schemagen.profile.paths import Path
    from schemagen.profile.profile import Node

_OF_VALUES = {ChangeKind.KIND, ChangeKind.LOST_KIND, ChangeKind.WIDTH}
"""What is a share of the values, and not of the objects around."""
_NAMED = 8
"""How many fields a sentence names, the most common first."""
_ALIKE = 0.5
"""From this likeness of two names on, of 1, one can be the other's new form."""


def change_findings(context: FindingContext, certain: Sequence[Change]) -> Iterator[Finding]:
    """Make the findings of changes that chance surely did not make."""
    churned = {change.path for change in certain if change.what is ChangeKind.KEY_CHURN}
    new = [
        change
        for change in certain
        if change.what is ChangeKind.NEW and change.path[:-1] not in churned
    ]
    renamed: dict[Path, Path] = {}
    for change in certain:
        if change.what is ChangeKind.GONE:
            named = _new_name(change, new)
            if named is not None:
                new.remove(named)
                renamed[change.path] = named.path
    gone = [change.steps for change in certain if change.what is ChangeKind.GONE and change.steps]
    emptied = [change.path for change in certain if change.what is ChangeKind.EMPTIED]
    gone += [steps for path in emptied for steps in context.inside(path)]
    context = replace(context, gone=gone)
    data = {change.path for change in certain if change.what is ChangeKind.KEYS}
    for change in certain:
        if change.path[:-1] in data and change.what in {ChangeKind.RARER, ChangeKind.COMMONER}:
            continue  # the keys of a map come and go
        if change.path[:-1] in churned and not context.blinded_at(change.path):
            continue
        if change.what is ChangeKind.NEW:
            continue
        yield _MAKE[change.what](context, change, renamed.get(change.path))
    yield from _missed(context, new)


def _new_name(gone: Change, new: Sequence[Change]) -> Change | None:
    """Find the new field that a field that is gone has likely become."""
    beside = [
        change for change in new if change.path[:-1] == gone.path[:-1] and _could_be(gone, change)
    ]
    alike = [change for change in beside if _likeness(gone.path, change.path) >= _ALIKE]
    if alike:
        return max(alike, key=lambda change: _likeness(gone.path, change.path))
    return beside[0] if len(beside) == 1 else None


def _could_be(gone: Change, new: Change) -> bool:
    """Check whether a new field is as common as the old one was, and holds the same kinds."""
    if gone.before is None or gone.old is None or new.node is None:
        return False
    if gone.old.types() - {NULL} != new.node.types() - {NULL}:
        return False
    before, now = gone.before.share, new.now.share
    return not (much_less(before, now) or much_less(now, before))


def _likeness(one: Path, other: Path) -> float:
    first, second = str(one[-1]).casefold(), str(other[-1]).casefold()
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def _finding(  # noqa: PLR0913 - what a finding is made of
    context: FindingContext,
    change: Change,
    kind: FindingClass,
    what: str,
    remedy: str,
    *,
    count: int | None = None,
    related: Sequence[Path] = (),
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
    )


def _share_of(sight: Observation | None) -> str:
    return "" if sight is None else f"{sight.count:,} of {sight.of:,}"


def _gone(context: FindingContext, change: Change, renamed: Path | None) -> Finding:
    blinded = context.blinded_at(change.path)
    around = "messages" if len(change.path) == 1 else f"`{written(change.path[:-1])}`"
    if change.before is None:
        what = f"not seen in {change.now.of:,} {around}; nothing is known of before"
    else:
        what = f"gone: it was in {_share_of(change.before)} {around} and is in none now"
    remedy = "Find out what stopped sending it; if it is gone for good, accept it: `schemagen infer"
    remedy += " --update`, and change the detections that need it."
    related: tuple[Path, ...] = ()
    if renamed is not None:
        related = (renamed,)
        same = str(renamed[-1]).upper() == str(change.path[-1]).upper()
        how = (
            "is the same key in another case"
            if same
            else "is new, as common, and likely its new name"
        )
        what += f"; `{written(renamed)}` {how}"
        remedy = (
            "Accept the new name (`schemagen infer --update`), write the statements (`schemagen "
            "drift --plan FILE`), and map the rules' field to it in the pipeline."
        )
    kind = FindingClass.BLINDS if blinded else FindingClass.RARER
    found = _finding(context, change, kind, what, remedy, count=change.now.of, related=related)
    return replace(found, blinded=blinded)


def _emptied(context: FindingContext, change: Change, _: Path | None) -> Finding:
    blinded = context.blinded_inside(change.path)
    below = _fields_below(change.old)
    fields = f"all {below:,} fields in it are gone" if below > 1 else "what was in it is gone"
    what = (
        f"emptied: {fields}; {_share_of(change.before)} held something, and none of "
        f"{change.now.of:,} does now"
    )
    remedy = (
        "Find out what stopped filling it; if it stays so, accept it: `schemagen infer "
        "--update`, and change the detections that look inside."
    )
    if not change.path:
        change = replace(change, declared=None)  # all columns of the stream are no help
    kind = FindingClass.BLINDS if blinded else FindingClass.RARER
    found = _finding(context, change, kind, what, remedy, count=change.now.of)
    return replace(found, blinded=blinded)


def _fields_below(node: Node | None) -> int:
    """Count the fields at and below the keys of objects, 0 where they were not told apart."""
    paths = () if node is None or node.any_key is not None else node.walk()
    return sum(1 for path, _ in paths if path and isinstance(path[-1], str))


def _rarer(context: FindingContext, change: Change, _: Path | None) -> Finding:
    what = f"in {_share_of(change.now)} of its objects; before, in {_share_of(change.before)}"
    remedy = "Find out which source sends it less often; the declaration can stay."
    return _finding(context, change, FindingClass.RARER, what, remedy)


def _commoner(context: FindingContext, change: Change, _: Path | None) -> Finding:
    what = f"in {_share_of(change.now)} of its objects; before, in {_share_of(change.before)}"
    return _finding(context, change, FindingClass.COMMONER, what, "Nothing needs to be done.")


def _keys(context: FindingContext, change: Change, _: Path | None) -> Finding:
    what = f"its keys are data now ({change.detail}), and each would need a column of its own"
    return _finding(context, change, FindingClass.MISSES, what, map_remedy(change.path))


def _key_churn(context: FindingContext, change: Change, _: Path | None) -> Finding:
    of = change.now.of
    what = f"its keys look like data ({change.detail}), and each would need a column of its own"
    change = replace(change, before=None, now=replace(change.now, count=of))
    return _finding(context, change, FindingClass.MISSES, what, map_remedy(change.path))


def _spelling(context: FindingContext, change: Change, _: Path | None) -> Finding:
    what = f"a new spelling of `{change.detail}`, which its column reads too"
    return _finding(context, change, FindingClass.WIDER, what, "Nothing needs to be done.")


def _kind(context: FindingContext, change: Change, _: Path | None) -> Finding:
    what = f"{_word(change.detail)} in {_share_of(change.now)} values, {_new_to(change)}"
    blinded = context.blinded_at(change.path) if _unmatchable(change) else ()
    if blinded:
        what += "; detections compare it with text, and it is JSON text now"
        remedy = "Change the detections to look inside, or have the producer send the value again."
        found = _finding(context, change, FindingClass.BLINDS, what, remedy)
        return replace(found, blinded=blinded_by(blinded, change.now.count, change.now.of))
    declared = "" if change.declared is None else _type_word(change)
    remedy = (
        f"Nothing needs to be done: {declared} keeps it. `schemagen infer --update` accepts it."
    )
    return _finding(context, change, FindingClass.WIDER, what, remedy)


def _new_to(change: Change) -> str:
    return "never seen before" if change.before else "which the committed schema doesn't have"


def _unmatchable(change: Change) -> bool:
    """Check whether the kind is that of objects read as text: compared as text, or looked into."""
    return change.declared == VARCHAR and change.detail == OBJECT


def _width(context: FindingContext, change: Change, _: Path | None) -> Finding:
    before = "where none was before" if change.before else _new_to(change)
    what = f"integers beyond 32 bits in {_share_of(change.now)}, {before}"
    remedy = f"Nothing needs to be done: {_type_word(change)} keeps them."
    return _finding(context, change, FindingClass.WIDER, what, remedy)


def _lost_kind(context: FindingContext, change: Change, _: Path | None) -> Finding:
    what = f"{_word(change.detail)} is no longer seen; before, in {_share_of(change.before)} values"
    if _unmatchable(change):
        blinded = context.blinded_inside(change.path)
        if blinded:
            what += "; detections look inside it"
            remedy = "Have the producers send the object again, or change the detections."
            found = _finding(context, change, FindingClass.BLINDS, what, remedy)
            return replace(found, blinded=blinded)
    return _finding(context, change, FindingClass.NARROWER, what, "Nothing needs to be done.")


def _type_word(change: Change) -> str:
    if isinstance(change.declared, Struct):
        return "STRUCT"
    return "" if change.declared is None else render(change.declared)


def _word(kind: str) -> str:
    return "text" if kind == "string" else kind


_MAKE = {
    ChangeKind.GONE: _gone,
    ChangeKind.EMPTIED: _emptied,
    ChangeKind.RARER: _rarer,
    ChangeKind.COMMONER: _commoner,
    ChangeKind.KEYS: _keys,
    ChangeKind.KEY_CHURN: _key_churn,
    ChangeKind.SPELLING: _spelling,
    ChangeKind.KIND: _kind,
    ChangeKind.WIDTH: _width,
    ChangeKind.LOST_KIND: _lost_kind,
}


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
            related=tuple(change.path for change in changes),
        )


def _new_field(context: FindingContext, change: Change) -> Finding:
    parent = context.declared.type_at(change.path[:-1]) if len(change.path) > 1 else None
    what = f"a new field, in {_share_of(change.now)}, that the stream doesn't read"
    remedy = "Accept it (`schemagen infer --update`); CREATE OR REPLACE adds it as the last column."
    if parent is not None and not isinstance(parent, Map):
        remedy = (
            "Accept it (`schemagen infer --update`); inside a STRUCT, the stream and its "
            "detections must be created again: `schemagen drift --plan FILE`."
        )
    return _finding(context, change, FindingClass.MISSES, what, remedy)
