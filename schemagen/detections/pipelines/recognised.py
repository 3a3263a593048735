"""Events whose fields tell who wrote them, and the pipeline that such events need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemagen.profile.nodes import Node


@dataclass(frozen=True, slots=True)
class KnownEvents:
    """Events that are known by their fields.

    Args:
        title: what people call them.
        pipeline: the pipeline of ours that maps them.
        fields: the fields that tell them, each as one path or several of which one is enough;
            written with dots.

    """

    title: str
    pipeline: str
    fields: tuple[tuple[str, ...], ...]


KNOWN = (
    KnownEvents(
        "Winlogbeat 7 or 8", "winlogbeat", (("winlog.channel",), ("winlog.event_id", "event.code"))
    ),
    KnownEvents(
        "Winlogbeat 6", "winlogbeat6", (("log_name",), ("event_id",), ("source_name", "event_data"))
    ),
    KnownEvents("flat Windows logs", "flat", (("Channel",), ("EventID", "EventId"))),
    KnownEvents("AWS CloudTrail", "cloudtrail", (("eventSource",), ("eventName",), ("awsRegion",))),
    # Files of Zeek's don't say of which log they are.
    KnownEvents(
        "Zeek",
        "zeek",
        (("uid",), ("id.orig_h", "id_orig_h"), ("id.resp_h", "id_resp_h")),
    ),
)


def recognise(root: Node) -> list[KnownEvents]:
    """Find which known events a topic holds; several where agents are mixed, none where unknown.

    Args:
        root: what was seen of the messages, or the fields of their schema.

    """
    return [
        known
        for known in KNOWN
        if all(any(_has(root, path.split(".")) for path in paths) for paths in known.fields)
    ]


def _has(node: Node, keys: list[str]) -> bool:
    """Return whether there is a field; a key may hold the dots of the path."""
    if not keys:
        return True
    heads = ((".".join(keys[:n]), keys[n:]) for n in range(1, len(keys) + 1))
    return any(key in node.fields and _has(node.fields[key], rest) for key, rest in heads)
