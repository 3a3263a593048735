"""A stream of what a text holds: the fields of its JSON objects as columns.

ksqlDB can't declare what is inside a text, so that a query takes it out, field by field. A value is
cast to the type that keeps all that was seen of it; one that can't be cast is NULL.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.detections.column_index import ColumnIndex
from schemagen.detections.envelope import alias, stream
from schemagen.detections.predicates import equal
from schemagen.detections.references import json_value
from schemagen.errors import InputError
from schemagen.ksqldb.choose import ColumnPolicy, choose_type
from schemagen.ksqldb.dialect import call, with_properties
from schemagen.ksqldb.names import why_not_representable
from schemagen.ksqldb.types import BIGINT, BOOLEAN, DOUBLE
from schemagen.ksqldb.types import to_sqlglot as type_tree
from schemagen.profile.formats import JSON_OBJECT
from schemagen.profile.profile import NULL, OBJECT, STRING
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemagen.ksqldb.ddl import StreamOptions
    from schemagen.ksqldb.types import Struct
    from schemagen.profile.nodes import Node

_CAST = (BIGINT, DOUBLE, BOOLEAN)
"""What the text of a JSON value is cast to; everything else stays text."""

Keys = tuple[str, ...]


def unwrapped(field: str, columns: Struct, root: Node, options: StreamOptions) -> exp.Expression:
    """Make the stream of what the texts of a field hold.

    Args:
        field: the field, its keys with dots between them.
        columns: the columns of the stream over the topic.
        root: what was seen of the messages.
        options: how that stream is declared.

    Raises:
        InputError: there is no such column, or none of its texts was a JSON object.

    """
    found = ColumnIndex(columns, root).first(field)
    node = next((n for n in (found.seen if found else None) or () if n.content is not None), None)
    text = None if found is None else found.value()
    if text is None or node is None or node.content is None:
        raise InputError(
            f"--unwrap {field}: no text of this field was a JSON object.",
            "Name a field of which `schemagen show` says so, such as log or event.original.",
        )
    leaves = {".".join(keys): (keys, child) for keys, child in _leaves(node.content)}
    reasons = {name: why_not_representable(name, top_level=True) for name in leaves}
    slug = re.sub(r"[^A-Za-z0-9]+", "_", field).strip("_")
    valid = equal(call("IS_JSON_STRING", text.copy()), exp.Boolean(this=True))
    made = exp.Create(
        this=stream(f"{options.name}_{slug}".upper()),
        kind="STREAM",
        properties=with_properties(
            {"KAFKA_TOPIC": f"{options.topic}_{slug}".lower(), "VALUE_FORMAT": "JSON"}
        ),
        expression=exp.Select(
            expressions=[
                alias(_column(text, keys, child), name)
                for name, (keys, child) in leaves.items()
                if reasons[name] is None
            ],
            from_=exp.From(this=stream(options.name)),
            where=exp.Where(this=valid),
        ),
    )
    texts = f"{node.formats[JSON_OBJECT]:,} of {counted(node.count(STRING), 'text')}"
    made.comments = [
        f"What {field} holds, as columns: JSON objects in {texts} of the sample.",
        "A value that can't be cast is NULL; the server's processing log says so.",
        *(f"{name}: left out, {reason}" for name, reason in reasons.items() if reason is not None),
    ]
    return made


def _leaves(node: Node, before: Keys = ()) -> Iterator[tuple[Keys, Node]]:
    """Yield the fields inside that are not objects of known keys, with their keys from the top."""
    for key, child in node.fields.items():
        keys = (*before, key)
        if child.types() - {NULL} == {OBJECT} and child.any_key is None and child.fields:
            yield from _leaves(child, keys)
        else:
            yield keys, child


def _column(text: exp.Expr, keys: Keys, node: Node) -> exp.Expr:
    value = json_value(text.copy(), keys)
    declared = choose_type(node, keys, ColumnPolicy())
    return exp.Cast(this=value, to=type_tree(declared)) if declared in _CAST else value
