"""A story told by commands: of each all that it prints, or only the lines that tell it."""

from __future__ import annotations

import contextlib
import io
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from schemagen.report.excerpt import telling

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console


@dataclass(frozen=True, slots=True)
class Story:
    """How a story is told.

    Attributes:
        verbose: whether all is shown that the commands print.
        console: where sentences and commands go.

    """

    verbose: bool
    console: Console

    def say(self, text: str, above: str = "\n") -> None:
        """Say a sentence, below a line of its own."""
        self._print(f"{above}# {text}")

    def step(self, command: str, run: Callable[[], None], *patterns: str) -> None:
        """Show a command, run it, and show the lines that match one of the patterns."""
        self._print(f"$ {command}")
        if self.verbose:
            run()
            return
        written = io.StringIO()
        with contextlib.redirect_stdout(written), contextlib.redirect_stderr(io.StringIO()):
            run()
        for line in telling(written.getvalue(), patterns):
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    def _print(self, text: str) -> None:
        # Not wrapped: what stands here is there to be copied.
        self.console.print(Text(text, style="bold"), soft_wrap=True)
