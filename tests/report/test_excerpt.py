from __future__ import annotations

from schemagen.report.excerpt import telling


def test_the_lines_in_which_a_pattern_is_found_come_in_their_order():
    text = "one 1\ntwo 2\n\nthree 3\n"
    assert telling(text, ["^three", "2$"]) == ["two 2", "three 3"]


def test_no_pattern_tells_nothing_and_a_dot_all_that_is_written():
    assert telling("one\n\ntwo\n", []) == []
    assert telling("one\n\ntwo\n", ["."]) == ["one", "two"]
