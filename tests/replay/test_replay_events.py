"""Events from files keep the text of their numbers, as ksqlDB's reader does."""

from __future__ import annotations

import pytest

from schemagen.ksqldb.reader import as_text
from schemagen.replay.events import read_events


@pytest.mark.parametrize(
    ("number", "expected"),
    [("1.10", "1.10"), ("1e3", "1E+3"), ("1.5", "1.5"), ("100", "100"), ("1.0", "1.0"),
     ("12345678901234567890", "12345678901234567890"), ("0.30000000000000004",) * 2],
)  # fmt: skip
@pytest.mark.parametrize("text", ['{"n":%s}', '{"a":"7.4.0", "n" : %s }', '{"a":[1,%s],"n":%s}'])
def test_numbers_keep_their_text(tmp_path, number, expected, text):
    path = tmp_path / "e.ndjson"
    path.write_text(text.replace("%s", number))
    ((event,), bad) = read_events([str(path)], "t")
    assert not bad
    assert as_text(event.message["n"]) == expected


def test_what_is_no_event_is_told_with_its_line(tmp_path):
    path = tmp_path / "e.ndjson"
    path.write_bytes(b'{"a": 1}\nno json\n[1]\n{"a": 2.50}\n')
    events, bad = read_events([str(path)], "t")
    assert [(event.topic, event.position, event.offset) for event in events] == [
        ("t", 1, 0),
        ("t", 4, 1),
    ]
    assert [record.position for record in bad] == [2, 3]
    assert all(record.reason for record in bad)
