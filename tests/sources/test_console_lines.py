from __future__ import annotations

import pytest
from opening_files import opened

from schemagen.choices import FileFormat
from schemagen.sources.records import RecordOrigin

TIME = 1_700_000_000_000


@pytest.mark.parametrize(
    ("first", "title", "origin"),
    [
        (f"CreateTime:{TIME}\t", "timestamps", RecordOrigin(timestamp=TIME)),
        (f"LogAppendTime:{TIME}\t", "timestamps", RecordOrigin(timestamp=TIME)),
        ("NO_TIMESTAMP\tkey\t", "timestamps, keys", RecordOrigin(key=True)),
        (
            f"CreateTime:{TIME}\tnull\t",
            "timestamps, keys",
            RecordOrigin("", None, None, TIME, key=False),
        ),
        (
            f"CreateTime:{TIME}\tPartition:3\tOffset:17\th:1,i:2\tkey\t",
            "timestamps, partitions, offsets, headers, keys",
            RecordOrigin("", 3, 17, TIME, key=True),
        ),
        (
            f"CreateTime:{TIME}\tPartition:3\tOffset:17\tNO_HEADERS\t",
            "timestamps, partitions, offsets, headers",
            RecordOrigin("", 3, 17, TIME),
        ),
        (
            "Partition:3\tOffset:17\tDelivery:NOT_PRESENT\tEpoch:0\t",
            "partitions, offsets, deliveries, epochs",
            RecordOrigin("", 3, 17),
        ),
        ("Partition:3|a|b|", "partitions, headers, keys", RecordOrigin("", 3, key=True)),
        (f"CreateTime:{TIME},key,", "timestamps, keys", RecordOrigin(timestamp=TIME, key=True)),
        ("key\t", "keys", RecordOrigin(key=True)),
        ("null\t", "keys", RecordOrigin(key=False)),
        ('{"id":1}\t', "keys", RecordOrigin(key=True)),
        ("NO_HEADERS\tkey\t", "headers, keys", RecordOrigin(key=True)),
    ],
)
def test_what_stands_before_a_message_says_where_it_was(tmp_path, first, title, origin):
    found = opened(tmp_path / "a", f'{first}{{"n":"a, b:|{{"}}\n' * 3)
    assert found.rows == [{"n": "a, b:|{"}] * 3
    assert found.positions == [1, 2, 3]
    assert found.origins == [origin] * 3
    assert found.said == [f"kafka-console-consumer with {title}, 3 records"]


def test_a_message_may_go_on_in_the_next_lines(tmp_path):
    data = f'CreateTime:{TIME}\t{{\n  "n": 1\n}}\nCreateTime:{TIME}\t{{"n":2}}\n'
    found = opened(tmp_path / "a", data)
    assert found.rows == [{"n": 1}, {"n": 2}]
    assert found.positions == [1, 4]


def test_the_consumers_farewell_is_not_a_record(tmp_path):
    for before in ("", f"CreateTime:{TIME}\t", "key\t"):
        data = before + '{"n":1}\nProcessed a total of 1 messages\n'
        found = opened(tmp_path / "a", data)
        assert (found.rows, found.faults) == ([{"n": 1}], {})


def test_a_key_may_hold_the_separator(tmp_path):
    line = f'CreateTime:{TIME}:%s:{{"n":1}}\n'
    found = opened(tmp_path / "a", line % "a" + line % "host:9092")
    assert found.rows == [{"n": 1}] * 2


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (f"CreateTime:{TIME}\tkey\tnull", "tombstone"),
        (f'CreateTime:{TIME}\tkey\t{{"n":', "invalid_json"),
        (f"CreateTime:{TIME}\tkey\ttext", "invalid_json"),
        (f"CreateTime:{TIME}\tkey\t", "empty"),
        (f"CreateTime:{TIME}\tkey", "not_enveloped"),
    ],
)
def test_a_broken_record_costs_only_itself(tmp_path, line, fault):
    good = f'CreateTime:{TIME}\tkey\t{{"n":1}}\n'
    found = opened(tmp_path / "a", f"{good}{line}\n{good}")
    assert found.rows == [{"n": 1}] * 2
    assert found.faults == {fault: (1, 2)}


def test_keys_before_any_separator_are_read_when_one_says_so(tmp_path):
    found = opened(tmp_path / "a", 'a:{"n":1}\nb:{"n":2}\n', format=FileFormat.CONSOLE_CONSUMER)
    assert found.rows == [{"n": 1}, {"n": 2}]
    assert found.said == ["kafka-console-consumer, 2 records"]
    found = opened(tmp_path / "a", '{"n":1}\n', format=FileFormat.CONSOLE_CONSUMER)
    assert found.rows == [{"n": 1}]


def test_where_not_every_line_has_a_key_lines_are_what_they_are(tmp_path):
    found = opened(tmp_path / "a", 'key\t{"n":0}\n{"n":5}\n' * 3)
    assert found.rows == [{"n": 5}] * 3
    assert found.said == []


@pytest.mark.parametrize(
    "data",
    [
        '2024-05-06 INFO started {"n":1}\n',
        'key {"n":1}\n',
        'a\tb\tc\t{"n":1}\n',
        "2024\tvalue\n",
        "\t\n",
    ],
)
def test_lines_that_no_consumer_wrote_are_themselves(tmp_path, data):
    found = opened(tmp_path / "a", data * 3)
    assert found.said == []
    assert found.rows == []
