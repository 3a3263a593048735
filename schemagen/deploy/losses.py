"""What is lost or repeated while a query is made anew, in records, and how long it stands still.

Seen on the real engine: a query that is terminated and inserted again under its id goes on where it
was for about 45 seconds, until ksqlDB has left the old consumer group; then its place is deleted.
The query of a CREATE … AS gets a new id, and with it never a place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemagen.deploy.comparison import OFFSET_RESET
from schemagen.deploy.plan import Action
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemagen.deploy.catalog import CatalogQuery
    from schemagen.deploy.plan import Plan, PlannedChange
    from schemagen.deploy.server.answers import PartitionOffsets, SourceDescription
    from schemagen.deploy.server.client import KsqlClient
    from schemagen.deploy.server.state import ServerState

EARLIEST = "earliest"
LATEST = "latest"

GROUP_SECONDS = 60
"""How long it takes until ksqlDB has left the consumer group of a query that ended."""

_STOPS = {Action.REBUILD, Action.REPLACE, Action.TERMINATE}


@dataclass(frozen=True, slots=True)
class QueryPlace:
    """Where a query is in its topics.

    Attributes:
        offsets: how far it is in each partition.
        rate: records that arrive in a second, as the server has counted; 0 where it has not.

    """

    offsets: Sequence[PartitionOffsets] = ()
    rate: float = 0.0

    @property
    def lag(self) -> int:
        """How many records it has not read."""
        return sum(each.lag for each in self.offsets)

    @property
    def records(self) -> int:
        """How many records its topics hold."""
        return sum(each.end - each.start for each in self.offsets)


def places_of(
    client: KsqlClient, state: ServerState, queries: Sequence[CatalogQuery]
) -> dict[str, QueryPlace]:
    """Ask a server where queries are in their topics, by their ids.

    Raises:
        ServerError: it can't be reached, or refuses to tell.

    """
    asked: dict[str, SourceDescription] = {}

    def described(name: str) -> SourceDescription:
        if name not in asked:
            asked[name] = client.describe(name)
        return asked[name]

    found = {}
    for query in queries:
        if query.id is None:
            continue
        group = state.info.group_of(query.id)
        offsets = described(query.sink).offsets.get(group, [])
        rate = sum(_rate(described(name), state, name) for name in sorted(query.sources))
        found[query.id] = QueryPlace(offsets, rate)
    return found


def _rate(source: SourceDescription, state: ServerState, name: str) -> float:
    """Return the records a second of a stream: the server counts its topic, for each reader."""
    catalog = state.catalog
    topic = catalog.topic_of(name)
    readers = sum(topic in map(catalog.topic_of, each.sources) for each in catalog.queries)
    return source.statistics.get("consumer-messages-per-sec", 0.0) / max(1, readers)


def stopping(plan: Plan, state: ServerState) -> list[tuple[PlannedChange, CatalogQuery]]:
    """List the running queries that a plan stops, each with what happens to it."""
    found = []
    for change in plan.changes:
        if change.action not in _STOPS | {Action.DROP}:
            continue
        query = (
            state.catalog.query(change.name)
            if change.kind == "query"
            else state.catalog.maker(change.name)
        )
        if query is not None:
            found.append((change, query))
    return found


def loss_of(
    change: PlannedChange,
    place: QueryPlace,
    properties: Mapping[str, str],
    *,
    exact: bool,
) -> str:
    """Say what stopping a query costs, one sentence.

    Args:
        change: what happens to it.
        place: where it is.
        properties: what the new one has set.
        exact: whether the place is carried over through Kafka.

    """
    if change.action in {Action.TERMINATE, Action.DROP}:
        return f"It ends {_unread(place)}."
    begins = properties.get(OFFSET_RESET, LATEST)
    again = f"reads all {counted(place.records, 'record')} of its topic again: alerts come twice"
    missed = f"misses {_missed(place)}"
    at_worst = again if begins == EARLIEST else missed
    if change.kind == "query" and exact:
        pause = f"It stands still for about {GROUP_SECONDS} seconds"
        return f"{pause}, then goes on where it is: nothing is missed or repeated."
    if change.kind == "query":
        return (
            "It stands still for up to a minute, then usually goes on where it is. ksqlDB does not "
            f"promise it: at worst it {at_worst}."
        )
    if change.action is Action.REPLACE:
        return "The server changes it in place: it goes on where it is."
    return f"It has no place of its own afterwards: it {at_worst}."


def _unread(place: QueryPlace) -> str:
    if not place.lag:
        return "with nothing unread"
    return f"before {counted(place.lag, 'record')} that it has not read"


def _missed(place: QueryPlace) -> str:
    """Say which records a query does not see that begins at the end."""
    arriving = f"about {place.rate:,.1f} a second that arrive" if place.rate else "what arrives"
    if not place.lag:
        return f"{arriving} meanwhile"
    return f"{counted(place.lag, 'record')} that it has not read and {arriving} meanwhile"
