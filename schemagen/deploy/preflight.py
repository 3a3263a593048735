"""What is checked before the first statement is sent, beside what the server's own dry run sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemagen.accelerator.calls import calls_of_function, table_of
from schemagen.deploy.accelerator import missing_functions
from schemagen.deploy.catalog import catalog_of
from schemagen.deploy.queries import PROCESSING_LOG
from schemagen.deploy.server.state import QUERY_LIMIT, properties_of, topics_of
from schemagen.errors import InputError
from schemagen.ksqldb.dialect import nodes, properties
from schemagen.ksqldb.scripts import target_of
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from sqlglot import exp

    from schemagen.deploy.catalog import Catalog, Relation
    from schemagen.deploy.prepare import PreparedPlan
    from schemagen.deploy.server.client import KsqlClient

MAX_RECORD = 1_000_000
"""The bytes of a record of the command topic that are safe: a server takes 1,048,576 in all."""

TIMES_IN_RECORD = 3
"""How often a statement is in its record: its text, the text in the plan, and the expressions."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What stands in the way of a plan, or what to know before it.

    Attributes:
        text: one sentence.
        is_fatal: whether the plan can't be carried out.

    """

    text: str
    is_fatal: bool = True


def preflight(
    client: KsqlClient,
    prepared: PreparedPlan,
    stamped: Callable[[Collection[str]], Collection[str]] | None = None,
) -> list[Obstacle]:
    """Check a server and a plan for what would stop it half-way.

    Args:
        client: the server.
        prepared: the plan.
        stamped: tells which of some topics stamp records with the time of their arrival; None where
            Kafka is not asked.

    Raises:
        ServerError: the server can't be reached, or refuses to tell.

    """
    found = [Obstacle(text) for text in prepared.plan.blocked]
    info = prepared.state.info
    if info.status != "RUNNING":
        found.append(Obstacle(f"The server is {info.status}, not RUNNING."))
    found += [
        Obstacle(
            f"The server says that its {name} is ill. It says so of its commandRunner, too, while "
            "a statement takes long: wait, and try again."
            if name == "commandRunner"
            else f"The server says that its {name} is ill."
        )
        for name in client.unhealthy()
    ]
    if prepared.requests:
        wanted = catalog_of(each.tree for each in prepared.requests)
        trees = [each.tree for each in prepared.requests]
        found += map(Obstacle, missing_functions(client, trees))
        found += _broken(trees)
        found += _too_large(prepared)
        found += _too_many(prepared, properties_of(client))
        found += _topics(wanted, topics_of(client))
        found += _log(wanted, prepared.state.catalog)
        found += _event_time(wanted, prepared.state.catalog, stamped or (lambda _: ()))
    return found


def _broken(statements: Iterable[exp.Expr]) -> Iterator[Obstacle]:
    """Refuse what the function of the accelerator would refuse of each event, and no sooner."""
    for statement in statements:
        for node in calls_of_function(statement):
            try:
                table_of(node.expressions)
            except InputError as error:
                yield Obstacle(f"{target_of(statement)}: {error.what}")


def _too_large(prepared: PreparedPlan) -> Iterator[Obstacle]:
    for request in prepared.requests:
        size = TIMES_IN_RECORD * len(request.text.encode())
        if size > MAX_RECORD:
            yield Obstacle(
                f"The statement of {request.name} is too large: with its plan it takes about "
                f"{size:,} bytes, and a server's command topic takes {MAX_RECORD:,}. Put its rules "
                "into more queries."
            )


def _too_many(prepared: PreparedPlan, server: Mapping[str, str]) -> Iterator[Obstacle]:
    try:
        limit = int(server.get(QUERY_LIMIT, ""))
    except ValueError:
        return
    catalog = prepared.state.catalog
    running = len(catalog.queries)
    most = running
    for request in prepared.requests:
        tree = request.tree
        if isinstance(tree, nodes.QueryControl):
            running -= 1
        elif isinstance(tree, nodes.DropSource):
            running -= catalog.maker(request.name) is not None
        elif request.starts_query and not tree.args.get("replace"):
            running += 1
        most = max(most, running)
    if most > limit:
        yield Obstacle(
            f"The server takes {counted(limit, 'persistent query').replace('querys', 'queries')} "
            f"({QUERY_LIMIT}), and the plan needs {most:,} at once."
        )


def _topics(wanted: Catalog, topics: Mapping[str, int]) -> Iterator[Obstacle]:
    made: set[str] = set()
    """The topics that earlier statements of the plan make."""
    for relation in wanted.relations.values():
        if relation.tree is not None and relation.is_derived:
            made.add(relation.topic or relation.name)
        if relation.tree is None or relation.is_derived or relation.topic in {"", *made}:
            continue
        count = topics.get(relation.topic)
        partitions = properties(relation.tree).get("PARTITIONS")
        if count is None and partitions is None:
            yield Obstacle(
                f"There is no topic {relation.topic} for {relation.name}: make it, or give "
                "PARTITIONS."
            )
        elif count is not None and partitions not in {None, count}:
            yield Obstacle(
                f"{relation.name} asks for {partitions} partitions, and the topic "
                f"{relation.topic} has {count}."
            )


def _log(wanted: Catalog, deployed: Catalog) -> Iterator[Obstacle]:
    names = {name for query in wanted.queries for name in query.sources}
    if PROCESSING_LOG in names and _known(PROCESSING_LOG, wanted, deployed) is None:
        yield Obstacle(
            f"The server has no stream over its processing log ({PROCESSING_LOG}), which the "
            "script reads: run it with ksql.logging.processing.stream.auto.create=true, see "
            "docs/deploy.md, or leave --rescue out."
        )


def _event_time(
    wanted: Catalog, deployed: Catalog, stamped: Callable[[Collection[str]], Collection[str]]
) -> Iterator[Obstacle]:
    """Warn of what an event's own time does to its alert (seen on the real engine)."""
    pairs: dict[tuple[str, str], str] = {}
    for query in wanted.inserts:
        sink = _known(query.sink, wanted, deployed)
        for name in sorted(query.sources):
            source = _known(name, wanted, deployed)
            if source is not None and sink is not None and _timed(source):
                pairs[name, sink.name] = sink.topic or sink.name
    harmless = stamped(set(pairs.values())) if pairs else ()
    for (name, target), topic in pairs.items():
        if topic not in harmless:
            yield Obstacle(
                f"{name} takes its time from the event, and so do the alerts in {target}: an "
                "event more than an hour ahead stops its query, and alerts of old events are "
                "deleted by retention. Set message.timestamp.type=LogAppendTime on the topic "
                f"{topic}, or leave TIMESTAMP out.",
                is_fatal=False,
            )


def _timed(relation: Relation) -> bool:
    return relation.tree is not None and properties(relation.tree).get("TIMESTAMP") is not None


def _known(name: str, wanted: Catalog, deployed: Catalog) -> Relation | None:
    return wanted.relations.get(name) or deployed.relations.get(name)
