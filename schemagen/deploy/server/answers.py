"""What a server answers, as values: unknown keys are passed over, and missing ones are empty."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SUCCESS = "SUCCESS"
ERROR = "ERROR"

_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """What a server says of itself.

    Attributes:
        version: its version, such as `8.5.0-0`.
        cluster: the id of its Kafka cluster.
        service: its service id, by which its consumer groups are called.
        status: RUNNING, or something else while it starts.

    """

    version: str
    cluster: str
    service: str
    status: str

    @property
    def number(self) -> tuple[int, int]:
        """The first two numbers of the version; (0, 0) where it has none."""
        found = _VERSION.match(self.version)
        return (int(found[1]), int(found[2])) if found else (0, 0)

    def group_of(self, query: str) -> str:
        """Return the id of a query's consumer group."""
        return f"_confluent-ksql-{self.service}query_{query}"


@dataclass(frozen=True, slots=True)
class CommandStatus:
    """How far a server is with a statement.

    Attributes:
        command: the id by which its status is asked for; empty where there is none.
        status: SUCCESS, ERROR, or a word for being on the way.
        message: what the server says.
        query: the id of the query that it made, empty for none.
        sequence: the statement's number, to wait for in later requests; -1 for none.

    """

    command: str
    status: str
    message: str = ""
    query: str = ""
    sequence: int = -1

    @property
    def is_done(self) -> bool:
        """Whether the server has finished, well or badly."""
        return self.status in {SUCCESS, ERROR}


@dataclass(frozen=True, slots=True)
class PartitionOffsets:
    """How far a query is in one partition.

    Attributes:
        topic: the topic.
        partition: the partition.
        start: the first offset that is left.
        end: the offset of the next record to be written.
        committed: the offset of the next record that the query reads; None before its first.

    """

    topic: str
    partition: int
    start: int
    end: int
    committed: int | None

    @property
    def lag(self) -> int:
        """How many records the query has not read."""
        return max(0, self.end - (self.start if self.committed is None else self.committed))


@dataclass(frozen=True, slots=True)
class SourceDescription:
    """What DESCRIBE EXTENDED says of a stream or table.

    Attributes:
        name: its stored name.
        offsets: of each query that writes there, by its id's consumer group.
        statistics: the server's figures by name, over all its hosts: `messages-per-sec`,
            `total-messages`, and those of who reads it with the prefix `consumer-`.
        failed: records that could not be read, over all queries that read it.

    """

    name: str
    offsets: Mapping[str, list[PartitionOffsets]] = field(default_factory=dict)
    statistics: Mapping[str, float] = field(default_factory=dict)
    failed: int = 0


def command_status(entity: Mapping[str, Any]) -> CommandStatus:
    """Read the entity of a statement that was taken.

    A warning instead says that there was nothing to do: that is success, too.
    """
    if entity.get("@type") == "warning_entity":
        return CommandStatus("", SUCCESS, str(entity.get("message") or ""))
    status = entity.get("commandStatus") or {}
    return CommandStatus(
        str(entity.get("commandId") or ""),
        str(status.get("status") or ""),
        str(status.get("message") or ""),
        str(status.get("queryId") or ""),
        int(entity.get("commandSequenceNumber", -1)),
    )


def source_description(entity: Mapping[str, Any]) -> SourceDescription:
    """Read the entity of DESCRIBE … EXTENDED."""
    body = entity.get("sourceDescription") or {}
    offsets = {
        str(summary.get("groupId")): list(_offsets(summary))
        for summary in body.get("queryOffsetSummaries") or ()
    }
    errors = _summed(body.get("clusterErrorStats"))
    return SourceDescription(
        str(body.get("name") or ""),
        offsets,
        _summed(body.get("clusterStatistics")),
        int(errors.get("consumer-failed-messages", 0)),
    )


def _offsets(summary: Mapping[str, Any]) -> Iterator[PartitionOffsets]:
    for topic in summary.get("topicSummaries") or ():
        for each in topic.get("offsets") or ():
            committed = each.get("consumerOffset")
            yield PartitionOffsets(
                str(topic.get("kafkaTopic")),
                int(each.get("partition", 0)),
                int(each.get("logStartOffset", 0)),
                int(each.get("logEndOffset", 0)),
                None if committed is None or committed < 0 else int(committed),
            )


def _summed(statistics: Any) -> dict[str, float]:
    """Add up figures over the hosts of a cluster."""
    found: dict[str, float] = {}
    for each in statistics or ():
        name = str(each.get("name"))
        found[name] = found.get(name, 0.0) + float(each.get("value") or 0.0)
    return found
