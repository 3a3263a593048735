"""What differs between a deployed stream or query and the wanted one, and what that asks for.

What ksqlDB allows (`StructuredDataSource.java`): CREATE OR REPLACE for new top-level columns at the
end and for nothing else. The query of a CREATE STREAM … AS may change its WHERE and its
expressions in place, as long as it reads the same stream, has no window, group or join, and no
other query writes there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.deploy.canonical import declaration, declared_properties, same_select
from schemagen.deploy.catalog import ERROR
from schemagen.deploy.detections import detections_of
from schemagen.deploy.plan import Action
from schemagen.deploy.queries import projected_names
from schemagen.errors import InputError
from schemagen.ksqldb.dialect import nodes
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlglot import exp

    from schemagen.deploy.canonical import Declaration
    from schemagen.deploy.catalog import Catalog, CatalogQuery
    from schemagen.deploy.labels import RuleLabel
    from schemagen.deploy.queries import ScriptQuery

OFFSET_RESET = "auto.offset.reset"
"""Where a query begins that has no place in its topics: it says nothing of one that runs."""

_CLAUSES = ("joins", "windows", "group", "having")


_Change = tuple[Action, str]

_KEEP: _Change = (Action.KEEP, "")


def relation_change(name: str, deployed: Catalog, wanted: Catalog) -> tuple[Action, str]:
    """Tell what a wanted stream or table asks for, and why."""
    return next(_relation_changes(name, deployed, wanted), _KEEP)


def query_change(old: CatalogQuery | None, new: CatalogQuery) -> tuple[Action, str]:
    """Tell what a wanted query that inserts asks for, and why."""
    return next(_query_changes(old, new), _KEEP)


# Each of these yields what it finds, the weightiest first: only the first counts.


def _relation_changes(name: str, deployed: Catalog, wanted: Catalog) -> Iterator[_Change]:
    old, new = deployed.relations.get(name), wanted.relations[name]
    if old is None:
        yield Action.CREATE, "it is not there yet"
        return
    if old.tree is None or new.tree is None:
        yield Action.REBUILD, "the server's statement of it can't be read"
        return
    if old.kind != new.kind:
        yield Action.REBUILD, f"it is a {old.kind.lower()}, and a {new.kind.lower()} is wanted"
    if old.is_derived != new.is_derived:
        made = "by a query" if new.is_derived else "over a topic"
        yield Action.REBUILD, f"it is to be made {made}"
    elif new.is_derived:
        yield from _maker_changes(deployed.maker(name), wanted.maker(name))
        yield from _derived_changes(name, old.tree, new.tree, deployed, wanted)
    else:
        yield from _declared_changes(old.tree, new.tree)


def _query_changes(old: CatalogQuery | None, new: CatalogQuery) -> Iterator[_Change]:
    if old is None:
        yield Action.CREATE, "it is not there yet"
        return
    if old.state == ERROR:
        yield Action.REPLACE, "it is in ERROR"
    if old.sink != new.sink:
        yield Action.REPLACE, f"it writes into {old.sink}"
    before, after = old.script_query, new.script_query
    if before is None or after is None:
        yield Action.REPLACE, "the server's statement of it can't be read"
    elif not same_select(before.select, after.select):
        yield Action.REPLACE, _rule_changes(before, after)
    changed = _other_settings(old, new)
    if changed:
        yield Action.REPLACE, changed


def _declared_changes(old: exp.Create, new: exp.Create) -> Iterator[_Change]:
    try:
        before, after = declaration(old), declaration(new)
    except InputError as error:
        yield Action.REBUILD, f"its declaration can't be compared: {error.what.rstrip('.')}"
        return
    if before.is_source != after.is_source:
        yield Action.REBUILD, "SOURCE is changed"
    others = _other_properties(before, after)
    if others:
        yield Action.REBUILD, f"{', '.join(others)} changed"
    count = len(before.columns)
    added = [each.name for each in after.columns[count:]]
    if before.columns != after.columns[:count]:
        yield Action.REBUILD, _changed_columns(before, after)
    elif added:
        at_end = f"{counted(len(added), 'new column')} at the end: {_some(added)}"
        action = Action.REBUILD if before.is_source else Action.REPLACE
        yield action, at_end + (", and a SOURCE stream can't be replaced" * before.is_source)


def _other_properties(before: Declaration, after: Declaration) -> list[str]:
    names = sorted({*before.properties, *after.properties})
    return [name for name in names if before.properties.get(name) != after.properties.get(name)]


def _changed_columns(before: Declaration, after: Declaration) -> str:
    new = {each.name: each for each in after.columns}
    gone = [each.name for each in before.columns if each.name not in new]
    other = [each.name for each in before.columns if new.get(each.name, each) != each]
    if other:
        return f"ksqlDB can't change {counted(len(other), 'column')} in place: {_some(other)}"
    if gone:
        return f"ksqlDB can't take away {counted(len(gone), 'column')}: {_some(gone)}"
    return "ksqlDB can't move columns, or add them before others"


def _maker_changes(old: CatalogQuery | None, new: CatalogQuery | None) -> Iterator[_Change]:
    if old is None:
        yield Action.REBUILD, "the query that made it is gone"
        return
    if old.state == ERROR:
        yield Action.REBUILD, "its query is in ERROR"
    settings = "" if new is None else _other_settings(old, new)
    if settings:
        yield Action.REBUILD, settings


def _derived_changes(
    name: str, before: exp.Create, after: exp.Create, deployed: Catalog, wanted: Catalog
) -> Iterator[_Change]:
    if _topic_changes(before, after):
        yield Action.REBUILD, "its WITH changed"
    selects = (before.args["expression"], after.args["expression"])
    if same_select(*selects):
        return
    makers = (deployed.maker(name), wanted.maker(name))
    same_sources = len({each.sources for each in makers if each is not None}) == 1
    others = any(each.sink == name for each in deployed.inserts)
    in_place = deployed.relations[name].kind == "STREAM" and same_sources and not others
    old, new = (projected_names(each) for each in selects)
    if in_place and new[: len(old)] == old and all(map(_is_plain, selects)):
        yield Action.REPLACE, "its query changed"
    yield Action.REBUILD, "its query changed"


def _topic_changes(before: exp.Create, after: exp.Create) -> bool:
    """Tell whether WITH asks for something else; what it leaves to the server doesn't count."""
    old, new = declared_properties(before), declared_properties(after)
    return any(old.get(key) != value for key, value in new.items())


