"""Options that say which rules are wanted, and where the events have their fields."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemagen.choices import CorrelationWindows
from schemagen.options.common import NO_CACHE
from schemagen.options.groups import flag, option, option_group
from schemagen.options.values import maybe_length

if TYPE_CHECKING:
    from schemagen.project import TopicConfig
    from schemagen.workspace.files import TopicFiles


@option_group("Rules")
class RuleFlags:
    """Which rules are wanted, and where the events have their fields."""

    pipelines: list[str] | None = option(
        "--pipeline NAME|FILE",
        "Map the rules' fields to the events by this pipeline; repeatable, for a topic of several "
        "shippers. [default: what the fields look like]",
    )
    levels: list[str] | None = option(
        "--level LEVEL", "Take only rules of this level, or with high+ of it and above; repeatable."
    )
    rule_status: list[str] | None = option(
        "--status STATUS", "Take only rules of this status, such as stable; repeatable."
    )
    tags: list[str] | None = option(
        "--tag GLOB", "Take only rules with this tag, such as t1059*; repeatable."
    )
    logsources: list[str] | None = option(
        "--logsource GLOB",
        "Take only rules for this log source, such as windows/process_*; repeatable.",
    )
    named_rules: list[str] | None = option(
        "--rule GLOB", "Take only rules with this id, title or path; repeatable."
    )
    without_rules: list[str] | None = option(
        "--without-rule GLOB", "Leave out rules with this id, title or path; repeatable."
    )
    correlation_windows: CorrelationWindows | None = option(
        "--correlation-windows",
        "Have correlations look at every span that ends at an event, or at spans side by side, as "
        "other backends do, which miss what lies over a border. [default: trailing]",
    )
    correlation_grace: str | None = option(
        "--correlation-grace LENGTH",
        "Let events count for correlations that come up to so much later than the newest one, "
        "such as 7d; the longer, the more state. [default: 1d]",
    )

    no_cache: bool = flag("--no-cache", NO_CACHE)

    def known(self, files: TopicFiles) -> TopicFiles:
        """Return a topic's files, of which nothing is kept where that isn't wanted."""
        return replace(files, digest="") if self.no_cache else files

    def over(self, topic: TopicConfig) -> TopicConfig:
        """Return what the project file says of the topic, with what the flags say."""
        given = {
            "levels": self.levels,
            "status": self.rule_status,
            "tags": self.tags,
            "logsources": self.logsources,
            "rules": self.named_rules,
            "exclude": self.without_rules,
        }
        asked = {name: tuple(globs) for name, globs in given.items() if globs}
        return replace(
            topic,
            pipelines=tuple(self.pipelines or topic.pipelines),
            correlation_windows=self.correlation_windows or topic.correlation_windows,
            correlation_grace=maybe_length(self.correlation_grace, "--correlation-grace")
            or topic.correlation_grace,
            select=replace(topic.select, **asked),
        )


@option_group("Options")
class StatusFlags:
    """Which status a rule has, which one is a finding, and what it costs."""

    rare: str = option(
        "--rare SHARE",
        "Call a rule RARE if it needs a field that fewer events of its kinds than this have.",
        default="0.1%",
    )
    fail_on: str = option(
        "--fail-on LIST",
        "End with code 1 when a rule has one of these statuses and no waiver; with `problems` also "
        "when a file can't be read, with `waiver` when a waiver is out of date. Such as "
        "unbound,type-clash,unsupported,problems.",
        default="",
        show_default=False,
    )
    cost: bool = flag(
        "--cost",
        "Show what the rules and their queries cost a server, the dearest first: an estimate from "
        "the calls of functions in them; as `cost` with --format json.",
    )
