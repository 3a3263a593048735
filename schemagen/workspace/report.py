"""What a report of a topic is made of, gathered from its files."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from schemagen.detections.cost import query_costs, rule_cost
from schemagen.drift.compare import DriftOptions
from schemagen.errors import InputError
from schemagen.profile.evidence import load_evidence
from schemagen.replay.cases import run_cases
from schemagen.replay.engine import Replay
from schemagen.report.page.history_view import by_time
from schemagen.report.page.model import TopicDrift, TopicReplay, TopicReport, TopicRules
from schemagen.schema.declared import maps_of
from schemagen.schema.maps import collapsed
from schemagen.schema.results import check_messages
from schemagen.sources.files import FileSource
from schemagen.words import counted
from schemagen.workspace.baseline import committed
from schemagen.workspace.columns import map_policy
from schemagen.workspace.drift import check_waivers, compared, merged, plan_for
from schemagen.workspace.files import load_files, map_reasons
from schemagen.workspace.paths import once, relative
from schemagen.workspace.replay import cases_in, open_replay, run_files, topic_of
from schemagen.workspace.rules import DEFAULT_RARE, bind_rules
from schemagen.workspace.statements import Detections, statements_of
from schemagen.workspace.stream import choose, declare

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemagen.profile.evidence import Evidence
    from schemagen.replay.cases import CaseResult
    from schemagen.sources.files import FileReading
    from schemagen.workspace.files import TopicFiles
    from schemagen.workspace.topic import Workspace


@dataclass(frozen=True, slots=True)
class ReportInputs:
    """What a report shows beside a topic's own files.

    Attributes:
        reading: how the files of events are read.
        rare: the share of events below which a needed field makes a rule RARE.
        events: files of events to replay.
        sql: the statements to replay; None for what would be written now.
        fresh: fresh evidence to compare with what is committed.
        against: what it is compared with; nothing for the files of the project.
        history: globs of evidence files.
        values: whether values of events may be shown.

    """

    reading: FileReading
    rare: float = DEFAULT_RARE
    events: tuple[str, ...] = ()
    sql: Path | None = None
    fresh: tuple[Path, ...] = ()
    against: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    values: bool = False


def gather(
    workspace: Workspace, inputs: ReportInputs, remark: Callable[[str], None]
) -> TopicReport:
    """Read and work out all that a report of a topic shows.

    Args:
        workspace: the topic.
        inputs: what else is shown.
        remark: called with what there is to say.

    Raises:
        InputError: a file is missing or broken, or a rule's path or a pipeline doesn't exist.
        SourceError: a file of events doesn't exist.

    """
    files = load_files(workspace)
    evidence = load_evidence(workspace.evidence_file) if files.evidence is not None else None
    policy = maps_of(map_policy(files.topic), files.registry)
    rules, made = TopicRules(), None
    if files.topic.rules:
        found = bind_rules(files, choose(files), inputs.rare)
        statements = statements_of(files, found)
        rules = TopicRules(
            found.bound,
            found.correlations,
            found.loaded.problems,
            found.remarks(),
            query_costs(statements, sized=False),
            {each.rule.id: rule_cost(each) for each in found.bound if each.deployable},
        )
        made = Detections(declare(files), found, statements)
    ran, cases = _replayed(workspace, files, made, inputs)
    return TopicReport(
        topic=files.topic.name,
        root=files.shape,
        maps=map_reasons(files),
        evidence=evidence,
        seen=None if evidence is None else collapsed(evidence.profile.root, policy),
        rules=rules,
        drift=_drift(workspace, inputs) if inputs.fresh else None,
        replay=ran,
        cases=cases,
        history=_history(workspace, inputs.history, remark),
        values=inputs.values,
    )


def _replayed(
    workspace: Workspace, files: TopicFiles, made: Detections | None, inputs: ReportInputs
) -> tuple[TopicReplay | None, list[CaseResult]]:
    """Run the test cases beside the rules, and the statements on the events."""
    cases = cases_in(workspace.project, list(files.topic.rules)) if files.topic.rules else []
    if not cases and not inputs.events:
        return None, []
    if inputs.sql is not None:
        replay, origin = open_replay(inputs.sql, cached=bool(files.digest)), relative(inputs.sql)
    elif made is not None:
        replay, origin = Replay(made.sql()), "what `schemagen ddl` would write now"
    else:
        raise InputError(
            "There are neither rules nor statements to replay the events with.",
            "Give the topic `rules` in schemagen.toml, or name them: --rules PATH.",
        )
    results = run_cases(replay, cases)
    if not inputs.events:
        return None, results
    topic = topic_of(replay, files.topic.name)
    source = FileSource(list(inputs.events), reading=inputs.reading)
    result, unreadable = run_files(replay, source, topic, workspace.root)
    return TopicReplay(origin, result, unreadable), results


def _drift(workspace: Workspace, inputs: ReportInputs) -> TopicDrift:
    """Compare fresh evidence with what is committed, as `drift` does."""
    topic = workspace.topic
    check_waivers(topic)
    base = committed(workspace, inputs.against)
    fresh = check_messages(merged(inputs.fresh, topic.name), "")
    options = DriftOptions(exclude=topic.exclude, maps=map_policy(topic))
    found = compared(base, fresh, options, None)
    plan = plan_for(base, fresh, found)
    return TopicDrift(found, plan.sql(), plan.summary)


def _history(
    workspace: Workspace, globs: Sequence[str], remark: Callable[[str], None]
) -> list[Evidence]:
    """Read the evidence files that globs name, the oldest first; those of other topics not."""
    if not globs:
        return []
    # A glob may be absolute, which those of a `Path` may not.
    names = [
        name
        for pattern in globs
        for name in sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - as above
    ]
    if not names:
        raise InputError(
            f"--history {globs[0]!r} names no file.", "Quote it, and mind the current folder."
        )
    read = [load_evidence(file) for file in once([Path(name) for name in names])]
    own = [each for each in read if each.name == workspace.topic.name]
    if len(own) < len(read):
        others = counted(len(read) - len(own), "evidence file")
        remark(f"Of --history, {others} of other topics not shown.")
    return by_time(own)
