"""What `infer` and `show` print: the tree of fields, what is unseen, and a report for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemagen.profile.paths import render
from schemagen.profile.unseen import coverage
from schemagen.report.fields import FieldRow, field_rows
from schemagen.words import counted, percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.tree import Tree

    from schemagen.profile.evidence import Evidence
    from schemagen.profile.paths import Path
    from schemagen.profile.profile import Node
    from schemagen.schema.results import SavedSchema


def inference_tree(evidence: Evidence, root: Node, maps: Mapping[Path, str]) -> Tree:
    """Draw the tree of fields, at every level those with conflicts first."""
    from rich.text import Text  # noqa: PLC0415 - only those who print pay for rich
    from rich.tree import Tree  # noqa: PLC0415

    rows = field_rows(root, maps)
    fields = sum(1 for top in rows for _ in top.walk())
    conflicts = sum(row.conflict for top in rows for row in top.walk())
    messages = counted(evidence.profile.messages, "message")
    head = f"{evidence.name}: {messages}, {counted(fields, 'field')}"
    if conflicts:
        head += f", {conflicts:,} with conflicting types"
    tree = Tree(Text(head, style="bold"))
    for row in rows:
        _grow(tree, row)
    return tree


def _grow(tree: Tree, row: FieldRow) -> None:
    from rich.text import Text  # noqa: PLC0415 - as above

    line = Text(render(row.path[-1:]))
    line.append(
        "  " + "|".join("text" if k == "string" else k for k in row.kinds or ["null"]), style="cyan"
    )
    if row.presence < 1:
        line.append(f"  {percent(row.presence)}", style="dim")
    if row.nulls:
        line.append(f"  null in {row.nulls:,}", style="dim")
    if row.conflict:
        line.append("  conflict", style="bold red")
    if row.remarks:
        line.append("  " + "; ".join(row.remarks), style="red" if row.conflict else "green")
    branch = tree.add(line)
    for child in row.children:
        _grow(branch, child)


def unseen_sentence(evidence: Evidence, root: Node) -> str:
    """Write how complete the sample is; `root` is the profile's, its maps folded."""
    sure = coverage(evidence.profile, root)
    return (
        f"The next message shows a field or type not seen here with a chance of about "
        f"{percent(sure.unseen)}, at most {percent(sure.unseen_upper)} (95 % sure; "
        f"{sure.once:,} of {counted(sure.structures, 'structure')} "
        f"{'was' if sure.once == 1 else 'were'} seen once)."
    )


def record_lines(evidence: Evidence) -> list[str]:
    """Write which records could not be read, or were read with a warning, and what to do."""
    tally = evidence.decoding
    lines = []
    for kind, count in tally.counts.items():
        where = tally.firsts[kind].written()
        line = f"{kind.label}: {count:,} of {counted(tally.records, 'record')}"
        line += f", the first at {where}. " if where else ". "
        lines.append(line + " ".join(filter(None, [kind.explanation, kind.hint])))
    if tally.schema_ids:
        lines.append(f"Schema ids seen: {', '.join(map(str, sorted(tally.schema_ids)))}.")
    return lines


def inference_report(
    evidence: Evidence, root: Node, saved: SavedSchema, written: Sequence[str]
) -> dict[str, Any]:
    """Report for machines what `infer` found: counts, the estimate of what is unseen, the fields.

    Args:
        evidence: what was seen.
        root: schema and evidence joined.
        saved: what was written of it.
        written: the files, as they are shown.

    """
    sure = coverage(evidence.profile, saved.seen)
    return {
        "topic": evidence.name,
        "messages": evidence.profile.messages,
        "records": evidence.decoding.to_json(),
        "unseen": {
            "structures": sure.structures,
            "seen_once": sure.once,
            "chance": round(sure.unseen, 6),
            "upper_95": round(sure.unseen_upper, 6),
        },
        "fields": [
            {
                "path": render(row.path),
                "kinds": row.kinds,
                "null": row.nulls,
                "presence": round(row.presence, 6),
                "conflict": row.conflict,
                "remarks": row.remarks,
            }
            for top in field_rows(root, saved.maps)
            for row in top.walk()
        ],
        "gone": [render(path) for path in saved.gone],
        "pruned": saved.pruned,
        "written": list(written),
    }
