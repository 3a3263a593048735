"""What became of fields: renamed, moved to another object, dotted where they were nested."""

from __future__ import annotations

import drifting
import pytest

from schemagen.drift.moves import Move, SeenField, moves


def fields(message):
    """The top-level fields of a message as they are seen in all of some."""
    root = drifting.evidence([message] * 10).profile.root
    return [SeenField((key,), node, 1.0) for key, node in root.fields.items()]


def found(old, new):
    """What moved, as dotted paths, where the fields of `old` are gone and those of `new` came."""
    return {
        "/".join(map(str, move.old)): "/".join(map(str, move.new))
        for move in moves(fields(old), fields(new))
    }


EVENT = {"Image": "a.exe", "CommandLine": "a", "ProcessId": "1"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"command_line": "x"}, {"cmdline": "x"}, {"command_line": "cmdline"}),
        ({"Image": "x"}, {"image": "x"}, {"Image": "image"}),
        # The only one that is gone and the only one that is new, and they hold the same.
        ({"a": "x"}, {"quite_different": "y"}, {"a": "quite_different"}),
        ({"a": "x"}, {"quite_different": 1}, {}),
        ({"a": "x"}, {"b_one": "x", "c_two": "x"}, {}),
        ({"count": 1}, {"counter": 2}, {"count": "counter"}),
        ({"log": {"level": "x"}}, {"log.level": "x"}, {"log/level": "log.level"}),
        ({"log.level": "x"}, {"log": {"level": "x"}}, {"log.level": "log"}),
        (
            {"a.b": "x", "a.c": "x"},
            {"a": {"b": "x", "c": "x"}},
            {"a.b": "a", "a.c": "a"},
        ),
        (
            {"winlog": {"event_data": EVENT, "channel": "x"}},
            {"event_data": EVENT, "log_name": "x"},
            {"winlog/event_data": "event_data"},
        ),
        (
            {"winlog": {"computer_name": "x", "user": {"name": "x"}}},
            {"computer_name": "x", "user": {"name": "y"}},
            {"winlog/computer_name": "computer_name", "winlog/user": "user"},
        ),
        # The same name alone does not make it the same object.
        ({"winlog": {"process": {"pid": 1}}}, {"process": {"executable": "x", "hash": "y"}}, {}),
        ({"winlog": {"id": 1}}, {"id": {"of": 1}}, {}),
        ({}, {"a": "x"}, {}),
    ],
)
def test_what_became_of_fields(old, new, expected):
    assert found(old, new) == expected


def test_a_field_is_the_new_form_of_one_that_was_as_common():
    (old,), (new,) = fields({"cmd": "x"}), fields({"cmd_line": "x"})
    assert moves([old], [new]) == [Move(("cmd",), ("cmd_line",))]
    assert moves([old], [new._replace(share=0.1)]) == []
    assert moves([old._replace(share=0.1)], [new._replace(share=0.1)]) != []


def test_no_field_becomes_two():
    assert len(found({"name": "x"}, {"names": "x", "name_": "x"})) == 1
