"""Records that ksqlDB dropped, for people and for machines; no value is shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from schemagen.words import counted, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.deploy.rescue import DroppedRecords

_SHOWN = 10
"""Places that are named beside a reason; the others are counted."""


def rescue_text(dropped: Sequence[DroppedRecords]) -> Group:
    """Write a table of the reasons for which records were dropped."""
    if not dropped:
        return Group(Text("The processing log has no record that was dropped."))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("records", "topic", "where", "why", "first", "last", "offsets"):
        table.add_column(heading, justify="right" if heading == "records" else "left")
    for each in dropped:
        table.add_row(
            f"{each.count:,}",
            printable(each.reason.topic),
            printable(each.reason.path or "(message)"),
            each.reason.what,
            _time(each.first),
            _time(each.last),
            _places(each),
        )
    total = sum(each.count for each in dropped)
    return Group(table, Text(f"{counted(total, 'record')} dropped."))


def rescue_report(dropped: Sequence[DroppedRecords]) -> dict[str, Any]:
    """Return the reasons for which records were dropped as JSON."""
    return {
        "dropped": sum(each.count for each in dropped),
        "reasons": [
            {
                "count": each.count,
                "topic": each.reason.topic,
                "path": each.reason.path,
                "why": each.reason.what,
                "first": _time(each.first),
                "last": _time(each.last),
                "queries": sorted(each.queries),
                "places": [{"partition": p, "offset": o} for p, o in each.places],
            }
            for each in dropped
        ],
    }


def _places(dropped: DroppedRecords) -> str:
    shown = ", ".join(f"{partition}:{offset}" for partition, offset in dropped.places[:_SHOWN])
    more = len(dropped.places) - _SHOWN
    return f"{shown}, and {more:,} more" if more > 0 else shown


def _time(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
