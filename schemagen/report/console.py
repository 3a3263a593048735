"""What the commands print for people."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemagen.profile.paths import render
from schemagen.profile.unseen import coverage
from schemagen.report.fields import FieldRow, field_rows
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.segment import Segment
    from rich.tree import Tree

    from schemagen.profile.evidence import Evidence
    from schemagen.profile.paths import Path
    from schemagen.profile.profile import Node

_PIPE_WIDTH = 4_000
"""Nothing is wrapped or cut where no terminal says how wide it is."""

_WORDS = {"string": "text"}


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


def percent(share: float) -> str:
    """Write a share so that neither 0 nor 100 % is said of what is not quite that."""
    if share in (0.0, 1.0):
        return f"{share:.0%}"
    if share < 0.0001:  # noqa: PLR2004 - two decimals would make it 0.00 %
        return "<0.01%"
    text = f"{share:.2%}" if share < 0.1 else f"{share:.1%}"  # noqa: PLR2004 - three digits do
    return "99.9%" if text == "100.0%" else text


def inference_tree(evidence: Evidence, root: Node, maps: Mapping[Path, str]) -> Tree:
    """Draw the fields, at every level those with conflicts first."""
    from rich.text import Text  # noqa: PLC0415 - as above
    from rich.tree import Tree  # noqa: PLC0415

    rows = field_rows(root, maps)
    fields = sum(1 for top in rows for _ in top.walk())
    conflicts = sum(row.conflict for top in rows for row in top.walk())
    messages = counted(evidence.profile.messages, "message")
    head = f"{evidence.name}: {messages}, {counted(fields, 'field')}"
    if conflicts:
        head += f", {conflicts:,} with conflicting types"
    tree = Tree(Text(head, style="bold"))
    for row in rows:
        _grow(tree, row)
    return tree


def _grow(tree: Tree, row: FieldRow) -> None:
    from rich.text import Text  # noqa: PLC0415 - as above

    line = Text(render(row.path[-1:]))
    line.append("  " + "|".join(_WORDS.get(k, k) for k in row.kinds or ["null"]), style="cyan")
    if row.presence < 1:
        line.append(f"  {percent(row.presence)}", style="dim")
    if row.nulls:
        line.append(f"  null in {row.nulls:,}", style="dim")
    if row.conflict:
        line.append("  conflict", style="bold red")
    if row.remarks:
        line.append("  " + "; ".join(row.remarks), style="red" if row.conflict else "green")
    branch = tree.add(line)
    for child in row.children:
        _grow(branch, child)


def unseen_sentence(evidence: Evidence, root: Node) -> str:
    """Say how sure the sample is; `root` is the profile's, its maps folded."""
    sure = coverage(evidence.profile, root)
    return (
        f"The next message shows a field or type not seen here with a chance of about "
        f"{percent(sure.unseen)}, at most {percent(sure.unseen_upper)} (95 % sure; "
        f"{sure.once:,} of {counted(sure.structures, 'structure')} "
        f"{'was' if sure.once == 1 else 'were'} seen once)."
    )


def record_lines(evidence: Evidence) -> list[str]:
    """Say what became of records that gave no message, or a remarkable one, and what to do."""
    tally = evidence.tally
    lines = []
    for kind, count in tally.counts.items():
        where = tally.firsts[kind].written()
        line = f"{kind.label}: {count:,} of {counted(tally.records, 'record')}"
        line += f", the first at {where}. " if where else ". "
        lines.append(line + " ".join(filter(None, [kind.explanation, kind.hint])))
    if tally.schema_ids:
        lines.append(f"Schema ids seen: {', '.join(map(str, sorted(tally.schema_ids)))}.")
    return lines