def _is_plain(select: exp.Expr) -> bool:
    options = select.args.get("options") or ()
    return not any(select.args.get(key) for key in _CLAUSES) and all(
        isinstance(each, nodes.Emit) for each in options
    )


def _other_settings(old: CatalogQuery, new: CatalogQuery) -> str:
    """Name what was set otherwise for a query; empty where nothing was."""
    wanted = {key: value for key, value in new.properties.items() if key != OFFSET_RESET}
    changed = sorted(key for key, value in wanted.items() if old.properties.get(key) != value)
    return f"{', '.join(changed)} set otherwise" if changed else ""


def _rule_changes(old: ScriptQuery, new: ScriptQuery) -> str:
    """Say how many rules of a query changed; it is a query of rules or not."""
    before, after = _rules(old), _rules(new)
    if not before or not after:
        return "its statement changed"
    counts = {
        "changed": sum(before[key] != after[key] for key in before.keys() & after.keys()),
        "added": len(after.keys() - before.keys()),
        "removed": len(before.keys() - after.keys()),
    }
    told = [f"{count} {what}" for what, count in counts.items() if count]
    return f"rules: {', '.join(told)}" if told else "its statement changed"


def _rules(query: ScriptQuery) -> dict[str, tuple[exp.Expr, RuleLabel | None]]:
    """Return what a query evaluates for each rule, and what it says of it, by the rules' ids."""
    return {
        each.id: (each.condition or query.select, each.label)
        for each in detections_of(query)
        if each.id
    }


def _some(names: list[str]) -> str:
    shown = 5
    return ", ".join(names[:shown]) + (", …" if len(names) > shown else "")
