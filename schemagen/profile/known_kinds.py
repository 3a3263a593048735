"""The fields that tell kinds in the events of known products, and how many of these have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemagen.profile.kinds import KindFields
    from schemagen.profile.paths import Path

KNOWN_FIELDS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("winlog.channel", "winlog.event_id"), ""),  # Winlogbeat 7 and 8, Elastic Agent
    (("log_name", "event_id"), ""),  # Winlogbeat 6
    (("Channel", "EventID"), ""),  # Windows events as they are, flat
    (("Channel", "EventId"), ""),
    (("eventSource", "eventName"), ""),  # AWS CloudTrail
    (("protoPayload.serviceName", "protoPayload.methodName"), ""),  # Google Cloud audit
    (("class_uid", "activity_id"), ""),  # OCSF
    (("category", "operationName"), ""),  # Azure
    (("Workload", "Operation"), ""),  # Microsoft 365
    (("objectRef.resource", "verb"), "auditID"),  # Kubernetes audit
    (("eventType",), "published"),  # Okta
    (("event_type",), "flow_id"),  # Suricata
    (("_path",), ""),  # Zeek
    (("@stream",), "@proc"),  # Zeek by way of LogScale
    (("action",), "sender.login"),  # GitHub webhooks
    (("event.dataset", "event.code"), ""),  # ECS, from here on
    (("event.dataset", "event.action"), ""),
    (("event.dataset",), ""),
    (("event.code",), ""),
)
"""Kind fields, written with dots, and a field that is beside those whose names alone say little;
the first that fit are taken."""

_LEAST_SHARE = 0.5
"""In so many of the first messages there are the fields of a topic that is known by them."""


def known_fields(messages: Sequence[dict[str, Any]]) -> KindFields:
    """Return the kind fields of a known product whose events most messages are, none if unknown."""
    for names, beside in KNOWN_FIELDS:
        wanted = (*names, beside) if beside else names
        spelt = (_spelt(messages, name) for name in wanted)
        found = tuple(path for path in spelt if path is not None)
        if len(found) == len(wanted) and are_told_by(messages, found):
            return found[: len(names)]
    return ()


def are_told_by(messages: Sequence[dict[str, Any]], fields: KindFields) -> bool:
    """Return whether most messages have all of some fields, as scalars."""
    having = sum(
        all(scalar_at(message, path) is not None for path in fields) for message in messages
    )
    return having > 0 and having >= _LEAST_SHARE * len(messages)


def scalar_at(message: dict[str, Any], path: Path) -> Any:
    """Return a scalar of a message, None where there is none."""
    value: Any = message
    for key in path:
        if type(value) is not dict:
            return None
        value = value.get(key)
    return None if isinstance(value, dict | list) else value


def _spelt(messages: Sequence[dict[str, Any]], name: str) -> Path | None:
    """Return the path that most messages have, where a key may hold the dots of it."""
    found: dict[Path, int] = {}
    for path in _spellings(name.split(".")):
        found[path] = sum(scalar_at(message, path) is not None for message in messages)
    best = max(found, key=lambda path: (found[path], len(path)))
    return best if found[best] else None


def _spellings(keys: Sequence[str]) -> Iterator[Path]:
    if not keys:
        yield ()
    for n in range(1, len(keys) + 1):
        for rest in _spellings(keys[n:]):
            yield (".".join(keys[:n]), *rest)
