"""The places of queries in their topics, carried over through Kafka.

Seen on the real engine: after TERMINATE the consumer group of a query has members for about 45
seconds more, and ksqlDB tries again and again to delete it until they have left. Offsets that are
set before are deleted with the group. A query that is inserted under the same id afterwards goes on
where the offsets say that were set in between, and nothing is missed or repeated.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from confluent_kafka import (
    ConsumerGroupState,
    ConsumerGroupTopicPartitions,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient

from schemagen.deploy.kept import PLACES, KeptPlaces
from schemagen.deploy.server.failures import ServerError
from schemagen.sources.connection import bootstrap_servers, redact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from schemagen.deploy.losses import QueryPlace
    from schemagen.deploy.server.answers import ServerInfo

_WAIT_SECONDS = 120.0
_DELETED_SECONDS = 180.0
"""How long ksqlDB may take until it has deleted a group: after ten attempts it gives up."""

_POLL_SECONDS = 2.0
_REQUEST_SECONDS = 20.0

_GONE = {ConsumerGroupState.DEAD, ConsumerGroupState.UNKNOWN}

_OF_A_CONSUMER = ("group.id", "enable.auto.commit", "auto.offset.reset", "enable.partition.eof")


@dataclass(slots=True)
class GroupPlaces:
    """Carries the places of queries over.

    Attributes:
        admin: Kafka's admin client.
        config: its configuration, for what must not be shown.
        info: the ksqlDB server, which names the groups.
        places: where the queries were before, by their ids.
        kept: where those are that an earlier run has ended; None for none.
        clock: the seconds of a clock that never goes back.
        sleep: waits.

    """

    admin: Any
    config: Mapping[str, str]
    info: ServerInfo
    places: Mapping[str, QueryPlace]
    kept: KeptPlaces | None = None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _left: dict[str, list[TopicPartition]] = field(default_factory=dict)

    def ended(self, query: str) -> None:
        """Note where a query was when it was terminated."""
        group = self.info.group_of(query)
        found = self._ask(self.admin.list_consumer_group_offsets, group, None)
        offsets = [each for each in found.topic_partitions if each.offset >= 0]
        self._left[query] = offsets or self._before(query)
        if self.kept is not None and self._left[query]:
            left = [(each.topic, each.partition, each.offset) for each in self._left[query]]
            self.kept.keep(group, left)

    def begun(self, query: str) -> None:
        """Note that a query is there again."""
        if self.kept is not None:
            self.kept.forget(self.info.group_of(query))

    def restore(self, query: str) -> None:
        """Set the place of a query that is about to be made again.

        Raises:
            ServerError: Kafka can't be reached or refuses it, or the group is still in use.

        """
        group = self.info.group_of(query)
        offsets = self._left.get(query) or self._before(query) or self._of_an_earlier_run(group)
        if not offsets:
            return
        self._wait_until_deleted(query, group)
        self._ask(self.admin.alter_consumer_group_offsets, group, offsets)

    def _of_an_earlier_run(self, group: str) -> list[TopicPartition]:
        found = [] if self.kept is None else self.kept.find(group)
        return [TopicPartition(topic, part, offset) for topic, part, offset in found]

    def _wait_until_deleted(self, query: str, group: str) -> None:
        """Wait until ksqlDB has deleted a group, or has had the time to give that up."""
        begun = self.clock()
        while (state := self._state(group)) not in _GONE:
            waited = self.clock() - begun
            if state is ConsumerGroupState.EMPTY:
                if waited > _DELETED_SECONDS:
                    return
            elif waited > _WAIT_SECONDS:
                raise ServerError(
                    f"The consumer group of {query} is still in use.",
                    "Run apply again: the query is inserted then, without its place if need be.",
                )
            self.sleep(_POLL_SECONDS)

    def _before(self, query: str) -> list[TopicPartition]:
        place = self.places.get(query)
        return [
            TopicPartition(each.topic, each.partition, each.committed)
            for each in (() if place is None else place.offsets)
            if each.committed is not None
        ]

    def _state(self, group: str) -> ConsumerGroupState:
        try:
            future = self.admin.describe_consumer_groups([group])[group]
            found: ConsumerGroupState = future.result(_REQUEST_SECONDS).state
        except KafkaException as error:
            raise self._failure(error) from error
        return found

    def _ask(
        self, request: Callable[..., Any], group: str, offsets: list[TopicPartition] | None
    ) -> Any:
        try:
            asked = ConsumerGroupTopicPartitions(group, offsets)
            return request([asked])[group].result(_REQUEST_SECONDS)
        except KafkaException as error:
            raise self._failure(error) from error

    def _failure(self, error: KafkaException) -> ServerError:
        why = redact(error.args[0].str(), self.config).rstrip(".")
        return ServerError(
            f"Kafka does not carry the place of a query over: {why}.",
            "The user needs Describe, Read and Delete on ksqlDB's consumer groups; without Kafka "
            "(--no-kafka) queries usually go on where they were, too.",
        )


def group_places(
    config: Mapping[str, str],
    info: ServerInfo,
    places: Mapping[str, QueryPlace],
    root: Path | None = None,
) -> GroupPlaces:
    """Connect to Kafka.

    Args:
        config: librdkafka's properties.
        info: the ksqlDB server.
        places: where the queries are, by their ids.
        root: the project's folder, which keeps places for the next run; None for none.

    Raises:
        InputError: there is no usable list of servers.
        ServerError: the client refuses its configuration.

    """
    kept = None if root is None else KeptPlaces(root / PLACES, info.cluster)
    return GroupPlaces(kafka_admin(config), config, info, places, kept)


def kafka_admin(config: Mapping[str, str]) -> AdminClient:
    """Make Kafka's admin client, which prints nothing.

    Args:
        config: librdkafka's properties, those of a consumer among them.

    Raises:
        InputError: there is no usable list of servers.
        ServerError: the client refuses its configuration.

    """
    servers = ",".join(bootstrap_servers(config))
    own = {key: value for key, value in config.items() if key not in _OF_A_CONSUMER}
    silent = logging.Logger("silent")  # noqa: LOG001 - in no hierarchy, so that nothing is printed
    silent.addHandler(logging.NullHandler())
    try:
        return AdminClient({**own, "bootstrap.servers": servers}, logger=silent)
    except KafkaException as error:
        why = redact(error.args[0].str(), config).rstrip(".")
        raise ServerError(f"The Kafka client refuses its configuration: {why}.") from error
