"""What a deployment needs: the script, whose it is, and whether the topic still fits it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from schemagen.choices import Strategy
from schemagen.deploy.catalog import catalog_of
from schemagen.deploy.marks import check_deployment
from schemagen.deploy.processing_log import log_stream, read_log
from schemagen.deploy.rescue import dropped_records
from schemagen.deploy.script import MANIFEST, Script, read_script
from schemagen.deploy.server.state import read_state
from schemagen.deploy.status import deployed_queries
from schemagen.drift.compare import Baseline, DriftOptions, compare
from schemagen.drift.declared import declared_stream
from schemagen.drift.findings import FindingClass
from schemagen.errors import InputError
from schemagen.profile.collect import collect
from schemagen.sources.kafka import EmptyTopicError, KafkaSource
from schemagen.sources.times import parse_time
from schemagen.workspace.paths import relative
from schemagen.workspace.topic import STATEMENTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sqlglot import exp

    from schemagen.deploy.rescue import DroppedRecords
    from schemagen.deploy.server.client import KsqlClient
    from schemagen.profile.evidence import Evidence
    from schemagen.project import Project

FOLDER = "sql"
"""The folder of statements that may lie beside schemagen.toml instead of one file."""

COSTLY = frozenset({FindingClass.DROPS, FindingClass.FORMAT, FindingClass.ALTERS})
"""What a topic must not show that a script is deployed for."""

_QUICK = 1_000
"""Records of a topic that are held against a script before it is deployed."""

_QUICK_SECONDS = 20.0


def read_scripts(project: Project, paths: Sequence[Path]) -> Script:
    """Read the scripts that are named, one behind another, or the project's own.

    Raises:
        InputError: there is none, or one can't be read.

    """
    named = list(paths) or own_scripts(project.root)
    if not named:
        raise InputError(
            f"There is no {STATEMENTS} beside schemagen.toml.",
            "Write it with `schemagen ddl --out stream.sql`, or name a file of statements.",
        )
    scripts = [read_script(path) for path in named]
    origin = ", ".join(relative(path) for path in named)
    return Script(origin, [each for script in scripts for each in script.statements])


def own_scripts(root: Path) -> list[Path]:
    """Return the script that lies beside schemagen.toml; none where there is none."""
    one, folder = root / STATEMENTS, root / FOLDER
    if one.is_file():
        return [one]
    return [folder] if (folder / MANIFEST).is_file() else []


def deployment_of(project: Project, script: Script | None, named: str | None) -> str:
    """Return the name of a deployment: as named, else the topic that its script reads.

    Raises:
        InputError: it has no name, or one that can't stand in a mark.

    """
    topics = [] if script is None else source_topics(script)
    known = [topic for topic in topics if topic in project.topics] or topics
    if not known and len(project.topics) == 1:
        known = list(project.topics)
    if named is None and not known:
        raise InputError(
            "The deployment has no name: no script says which topic it reads.",
            "Name the script, or give --deployment NAME.",
        )
    return check_deployment(named or known[0])


def source_topics(script: Script) -> list[str]:
    """List the topics that a script reads and does not write, in its order.

    A stream may be declared over the topic of a table, or over that of alerts: before the first
    deployment such a topic is not there.
    """
    made = catalog_of(script.trees)
    sinks = {query.sink for query in made.queries}
    written = {made.topic_of(name) for name in sinks}
    return [
        relation.topic
        for relation in made.relations.values()
        if relation.topic and relation.topic not in written
    ]


def check_topics(script: Script, broker: Mapping[str, str]) -> list[str]:
    """Hold the newest records of each topic that a script reads against what it declares.

    Args:
        script: the script.
        broker: librdkafka's properties.

    Returns:
        What could not be held against anything, one sentence each.

    Raises:
        InputError: records of a topic would be dropped or altered.
        SourceError: a topic can't be read.

    """
    remarks = []
    for statement in _read_declarations(script):
        topic = catalog_of([statement]).relations.popitem()[1].topic
        source = KafkaSource(
            broker,
            topic,
            strategy=Strategy.TAIL,
            max_messages=_QUICK,
            idle_timeout=_QUICK_SECONDS,
            timeout=_QUICK_SECONDS,
        )
        try:
            fresh = collect(source, topic)
        except EmptyTopicError as error:
            remarks.append(f"{error.what} Whether records fit the script is not known.")
            continue
        places = costly_places(script, statement, fresh)
        if places:
            raise InputError(
                f"The newest records of {topic} do not fit the script: {', '.join(places)}.",
                f"See `schemagen drift {topic}`; --no-check deploys it all the same.",
            )
    return remarks


def costly_places(script: Script, statement: exp.Create, fresh: Evidence) -> list[str]:
    """Name where fresh records of a topic would be dropped or altered by its declaration."""
    if not fresh.profile.messages:
        return []
    declared = declared_stream(statement, script.trees, script.origin)
    options = DriftOptions(fail_on=COSTLY)
    found = compare(fresh.name, Baseline([script.origin], declared), fresh, options).findings
    return sorted({f"{each.kind} {each.place}" for each in found if each.kind in COSTLY})


def _read_declarations(script: Script) -> list[exp.Create]:
    """List the statements that declare a topic which the script's queries read."""
    made = catalog_of(script.trees)
    read = {name for query in made.queries for name in query.sources}
    topics = source_topics(script)
    return [
        relation.tree
        for relation in made.relations.values()
        if relation.name in read
        and relation.topic in topics
        and relation.tree is not None
        and not relation.is_derived
    ]


def dropped_since(
    client: KsqlClient, project: Project, named: str | None, since: str | None
) -> list[DroppedRecords]:
    """Read which records the queries of a deployment dropped.

    Args:
        client: the server.
        project: the project.
        named: the deployment's name, None for that of the project's script.
        since: from when on, as the user wrote it; None for all that the log has.

    Raises:
        InputError: the server has no stream over its processing log, or the time is none.
        ServerError: it can't be reached.

    """
    scripts = own_scripts(project.root)
    script = read_scripts(project, scripts) if scripts else None
    deployment = deployment_of(project, script, named)
    start = 0 if since is None else int(parse_time(since, "--since").timestamp() * 1000)
    catalog = read_state(client, client.info()).catalog
    stream = log_stream(catalog)
    if stream is None:
        raise InputError(
            "The server has no stream over its processing log.",
            "Run it with ksql.logging.processing.stream.auto.create=true: see docs/deploy.md.",
        )
    queries = deployed_queries(catalog, deployment, None if script is None else script.trees)
    ids = {each.id or "" for each in queries}
    return dropped_records(read_log(client, stream, start), catalog, ids)


def rollback_file(root: Path, deployment: str) -> Path:
    """Return where the way back is written before a deployment begins."""
    when = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    return root / ".schemagen" / f"rollback-{deployment}-{when}.sql"
