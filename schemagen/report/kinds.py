"""The kinds of events of a topic: which there are, and the fields of one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from schemagen.errors import InputError
from schemagen.profile.kinds import BETWEEN, written, written_fields
from schemagen.profile.unseen import kind_coverage
from schemagen.schema.lookup import node_at
from schemagen.words import counted, percent, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.profile.kinds import EventKinds
    from schemagen.profile.profile import Node
    from schemagen.report.fields import FieldRow

MOST_SHOWN = 10
"""So many kinds are shown unless all are asked for."""
_NAMED = 5


def kind_sentence(kinds: EventKinds) -> str:
    """Write what tells kinds, and how likely the next message is of a new one."""
    sure = kind_coverage(kinds)
    return (
        f"Kinds of events are told by {written_fields(kinds.fields)} (`kind` in schemagen.toml "
        f"names others). The next message is of a kind not seen here with a chance of about "
        f"{percent(sure.unseen)}, at most {percent(sure.unseen_upper)}."
    )


def kind_table(kinds: EventKinds, root: Node, most: int | None = MOST_SHOWN) -> Group:
    """Make the table of the kinds, the most common first; empty where none are told apart.

    Args:
        kinds: how many messages there are of each.
        root: what was seen of the messages.
        most: how many are shown at most, None for all.

    """
    rows = kind_list(kinds, root)
    if not rows:
        return Group()
    table = Table(box=None, pad_edge=False)
    table.add_column("kind")
    for head in ("messages", "share", "fields of its own"):
        table.add_column(head, justify="right")
    for row in rows[:most]:
        table.add_row(
            Text(printable(row["kind"])),
            f"{row['messages']:,}",
            percent(row["share"]),
            f"{row['own_fields'] or ''}",
        )
    title = Text(f"{counted(len(rows), 'kind')} of events by {written_fields(kinds.fields)}")
    left = len(rows) - len(rows[:most])
    more = [f"… and {left:,} more: `schemagen show --kinds` lists all."] if left else []
    return Group("", title, table, *more)


def kind_list(kinds: EventKinds, root: Node | None) -> list[dict[str, Any]]:
    """Report the kinds for machines, the most common first."""
    own = Counter() if root is None else _own_fields(root)
    return [
        {
            "kind": written(kind),
            "messages": n,
            "share": round(n / kinds.messages, 6),
            "own_fields": own[kind],
        }
        for kind, n in sorted(kinds.counts.items(), key=lambda pair: (-pair[1], pair[0]))
    ]


def _own_fields(root: Node) -> Counter[str]:
    """Count by kind the fields that no message of another kind has."""
    own: Counter[str] = Counter()
    for node in root.nodes():
        if node is not root and node.kinds is not None and len(node.kinds) == 1:
            own.update(node.kinds.keys())
    return own


def kind_named(kinds: EventKinds, name: str) -> str:
    """Find the kind that a user names, whole or by one of its fields.

    Raises:
        InputError: there is none, or there are several.

    """
    wanted = name.casefold().split()
    whole = [kind for kind in kinds.counts if written(kind).casefold().split() == wanted]
    parts = [
        kind
        for kind in kinds.counts
        if name.casefold() in (part.casefold() for part in kind.split(BETWEEN))
    ]
    found = whole or parts
    if len(found) == 1:
        return found[0]
    if not kinds.fields:
        raise InputError(
            "No kinds of events are told apart in this evidence.",
            "`schemagen infer --kind FIELD` names the field that tells them.",
        )
    shown = sorted(found or kinds.counts, key=lambda kind: (-kinds.counts[kind], kind))[:_NAMED]
    names = ", ".join(written(kind) for kind in shown)
    what = "is the name of several kinds" if found else "is not a kind of event that was seen"
    raise InputError(f"{printable(name)} {what}.", f"There are {printable(names)}.")


def rows_of_kind(rows: Sequence[FieldRow], root: Node, kind: str) -> list[FieldRow]:
    """Return the fields that messages of one kind have, with how often these have them.

    What else is said of a field is of all kinds; what lies inside arrays and maps is not told apart
    by kind, and stays.
    """
    found = []
    for row in rows:
        node = node_at(root, row.path)
        if node is None or node.kinds is None:
            found.append(row)
            continue
        n = node.kinds.get(kind, 0)
        if not n:
            continue
        around = node_at(root, row.path[:-1])
        of = n if around is None or around.kinds is None else around.kinds.get(kind, n)
        children = rows_of_kind(row.children, root, kind)
        found.append(replace(row, presence=min(n / of, 1.0), nulls=0, children=children))
    return found
