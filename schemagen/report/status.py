"""How a deployment fares, for people, for machines, and for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from schemagen.words import counted, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemagen.deploy.status import DeploymentStatus, QueryStatus

_STYLES = {"RUNNING": "green", "PAUSED": "yellow", "ERROR": "red"}


def status_text(status: DeploymentStatus) -> Group:
    """Write a table of the queries, and what is wrong."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("query", "state", "behind", "rate", "dropped", "detections"):
        table.add_column(heading, justify="left")
    for each in status.queries:
        table.add_row(*_row(each))
    lines = [Text(f"Deployment {status.deployment} on ksqlDB {status.version}", style="bold")]
    unread = [
        Text(f"{topic}: {counted(count, 'record')} could not be read, over all that read it.")
        for topic, count in status.unread.items()
    ]
    wrong = [Text(printable(each), style="red") for each in status.troubles]
    if not wrong:
        wrong = [Text(f"{counted(len(status.queries), 'query').replace('querys', 'queries')} run.")]
    return Group(*lines, table, *unread, *wrong)


def _row(query: QueryStatus) -> tuple[Text, ...]:
    state = query.health.state if not query.troubles else query.health.state + " (!)"
    behind = counted(query.place.lag, "record")
    if query.place.lag and query.behind is not None:
        behind += f", about {query.behind:,.0f} s"
    style = "red" if query.troubles else _STYLES.get(query.health.state, "")
    return (
        Text(printable(query.id)),
        Text(state, style=style),
        Text(behind),
        Text(f"{query.place.rate:,.1f}/s" if query.place.rate else ""),
        Text("" if query.dropped is None else f"{query.dropped:,}"),
        Text(str(len(query.detections)) if query.detections else ""),
    )


def status_report(status: DeploymentStatus) -> dict[str, Any]:
    """Return how a deployment fares as JSON."""
    return {
        "deployment": status.deployment,
        "version": status.version,
        "healthy": not status.troubles,
        "troubles": list(status.troubles),
        "missing": list(status.missing),
        "differences": list(status.differences),
        "unread": dict(status.unread),
        "queries": [
            {
                "id": each.id,
                "stream": each.sink,
                "state": each.health.state,
                "tasks": each.health.tasks,
                "lag_records": each.place.lag,
                "lag_seconds": each.behind,
                "records_per_second": each.place.rate,
                "errors": [{"time": when, "kind": kind} for when, kind in each.health.errors],
                "dropped": each.dropped,
                "detections": list(each.detections),
                "troubles": list(each.troubles),
            }
            for each in status.queries
        ],
    }


def status_prometheus(status: DeploymentStatus) -> str:
    """Write how a deployment fares in Prometheus' text format."""
    lines: list[str] = []
    for name, text, samples in _metrics(status):
        lines += [f"# HELP schemagen_{name} {text}", f"# TYPE schemagen_{name} gauge"]
        lines += [f"schemagen_{name}{{{labels}}} {value:g}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _metrics(status: DeploymentStatus) -> Iterator[tuple[str, str, list[tuple[str, float]]]]:
    whole = _labels(deployment=status.deployment)
    queries = [(_labels(deployment=status.deployment, query=e.id), e) for e in status.queries]
    yield "healthy", "1 where nothing is wrong.", [(whole, float(not status.troubles))]
    yield (
        "differences",
        "Streams, tables and queries that differ from the script, or are missing.",
        [(whole, float(len(status.differences) + len(status.missing)))],
    )
    yield (
        "query_up",
        "1 where a query is healthy.",
        [(k, float(not e.troubles)) for k, e in queries],
    )
    yield (
        "query_lag_records",
        "Records that a query has not read.",
        [(k, float(e.place.lag)) for k, e in queries],
    )
    yield (
        "query_lag_seconds",
        "Seconds that a query is behind, by the rate of its topic.",
        [(k, e.behind) for k, e in queries if e.behind is not None],
    )
    yield (
        "query_dropped_records",
        "Entries of the processing log in the last 15 minutes.",
        [(k, float(e.dropped)) for k, e in queries if e.dropped is not None],
    )
    yield (
        "topic_unread_records",
        "Records of a topic that could not be read, over all queries that read it.",
        [
            (_labels(deployment=status.deployment, topic=topic), float(count))
            for topic, count in status.unread.items()
        ],
    )


def _labels(**labels: str) -> str:
    return ",".join(f'{key}="{_escaped(value)}"' for key, value in labels.items())


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
