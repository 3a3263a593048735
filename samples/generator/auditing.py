"""What the events of the Security log have in common: provider, accounts, blocks of the message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.draw import hexadecimal
from generator.envelope import Provider
from generator.rendering import Section, account_section

if TYPE_CHECKING:
    from generator.company import Account

AUDITING = Provider(
    "Microsoft-Windows-Security-Auditing", "{54849625-5478-4994-a5ba-3e3b0328c30d}", "Security"
)
SUCCESS = ("Audit Success",)
LSASS = r"C:\Windows\System32\lsass.exe"
SERVICES = r"C:\Windows\System32\services.exe"
SVCHOST = r"C:\Windows\System32\svchost.exe"

SUBJECT = account_section("Subject", "Subject")
PROCESS = Section(
    "Process Information", (("Process ID", "ProcessId"), ("Process Name", "ProcessName"))
)


def account_fields(prefix: str, account: Account, logon: int | None = None) -> dict[str, str]:
    """Return the fields about an account, with a session's id where there is one."""
    fields = {
        f"{prefix}UserSid": account.sid,
        f"{prefix}UserName": account.name,
        f"{prefix}DomainName": account.domain,
    }
    return fields if logon is None else {**fields, f"{prefix}LogonId": hexadecimal(logon)}
