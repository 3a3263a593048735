from __future__ import annotations

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import OffsetSpec

from schemagen.errors import SourceError
from schemagen.sources.kafka import KafkaSource

pytestmark = pytest.mark.realkafka

OFFSETS_TOPIC = "__consumer_offsets"


def high_watermark(admin, topic):
    partition = TopicPartition(topic, 0)
    return admin.list_offsets({partition: OffsetSpec.latest()})[partition].result(30).offset


def groups(admin):
    return [group.group_id for group in admin.list_consumer_groups().result(30).valid]


@pytest.mark.parametrize("user", [{}, {"group.id": "theirs", "enable.auto.commit": "true"}])
def test_a_run_leaves_no_group_no_offset_and_no_topic(config, make_topic, produce, admin, user):
    topic = make_topic()
    produce(topic, [(0, b"{}")] * 1_000)
    before = set(admin.list_topics(timeout=10).topics)
    for options in ({}, {"max_messages": None}, {"strategy": "tail", "max_messages": 7}):
        assert list(KafkaSource({**config, **user}, topic, **options).batches())
    # The coordinator look-up of the client makes the broker create its internal topic, empty.
    assert set(admin.list_topics(timeout=10).topics) - before <= {OFFSETS_TOPIC}
    assert groups(admin) == []
    assert high_watermark(admin, OFFSETS_TOPIC) == 0
    for group in ("schemagen", "theirs"):
        asked = ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0)])
        found = admin.list_consumer_group_offsets([asked])[group].result(30)
        assert [one.offset for one in found.topic_partitions] in ([], [-1001])
    assert high_watermark(admin, topic) == 1_000


def test_a_run_that_is_stopped_early_leaves_no_group_either(config, make_topic, produce, admin):
    topic = make_topic()
    produce(topic, [(0, b"{}")] * 5_000)
    source = KafkaSource(config, topic)
    batches = source.batches()
    assert next(batches).values
    batches.close()
    told = source.provenance()
    assert not told["complete"]
    assert told["reason"] == "the reading was stopped early"
    assert groups(admin) == []


def test_an_unknown_topic_is_not_created_though_the_broker_would(config, make_topic, admin):
    known = make_topic()
    missing = known.upper()
    with pytest.raises(SourceError) as caught:
        list(KafkaSource(config, missing).batches())
    assert caught.value.what == f"There is no topic {missing} in the cluster."
    assert known in caught.value.hint
    assert missing not in admin.list_topics(timeout=10).topics
