"""One walk along a path answers which type the columns have there and what was seen there."""

from __future__ import annotations

import pytest

from schemagen.ksqldb.paths import declared_path, field_reading, nodes_read_by, type_at
from schemagen.ksqldb.types import BIGINT, DOUBLE, VARCHAR, Map, Struct, parse_type
from schemagen.profile.paths import ANY_KEY, ITEMS
from schemagen.profile.profile import Profile
from schemagen.schema.lookup import node_at

COLUMNS = parse_type(
    "STRUCT<HOST STRUCT<`ip` ARRAY<VARCHAR>, NAME VARCHAR>, `labels` MAP<VARCHAR, BIGINT>, "
    "`Score` DOUBLE, RAW VARCHAR>"
)


def seen(*messages):
    profile = Profile()
    profile.add(list(messages))
    return profile.root


@pytest.mark.parametrize(
    ("path", "declared", "kind"),
    [
        ((), (), COLUMNS),
        (("host", "ip", ITEMS), ("HOST", "ip", ITEMS), VARCHAR),
        (("Host", "Name"), ("HOST", "NAME"), VARCHAR),
        (("labels", "Any Key"), ("labels", "Any Key"), BIGINT),
        (("labels", ANY_KEY), ("labels", ANY_KEY), BIGINT),
        (("Score",), ("Score",), DOUBLE),
        (("score",), None, None),
        (("host", "IP"), None, None),
        (("host", ITEMS), None, None),
        (("labels", ITEMS), None, None),
        (("raw", "json", "Key"), ("RAW", "json", "Key"), None),
        (("raw", ITEMS), None, None),
    ],
)
def test_a_path_of_the_messages_in_the_columns(path, declared, kind):
    assert declared_path(COLUMNS, path) == declared
    assert type_at(COLUMNS, path) == kind


def test_the_field_of_just_that_name_is_read_first():
    assert isinstance(COLUMNS, Struct)
    both = parse_type("STRUCT<IMAGE VARCHAR, `Image` BIGINT>")
    assert isinstance(both, Struct)
    assert field_reading(both, "Image").type == BIGINT
    assert field_reading(both, "image").type == VARCHAR
    assert field_reading(both, "Other") is None
    assert isinstance(field_reading(COLUMNS, "labels").type, Map)


def test_what_was_seen_at_a_path():
    root = seen({"a": {"x": 1}, "l": [1, {"k": "v"}]}, {"a": {"y": "t"}})
    assert node_at(root, ("a", "x")).by_type() == {"integer": 1}
    assert node_at(root, ("a", ANY_KEY)).by_type() == {"integer": 1, "string": 1}
    assert node_at(root, ("l", ITEMS, "k")).by_type() == {"string": 1}
    assert node_at(root, ("a", "z")) is None
    assert node_at(root, ("a", "x", ITEMS)) is None
    assert node_at(root, ("l", ANY_KEY)) is None
    assert node_at(None, ("a",)) is None


def test_a_name_without_back_ticks_reads_every_spelling_of_a_key():
    root = seen({"Image": 1}, {"image": "t"}, {"IMAGE": True})
    by_name = {name: nodes_read_by([root], name) for name in ("IMAGE", "Image", "image")}
    assert [len(nodes) for nodes in by_name.values()] == [3, 1, 1]
    assert by_name["IMAGE"][0].by_type() == {"boolean": 1}
