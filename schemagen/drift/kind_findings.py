"""The findings of kinds of events that vanished, came, or are another share than before.

Each is one finding, which explains the fields that came and went with the kind. A detection that
sees none of the events of another shape, or whose events stopped coming, is blind to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.detections.pipelines.recognised import recognise
from schemagen.drift.findings import AffectedDetection, Finding, FindingClass, Observation
from schemagen.drift.moves import SeenField, moves
from schemagen.drift.path_comparison import present
from schemagen.profile.kinds import written, written_fields
from schemagen.profile.paths import render
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemagen.drift.changes import Change
    from schemagen.drift.context import FindingContext
    from schemagen.drift.kinds import ComparedKinds, KindChange
    from schemagen.drift.moves import Move
    from schemagen.drift.statistics import Proportion
    from schemagen.profile.nodes import Node

_MOVES = 3
"""How many moves a sentence names."""


def explained_by(
    kinds: ComparedKinds | None, changes: Sequence[KindChange], new: Sequence[Change]
) -> list[Change]:
    """Return the new fields that only events of kinds have which are new as well."""
    came = {each.kind for each in changes if each.now.value > each.before.value}
    if kinds is None or not came:
        return []
    return [
        change
        for change in new
        if (own := kinds.of(change.node)) is not None and own and own.keys() <= came
    ]


def is_told(kinds: ComparedKinds, change: KindChange, facts: Sequence[Finding]) -> bool:
    """Check whether what holds the kind fields can't be read: that tells why there are none."""
    around = {path[:n] for path in kinds.fields for n in range(1, len(path) + 1)}
    return change.kind == kinds.none and any(each.path in around for each in facts)


def kind_findings(
    context: FindingContext, changes: Sequence[KindChange], unread: Sequence[Change]
) -> Iterator[Finding]:
    """Make the findings of kinds that chance surely did not make as they are.

    Args:
        context: what they are made from.
        changes: the kinds.
        unread: the new fields that they explain.

    """
    kinds = context.kinds
    if kinds is None:
        return
    rewritten = {
        known
        for each in changes
        if (known := kinds.near(each.kind)) is not None and context.blind_to_kind(each.kind, known)
    }
    for change in changes:
        own = [each for each in unread if change.kind in (kinds.of(each.node) or {})]
        if change.kind == kinds.none:
            yield _shapeless(context, kinds, change, own)
        elif not change.now.count:
            # One that is written otherwise now is told of where it came.
            if change.kind not in rewritten:
                yield _vanished(context, change)
        else:
            yield _other_share(context, change, own)


def _finding(  # noqa: PLR0913 - what a finding is made of
    context: FindingContext,
    change: KindChange,
    kind: FindingClass,
    what: str,
    remedy: str,
    *,
    count: int,
    blinded: Sequence[AffectedDetection] = (),
    unread: Sequence[Change] = (),
) -> Finding:
    return Finding(
        topic=context.topic,
        kind=kind,
        path=(),
        what=what,
        remedy=remedy,
        count=count,
        of=change.now.of,
        before=_observed(change.before),
        now=_observed(change.now),
        blinded=blinded,
        related=[each.path for each in unread],
        events=written(change.kind),
    )


def _observed(share: Proportion) -> Observation:
    return Observation(share.count, share.of)


def _shares(change: KindChange) -> str:
    before, now = change.before, change.now
    return f"{now.count:,} of {now.of:,} events; before, {before.count:,} of {before.of:,}"


def _vanished(context: FindingContext, change: KindChange) -> Finding:
    blinded = context.losing_kind(change.kind)
    return _finding(
        context,
        change,
        FindingClass.BLINDS if blinded else FindingClass.RARER,
        f"events of this kind are gone: {_shares(change)}",
        "Find out which source stopped sending them.",
        count=0,
        blinded=blinded,
    )


def _other_share(context: FindingContext, change: KindChange, own: Sequence[Change]) -> Finding:
    less = change.now.value < change.before.value
    new = f", with {counted(len(own), 'field')} that the stream doesn't read" if own else ""
    what = f"a new kind of event{new}" if not change.before.count else "another share of the events"
    remedy = "Nothing needs to be done."
    if own:
        remedy = "Where detections could use these fields, accept them (`schemagen infer`)."
    kind = FindingClass.RARER if less else FindingClass.COMMONER
    known = None if context.kinds is None else context.kinds.near(change.kind)
    blinded: Sequence[AffectedDetection] = ()
    if known is not None and not change.before.count:
        what = f"events of the kind {written(known)}, written otherwise"
        blinded = context.blind_to_kind(change.kind, known)
    if blinded:
        kind = FindingClass.BLINDS
        remedy = "Have the producers write it as before, or change what the detections ask for."
    text = f"{what}: {_shares(change)}"
    return _finding(
        context, change, kind, text, remedy, count=change.now.count, blinded=blinded, unread=own
    )


def _shapeless(
    context: FindingContext, kinds: ComparedKinds, change: KindChange, own: Sequence[Change]
) -> Finding:
    """Make the finding of events that lack what tells kinds: those of another agent."""
    fields = written_fields(kinds.fields)
    if change.now.value < change.before.value:
        what = f"fewer events without {fields}: {_shares(change)}"
        return _finding(
            context, change, FindingClass.RARER, what, "Nothing needs to be done.",
            count=change.now.count,
        )  # fmt: skip
    blinded = context.blind_to_kind(change.kind)
    known = _looks_like(context)
    found = _moved(context, own)
    what = f"events of another shape, without {fields}: {_shares(change)}"
    if known:
        what += f"; they look like {' and '.join(title for title, _ in known)}"
    if len(found) > 1:
        named = [f"`{render(each.old)}` to `{render(each.new)}`" for each in found[:_MOVES]]
        rest = f" and {len(found) - _MOVES:,} more" if len(found) > _MOVES else ""
        what += f"; likely moved: {', '.join(named)}{rest}"
    remedy = "Find out who sends them, and which pipeline maps their fields."
    if known:
        names = " and ".join(name for _, name in known)
        remedy = (
            f"Add the pipeline {names} (`pipelines` in schemagen.toml), accept the fields "
            "(`schemagen infer`), and write the statements again."
        )
    return _finding(
        context,
        change,
        FindingClass.BLINDS if blinded else FindingClass.COMMONER,
        what,
        remedy,
        count=change.now.count,
        blinded=blinded,
        unread=own,
    )


def _looks_like(context: FindingContext) -> list[tuple[str, str]]:
    """Return the title and pipeline of known events that came, and were not there before."""
    before = set() if context.before is None else set(recognise(context.before.profile.root))
    found = [each for each in recognise(context.now.profile.root) if each not in before]
    return [(each.title, each.pipeline) for each in found]


def _moved(context: FindingContext, own: Sequence[Change]) -> list[Move]:
    """Find which fields of before those of the other shape are likely to be."""
    if context.before is None:
        return []
    new = [SeenField(each.path, each.node, each.now.share) for each in own if each.node is not None]
    root = context.before.profile.root
    return moves(list(_tops(root)), new)


def _tops(root: Node) -> Iterator[SeenField]:
    for key, node in root.fields.items():
        yield SeenField((key,), node, min(present(node) / max(root.total, 1), 1.0))
