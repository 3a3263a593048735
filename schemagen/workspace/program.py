"""Which program this is: what was worked out by another version is not used."""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

import schemagen

_LIBRARIES = ("pysigma", "pyyaml", "sqlglot")


@cache
def program_stamp() -> str:
    """Return what tells this program and what it reads rules with from any other version."""
    digest = hashlib.sha256()
    root = Path(schemagen.__file__).parent
    for file in sorted(root.rglob("*.py")):
        digest.update(file.relative_to(root).as_posix().encode())
        digest.update(file.read_bytes())
    libraries = sorted(
        f"{name} {each.version}"
        for each in distributions()
        if (name := str(each.name).lower()) in _LIBRARIES or name.startswith("pysigma-")
    )
    return "\n".join([sys.version, *libraries, digest.hexdigest()])
