"""The tree of fields, as a whole or in part."""

from __future__ import annotations

import re

import pytest

from schemagen.profile.paths import render
from schemagen.profile.profile import Profile
from schemagen.report.console import plain_text
from schemagen.report.fields import NOT_SEEN, field_rows
from schemagen.report.tree import TreeView, field_tree, tree_head, wide_line
from schemagen.schema.build import build_schema
from schemagen.schema.shape import shape

MESSAGE = {"a": {"b": {"c": 1, "d": "x"}, "e": [{"f": 1}]}, "g": True}


def rows(*messages):
    profile = Profile()
    profile.add([*messages])
    return field_rows(profile.root, {})


def shown(view, *messages):
    found, depth = view.of(rows(*(messages or [MESSAGE])))
    return [render(row.path) for top in found for row in top.walk()], depth


WHOLE = ["a", "a.b", "a.b.c", "a.b.d", "a.e", "a.e[]", "a.e[].f", "g"]


@pytest.mark.parametrize(("view", "paths", "depth"), [
    (TreeView(), WHOLE, None),
    (TreeView(depth=9), WHOLE, None),
    (TreeView(depth=4), WHOLE, None),
    (TreeView(depth=2), ["a", "a.b", "a.e", "g"], 2),
    (TreeView(depth=1), ["a", "g"], 1),
    (TreeView(lines=100), WHOLE, None),
    (TreeView(lines=15), ["a", "a.b", "a.b.c", "a.b.d", "a.e", "a.e[]", "g"], 3),
    (TreeView(lines=12), ["a", "a.b", "a.e", "g"], 2),
    (TreeView(lines=1), ["a", "g"], 1),
    (TreeView(depth=3, lines=1), ["a", "a.b", "a.b.c", "a.b.d", "a.e", "a.e[]", "g"], 3),
])  # fmt: skip
def test_it_is_folded_below_a_depth(view, paths, depth):
    assert shown(view) == (paths, depth)


@pytest.mark.parametrize(("pattern", "paths"), [
    ("c$", ["a", "a.b", "a.b.c"]),
    ("e", ["a", "a.e", "a.e[]", "a.e[].f"]),
    ("^g$", ["g"]),
    ("nowhere", []),
])  # fmt: skip
def test_a_field_that_is_looked_for_stands_where_it_is(pattern, paths):
    assert shown(TreeView(pattern=re.compile(pattern))) == (paths, None)


def test_what_is_folded_is_counted():
    found, _ = TreeView(depth=1).of(rows(MESSAGE))
    text = plain_text(field_tree("head", found))
    assert "a  object  6 fields inside" in text
    assert "g  boolean\n" in text


def test_the_head_counts_all_fields_whatever_is_shown():
    assert tree_head("t", 2, rows(MESSAGE, {"g": "x"})) == (
        "t: 2 messages, 8 fields, 1 with conflicting types"
    )
    assert tree_head("t", None, rows({"a": 1})) == "t: 1 field"


def test_a_very_wide_topic_gets_a_depth_proposed():
    wide = {f"k{n}": {f"i{m}": {"x": 1, "y": 2} for m in range(5)} for n in range(80)}
    assert wide_line(rows(wide)) == (
        "There are 1,280 fields: --depth 2 declares 480 of them, and reads deeper objects as JSON "
        "text."
    )
    assert wide_line(rows(MESSAGE)) is None


def test_what_only_the_schema_has_is_not_a_share_of_the_sample():
    seen, known = Profile(), Profile()
    seen.add([{"a": 1, "o": {"x": 1}, "l": [{"m": 1}]}] * 50)
    known.add([{"a": 1, "b": "x", "o": {"x": 1, "y": 1}, "q": {"z": 1}, "l": [{"m": 1}]}])
    joined = shape(build_schema(known.root, "t"), seen.root)
    found = {
        render(row.path): row for top in field_rows(joined, {}, seen.root) for row in top.walk()
    }
    missing = [path for path, row in found.items() if NOT_SEEN in row.remarks]
    assert missing == ["b", "o.y", "q"]
    assert {found[path].presence for path in missing} == {0.0}
    text = plain_text(field_tree("t", field_rows(joined, {}, seen.root)))
    assert "b  text  not in this sample" in text
    assert "%" not in text
