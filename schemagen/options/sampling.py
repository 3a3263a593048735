"""Options that say which records are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemagen.choices import FileFormat, Strategy
from schemagen.options.groups import option, option_group
from schemagen.options.values import limit, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from schemagen.sources.files import FileReading
    from schemagen.sources.kafka import KafkaSource
    from schemagen.sources.records import Source
    from schemagen.sources.registry.source import RegistryReading

DEFAULT_MAX_MESSAGES = 10_000
DEFAULT_TIMEOUT = 60.0
JOBS_AFTER = 16_000_000
"""Bytes that one process has counted before others would have started up."""


def max_bad() -> Any:
    """Declare the option --max-bad."""
    return option(
        "--max-bad SHARE",
        "End with code 1 when more than this share of the records can't be read, such as 1%.",
        default=None,
    )


@option_group("Sample")
class OffsetFlags:
    """Which records of a topic are read."""

    strategy: Strategy = option(
        "--strategy",
        "Read records spread over partitions and offsets, the oldest, or the newest.",
        default=Strategy.SPREAD,
    )
    partition: list[int] | None = option(
        "-p --partition N", "Read only this partition; repeatable."
    )
    since: str | None = option(
        "--since TIME", "Read only records from this time on: 1h, 7d, or an ISO time."
    )
    until: str | None = option("--until TIME", "Read only records from before this time.")
    idle_timeout: float = option(
        "--idle-timeout SECONDS",
        "Give up after so many seconds without a record.",
        default=10.0,
        min=0.1,
    )

    @property
    def narrowing(self) -> dict[str, object]:
        """The options that narrow which records of a topic are read; falsy where not given."""
        return {"--partition": self.partition, "--since": self.since, "--until": self.until}

    def topic(
        self, name: str, client: Mapping[str, str], most: int | None, seconds: float | None = None
    ) -> KafkaSource:
        """Open a topic.

        Args:
            name: the topic's name.
            client: librdkafka's properties.
            most: how many records to read, None for all.
            seconds: how long to read at most, None for any time.

        Raises:
            InputError: a time that is not a time.

        """
        from schemagen.sources.kafka import KafkaSource
        from schemagen.sources.times import parse_time

        return KafkaSource(
            client,
            name,
            strategy=self.strategy,
            max_messages=most,
            partitions=self.partition or None,
            since=None if self.since is None else parse_time(self.since, "--since"),
            until=None if self.until is None else parse_time(self.until, "--until"),
            idle_timeout=self.idle_timeout,
            timeout=seconds,
        )


@option_group("Sample")
class FileFlags:
    """How files are read."""

    from_format: FileFormat | None = option(
        "--from-format NAME",
        f"What the files are: {', '.join(FileFormat)}. [default: told by their first bytes]",
    )
    records: str | None = option(
        "--records PATH",
        "Read the messages at this path of keys in each document of the files, such as "
        "hits.hits; arrays on the way are gone through.",
    )

    @property
    def file_options(self) -> dict[str, object]:
        """The options that are for files only; falsy where not given."""
        return {"--from-format": self.from_format, "--records": self.records}

    def reading(self, remark: Callable[[str], None]) -> FileReading:
        """Return how the files are to be read; `remark` is called with what they are."""
        from schemagen.sources.files import FileReading

        path = tuple((self.records or "").split(".")) if self.records else ()
        return FileReading(self.from_format, path, remark)


@option_group("Sample")
class SampleFlags(OffsetFlags, FileFlags):
    """Which records of a topic or of files are read."""

    from_files: list[str] | None = option(
        "--from FILE",
        "Read files instead of Kafka: JSON in any form, what tools write of a topic, CSV, "
        "Parquet, EVTX, .gz, .zst, a folder, or - for standard input; repeatable.",
    )
    max_messages: str | None = option(
        "-n --max-messages N|all",
        "Read at most so many records. [default: 10000 of a topic, all of files]",
    )
    timeout: float | None = option(
        "--timeout SECONDS",
        "Stop after so many seconds; 0 for no limit. [default: 60, none where all is read]",
        min=0,
    )

    def source(
        self,
        topic: str,
        client: Callable[[], Mapping[str, str]],
        remark: Callable[[str], None],
        reading: RegistryReading | None = None,
    ) -> Source:
        """Open what the options name: files, or else the topic.

        Args:
            topic: the topic's name.
            client: gives the client's configuration; not called for files.
            remark: called with what there is to say of the records.
            reading: how the values of the topic are read; None for JSON.

        Raises:
            InputError: options that contradict one another, or times that are not times.
            SourceError: a file doesn't exist.

        """
        from schemagen.sources.explained import ExplainedSource

        most = limit(self.max_messages, None if self.from_files else DEFAULT_MAX_MESSAGES)
        if self.from_files:
            from schemagen.sources.files import FileSource

            refuse(
                self.narrowing,
                "is for topics: files have no partitions and no record times.",
                "Leave it out, or leave --from out.",
            )
            files = FileSource(self.from_files, max_records=most, reading=self.reading(remark))
            return ExplainedSource(files, remark)
        refuse(self.file_options, "is for files.", "Name them with --from.")
        seconds = self.timeout
        if seconds is None and most is not None:
            # A whole topic takes as long as it takes.
            seconds = DEFAULT_TIMEOUT
        found: Source = self.topic(topic, client(), most, seconds or None)
        return ExplainedSource(found if reading is None else reading.of(found), remark)
