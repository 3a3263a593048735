from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import VALUES

from schemagen.sources.slicing import members, unescaped


@given(st.dictionaries(st.text(), VALUES), st.sampled_from([None, 0, 2]))
def test_the_texts_of_an_objects_values_are_those_that_stand_there(document, indent):
    text = json.dumps(document, indent=indent, default=str).encode()
    found = members(b" \n" + text + b" rest")
    assert {key: json.loads(value) for key, value in found.items()} == json.loads(text)


@given(st.text())
def test_a_string_is_what_it_holds(text):
    try:
        expected = text.encode()
    except UnicodeEncodeError:
        expected = text.encode("utf-8", "surrogatepass")
    assert unescaped(json.dumps(text).encode()) == expected
    written = json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass")
    assert unescaped(written) == expected


def test_bytes_that_are_not_utf8_stay_as_they_are():
    assert unescaped(b'"\xff\\n\\u00e9\\/"') == b"\xff\n\xc3\xa9/"


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b'{"a"', b'{"a":', b'{"a":1', b"{a:1}", b"1"])
def test_what_is_not_a_whole_object_has_no_members(text):
    assert members(text) is None


def test_of_the_start_of_an_object_as_much_is_known_as_stands_there():
    assert members(b'{"a": 1, "b": [{"c', partial=True) == {"a": b"1", "b": b'[{"c'}
    assert members(b'{"a": 1, "b', partial=True) == {"a": b"1"}
    assert members(b"[", partial=True) is None


def test_a_broken_value_costs_only_itself():
    assert members(b'{"a":tru,"b":{"x":NaN},"c":2}') == {
        "a": b"tru",
        "b": b'{"x":NaN}',
        "c": b"2",
    }
