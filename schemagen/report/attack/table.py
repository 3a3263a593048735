"""The tactics and techniques of MITRE ATT&CK for Enterprise, by what rules' tags call them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

VERSION = "19"
"""The version of ATT&CK that the table has."""

TACTICS = {
    "reconnaissance": "Reconnaissance",
    "resource-development": "Resource Development",
    "initial-access": "Initial Access",
    "execution": "Execution",
    "persistence": "Persistence",
    "privilege-escalation": "Privilege Escalation",
    "stealth": "Stealth",
    "defense-evasion": "Defense Evasion",
    "defense-impairment": "Defense Impairment",
    "credential-access": "Credential Access",
    "discovery": "Discovery",
    "lateral-movement": "Lateral Movement",
    "collection": "Collection",
    "command-and-control": "Command and Control",
    "exfiltration": "Exfiltration",
    "impact": "Impact",
}
"""The names of the tactics by their short names, in the order of the matrix.

Defense Evasion was one up to version 18; 19 has Stealth and Defense Impairment in its place.
"""

_TECHNIQUE = re.compile(r"t[0-9]{4}(?:\.[0-9]{3})?\Z")
_EARLIER = "earlier"
_PLATFORMS = {"windows": "w", "linux": "l", "macos": "m"}


@dataclass(frozen=True, slots=True)
class Technique:
    """A technique or a sub-technique.

    Attributes:
        id: such as T1059 or T1059.001.
        name: what ATT&CK calls it; empty for one that the table lacks.
        tactics: the short names of its tactics; none for one that the table lacks.
        platforms: letters of the table; `earlier` for one that the version before had last.

    """

    id: str
    name: str = ""
    tactics: tuple[str, ...] = ()
    platforms: str = "?"

    @property
    def parent(self) -> str:
        """The id of the technique that it is a part of; its own for one that is whole."""
        return self.id.partition(".")[0]

    @property
    def is_current(self) -> bool:
        """Whether this version of ATT&CK has it."""
        return bool(self.name) and self.platforms != _EARLIER

    def concerns(self, products: frozenset[str]) -> bool:
        """Whether it is one of some products' platforms, by Sigma's names; of any where unknown."""
        letters = {_PLATFORMS[each] for each in products if each in _PLATFORMS}
        return not letters or self.platforms == "?" or bool(letters & set(self.platforms))


@cache
def techniques() -> dict[str, Technique]:
    """Read the table: the techniques by id, in its order."""
    file = resources.files(__package__).joinpath("techniques.tsv")
    found = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            identifier, name, tactics, platforms = line.split("\t")
            found[identifier] = Technique(identifier, name, tuple(tactics.split(",")), platforms)
    return found


def technique(identifier: str) -> Technique:
    """Return a technique by its id; one that the table lacks has no name."""
    return techniques().get(identifier) or Technique(identifier)


def technique_ids(tags: tuple[str, ...]) -> list[str]:
    """List the techniques that a rule's tags name, each once: `T1059.001`."""
    names = (tag.lower().removeprefix("attack.") for tag in tags)
    return list(dict.fromkeys(name.upper() for name in names if _TECHNIQUE.match(name)))


def tactic_names(tags: tuple[str, ...]) -> list[str]:
    """List the short names of the tactics that a rule's tags name, each once."""
    names = (tag.lower().removeprefix("attack.").replace("_", "-") for tag in tags)
    return list(dict.fromkeys(name for name in names if name in TACTICS))
