"""Lists of texts in a regular expression: found as the search for the expression finds them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemagen.replay.functions.alternatives import alternatives, first_of
from schemagen.replay.functions.regexes import extract
from schemagen.replay.javaregex import translate

CHARACTERS = st.sampled_from("aAbc.\\|*-{}[]()^$ \n'é\u200d😀")
TEXTS = st.text(CHARACTERS, max_size=4)


def written(text, at_end):
    """Write a text as the statements do."""
    marks = re.sub(r"[!-/:-@\[-`{-~]", lambda found: f"\\{found[0]}", text)
    marks = marks.replace("\u200d", "\\x{200d}")
    return marks + ("\\z" if at_end else "")


@given(
    listed=st.lists(st.tuples(TEXTS, st.booleans()), min_size=1, max_size=5),
    text=st.text(CHARACTERS, max_size=8),
    flag=st.sampled_from(["", "(?s)"]),
)
def test_the_first_of_them_is_what_the_expression_finds(listed, text, flag):
    pattern = f"{flag}(?:{'|'.join(written(*each) for each in listed)})"
    read = alternatives(pattern)
    assert read is not None
    found = translate(pattern).regex.search(text)
    assert first_of(read, text) == (None if found is None else found[0])


@pytest.mark.parametrize(
    "pattern",
    ["a|b", "(a|b)", "(?:a*|b)", "(?:a|(?:b))", "(?:a)|(?:b)", "(?i)(?:a|b)", "(?:a.|b)", "(?:a",
     "(?:a\\d|b)", "(?:a\\zb|c)", "(?:a{2}|b)", "(?:[ab]|c)", "(?:a$|b)", "(?:\\Qa\\E|b)",
     "(?:a\\x{110000}|b)", "(?:a\\x{d83d}|b)", "(?s)(?:a|b)c", "(?:^a|b)", "(?:a\\"],
)  # fmt: skip
def test_what_is_more_than_texts_is_left_to_the_expression(pattern):
    assert alternatives(pattern) is None


def test_a_group_that_is_not_there_is_null():
    assert extract("(?:a|b)", "b", 0) == "b"
    assert extract("(?:a|b)", "c", 0) is None
    assert extract("(?:a|b)", "b", 1) is None
    assert extract("(?:a|b)", "b", -1) is None
