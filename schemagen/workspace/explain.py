"""Why a rule of a topic matches an event or doesn't."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemagen.errors import InputError
from schemagen.replay.events import read_events
from schemagen.replay.explanation import explain
from schemagen.workspace.rules import bind_rules, topic_binder
from schemagen.workspace.stream import choose

if TYPE_CHECKING:
    from typing import Any

    from schemagen.replay.explanation import Explanation
    from schemagen.sources.files import FileReading
    from schemagen.workspace.files import TopicFiles


def explain_event(files: TopicFiles, name: str, event: str, reading: FileReading) -> Explanation:
    """Find which parts of a rule's condition hold of an event.

    Args:
        files: the topic.
        name: the rule's or the correlation's id, name or title.
        event: `FILE:LINE`, the line counted from 1.
        reading: how the file is read.

    Raises:
        InputError: there is no such rule or event, or the rule can't be evaluated.

    """
    message = _event(event, reading)
    columns = choose(files)
    rules = bind_rules(files, columns)
    found = [
        each
        for each in rules.all
        if name in {each.rule.title, each.rule.name} or name.lower() == each.rule.id.lower()
    ]
    if len(found) != 1:
        many = f"{len(found)} rules have" if found else "No rule has"
        raise InputError(
            f"{many} the id, name or title {name!a}.", "`schemagen rules` lists them by title."
        )
    settings = replace(files.topic, pipelines=rules.pipelines)
    return explain(found[0], topic_binder(settings, columns, files.evidence), message)


def _event(place: str, reading: FileReading) -> dict[str, Any]:
    file, _, line = place.rpartition(":")
    if not file or not line.isdigit():
        raise InputError(f"{place!a} is not FILE:LINE.", "Such as events.ndjson:7.")
    events, unreadable = read_events([file], "events", reading)
    for each in events:
        if each.position == int(line):
            message: dict[str, Any] = each.message
            return message
    reason = next((each.reason for each in unreadable if each.position == int(line)), "")
    raise InputError(
        f"{file} has no event at line {line}{f': {reason}' if reason else ''}.",
        "Lines count from 1.",
    )
