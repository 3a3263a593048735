"""The file of statements as it is before it is written again: what would change in it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from schemagen.cache import Cache, cache_folder
from schemagen.choices import Layout
from schemagen.deploy.former import FormerDetection, FormerScript, script_of
from schemagen.deploy.script import statements_text
from schemagen.errors import InputError
from schemagen.ksqldb.dialect import parse_script
from schemagen.workspace.program import program_stamp

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlglot import exp

    from schemagen.project import TopicConfig


def keeping_layout(topic: TopicConfig, before: FormerScript) -> TopicConfig:
    """Return a topic's settings with the layout of the file that is about to be written again.

    One rule more or less must not change what the readers of the alerts get.

    Args:
        topic: the settings.
        before: what the file holds.

    """
    if topic.alerts.layout is not None or before.layout is None:
        return topic
    return replace(topic, alerts=replace(topic.alerts, layout=before.layout))


def former_script(file: Path | None, *, cached: bool = False) -> FormerScript:
    """Read the file that is about to be written again.

    Args:
        file: the file or folder; None for none.
        cached: whether what was known when it was written may be used.

    Returns:
        A script that holds nothing where there is no such file, or it is something else.

    """
    text = _text(file)
    if text is None:
        return FormerScript()
    known = _cache().get(_key(text)) if cached else None
    if known is not None:
        layout, held = known
        return FormerScript(layout and Layout(layout), [FormerDetection(*each) for each in held])
    try:
        return script_of(parse_script(text, str(file)))
    except InputError:
        return FormerScript()  # whatever the file was, it is replaced


def remember_script(file: Path, statements: Sequence[exp.Expr]) -> None:
    """Keep what a file holds that was just written, for the next time that it is."""
    text = _text(file)
    if text is None:
        return
    made = script_of(statements)
    cache = _cache()
    held = [[each.id, each.name, each.level] for each in made.held]
    cache.put(_key(text), [made.layout and str(made.layout), held])
    cache.save()


def _text(file: Path | None) -> str | None:
    if file is None or not file.exists():
        return None
    try:
        return statements_text(file)
    except InputError:
        return None


def _cache() -> Cache:
    return Cache("scripts", program_stamp(), cache_folder())


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
