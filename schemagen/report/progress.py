"""How far a reading has come, on standard error: a line that renews itself, or a log of lines."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from schemagen.profile.unseen import coverage
from schemagen.words import counted, percent

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from schemagen.profile.evidence import Evidence
    from schemagen.sources.records import Source

_SECONDS = 0.1
"""How often a terminal's line is renewed."""

_LOG_SECONDS = 5.0
"""How often a line is written where it stays, as in a pod's log."""

_LOOK_SECONDS = 1.0
_LOOK_GROWTH = 1.1
_LOOK_COST = 50
"""The whole profile is walked once a second at most, when there is a tenth more to see, and never
for more than a fiftieth of the time."""


class ProgressLine:
    """What is shown while a source is read; nothing by default where nobody watches.

    Args:
        source: what is read; it tells how much of it there is still to come.
        quiet: show nothing, whatever else is said.
        shown: whether to show it, None for where standard error is a terminal.
        clock: gives seconds.

    """

    def __init__(
        self,
        source: Source,
        *,
        quiet: bool,
        shown: bool | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._terminal = sys.stderr.isatty()
        self._on = (self._terminal if shown is None else shown) and not quiet
        self._every = _SECONDS if self._terminal else _LOG_SECONDS
        self._clock = clock
        self._start = clock()
        self._next = self._start + self._every
        self._seen = ""
        self._width = 0
        self._look_at = 0.0
        self._looked_at = self._start

    def update(self, evidence: Evidence) -> None:
        """Show how far it is, if it is time to."""
        if not self._on:
            return
        now = self._clock()
        if now < self._next:
            return
        self._next = now + self._every
        self._write(self._line(evidence, now))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Wipe the line; a log stays."""
        if self._on and self._terminal:
            self._write("")
            sys.stderr.write("\r")
            sys.stderr.flush()

    def _write(self, line: str) -> None:
        """Write a line: on a terminal over the one before, of which blanks hide what is longer.

        The escape sequence that wipes a line is not for every terminal, nor for all who have asked
        for no colours.
        """
        if self._terminal:
            sys.stderr.write(f"\r{line:<{self._width}}")
            self._width = len(line)
        else:
            sys.stderr.write(f"{line}\n")
        sys.stderr.flush()

    def _line(self, evidence: Evidence, now: float) -> str:
        records = evidence.decoding.records
        share = self._source.share_read()
        line = f"{counted(records, 'record')} read"
        if share is not None:
            line += f", {percent(min(share, 1.0))}"
        line += f", {records / (now - self._start):,.0f} a second"
        # Where other processes count, what they have seen is known in the end only.
        known = evidence.profile.messages > 0
        if known and records >= self._look_at and now >= self._looked_at:
            self._look(evidence, now)
        return line + self._seen

    def _look(self, evidence: Evidence, now: float) -> None:
        """Walk the profile, and see to it that this stays rare."""
        paths = sum(1 for _ in evidence.profile.root.walk()) - 1  # the root is none
        unseen = coverage(evidence.profile).unseen_upper
        self._seen = f"; {counted(paths, 'path')}, unseen at most {percent(unseen)}"
        cost = self._clock() - now
        self._look_at = evidence.decoding.records * _LOOK_GROWTH
        self._looked_at = now + max(_LOOK_SECONDS, cost * _LOOK_COST)
