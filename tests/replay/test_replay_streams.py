"""Streams that queries write and others read: whatever a column holds comes through."""

from __future__ import annotations

from decimal import Decimal

from schemagen.replay.engine import Replay
from schemagen.replay.results import Event

COLUMNS = (
    "K VARCHAR, N BIGINT, D DOUBLE, C DECIMAL(6, 2), B BOOLEAN, R STRUCT<X STRUCT<Y VARCHAR, "
    "`y` INT>, Z ARRAY<VARCHAR>>, M MAP<VARCHAR, VARCHAR>, L ARRAY<STRUCT<A INT>>, V VARCHAR"
)
NAMES = "K, N, D, C, B, R, M, L, V"
SQL = f"""
CREATE STREAM S ({COLUMNS}) WITH (KAFKA_TOPIC = 's', VALUE_FORMAT = 'JSON');
CREATE STREAM T ({COLUMNS}) WITH (KAFKA_TOPIC = 't', VALUE_FORMAT = 'JSON');
INSERT INTO T SELECT {NAMES} FROM S WHERE N > 1;
INSERT INTO T SELECT {NAMES} FROM S WHERE K = 'twice';
CREATE STREAM OUT AS
SELECT {NAMES}, R->X->Y AS Y, R->X->`y` AS YY, R->Z AS Z, M['k'] AS MK, M['gone'] AS MG,
    L[1]->A AS A, ROWTIME AS RT, ROWPARTITION AS RP, ROWOFFSET AS RO, LCASE(V) AS LV
FROM T;
"""
FULL = {
    "K": "twice",
    "N": 2**62,
    "D": -0.1,
    "C": Decimal("1234.50"),
    "B": True,
    "R": {"X": {"Y": "a'b", "y": 7}, "Z": ["", None, "é"]},
    "M": {"k": "v", "K": "w", "n": None},
    "L": [{"A": 1}, None, {"A": None}],
    "V": "A\0B \U0001f600 \u2028",
}
NONE = dict.fromkeys(FULL)


def values(message):
    row = {**NONE, **message}
    inner = row["R"] or {"X": None, "Z": None}
    below = inner["X"] or {"Y": None, "y": None}
    return {
        **row,
        "Y": below["Y"],
        "YY": below["y"],
        "Z": inner["Z"],
        "MK": (row["M"] or {}).get("k"),
        "MG": None,
        "A": (row["L"] or [{"A": None}])[0]["A"],
        "LV": None if row["V"] is None else row["V"].lower(),
    }


def test_rows_of_a_topic_and_of_several_queries_are_read_alike():
    events = [
        Event("s", FULL, timestamp=11, partition=1, offset=101),
        Event("t", FULL, timestamp=12, partition=2, offset=102),
        Event("s", {"K": "no"}, timestamp=13),
        Event("s", {"N": 2}, timestamp=14, partition=4, offset=104),
        Event("t", {}, timestamp=15, partition=5, offset=105),
        Event("s", {"K": "twice", "R": {}, "M": {}, "L": []}, timestamp=16, offset=106),
    ]
    result = Replay(SQL).run(events)
    assert result.findings == []
    assert [row.event for row in result.rows["OUT"]] == [1, 4, 0, 3, 0, 5]
    for row in result.rows["OUT"]:
        event = events[row.event]
        message = {**event.message}
        if message.get("R") == {}:
            message["R"] = {"X": None, "Z": None}
        place = {"RT": event.timestamp, "RP": event.partition, "RO": event.offset}
        assert row.values == {**values(message), **place}


def test_nothing_is_read_of_a_stream_that_nothing_came_to():
    result = Replay(SQL).run([Event("s", {"N": 1})])
    assert result.rows == {"T": [], "OUT": []}
    assert result.findings == []


def test_all_of_a_chain_alert():
    sql = SQL.replace("CREATE STREAM OUT", "CREATE STREAM MID") + (
        "-- id: found\nCREATE STREAM END1 AS SELECT MK, RO FROM MID WHERE INSTR(LV, 'b') > 0;\n"
        "-- id: other\nCREATE STREAM END2 AS SELECT Y FROM MID WHERE YY = 7 AND MK = 'v';\n"
    )
    result = Replay(sql).run([Event("s", FULL), Event("s", {"N": 5}), Event("t", FULL, offset=2)])
    assert result.fired() == {"found": [0, 2], "other": [0, 2]}
    assert [row.values["RO"] for row in result.rows["END1"]] == [2, 0, 0]


SRC = "CREATE STREAM SRC (S VARCHAR, N INT) WITH (KAFKA_TOPIC = 't', VALUE_FORMAT = 'JSON');\n"
AGAIN = "WITH (KAFKA_TOPIC = 'a', VALUE_FORMAT = 'JSON');\n"


def test_of_a_stream_that_is_declared_again_new_columns_are_null():
    declared = (
        f"{SRC}CREATE STREAM A AS SELECT S, STRUCT(x := N) AS R FROM SRC;\n"
        f"CREATE STREAM A (X VARCHAR, S VARCHAR, R STRUCT<`y` INT, `x` INT>) {AGAIN}"
        "CREATE STREAM B AS SELECT X, S, R->`y` AS Y, R->`x` AS X2 FROM A;\n"
    )
    (row,) = Replay(declared).run([Event("t", {"S": "s", "N": 3})]).rows["B"]
    assert row.values == {"X": None, "S": "s", "Y": None, "X2": None}
