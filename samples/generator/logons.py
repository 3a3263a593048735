"""Events of the Security log about logons: 4624, 4625, 4634, 4648 and 4672."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.auditing import (
    AUDITING,
    LSASS,
    PROCESS,
    SERVICES,
    SUBJECT,
    SUCCESS,
    SVCHOST,
    account_fields,
)
from generator.company import NOBODY, SYSTEM, Account, Host
from generator.draw import hexadecimal
from generator.envelope import Event, Kind
from generator.rendering import Section, account_section, security_message
from generator.scene import SYSTEM_LOGON

if TYPE_CHECKING:
    from datetime import datetime

    from generator.scene import Process, Scene

YES, NO, IMPERSONATION = "%%1842", "%%1843", "%%1833"
NO_GUID = "{00000000-0000-0000-0000-000000000000}"

NETWORK = Section(
    "Network Information",
    (
        ("Workstation Name", "WorkstationName"),
        ("Source Network Address", "IpAddress"),
        ("Source Port", "IpPort"),
    ),
)
AUTHENTICATION = Section(
    "Detailed Authentication Information",
    (
        ("Logon Process", "LogonProcessName"),
        ("Authentication Package", "AuthenticationPackageName"),
        ("Transited Services", "TransmittedServices"),
        ("Package Name (NTLM only)", "LmPackageName"),
        ("Key Length", "KeyLength"),
    ),
)


@dataclass(frozen=True, slots=True)
class Logon:
    """How somebody logs on.

    Attributes:
        account: who.
        type: 2 interactive, 3 network, 5 service, 7 unlock, 10 remote desktop.
        source: address that it comes from; `-` where there is none.
        package: `Kerberos`, `NTLM` or `Negotiate`.
        process: name of the logon process, with the trailing blanks that Windows gives it.
        workstation: name of the machine it comes from.
        session: id of the logon session.

    """

    account: Account
    type: int
    source: str = "-"
    package: str = "Negotiate"
    process: str = "User32 "
    workstation: str = "-"
    session: int = 0

    @property
    def remote(self) -> bool:
        """Whether it is a network logon, for which no local process asks."""
        return self.type == 3  # noqa: PLR2004 - the number of the logon type


def _network_fields(scene: Scene, logon: Logon) -> dict[str, str]:
    over_network = logon.source not in {"-", "::1", "127.0.0.1"}
    return {
        "WorkstationName": logon.workstation,
        "IpAddress": logon.source,
        "IpPort": str(scene.draw.port()) if over_network else "-" if logon.source == "-" else "0",
    }


def _asking_process(host: Host, logon: Logon) -> dict[str, str]:
    """Return the process and the account that ask for a logon."""
    if logon.remote:
        return account_fields("Subject", NOBODY, 0) | {"ProcessId": "0x0", "ProcessName": "-"}
    image = SERVICES if logon.process.startswith("Advapi") else SVCHOST
    return account_fields("Subject", host.local_system, SYSTEM_LOGON) | {
        "ProcessId": hexadecimal(host.process_id(image)),
        "ProcessName": image,
    }


def logged_on(scene: Scene, host: Host, at: datetime, logon: Logon) -> Event:
    """4624: an account was logged on."""
    windows_11 = host.system.logon_version > LOGON.version
    data = {
        **_asking_process(host, logon),
        **account_fields("Target", logon.account, logon.session),
        "LogonType": str(logon.type),
        "LogonProcessName": logon.process,
        "AuthenticationPackageName": logon.package,
        **_network_fields(scene, logon),
        "LogonGuid": scene.draw.guid() if logon.package == "Kerberos" else NO_GUID,
        "TransmittedServices": "-",
        "LmPackageName": "NTLM V2" if logon.package == "NTLM" else "-",
        "KeyLength": "128" if logon.package == "NTLM" else "0",
        "ImpersonationLevel": IMPERSONATION,
        "RestrictedAdminMode": "-",
        "TargetOutboundUserName": "-",
        "TargetOutboundDomainName": "-",
        "VirtualAccount": NO,
        "TargetLinkedLogonId": "0x0",
        "ElevatedToken": YES if logon.account.admin or logon.remote else NO,
    }
    if windows_11:
        data["RemoteCredentialGuard"] = "-"
    return Event(
        at=at,
        host=host,
        kind=LOGON_WINDOWS_11 if windows_11 else LOGON,
        data=data,
        message=security_message(
            "An account was successfully logged on.", _logon_sections(windows_11=windows_11), data
        ),
        pid=host.process_id(LSASS),
        activity=scene.draw.guid(),
    )


LOGON = Kind(AUDITING, 4624, 2, "Logon", keywords=SUCCESS)
LOGON_WINDOWS_11 = Kind(AUDITING, 4624, 3, "Logon", keywords=SUCCESS)


def _logon_sections(*, windows_11: bool) -> tuple[Section, ...]:
    guard = (("Remote Credential Guard", "RemoteCredentialGuard"),) if windows_11 else ()
    return (
        SUBJECT,
        Section(
            "Logon Information",
            (
                ("Logon Type", "LogonType"),
                ("Restricted Admin Mode", "RestrictedAdminMode"),
                *guard,
                ("Virtual Account", "VirtualAccount"),
                ("Elevated Token", "ElevatedToken"),
            ),
        ),
        Section("", (("Impersonation Level", "ImpersonationLevel"),)),
        Section(
            "New Logon",
            (
                *account_section("", "Target").rows,
                ("Linked Logon ID", "TargetLinkedLogonId"),
                ("Network Account Name", "TargetOutboundUserName"),
                ("Network Account Domain", "TargetOutboundDomainName"),
                ("Logon GUID", "LogonGuid"),
            ),
        ),
        PROCESS,
        NETWORK,
        AUTHENTICATION,
    )


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a logon fails: codes of NTSTATUS and of the message table."""

    reason: str
    status: str
    detail: str


