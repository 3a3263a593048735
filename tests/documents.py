"""What the documents of the project hold: blocks, code spans, and command lines to be checked."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer
import yaml

from schemagen.cli.app import app

APPLICATION = typer.main.get_command(app)
ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("docs/*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])

_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
# A command line ends where the shell goes on to something else.
_END = re.compile(r"\s*(?:\|\||&&|[|;>]|\s#).*")


@dataclass(frozen=True)
class Block:
    """A fenced block, without what indents it."""

    file: Path
    line: int
    language: str
    body: str

    def __str__(self):
        return f"{self.file.name}:{self.line}"


@dataclass(frozen=True)
class Line:
    """A command line of schemagen: the arguments after its name."""

    file: Path
    line: int
    arguments: tuple[str, ...]

    def __str__(self):
        return f"{self.file.name}:{self.line} {' '.join(self.arguments)}"


def blocks(file, *languages):
    """List the fenced blocks of a document, all or those of some languages."""
    text = file.read_text(encoding="utf-8")
    found = []
    for match in _FENCE.finditer(text):
        indent = match["indent"]
        body = "".join(
            line.removeprefix(indent) for line in match["body"].splitlines(keepends=True)
        )
        line = text.count("\n", 0, match.start()) + 1
        found.append(Block(file, line, match["language"], body))
    return [block for block in found if not languages or block.language in languages]


def spans(file):
    """List the code spans outside of fenced blocks, with their lines."""
    text = file.read_text(encoding="utf-8")
    outside = _FENCE.sub(lambda match: "\n" * match[0].count("\n"), text)
    return [
        (number, match[2].strip())
        for number, line in enumerate(outside.splitlines(), 1)
        for match in _SPAN.finditer(line)
    ]


def command_lines(file):
    """List what a document tells its reader to run."""
    found = [(number, text) for number, text in spans(file) if text.startswith("schemagen ")]
    for block in blocks(file):
        if block.language == "yaml":
            texts = (text for text in _texts(list(yaml.safe_load_all(block.body))))
            found += [(block.line, line) for text in texts for line in text.splitlines()]
        elif block.language in {"", "bash"}:
            found += [(block.line, line) for line in block.body.splitlines()]
    lines = (_line(file, number, text) for number, text in found)
    return [line for line in lines if line is not None]


def _line(file, number, text):
    text = text.strip().removeprefix("$ ").removeprefix(".venv/bin/")
    if not text.startswith("schemagen "):
        return None
    # Brackets mark what may be left out, and dots what may come again.
    plain = _END.sub("", text).replace("[", "").replace("]", "").replace("…", "")
    return Line(file, number, tuple(shlex.split(plain)[1:]))


def _texts(value):
    if isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value


def options_of(command):
    return {name for each in command.params for name in (*each.opts, *each.secondary_opts)}


def check(arguments):
    """Parse a command line as the application would, up to running it."""
    name, *rest = arguments
    if name.startswith("-") or name == "COMMAND":
        known = options_of(APPLICATION) | {"--help"}
        assert {each for each in arguments if each.startswith("-")} <= known
        return
    assert name in APPLICATION.commands, f"there is no command {name}"
    if not rest:
        return  # the command is spoken of
    parent = APPLICATION.make_context("schemagen", [name])
    try:
        APPLICATION.commands[name].make_context(name, list(rest), parent=parent)
    except Exception as error:
        # Some versions of typer carry a click of their own: its errors are told by what they can.
        if not hasattr(error, "format_message"):
            raise
        pytest.fail(f"schemagen {' '.join(arguments)}: {error.format_message()}")
