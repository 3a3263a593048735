"""What is said to people, and how it gets to their screens."""

from __future__ import annotations

import io
import sys

import pytest
from rich.table import Table
from rich.text import Text

from schemagen.profile.evidence import Evidence
from schemagen.report.console import console, plain_text
from schemagen.report.inference import record_lines, unseen_sentence
from schemagen.sources.decode_statistics import DecodeError, RecordPosition


def lines(*places):
    evidence = Evidence("t")
    evidence.decoding.records = 10
    for place in places:
        evidence.decoding.count(DecodeError.INVALID_JSON, place)
    return record_lines(evidence)


def test_the_place_of_the_first_record_of_a_kind_is_told():
    (line,) = lines(RecordPosition("t", 3, 41), RecordPosition("t", 2, 70))
    assert line.startswith(
        "not valid JSON: 2 of 10 records, the first at t partition 2 offset 70. The value is"
    )
    (line,) = lines(RecordPosition("a.ndjson", -1, 8))
    assert "1 of 10 records, the first at a.ndjson record 8. " in line


def test_a_record_without_a_place_is_told_without_one():
    (line,) = lines(RecordPosition("t", -1, 0))
    assert line.startswith("not valid JSON: 1 of 10 records. The value is")


def test_the_first_offset_of_a_partition_is_a_place():
    (line,) = lines(RecordPosition("t", 0, 0))
    assert "the first at t partition 0 offset 0. " in line


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def printed(monkeypatch):
    """Print a styled text to a screen of some kind, and give what is written there."""

    def write(text, style, screen, *, stderr=False, no_color=False, **environment):
        for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
            monkeypatch.delenv(name, raising=False)
        for name, value in ({"TERM": "xterm-256color"} | environment).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "stderr" if stderr else "stdout", screen)
        console(stderr=stderr, no_color=no_color).print(Text(text, style=style))
        return screen.getvalue()

    return write


@pytest.mark.parametrize("stderr", [False, True])
@pytest.mark.parametrize("style", ["bold", "dim", "red"])
@pytest.mark.parametrize(
    "wish",
    [
        {"no_color": True},
        {"no_color": True, "FORCE_COLOR": "1"},
        {"NO_COLOR": "1"},
        {"NO_COLOR": "1", "FORCE_COLOR": "1"},
        {"TERM": "dumb"},
    ],
    ids=str,
)
def test_no_escape_is_written_where_colours_are_not_wanted(printed, wish, style, stderr):
    assert printed("a", style, Terminal(), stderr=stderr, **wish) == "a\n"


def test_a_terminal_gets_colours_also_where_the_variable_is_empty(printed):
    assert printed("a", "bold", Terminal()) == "\x1b[1ma\x1b[0m\n"
    assert printed("a", "bold", Terminal(), NO_COLOR="") == "\x1b[1ma\x1b[0m\n"


def test_a_pipe_gets_no_colours_and_has_no_width(printed):
    text = "word " * 100 + "end"
    assert printed(text, "bold", io.StringIO()) == f"{text}\n"
    assert printed(text, "bold", io.StringIO(), FORCE_COLOR="1") == f"\x1b[1m{text}\x1b[0m\n"


def test_no_line_of_a_table_ends_in_blanks():
    table = Table("a", "b", box=None, pad_edge=False)
    table.add_row("long text", "x")
    table.add_row("  c", "")
    table.add_row("", "")
    assert plain_text(table) == "a          b\nlong text  x\n  c\n\n"


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ([{"a": 1}], "1 message is too few to tell how likely the next one shows a field or type"),
        ([{"a": 1}, {"b": 1}], "2 messages are too few to tell how likely the next one shows a"),
        ([{"a": 1}] * 99 + [{"a": "x"}], "; 1 of 3 structures was seen once)."),
        ([{"a": 1}] * 200 + [{"b": 1}, {"c": 1}], "; 2 of 4 structures were seen once)."),
    ],
)
def test_a_count_and_its_verb_agree(messages, said):
    evidence = Evidence("t")
    evidence.profile.add(messages)
    assert said in unseen_sentence(evidence, evidence.profile.root)
