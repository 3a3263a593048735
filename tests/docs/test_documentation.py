"""The documents say what is so: commands, options, links, project files, classes of findings."""

from __future__ import annotations

import re

import pytest
from documents import (
    APPLICATION,
    DOCUMENTS,
    ROOT,
    blocks,
    check,
    command_lines,
    options_of,
    spans,
)

from schemagen.drift.findings import DEFAULT_FAIL_ON, FindingClass
from schemagen.project import load

COMMAND_LINES = [line for file in DOCUMENTS for line in command_lines(file)]
PROJECT_FILES = [block for file in DOCUMENTS for block in blocks(file, "toml")]
DRIFT = ROOT / "docs" / "drift.md"
_OPTION = re.compile(r"--[a-z][a-z-]*|-[A-Za-z](?=[ =]|$)")


def test_there_is_something_to_check():
    assert {line.file.name for line in COMMAND_LINES} >= {"README.md", "ci.md", "drift.md"}
    assert len(COMMAND_LINES) > 30


@pytest.mark.parametrize("line", COMMAND_LINES, ids=str)
def test_a_command_line_can_be_run_as_it_is_written(line):
    check(line.arguments)


@pytest.mark.parametrize("wrong", [
    ["infer", "--no-such-option"],
    ["ddl", "--quote", "some"],
    ["merge"],
    ["infer", "one", "two"],
])  # fmt: skip
def test_a_wrong_command_line_would_be_noticed(wrong):
    with pytest.raises(pytest.fail.Exception):
        check(wrong)


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_an_option_that_is_named_is_one_of_a_command(file):
    known = options_of(APPLICATION) | {"-h", "--help"}
    known |= {name for command in APPLICATION.commands.values() for name in options_of(command)}
    found = [(_OPTION.match(text), line) for line, text in spans(file)]
    named = {match[0]: line for match, line in found if match}
    assert not {f"{name}, line {line}" for name, line in named.items() if name not in known}


def test_the_table_of_the_readme_has_every_command_and_no_other():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    described = re.findall(r"^\| `schemagen (\w+)", text, re.MULTILINE)
    commands = APPLICATION.commands.items()
    assert sorted(described) == sorted(name for name, command in commands if not command.hidden)


@pytest.mark.parametrize("block", PROJECT_FILES, ids=str)
def test_a_project_file_can_be_loaded_as_it_is_written(block, tmp_path):
    file = tmp_path / "schemagen.toml"
    file.write_text(block.body, encoding="utf-8")
    assert set(load(file).topics) == {"wineventlogs"}


# --- links ---------------------------------------------------------------------------------------


def headings(file):
    """Give the anchors that GitHub makes of a document's headings."""
    found = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in found}


LINKS = [
    pytest.param(file, target, id=f"{file.name}: {target}")
    for file in DOCUMENTS
    for target in re.findall(r"\]\(([^)\s]+)\)", file.read_text(encoding="utf-8"))
    if "://" not in target
]


@pytest.mark.parametrize(("file", "target"), LINKS)
def test_a_link_leads_somewhere(file, target):
    path, _, anchor = target.partition("#")
    linked = (file.parent / path).resolve() if path else file
    assert linked.exists()
    if anchor:
        assert anchor in headings(linked)


# --- the definition of the classes ---------------------------------------------------------------


def test_every_class_is_defined_in_the_order_of_gravity():
    defined = re.findall(r"^### `(\w+)`$", DRIFT.read_text(encoding="utf-8"), re.MULTILINE)
    assert defined == [str(kind) for kind in FindingClass]


def test_the_table_of_classes_says_which_fail_by_default():
    text = DRIFT.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|.*\| (yes|no) \|$", text, re.MULTILINE)
    assert rows == [
        (str(kind), "yes" if kind in DEFAULT_FAIL_ON else "no") for kind in FindingClass
    ]
    assert (
        f"`--fail-on {','.join(kind for kind in FindingClass if kind in DEFAULT_FAIL_ON)}`" in text
    )
