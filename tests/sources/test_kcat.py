from __future__ import annotations

import pytest
from opening_files import opened

from schemagen.choices import FileFormat
from schemagen.sources.records import RecordOrigin

TIME = 1_700_000_000_000


@pytest.mark.parametrize(
    ("first", "origin"),
    [
        ("Topic logs [3] at offset 17: key a: ", RecordOrigin("logs", 3, 17, None, key=True)),
        (
            "Topic logs[3], offset: 17, key: , payload: 7 bytes: ",
            RecordOrigin("logs", 3, 17, None, key=False),
        ),
        (f"offset=17 partition=3 ts={TIME} ", RecordOrigin("", 3, 17, TIME)),
        (f"{TIME} 3 17 ", RecordOrigin("", 3, 17, TIME)),
        ("logs 3 17 key ", RecordOrigin("logs", 3, 17, None, key=True)),
        ("3\t17\t", RecordOrigin("", 3, 17)),
        (f"3,17,{TIME},", RecordOrigin("", 3, 17, TIME)),
    ],
)
def test_labels_and_numbers_say_where_a_message_was(tmp_path, first, origin):
    found = opened(tmp_path / "a", f'{first}{{"n":{{"a":1}}}}\n' * 3)
    assert found.rows == [{"n": {"a": 1}}] * 3
    assert found.origins == [origin] * 3
    assert found.said == ["kcat -f, 3 records"]


BLOCK = """
Key ({key_length} bytes): {key}
  Value ({length} bytes): {value}
  Timestamp: 1700000000000
  Partition: 3
  Offset: {offset}
  Headers: a=1
--
"""


def test_blocks_say_how_long_their_messages_are(tmp_path):
    blocks = [
        BLOCK.format(key_length=1, key="k", length=7, value='{"n":1}', offset=17),
        BLOCK.format(key_length=-1, key="", length=11, value='{\n  "n": 2}', offset=18),
        BLOCK.format(key_length=-1, key="", length=-1, value="", offset=19),
        BLOCK.format(key_length=-1, key="", length=6, value='{"n":}', offset=20),
    ]
    found = opened(tmp_path / "a", "".join(blocks).lstrip())
    assert found.rows == [{"n": 1}, {"n": 2}]
    assert found.faults == {"tombstone": (1, 18), "invalid_json": (1, 26)}
    assert found.origins[0] == RecordOrigin("", 3, 17, TIME, key=True)
    assert [origin.offset for origin in found.origins] == [17, 18, 19, 20]
    assert found.said == ["kcat -f, in blocks, 4 records"]


def test_any_other_format_is_read_when_one_says_so(tmp_path):
    data = 'host1 <- {"n":1}\nhost2 <- {"n":2}\n'
    assert opened(tmp_path / "a", data).rows == []
    found = opened(tmp_path / "a", data, format=FileFormat.KCAT)
    assert found.rows == [{"n": 1}, {"n": 2}]


@pytest.mark.parametrize(
    "line",
    [
        '2024-05-06 07:08:09 INFO {"n":1}',
        '2024/05/06 07:08:09 {"n":1}',
        'May  6 07:08:09 host app[17]: {"n":1}',
        '<34>1 2003-10-11T22:14:15.003Z host app - ID47 - {"n":1}',
        'ts=1700000000000 key=abc {"n":1}',
        '[2024-05-06 07:08:09,123] WARN {"n":1}',
        'level=info msg="committed offset 5" {"n":1}',
    ],
)
def test_a_line_of_a_log_is_not_what_kcat_wrote(tmp_path, line):
    # A topic with such lines holds no JSON, and a statement for it would drop them all.
    found = opened(tmp_path / "a", f"{line}\n" * 3)
    assert (found.rows, found.said) == ([], [])
    assert sum(count for count, _ in found.faults.values()) == 3
