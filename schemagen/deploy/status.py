"""How deployed queries fare: whether they run, how far behind they are, and what they drop.

What a server calls RUNNING is not healthy yet: a query that fails again and again, or whose topic
is gone, says so, too. A healthy one runs on every host, has a task, and has met no error of late.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemagen.deploy.accelerator import missing_functions
from schemagen.deploy.catalog import RUNNING, catalog_of
from schemagen.deploy.detections import detections_of
from schemagen.deploy.losses import QueryPlace, places_of
from schemagen.deploy.marks import ownership
from schemagen.deploy.plan import Action
from schemagen.deploy.planner import plan_changes
from schemagen.deploy.processing_log import log_stream, read_log
from schemagen.deploy.server.state import QueryHealth, read_state
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot import exp

    from schemagen.deploy.catalog import Catalog, CatalogQuery
    from schemagen.deploy.server.answers import ServerInfo
    from schemagen.deploy.server.client import KsqlClient
    from schemagen.deploy.server.state import ServerState

RECENT = 15 * 60 * 1000
"""Milliseconds for which an error counts: the server keeps old ones, and never ends them."""


@dataclass(frozen=True, slots=True)
class QueryStatus:
    """How a query fares.

    Attributes:
        id: its id.
        sink: what it writes into.
        detections: what its rules are called.
        health: its state, its tasks, its errors.
        place: how far it is in its topics, and how many records arrive.
        dropped: records that it could not read or compute, by the processing log; None without it.
        troubles: what is wrong with it, sentences.

    """

    id: str
    sink: str
    detections: tuple[str, ...] = ()
    health: QueryHealth = field(default_factory=QueryHealth)
    place: QueryPlace = field(default_factory=QueryPlace)
    dropped: int | None = None
    troubles: tuple[str, ...] = ()

    @property
    def behind(self) -> float | None:
        """Seconds that it is behind, by the rate at which records arrive; None if unknown."""
        if not self.place.lag:
            return 0.0
        return self.place.lag / self.place.rate if self.place.rate else None


@dataclass(frozen=True, slots=True)
class DeploymentStatus:
    """How a deployment fares.

    Attributes:
        deployment: its name.
        version: the server's.
        queries: its queries.
        unread: records that could not be read, by their topic, over all queries that read it.
        differences: what is not as the script says, sentences.
        missing: queries of the script that are not there.
        functions: functions that the statements call and the server hasn't, sentences.

    """

    deployment: str
    version: str
    queries: Sequence[QueryStatus]
    unread: dict[str, int] = field(default_factory=dict)
    differences: Sequence[str] = ()
    missing: Sequence[str] = ()
    functions: Sequence[str] = ()

    @property
    def troubles(self) -> list[str]:
        """All that is wrong, sentences."""
        found = [f"{name} is not on the server." for name in self.missing]
        found += [trouble for query in self.queries for trouble in query.troubles]
        if not self.queries and not self.missing:
            found.append(f"Nothing of the deployment {self.deployment} is on the server.")
        return [*found, *self.functions, *self.differences]


def read_status(  # noqa: PLR0913 - what is asked, and how it is judged
    client: KsqlClient,
    info: ServerInfo,
    deployment: str,
    script: Sequence[exp.Expr] | None,
    *,
    now: int,
    max_lag: int | None = None,
) -> DeploymentStatus:
    """Ask a server how a deployment fares.

    Args:
        client: the server.
        info: what it says of itself.
        deployment: the deployment's name.
        script: the statements as they should run; None for none to compare with.
        now: milliseconds since 1970.
        max_lag: from how many unread records on a query is in trouble; None for any number.

    Raises:
        ServerError: the server can't be reached, or refuses to tell.

    """
    state = read_state(client, info)
    owned = ownership(state.catalog, deployment)
    wanted = catalog_of(script or ())
    ours = deployed_queries(state.catalog, deployment, script)
    places = places_of(client, state, ours)
    dropped = _dropped(client, state, {each.id or "" for each in ours}, now - RECENT)
    names = {name for query in ours for name in query.sources}
    # What a server counts of a stream is that of its topic, so that any stream of it will do.
    topics = {state.catalog.topic_of(name): name for name in sorted(names)}
    unread = {topic: client.describe(name).failed for topic, name in sorted(topics.items())}
    queries = [
        _status(each, state, places.get(each.id or "", QueryPlace()), dropped, now, max_lag)
        for each in ours
    ]
    changes = [] if script is None else plan_changes(state.catalog, script, owned).changes
    return DeploymentStatus(
        deployment,
        info.version,
        queries,
        {topic: count for topic, count in unread.items() if count},
        [
            f"{each.name} differs from the script ({each.action}): {each.reason}."
            for each in changes
            if each.action not in {Action.KEEP, Action.CREATE}
        ],
        [
            each.name
            for each in changes
            if each.action is Action.CREATE and _runs(each.name, wanted)
        ],
        missing_functions(client, [*(script or ()), *_made(state.catalog)]),
    )


def _made(catalog: Catalog) -> list[exp.Expr]:
    """List the statements of all streams: they are there when the queries that fill them are gone.

    Whose they are can't be told then, since queries say it.
    """
    return [each.tree for each in catalog.relations.values() if each.tree is not None]


def _runs(name: str, wanted: Catalog) -> bool:
    return wanted.query(name) is not None or wanted.maker(name) is not None


def deployed_queries(
    catalog: Catalog, deployment: str, script: Sequence[exp.Expr] | None
) -> list[CatalogQuery]:
    """List the queries of a deployment: those that say so, and those that its script names."""
    owned = ownership(catalog, deployment)
    wanted = catalog_of(script or ())
    made = owned.relations | wanted.relations.keys()
    return [
        each
        for each in catalog.queries
        if each.id in owned.queries
        or (each.makes_sink and each.sink in made)
        or (each.id is not None and wanted.query(each.id) is not None)
    ]


def _dropped(
    client: KsqlClient, state: ServerState, queries: set[str], since: int
) -> dict[str, int] | None:
    """Count entries of the processing log by query; None where there is no such stream."""
    stream = log_stream(state.catalog)
    if stream is None:
        return None
    found = dict.fromkeys(queries, 0)
    for entry in read_log(client, stream, since):
        if entry.query in found:
            found[entry.query] += 1
    return found


def _status(  # noqa: PLR0913, PLR0917 - each from another place
    query: CatalogQuery,
    state: ServerState,
    place: QueryPlace,
    dropped: dict[str, int] | None,
    now: int,
    max_lag: int | None,
) -> QueryStatus:
    identifier = query.id or ""
    health = state.health.get(identifier, QueryHealth())
    known = query.script_query
    held = [] if known is None else detections_of(known)
    return QueryStatus(
        identifier,
        query.sink,
        tuple(each.name for each in held if each.label is not None),
        health,
        place,
        None if dropped is None else dropped.get(identifier, 0),
        tuple(_troubles(identifier, health, place, now, max_lag)),
    )


def _troubles(
    name: str, health: QueryHealth, place: QueryPlace, now: int, max_lag: int | None
) -> list[str]:
    found = []
    if health.state != RUNNING:
        found.append(f"{name} is {health.state}.")
    elif not health.tasks:
        found.append(f"{name} has no task: it reads nothing.")
    recent = [kind for when, kind in health.errors if now - when < RECENT]
    if recent:
        minutes = RECENT // 60_000
        count = counted(len(recent), "time")
        found.append(f"{name} failed {count} in the last {minutes} minutes: {recent[-1]}.")
    if max_lag is not None and place.lag > max_lag:
        found.append(f"{name} is {counted(place.lag, 'record')} behind.")
    return found
