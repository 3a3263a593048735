"""What must be known of the times of rows that come to windows: too late, or not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.replay.results import NoticeKind, ReplayNotice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.replay.windows import WindowStore


def window_notices(stores: Sequence[WindowStore]) -> list[ReplayNotice]:
    """List what must be known of the windows of a run."""
    found = [_timeless(store) for store in stores if store.time == 0]
    found += [_late(store) for store in stores if store.late]
    found += [_left_behind(store) for store in stores if store.left_behind]
    return found + [_overtaken(store) for store in stores if store.overtaken]


def _timeless(store: WindowStore) -> ReplayNotice:
    what = (
        "What correlations find isn't known: the stream has no event time, and the events don't "
        "say when their records were written. Give the stream one (`ddl --event-time`), or events "
        "with their records' times."
    )
    return ReplayNotice(NoticeKind.NOT_RUN, what, store.table.name, store.table.line)


def _late(store: WindowStore) -> ReplayNotice:
    what = (
        f"{store.late:,} times a row came too late for a window, after its grace: ksqlDB leaves it "
        "out without a word."
    )
    return ReplayNotice(NoticeKind.LATE, what, store.table.name, store.table.line)


def _left_behind(store: WindowStore) -> ReplayNotice:
    what = (
        "Alerts of correlations that count for other correlations "
        f"({store.left_behind:,}) are older than the last event by more than the grace: where a "
        "server reads these events at once, as after a first deployment, they come too late. A "
        "longer grace keeps them."
    )
    return ReplayNotice(NoticeKind.LATE, what, store.table.name, store.table.line)


def _overtaken(store: WindowStore) -> ReplayNotice:
    lost = "alerts are missed. A longer grace keeps them."
    if store.table.is_final:
        lost = "windows are missed, or told of with a count that is too low."
    what = (
        f"Rows that correlations count ({store.overtaken:,}) are older than others, of another "
        "partition, by more than the grace. When a server reads these events at once, as after a "
        f"stop, those rows can come too late: {lost}"
    )
    return ReplayNotice(NoticeKind.LATE, what, store.table.name, store.table.line)
