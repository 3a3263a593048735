"""An event of Windows, as `evtx_dump` and the package `evtx` give it, in the shape of Winlogbeat 8.

Winlogbeat adds what only the machine knows that the event was on: the message, names of tasks and
of users. These are missing here. The words for levels, keywords and operations that every provider
shares are Winlogbeat's own (winlogbeat/sys/winevent/winmeta.go).
"""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

_LEVELS = {0: "information", 1: "critical", 2: "error", 3: "warning", 4: "information"}
_VERBOSE = "verbose"
_OPCODES = (
    "Info",
    "Start",
    "Stop",
    "DCStart",
    "DCStop",
    "Extension",
    "Reply",
    "Resume",
    "Suspend",
    "Send",
)
_KEYWORDS = {
    0x01_0000_0000_0000: "Response Time",
    0x04_0000_0000_0000: "WDI Diag",
    0x08_0000_0000_0000: "SQM",
    0x10_0000_0000_0000: "Audit Failure",
    0x20_0000_0000_0000: "Audit Success",
    0x40_0000_0000_0000: "Correlation Hint",
    0x80_0000_0000_0000: "Classic",
}
_ATTRIBUTES = "#attributes"
_TEXT = "#text"
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?\s*(?:Z|UTC)?")


def is_dumped(document: Any) -> bool:
    """Return whether a document is an event as `evtx_dump` writes it."""
    return (
        type(document) is dict
        and document.keys() <= {"Event", f"Event{_SEPARATE}"}
        and type(event := document.get("Event")) is dict
        and event.keys() <= _PARTS
        and type(system := event.get("System")) is dict
        and "EventID" in system
        and ("Provider" in system or f"Provider{_SEPARATE}" in system)
    )


_PARTS = {
    _ATTRIBUTES,
    "System",
    "EventData",
    "UserData",
    "RenderingInfo",
    "ProcessingErrorData",
    "DebugData",
    "BinaryEventData",
    "SubscriptionBookmarkEvent",
}


def event_of(document: dict[str, Any]) -> bytes:
    """Return the event of a document that `is_dumped`, as Winlogbeat writes it."""
    event = document["Event"]
    system = event["System"]
    provider = _attributes(system, "Provider")
    event_id = _number(_text_of(system["EventID"]))
    level = _number(_text_of(system.get("Level"))) or 0
    computer = _text_of(system.get("Computer"))
    winlog = {
        "api": "wineventlog",
        "channel": _text_of(system.get("Channel")),
        "computer_name": computer,
        "event_id": event_id,
        "provider_name": provider.get("Name") or provider.get("EventSourceName"),
        "provider_guid": _guid(provider.get("Guid")),
        "record_id": _number(_text_of(system.get("EventRecordID"))),
        "version": _number(_text_of(system.get("Version"))) or None,
        "task": _task(system.get("Task")),
        "opcode": _opcode(_number(_text_of(system.get("Opcode")))),
        "keywords": _keywords(_text_of(system.get("Keywords"))),
        "process": _process(_attributes(system, "Execution")),
        "user": _without({"identifier": _attributes(system, "Security").get("UserID")}),
        "activity_id": _guid(_attributes(system, "Correlation").get("ActivityID")),
        "related_activity_id": _guid(_attributes(system, "Correlation").get("RelatedActivityID")),
        "event_data": _event_data(event.get("EventData")),
        "user_data": _user_data(event.get("UserData")),
    }
    whole = {
        "@timestamp": _timestamp(_attributes(system, "TimeCreated").get("SystemTime")),
        "event": _without({"code": event_id, "kind": "event", "provider": winlog["provider_name"]}),
        "host": _without({"name": computer}),
        "log": {"level": _LEVELS.get(level, _VERBOSE)},
        "winlog": _without(winlog),
    }
    return _written(_without(whole))


