"""Where Winlogbeat's own modules move event data to: names of the Elastic Common Schema.

Winlogbeat 7 can run its modules for Sysmon, Security and PowerShell on the agent (`script`
processors); version 8 leaves that to Elasticsearch, so that its events reach Kafka as Windows wrote
them, unless someone sends processed events there. The modules rename: the value is under the new
name only. Source: the modules' scripts and ingest pipelines in elastic/beats, x-pack/winlogbeat.

Left out on purpose: what the modules only copy (the original stays: a 4688's CommandLine,
TargetObject, Signature, SubjectUserName) and what they change, where a rule's value would be
compared with something else: Initiated (becomes egress/ingress), User (split into name and
domain), Hashes (split by algorithm), Signed (always true), QueryStatus (number to name),
QueryResults and Payload (taken apart), and the Security log's process ids (hexadecimal to decimal).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from schemagen.detections.pipelines.windows import SECURITY, SYSMON

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemagen.detections.pipelines.windows import WindowsEvents

_SYSMON = {
    "Archived": "sysmon.file.archived",
    "CommandLine": "process.command_line",
    "CurrentDirectory": "process.working_directory",
    "Destination": "process.executable",
    "DestinationHostname": "destination.domain",
    "DestinationIp": "destination.ip",
    "DestinationPort": "destination.port",
    "DestinationPortName": "network.protocol",
    "Device": "file.path",
    "Image": "process.executable",
    "ImageLoaded": "file.path",
    "IsExecutable": "sysmon.file.is_executable",
    "ParentCommandLine": "process.parent.command_line",
    "ParentImage": "process.parent.executable",
    "ParentProcessGuid": "process.parent.entity_id",
    "ParentProcessId": "process.parent.pid",
    "PipeName": "file.name",
    "ProcessGuid": "process.entity_id",
    "ProcessId": "process.pid",
    "Protocol": "network.transport",
    "QueryName": "dns.question.name",
    "RuleName": "rule.name",
    "SourceHostname": "source.domain",
    "SourceImage": "process.executable",
    "SourceIp": "source.ip",
    "SourcePort": "source.port",
    "SourceProcessGUID": "process.entity_id",
    "SourceProcessGuid": "process.entity_id",
    "SourceProcessId": "process.pid",
    "SourceThreadId": "process.thread.id",
    "TargetFilename": "file.path",
}
_SYSMON_PROCESS = {
    "Imphash": "process.pe.imphash",
    "OriginalFileName": "process.pe.original_file_name",
    "imphash": "process.pe.imphash",
    "md5": "process.hash.md5",
    "sha1": "process.hash.sha1",
    "sha256": "process.hash.sha256",
}
_SYSMON_FILE = {
    "Imphash": "file.pe.imphash",
    "OriginalFileName": "file.pe.original_file_name",
    "imphash": "file.pe.imphash",
    "md5": "file.hash.md5",
    "sha1": "file.hash.sha1",
    "sha256": "file.hash.sha256",
}
# The hashes and the PE header of these events are those of the file that was loaded or written.
_FILE_CATEGORIES = frozenset(
    {"driver_load", "image_load", "create_stream_hash", "file_executable_detected"}
)
_SECURITY = {
    "IpAddress": "source.ip",
    "IpPort": "source.port",
    "NewProcessName": "process.executable",
    "ParentProcessName": "process.parent.executable",
    "ProcessName": "process.executable",
    "ServiceName": "service.name",
    "WorkstationName": "source.domain",
}
_POWERSHELL = {
    "CommandLine": "powershell.command.value",
    "CommandName": "powershell.command.name",
    "CommandPath": "powershell.command.path",
    "CommandType": "powershell.command.type",
    "EngineVersion": "powershell.engine.version",
    "HostApplication": "process.command_line",
    "HostId": "process.entity_id",
    "HostName": "process.title",
    "HostVersion": "powershell.process.executable_version",
    "MessageNumber": "powershell.sequence",
    "MessageTotal": "powershell.total",
    "NewEngineState": "powershell.engine.new_state",
    "NewProviderState": "powershell.provider.new_state",
    "Path": "file.path",
    "PipelineId": "powershell.pipeline_id",
    "PreviousEngineState": "powershell.engine.previous_state",
    "ProviderName": "powershell.provider.name",
    "RunspaceId": "powershell.runspace_id",
    "ScriptBlockId": "powershell.file.script_block_id",
    "ScriptBlockText": "powershell.file.script_block_text",
    "ScriptName": "file.path",
    "SequenceNumber": "event.sequence",
}


def moved(source: WindowsEvents | None) -> Mapping[str, tuple[str, ...]]:
    """Find where the modules move the event data of a kind of events.

    Args:
        source: the kind; None for all of them.

    Returns:
        From the name of the event data to the paths; one path but for `None` and for the whole
        Sysmon log.

    """
    if source is None:
        tables = [_SYSMON, _SYSMON_PROCESS, _SYSMON_FILE, _SECURITY, _POWERSHELL]
    elif source.service == SYSMON and not source.category:
        tables = [_SYSMON, _SYSMON_PROCESS, _SYSMON_FILE]
    elif source.service == SYSMON:
        in_file = source.category in _FILE_CATEGORIES
        tables = [_SYSMON, _SYSMON_FILE if in_file else _SYSMON_PROCESS]
    elif source.service == SECURITY:
        tables = [_SECURITY]
    elif source.service in ("powershell", "powershell-classic"):
        tables = [_POWERSHELL]
    else:
        tables = []
    paths: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for table in tables:
        for name, path in table.items():
            paths[name][path] = None
    return {name: tuple(found) for name, found in paths.items()}
