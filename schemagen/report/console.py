"""How commands print for people: on a terminal, in a pipe, to a file."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.segment import Segment

_PIPE_WIDTH = 4_000
"""Nothing is wrapped or cut where no terminal says how wide it is."""


def console(*, stderr: bool = False, no_color: bool = False) -> Console:
    """Make a console that neither wraps in a pipe nor colours where nobody wants it.

    Without colours not one escape sequence is written: bold and dim text are no better in a log.
    """
    from rich.console import Console  # noqa: PLC0415 - only those who print pay for rich

    class Speaking(Console):
        def on_broken_pipe(self) -> None:
            # Rich would end the process with 1, which is our code for findings.
            raise BrokenPipeError

    plain = no_color or bool(os.environ.get("NO_COLOR"))
    made = Speaking(stderr=stderr, color_system=None if plain else "auto", highlight=False)
    # FORCE_COLOR makes rich take a pipe for a terminal, but no pipe has a width.
    if not made.file.isatty() and "COLUMNS" not in os.environ:
        made.width = _PIPE_WIDTH
    return made


def plain_text(renderable: Any) -> str:
    """Write what is made for a terminal as text: no colours, nothing wrapped."""
    from rich.console import Console  # noqa: PLC0415 - as above

    written = io.StringIO()
    Console(file=written, width=_PIPE_WIDTH, color_system=None, highlight=False).print(
        Trimmed(renderable)
    )
    return written.getvalue()


@dataclass(frozen=True, slots=True)
class Trimmed:
    """Something to print without the blanks that rich fills the lines of tables with.

    Who reads a pipe gets them into every file and every comparison.
    """

    renderable: Any

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.segment import Segment  # noqa: PLC0415 - as above

        for line in console.render_lines(self.renderable, options, pad=False):
            yield from _trimmed(line)
            yield Segment.line()


def _trimmed(line: list[Segment]) -> list[Segment]:
    """Leave out the blanks at the end of a line."""
    while line and not line[-1].text.rstrip():
        line = line[:-1]
    if not line:
        return []
    *before, last = line
    return [*before, last._replace(text=last.text.rstrip())]
