"""What happens on any day, by chance: the events that no rule should care about."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from generator import accounts, logons, powershell, processes, services, sysmon
from generator import programs as paths
from generator.company import (
    APP02,
    BACKUP,
    DC01,
    FS01,
    INVENTORY,
    LARSEN,
    LARSEN_ADMIN,
    NETWORK_SERVICE,
    SYSTEM,
    WKS_0158,
    Account,
    Host,
)
from generator.integrity import FULL
from generator.scene import OFFICE_HOURS, Process, Scene

if TYPE_CHECKING:
    from datetime import datetime

    from generator.envelope import Event


def launched(
    scene: Scene, host: Host, launch: paths.Launch, account: Account, parent: Process | None
) -> list[Event]:
    """Start a program at a random moment, and log it as the host is set up to."""
    by_machine = launch.integrity == FULL
    process = Process(
        launch.image,
        scene.draw.process_id(),
        scene.busy(host) if by_machine else scene.moment(OFFICE_HOURS),
        launch.command.format(user=account.name, n=scene.draw.randint(3, 999)),
        account,
        scene.logon(host, account),
        launch.integrity,
    )
    return start(scene, host, process, parent)


def start(scene: Scene, host: Host, process: Process, parent: Process | None) -> list[Event]:
    """Log the start of a process: 4688, and Sysmon 1 where it runs.

    Sysmon keeps track of every process and never loses a parent; the Security log does, so that a
    host with Sysmon must be given one.
    """
    events = [processes.process_created(host, process, parent)]
    if host.sysmon and parent:
        events.append(sysmon.process_created(scene, host, process, parent))
    return events


def program_of_a_person(scene: Scene) -> list[Event]:
    """Somebody starts a program."""
    host = scene.draw.choice(scene.fleet.workstations())
    launch = scene.draw.choice(paths.BY_PEOPLE)
    by_system = launch.parent == paths.SVCHOST
    parent = scene.resident(host, launch.parent, SYSTEM if by_system else host.owner)
    return launched(scene, host, launch, host.owner, parent)


def program_of_the_system(scene: Scene) -> list[Event]:
    """A service starts a program; without Sysmon its parent is often gone by then."""
    host = scene.draw.choice([one for one in scene.fleet.hosts if not one.forwarded])
    at_work = paths.AT_WORKSTATIONS if host in scene.fleet.workstations() else paths.BY_THE_SYSTEM
    launch = scene.draw.choice(paths.AT_THE_FILE_SERVER if host.name == FS01.name else at_work)
    orphan = not host.sysmon and scene.draw.chance(60)
    parent = None if orphan else scene.resident(host, launch.parent)
    return launched(scene, host, launch, SYSTEM, parent)


def network_logon(scene: Scene) -> list[Event]:
    """A machine or a person reaches a server from a workstation; most sessions end soon."""
    server = scene.fleet.named(scene.draw.weighted({DC01: 7, FS01: 3}))
    client = scene.draw.choice(scene.fleet.workstations())
    person = scene.draw.chance(50)
    logon = logons.Logon(
        client.owner if person else client.machine_account,
        3,
        client.address,
        "Kerberos",
        "Kerberos",
        session=scene.draw.logon_id(),
    )
    at = scene.moment(OFFICE_HOURS) if person else scene.busy(client)
    return session(scene, server, at, logon)


def server_logon(scene: Scene) -> list[Event]:
    """A server's job reaches another server, or the domain controller itself, at any hour."""
    domain, files = scene.fleet.named(DC01), scene.fleet.named(FS01)
    server, account, source = scene.draw.weighted(
        {
            (domain, domain.machine_account, "::1"): 3,
            (domain, files.machine_account, FS01.address): 1,
            (domain, BACKUP, FS01.address): 1,
            (files, BACKUP, APP02.address): 2,
        }
    )
    logon = logons.Logon(account, 3, source, "Kerberos", "Kerberos", session=scene.draw.logon_id())
    return session(scene, server, scene.busy(server), logon)


def session(scene: Scene, server: Host, at: datetime, logon: logons.Logon) -> list[Event]:
    """Log a network session: its beginning, its privileges where due, and mostly its end."""
    events = [logons.logged_on(scene, server, at, logon)]
    if logon.account.admin or logon.account == server.machine_account:
        events.append(logons.special_privileges(scene, server, at, logon))
    if scene.draw.chance(80):
        events.append(logons.logged_off(server, scene.draw.after(at, 40, 11_000), logon))
    return events


