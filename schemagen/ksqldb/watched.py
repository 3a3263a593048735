"""The second declaration of a topic, which detections read: narrow, and without an event time.

A stream with TIMESTAMP drops an event whose time is missing or broken before any query sees it, and
gives the event's time to what queries write: a broker refuses an alert from the future, for which
ksqlDB tries the same record for ever, and deletes alerts of old events by retention. A declaration
without TIMESTAMP has the record's own time, and costs only the columns that are read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.ksqldb.names import stored
from schemagen.ksqldb.types import VARCHAR, Field, Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from schemagen.ksqldb.types import KsqlType

_SUFFIX = "_WATCHED"
CANDIDATES = "_CANDIDATES"
"""How the stream of the events that can match ends, in what is made of a watched declaration."""

Steps = tuple[str, ...]
"""The stored names that lead from a column into its STRUCTs."""


def watched_name(stream: str) -> str:
    """Return the name of the declaration that detections read beside a stream."""
    return f"{stream}{_SUFFIX}"


def reads_of(roots: Iterable[exp.Expr]) -> set[Steps]:
    """Return what expressions read of columns, as far as it lies in STRUCTs."""
    found: set[Steps] = set()
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        steps = steps_of(node)
        if steps is None:
            waiting += node.iter_expressions()
        else:
            found.add(steps)
    return found


def steps_of(node: exp.Expr) -> Steps | None:
    """Return the steps of a way from a column down; None where a node is none."""
    names: list[str] = []
    while isinstance(node, exp.Dot):
        if not isinstance(node.expression, exp.Identifier):
            return None
        names.append(_stored(node.expression))
        node = node.this
    if not isinstance(node, exp.Column) or not isinstance(node.this, exp.Identifier):
        return None
    return (_stored(node.this), *reversed(names))


def _stored(name: exp.Identifier) -> str:
    return stored(str(name.this), quoted=bool(name.args.get("quoted")))


def narrowed(columns: Struct, reads: Iterable[Steps]) -> Struct:
    """Return only those columns and fields of STRUCTs that are read, as they are declared.

    Never none at all: of columns that nobody reads the first one stays.
    """
    return _narrowed(columns, list(reads)) or Struct(columns.fields[:1])


def _narrowed(declared: Struct, reads: list[Steps]) -> Struct | None:
    """Narrow a STRUCT; None where nothing of it is read."""
    fields = []
    for field in declared.fields:
        text = _text_beside(declared, field)
        if text is not None and any(steps[0] == text.stored for steps in reads):
            fields.append(text)
        inner = [steps[1:] for steps in reads if steps[0] == field.stored]
        kept: KsqlType | None = field.type if inner else None
        if isinstance(field.type, Struct) and inner and () not in inner:
            kept = _narrowed(field.type, inner)
        if kept is not None:
            fields.append(Field(field.name, field.quoted, kept))
    return Struct(tuple(fields)) if fields else None


def text_of_struct(columns: Struct, steps: Steps) -> Field | None:
    """Return the field that gives the JSON of a STRUCT, beside it; None where there can't be one.

    ksqlDB looks up a field under its stored name, then under any spelling: a name without
    back-ticks and the key itself in back-ticks read the same object, each with its type.
    """
    within = type_of(columns, steps[:-1]) if steps[1:] else columns
    fields = within.fields if isinstance(within, Struct) else ()
    for field in fields:
        if field.stored == steps[-1] and isinstance(within, Struct):
            return _text_beside(within, field)
    return None


def _text_beside(within: Struct, field: Field) -> Field | None:
    is_free = sum(each.stored.upper() == field.stored.upper() for each in within.fields) == 1
    if field.quoted or field.name == field.stored or not is_free:
        return None
    return Field(field.name, quoted=True, type=VARCHAR) if isinstance(field.type, Struct) else None


def type_of(columns: Struct, steps: Steps) -> KsqlType | None:
    """Return the type of what lies at steps into STRUCTs; None where nothing does."""
    found: KsqlType | None = columns
    for step in steps:
        fields = found.fields if isinstance(found, Struct) else ()
        found = next((each.type for each in fields if each.stored == step), None)
    return found


def declared_steps(declared: KsqlType, before: Steps = ()) -> Iterator[Steps]:
    """Yield what a narrow declaration reads: the ways to all that is not a STRUCT."""
    if isinstance(declared, Struct):
        for field in declared.fields:
            yield from declared_steps(field.type, (*before, field.stored))
    else:
        yield before
