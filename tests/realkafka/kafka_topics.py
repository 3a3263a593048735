"""Create topics on the broker under test and write to them."""

from __future__ import annotations

import time

from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic


def create(admin, name, partitions=1, config=None):
    topic = NewTopic(name, num_partitions=partitions, replication_factor=1, config=config or {})
    admin.create_topics([topic])[name].result(timeout=30)
    wait_until(lambda: name in admin.list_topics(timeout=10).topics)


def write(address, topic, records, **settings):
    errors = []
    own = {"bootstrap.servers": address, "linger.ms": 5, "log_level": 0}
    producer = Producer({**own, **settings})

    def report(error, _message):
        if error is not None:
            errors.append(error)

    for partition, value, *more in records:
        arguments = {"partition": partition, "on_delivery": report, **(more[0] if more else {})}
        while True:
            try:
                producer.produce(topic, value, **arguments)
            except BufferError:
                producer.poll(0.1)
            else:
                break
    assert producer.flush(60) == 0
    assert not errors


def wait_until(condition, seconds=30):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "what the test waits for did not happen"
        time.sleep(0.05)
