"""What a split of a topic holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table

from schemagen.words import counted

if TYPE_CHECKING:
    from schemagen.sources.split import TopicSplit


def split_report(made: TopicSplit) -> dict[str, Any]:
    """Count the offsets to read, for machines."""
    return {
        "topic": made.topic,
        "offsets": made.offsets,
        "partitions": {
            str(number): sum(end - start for start, end in made.ranges.get(number, []))
            for number in sorted(made.watermarks)
        },
    }


def split_table(made: TopicSplit) -> Table:
    """Make the table of the offsets to read."""
    head = f"{made.topic}: {counted(made.offsets, 'offset')} to read"
    table = Table(box=None, pad_edge=False, title=head, title_justify="left", title_style="bold")
    for name in ("partition", "first offset", "next offset", "to read"):
        table.add_column(name, justify="right")
    for number, (low, high) in sorted(made.watermarks.items()):
        count = sum(end - start for start, end in made.ranges.get(number, []))
        table.add_row(str(number), f"{low:,}", f"{high:,}", f"{count:,}")
    return table
