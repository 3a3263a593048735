"""The lines of fields in a schema file."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import KEYS

from schemagen.files import to_json
from schemagen.profile.paths import ANY_KEY, ITEMS
from schemagen.report.lines import field_lines, line_of

SCHEMA = """{
  "type": "object",
  "properties": {
    "properties": {
      "type": "string"
    },
    "host": {
      "type": "object",
      "properties": {
        "ip": {
          "type": "array",
          "items": {
            "type": "object",
            "properties": {
              "v4": {}
            }
          }
        },
        "labels": {
          "additionalProperties": {
            "type": "string"
          }
        }
      }
    },
    "either": {
      "anyOf": [
        { "type": "string" },
        { "type": "object", "properties": { "a": {},
          "b": {} } },
        { "type": "array",
          "items": {} }
      ]
    },
    "closed": { "additionalProperties": false }
  }
}
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 1),
        (("properties",), 4),
        (("host",), 7),
        (("host", "ip"), 10),
        (("host", "ip", ITEMS), 12),
        (("host", "ip", ITEMS, "v4"), 15),
        (("host", "labels", ANY_KEY), 20),
        (("either",), 26),
        (("either", "a"), 29),
        (("either", "b"), 30),
        (("either", ITEMS), 32),
        (("closed", ANY_KEY), 35),
    ],
)
def test_a_field_is_on_the_line_of_its_key(path, line):
    assert line_of(field_lines(SCHEMA), path) == line


def test_of_a_field_in_several_branches_the_first_counts():
    branch = '{\n"properties": {\n"a": {}}}'
    text = f'{{"anyOf": [{branch}, {branch}, {branch}]}}'
    assert line_of(field_lines(text), ("a",)) == 3


@pytest.mark.parametrize(
    ("path", "line"),
    [(("new",), 1), (("host", "new", "deep"), 7), (("host", "ip", ITEMS, "v6"), 12)],
)
def test_a_field_that_is_not_there_is_on_the_line_around_it(path, line):
    assert line_of(field_lines(SCHEMA), path) == line


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json: [",
        "[" * 100_000,
        '{"properties": ' * 3_000,
        '{"properties": 5}',
        '{"properties": {"[]": [1]}, "anyOf": 7, "items": null}',
        '{"properties": {["k"]: 1}}',
        "\x00",
        "\ud800",
        "&a [*a]",
        '"\\ud83d"',
        '{"a\\u12": 1}',
        '{"properties": {"a": 1}}{"properties": {"b": 1}}',
    ],
)
def test_what_cannot_be_read_is_on_line_1(text):
    assert line_of(field_lines(text), ("a", ITEMS, "b")) == 1


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ('{\n\t"properties":\t{\n\t"a": 1, },}', ("a",), 3),
        ('\ufeff{\r\n"properties": {\r\n"a": {}\r\n}}', ("a",), 3),
        ('{"x": "\u2028\u0085\x7f", "properties": {\n"a": {}}}', ("a",), 2),
        ('{"properties": {\n"\\ud83d\\ude00": {}}}', ("\U0001f600",), 2),
        ('{"properties": {\n"\U0001f600": {}}}', ("\U0001f600",), 2),
        ('{"properties": {\n"\\ud800": {}}}', ("\ud800",), 2),
        ('{"properties": {\n"\\\\ud83d\\\\ude00": {}}}', ("\\ud83d\\ude00",), 2),
        ('{"properties": {\n"a\\/\\"b\\u0022": {}}}', ('a/"b"',), 2),
        ('{"properties": {\n"<<": {},\n"~": {},\n"1": {}}}', ("1",), 4),
    ],
)
def test_json_that_is_written_otherwise_is_read_as_well(text, path, line):
    assert line_of(field_lines(text), path) == line


@given(st.dictionaries(KEYS, st.dictionaries(KEYS, st.none(), max_size=3), min_size=1, max_size=4))
@pytest.mark.parametrize("written", [to_json, lambda schema: json.dumps(schema, indent=1)])
def test_every_field_is_found_in_what_is_written(written, names):
    schema = {
        "properties": {
            name: {"properties": {each: {"type": "string"} for each in inner}}
            for name, inner in names.items()
        }
    }
    text = written(schema)
    lines = field_lines(text)
    rows = text.split("\n")
    for name, inner in names.items():
        for path in [(name,), *((name, each) for each in inner)]:
            row = rows[line_of(lines, path) - 1].strip()
            key, _ = json.JSONDecoder().raw_decode(row)
            assert key == path[-1]
