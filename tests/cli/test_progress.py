"""The line that shows how far a reading has come."""

from __future__ import annotations

import io
import sys
from itertools import pairwise

import pytest

from schemagen.profile.evidence import Evidence
from schemagen.report.progress import ProgressLine


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


class Half:
    """A source of which half has been read."""

    def __init__(self, share=0.5):
        self.share = share

    def share_read(self):
        return self.share


@pytest.fixture
def evidence():
    one = Evidence("t")
    one.profile.add([{"a": 1, "b": {"c": [1]}}] * 600)
    one.decoding.records = 12_000
    return one


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def line(monkeypatch, clock):
    def make(stream, source=None, *, quiet=False, shown=None):
        monkeypatch.setattr(sys, "stderr", stream)
        return ProgressLine(source or Half(), quiet=quiet, shown=shown, clock=clock)

    return make


def test_on_a_terminal_one_line_says_it_all_and_is_wiped_in_the_end(line, clock, evidence):
    stream = Terminal()
    shown = line(stream)
    clock.now += 2
    shown.update(evidence)
    text = "12,000 records read, 50.0%, 6,000 a second; 4 paths, unseen at most 0.50%"
    assert stream.getvalue() == f"\r{text}"
    shown.close()
    assert stream.getvalue() == f"\r{text}\r{' ' * len(text)}\r"


def test_a_shorter_line_hides_all_of_the_longer_one_before_it(line, clock, evidence):
    stream = Terminal()
    source = Half()
    shown = line(stream, source)
    clock.now += 2
    shown.update(evidence)
    longer = stream.getvalue()
    clock.now += 2
    source.share = None
    shown.update(evidence)
    assert len(stream.getvalue()) == 2 * len(longer)


def test_in_a_pipe_it_is_silent_unless_asked_for(line, clock, evidence):
    for asked, lines in ((None, 0), (False, 0), (True, 1)):
        stream = io.StringIO()
        shown = line(stream, shown=asked)
        clock.now += 60
        shown.update(evidence)
        shown.close()
        assert stream.getvalue().count("\n") == lines
        assert "\x1b" not in stream.getvalue()


def test_on_a_terminal_it_can_be_switched_off(line, clock, evidence):
    for options in ({"shown": False}, {"quiet": True}, {"quiet": True, "shown": True}):
        stream = Terminal()
        shown = line(stream, **options)
        clock.now += 60
        shown.update(evidence)
        shown.close()
        assert stream.getvalue() == ""


def test_a_log_gets_a_line_every_few_seconds_and_a_terminal_ten_a_second(line, clock, evidence):
    for stream, count in ((Terminal(), 100), (io.StringIO(), 2)):
        shown = line(stream, shown=True)
        for _ in range(1_010):
            clock.now += 0.01
            shown.update(evidence)
        assert stream.getvalue().count("records read") == pytest.approx(count, abs=8)


def test_a_source_of_unknown_size_has_no_share(line, clock, evidence):
    class Endless:
        def share_read(self):
            return None

    stream = Terminal()
    shown = line(stream, Endless())
    clock.now += 1
    shown.update(evidence)
    assert "12,000 records read, 12,000 a second" in stream.getvalue()


def test_nothing_is_said_of_a_profile_that_is_not_known_yet(line, clock):
    stream = Terminal()
    shown = line(stream)
    clock.now += 1
    reading = Evidence("t")
    reading.decoding.records = 10
    shown.update(reading)
    assert stream.getvalue() == "\r10 records read, 50.0%, 10 a second"


def test_the_profile_is_walked_rarely(line, clock, evidence, monkeypatch):
    walked = []
    walk = type(evidence.profile.root).walk

    def counting(node, path=()):
        if path == ():
            walked.append(clock.now)
        return walk(node, path)

    monkeypatch.setattr(type(evidence.profile.root), "walk", counting)
    shown = line(Terminal())
    # The same sample for a minute: looked at once, for it shows nothing new.
    for _ in range(600):
        clock.now += 0.1
        shown.update(evidence)
    assert len(walked) == 1
    # A sample that grows by a hundredth ten times a second: once a second at most.
    for _ in range(600):
        clock.now += 0.1
        evidence.decoding.records = int(evidence.decoding.records * 1.01)
        shown.update(evidence)
    assert 40 <= len(walked) <= 62
    assert all(after - before > 0.99 for before, after in pairwise(walked))


def test_a_profile_that_is_slow_to_walk_is_walked_more_rarely(line, clock, evidence, monkeypatch):
    walked = []
    walk = type(evidence.profile.root).walk

    def slow(node, path=()):
        if path == ():
            walked.append(clock.now)
            clock.now += 0.5
        return walk(node, path)

    monkeypatch.setattr(type(evidence.profile.root), "walk", slow)
    shown = line(Terminal())
    for _ in range(1_000):
        clock.now += 0.1
        evidence.decoding.records *= 2
        shown.update(evidence)
    assert len(walked) in range(3, 6)


def test_infer_shows_it_where_asked_and_only_on_standard_error(run, events, monkeypatch):
    monkeypatch.setattr("schemagen.report.progress._LOG_SECONDS", 0)
    path = events({"a": 1}, {"a": 2})
    plain = run("infer", "--from", path, "t")
    assert "a second" not in plain.err
    shown = run("infer", "--from", path, "t", "--progress")
    assert "2 records read, 100%, " in shown.err
    assert shown.out == plain.out
    assert "a second" not in run("infer", "--from", path, "t", "--no-progress").err
