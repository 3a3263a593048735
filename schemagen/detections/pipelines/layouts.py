"""How shippers lay a Windows event out in JSON.

Source: events of Winlogbeat 6.7 and 7.4, Winlogbeat's documentation of its exported fields (8.x)
and NXLog's documentation of `im_msvistalog`.

The fields of the event's head that have no entry here are left out on purpose: Winlogbeat renders
Level, Task, Opcode and Keywords as text ("information"), where Sigma's rules hold the numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemagen.detections.pipelines.model import Candidates

if TYPE_CHECKING:
    from collections.abc import Mapping

# Unnamed elements of the event data, which Sigma calls `Data` and Winlogbeat numbers.
_UNNAMED = tuple(f"param{n}" for n in range(1, 11))


@dataclass(frozen=True, slots=True)
class EventLayout:
    """Where a shipper puts what.

    Args:
        channel: where the name of the event log is.
        event_id: where the event id is.
        head: Sigma's fields outside the event data.
        data: paths of the event data with `{}` for the name, the best first.
        keywords: globs of the paths of an event's texts.
        moved: whether the events may have been processed by Winlogbeat's modules.

    """

    channel: Candidates
    event_id: Candidates
    head: Mapping[str, Candidates]
    data: tuple[str, ...]
    keywords: tuple[str, ...]
    moved: bool = False


def _same(*paths: str) -> Candidates:
    return Candidates(paths, copies=True)


def _unnamed(prefix: str) -> Candidates:
    return Candidates(tuple(f"{prefix}.{name}" for name in ("Data", *_UNNAMED)))


_WINLOG_ID = _same("winlog.event_id", "event.code")

WINLOGBEAT = EventLayout(
    channel=_same("winlog.channel"),
    event_id=_WINLOG_ID,
    head={
        # Events on cleared logs name the cleared one under the same name in their data.
        "Channel": Candidates(("winlog.channel", "winlog.user_data.Channel")),
        "EventID": _WINLOG_ID,
        "Provider_Name": _same("winlog.provider_name", "event.provider"),
        "Provider_Guid": _same("winlog.provider_guid"),
        "Computer": _same("winlog.computer_name"),
        "ComputerName": _same("winlog.computer_name"),
        "Host": _same("host.hostname", "host.name", "winlog.computer_name"),
        "Hostname": _same("host.hostname", "host.name", "winlog.computer_name"),
        "EventRecordID": _same("winlog.record_id"),
        "Execution_ProcessID": _same("winlog.process.pid"),
        "Execution_ThreadID": _same("winlog.process.thread.id"),
        "Security_UserID": _same("winlog.user.identifier"),
        "Correlation_ActivityID": _same("winlog.activity_id"),
        "Message": _same("message"),
        "Data": _unnamed("winlog.event_data"),
    },
    data=("winlog.event_data.{}", "winlog.user_data.{}", "{}"),
    keywords=("message", "winlog.event_data.*", "winlog.user_data.*"),
    moved=True,
)

WINLOGBEAT6 = EventLayout(
    channel=_same("log_name"),
    event_id=_same("event_id"),
    head={
        "Channel": Candidates(("log_name", "user_data.Channel")),
        "EventID": _same("event_id"),
        "Provider_Name": _same("source_name"),
        "Provider_Guid": _same("provider_guid"),
        "Computer": _same("computer_name"),
        "ComputerName": _same("computer_name"),
        "Host": _same("beat.hostname", "beat.name", "host.name", "computer_name"),
        "Hostname": _same("beat.hostname", "beat.name", "host.name", "computer_name"),
        "EventRecordID": _same("record_number"),
        "Execution_ProcessID": _same("process_id"),
        "Execution_ThreadID": _same("thread_id"),
        "Security_UserID": _same("user.identifier"),
        "Correlation_ActivityID": _same("activity_id"),
        "Message": _same("message"),
        "Data": _unnamed("event_data"),
    },
    data=("event_data.{}", "user_data.{}", "{}"),
    keywords=("message", "event_data.*", "user_data.*"),
)

FLAT = EventLayout(
    channel=_same("Channel"),
    event_id=_same("EventID", "EventId"),
    head={
        "EventID": _same("EventID", "EventId"),
        "Provider_Name": _same("Provider_Name", "SourceName"),
        "Provider_Guid": _same("Provider_Guid", "ProviderGuid"),
        "Computer": _same("Computer", "ComputerName", "Hostname"),
        "ComputerName": _same("ComputerName", "Computer", "Hostname"),
        "Host": _same("Host", "Hostname", "Computer", "ComputerName"),
        "Hostname": _same("Hostname", "Computer", "ComputerName"),
        "EventRecordID": _same("EventRecordID", "RecordNumber"),
        "Security_UserID": _same("Security_UserID", "UserID"),
    },
    data=("{}",),
    keywords=("*",),
)
