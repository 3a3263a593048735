"""The story of the article: somebody looks which virus scanners and firewalls a machine has.

Each act is there for a reason. One must not alert because a development environment asks, one
because it doesn't ask for the state. Of those that must alert, one has no parent that the log
still knows, one is spelled in lower case and one has its command line over several lines: three
ways past a predicate made of LIKE. None of these machines runs Sysmon.

The one without a parent also names AntiVirusProduct: only then does ksqlDB, which stops at the
first condition that decides, come to look at the parent at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator import programs as paths
from generator.background import start
from generator.company import SYSTEM, WKS_0117, WKS_0142, WKS_0171, Account, Host
from generator.integrity import FULL, MEDIUM
from generator.scene import Process, Scene

if TYPE_CHECKING:
    from generator.envelope import Event

QUESTION = (
    'powershell.exe -NoProfile -Command "Get-CimInstance -Namespace root/SecurityCenter2'
    ' -ClassName AntiVirusProduct | Select-Object displayName, productState"'
)
WITHOUT_STATE = (
    r"wmic /namespace:\\root\SecurityCenter2 path AntiVirusProduct get displayName /value"
)
IN_LOWER_CASE = (
    r"powershell -nop -c gwmi -ns root\securitycenter2 -cl firewallproduct"
    " | fl displayname,productstate"
)
OVER_LINES = (
    'powershell.exe -NoProfile -Command "& {\n'
    "    Get-CimInstance -Namespace root/SecurityCenter2 -ClassName AntiSpywareProduct |\n"
    "        Select-Object displayName, productState\n"
    '}"'
)
BY_PROCESS = (
    'powershell.exe -NoProfile -Command "Get-CimInstance Win32_Process | Where-Object {'
    " $_.Name -in 'AvastUI.exe','AvastSvc.exe','FortiWF.exe','xagt.exe','fcappdb.exe' };"
    ' Get-CimInstance -Namespace root/SecurityCenter2 -ClassName AntiVirusProduct"'
)


@dataclass(frozen=True, slots=True)
class Act:
    """Somebody runs a command.

    Attributes:
        host: where.
        time: hour, minute and second, UTC.
        command: the command line.
        parent: path of the program that it is run from; empty where the log no longer knows it.
        account: who; None for the host's owner.

    """

    host: Host
    time: tuple[int, int, float]
    command: str
    parent: str
    account: Account | None = None

    def events(self, scene: Scene) -> list[Event]:
        """Return what the host logs of it."""
        host, account = scene.fleet.named(self.host), self.account or self.host.owner
        process = Process(
            paths.WMIC if self.command.startswith("wmic") else paths.POWERSHELL,
            scene.draw.process_id(),
            scene.at(*self.time),
            self.command,
            account,
            scene.logon(host, account),
            FULL if account == SYSTEM else MEDIUM,
        )
        parent = scene.resident(host, self.parent, account) if self.parent else None
        return start(scene, host, process, parent)


# Four of the six must alert.
ACTS = (
    Act(WKS_0117, (9, 14, 31.207), QUESTION, paths.PYCHARM),
    Act(WKS_0117, (10, 30, 2.91), WITHOUT_STATE, paths.INVENTORY_AGENT, SYSTEM),
    Act(WKS_0142, (11, 2, 8.554), QUESTION, paths.CMD),
    Act(WKS_0142, (13, 47, 19.038), BY_PROCESS, ""),
    Act(WKS_0171, (14, 5, 44.62), IN_LOWER_CASE, paths.WSCRIPT),
    Act(WKS_0171, (14, 6, 12.377), OVER_LINES, paths.CMD),
)
# Both must alert; the first happens at a machine that was reimaged.
LATER_ACTS = (
    Act(WKS_0142, (10, 11, 51.402), BY_PROCESS, ""),
    Act(WKS_0171, (15, 38, 4.819), QUESTION, paths.CMD),
)


def whole_story(scene: Scene) -> list[Event]:
    """Return what is logged of the acts of the first day."""
    return [event for act in ACTS for event in act.events(scene)]


def later_story(scene: Scene) -> list[Event]:
    """Return what is logged of the acts of the later day."""
    return [event for act in LATER_ACTS for event in act.events(scene)]
