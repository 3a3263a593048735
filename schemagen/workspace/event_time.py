"""The field that could be the event time of a stream that has none yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.errors import InputError
from schemagen.ksqldb.event_time import event_time
from schemagen.ksqldb.types import VARCHAR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.ksqldb.types import Field
    from schemagen.profile.nodes import Node

_USUAL = ("@timestamp", "timestamp", "eventtime", "event_time", "time", "ts", "datetime", "date")
"""What event times are called, the likeliest first; in lower case."""


def proposed_event_time(columns: Sequence[Field], root: Node) -> str | None:
    """Find the field that is a time which ksqlDB can read in every message.

    Args:
        columns: the columns of the stream.
        root: what was seen of the messages.

    Returns:
        The likeliest by its name; a field of another name only if it is the only one and holds
        texts, for a number in the range of times may be anything; None where none is sure.

    """
    usual: dict[int, str] = {}
    others = []
    for column in columns:
        if column.name not in root.fields:
            continue
        try:
            event_time(column.name, columns, root)
        except InputError:
            continue
        name = column.name.lower()
        if name in _USUAL:
            usual.setdefault(_USUAL.index(name), column.name)
        elif column.type == VARCHAR:
            others.append(column.name)
    if usual:
        return usual[min(usual)]
    return others[0] if len(others) == 1 else None
