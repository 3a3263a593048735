from __future__ import annotations

import os
from functools import partial
from itertools import count

import certificates
import kafka_jars
import pytest
from confluent_kafka.admin import AdminClient
from kafka_broker import KafkaBroker
from kafka_topics import create, write

_numbers = count(1)


def _unavailable(reason):
    if os.environ.get("SCHEMAGEN_REQUIRE_REALKAFKA") == "1":
        pytest.fail(f"the real Apache Kafka is required but not available: {reason}")
    pytest.skip(f"the real Apache Kafka is not available: {reason}")


@pytest.fixture(scope="session")
def class_path():
    try:
        return kafka_jars.class_path()
    except kafka_jars.KafkaUnavailableError as error:
        _unavailable(error)


@pytest.fixture(scope="session")
def certs(tmp_path_factory):
    try:
        return certificates.make(tmp_path_factory.mktemp("certificates"))
    except FileNotFoundError as error:
        _unavailable(error)


@pytest.fixture(scope="session")
def broker(class_path, certs, tmp_path_factory):
    """The one broker that all tests share, unless they break it."""
    one = KafkaBroker(class_path, tmp_path_factory.mktemp("kafka"), certs)
    one.start()
    yield one
    one.kill()


@pytest.fixture(scope="module")
def fragile(class_path, certs, tmp_path_factory):
    one = KafkaBroker(class_path, tmp_path_factory.mktemp("fragile"), certs)
    one.start()
    yield one
    one.kill()


@pytest.fixture
def own_broker(fragile):
    """A broker that the test may kill."""
    if fragile.process is None:
        fragile.run()
    return fragile


@pytest.fixture(scope="session")
def admin(broker):
    return AdminClient({"bootstrap.servers": broker.address("PLAIN"), "log_level": 0})


@pytest.fixture
def config(broker):
    return {"bootstrap.servers": broker.address("PLAIN")}


@pytest.fixture
def make_topic(admin):
    """Create topics under new names; they are deleted when the test is over."""
    made = []

    def make(partitions=1, **settings):
        name = f"events-{next(_numbers)}"
        # Kept whatever the records' times are, unless the test says otherwise.
        config = {"retention.ms": "-1"} | {
            key.replace("_", "."): str(value) for key, value in settings.items()
        }
        create(admin, name, partitions, config)
        made.append(name)
        return name

    yield make
    for future in admin.delete_topics(made).values() if made else ():
        if future.exception(timeout=30) is not None:
            continue  # the test has deleted it itself


@pytest.fixture
def produce(broker):
    """Write records, `(partition, value)` or `(partition, value, {"key": …, "timestamp": …})`."""

    return partial(write, broker.address("PLAIN"))
