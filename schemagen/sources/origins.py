"""Where the records of a file were in Kafka: what the evidence says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemagen.sources.times import iso_time

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemagen.sources.records import RecordOrigin


class OriginTally:
    """The topics, partitions, offsets and times that the records of one file name."""

    def __init__(self) -> None:
        self._topics: set[str] = set()
        self._partitions: dict[int, list[int]] = {}
        self._times: list[int] = []
        self._keys = 0

    def add(self, origins: Iterable[RecordOrigin]) -> None:
        """Count records."""
        for origin in origins:
            if origin.topic:
                self._topics.add(origin.topic)
            if origin.partition is not None and origin.offset is not None:
                known = self._partitions.setdefault(origin.partition, [origin.offset] * 2)
                known[:] = min(known[0], origin.offset), max(known[1], origin.offset)
            if origin.timestamp is not None:
                self._times = [
                    min([*self._times[:1], origin.timestamp]),
                    max([*self._times[1:], origin.timestamp]),
                ]
            self._keys += origin.key is True

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON-ready data; empty where nothing was said.

        Returns:
            `topics`, sorted; `offsets` by partition: the first and the last; `first_time` and
            `last_time`; `keys`: how many records have one. What no record says is missing.

        """
        times = [iso_time(time) for time in self._times]
        partitions = sorted(self._partitions.items())
        whole = {
            "topics": sorted(self._topics),
            "offsets": {str(number): offsets for number, offsets in partitions},
            "first_time": times[0] if times else None,
            "last_time": times[1] if times else None,
            "keys": self._keys,
        }
        return {key: value for key, value in whole.items() if value}
