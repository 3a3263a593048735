"""A broker that starts in a moment and knows times, transactions and deletions."""

from __future__ import annotations

import signal
import subprocess
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import noida_db
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

NOON = datetime(2024, 5, 17, 12, tzinfo=UTC)
_numbers = count(1)


@contextmanager
def running(folder):
    """Start a broker that keeps its data in a folder; yield the configuration to reach it."""
    program = Path(noida_db.__file__).with_name("noida-db")
    command = [program, "start", "--only", "kafka", "--kafka-port", "0", "--data-dir", folder]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        line = next(line for line in process.stdout if "127.0.0.1:" in line)
        yield {"bootstrap.servers": line.split()[-1]}
        process.send_signal(signal.SIGTERM)


def create(config, topic, partitions):
    new = NewTopic(topic, num_partitions=partitions, config={"retention.ms": "-1"})
    admin = AdminClient(config)  # a client that goes takes its requests with it
    admin.create_topics([new])[topic].result(30)


def write(config, topic, records):
    """Write `(partition, value)` in order, one a minute from noon on."""
    producer = Producer(config)
    for number, (partition, value) in enumerate(records):
        at = int((NOON + timedelta(minutes=number)).timestamp() * 1000)
        producer.produce(topic, value, partition=partition, timestamp=at)
        producer.poll(0)
    assert producer.flush(30) == 0


def fill(config, values, partitions):
    """Write values to a new topic, in turn to its partitions."""
    topic = f"events-{next(_numbers)}"
    create(config, topic, partitions)
    write(config, topic, [(number % partitions, value) for number, value in enumerate(values)])
    return topic


def expire(config, topic, partition, before):
    """Delete the records of a partition that lie before an offset, as retention does."""
    end = TopicPartition(topic, partition, before)
    admin = AdminClient(config)
    admin.delete_records([end])[end].result(30)


def delete(config, topic):
    admin = AdminClient(config)
    admin.delete_topics([topic])[topic].result(30)
