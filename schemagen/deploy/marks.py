"""The mark by which a query tells that schemagen deployed it.

A server keeps an INSERT word by word, with its comments. So each one that is deployed has a comment
behind its target: whose it is, and which streams of the script it needs. A CREATE statement is
written anew by the server, without comments: streams and tables are known by these lists, or by
the script that names them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemagen.deploy.planner import Ownership
from schemagen.errors import InputError
from schemagen.ksqldb.dialect import KsqlDB

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlglot import exp

    from schemagen.deploy.catalog import Catalog, CatalogQuery

_NAME = re.compile(r"[A-Za-z0-9._-]{1,249}")
_MARK = re.compile(
    r"\s*INSERT\s+INTO\s+(?:`[^`]+`|\S+)\s+/\* schemagen (?P<name>[A-Za-z0-9._-]+): "
    r"(?P<streams>[A-Za-z0-9_,-]*) \*/",
    re.IGNORECASE,
)
_HEAD = re.compile(r"INSERT INTO (?:`[^`]+`|\S+)")


@dataclass(frozen=True, slots=True)
class Mark:
    """What a deployed query tells of itself.

    Attributes:
        deployment: the name of the deployment that made it.
        streams: the stored names of the streams and tables that it needs and the script made.

    """

    deployment: str
    streams: tuple[str, ...]


def check_deployment(name: str) -> str:
    """Return the name of a deployment.

    Raises:
        InputError: it can't stand in a mark.

    """
    if not _NAME.fullmatch(name):
        raise InputError(
            f"{name!a} can't be the name of a deployment.",
            "Use letters, digits, `.`, `_` and `-`, such as the topic's name.",
        )
    return name


def sent_text(statement: exp.Expr, mark: Mark | None = None) -> str:
    """Write a statement as it is sent: on one line, without comments, with its mark.

    Comments and indentation count against the size that a server takes, twice.
    """
    text: str = KsqlDB().generate(statement, copy=False, pretty=False, comments=False)
    if mark is not None:
        head = _HEAD.match(text)
        if head is None:
            raise ValueError("only an INSERT is marked")
        comment = f"/* schemagen {mark.deployment}: {','.join(mark.streams)} */"
        text = f"{head[0]} {comment}{text[head.end() :]}"
    return f"{text};"


def read_mark(text: str) -> Mark | None:
    """Read the mark of a deployed query; None where it has none."""
    found = _MARK.match(text)
    if found is None:
        return None
    streams = tuple(name for name in found["streams"].split(",") if name)
    return Mark(found["name"], streams)


def mark_for(query: CatalogQuery, wanted: Catalog, deployment: str) -> Mark:
    """Make the mark of a wanted query."""
    needed: set[str] = set()
    pending = {query.sink, *query.sources}
    while pending:
        name = pending.pop()
        maker = wanted.maker(name)
        if name in wanted.relations and name not in needed:
            needed.add(name)
            pending |= set() if maker is None else set(maker.sources)
    return Mark(deployment, tuple(sorted(needed)))


def ownership(
    deployed: Catalog,
    deployment: str,
    *,
    drop: Iterable[str] = (),
    named: Iterable[str] = (),
) -> Ownership:
    """Find what a deployment has made.

    Args:
        deployed: what is on the server.
        deployment: the deployment's name.
        drop: streams, tables and queries that the user named to be taken away.
        named: those of others that the user named to be made again where they are in the way.

    """
    relations, queries = set(drop), set(drop)
    for query in deployed.queries:
        mark = read_mark(query.text)
        if mark is not None and mark.deployment == deployment and query.id is not None:
            queries.add(query.id)
            relations.update(mark.streams)
    return Ownership(frozenset(relations), frozenset(queries), frozenset(named))