WRONG_PASSWORD = Refusal("%%2313", "0xc000006d", "0xc000006a")
NO_SUCH_USER = Refusal("%%2313", "0xc000006d", "0xc0000064")
LOCKED_OUT = Refusal("%%2307", "0xc0000234", "0x0")


def logon_failed(
    scene: Scene, host: Host, at: datetime, logon: Logon, refusal: Refusal = WRONG_PASSWORD
) -> Event:
    """4625: an account failed to log on."""
    data = {
        **_asking_process(host, logon),
        "TargetUserSid": NOBODY.sid,
        "TargetUserName": logon.account.name,
        "TargetDomainName": logon.account.domain,
        "Status": refusal.status,
        "FailureReason": refusal.reason,
        "SubStatus": refusal.detail,
        "LogonType": str(logon.type),
        "LogonProcessName": logon.process,
        "AuthenticationPackageName": logon.package,
        **_network_fields(scene, logon),
        "TransmittedServices": "-",
        "LmPackageName": "-",
        "KeyLength": "0",
    }
    return Event(
        at=at,
        host=host,
        kind=Kind(AUDITING, 4625, 0, "Logon", keywords=("Audit Failure",)),
        data=data,
        message=security_message("An account failed to log on.", FAILURE_SECTIONS, data),
        pid=host.process_id(LSASS),
        activity=scene.draw.guid(),
    )


FAILURE_SECTIONS = (
    SUBJECT,
    Section("", (("Logon Type", "LogonType"),)),
    Section("Account For Which Logon Failed", account_section("", "Target").rows[:3]),
    Section(
        "Failure Information",
        (("Failure Reason", "FailureReason"), ("Status", "Status"), ("Sub Status", "SubStatus")),
    ),
    PROCESS,
    NETWORK,
    AUTHENTICATION,
)


def logged_off(host: Host, at: datetime, logon: Logon) -> Event:
    """4634: a logon session ended."""
    data = {
        **account_fields("Target", logon.account, logon.session),
        "LogonType": str(logon.type),
    }
    sections = (
        account_section("Subject", "Target"),
        Section("", (("Logon Type", "LogonType"),)),
    )
    return Event(
        at=at,
        host=host,
        kind=Kind(AUDITING, 4634, 0, "Logoff", keywords=SUCCESS),
        data=data,
        message=security_message("An account was logged off.", sections, data),
        pid=host.process_id(LSASS),
    )


PRIVILEGES = (
    "SeSecurityPrivilege",
    "SeTakeOwnershipPrivilege",
    "SeLoadDriverPrivilege",
    "SeBackupPrivilege",
    "SeRestorePrivilege",
    "SeDebugPrivilege",
    "SeSystemEnvironmentPrivilege",
    "SeImpersonatePrivilege",
)


def special_privileges(scene: Scene, host: Host, at: datetime, logon: Logon) -> Event:
    """4672: a session began that has privileges of an administrator."""
    first = 0 if logon.account == SYSTEM else scene.draw.randint(0, 3)
    data = {
        **account_fields("Subject", logon.account, logon.session),
        # Windows lays the list out for its message: one a line, indented.
        "PrivilegeList": "\n\t\t\t".join(PRIVILEGES[first:]),
    }
    sections = (SUBJECT, Section("", (("Privileges", "PrivilegeList"),)))
    return Event(
        at=at,
        host=host,
        kind=Kind(AUDITING, 4672, 0, "Special Logon", keywords=SUCCESS),
        data=data,
        message=security_message("Special privileges assigned to new logon.", sections, data),
        pid=host.process_id(LSASS),
        activity=scene.draw.guid(),
    )


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who uses, by which process, the credentials of which account, and for which server."""

    by: Account
    process: Process
    account: Account
    server: str


def explicit_credentials(scene: Scene, host: Host, at: datetime, use: Credentials) -> Event:
    """4648: a process logged on with credentials that it was given."""
    data = {
        **account_fields("Subject", use.by, scene.logon(host, use.by)),
        "LogonGuid": scene.draw.guid(),
        "TargetUserName": use.account.name,
        "TargetDomainName": use.account.domain,
        "TargetLogonGuid": scene.draw.guid(),
        "TargetServerName": use.server,
        "TargetInfo": use.server,
        "ProcessId": hexadecimal(use.process.pid),
        "ProcessName": use.process.image,
        "IpAddress": "-",
        "IpPort": "-",
    }
    sections = (
        Section("Subject", (*SUBJECT.rows, ("Logon GUID", "LogonGuid"))),
        Section(
            "Account Whose Credentials Were Used",
            (
                ("Account Name", "TargetUserName"),
                ("Account Domain", "TargetDomainName"),
                ("Logon GUID", "TargetLogonGuid"),
            ),
        ),
        Section(
            "Target Server",
            (
                ("Target Server Name", "TargetServerName"),
                ("Additional Information", "TargetInfo"),
            ),
        ),
        PROCESS,
        Section("Network Information", (("Network Address", "IpAddress"), ("Port", "IpPort"))),
    )
    return Event(
        at=at,
        host=host,
        kind=Kind(AUDITING, 4648, 0, "Logon", keywords=SUCCESS),
        data=data,
        message=security_message(
            "A logon was attempted using explicit credentials.", sections, data
        ),
        pid=host.process_id(LSASS),
    )
