"""The line that shows how far a reading has come."""

from __future__ import annotations

import io
import sys

import pytest

from schemagen.cli import progress
from schemagen.cli.progress import ProgressLine
from schemagen.profile.evidence import Evidence


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def shown(monkeypatch):
    monkeypatch.setattr(progress, "_SECONDS", 0)

    def run(stream, *, quiet=False):
        monkeypatch.setattr(sys, "stderr", stream)
        line = ProgressLine(quiet=quiet)
        evidence = Evidence("t")
        evidence.tally.records = 12_000
        line.update(evidence)
        line.close()
        return stream.getvalue()

    return run


def test_on_a_terminal_it_shows_how_much_was_read_and_leaves_nothing_behind(shown):
    text = shown(Terminal())
    assert "12,000 records read" in text
    assert text.endswith("\r\x1b[K")


def test_in_a_pipe_it_is_silent(shown):
    assert shown(io.StringIO()) == ""


def test_quiet_is_silent(shown):
    assert shown(Terminal(), quiet=True) == ""
