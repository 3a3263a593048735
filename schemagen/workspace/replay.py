"""Statements replayed on sample events: the cases of a project, and the alerts of a drift."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from schemagen.cache import Cache, cache_folder
from schemagen.deploy.script import statements_text
from schemagen.errors import InputError
from schemagen.processors import cores
from schemagen.replay.engine import Replay
from schemagen.replay.events import events_of
from schemagen.replay.jar_check import JarCheck, automatic_check
from schemagen.replay.kept import KeptQueries
from schemagen.words import counted
from schemagen.workspace.paths import as_named, relative
from schemagen.workspace.program import program_stamp
from schemagen.workspace.topic import STATEMENTS

_MOST_JOBS = 8
"""One process reads the files, and keeps no more than these busy."""
MOST_REPLAYED = 50_000
"""So many records of a sample are kept in memory and replayed."""

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.deploy.plan import Plan
    from schemagen.drift.findings import Drift
    from schemagen.project import Project
    from schemagen.replay.case_files import CaseFile
    from schemagen.replay.events import UnreadableRecord
    from schemagen.replay.results import Result
    from schemagen.sources.buffered import BufferedSource
    from schemagen.sources.files import FileSource
    from schemagen.workspace.baseline import CommittedTopic

_YAML = {".yml", ".yaml"}


def statement_files(project: Project, topic: str | None = None) -> list[Path]:
    """List the files of statements of a project, each once.

    Args:
        project: the project.
        topic: the topic whose file it is, None for those of all topics.

    """
    topics = [each for name, each in project.topics.items() if topic in {None, name}]
    files = [each.out or project.root / STATEMENTS for each in topics]
    return list(dict.fromkeys(files)) or [project.root / STATEMENTS]


def only_file(project: Project, sql: Path | None, topic: str | None = None) -> Path:
    """Return the file of statements to replay.

    Args:
        project: the project.
        sql: the file that the user named, None for the project's own.
        topic: the topic whose file it is, None for that of the only one.

    Raises:
        InputError: the topics have several.

    """
    if sql is not None:
        return sql
    files = statement_files(project, topic)
    if len(files) > 1:
        named = ", ".join(relative(file) for file in files)
        raise InputError(
            f"The topics have several files of statements: {named}.", "Name one: --sql FILE."
        )
    return files[0]


def open_replay(file: Path, jar: Path | None = None, *, cached: bool = True) -> Replay:
    """Read the statements to replay.

    Args:
        file: the file or folder of statements.
        jar: the accelerator's jar to ask, too; None for that of this installation, if it has one
            and Java is there.
        cached: whether what became of its queries is kept in the cache folder.

    Raises:
        InputError: there is no file, or it can't be read.

    """
    if not file.exists():
        raise InputError(
            f"There is no {relative(file)} here.",
            "Name the emitted statements: --sql FILE; `schemagen ddl --out FILE` writes them.",
        )
    if jar is not None and not jar.is_file():
        raise InputError(
            f"There is no {relative(jar)}.", "`schemagen accelerator export DIR` writes the jar."
        )
    folder = cache_folder() if cached else None
    notes = Cache("replay", f"{program_stamp()}\n{file.resolve()}", folder)
    made = Replay(statements_text(file), relative(file), KeptQueries(notes))
    notes.save(forget=True)
    made.jar = automatic_check() if jar is None else JarCheck(jar)
    return made


def rules_for(project: Project, file: Path | None) -> list[Path]:
    """List the rules of the topics with this file of statements; None for all topics."""
    return [
        as_named(path, Path.cwd())
        for topic in project.topics.values()
        if file in {None, topic.out or project.root / STATEMENTS}
        for path in topic.rules
    ]


def cases_in(project: Project, paths: Sequence[Path]) -> list[CaseFile]:
    """Load cases; there may be none yet.

    Args:
        project: the project, from whose folder their files are written.
        paths: test files, rule files and folders.

    Raises:
        InputError: a path doesn't exist, or is a file that can't have cases.

    """
    for path in paths:
        if path.is_file() and path.suffix not in _YAML:
            raise InputError(
                f"{path} is neither a test file nor a rule.",
                "Cases lie beside a rule in RULE.test.yml; --events FILE needs none.",
            )
    # Events alone need nothing of pySigma.
    from schemagen.replay.cases import load_cases  # noqa: PLC0415

    return [replace(each, path=as_named(each.path, project.root)) for each in load_cases([*paths])]


def topic_of(replay: Replay, topic: str | None) -> str:
    """Return the topic that events stand for.

    Args:
        replay: the statements.
        topic: the topic that the user named, None for the only one that is read.

    Raises:
        InputError: there is not just one, or no statement reads it.

    """
    topics = replay.topics
    if topic is None and len(topics) != 1:
        raise InputError(
            f"The statements read {counted(len(topics), 'topic')}: {', '.join(topics) or 'none'}.",
            "Name the one that the events are of: --topic NAME.",
        )
    if topic is not None and topic not in topics:
        raise InputError(
            f"The statements read no topic {topic}.", f"They read {', '.join(topics) or 'none'}."
        )
    return topic or topics[0]


def run_files(
    replay: Replay,
    source: FileSource,
    topic: str,
    root: Path,
    jobs: int | None = None,
) -> tuple[Result, list[UnreadableRecord]]:
    """Run statements over files of events, and hand out alerts.

    Args:
        replay: the statements.
        source: the files, which are written from the project's folder.
        topic: the topic that the events are of.
        root: the project's folder.
        jobs: how many processes read; None for one a processor.

    Returns:
        What came of it, and the records that are no events.

    Raises:
        SourceError: a file can't be read.

    """
    unreadable: list[UnreadableRecord] = []
    name = cache(lambda file: str(as_named(Path(file), root)))
    named = (replace(each, source=name(each.source)) for each in source.batches())
    jobs = jobs or min(cores(), _MOST_JOBS)
    return replay.run_records(named, topic, unreadable, jobs=jobs, only_alerts=True), unreadable


def with_lost_alerts(found: Drift, base: CommittedTopic, made: Plan, kept: BufferedSource) -> Drift:
    """Return a drift with the alerts that it has cost on the records of the sample."""
    from schemagen.drift.lost import lost_alerts  # noqa: PLC0415 - see above

    events, _ = events_of(kept.buffered, found.topic)
    lost, wrong = lost_alerts(base.baseline.declared, made.wanted, events)
    return replace(found, lost=lost, replayed=kept.count, remarks=[*found.remarks, *wrong])
