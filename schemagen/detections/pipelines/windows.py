"""Which Windows events stand behind a log source of Sigma.

The tables of channels and event ids are pySigma's own and those of its packages for Sysmon and for
the audit log. Added here is what Sigma's taxonomy appendix (2.1.0) lists and they don't, and what
the audit events' layout says (Microsoft's documentation of events 4688 and 4657).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from sigma.pipelines.common import windows_logsource_mapping
from sigma.pipelines.sysmon.sysmon import sysmon_generic_logsource_eventid_mapping
from sigma.pipelines.windows.windows import (
    generic_logsource_to_windows_audit_event_mapping,
    windows_audit_pipeline,
    windows_audit_registry_fieldmappings,
    windows_audit_registry_unsupported_fields,
    windows_generic_category_channel_mapping,
)
from sigma.processing.transformations import FieldMappingTransformation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SYSMON = "sysmon"
SECURITY = "security"

_MORE_CHANNELS = {
    "application-experience": (
        "Microsoft-Windows-Application-Experience/Program-Telemetry",
        "Microsoft-Windows-Application-Experience/Program-Compatibility-Assistant",
    ),
    "hyper-v-worker": ("Microsoft-Windows-Hyper-V-Worker",),
    "iis-configuration": ("Microsoft-IIS-Configuration/Operational",),
    "kernel-event-tracing": ("Microsoft-Windows-Kernel-EventTracing",),
    "kernel-shimengine": (
        "Microsoft-Windows-Kernel-ShimEngine/Operational",
        "Microsoft-Windows-Kernel-ShimEngine/Diagnostic",
    ),
    "ldap": ("Microsoft-Windows-LDAP-Client/Debug",),
    "ntfs": ("Microsoft-Windows-Ntfs/Operational",),
    "smbclient-connectivity": ("Microsoft-Windows-SmbClient/Connectivity",),
    "smbserver-connectivity": ("Microsoft-Windows-SMBServer/Connectivity",),
    "sense": ("Microsoft-Windows-SENSE/Operational",),
    "servicebus-client": (
        "Microsoft-ServiceBus-Client/Operational",
        "Microsoft-ServiceBus-Client/Admin",
    ),
}
USER_DATA_LOGS = frozenset(
    {
        "applocker",
        "capi2",
        "certificateservicesclient-lifecycle-system",
        "driver-framework",
        "hyper-v-worker",
        "printservice-admin",
        "printservice-operational",
        "terminalservices-localsessionmanager",
        "wmi",
    }
)
"""Logs whose events carry UserData, a structure of their own, in place of EventData."""

_NO_EVENT_LOG = ("file_access", "file_rename")

# The audit log writes what an operation was as a message number; agents that render it, as text.
_RENDERED = {
    "New registry value created": "%%1904",
    "Existing registry value modified": "%%1905",
    "Registry value deleted": "%%1906",
}

# Event 4688 against Sysmon's event 1. `ProcessId` is a trap: in 4688 it is the creator's.
_PROCESS_RENAMES = {
    "ProcessId": "NewProcessId",
    "ParentProcessId": "ProcessId",
    # Rules that care list the label's SID (S-1-16-16384) beside its name.
    "IntegrityLevel": "MandatoryLabel",
}
_HASHES = ("Hashes", "Imphash", "imphash", "md5", "sha1", "sha256")
_PROCESS_ABSENT = frozenset(
    (
        *_HASHES,
        *("Company", "Description", "FileVersion", "OriginalFileName", "Product"),
        *("CurrentDirectory", "LogonGuid", "ParentCommandLine", "ParentProcessGuid", "ParentUser"),
        *("ProcessGuid", "RuleName", "TerminalSessionId", "UtcTime"),
        # 4688 has the account's name and domain apart, and they are the creator's.
        "User",
    )
)
_PROCESS_NOTES = ("Event 4688 writes process ids as hexadecimal numbers.",)
_REGISTRY_NOTES = (
    "Event 4657 has the key in ObjectName, beginning with \\REGISTRY\\ in place of HKLM or HKU.",
    "Event 4657 has the value's name apart, in ObjectValueName: TargetObject never contains it.",
)


class UnknownLogsourceError(Exception):
    """No Windows event log is known for a log source.

    Args:
        reason: one clause.

    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class WindowsEvents:
    """One kind of Windows events.

    Args:
        service: Sigma's name of the event log.
        category: the category that the events serve; empty where it is the whole log.
        channels: the log's channels.
        event_ids: empty where all events of the log are meant.
        values: further fields of the events with the values that pick them.
        renames: Sigma's fields to the names that they have in these events.
        absent: Sigma's fields that these events never have.
        notes: what is not exact.

    """

    service: str
    category: str = ""
    channels: tuple[str, ...] = ()
    event_ids: tuple[int, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    renames: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    absent: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The log and the event ids, for people."""
        return " ".join([self.service, *map(str, self.event_ids)])


def sources(category: str | None, service: str | None) -> tuple[WindowsEvents, ...]:
    """Return the kinds of events that a Windows log source stands for.

    Args:
        category: in lower case.
        service: in lower case; with a category, only its events in that log.

    Raises:
        UnknownLogsourceError: no event log is known for it, or category and service don't go
            together.

    """
    if category is None:
        if service is None:
            return ()
        return (_log(service),)
    found = _categories().get(category, ())
    if not found:
        why = ", which is traced but not logged" if category in _NO_EVENT_LOG else ""
        raise UnknownLogsourceError(f"no event log is known for the category `{category}`{why}")
    if service is not None:
        channels = _log(service).channels
        found = tuple(source for source in found if source.channels == channels)
        if not found:
            raise UnknownLogsourceError(
                f"no events of the category `{category}` are in the log `{service}`"
            )
    return found


def services() -> frozenset[str]:
    """Return the names of all event logs that are known."""
    return frozenset(windows_logsource_mapping) | frozenset(_MORE_CHANNELS)


def categories() -> frozenset[str]:
    """Return the names of all categories that are known."""
    return frozenset(_categories())


def _log(service: str) -> WindowsEvents:
    channels = windows_logsource_mapping.get(service, _MORE_CHANNELS.get(service))
    if channels is None:
        raise UnknownLogsourceError(f"no event log is known for the service `{service}`")
    renames = {}
    if service == SECURITY:
        # Rules on the log name its own fields; Sysmon's names are mapped where they stand.
        renames = {name: (name, other) for name, other in _audit_renames().items()}
    return WindowsEvents(service, channels=_tuple(channels), renames=renames)


@cache
def _categories() -> Mapping[str, tuple[WindowsEvents, ...]]:
    found: dict[str, list[WindowsEvents]] = {}
    for category, ids in sysmon_generic_logsource_eventid_mapping.items():
        channels = _log(SYSMON).channels
        found.setdefault(category, []).append(
            WindowsEvents(SYSMON, category, channels, _numbers(ids))
        )
    for category, info in windows_generic_category_channel_mapping.items():
        service = str(info["service"])
        source = WindowsEvents(service, category, _log(service).channels, _numbers(info["EventID"]))
        found.setdefault(category, []).append(source)
    # The package annotates it as a syntax tree by mistake.
    audit = cast(
        "Mapping[str, Mapping[str, object]]", generic_logsource_to_windows_audit_event_mapping
    )
    for category, wanted in audit.items():
        found.setdefault(category, []).append(_audit(category, wanted))
    return {category: tuple(kinds) for category, kinds in found.items()}


def _audit(category: str, wanted: Mapping[str, object]) -> WindowsEvents:
    renames = _audit_renames()
    absent: frozenset[str]
    notes: tuple[str, ...]
    values = {
        name: tuple(v for text in _tuple(value) for v in (text, _RENDERED.get(text, text)))
        for name, value in wanted.items()
        if name != "EventID"
    }
    if category == "process_creation":
        renames |= _PROCESS_RENAMES
        absent, notes = _PROCESS_ABSENT, _PROCESS_NOTES
    else:
        renames |= windows_audit_registry_fieldmappings
        absent = frozenset(windows_audit_registry_unsupported_fields) | {
            *("ProcessGuid", "RuleName", "UtcTime")
        }
        notes = _REGISTRY_NOTES
    return WindowsEvents(
        SECURITY,
        category,
        _log(SECURITY).channels,
        _numbers(wanted["EventID"]),
        values,
        {name: (other,) for name, other in renames.items()},
        absent,
        notes,
    )


def _audit_renames() -> dict[str, str]:
    """Take the package's map of Sysmon's names to the Security log's out of its pipeline."""
    for item in windows_audit_pipeline().items:
        transformation = item.transformation
        if item.identifier == "windows_audit_fieldmappings" and isinstance(
            transformation, FieldMappingTransformation
        ):
            mapping = transformation.mapping.items()
            return {name: str(other) for name, other in mapping if name is not None}
    raise LookupError("pysigma-pipeline-windows has no item windows_audit_fieldmappings")


def _tuple(value: object) -> tuple[str, ...]:
    if isinstance(value, list | tuple):
        return tuple(str(item) for item in value)
    return (str(value),)


def _numbers(value: object) -> tuple[int, ...]:
    values: Iterable[object] = value if isinstance(value, list | tuple) else [value]
    return tuple(int(str(item)) for item in values)
