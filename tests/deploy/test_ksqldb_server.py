"""The tests' own server answers as the real one did: statements and answers as they were recorded.

In the order of the recording, against ksqlDB 8.5.0-0.
"""

from __future__ import annotations

import pytest
from ksqldb_server import KsqlServer
from ksqldb_state import split

S1 = "CREATE STREAM S1 (a INT, `b c` VARCHAR, s STRUCT<x INT, `y z` VARCHAR>{}) WITH (KAFKA_TOPIC='t1', VALUE_FORMAT='JSON');"  # noqa: E501 - as it was sent
S1_BACK = "CREATE {}STREAM S1 (A INTEGER, `b c` STRING, S STRUCT<X INTEGER, `y z` STRING>{}) WITH (CLEANUP_POLICY='delete', KAFKA_TOPIC='t1', KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON');"  # noqa: E501 - as it came
OUT = "WITH (CLEANUP_POLICY='delete', KAFKA_TOPIC='s1_out', PARTITIONS=1, REPLICAS=1, RETENTION_MS=604800000) AS SELECT"  # noqa: E501 - as it came
B1 = "CREATE STREAM B1 (a INT) WITH (KAFKA_TOPIC='t1', VALUE_FORMAT='JSON');"
GUARD = "TERMINATE NO_SUCH_DRY_RUN_GUARD;"


def replaced(text):
    return text.replace("CREATE", "CREATE OR REPLACE", 1)


TAKEN = [
    (S1.format(""), "stream/`S1`/create", S1_BACK.format("", "")),
    (replaced(S1.format("")), "stream/`S1`/create", S1_BACK.format("OR REPLACE ", "")),
    (
        replaced(S1.format(", d BIGINT")),
        "stream/`S1`/create",
        S1_BACK.format("OR REPLACE ", ", D BIGINT"),
    ),
    (
        "CREATE STREAM S1_OUT WITH (KAFKA_TOPIC='s1_out') AS SELECT * FROM S1;",
        "stream/`S1_OUT`/create",
        f"CREATE STREAM S1_OUT {OUT} *\nFROM S1 S1\nEMIT CHANGES;",
    ),
    (
        "CREATE OR REPLACE STREAM S1_OUT WITH (KAFKA_TOPIC='s1_out') AS SELECT * FROM S1 WHERE a > 1;",  # noqa: E501 - as it was sent
        "stream/`S1_OUT`/create",
        f"CREATE OR REPLACE STREAM S1_OUT {OUT} *\nFROM S1 S1\nWHERE (S1.A > 1)\nEMIT CHANGES;",
    ),
    (B1, "stream/`B1`/create", None),
    ("CREATE STREAM B2 AS SELECT * FROM B1;", "stream/`B2`/create", None),
    (
        "INSERT INTO B2 WITH (QUERY_ID='B2_I') SELECT * FROM B1;",
        "stream/`B2`/create",
        "INSERT INTO B2 WITH (QUERY_ID='B2_I') SELECT * FROM B1;",
    ),
]

REFUSED = [
    (S1.format(""), 40001, "Cannot add stream 'S1': A stream with the same name already exists"),
    (
        replaced(S1.format("").replace("x INT", "x INT, w INT")),
        40001,
        "Cannot upgrade data source: DataSource '`S1`' has ",
    ),
    (
        "CREATE STREAM S2 (a INT) WITH (KAFKA_TOPIC='nope', VALUE_FORMAT='JSON');",
        40000,
        "Topic 'nope' does not exist. If you want to create a new topic for the stream/table ",
    ),
    (
        "CREATE STREAM S2 (a INT) WITH (KAFKA_TOPIC='t1', VALUE_FORMAT='JSON', PARTITIONS=3);",
        50000,
        "A Kafka topic with the name 't1' already exists, with different ",
    ),
    ("INSERT INTO B2 WITH (QUERY_ID='b2_i') SELECT a FROM B1;", 40001, "Query ID 'B2_I' already "),
    ("INSERT INTO B2 WITH (QUERY_ID='Q') SELECT * FROM NOPE;", 40001, "Exception while preparing"),
    (
        "CREATE OR REPLACE STREAM B2 AS SELECT * FROM B1 WHERE a > 1;",
        40001,
        "Could not determine output schema for query due to error: REPLACE for sink `B2` is not ",
    ),
    ("TERMINATE NOPE;", 40001, "Unknown queryId: NOPE"),
    ("DROP STREAM NOPE;", 40001, "Stream NOPE does not exist."),
    (
        "DROP STREAM B2;",
        40001,
        """Cannot drop B2.
The following queries read from this source: [].
The following queries write into this source: [B2_I].
You need to terminate them before dropping B2.""",
    ),
    (
        f"TERMINATE CSAS_S1_OUT_7; DROP STREAM S1; {GUARD}",
        40001,
        """Cannot drop S1.
The following streams and/or tables read from this source: [S1_OUT].
You need to drop them before dropping S1.""",
    ),
    (
        f"{B1.replace('B1', 'D1')} CREATE STREAM D2 AS SELECT * FROM D1; {GUARD}",
        40001,
        "Unknown queryId: NO_SUCH_DRY_RUN_GUARD",
    ),
]


@pytest.fixture(scope="module")
def server():
    made = KsqlServer(topics=["t1"])
    made.taken = [made.post({"ksql": text})[0] for text, _, _ in TAKEN]
    return made


@pytest.mark.parametrize("place", range(len(TAKEN)))
def test_a_statement_that_the_real_server_took(server, place):
    _, command, back = TAKEN[place]
    answer = server.taken[place]
    assert answer["@type"] == "currentStatus"
    assert answer["commandId"] == command
    assert answer["commandStatus"]["status"] == "SUCCESS"
    assert back is None or answer["statementText"] == back
    assert answer["commandSequenceNumber"] == 2 * place


@pytest.mark.parametrize(("text", "code", "message"), REFUSED)
def test_a_statement_that_the_real_server_refused(server, text, code, message):
    import ksqldb_refusals  # noqa: PLC0415 - for its error

    with pytest.raises(ksqldb_refusals.RefusalError) as caught:
        server.post({"ksql": text})
    assert caught.value.code == code
    assert caught.value.message.startswith(message)
    assert caught.value.status == code // 100
    assert "D1" not in server.statements


def test_the_same_query_keeps_its_id_when_it_is_replaced(server):
    assert (
        server.taken[4]["commandStatus"]["queryId"] == server.taken[3]["commandStatus"]["queryId"]
    )


def test_a_number_that_is_not_there_yet_is_waited_for_and_refused(server):
    import ksqldb_refusals  # noqa: PLC0415 - for its error

    with pytest.raises(ksqldb_refusals.RefusalError) as caught:
        server.post({"ksql": "LIST TOPICS;", "commandSequenceNumber": 116})
    assert (caught.value.status, caught.value.code) == (503, 50301)


def test_a_request_is_split_where_no_text_and_no_comment_is():
    assert split("A 'x;y'; -- c;d\nB `;`; /* ; */ C;") == [
        "A 'x;y';",
        "-- c;d\nB `;`;",
        "/* ; */ C;",
    ]


def test_nothing_is_no_statement():
    assert KsqlServer().post({"ksql": ""}) == []
