"""Options that say what `drift` compares, and which findings matter."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from schemagen.errors import InputError
from schemagen.options.groups import flag, option, option_group
from schemagen.options.values import share, words

if TYPE_CHECKING:
    from schemagen.drift.compare import DriftOptions
    from schemagen.project import TopicConfig


@option_group("Comparison")
class ComparisonFlags:
    """What is compared, and which findings matter."""

    against: list[str] | None = option(
        "--against FILE",
        "Compare with this file: a schema (with the evidence beside it), statements (emitted or "
        "written by hand), or one of each; also as it was in git: REPOSITORY#REVISION:FILE. "
        "[default: schemas/TOPIC.schema.json, and stream.sql beside schemagen.toml if there is "
        "one]",
    )
    evidence: list[Path] | None = option(
        "--evidence FILE", "Take this fresh evidence file instead of a sample; repeatable."
    )
    rules: list[Path] | None = option(
        "--rules PATH",
        "Look for drift that blinds these Sigma rules; repeatable. [default: the queries of the "
        "statements, otherwise the rules of schemagen.toml]",
    )
    stream: str | None = option("--stream NAME", "Judge this stream, if several read the topic.")
    fail_on: str = option(
        "--fail-on LIST",
        "End with code 1 on findings of these classes: drops, format, alters, blinds, misses, "
        "wider, narrower, rarer, commoner, waiver; or none.",
        default="drops,format,alters,blinds",
    )
    confidence: str = option(
        "--confidence SHARE",
        "How sure it must be that chance alone makes no finding of the whole report.",
        default="99.9%",
    )
    replay: bool = flag(
        "--replay",
        "Run the detections over the sample, as deployed and as planned, and report which alerts "
        "the drift has cost. Keeps the first 50000 records of the sample in memory.",
    )

    def options(self, topic: TopicConfig) -> DriftOptions:
        """Return how the comparison is made.

        Raises:
            InputError: a class or a share that there isn't.

        """
        from schemagen.drift.compare import DriftOptions
        from schemagen.drift.findings import FindingClass
        from schemagen.workspace.columns import map_policy

        confidence = share(self.confidence, "--confidence")
        if not 0 < confidence < 1:
            raise InputError("--confidence must lie between 0 and 100 %.", "Write 99.9%.")
        classes = words(self.fail_on, "--fail-on", [*FindingClass, "none"]) - {"none"}
        return DriftOptions(
            confidence=confidence,
            fail_on=frozenset(map(FindingClass, classes)),
            exclude=topic.exclude,
            maps=map_policy(topic),
        )