def service_logon(scene: Scene) -> list[Event]:
    """The service control manager logs SYSTEM or a service account on."""
    host = scene.draw.choice(scene.fleet.hosts)
    account = scene.draw.weighted({SYSTEM: 5, NETWORK_SERVICE: 1, INVENTORY: 1})
    logon = logons.Logon(account, 5, process="Advapi  ", session=scene.logon(host, account))
    at = scene.busy(host)
    events = [logons.logged_on(scene, host, at, logon)]
    if account.admin:
        events.append(logons.special_privileges(scene, host, at, logon))
    return events


def signed_on(scene: Scene, host: Host) -> list[Event]:
    """Somebody begins the day at a workstation: the session that the day's programs run in."""
    at = scene.at(6, 51) + timedelta(milliseconds=scene.draw.randint(0, 480_000))
    logon = logons.Logon(
        host.owner,
        2,
        "127.0.0.1",
        workstation=host.name,
        session=scene.logon(host, host.owner),
    )
    return [logons.logged_on(scene, host, at, logon)]


def unlocked(scene: Scene) -> list[Event]:
    """Somebody comes back to a locked workstation, and sometimes mistypes the password first.

    Windows opens a session of its own to check the password, and closes it at once.
    """
    host = scene.draw.choice(scene.fleet.workstations())
    logon = logons.Logon(
        host.owner, 7, "127.0.0.1", workstation=host.name, session=scene.draw.logon_id()
    )
    at = scene.moment(OFFICE_HOURS)
    events = [
        logons.logged_on(scene, host, at, logon),
        logons.logged_off(host, scene.draw.after(at, 5, 400), logon),
    ]
    if scene.draw.chance(40):
        mistyped = at - timedelta(milliseconds=scene.draw.randint(2_500, 9_000))
        events.append(logons.logon_failed(scene, host, mistyped, logon))
    return events


def elevated(scene: Scene) -> list[Event]:
    """The administrator consents to run something under the other account."""
    host = scene.fleet.named(WKS_0158)
    launch = paths.ELEVATED
    explorer = scene.resident(host, launch.parent, LARSEN)
    events = launched(scene, host, launch, LARSEN_ADMIN, explorer)
    before = events[0].at - timedelta(milliseconds=scene.draw.randint(30, 90))
    use = logons.Credentials(LARSEN, scene.resident(host, paths.SVCHOST), LARSEN_ADMIN, "localhost")
    return [logons.explicit_credentials(scene, host, before, use), *events]


def connection(scene: Scene) -> list[Event]:
    """A program talks to a server, logged by the filtering platform."""
    host = scene.draw.choice(scene.fleet.workstations())
    image, destination = scene.draw.choice(
        (
            (paths.CHROME, ("198.51.100.24", 443)),
            (paths.CHROME, ("198.51.100.201", 443)),
            (paths.OUTLOOK, ("198.51.100.80", 443)),
            (paths.SVCHOST, (DC01.address, 53)),
            (paths.SVCHOST, (DC01.address, 389)),
            (paths.SVCHOST, ("198.51.100.123", 123)),
        )
    )
    process = scene.resident(host, image, SYSTEM if image == paths.SVCHOST else host.owner)
    at = scene.moment(OFFICE_HOURS)
    return [accounts.connection_permitted(scene, host, at, process, destination)]


def script(scene: Scene) -> list[Event]:
    """PowerShell compiles a script: a job's, a workstation owner's, or one of a remote session."""
    host = scene.draw.choice(scene.fleet.hosts)
    text = scene.draw.choice(powershell.EVERYDAY)
    if text is powershell.INVENTORY:
        process = scene.resident(host, paths.POWERSHELL)
    elif host in scene.fleet.workstations():
        process = scene.resident(host, paths.POWERSHELL, host.owner)
    else:
        process = scene.resident(host, paths.REMOTE_SESSION, LARSEN_ADMIN)
    return powershell.script_blocks(scene, host, scene.moment(OFFICE_HOURS), process, text)


def service_state(scene: Scene) -> list[Event]:
    """A service starts or stops."""
    host = scene.draw.choice(scene.fleet.hosts)
    service = scene.draw.choice(services.COMMON_SERVICES)
    state = scene.draw.choice(("running", "stopped"))
    return [services.service_changed(host, scene.busy(host), service, state)]


def service_update(scene: Scene) -> list[Event]:
    """An updater installs its service anew."""
    host = scene.draw.choice(scene.fleet.workstations())
    version = f"134.0.6998.{scene.draw.randint(36, 118)}"
    path = rf'"C:\Program Files\Google\Chrome\Application\{version}\elevation_service.exe"'
    service = services.Service("GoogleChromeElevationService", path)
    return [services.service_installed(host, scene.moment(OFFICE_HOURS), service, SYSTEM)]
