"""What `apply` and `rescue` ask of Kafka: does the topic still fit, where does a record lie."""

from __future__ import annotations

import noida_broker
import pytest

from schemagen.deploy.rescue import DroppedRecords, DropReason, locate
from schemagen.deploy.script import parse_text
from schemagen.errors import InputError
from schemagen.sources.embedded import EmbeddedBroker
from schemagen.sources.kafka import KafkaSource
from schemagen.workspace.deployment import check_topics, source_topics

SCRIPT = """
CREATE STREAM EVENTS (a VARCHAR, n INT, `at` VARCHAR)
    WITH (KAFKA_TOPIC='events', VALUE_FORMAT='JSON', TIMESTAMP='`at`',
          TIMESTAMP_FORMAT='yyyy-MM-dd''T''HH:mm:ss.SSSX');
CREATE STREAM UNREAD (n INT) WITH (KAFKA_TOPIC='unread', VALUE_FORMAT='JSON');
CREATE STREAM ALERTS (`a` VARCHAR)
    WITH (KAFKA_TOPIC='alerts', VALUE_FORMAT='JSON', PARTITIONS=1);
INSERT INTO ALERTS WITH (QUERY_ID='ONE') SELECT a AS `a` FROM EVENTS WHERE n = 1;
"""
GOOD = b'{"a": "x", "n": 1, "at": "2025-03-11T08:01:12.603Z"}'


@pytest.fixture
def broker():
    return EmbeddedBroker()


@pytest.fixture
def config(broker):
    return {"bootstrap.servers": broker.bootstrap_servers}


def check(config, sql=SCRIPT):
    return check_topics(parse_text(sql, "stream.sql"), config)


def test_a_topic_that_fits_is_deployed_to(broker, config):
    broker.produce("events", [GOOD] * 50)
    assert check(config) == []


def test_one_without_a_record_is_deployed_to_and_named(tmp_path):
    with noida_broker.running(tmp_path) as config:
        noida_broker.create(config, "events", 2)
        assert check(config) == [
            "Topic events holds no record. Whether records fit the script is not known."
        ]


def test_one_without_a_message_as_well(broker, config):
    broker.produce("events", [None, None])
    check(config)


@pytest.mark.parametrize(
    ("bad", "place"),
    [
        (b'{"a": "x", "n": "secret", "at": "2025-03-11T08:01:12.603Z"}', "drops n"),
        (b'{"a": "x", "n": 4000000000, "at": "2025-03-11T08:01:12.603Z"}', "alters n"),
        (b'{"a": "x", "n": 1, "at": "secret"}', "format at"),
    ],
)
def test_a_topic_that_loses_records_stops_the_deployment_and_says_where(broker, config, bad, place):
    broker.produce("events", [GOOD] * 40 + [bad] * 5)
    with pytest.raises(InputError, match="do not fit the script") as caught:
        check(config)
    assert place in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "--no-check" in caught.value.hint


def test_a_topic_that_no_query_of_the_script_reads_is_not_looked_at(broker, config):
    broker.produce("events", [GOOD])
    broker.produce("unread", [b'{"n": "text"}'])
    check(config)
    assert source_topics(parse_text(SCRIPT, "stream.sql")) == ["events", "unread"]


def test_a_topic_that_a_query_of_the_script_writes_need_not_be_there(broker, config):
    """As of correlations: a stream over the topic of a table, and one over that of the alerts."""
    sql = f"""{SCRIPT}
    CREATE TABLE COUNTED WITH (KAFKA_TOPIC='counted', VALUE_FORMAT='JSON') AS
        SELECT a, COUNT(*) AS `n` FROM EVENTS GROUP BY a;
    CREATE STREAM STATES (`n` BIGINT) WITH (KAFKA_TOPIC='counted', VALUE_FORMAT='JSON');
    CREATE STREAM MORE (`a` VARCHAR) WITH (KAFKA_TOPIC='alerts', VALUE_FORMAT='JSON');
    INSERT INTO MORE WITH (QUERY_ID='TWO') SELECT 'x' AS `a` FROM STATES WHERE `n` > 1;
    """
    broker.produce("events", [GOOD])
    assert source_topics(parse_text(sql, "stream.sql")) == ["events", "unread"]
    check(config, sql)


# -- where dropped records lie ---------------------------------------------------------------------


def dropped(*values):
    return DroppedRecords(DropReason("events", "n", "it can't be read"), values=set(values))


def test_records_are_found_in_their_topic_by_their_values(broker, config):
    # The broker spreads records over four partitions, one after another.
    broker.produce("events", [GOOD, b"bad", GOOD, GOOD, b"worse", b"bad"])
    one, other = dropped(b"bad"), dropped(b"worse", b"gone by retention")
    locate([one, other], KafkaSource(config, "events", max_messages=None))
    assert one.places == [(1, 0), (1, 1)]
    assert other.places == [(0, 1)]


def test_a_reason_of_several_values_has_the_places_of_all(broker, config):
    broker.produce("events", [b"c", b"b", b"a", None, b"c"])
    one = dropped(b"a", b"b", b"c")
    locate([one], KafkaSource(config, "events", max_messages=None))
    assert one.places == [(0, 0), (0, 1), (1, 0), (2, 0)]