def _written(value: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:  # an integer beyond 64 bits, half of a surrogate pair
        return json.dumps(value, ensure_ascii=True).encode()


def _without(members: dict[str, Any]) -> dict[str, Any]:
    """Leave out what the event doesn't have."""
    return {key: value for key, value in members.items() if value is not None and value != {}}


def _attributes(parent: dict[str, Any], name: str) -> dict[str, Any]:
    for holder in (parent.get(name), {_ATTRIBUTES: parent.get(f"{name}{_SEPARATE}")}):
        if isinstance(holder, dict) and isinstance(holder.get(_ATTRIBUTES), dict):
            attributes: dict[str, Any] = holder[_ATTRIBUTES]
            return attributes
    return {}


_SEPARATE = "_attributes"
"""With --separate-json-attributes, attributes stand beside their element."""


def _is_attributes(name: str, value: Any) -> bool:
    return name == _ATTRIBUTES or (name.endswith(_SEPARATE) and isinstance(value, dict))


def _text_of(value: Any) -> Any:
    return value.get(_TEXT) if isinstance(value, dict) else value


def _number(value: Any) -> Any:
    try:
        return int(value, 0) if isinstance(value, str) else value
    except ValueError:
        return value


def _opcode(number: Any) -> str | None:
    known = isinstance(number, int) and 0 <= number < len(_OPCODES)
    return _OPCODES[number] if known else None


def _task(value: Any) -> str | None:
    number = _number(_text_of(value))
    if number == 0:
        return "None"
    return None if number is None else str(number)


def _guid(value: Any) -> Any:
    if not isinstance(value, str):
        return None
    return "{" + value.strip("{}").lower() + "}"


def _keywords(value: Any) -> list[str] | None:
    mask = _number(value)
    if not isinstance(mask, int):
        return None
    return [word for bit, word in _KEYWORDS.items() if mask & bit] or None


def _process(attributes: dict[str, Any]) -> dict[str, Any] | None:
    found = _without({"pid": _number(attributes.get("ProcessID"))})
    thread = _without({"id": _number(attributes.get("ThreadID"))})
    return _without({**found, "thread": thread})


def _timestamp(value: Any) -> Any:
    found = _TIME.match(value) if isinstance(value, str) else None
    if found is None:
        return value
    return f"{found[1]}T{found[2]}.{(found[3] or '')[:3]:0<3}Z"


def _event_data(data: Any) -> dict[str, Any] | None:
    """Return the data of an event: every value is a text, as Windows renders it."""
    if data is None:
        return None
    if not isinstance(data, dict):
        return _without({"param1": _rendered(data)})
    found: dict[str, Any] = {}
    for name, value in data.items():
        if name == "Data":
            found |= _unnamed(value)
        elif not _is_attributes(name, value):
            found[name] = _rendered(value)
    return _without(found)


def _unnamed(value: Any) -> dict[str, Any]:
    values = _text_of(value)
    listed = values if isinstance(values, list) else [values]
    return {f"param{number}": _rendered(each) for number, each in enumerate(listed, 1)}


def _rendered(value: Any) -> Any:
    """Return the text of a value; what has elements of its own stays as it is. None if empty."""
    if isinstance(value, dict):
        if _TEXT in value:
            return _rendered(value[_TEXT])
        inner = {
            key: _rendered(each) for key, each in value.items() if not _is_attributes(key, each)
        }
        return _without(inner) or None
    if isinstance(value, list):
        return ", ".join(str(_rendered(each) or "") for each in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    text = "" if value is None else str(value)
    return text.replace("\r\n", "\n") or None


def _user_data(data: Any) -> dict[str, Any] | None:
    """Return what a provider wrote of its own: its first element's, under the element's name."""
    if not isinstance(data, dict):
        return None
    for name, value in data.items():
        if _is_attributes(name, value):
            continue
        inner = _rendered(value)
        return {"xml_name": name, **(inner if isinstance(inner, dict) else {})}
    return None
