"""What Sysmon logs on any day, by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator import programs as paths
from generator import sysmon
from generator.company import DC01, NETWORK_SERVICE, SYSTEM, Host
from generator.scene import OFFICE_HOURS, Process, Scene

if TYPE_CHECKING:
    from generator.envelope import Event

ONEDRIVE = r"C:\Users\{user}\AppData\Local\Microsoft\OneDrive\OneDrive.exe"
# Peers by program: Sysmon mostly has no name for them.
PEERS = {
    paths.CHROME: ("198.51.100.24", "198.51.100.25", "198.51.100.201", "2001:db8:aaaa::19"),
    paths.OUTLOOK: ("198.51.100.80", "198.51.100.81"),
    ONEDRIVE: ("198.51.100.90",),
}
NAMES = {
    "www.example.com": "::ffff:198.51.100.24;",
    "mail.example.com": "type:  5 mail-lb.example.net;::ffff:198.51.100.80;::ffff:198.51.100.81;",
    "files.example.org": "type:  5 edge.example.net;::ffff:198.51.100.90;",
    "dc01.corp.example.com": "::ffff:192.0.2.10;",
    "fs01.corp.example.com": "::ffff:192.0.2.20;",
    "_ldap._tcp.hq._sites.dc01.corp.example.com": "type:  33 ;::ffff:192.0.2.10;",
    "update.example.net": "2001:db8:aaaa::19;::ffff:198.51.100.201;",
    "wpad.corp.example.com": "",
}
ACCESSES = (
    (paths.DEFENDER, paths.CHROME, 0x1000),
    (paths.DEFENDER, paths.OUTLOOK, 0x1000),
    (paths.DEFENDER, paths.LSASS, 0x1010),
    (paths.CSRSS, paths.CHROME, 0x1FFFFF),
    (paths.SVCHOST, paths.LSASS, 0x1000),
    (paths.SVCHOST, paths.WMIPRVSE, 0x3000),
    (paths.WMIPRVSE, paths.LSASS, 0x1400),
    (paths.WININIT, paths.LSASS, 0x1000),
    (paths.EXPLORER, paths.OUTLOOK, 0x1400),
)
FILES = (
    (paths.CHROME, r"C:\Users\{user}\Downloads\statement-{n}.pdf"),
    (paths.OUTLOOK, r"C:\Users\{user}\AppData\Local\Microsoft\Outlook\RoamCache\Stream_{n}.dat"),
    (paths.WORD, r"C:\Users\{user}\Documents\~$nutes {n}.docx"),
    (paths.SVCHOST, r"C:\Windows\Prefetch\CHROME.EXE-5C{n}A1F7.pf"),
    (paths.BACKUP_AGENT, r"D:\Logs\job-{n}.log"),
)
SERVICE_KEY = r"HKLM\System\CurrentControlSet\Services"
VALUES = (
    (
        paths.SVCHOST,
        rf"{SERVICE_KEY}\W32Time\Config\LastKnownGoodTime",
        "QWORD (0x01db9252-0x{n:08x})",
    ),
    (paths.SERVICES, rf"{SERVICE_KEY}\BITS\Start", "DWORD (0x00000003)"),
    (paths.DEFENDER, r"HKLM\SOFTWARE\Microsoft\Windows Defender\Scan\LastScanRun", "Binary Data"),
    (
        paths.EXPLORER,
        r"HKU\{sid}\Software\Microsoft\Windows\CurrentVersion\Explorer\RecentDocs\MRUListEx",
        "Binary Data",
    ),
    (
        paths.OUTLOOK,
        r"HKU\{sid}\Software\Microsoft\Office\16.0\Outlook\Profiles\Last",
        "Outlook profile {n}",
    ),
)
OF_THE_SYSTEM = {
    paths.SVCHOST,
    paths.SERVICES,
    paths.LSASS,
    paths.CSRSS,
    paths.WININIT,
    paths.WMIPRVSE,
    paths.DEFENDER,
    paths.BACKUP_AGENT,
}


def running(scene: Scene, host: Host, image: str) -> Process:
    """Return the process that runs a program all day, as the account that it belongs to."""
    account = SYSTEM if image in OF_THE_SYSTEM else host.owner
    return scene.resident(host, image.replace("{user}", host.owner.name), account)


def _host(scene: Scene, image: str) -> Host:
    """Return a host with Sysmon where a program may run; nobody reads mail at a server."""
    at_work = scene.fleet.workstations()
    return scene.draw.choice(
        [host for host in scene.fleet.with_sysmon() if image in OF_THE_SYSTEM or host in at_work]
    )


def connection(scene: Scene) -> list[Event]:
    """A program talks to a server out there."""
    image = scene.draw.weighted({paths.CHROME: 5, paths.OUTLOOK: 2, ONEDRIVE: 1})
    host = _host(scene, image)
    peer = sysmon.Peer(scene.draw.choice(PEERS[image]), 443)
    at = scene.moment(OFFICE_HOURS)
    return [sysmon.connected(scene, host, at, running(scene, host, image), peer)]


def connection_inside(scene: Scene) -> list[Event]:
    """A service talks to a server of the company, or to its own machine."""
    host = _host(scene, paths.SVCHOST)
    process = scene.resident(host, paths.SVCHOST, NETWORK_SERVICE)
    peer = scene.draw.weighted(
        {
            sysmon.Peer(DC01.address, 53, DC01.fqdn, "udp"): 3,
            sysmon.Peer(DC01.address, 389, DC01.fqdn): 3,
            sysmon.Peer(DC01.address, 135, DC01.fqdn): 2,
            sysmon.Peer("::1", 135, host.fqdn): 1,
        }
    )
    return [sysmon.connected(scene, host, scene.busy(host), process, peer)]


def image(scene: Scene) -> list[Event]:
    """A program loads a library that the configuration watches."""
    loader = scene.draw.choice((paths.SVCHOST, paths.WMIPRVSE, paths.POWERSHELL, paths.EXCEL))
    host = _host(scene, loader)
    library = scene.draw.choice(paths.LIBRARIES)
    at = scene.busy(host)
    return [sysmon.image_loaded(host, at, running(scene, host, loader), library)]


def access(scene: Scene) -> list[Event]:
    """A program opens another, as virus scanners and Windows itself do all day."""
    source, target, mask = scene.draw.choice(ACCESSES)
    host = scene.draw.choice(
        [one for one in scene.fleet.with_sysmon() if one in scene.fleet.workstations()]
    )
    pair = running(scene, host, source), running(scene, host, target)
    return [sysmon.process_accessed(host, scene.busy(host), *pair, sysmon.Access(mask))]


def file(scene: Scene) -> list[Event]:
    """A program writes a file."""
    image_path, pattern = scene.draw.choice(FILES)
    host = _host(scene, image_path)
    path = pattern.replace("{user}", host.owner.name).replace(
        "{n}", str(scene.draw.randint(1_000, 9_999))
    )
    at = scene.moment(OFFICE_HOURS)
    return [sysmon.file_created(host, at, running(scene, host, image_path), path)]


def registry(scene: Scene) -> list[Event]:
    """A program writes a value of the registry."""
    image_path, pattern, details = scene.draw.choice(VALUES)
    host = _host(scene, image_path)
    target = pattern.replace("{sid}", host.owner.sid)
    written = details.format(n=scene.draw.randint(1, 0xFFFF))
    at = scene.busy(host)
    return [sysmon.registry_value_set(host, at, running(scene, host, image_path), target, written)]


def query(scene: Scene) -> list[Event]:
    """A program asks for the address of a name."""
    name = scene.draw.choice(sorted(NAMES))
    program = paths.SVCHOST if "corp" in name else paths.CHROME
    host = _host(scene, program)
    at = scene.moment(OFFICE_HOURS)
    return [sysmon.name_resolved(host, at, running(scene, host, program), name, NAMES[name])]
