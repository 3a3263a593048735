"""How fast `schemagen infer` reads a topic of a real Apache Kafka, beside the same from a file.

The broker is the one of the tests: it needs Java and Maven.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from measuring import Result, infer_command, measure

if TYPE_CHECKING:
    from pathlib import Path

PARTITIONS = 4


def kafka_rates(file: Path, messages: int, runs: int, folder: Path, tests: Path) -> list[str]:
    """Write a file's lines to a topic, read both in turn, and return the rates as Markdown lines.

    Args:
        file: NDJSON.
        messages: how many lines it has.
        runs: how often each is read.
        folder: where the broker and the results may write.
        tests: the folder of the tests with the broker.

    """
    sys.path[:0] = [str(tests), str(tests.parent)]
    import certificates  # noqa: PLC0415 - found only now
    import kafka_jars  # noqa: PLC0415
    from kafka_broker import KafkaBroker  # noqa: PLC0415

    try:
        jars = kafka_jars.class_path()
    except kafka_jars.KafkaUnavailableError as error:
        return [f"Not measured: the real Apache Kafka is not available: {error}."]
    broker = KafkaBroker(jars, folder / "kafka", certificates.make(folder / "certificates"))
    broker.start()
    try:
        address = broker.address("PLAIN")
        _fill(address, file)
        return _compare(address, file, messages, runs, folder)
    finally:
        broker.kill()


def _fill(address: str, file: Path) -> None:
    from confluent_kafka.admin import AdminClient  # noqa: PLC0415 - found only now
    from kafka_topics import create, write  # noqa: PLC0415

    admin = AdminClient({"bootstrap.servers": address, "log_level": 0})
    create(admin, "bench", PARTITIONS, {"retention.ms": "-1"})
    with file.open("rb") as lines:
        write(address, "bench", ((n % PARTITIONS, line[:-1]) for n, line in enumerate(lines)))


def _compare(address: str, file: Path, messages: int, runs: int, folder: Path) -> list[str]:
    from_file = ["--from", str(file)]
    from_topic = ["-b", address, "--max-messages", "all"]
    commands = {
        ("1", "file"): infer_command(folder, *from_file, "--jobs", "1"),
        ("1", "topic"): infer_command(folder, *from_topic, "--jobs", "1"),
        ("all cores", "file"): infer_command(folder, *from_file),
        ("all cores", "topic"): infer_command(folder, *from_topic),
        ("sample", "topic"): infer_command(folder, "-b", address),
        ("start-up", ""): infer_command(folder, *from_file, "--max-messages", "1"),
    }
    results = {key: Result() for key in commands}
    for run in range(runs + 1):
        for key, command in commands.items():
            measure(command, results[key] if run else Result())
    rows = ["| processes | from a file, messages/s | from the topic | topic / file |"]
    rows.append("|---|---:|---:|---:|")
    for jobs in ("1", "all cores"):
        slow, quick = results[jobs, "topic"].seconds, results[jobs, "file"].seconds
        rows.append(
            f"| {jobs} | {messages / quick:,.0f} | {messages / slow:,.0f} | {quick / slow:.0%} |"
        )
    sample, start = results["sample", "topic"].seconds, results["start-up", ""].seconds
    rows += [
        "",
        (
            "The default sample of the topic (10,000 records, spread) is there after"
            f" {sample:.2f} s, {start:.2f} s of it the start-up (one record from a file)."
            " The broker shares the processors with the reader."
        ),
    ]
    return rows
