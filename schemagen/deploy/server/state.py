"""What a server has: its streams, tables and queries, read back as a catalog."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from schemagen.deploy.catalog import (
    ERROR,
    PAUSED,
    RUNNING,
    Catalog,
    CatalogQuery,
    Relation,
    in_order,
    property_name,
)
from schemagen.errors import InputError
from schemagen.ksqldb.dialect import parse_one

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from schemagen.deploy.server.answers import ServerInfo
    from schemagen.deploy.server.client import KsqlClient

QUERY_LIMIT = "ksql.query.persistent.active.limit"


@dataclass(frozen=True, slots=True)
class QueryHealth:
    """How a query is.

    Attributes:
        state: RUNNING, PAUSED or ERROR.
        tasks: how many tasks it has; none until it has a place in its topics.
        errors: what went wrong of late: when, in milliseconds since 1970, and the kind of fault.

    """

    state: str = RUNNING
    tasks: int = 0
    errors: tuple[tuple[int, str], ...] = ()


_POLICY = re.compile(r"(?<= WITH \()CLEANUP_POLICY='(?P<policy>[a-z,]+)'(?:, )?")
_RETENTION = re.compile(r"( WITH \([^)]*), RETENTION_MS=-?\d+")
"""Of a table without windows: such a table has no retention, and its statement says one."""


@dataclass(frozen=True, slots=True)
class ServerState:
    """What a server has.

    Attributes:
        info: what it says of itself.
        catalog: its streams, tables and persistent queries, each behind what it reads.
        health: how the queries are, by their ids.

    """

    info: ServerInfo
    catalog: Catalog
    health: Mapping[str, QueryHealth] = field(default_factory=dict)

    def fingerprint(self, names: Collection[str]) -> str:
        """Hash what there is of some streams and queries, and of all that touches these.

        The same state has the same hash: how the queries fare does not count.
        """
        relations = [
            [each.name, each.kind, each.text]
            for each in self.catalog.relations.values()
            if each.name in names
        ]
        queries = [
            [each.id, each.text, sorted(each.properties.items())]
            for each in self.catalog.queries
            if each.touches(names) or each.id in names
        ]
        content = json.dumps([sorted(relations), sorted(queries, key=str)], ensure_ascii=True)
        return hashlib.sha256(content.encode()).hexdigest()


def read_state(client: KsqlClient, info: ServerInfo) -> ServerState:
    """Read what a server has, after all that this client had it execute.

    Raises:
        ServerError: it can't be reached, or refuses to tell.

    """
    sources = [
        *_described(client.read("LIST STREAMS EXTENDED;")),
        *_described(client.read("LIST TABLES EXTENDED;")),
    ]
    queries = [
        each
        for entity in client.read("SHOW QUERIES EXTENDED;")
        for each in entity.get("queryDescriptions") or ()
        if each.get("queryType", "PERSISTENT") == "PERSISTENT"
    ]
    counts = _status_counts(sources)
    catalog = Catalog(
        {each.name: each for each in map(_relation, sources)},
        [_query(each, counts) for each in queries],
    )
    health = {str(each.get("id")): _health(each, counts) for each in queries}
    return ServerState(info, in_order(catalog), health)


def topics_of(client: KsqlClient) -> dict[str, int]:
    """Return the topics of the server's cluster, each with its number of partitions.

    Raises:
        ServerError: it can't be reached, or refuses to tell.

    """
    return {
        str(topic.get("name")): len(topic.get("replicaInfo") or ())
        for entity in client.read("LIST TOPICS;")
        for topic in entity.get("topics") or ()
    }


def properties_of(client: KsqlClient) -> dict[str, str]:
    """Return the server's properties.

    Raises:
        ServerError: it can't be reached, or refuses to tell.

    """
    return {
        str(each.get("name")): str(each.get("value"))
        for entity in client.read("LIST PROPERTIES;")
        for each in entity.get("properties") or ()
    }


def _described(entities: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [each for entity in entities for each in entity.get("sourceDescriptions") or ()]


def _relation(source: Mapping[str, Any]) -> Relation:
    text = str(source.get("statement") or "")
    tree = _parsed(text)
    return Relation(
        str(source.get("name")),
        str(source.get("type") or "STREAM").upper(),
        tree if isinstance(tree, exp.Create) else None,
        _repeatable(text),
        str(source.get("topic") or ""),
    )


def _repeatable(text: str) -> str:
    """Return a server's statement as it takes it again: it adds what it refuses itself."""
    found = _POLICY.search(text)
    if found is None:
        return text
    text = text[: found.start()] + text[found.end() :]
    return _RETENTION.sub(r"\1", text, count=1) if found["policy"] == "compact" else text


def _query(query: Mapping[str, Any], counts: Mapping[str, Mapping[str, int]]) -> CatalogQuery:
    text = str(query.get("statementText") or "")
    settings = query.get("overriddenProperties") or {}
    sinks = query.get("sinks") or [""]
    return CatalogQuery(
        str(query.get("id")),
        str(sinks[0]),
        frozenset(map(str, query.get("sources") or ())),
        _parsed(text),
        text,
        {property_name(str(key)): str(value) for key, value in settings.items()},
        makes_sink=text.lstrip()[:6].upper() == "CREATE",
        state=_state(query, counts),
    )


def _status_counts(sources: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Return how many hosts have each query in which state; a paused one is told here alone."""
    return {
        str(query.get("id")): dict(query.get("statusCount") or {})
        for source in sources
        for query in (*(source.get("readQueries") or ()), *(source.get("writeQueries") or ()))
    }


def _state(query: Mapping[str, Any], counts: Mapping[str, Mapping[str, int]]) -> str:
    hosts = query.get("ksqlHostQueryStatus") or {}
    states = {*counts.get(str(query.get("id")), {}), *hosts.values(), str(query.get("state"))}
    if ERROR in states:
        return ERROR
    return PAUSED if PAUSED in states else RUNNING


def _health(query: Mapping[str, Any], counts: Mapping[str, Mapping[str, int]]) -> QueryHealth:
    errors = tuple(
        (int(each.get("timestamp") or 0), _kind_of(str(each.get("errorMessage") or "")))
        for each in query.get("queryErrors") or ()
    )
    return QueryHealth(_state(query, counts), len(query.get("tasksMetadata") or ()), errors)


def _kind_of(trace: str) -> str:
    """Name the kind of an error by the exceptions of its trace; nothing else of it is shown."""
    names = [
        line.removeprefix("Caused by: ").partition(":")[0].strip().rpartition(".")[2]
        for line in trace.splitlines()
        if not line.startswith("\t")
    ]
    known = [
        name for name in names if name.isidentifier() and name.endswith(("Exception", "Error"))
    ]
    return known[-1] if known else "an error"


def _parsed(text: str) -> exp.Expr | None:
    try:
        return parse_one(text) if text else None
    except InputError:
        return None
