"""The rules of a topic, bound to the columns of its stream."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from schemagen.choices import Logsource
from schemagen.detections.binding import Binder, BindOptions
from schemagen.detections.bound import Status
from schemagen.detections.correlations.binding import bind_correlations
from schemagen.detections.pipelines import SigmaPipeline, load_pipeline
from schemagen.detections.pipelines.recognised import recognise
from schemagen.detections.rules import load_rules
from schemagen.detections.selection import Acceptance, accept, select
from schemagen.memory import without_collections
from schemagen.report.pipelines import diagnosis, pipeline_line
from schemagen.words import counted
from schemagen.workspace.rule_cache import RuleCache

if TYPE_CHECKING:
    from collections.abc import Collection

    from schemagen.choices import CorrelationWindows
    from schemagen.detections.bound import BoundRule
    from schemagen.detections.correlations.bound import BoundCorrelation
    from schemagen.detections.pipelines.recognised import KnownEvents
    from schemagen.detections.rules import RuleSet
    from schemagen.ksqldb.types import Struct
    from schemagen.profile.kinds import EventKinds
    from schemagen.profile.profile import Node
    from schemagen.project import TopicConfig
    from schemagen.workspace.files import TopicFiles

DEFAULT_RARE = 0.001
PROBLEMS = "problems"
"""The word for rule files that could not be read, beside the statuses of rules."""
WAIVER = "waiver"
"""The word for waivers of rules that are of no use any more."""
STATUSES = [*(str(each).lower() for each in Status), PROBLEMS, WAIVER]
"""What can be a finding among rules, as `--fail-on` has it."""
AS_IT_IS = "none"
"""The pipeline that takes the fields of rules for those of the messages."""


@dataclass(frozen=True, slots=True)
class BoundRules:
    """Rules as they were read, and what came of binding each of them.

    Attributes:
        loaded: the rules, and what could not be read.
        bound: one for each rule, in the same order.
        correlations: one for each correlation, in the same order.
        pipelines: where the events have Sigma's fields.
        events: what the fields of the topic look like, where they are known.
        is_configured: whether the pipelines were named, not found by the fields.
        others: how many rules were read that are not among the wanted ones.
        acceptance: the rules that may have their status, by the waivers of the project file.
        cache: what is known of rules for the next run; None where nothing is kept.

    """

    loaded: RuleSet
    bound: list[BoundRule]
    correlations: list[BoundCorrelation] = field(default_factory=list)

    pipelines: tuple[str, ...] = (AS_IT_IS,)
    events: tuple[KnownEvents, ...] = ()
    is_configured: bool = True
    others: int = 0
    acceptance: Acceptance = field(default_factory=Acceptance)
    cache: RuleCache | None = None

    @property
    def all(self) -> list[BoundRule | BoundCorrelation]:
        """The rules and the correlations."""
        return [*self.bound, *self.correlations]

    def has_any(self, wanted: Collection[str]) -> bool:
        """Check whether a rule without a waiver has one of some statuses, or what else is wrong.

        Args:
            wanted: statuses in lower case, `problems` for files that could not be read, `waiver`
                for waivers of no use.

        """
        if PROBLEMS in wanted and self.loaded.errors:
            return True
        if WAIVER in wanted and self.acceptance.stale:
            return True
        accepted = self.acceptance.accepted
        return any(
            str(each.status).lower() in wanted for each in self.all if each.rule.id not in accepted
        )

    def remember(self) -> None:
        """Keep what is known of the rules for the next run."""
        if self.cache is not None:
            self.cache.save()

    def remarks(self) -> list[str]:
        """Write what is wrong where hardly any rule can match, and how they were bound."""
        wrong = diagnosis(self.bound, self.pipelines, self.events)
        lines = [] if wrong is None else [wrong]
        if not self.is_configured:
            lines.append(pipeline_line(self.pipelines, self.events))
        if self.others:
            lines.append(f"{counted(self.others, 'other rule')} not selected.")
        return lines


@without_collections()
def bind_rules(files: TopicFiles, columns: Struct, rare: float = DEFAULT_RARE) -> BoundRules:
    """Load the rules of a topic and bind them to columns.

    Args:
        files: the topic.
        columns: the columns of its stream.
        rare: the share of events below which a needed field makes a rule RARE.

    Raises:
        InputError: a path or a pipeline doesn't exist.

    """
    events = tuple(recognise(files.shape))
    topic = files.topic
    if not topic.pipelines:
        topic = replace(topic, pipelines=tuple(each.pipeline for each in events))
    binder = topic_binder(topic, columns, files.evidence, rare, files.kinds)
    known = _cache(files, topic, columns, binder.options)
    found = _from_root(load_rules(list(topic.rules), known), files.root)
    loaded = _with_windows(select(found, topic.select), topic.correlation_windows)
    bound = [RuleCache.bind(rule, binder) for rule in loaded.rules]
    others = len(found.rules) + len(found.correlations) - len(loaded.rules)
    others -= len(loaded.correlations)
    correlations = bind_correlations(loaded, bound, binder)
    today = datetime.now(UTC).date()
    return BoundRules(
        loaded,
        bound,
        correlations,
        acceptance=accept([*bound, *correlations], topic.rule_waivers, today),
        pipelines=topic.pipelines or (AS_IT_IS,),
        events=events,
        is_configured=bool(files.topic.pipelines),
        others=others,
        cache=known,
    )


def _cache(
    files: TopicFiles, topic: TopicConfig, columns: Struct, options: BindOptions
) -> RuleCache | None:
    """Return what is known of rules that were bound in the same way before."""
    if not files.digest:
        return None
    pipelines = [
        (name, Path(name).read_bytes() if Path(name).is_file() else b"")
        for name in topic.pipelines or (AS_IT_IS,)
    ]
    return RuleCache([files.digest, pipelines, topic.logsource, columns, options])


def topic_binder(
    topic: TopicConfig,
    columns: Struct,
    evidence: Node | None,
    rare: float = DEFAULT_RARE,
    kinds: EventKinds | None = None,
) -> Binder:
    """Return what binds rules to columns, by the settings of a topic.

    Args:
        topic: the settings.
        columns: the columns of the topic's stream.
        evidence: what was seen of the topic's messages, None where nothing is known.
        rare: the share of events below which a needed field makes a rule RARE.
        kinds: how many of the messages there are of each kind of event, where that is known.

    Raises:
        InputError: a pipeline doesn't exist.

    """
    pipelines = [load_pipeline(name) for name in topic.pipelines or (AS_IT_IS,)]
    if topic.logsource == Logsource.ASSUMED:
        pipelines = [
            each if isinstance(each, SigmaPipeline) else each.without_conditions()
            for each in pipelines
        ]
    options = BindOptions(matching=topic.alerts.matching, rare=rare, keywords=topic.keywords)
    return Binder(pipelines, columns, evidence, options, kinds)


def _with_windows(loaded: RuleSet, windows: CorrelationWindows) -> RuleSet:
    chosen = tuple(replace(each, windows=windows) for each in loaded.correlations)
    return replace(loaded, correlations=chosen)


def _from_root(loaded: RuleSet, root: Path) -> RuleSet:
    """Write the paths from the project's folder: the same on every machine."""
    base = root.resolve()

    def inside(path: Path) -> Path:
        return Path(os.path.relpath(path.resolve(), base))

    filters = {id(each): replace(each, path=inside(each.path)) for each in loaded.filters}
    rules = tuple(
        replace(
            rule,
            path=inside(rule.path),
            filters=tuple(filters[id(each)] for each in rule.filters),
        )
        for rule in loaded.rules
    )
    return replace(
        loaded,
        rules=rules,
        problems=tuple(replace(each, path=inside(each.path)) for each in loaded.problems),
        correlations=tuple(replace(each, path=inside(each.path)) for each in loaded.correlations),
        filters=tuple(filters.values()),
    )
