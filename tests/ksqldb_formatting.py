"""How a ksqlDB server writes statements again: in the form that was recorded of a real one.

Names in capitals, types by their second names, WITH sorted and with its defaults, every column of a
query with the name of its source, parentheses around each operation.
"""

from __future__ import annotations

from sqlglot import exp

from schemagen.deploy.queries import projected_name, stored_name, tables
from schemagen.ksqldb.dialect import KsqlDB, columns, properties
from schemagen.ksqldb.names import needs_quotes, stored
from schemagen.ksqldb.types import Array, Map, Scalar, Struct

SECOND_NAMES = {"INT": "INTEGER", "VARCHAR": "STRING"}
OPERATIONS = (exp.Binary, exp.Not, exp.Is, exp.In, exp.Between)


def name(text):
    plain = stored(text, quoted=False) == text and not needs_quotes(text)
    return text if plain else f"`{text}`"


def type_text(declared):
    if isinstance(declared, Array):
        return f"ARRAY<{type_text(declared.item)}>"
    if isinstance(declared, Map):
        return f"MAP<STRING, {type_text(declared.value)}>"
    if isinstance(declared, Struct):
        fields = (f"{name(each.stored)} {type_text(each.type)}" for each in declared.fields)
        return f"STRUCT<{', '.join(fields)}>"
    assert isinstance(declared, Scalar)
    if declared.precision is not None:
        return f"DECIMAL({declared.precision}, {declared.scale})"
    return SECOND_NAMES.get(declared.name, declared.name)


def create_text(tree):
    """Write a CREATE, with a query or without."""
    words = "CREATE OR REPLACE" if tree.args.get("replace") else "CREATE"
    source = " SOURCE" if tree.args.get("source") else ""
    query = tree.args.get("expression")
    target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    head = f"{words}{source} {tree.args['kind']} {name(stored_name(target.this))}"
    if query is not None:
        emits = [str(each.this) for each in query.args.get("options") or ()] or ["CHANGES"]
        written = f"{head} WITH ({_with(tree, derived=True)}) AS {select_text(query)}"
        return f"{written}\nEMIT {emits[0]};"
    roles = {True: " KEY", False: ""}
    listed = (
        f"{name(each.stored)} {type_text(each.type)}{roles[each.is_key]}" for each in columns(tree)
    )
    return f"{head} ({', '.join(listed)}) WITH ({_with(tree, derived=False)});"


def cleanup_policy(tree):
    """Say how a source's topic is cleaned; `TopicCreateInjector.java` knows, and nobody may say."""
    if tree.args["kind"] == "STREAM":
        return "delete"
    query = tree.args.get("expression")
    return "compact,delete" if query is not None and query.args.get("windows") else "compact"


def _with(tree, *, derived):
    found = {"CLEANUP_POLICY": cleanup_policy(tree), **properties(tree)}
    if derived:
        target = stored_name(tree.this.this)
        found = {
            "KAFKA_TOPIC": target, "PARTITIONS": 1, "REPLICAS": 1, "RETENTION_MS": 604800000,
            **found,
        }  # fmt: skip
    else:
        found.setdefault("KEY_FORMAT", "KAFKA")
    quoted = {
        key: "'" + str(value).replace("'", "''") + "'" if isinstance(value, str) else value
        for key, value in found.items()
    }
    return ", ".join(f"{key}={quoted[key]}" for key in sorted(quoted))


def select_text(select):
    copied = _plain(select.copy())
    sources = tables(copied)
    items = [_item(place, node) for place, node in enumerate(copied.expressions)]
    text = "SELECT " + items[0] if len(items) == 1 else "SELECT\n  " + ",\n  ".join(items)
    source, alias = sources[0]
    text += f"\nFROM {name(source)} {name(alias)}"
    for join, (joined, called) in zip(copied.args.get("joins") or (), sources[1:], strict=True):
        within = _text(join.args["match_condition"].args["before"])
        side = str(join.args.get("side") or "INNER").upper()
        words = side if side == "INNER" else f"{side} OUTER"
        on = _text(join.args["on"])
        text += f"\n{words} JOIN {name(joined)} {name(called)} WITHIN {within} ON {on}"
    for window in copied.args.get("windows") or ():
        text += f"\n{_window(window)}"
    where, group = copied.args.get("where"), copied.args.get("group")
    text += "" if where is None else f"\nWHERE {_text(where.this)}"
    if group is not None:
        text += f"\nGROUP BY {', '.join(map(_text, group.expressions))}"
    having = copied.args.get("having")
    return text + ("" if having is None else f"\nHAVING {_text(having.this)}")


def _window(window):
    """Write a window as `SqlFormatter.java` and `HoppingWindowExpression.java` do."""
    clauses = {
        "SIZE": "size", "ADVANCE BY": "advance", "RETENTION": "retention", "GRACE PERIOD": "grace",
    }  # fmt: skip
    written = [
        f"{words} {part.this} {str(part.args['unit']).rstrip('S')}S"
        for words, key in clauses.items()
        if (part := window.args.get(key)) is not None
    ]
    return f"WINDOW {window.args['kind']} ( {' , '.join(written)} ) "


def _plain(select):
    """Write names, columns and parentheses as the server does."""
    sources = tables(select)
    only = sources[0][1] if len(sources) == 1 else None
    for paren in list(select.find_all(exp.Paren)):
        paren.replace(paren.this)
    for node in list(select.find_all(exp.Column)):
        if node.args.get("table") is None and only is not None and not node.is_star:
            node.set("table", exp.Identifier(this=only, quoted=True))
    for node in list(select.find_all(exp.Identifier)):
        known = stored_name(node)
        node.set("this", known)
        node.set("quoted", name(known) != known)
    for node in reversed(list(select.find_all(*OPERATIONS))):
        if not isinstance(node, exp.Dot | exp.PropertyEQ):
            node.replace(exp.Paren(this=node.copy()))
    return select


def _item(place, node):
    if isinstance(node, exp.Star):
        return "*"
    named = isinstance(node, exp.Alias)
    alias = stored_name(node.args["alias"]) if named else projected_name(node)
    return f"{_text(node.this if named else node)} {name(alias or f'KSQL_COL_{place}')}"


def _text(node):
    text = KsqlDB().generate(node, copy=False, pretty=False)
    for short, long in SECOND_NAMES.items():
        text = text.replace(f"AS {short})", f"AS {long})")
    return text
