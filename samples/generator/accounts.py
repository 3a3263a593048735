"""Events of the Security log about accounts, groups, connections and the log itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.auditing import AUDITING, LSASS, SUBJECT, SUCCESS, account_fields
from generator.company import DNS_DOMAIN, DOMAIN, DOMAIN_SID, Account, Host
from generator.envelope import Event, Kind, Provider
from generator.rendering import Section, account_section, security_message

if TYPE_CHECKING:
    from datetime import datetime

    from generator.scene import Process, Scene

EVENTLOG = "Microsoft-Windows-Eventlog"
EVENTLOG_GUID = "{fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148}"
ADMINISTRATORS = Account("Administrators", "S-1-5-32-544", "Builtin")
REMOTE_DESKTOP_USERS = Account("Remote Desktop Users", "S-1-5-32-555", "Builtin")
NOT_SET, NEVER = "%%1793", "%%1794"


def user_created(scene: Scene, host: Host, at: datetime, by: Account, new: Account) -> Event:
    """4720: a user account was created."""
    data = {
        "TargetUserName": new.name,
        "TargetDomainName": new.domain,
        "TargetSid": new.sid,
        **account_fields("Subject", by, scene.logon(host, by)),
        "PrivilegeList": "-",
        "SamAccountName": new.name,
        "DisplayName": NOT_SET,
        "UserPrincipalName": f"{new.name}@{DNS_DOMAIN}",
        "HomeDirectory": NOT_SET,
        "HomePath": NOT_SET,
        "ScriptPath": NOT_SET,
        "ProfilePath": NOT_SET,
        "UserWorkstations": NOT_SET,
        "PasswordLastSet": NEVER,
        "AccountExpires": NEVER,
        "PrimaryGroupId": "513",
        "AllowedToDelegateTo": "-",
        "OldUacValue": "0x0",
        "NewUacValue": "0x15",
        # Disabled, password not required, normal account: how every new account begins.
        "UserAccountControl": "\n\t\t%%2080\n\t\t%%2082\n\t\t%%2084",
        "UserParameters": NOT_SET,
        "SidHistory": "-",
        "LogonHours": "%%1797",
    }
    return Event(
        at=at,
        host=host,
        kind=Kind(AUDITING, 4720, 0, "User Account Management", keywords=SUCCESS),
        data=data,
        message=security_message("A user account was created.", USER_SECTIONS, data),
        pid=host.process_id(LSASS),
        activity=scene.draw.guid(),
    )


USER_SECTIONS = (
    SUBJECT,
    Section(
        "New Account",
        (
            ("Security ID", "TargetSid"),
            ("Account Name", "TargetUserName"),
            ("Account Domain", "TargetDomainName"),
        ),
    ),
    Section(
        "Attributes",
        (
            ("SAM Account Name", "SamAccountName"),
            ("Display Name", "DisplayName"),
            ("User Principal Name", "UserPrincipalName"),
            ("Home Directory", "HomeDirectory"),
            ("Home Drive", "HomePath"),
            ("Script Path", "ScriptPath"),
            ("Profile Path", "ProfilePath"),
            ("User Workstations", "UserWorkstations"),
            ("Password Last Set", "PasswordLastSet"),
            ("Account Expires", "AccountExpires"),
            ("Primary Group ID", "PrimaryGroupId"),
            ("Allowed To Delegate To", "AllowedToDelegateTo"),
            ("Old UAC Value", "OldUacValue"),
            ("New UAC Value", "NewUacValue"),
            ("User Account Control", "UserAccountControl"),
            ("User Parameters", "UserParameters"),
            ("SID History", "SidHistory"),
            ("Logon Hours", "LogonHours"),
        ),
    ),
    Section("Additional Information", (("Privileges", "PrivilegeList"),)),
)


@dataclass(frozen=True, slots=True)
class Membership:
    """Who adds whom to which group."""

    by: Account
    member: Account
    group: Account


def member_added(scene: Scene, host: Host, at: datetime, new: Membership) -> Event:
    """4732: a member was added to a local group."""
    data = {
        "MemberName": f"CN={new.member.name},CN=Users,DC=corp,DC=example,DC=com",
        "MemberSid": new.member.sid,
        "TargetUserName": new.group.name,
        "TargetDomainName": new.group.domain,
        "TargetSid": new.group.sid,
        **account_fields("Subject", new.by, scene.logon(host, new.by)),
        "PrivilegeList": "-",
    }
    sections = (
        SUBJECT,
        Section("Member", (("Security ID", "MemberSid"), ("Account Name", "MemberName"))),
        Section(
            "Group",
            (
                ("Security ID", "TargetSid"),
                ("Group Name", "TargetUserName"),
                ("Group Domain", "TargetDomainName"),
            ),
        ),
        Section("Additional Information", (("Privileges", "PrivilegeList"),)),
    )
    headline = "A member was added to a security-enabled local group."
    return Event(
        at=at,
        host=host,
        kind=Kind(AUDITING, 4732, 0, "Security Group Management", keywords=SUCCESS),
        data=data,
        message=security_message(headline, sections, data),
        pid=host.process_id(LSASS),
        activity=scene.draw.guid(),
    )


def new_member(name: str, rid: int) -> Account:
    """Return an account of the domain that was not there before."""
    return Account(name, f"{DOMAIN_SID}-{rid}", DOMAIN)


def connection_permitted(
    scene: Scene, host: Host, at: datetime, process: Process, destination: tuple[str, int]
) -> Event:
    """5156: the Windows Filtering Platform permitted a connection.

    The one event here that writes the process's id under `ProcessID`, with a capital D.
    """
    address, port = destination
    path = process.image.lower().replace("c:", r"\device\harddiskvolume3")
    data = {
        "ProcessID": str(process.pid),
        "Application": path,
        "Direction": "%%14593",
        "SourceAddress": host.address,
        "SourcePort": str(scene.draw.port()),
        "DestAddress": address,
        "DestPort": str(port),
        "Protocol": "17" if port in {53, 123} else "6",
        "FilterRTID": str(host.constant("filter").randint(66_000, 99_000)),
        "LayerName": "%%14611",
        "LayerRTID": "48",
        "RemoteUserID": "S-1-0-0",
        "RemoteMachineID": "S-1-0-0",
    }
    return Event(
        at=at,
        host=host,
        kind=Kind(AUDITING, 5156, 1, "Filtering Platform Connection", keywords=SUCCESS),
        data=data,
        message=security_message(
            "The Windows Filtering Platform has permitted a connection.",
            CONNECTION_SECTIONS,
            data,
        ),
        pid=4,
    )


CONNECTION_SECTIONS = (
    Section(
        "Application Information",
        (("Process ID", "ProcessID"), ("Application Name", "Application")),
    ),
    Section(
        "Network Information",
        (
            ("Direction", "Direction"),
            ("Source Address", "SourceAddress"),
            ("Source Port", "SourcePort"),
            ("Destination Address", "DestAddress"),
            ("Destination Port", "DestPort"),
            ("Protocol", "Protocol"),
        ),
    ),
    Section(
        "Filter Information",
        (
            ("Filter Run-Time ID", "FilterRTID"),
            ("Layer Name", "LayerName"),
            ("Layer Run-Time ID", "LayerRTID"),
        ),
    ),
)


def audit_log_cleared(scene: Scene, host: Host, at: datetime, by: Account) -> Event:
    """1102: the Security log was cleared; what it knows is in UserData, not in EventData."""
    fields = account_fields("Subject", by, scene.logon(host, by))
    rows = account_section("Subject", "Subject").rows
    lines = [f"\t{label}:\t{fields[name]}" for label, name in rows]
    return Event(
        at=at,
        host=host,
        kind=Kind(
            Provider(EVENTLOG, EVENTLOG_GUID, "Security"), 1102, 0, "Log clear", keywords=SUCCESS
        ),
        user_data={**fields, "xml_name": "LogFileCleared"},
        message="\n".join(["The audit log was cleared.", "Subject:", *lines]).replace(
            "Account Domain", "Domain Name"
        ),
        pid=host.process_id("eventlog"),
    )


def log_cleared(host: Host, at: datetime, by: Account, channel: str) -> Event:
    """104: another log was cleared."""
    return Event(
        at=at,
        host=host,
        kind=Kind(Provider(EVENTLOG, EVENTLOG_GUID, "System"), 104, 0, "Log clear"),
        user_data={
            "SubjectUserName": by.name,
            "SubjectDomainName": by.domain,
            "Channel": channel,
            "xml_name": "LogFileCleared",
        },
        user=by,
        message=f"The {channel} log file was cleared.",
        pid=host.process_id("eventlog"),
    )
