"""The file of statements as it is before it is written again: what would change in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemagen.deploy.detections import ScriptDetection, detections, layout_of
from schemagen.deploy.script import statements_text
from schemagen.errors import InputError
from schemagen.ksqldb.dialect import parse_script

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlglot import exp

    from schemagen.project import TopicConfig


def keeping_layout(topic: TopicConfig, before: Sequence[exp.Expr]) -> TopicConfig:
    """Return a topic's settings with the layout of the file that is about to be written again.

    One rule more or less must not change what the readers of the alerts get.

    Args:
        topic: the settings.
        before: the statements of the file; none where there is no such file.

    """
    if topic.alerts.layout is not None or not before:
        return topic
    layout = layout_of(before)
    return replace(topic, alerts=replace(topic.alerts, layout=layout))


def statements_in(file: Path | None) -> list[exp.Expr]:
    """Read the statements of a file that is about to be written again.

    Returns:
        None of them where there is no such file, or it holds something else.

    """
    if file is None or not file.exists():
        return []
    try:
        return list(parse_script(statements_text(file), str(file)))
    except InputError:
        return []  # whatever the file was, it is replaced


def dropped_detections(
    before: Sequence[exp.Expr], now: Sequence[exp.Expr]
) -> list[ScriptDetection]:
    """List the detections that a file holds and that will not be in it any more.

    Args:
        before: the statements that it holds.
        now: the statements that are about to be written.

    """
    written = {name for each in detections(now) for name in (each.id, each.name) if name}
    return [each for each in detections(before) if not {each.id, each.name} & written]
