"""What Winlogbeat puts around an event of Windows: the document that it writes to Kafka.

The shape is that of Winlogbeat 8 with its default processors and no ingest pipeline: `event_id` is
text, empty values are left out, forwarded events carry nothing of `host` but its name.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from generator.draw import Draw

if TYPE_CHECKING:
    from datetime import datetime

    from generator.company import Account, Host

AGENT_VERSION = "8.17.4"
ECS_VERSION = "8.0.0"
AUDIT_OUTCOMES = {"Audit Success": "success", "Audit Failure": "failure"}


@dataclass(frozen=True, slots=True)
class Provider:
    """Who logs an event, and where."""

    name: str
    guid: str
    channel: str


@dataclass(frozen=True, slots=True)
class Kind:
    """What all events with one id have in common; the empty and the zero are not written."""

    provider: Provider
    code: int
    version: int = 0
    task: str = ""
    opcode: str = "Info"
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """One record of an event log.

    Attributes:
        at: when it was logged, UTC.
        host: the machine it was logged at.
        kind: its id and what goes with it.
        message: the rendered text.
        pid: id of the process that logged it.
        data: the EventData element, in the order of its template.
        user_data: the UserData element, which some providers use instead.
        user: the account in the record's Security element.
        level: severity.
        activity: id of the activity that the record belongs to.
        related: id of the activity that caused that one.

    """

    at: datetime
    host: Host
    kind: Kind
    message: str
    pid: int
    data: dict[str, str] = field(default_factory=dict)
    user_data: dict[str, str] = field(default_factory=dict)
    user: Account | None = None
    level: str = "information"
    activity: str = ""
    related: str = ""


def timestamp(moment: datetime) -> str:
    """Return a moment as Beats writes it: UTC, milliseconds, `Z`."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _filled(mapping: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in mapping.items() if value not in ("", 0, [], {}, None)}


def _winlog(event: Event, record_id: int, thread: int) -> dict[str, Any]:
    kind, user = event.kind, event.user
    return _filled(
        {
            "channel": kind.provider.channel,
            "event_id": str(kind.code),
            "provider_name": kind.provider.name,
            "provider_guid": kind.provider.guid,
            "record_id": record_id,
            "task": kind.task,
            "computer_name": event.host.fqdn,
            "keywords": list(kind.keywords),
            "opcode": kind.opcode,
            "version": kind.version,
            "api": "wineventlog",
            "process": {"pid": event.pid, "thread": {"id": thread}},
            "user": user
            and {
                "identifier": user.sid,
                "name": user.name,
                "domain": user.domain,
                "type": "User",
            },
            "event_data": _filled(event.data),
            "user_data": _filled(event.user_data),
            "activity_id": event.activity,
            "related_activity_id": event.related,
        }
    )


def _host(host: Host) -> dict[str, Any] | str:
    if host.flattened:
        return host.name
    if host.forwarded:
        return {"name": host.fqdn}
    constant, suffix = host.constant("metadata"), f"{host.number:x}"
    return {
        "name": host.name.lower(),
        "hostname": host.name,
        "architecture": "x86_64",
        "os": {
            "name": host.system.name,
            "build": host.system.build,
            "kernel": f"{host.system.kernel} (WinBuild.160101.0800)",
            "version": "10.0",
            "family": "windows",
            "platform": "windows",
            "type": "windows",
        },
        "id": constant.uuid(),
        "ip": [f"fe80::200:5eff:fe00:53{host.number:02x}", host.address, f"2001:db8:10::{suffix}"],
        "mac": [f"00-00-5E-00-53-{host.number:02X}"],
    }


def _agent(host: Host, event: Event) -> dict[str, str]:
    name = host.collector or host.name
    # The id is kept on disk; the ephemeral one is new whenever the service starts.
    return {
        "name": name,
        "type": "winlogbeat",
        "version": AGENT_VERSION,
        "id": Draw(f"{name}:agent").uuid(),
        "ephemeral_id": Draw(f"{name}:agent:{event.at.date()}").uuid(),
    }


def document(event: Event, record_id: int, draw: Draw) -> dict[str, Any]:
    """Return the document that Winlogbeat makes of an event."""
    kind, host = event.kind, event.host
    # Forwarded events wait for the collector's next batch.
    delay = (2_000, 14_000) if host.forwarded else (400, 2_600)
    return {
        "event": _filled(
            {
                "code": str(kind.code),
                "kind": "event",
                "provider": kind.provider.name,
                "action": kind.task,
                "created": timestamp(draw.after(event.at, *delay)),
                "outcome": next((AUDIT_OUTCOMES.get(word, "") for word in kind.keywords), ""),
            }
        ),
        "winlog": _winlog(event, record_id, draw.process_id()),
        "log": {"level": event.level},
        "message": event.message,
        "host": _host(host),
        "ecs": {"version": ECS_VERSION},
        "agent": _agent(host, event),
        "fields": {"environment": "production", "site": host.site},
        **({"tags": ["forwarded"]} if host.forwarded else {}),
    }


def _shuffled(value: Any, draw: Draw) -> Any:
    """Return the value with the keys of its objects in random order, as Go walks a map."""
    if not isinstance(value, dict):
        return value
    keys = list(value)
    draw.shuffle(keys)
    return {key: _shuffled(value[key], draw) for key in keys}


def line(event: Event, record_id: int, draw: Draw) -> str:
    """Return the message that Winlogbeat writes to Kafka for an event, one line of JSON.

    Beats writes the time and its metadata first and in a fixed order; the rest has none.
    """
    head = {
        "@timestamp": timestamp(event.at),
        "@metadata": {"beat": "winlogbeat", "type": "_doc", "version": AGENT_VERSION},
    }
    body = _shuffled(document(event, record_id, draw), draw)
    return json.dumps({**head, **body}, ensure_ascii=False, separators=(",", ":"))
