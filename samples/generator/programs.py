"""The programs that run at the company, and the command lines that they are run with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.draw import Draw
from generator.integrity import FULL, HIGH, MEDIUM

if TYPE_CHECKING:
    from collections.abc import Mapping

SYSTEM32 = "C:\\Windows\\System32"
WINDOWS = "Microsoft® Windows® Operating System"
MICROSOFT = "Microsoft Corporation"

EXPLORER = r"C:\Windows\explorer.exe"
SVCHOST = rf"{SYSTEM32}\svchost.exe"
SERVICES = rf"{SYSTEM32}\services.exe"
LSASS = rf"{SYSTEM32}\lsass.exe"
WININIT = rf"{SYSTEM32}\wininit.exe"
CSRSS = rf"{SYSTEM32}\csrss.exe"
TASKMGR = rf"{SYSTEM32}\Taskmgr.exe"
CMD = rf"{SYSTEM32}\cmd.exe"
CONHOST = rf"{SYSTEM32}\conhost.exe"
WMIC = rf"{SYSTEM32}\wbem\WMIC.exe"
WMIPRVSE = rf"{SYSTEM32}\wbem\WmiPrvSE.exe"
WSCRIPT = rf"{SYSTEM32}\wscript.exe"
POWERSHELL = rf"{SYSTEM32}\WindowsPowerShell\v1.0\powershell.exe"
REMOTE_SESSION = rf"{SYSTEM32}\wsmprovhost.exe"
DEFENDER = r"C:\ProgramData\Microsoft\Windows Defender\Platform\4.18.25020.1009-0\MsMpEng.exe"
CHROME = r"C:\Program Files\Google\Chrome\Application\chrome.exe"
OUTLOOK = r"C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE"
WORD = r"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE"
EXCEL = r"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE"
PYCHARM = r"C:\Program Files\JetBrains\PyCharm 2024.3\bin\pycharm64.exe"
INVENTORY_AGENT = r"C:\Program Files\Example Inventory\inventory-agent.exe"
BACKUP_AGENT = r"C:\Program Files\Example Backup\backupd.exe"


@dataclass(frozen=True, slots=True)
class Program:
    """The version resource of a program or a library; `-` is what Sysmon writes for none.

    What is part of Windows has no version here: it has that of the system.
    """

    description: str
    original_name: str
    product: str = WINDOWS
    company: str = MICROSOFT
    version: str = ""
    signer: str = "Microsoft Windows"


def _office(description: str, original_name: str) -> Program:
    return Program(
        description,
        original_name,
        "Microsoft Office",
        version="16.0.18526.20144",
        signer=MICROSOFT,
    )


def _vendor(description: str, name: str, company: str, version: str) -> Program:
    return Program(description, name, description, company, version, company)


UNKNOWN = Program("-", "-", "-", "-", "-", "")
PROGRAMS: Mapping[str, Program] = {
    EXPLORER: Program("Windows Explorer", "EXPLORER.EXE"),
    SVCHOST: Program("Host Process for Windows Services", "svchost.exe"),
    SERVICES: Program("Services and Controller app", "services.exe"),
    LSASS: Program("Local Security Authority Process", "lsass.exe"),
    CMD: Program("Windows Command Processor", "Cmd.Exe"),
    CONHOST: Program("Console Window Host", "CONHOST.EXE"),
    WMIC: Program("WMI Commandline Utility", "wmic.exe"),
    WMIPRVSE: Program("WMI Provider Host", "Wmiprvse.exe"),
    WSCRIPT: Program("Microsoft ® Windows Based Script Host", "wscript.exe"),
    POWERSHELL: Program("Windows PowerShell", "PowerShell.EXE"),
    CHROME: _vendor("Google Chrome", "chrome.exe", "Google LLC", "134.0.6998.89"),
    OUTLOOK: _office("Microsoft Outlook", "Outlook.exe"),
    WORD: _office("Microsoft Word", "WinWord.exe"),
    EXCEL: _office("Microsoft Excel", "Excel.exe"),
    INVENTORY_AGENT: _vendor("Example Inventory", "inventory-agent.exe", "Example Ltd", "3.9.1"),
    BACKUP_AGENT: _vendor("Example Backup", "backupd.exe", "Example Ltd", "11.2.0.418"),
    rf"{SYSTEM32}\notepad.exe": Program("Notepad", "NOTEPAD.EXE"),
    rf"{SYSTEM32}\taskhostw.exe": Program("Host Process for Windows Tasks", "taskhostw.exe"),
    rf"{SYSTEM32}\backgroundTaskHost.exe": Program(
        "Background Task Host", "backgroundTaskHost.exe"
    ),
    rf"{SYSTEM32}\SearchProtocolHost.exe": Program(
        "Microsoft Windows Search Protocol Host", "SearchProtocolHost.exe"
    ),
    rf"{SYSTEM32}\gpupdate.exe": Program("Microsoft® Group Policy Update Utility", "GPUpdate.exe"),
    rf"{SYSTEM32}\schtasks.exe": Program("Task Scheduler Configuration Tool", "schtasks.exe"),
    rf"{SYSTEM32}\ipconfig.exe": Program("IP Configuration Utility", "ipconfig.exe"),
    rf"{SYSTEM32}\robocopy.exe": Program("Microsoft® Robocopy", "RoboCopy.exe"),
    rf"{SYSTEM32}\amsi.dll": Program("Anti-Malware Scan Interface", "amsi.dll"),
    rf"{SYSTEM32}\wbem\wbemcomn.dll": Program("WMI", "wbemcomn.dll"),
    rf"{SYSTEM32}\taskschd.dll": Program("Task Scheduler COM API", "taskschd.dll"),
    rf"{SYSTEM32}\samlib.dll": Program("SAM Library DLL", "SAMLib.DLL"),
    rf"{SYSTEM32}\vaultcli.dll": Program("Credential Vault Client Library", "vaultcli.dll"),
    rf"{SYSTEM32}\dbghelp.dll": Program("Windows Image Helper", "DBGHELP.DLL"),
}
LIBRARIES = tuple(path for path in PROGRAMS if path.endswith(".dll"))


COMMANDS: Mapping[str, str] = {
    EXPLORER: r"C:\Windows\Explorer.EXE",
    SVCHOST: r"C:\Windows\system32\svchost.exe -k netsvcs -p -s Schedule",
    SERVICES: r"C:\Windows\system32\services.exe",
    REMOTE_SESSION: r"C:\Windows\system32\wsmprovhost.exe -Embedding",
}


def command(path: str) -> str:
    """Return the command line of a program that runs all day."""
    return COMMANDS.get(path, f'"{path}"')


def program(path: str) -> Program:
    """Return what is known of a file; of strangers nothing."""
    return PROGRAMS.get(path, UNKNOWN)


def hashes(path: str) -> str:
    """Return the hashes of a file as Sysmon writes them; the same for the same path."""
    draw = Draw(f"hash:{path}")
    sizes = {"MD5": 32, "SHA256": 64, "IMPHASH": 32}
    return ",".join(f"{name}={draw.digest(length)}" for name, length in sizes.items())


@dataclass(frozen=True, slots=True)
class Launch:
    """A way to run a program.

    Attributes:
        image: its path.
        command: the command line; `{user}` stands for the account's name, `{n}` for a number.
        parent: path of the program that runs it.
        integrity: of the new process; `System` runs as SYSTEM.

    """

    image: str
    command: str
    parent: str
    integrity: str = MEDIUM


BY_PEOPLE = (
    Launch(CHROME, rf'"{CHROME}" --type=renderer --lang=en-US --renderer-client-id={{n}}', CHROME),
    Launch(CHROME, rf'"{CHROME}" --profile-directory=Default', EXPLORER),
    Launch(OUTLOOK, rf'"{OUTLOOK}" ', EXPLORER),
    Launch(WORD, rf'"{WORD}" /n "C:\Users\{{user}}\Documents\Minutes {{n}}.docx" /o ""', EXPLORER),
    Launch(EXCEL, rf'"{EXCEL}" /dde', EXPLORER),
    Launch(
        rf"{SYSTEM32}\notepad.exe",
        rf'"{SYSTEM32}\NOTEPAD.EXE" C:\Users\{{user}}\Desktop\todo.txt',
        EXPLORER,
    ),
    Launch(CMD, rf'"{CMD}" ', EXPLORER),
    Launch(CONHOST, r"\??\C:\Windows\system32\conhost.exe 0xffffffff -ForceV1", CMD),
    Launch(rf"{SYSTEM32}\ipconfig.exe", "ipconfig  /all", CMD),
    Launch(POWERSHELL, rf'"{POWERSHELL}" ', EXPLORER),
    Launch(
        rf"{SYSTEM32}\backgroundTaskHost.exe",
        rf'"{SYSTEM32}\backgroundTaskHost.exe" -ServerName:App.AppX{{n}}.mca',
        SVCHOST,
    ),
)
BY_THE_SYSTEM = (
    Launch(SVCHOST, rf"{SYSTEM32}\svchost.exe -k netsvcs -p -s BITS", SERVICES, FULL),
    Launch(rf"{SYSTEM32}\taskhostw.exe", "taskhostw.exe", SVCHOST, FULL),
    Launch(WMIPRVSE, rf"{SYSTEM32}\wbem\wmiprvse.exe -secured -Embedding", SVCHOST, FULL),
    Launch(rf"{SYSTEM32}\gpupdate.exe", "gpupdate.exe /target:computer", SVCHOST, FULL),
    Launch(
        POWERSHELL,
        r'powershell.exe -NoProfile -ExecutionPolicy AllSigned -File "C:\ProgramData\Example Inv'
        r'entory\collect.ps1" -Run {n}',
        INVENTORY_AGENT,
        FULL,
    ),
)
AT_WORKSTATIONS = (
    *BY_THE_SYSTEM,
    Launch(SVCHOST, rf"{SYSTEM32}\svchost.exe -k wsappx -p -s AppXSvc", SERVICES, FULL),
    Launch(
        rf"{SYSTEM32}\SearchProtocolHost.exe",
        rf'"{SYSTEM32}\SearchProtocolHost.exe" Global\UsGthrFltPipeMssGthrPipe{{n}}',
        rf"{SYSTEM32}\SearchIndexer.exe",
        FULL,
    ),
)
AT_THE_FILE_SERVER = (
    *BY_THE_SYSTEM[:2],
    Launch(
        rf"{SYSTEM32}\schtasks.exe",
        r'schtasks.exe /query /tn "\Example Backup\Nightly" /fo csv',
        BACKUP_AGENT,
        FULL,
    ),
    Launch(
        rf"{SYSTEM32}\robocopy.exe",
        r'robocopy "D:\Shares\Finance" "\\APP02\mirror$\Finance" /MIR /Z /R:2 /LOG+:D:\Logs\m.log',
        BACKUP_AGENT,
        FULL,
    ),
)
ELEVATED = Launch(POWERSHELL, rf'"{POWERSHELL}" ', EXPLORER, HIGH)
