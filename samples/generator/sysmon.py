"""Events of Sysmon: processes, connections, images, files, registry values and DNS queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from generator.company import SYSTEM
from generator.draw import Draw, hexadecimal
from generator.envelope import Event, Kind, Provider
from generator.programs import hashes, program
from generator.rendering import sysmon_message

if TYPE_CHECKING:
    from datetime import datetime

    from generator.company import Host
    from generator.scene import Process, Scene

SYSMON = Provider(
    "Microsoft-Windows-Sysmon",
    "{5770385f-c22a-43e0-bf4c-06f5698ffbd9}",
    "Microsoft-Windows-Sysmon/Operational",
)
LOCAL_PORT_NAMES = {
    53: "domain",
    80: "http",
    135: "epmap",
    389: "ldap",
    443: "https",
    445: "microsoft-ds",
}
# Sysmon writes a record a few milliseconds after what it tells of.
LAG = timedelta(milliseconds=6)


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d}"


def process_guid(host: Host, process: Process) -> str:
    """Return Sysmon's name for a process: the machine, the second it began, and a token's id."""
    began = int(process.started.timestamp())
    machine = host.constant("machine").digest(8).lower()
    return f"{{{machine}-{began & 0xFFFF:04x}-{began >> 16:04x}-{process.pid:04x}-000000001700}}"


def logon_guid(scene: Scene, host: Host, process: Process) -> str:
    """Return Sysmon's name for a logon session: the machine, the second it began, and its id."""
    began = int(scene.boot(host).timestamp()) + process.logon % 600
    machine = host.constant("machine").digest(8).lower()
    session = process.logon.to_bytes(8, "little").hex()
    return f"{{{machine}-{began & 0xFFFF:04x}-{began >> 16:04x}-{session[:4]}-{session[4:]}}}"


def _record(host: Host, at: datetime, kind: Kind, headline: str, fields: dict[str, str]) -> Event:
    data = {"RuleName": "-", "UtcTime": _utc(at), **fields}
    return Event(
        at=at + LAG,
        host=host,
        kind=kind,
        data=data,
        message=sysmon_message(headline, data),
        pid=host.process_id("sysmon"),
        user=SYSTEM,
    )


def _kind(code: int, version: int, name: str, rule: str) -> Kind:
    return Kind(SYSMON, code, version, f"{name} (rule: {rule})")


def process_created(scene: Scene, host: Host, process: Process, parent: Process) -> Event:
    """Sysmon 1: a process was created."""
    system = process.account.sid == SYSTEM.sid
    known = program(process.image)
    fields = {
        "ProcessGuid": process_guid(host, process),
        "ProcessId": str(process.pid),
        "Image": process.image,
        "FileVersion": known.version or f"{host.system.kernel} (WinBuild.160101.0800)",
        "Description": known.description,
        "Product": known.product,
        "Company": known.company,
        "OriginalFileName": known.original_name,
        "CommandLine": process.command,
        "CurrentDirectory": (
            "C:\\Windows\\system32\\" if system else f"C:\\Users\\{process.account.name}\\"
        ),
        "User": process.account.qualified,
        "LogonGuid": logon_guid(scene, host, process),
        "LogonId": hexadecimal(process.logon),
        "TerminalSessionId": "0" if system else "1",
        "IntegrityLevel": process.integrity,
        "Hashes": hashes(process.image),
        "ParentProcessGuid": process_guid(host, parent),
        "ParentProcessId": str(parent.pid),
        "ParentImage": parent.image,
        "ParentCommandLine": parent.command,
        "ParentUser": parent.account.qualified,
    }
    kind = _kind(1, 5, "Process Create", "ProcessCreate")
    return _record(host, process.started, kind, "Process Create", fields)


def _subject(host: Host, process: Process) -> dict[str, str]:
    return {
        "ProcessGuid": process_guid(host, process),
        "ProcessId": str(process.pid),
        "Image": process.image,
    }


@dataclass(frozen=True, slots=True)
class Peer:
    """The other end of a connection."""

    address: str
    port: int
    name: str = "-"
    protocol: str = "tcp"


