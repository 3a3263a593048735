"""What rules need of a stream's columns: fields to add, and fields to keep."""

from __future__ import annotations

from glob import escape
from typing import TYPE_CHECKING

from schemagen.detections.column_index import plain
from schemagen.profile.paths import render
from schemagen.profile.profile import JSON_TYPES, OBJECT, Node

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemagen.detections.bound import BoundRule
    from schemagen.detections.correlations.bound import BoundCorrelation
    from schemagen.detections.envelope import AlertSource
    from schemagen.profile.paths import Path


def add_missing(shape: Node, rules: Iterable[BoundRule]) -> list[Path]:
    """Add the fields that rules need, or filter by, and that no sampled message has.

    JSON without the field gives NULL, so that declaring it costs nothing, and the rule works the
    day that it appears. A field goes to the place that its pipeline names first; where something
    else than an object was seen on the way, it is not added.

    Args:
        shape: schema and evidence joined, from which the columns are chosen; it is changed.
        rules: bound rules.

    Returns:
        The paths that were added. Such a field was never seen, so its column becomes VARCHAR.

    """
    wanted = {
        tuple(field.paths[0].split("."))
        for bound in rules
        for field in bound.unbound
        if (field.needed or field.filters) and field.paths
    }
    return [path for path in sorted(wanted) if _add(shape, path)]


def _add(shape: Node, path: tuple[str, ...]) -> bool:
    node = shape
    for step in path[:-1]:
        child = node.fields.get(step)
        if child is None:
            child = node.fields[step] = Node(repeated=node.repeated)
            child.counts[JSON_TYPES.index(OBJECT)] = 1
        node = child
        if node.any_key is not None or node.types() != {OBJECT}:
            return False
    if any(plain(name) == plain(path[-1]) for name in node.fields):
        return False
    node.fields[path[-1]] = Node(repeated=node.repeated)
    return True


def needed_globs(
    rules: Iterable[BoundRule],
    origin: AlertSource,
    correlations: Iterable[BoundCorrelation] = (),
) -> list[str]:
    """Return globs of just the fields that the rules and their alerts read.

    Args:
        rules: bound rules.
        origin: the stream that they were bound to.
        correlations: correlations of these rules, bound to the same stream.

    """
    paths = {path for each in correlations for member in each.members for path in member.paths}
    for bound in rules:
        if bound.deployable:
            references = [ref for field in bound.fields for ref in field.references]
            paths |= {reference.path for reference in (*references, *bound.conditions)}
    paths |= {reference.path for host in origin.hosts for reference in origin.columns.find(host)}
    if origin.event_time is not None:
        paths.add((origin.event_time,))
    return sorted({escape(render(path)) for path in paths})
