"""A Kafka broker inside this process, for the demo: librdkafka's own mock cluster.

It lives as long as the object. Others reach it by TCP. It makes topics by itself, with four
partitions, and keeps some 5 MB of each; it answers neither admin requests nor time look-ups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from confluent_kafka import Producer

from schemagen.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable

_SECONDS = 10.0


class EmbeddedBroker:
    """A broker of this process.

    Attributes:
        bootstrap_servers: its address, host:port on the loopback interface.

    """

    def __init__(self) -> None:
        self._producer = Producer(
            {
                "test.mock.num.brokers": 1,
                # Replaced by the mock cluster's own address, but it must be there.
                "bootstrap.servers": "127.0.0.1:1",
                "log_level": 2,
            }
        )
        brokers = self._producer.list_topics(timeout=_SECONDS).brokers.values()
        self.bootstrap_servers = ",".join(f"{broker.host}:{broker.port}" for broker in brokers)

    def produce(self, topic: str, values: Iterable[bytes]) -> int:
        """Write values to a topic, spread over its partitions, and tell how many.

        Raises:
            SourceError: the broker did not take them all.

        """
        count = 0
        for value in values:
            self._producer.produce(topic, value, partition=count % 4)
            self._producer.poll(0)
            count += 1
        left = self._producer.flush(_SECONDS)
        if left:
            raise SourceError(f"The embedded broker did not take {left:,} of {count:,} records.")
        return count