def connected(scene: Scene, host: Host, at: datetime, process: Process, peer: Peer) -> Event:
    """Sysmon 3: a process opened a connection."""
    over_ipv6 = ":" in peer.address
    fields = {
        **_subject(host, process),
        "User": process.account.qualified,
        "Protocol": peer.protocol,
        "Initiated": "true",
        "SourceIsIpv6": str(over_ipv6).lower(),
        "SourceIp": peer.address if peer.address == "::1" else host.address,
        "SourceHostname": host.fqdn,
        "SourcePort": str(scene.draw.port()),
        "SourcePortName": "-",
        "DestinationIsIpv6": str(over_ipv6).lower(),
        "DestinationIp": peer.address,
        "DestinationHostname": peer.name,
        "DestinationPort": str(peer.port),
        "DestinationPortName": LOCAL_PORT_NAMES.get(peer.port, "-"),
    }
    if over_ipv6 and peer.address != "::1":
        fields["SourceIp"] = f"2001:db8:10::{host.number:x}"
    return _record(
        host,
        at,
        _kind(3, 5, "Network connection detected", "NetworkConnect"),
        "Network connection detected",
        fields,
    )


def image_loaded(host: Host, at: datetime, process: Process, library: str) -> Event:
    """Sysmon 7: a process loaded a library."""
    known = program(library)
    fields = {
        **_subject(host, process),
        "ImageLoaded": library,
        "FileVersion": known.version or f"{host.system.kernel} (WinBuild.160101.0800)",
        "Description": known.description,
        "Product": known.product,
        "Company": known.company,
        "OriginalFileName": known.original_name,
        "Hashes": hashes(library),
        "Signed": "true" if known.signer else "false",
        "Signature": known.signer or "-",
        "SignatureStatus": "Valid" if known.signer else "Unavailable",
        "User": process.account.qualified,
    }
    return _record(host, at, _kind(7, 3, "Image loaded", "ImageLoad"), "Image loaded", fields)


@dataclass(frozen=True, slots=True)
class Access:
    """The rights that a process asks of another, and the stack that asks for them."""

    mask: int
    modules: tuple[str, ...] = (
        r"C:\Windows\SYSTEM32\ntdll.dll",
        r"C:\Windows\System32\KERNELBASE.dll",
    )


def process_accessed(
    host: Host, at: datetime, source: Process, target: Process, access: Access
) -> Event:
    """Sysmon 10: a process opened another; its ids are GUIDs with a capital D."""
    # A build of a module calls from the same place every time.
    stack = "|".join(
        f"{module}+{Draw(f'{source.image}:{module}').randint(0x9000, 0xAFFFF):x}"
        for module in access.modules
    )
    thread = Draw(f"{host.name}:{at}").process_id()
    fields = {
        "SourceProcessGUID": process_guid(host, source),
        "SourceProcessId": str(source.pid),
        "SourceThreadId": str(thread),
        "SourceImage": source.image,
        "TargetProcessGUID": process_guid(host, target),
        "TargetProcessId": str(target.pid),
        "TargetImage": target.image,
        "GrantedAccess": f"0x{access.mask:X}",
        "CallTrace": stack,
        "SourceUser": source.account.qualified,
        "TargetUser": target.account.qualified,
    }
    return _record(
        host, at, _kind(10, 3, "Process accessed", "ProcessAccess"), "Process accessed", fields
    )


def file_created(host: Host, at: datetime, process: Process, path: str) -> Event:
    """Sysmon 11: a process created a file."""
    fields = {
        **_subject(host, process),
        "TargetFilename": path,
        "CreationUtcTime": _utc(at),
        "User": process.account.qualified,
    }
    return _record(host, at, _kind(11, 2, "File created", "FileCreate"), "File created", fields)


def registry_value_set(
    host: Host, at: datetime, process: Process, target: str, details: str
) -> Event:
    """Sysmon 13: a process wrote a value of the registry."""
    fields = {
        "EventType": "SetValue",
        **_subject(host, process),
        "TargetObject": target,
        "Details": details,
        "User": process.account.qualified,
    }
    return _record(
        host,
        at,
        _kind(13, 2, "Registry value set", "RegistryEvent"),
        "Registry value set",
        fields,
    )


def name_resolved(host: Host, at: datetime, process: Process, query: str, answer: str) -> Event:
    """Sysmon 22: a process asked for the address of a name; an empty answer was an error."""
    fields = {
        "ProcessGuid": process_guid(host, process),
        "ProcessId": str(process.pid),
        "QueryName": query,
        "QueryStatus": "0" if answer else "9003",
        "QueryResults": answer or "-",
        "Image": process.image,
        "User": process.account.qualified,
    }
    return _record(host, at, _kind(22, 5, "Dns query", "DnsQuery"), "Dns query", fields)
