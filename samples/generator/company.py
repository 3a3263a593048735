"""The fictitious company: its machines, people and addresses.

Names are under example.com, example.net and example.org (RFC 2606), addresses in 192.0.2.0/24,
198.51.100.0/24, 203.0.113.0/24 (RFC 5737) and 2001:db8::/32 (RFC 3849), network cards in
00-00-5E-00-53-00 to -FF (RFC 7042).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from generator.draw import Draw

if TYPE_CHECKING:
    from datetime import date

DOMAIN = "CORP"
DNS_DOMAIN = "corp.example.com"
DOMAIN_SID = "S-1-5-21-2094716235-1187355821-3340918267"


@dataclass(frozen=True, slots=True)
class Account:
    """Who an event speaks of: a user, a service or a machine."""

    name: str
    sid: str
    domain: str = DOMAIN
    admin: bool = False

    @property
    def qualified(self) -> str:
        """The name as Sysmon writes it, with the domain in front."""
        return f"{self.domain}\\{self.name}"


def _member(name: str, rid: int, *, admin: bool = False) -> Account:
    return Account(name, f"{DOMAIN_SID}-{rid}", admin=admin)


SYSTEM = Account("SYSTEM", "S-1-5-18", "NT AUTHORITY", admin=True)
NETWORK_SERVICE = Account("NETWORK SERVICE", "S-1-5-20", "NT AUTHORITY")
# What Windows writes where an event knows no account.
NOBODY = Account("-", "S-1-0-0", "-")

BAUER = _member("mbauer", 1131)
OKAFOR = _member("lokafor", 1147)
NGUYEN = _member("tnguyen", 1152)
HADDAD = _member("phaddad", 1160)
LARSEN = _member("jlarsen", 1118)
LARSEN_ADMIN = _member("adm-jlarsen", 1119, admin=True)
BACKUP = _member("svc-backup", 1203, admin=True)
INVENTORY = _member("svc-inventory", 1207)


@dataclass(frozen=True, slots=True)
class OperatingSystem:
    """What Winlogbeat's add_host_metadata tells of the system, and what the logs depend on.

    Attributes:
        name: the product's name.
        build: build and revision.
        kernel: version of the kernel's file, whose build lags behind on Windows 10.
        logon_version: version of event 4624; the third, since Windows 11 22H2, has one field more.

    """

    name: str
    build: str
    kernel: str
    logon_version: int = 2


WINDOWS_10 = OperatingSystem("Windows 10 Enterprise", "19045.5608", "10.0.19041.5608")
WINDOWS_11 = OperatingSystem("Windows 11 Enterprise", "26100.3476", "10.0.26100.3476", 3)
SERVER_2019 = OperatingSystem("Windows Server 2019 Standard", "17763.7009", "10.0.17763.7009")
SERVER_2022 = OperatingSystem("Windows Server 2022 Datacenter", "20348.3328", "10.0.20348.3328")


EARLY_PROCESSES = {"csrss.exe", "wininit.exe", "services.exe", "lsass.exe"}


@dataclass(frozen=True, slots=True)
class Host:
    """A machine and how its events are collected.

    Attributes:
        name: NetBIOS name.
        number: last byte of its addresses.
        system: operating system.
        owner: who works at it, or the account that its jobs run under.
        site: the SITE variable that its winlogbeat.yml copies into `fields.site`.
        sysmon: Sysmon is installed.
        collector: name of the machine whose Winlogbeat ships the events; its own name unless the
            events are forwarded (Windows Event Forwarding).
        flattened: its winlogbeat.yml replaces the object `host` by the host's name.
        day: the day that is looked at: process ids do not outlive it.

    """

    name: str
    number: int
    system: OperatingSystem
    owner: Account
    site: str = "hq"
    sysmon: bool = False
    collector: str = ""
    flattened: bool = False
    day: date | None = None

    @property
    def fqdn(self) -> str:
        """The full name, as the event log's Computer element has it."""
        return f"{self.name}.{DNS_DOMAIN}"

    @property
    def address(self) -> str:
        """The IPv4 address."""
        return f"192.0.2.{self.number}"

    @property
    def machine_account(self) -> Account:
        """The computer's account in the domain."""
        return _member(f"{self.name}$", 1000 + self.number)

    @property
    def local_system(self) -> Account:
        """The computer's account as its own Security log shows it: with the SID of SYSTEM."""
        return Account(f"{self.name}$", SYSTEM.sid)

    @property
    def forwarded(self) -> bool:
        """Whether another machine ships the events."""
        return self.collector not in {"", self.name}

    def constant(self, what: str) -> Draw:
        """Return the source of values that stay with this host over days: ids, say."""
        return Draw(f"{self.name}:{what}")

    def process_id(self, image: str) -> int:
        """Return the id of a process that runs all day; the first ones have small numbers."""
        constant = self.constant(f"pid:{image}:{self.day}")
        early = image.rpartition("\\")[2] in EARLY_PROCESSES
        return 4 * constant.randint(130, 280) if early else constant.process_id()


DC01 = Host("DC01", 10, SERVER_2022, LARSEN_ADMIN, collector="WEC01")
WEC01 = Host("WEC01", 15, SERVER_2022, LARSEN_ADMIN)
FS01 = Host("FS01", 20, SERVER_2019, BACKUP, sysmon=True)
APP02 = Host("APP02", 31, SERVER_2022, INVENTORY, sysmon=True)
WKS_0117 = Host("WKS-0117", 57, WINDOWS_10, BAUER)
WKS_0142 = Host("WKS-0142", 62, WINDOWS_10, OKAFOR)
WKS_0158 = Host("WKS-0158", 68, WINDOWS_10, LARSEN, sysmon=True)
WKS_0163 = Host("WKS-0163", 71, WINDOWS_10, NGUYEN, site="branch-2", sysmon=True)
# A laptop that was imaged by hand: nobody set its SITE.
WKS_0171 = Host("WKS-0171", 77, WINDOWS_10, HADDAD, site="")

SERVERS = (DC01, WEC01, FS01, APP02)
WORKSTATIONS = (WKS_0117, WKS_0142, WKS_0158, WKS_0163, WKS_0171)


@dataclass(frozen=True, slots=True)
class Fleet:
    """The machines as they are on one day."""

    hosts: tuple[Host, ...]

    def named(self, host: Host) -> Host:
        """Return the machine of that name as it is on this day."""
        return next(one for one in self.hosts if one.name == host.name)

    def workstations(self) -> list[Host]:
        """Return the machines that people sit at."""
        names = {host.name for host in WORKSTATIONS}
        return [host for host in self.hosts if host.name in names]

    def with_sysmon(self) -> list[Host]:
        """Return the machines that run Sysmon."""
        return [host for host in self.hosts if host.sysmon]


def fleet(day: date, *reimaged: Host) -> Fleet:
    """Return the company's machines.

    Args:
        day: the day that is looked at.
        reimaged: those that came back from the roll-out of Windows 11, with a winlogbeat.yml that
            was trimmed to save volume.

    """
    return Fleet(
        tuple(
            replace(host, day=day, system=WINDOWS_11, flattened=True)
            if host in reimaged
            else replace(host, day=day)
            for host in SERVERS + WORKSTATIONS
        )
    )
