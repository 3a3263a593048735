"""`schemagen status`: how deployed detections fare."""

from __future__ import annotations

import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument

from schemagen.errors import EXIT_FINDINGS
from schemagen.options.common import OutputFlags, ProjectFlags
from schemagen.options.groups import option, option_group
from schemagen.options.server import ServerFlags

if TYPE_CHECKING:
    from schemagen.deploy.status import DeploymentStatus


class StatusFormat(StrEnum):
    """How `status` reports."""

    TEXT = "text"
    JSON = "json"
    PROMETHEUS = "prometheus"


@option_group("Output")
class StatusOutputFlags(OutputFlags):
    """How the command reports."""

    format: StatusFormat = option("--format", "How to report.", default=StatusFormat.TEXT)
    watch: float | None = option(
        "--watch SECONDS", "Report again and again, so many seconds apart.", min=0.1
    )
    max_lag: int | None = option(
        "--max-lag N", "Call it trouble if a query has not read more records than this.", min=0
    )


def status(
    paths: Annotated[
        list[Path] | None,
        Argument(
            metavar="[PATH]...",
            help="Files of statements to compare with. [default: stream.sql beside "
            "schemagen.toml, or sql/, if there is one]",
        ),
    ] = None,
    server: ServerFlags = ServerFlags(),
    output: StatusOutputFlags = StatusOutputFlags(),
    project: ProjectFlags = ProjectFlags(),
) -> None:
    """Report how each deployed query fares: state, lag, rate, errors, dropped records.

    Ends with code 1 when something is wrong, so that it serves as a probe: a query is missing,
    paused, without a task, failed in the last 15 minutes, or differs from the script.

    \b
    Examples:
      schemagen status --server http://localhost:8088
      schemagen status --max-lag 10000 --format prometheus > lag.prom
      schemagen status --watch 10

    """
    from schemagen.deploy.status import read_status
    from schemagen.project import load
    from schemagen.workspace.deployment import deployment_of, own_scripts, read_scripts

    known = load(project.config)
    named = paths or own_scripts(known.root)
    script = read_scripts(known, named) if named else None
    deployment = deployment_of(known, script, server.deployment)
    with server.client(known) as client:
        info = client.info()
        while True:
            found = read_status(
                client,
                info,
                deployment,
                None if script is None else script.trees,
                now=time.time_ns() // 1_000_000,
                max_lag=output.max_lag,
            )
            _report(found, output)
            if output.watch is None:
                break
            time.sleep(output.watch)
    if found.troubles:
        raise typer.Exit(EXIT_FINDINGS)


def _report(found: DeploymentStatus, output: StatusOutputFlags) -> None:
    from schemagen.report.status import status_prometheus, status_report, status_text

    if output.format is StatusFormat.PROMETHEUS:
        sys.stdout.write(status_prometheus(found))
    elif output.format is StatusFormat.JSON:
        from schemagen.files import to_json

        sys.stdout.write(to_json(status_report(found)))
    else:
        output.show(status_text(found))
    sys.stdout.flush()
