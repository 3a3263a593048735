"""The places of queries carried over on a real Kafka: `apply` makes a query again where it was.

These groups stay in the broker, which all tests share: named so that those of `traces`, which find
that a run of ours leaves no group, come before.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from confluent_kafka import (
    Consumer,
    ConsumerGroupState,
    ConsumerGroupTopicPartitions,
    TopicPartition,
)
from kafka_topics import wait_until

from schemagen.deploy.groups import group_places
from schemagen.deploy.kept import KeptPlaces
from schemagen.deploy.losses import QueryPlace
from schemagen.deploy.server.answers import PartitionOffsets, ServerInfo
from schemagen.deploy.server.failures import ServerError
from schemagen.deploy.topics import stamped_on_arrival

pytestmark = pytest.mark.realkafka


@dataclass
class Query:
    """What stands for a query of ksqlDB: a consumer in the group that ksqlDB would give it."""

    address: str
    topic: str
    service: str
    consumer: Consumer | None = None
    info: ServerInfo = field(init=False)

    def __post_init__(self):
        self.info = ServerInfo("8.5.0", "C", self.service, "RUNNING")

    @property
    def group(self):
        return self.info.group_of("ONE")

    def runs(self):
        self.consumer = Consumer(
            {
                "bootstrap.servers": self.address,
                "group.id": self.group,
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "session.timeout.ms": 6000,
                "log_level": 0,
            }
        )
        self.consumer.subscribe([self.topic])
        self.reads(1)

    def reads(self, count):
        found = [self.consumer.poll(30) for _ in range(count)]
        return [each.value() for each in found]

    def commits(self, offset):
        self.consumer.commit(offsets=[TopicPartition(self.topic, 0, offset)], asynchronous=False)

    def ends(self):
        self.consumer.close()
        self.consumer = None

    def committed(self, admin):
        asked = ConsumerGroupTopicPartitions(self.group)
        found = admin.list_consumer_group_offsets([asked])[self.group].result(30)
        return [each.offset for each in found.topic_partitions]


@pytest.fixture
def query(broker, make_topic, produce, request):
    topic = make_topic()
    produce(topic, [(0, f"{n}".encode()) for n in range(10)])
    made = Query(broker.address("PLAIN"), topic, f"{request.node.name}_")
    yield made
    if made.consumer is not None:
        made.ends()


def places(query, config, known=(), **more):
    made = group_places({**config, "group.id": "mine"}, query.info, dict(known))
    for name, value in more.items():
        setattr(made, name, value)
    return made


def test_a_query_goes_on_where_it_was_when_it_ended(query, config, admin):
    query.runs()
    query.commits(4)
    carried = places(query, config)
    carried.ended("ONE")
    query.ends()
    # ksqlDB deletes the offsets of a query that ended.
    admin.delete_consumer_groups([query.group])[query.group].result(30)
    assert query.committed(admin) == []
    carried.restore("ONE")
    assert query.committed(admin) == [4]
    query.runs()
    assert query.reads(1) == [b"5"]


def test_it_waits_until_ksqldb_has_deleted_the_group_which_takes_what_is_in_it(
    query, config, admin
):
    query.runs()
    query.commits(7)

    def leaves():
        query.ends()
        wait_until(lambda: carried._state(query.group) is ConsumerGroupState.EMPTY)

    def is_deleted():
        admin.delete_consumer_groups([query.group])[query.group].result(30)

    meanwhile = [leaves, is_deleted]
    carried = places(query, config, sleep=lambda _: meanwhile.pop(0)())
    carried.ended("ONE")
    carried.restore("ONE")
    assert not meanwhile
    assert query.committed(admin) == [7]


def test_a_group_that_ksqldb_gave_up_to_delete_gets_the_place_all_the_same(query, config, admin):
    query.runs()
    query.commits(3)
    times = iter(range(0, 10_000, 50))
    carried = places(query, config, clock=lambda: next(times), sleep=lambda _: None)
    carried.ended("ONE")
    query.ends()
    query.runs()
    query.commits(5)
    query.ends()
    wait_until(lambda: carried._state(query.group) is ConsumerGroupState.EMPTY)
    carried.restore("ONE")
    assert query.committed(admin) == [3]


def test_a_group_that_nobody_leaves_is_an_error_and_keeps_its_place(query, config, admin):
    query.runs()
    query.commits(2)
    times = iter(range(0, 10_000, 100))
    carried = places(query, config, clock=lambda: next(times), sleep=lambda _: None)
    carried.ended("ONE")
    with pytest.raises(ServerError, match="still in use") as caught:
        carried.restore("ONE")
    assert "Run apply again" in caught.value.hint
    assert query.committed(admin) == [2]


def test_what_the_server_said_counts_where_the_group_is_gone_already(query, config, admin):
    known = QueryPlace([PartitionOffsets(query.topic, 0, 0, 10, 6)])
    carried = places(query, config, {"ONE": known})
    carried.ended("ONE")
    carried.restore("ONE")
    assert query.committed(admin) == [6]


def test_a_run_that_is_killed_leaves_the_place_to_the_next_one(query, config, admin, tmp_path):
    kept = KeptPlaces(tmp_path / "places.json", "C")
    query.runs()
    query.commits(6)
    places(query, config, kept=kept).ended("ONE")
    query.ends()
    admin.delete_consumer_groups([query.group])[query.group].result(30)
    again = places(query, config, kept=kept)
    again.restore("ONE")
    assert query.committed(admin) == [6]
    again.begun("ONE")
    assert not kept.path.exists()


def test_a_query_without_a_place_begins_where_its_settings_say(query, config, admin):
    carried = places(query, config, {"ONE": QueryPlace([PartitionOffsets("t", 0, 0, 10, None)])})
    carried.ended("ONE")
    carried.restore("ONE")
    assert query.committed(admin) == []


def test_a_kafka_that_can_not_be_reached_is_an_error_without_its_secrets(query):
    config = {
        "bootstrap.servers": "127.0.0.1:1",
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.username": "soc",
        "sasl.password": "pw-4711",
        "socket.timeout.ms": "500",
    }
    import schemagen.deploy.groups as module  # noqa: PLC0415 - not to wait for twenty seconds

    before, module._REQUEST_SECONDS = module._REQUEST_SECONDS, 1.0
    try:
        with pytest.raises(ServerError, match="does not carry the place") as caught:
            places(query, config).ended("ONE")
    finally:
        module._REQUEST_SECONDS = before
    assert "4711" not in f"{caught.value} {caught.value.hint}"


def test_which_topics_stamp_records_with_the_time_of_their_arrival(make_topic, config):
    plain = make_topic()
    stamping = make_topic(message_timestamp_type="LogAppendTime")
    assert stamped_on_arrival(config, {plain, stamping, "missing"}) == {stamping}
    assert stamped_on_arrival(config, set()) == frozenset()
