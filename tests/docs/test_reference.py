"""The reference has every command with every option, as the commands themselves have them."""

from __future__ import annotations

import runpy

import pytest
from documents import APPLICATION, ROOT, options_of

PAGE = ROOT / "docs" / "reference.md"
TEXT = PAGE.read_text(encoding="utf-8")
SHOWN = {name: command for name, command in APPLICATION.commands.items() if not command.hidden}


def test_the_page_is_what_the_commands_say():
    made = runpy.run_path(str(ROOT / "docs" / "make_reference.py"))["reference"]()
    assert made == TEXT, "make it anew: make reference"


@pytest.mark.parametrize("name", SHOWN)
def test_every_option_of_a_command_is_there(name):
    section = TEXT.split(f"\n## {name}\n", 1)[1].split("\n## ", 1)[0]
    old = {each for param in SHOWN[name].params if getattr(param, "hidden", False)
           for each in param.opts}  # fmt: skip
    options = {option for option in options_of(SHOWN[name]) - old if option.startswith("-")}
    assert {option for option in options if option not in section} == set()


def test_help_is_no_wider_than_a_terminal():
    assert [line for line in TEXT.splitlines()[4:] if len(line) > 80] == []
