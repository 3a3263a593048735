"""YAML of strangers: bounded, with places, and nothing lost on the quiet."""

from __future__ import annotations

import os

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from schemagen.detections import documents
from schemagen.detections.documents import BrokenYamlError, UnreadableError, parse, read_text

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**9), 10**9),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co", "Cn"]), max_size=8),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("abcxyz_|", max_size=4), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(VALUES)
def test_a_text_says_what_pyyaml_says(value):
    text = yaml.safe_dump(value, allow_unicode=True)
    (document,) = parse(text)
    assert document.value == yaml.safe_load(text)


def test_aliases_and_merge_keys_are_as_in_pyyaml():
    text = "base: &b {x: 1, y: [a]}\nuse: *b\nmore:\n  <<: *b\n  y: 2\n"
    assert parse(text)[0].value == yaml.safe_load(text)


def test_each_document_knows_its_line():
    assert [d.line for d in parse("---\na: 1\n---\n# comment\n\nb: 2\n")] == [2, 6]


def test_the_line_of_a_key_and_of_an_element_is_found():
    (document,) = parse("a:\n  b:\n    - x\n    - y\n  c: 1\n5: z\n")
    assert document.line_of("a") == 1
    assert document.line_of("a", "b") == 2
    assert document.line_of("a", "b", 1) == 4
    assert document.line_of("a", "c") == 5
    assert document.line_of(5) == 6


def test_where_a_step_is_missing_the_line_of_the_last_one_found_is_given():
    (document,) = parse("x: 0\na:\n  b: [1]\n")
    assert document.line_of("a", "nope") == 2
    assert document.line_of("a", "b", 7) == 3
    assert document.line_of("a", "b", 0, "deeper") == 3
    assert document.line_of("nope") == 1


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a: 1\nb: [1, 2\n", 3, 1),
        ("a: 1\n\tb: 2\n", 2, 1),
        ("a: 'open\n", 2, 1),
        ("a: 1\nb: *nowhere\n", 2, 4),
        ("a: !!python/object:os.system x\n", 1, 4),
        ("a: 1\nb: 2024-13-45\n", 2, 4),
        ("a: 1\nb:\n  x: 1\n  x: 2\n", 4, 3),
        ("? [a]\n: b\n", 1, 3),
        ("a: &a\n  b: *a\n", 1, 4),
    ],
)
def test_what_is_broken_is_told_with_line_and_column(text, line, column):
    with pytest.raises(BrokenYamlError) as caught:
        parse(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert caught.value.reason
    assert "\n" not in caught.value.reason


def test_a_key_that_stands_twice_is_named():
    with pytest.raises(BrokenYamlError, match="`CommandLine` stands twice"):
        parse("s:\n  CommandLine: a\n  CommandLine: b\n")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "- " * 100_000 + "a",
        "{a: " * 5_000,
        "\n".join(" " * n + "k:" for n in range(200)),
    ],
)
def test_deep_nesting_is_refused_and_does_no_harm(text):
    with pytest.raises(BrokenYamlError, match="nest"):
        parse(text)


def test_a_bomb_of_aliases_is_refused():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(BrokenYamlError, match="aliases repeat"):
        parse("\n".join(lines))


def test_a_control_character_is_refused():
    with pytest.raises(BrokenYamlError):
        parse("a: \x01\n")


def test_utf8_is_read_with_and_without_byte_order_mark(tmp_path):
    file = tmp_path / "a"
    for data in (b"\xef\xbb\xbfa: \xc3\xa9", b"a: \xc3\xa9"):
        file.write_bytes(data)
        assert read_text(file) == "a: é"


@pytest.mark.parametrize("data", [b"a: \xff", "a: é".encode("utf-16"), "é".encode("latin-1")])
def test_other_encodings_are_refused(tmp_path, data):
    file = tmp_path / "a"
    file.write_bytes(data)
    with pytest.raises(UnreadableError, match="UTF-8"):
        read_text(file)


def test_a_file_beyond_the_bound_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(documents, "MAX_BYTES", 1 << 20)
    file = tmp_path / "a"
    file.write_bytes(b"#" * (1 << 20))
    assert len(read_text(file)) == 1 << 20
    file.write_bytes(b"#" * ((1 << 20) + 1))
    with pytest.raises(UnreadableError, match="larger than 1 MiB"):
        read_text(file)


def test_a_named_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.yml")
    with pytest.raises(UnreadableError, match="regular"):
        read_text(tmp_path / "pipe.yml")


def test_a_missing_file_is_unreadable(tmp_path):
    with pytest.raises(UnreadableError):
        read_text(tmp_path / "none")
