"""How far a reading has come: one line on standard error, and only on a terminal."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemagen.profile.evidence import Evidence

_SECONDS = 0.1


class ProgressLine:
    """A line that is written over and over, and wiped in the end; silent where nobody watches."""

    def __init__(self, *, quiet: bool) -> None:
        self._on = sys.stderr.isatty() and not quiet
        self._start = time.monotonic()
        self._next = self._start + _SECONDS

    def update(self, evidence: Evidence) -> None:
        """Show how many records were read and how fast, ten times a second at most."""
        now = time.monotonic()
        if not self._on or now < self._next:
            return
        self._next = now + _SECONDS
        records = evidence.tally.records
        rate = records / (now - self._start)
        sys.stderr.write(f"\r\x1b[K{records:,} records read, {rate:,.0f} a second")
        sys.stderr.flush()

    def close(self) -> None:
        """Wipe the line."""
        if self._on:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
