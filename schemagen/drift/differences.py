"""What was compared: how many shares, and those that differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.drift.changes import Change, ChangeKind, Comparand
from schemagen.drift.statistics import chance_in_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.drift.path_comparison import PathComparison
    from schemagen.drift.statistics import Proportion
    from schemagen.ksqldb.types import KsqlType


class Differences:
    """Collects what differs between two samples, and counts what was compared.

    Attributes:
        tests: how many shares were compared.
        changes: what differs, surely or by chance.

    """

    def __init__(self) -> None:
        self.tests = 0
        self.changes: list[Change] = []

    def same(self, count: int = 1) -> None:
        """Count shares that don't differ enough to matter."""
        self.tests += count

    def add(  # noqa: PLR0913 - what a difference is made of
        self,
        what: ChangeKind,
        at: PathComparison,
        before: Proportion | None,
        now: Proportion,
        declared: KsqlType | None = None,
        *,
        detail: str = "",
    ) -> None:
        """Note a difference in all events; one of which nothing was counted before is a fact."""
        self.add_shares(what, at, [Comparand(before, now)], declared, detail=detail)

    def add_shares(  # noqa: PLR0913 - what a difference is made of
        self,
        what: ChangeKind,
        at: PathComparison,
        shares: Sequence[Comparand],
        declared: KsqlType | None,
        *,
        detail: str = "",
        among: Sequence[Comparand] = (),
        overall: Comparand | None = None,
    ) -> None:
        """Note a difference in some kinds of events: each is tested, and all of them together.

        Args:
            what: how they differ.
            at: where.
            shares: those that differ.
            declared: the type there.
            detail: see `Change`.
            among: those of all kinds; where it fell in some, it is tested in all together.
            overall: the share over all kinds.

        """
        self.tests += len(shares)
        chances = [share.chance for share in shares]
        if len(among) > 1:
            self.tests += 1
            pairs = [(each.now, each.before) for each in among if each.before is not None]
            chances.append(chance_in_all(pairs if shares[0].falls else _turned(pairs)))
        steps = at.steps if declared is not None else None
        self.changes.append(
            Change(
                what,
                at.path,
                steps,
                shares,
                min(chances),
                declared,
                detail,
                at.now,
                at.seen,
                overall,
            )
        )


def _turned(pairs: Sequence[tuple[Proportion, Proportion]]) -> list[tuple[Proportion, Proportion]]:
    """Take those that have something for those that lack it."""
    return [(now.rest, before.rest) for now, before in pairs]
