"""Which of ATT&CK's data sources a topic has: by its kinds of events, and by its rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemagen.detections.bound import BoundRule, Status
from schemagen.profile.kinds import BETWEEN, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.profile.kinds import EventKinds

_SYSMON = "Microsoft-Windows-Sysmon/Operational"
_POWERSHELL = "Microsoft-Windows-PowerShell/Operational"
_EVENTS: dict[str, dict[str, tuple[int, ...]]] = {
    _SYSMON: {
        "Process Creation": (1,),
        "File Modification": (2,),
        "Network Connection Creation": (3, 22),
        "Process Termination": (5,),
        "Driver Load": (6,),
        "Module Load": (7,),
        "Process Modification": (8, 25),
        "Drive Access": (9,),
        "Process Access": (10,),
        "File Creation": (11, 15),
        "Windows Registry Key Creation": (12,),
        "Windows Registry Key Modification": (13, 14),
        "Named Pipe Metadata": (17, 18),
        "WMI Creation": (19, 20, 21),
        "File Deletion": (23, 26),
    },
    "Security": {
        "Process Creation": (4688,),
        "Process Termination": (4689,),
        "Logon Session Creation": (4624, 4648),
        "Logon Session Metadata": (4634, 4672, 4778, 4779, 4800, 4801),
        "User Account Authentication": (4625, 4768, 4769, 4770, 4771, 4776),
        "Active Directory Credential Request": (4768, 4769),
        "Active Directory Object Access": (4661, 4662),
        "Active Directory Object Modification": (4739, 5136, 5163),
        "Active Directory Object Creation": (5137,),
        "Active Directory Object Deletion": (5141,),
        "User Account Creation": (4720,),
        "User Account Deletion": (4726,),
        "User Account Modification": (4723, 4724, 4738, 4740),
        "Group Modification": (4728, 4729, 4732, 4733, 4756, 4757),
        "Scheduled Job Creation": (4698,),
        "Scheduled Job Modification": (4702,),
        "Service Creation": (4697,),
        "Network Connection Creation": (5156, 5157),
        "Network Share Access": (5140, 5145),
        "File Access": (4656, 4663),
        "Windows Registry Key Modification": (4657,),
    },
    "System": {"Service Creation": (7045,), "Service Metadata": (7035, 7036, 7040)},
    _POWERSHELL: {"Script Execution": (4104,), "Command Execution": (4103,)},
    "Windows PowerShell": {"Command Execution": (400, 600, 800)},
}
"""The data components that events of Windows are of: by channel, and in it by event id."""

_CATEGORIES = {
    "process_creation": "Process Creation",
    "process_termination": "Process Termination",
    "process_access": "Process Access",
    "process_tampering": "Process Modification",
    "create_remote_thread": "Process Modification",
    "network_connection": "Network Connection Creation",
    "dns_query": "Network Connection Creation",
    "firewall": "Network Traffic Flow",
    "image_load": "Module Load",
    "driver_load": "Driver Load",
    "file_event": "File Creation",
    "file_change": "File Modification",
    "file_access": "File Access",
    "file_delete": "File Deletion",
    "create_stream_hash": "File Creation",
    "registry_add": "Windows Registry Key Creation",
    "registry_delete": "Windows Registry Key Deletion",
    "registry_set": "Windows Registry Key Modification",
    "registry_event": "Windows Registry Key Modification",
    "pipe_created": "Named Pipe Metadata",
    "wmi_event": "WMI Creation",
    "ps_script": "Script Execution",
    "ps_module": "Command Execution",
    "raw_access_thread": "Drive Access",
    "webserver": "Network Traffic Content",
    "proxy": "Network Traffic Content",
}
"""The data components that Sigma's categories of log sources are about."""


@dataclass(slots=True)
class DataSource:
    """A data component of ATT&CK, as the topic has it.

    Attributes:
        name: what ATT&CK calls it.
        kinds: the kinds of events that are of it, with how many were sampled.
        rules: how many rules are about it.
        bound: how many of them have all that they need.

    """

    name: str
    kinds: dict[str, int] = field(default_factory=dict)
    rules: int = 0
    bound: int = 0

    @property
    def events(self) -> int:
        """How many sampled events are of it."""
        return sum(self.kinds.values())

    @property
    def share(self) -> float:
        """The share of its rules that have all that they need, 0 to 1."""
        return self.bound / self.rules if self.rules else 0.0


def data_sources(kinds: EventKinds | None, rules: Sequence[BoundRule]) -> list[DataSource]:
    """List the data components that a topic has events of, or rules for.

    Args:
        kinds: the kinds of the sampled events; None where nothing is known.
        rules: the bound rules.

    Returns:
        Those with the most events first.

    """
    found: dict[str, DataSource] = {}

    def source(name: str) -> DataSource:
        return found.setdefault(name, DataSource(name))

    counts = {} if kinds is None else kinds.counts
    for kind, n in counts.items():
        for name in _components(kind):
            source(name).kinds[written(kind)] = n
    # Events of other shippers than Windows' are known by the rules that see them.
    by_rules = not found
    for bound in rules:
        name = _CATEGORIES.get(bound.rule.logsource.category or "", "")
        names = {name} if name else _of_kinds(bound)
        for each in names:
            made = source(each)
            made.rules += 1
            made.bound += bound.status in {Status.BOUND, Status.RARE}
            if by_rules and bound.sight is not None:
                made.kinds |= {written(kind): counts.get(kind, 0) for kind in bound.sight.kinds}
    return sorted(found.values(), key=lambda each: (-each.events, -each.rules, each.name))


def _of_kinds(bound: BoundRule) -> set[str]:
    kinds = () if bound.sight is None else bound.sight.kinds
    return {name for kind in kinds for name in _components(kind)}


def _components(kind: str) -> list[str]:
    """List the data components of a kind of Windows events; none of another."""
    parts = kind.split(BETWEEN)
    channel = next((part for part in parts if part in _EVENTS), "")
    number = next((int(part) for part in parts if part.isdecimal() and part.isascii()), -1)
    return [name for name, ids in _EVENTS.get(channel, {}).items() if number in ids]
