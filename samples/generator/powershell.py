"""Event 4104 of PowerShell's log: the text of a script block, as it was compiled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.envelope import Event, Kind, Provider

if TYPE_CHECKING:
    from datetime import datetime

    from generator.company import Host
    from generator.scene import Process, Scene

POWERSHELL_LOG = Provider(
    "Microsoft-Windows-PowerShell",
    "{a0c1853b-5c40-4b15-8766-3cf1c58f985a}",
    "Microsoft-Windows-PowerShell/Operational",
)
SCRIPT_BLOCK = Kind(POWERSHELL_LOG, 4104, 1, "Execute a Remote Command", "On create calls")


@dataclass(frozen=True, slots=True)
class Script:
    """A script: its parts (long ones are logged in several records) and where it lies.

    Attributes:
        parts: the text; empty for what an idle prompt compiles.
        path: of the file; empty for what was typed or given on a command line.
        level: `warning` where PowerShell itself finds the text suspicious.

    """

    parts: tuple[str, ...]
    path: str = ""
    level: str = "verbose"


COLLECT = (
    "$ErrorActionPreference = 'Stop'\n"
    "$computer = Get-CimInstance -ClassName Win32_ComputerSystem\n"
    "$disks = Get-CimInstance -ClassName Win32_LogicalDisk -Filter 'DriveType = 3'\n"
    "[pscustomobject]@{\n"
    "    Name   = $computer.Name\n"
    "    Model  = $computer.Model\n"
    "    FreeGB = [math]::Round(($disks | Measure-Object FreeSpace -Sum).Sum / 1GB, 1)\n"
    '} | ConvertTo-Json | Set-Content -Path "$env:ProgramData\\Example Inventory\\last.json"\n'
)
REPORT = (
    "function Get-ShareReport {\n"
    "    [CmdletBinding()]\n"
    "    param([Parameter(Mandatory)][string]$Share, [int]$Days = 90)\n"
    "    Get-ChildItem -Path $Share -Recurse -File |\n"
    "        Where-Object { $_.LastAccessTime -lt (Get-Date).AddDays(-$Days) } |\n"
    "        Group-Object -Property { Split-Path $_.DirectoryName -Leaf } |\n"
)
REPORT_CONTINUED = (
    "        Sort-Object -Property Count -Descending |\n"
    "        Select-Object -First 20 -Property Name, Count\n"
    "}\n"
    "Export-ModuleMember -Function Get-ShareReport\n"
)
INVENTORY = Script((COLLECT,), r"C:\ProgramData\Example Inventory\collect.ps1")
MODULE = Script(
    (REPORT, REPORT_CONTINUED),
    r"C:\Program Files\WindowsPowerShell\Modules\ShareReport\ShareReport.psm1",
)
EVERYDAY = (
    INVENTORY,
    INVENTORY,
    MODULE,
    Script((r"Get-Service -Name Spooler | Restart-Service -PassThru",)),
    Script((r"Get-ChildItem .\Reports -Filter *.xlsx | Measure-Object -Property Length -Sum",)),
    Script(("{ Set-StrictMode -Version 1; $_.PSMessageDetails }",)),
    Script((r"Test-NetConnection -ComputerName fs01.corp.example.com -Port 445",)),
    Script(("prompt",)),
    # A prompt at which nothing was typed: the record has no ScriptBlockText at all.
    Script(("",)),
)


def script_blocks(
    scene: Scene, host: Host, at: datetime, process: Process, script: Script
) -> list[Event]:
    """4104: a script block was compiled; one record for each of its parts."""
    block, activity = scene.draw.uuid(), scene.draw.guid()
    # Blocks of a remote session name the activity of the session that caused them.
    related = scene.draw.guid() if process.image.endswith("wsmprovhost.exe") else ""
    total = len(script.parts)
    events = []
    for number, text in enumerate(script.parts, start=1):
        data = {
            "MessageNumber": str(number),
            "MessageTotal": str(total),
            "ScriptBlockText": text.rstrip("\n"),
            "ScriptBlockId": block,
            "Path": script.path,
        }
        events.append(
            Event(
                at=scene.draw.after(at, number, number + 2),
                host=host,
                kind=SCRIPT_BLOCK,
                data=data,
                message=(
                    f"Creating Scriptblock text ({number} of {total}):\n{text}\n\n"
                    f"ScriptBlock ID: {block}\nPath: {script.path}"
                ),
                pid=process.pid,
                user=process.account,
                level=script.level,
                activity=activity,
                related=related,
            )
        )
    return events
