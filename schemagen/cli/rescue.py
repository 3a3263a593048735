"""`schemagen rescue`: the records that ksqlDB dropped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from schemagen.errors import EXIT_FINDINGS
from schemagen.options.common import KafkaFlags, ProjectFlags, ReportFlags
from schemagen.options.groups import flag, option, option_group
from schemagen.options.server import ServerFlags

if TYPE_CHECKING:
    from schemagen.deploy.rescue import DroppedRecords
    from schemagen.project import Project


@option_group("Output")
class RescueFlags(ReportFlags):
    """Which records are reported, and where their values go."""

    since: str | None = option(
        "--since TIME", "Report only what was dropped from this time on: 1h, 7d, or an ISO time."
    )
    locate: bool = flag(
        "--locate",
        "Look the records up in their topics, for partition and offset: reads the topics whole.",
    )
    out: Path | None = option(
        "-o --out FILE",
        "Write the values of the records to this file, one a line; they are as they were sent.",
    )


def rescue(
    server: ServerFlags = ServerFlags(),
    output: RescueFlags = RescueFlags(),
    kafka: KafkaFlags = KafkaFlags(),
    project: ProjectFlags = ProjectFlags(),
) -> None:
    """Report which records ksqlDB dropped, by reason and place in the record.

    Reads the processing log, which must be a stream on the server. The log has the records
    themselves if the server runs with ksql.logging.processing.rows.include=true; partition and
    offset it never has. Ends with code 1 when records were dropped.

    \b
    Examples:
      schemagen rescue --since 1d
      schemagen rescue --locate -b broker:9092 --format json
      schemagen rescue --out dropped.ndjson

    """
    from schemagen.project import load
    from schemagen.report.rescue import rescue_report, rescue_text
    from schemagen.workspace.deployment import dropped_since

    known = load(project.config)
    with server.client(known) as client:
        dropped = dropped_since(client, known, server.deployment, output.since)
    if output.locate:
        _locate(dropped, known, kafka)
    if output.out is not None:
        values = sorted(value for each in dropped for value in each.values)
        output.out.write_bytes(b"".join(value + b"\n" for value in values))
    output.show(rescue_text(dropped))
    output.machine(rescue_report(dropped))
    if dropped:
        raise typer.Exit(EXIT_FINDINGS)


def _locate(dropped: list[DroppedRecords], project: Project, kafka: KafkaFlags) -> None:
    from schemagen.deploy.rescue import locate
    from schemagen.sources.kafka import KafkaSource

    for topic in sorted({each.reason.topic for each in dropped if each.values}):
        source = KafkaSource(kafka.client(project), topic, max_messages=None)
        locate([each for each in dropped if each.reason.topic == topic], source)
