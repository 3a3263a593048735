"""Write docs/reference.md from the commands: `make reference`."""

from __future__ import annotations

from pathlib import Path

import typer

from schemagen.cli.app import app

REFERENCE = Path(__file__).with_name("reference.md")

_HEAD = """\
# Commands

This page is made from the commands themselves: each text is what `schemagen COMMAND --help` prints.
"""


def reference() -> str:
    """Return the page."""
    group = typer.main.get_command(app)
    settings = {**group.context_settings, "terminal_width": 80, "max_content_width": 80}
    top = group.context_class(group, info_name="schemagen", **settings)
    parts = [_HEAD, _block(group.get_help(top))]
    for name, command in group.commands.items():
        if not command.hidden:
            context = command.context_class(command, parent=top, info_name=name)
            parts += [f"\n## {name}\n", _block(command.get_help(context))]
    return "".join(parts)


def _block(text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return f"\n```text\n{lines}\n```\n"


if __name__ == "__main__":
    REFERENCE.write_text(reference(), encoding="utf-8")
