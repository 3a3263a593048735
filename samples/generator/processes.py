"""Event 4688 of the Security log: a process was created."""

from __future__ import annotations

from generator.auditing import AUDITING, SUCCESS, account_fields
from generator.company import NOBODY, SYSTEM, Host
from generator.draw import hexadecimal
from generator.envelope import Event, Kind
from generator.integrity import FULL, HIGH, MEDIUM
from generator.rendering import Section, account_section, security_message
from generator.scene import SYSTEM_LOGON, Process

LABELS = {FULL: "S-1-16-16384", HIGH: "S-1-16-12288", MEDIUM: "S-1-16-8192"}
# Ordinary users and SYSTEM get a full token; User Account Control gives administrators an elevated
# one or a limited one.
FULL_TOKEN, ELEVATED_TOKEN, LIMITED_TOKEN = "%%1936", "%%1937", "%%1938"


def _token(process: Process) -> str:
    if process.integrity == FULL or not process.account.admin:
        return FULL_TOKEN
    return ELEVATED_TOKEN if process.integrity == HIGH else LIMITED_TOKEN


def process_created(host: Host, process: Process, parent: Process | None) -> Event:
    """4688: a process was created.

    Args:
        host: where.
        process: the new process.
        parent: the one that made it; None where it was gone before the record was written: then
            Windows knows no more than an id, and ParentProcessName stays empty.

    """
    # What is elevated is made by a service of Windows, for the account that consented.
    elevated = process.integrity == HIGH
    by_system = elevated or process.account.sid == SYSTEM.sid
    subject = host.local_system if by_system else process.account
    subject_logon = SYSTEM_LOGON if by_system else process.logon
    target, target_logon = (process.account, process.logon) if elevated else (NOBODY, 0)
    creator_id = parent.pid if parent else host.constant(f"gone:{process.pid}").process_id()
    data = {
        **account_fields("Subject", subject, subject_logon),
        "NewProcessId": hexadecimal(process.pid),
        "NewProcessName": process.image,
        "TokenElevationType": _token(process),
        "ProcessId": hexadecimal(creator_id),
        "CommandLine": process.command,
        **account_fields("Target", target, target_logon),
        "ParentProcessName": parent.image if parent else "",
        "MandatoryLabel": LABELS[process.integrity],
    }
    return Event(
        at=process.started,
        host=host,
        kind=Kind(AUDITING, 4688, 2, "Process Creation", keywords=SUCCESS),
        data=data,
        message=security_message("A new process has been created.", PROCESS_SECTIONS, data),
        pid=4,
    )


PROCESS_SECTIONS = (
    account_section("Creator Subject", "Subject"),
    account_section("Target Subject", "Target"),
    Section(
        "Process Information",
        (
            ("New Process ID", "NewProcessId"),
            ("New Process Name", "NewProcessName"),
            ("Token Elevation Type", "TokenElevationType"),
            ("Mandatory Label", "MandatoryLabel"),
            ("Creator Process ID", "ProcessId"),
            ("Creator Process Name", "ParentProcessName"),
            ("Process Command Line", "CommandLine"),
        ),
    ),
)
