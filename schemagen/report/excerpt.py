"""The lines of a long output that tell its story."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def telling(text: str, patterns: Sequence[str]) -> list[str]:
    """List the lines of a text in which one of some regular expressions is found."""
    wanted = [re.compile(pattern) for pattern in patterns]
    return [line for line in text.splitlines() if any(each.search(line) for each in wanted)]
