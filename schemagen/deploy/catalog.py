"""What is on a server, or is to be: streams, tables and the queries between them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.deploy.queries import ScriptQuery, query_of
from schemagen.ksqldb.dialect import nodes, properties
from schemagen.ksqldb.scripts import target_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

RUNNING = "RUNNING"
PAUSED = "PAUSED"
ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class Relation:
    """A stream or table.

    Attributes:
        name: its stored name.
        kind: STREAM or TABLE.
        tree: the statement that makes it; None where the server's text can't be read.
        text: the statement as the server writes it; empty for one of a script.
        topic: its topic; empty where its statement doesn't say.
        place: the place of its statement in a script, from 0.

    """

    name: str
    kind: str
    tree: exp.Create | None = field(repr=False)
    text: str = field(default="", repr=False)
    topic: str = ""
    place: int = 0

    @property
    def is_derived(self) -> bool:
        """Whether a query makes it: CREATE … AS SELECT."""
        return self.tree is not None and self.tree.args.get("expression") is not None

    @property
    def sources(self) -> frozenset[str]:
        """The stored names of what the query reads that makes it; none without one."""
        query = None if self.tree is None else query_of(self.tree)
        return frozenset(name for name, _ in query.sources) if query else frozenset()


@dataclass(frozen=True, slots=True)
class CatalogQuery:
    """A persistent query.

    Attributes:
        id: its id; None where only the server can know it.
        sink: the stored name of what it writes into.
        sources: the stored names of what it reads.
        tree: its statement; None where the server's text can't be read.
        text: its statement as the server has it; empty for one of a script.
        properties: what was set for it, by the names without the prefix `ksql.streams.`.
        makes_sink: whether it is the query of a CREATE … AS SELECT.
        state: RUNNING, PAUSED or ERROR.
        place: the place of its statement in a script, from 0.

    """

    id: str | None
    sink: str
    sources: frozenset[str]
    tree: exp.Expr | None = field(repr=False)
    text: str = field(default="", repr=False)
    properties: Mapping[str, str] = field(default_factory=dict)
    makes_sink: bool = False
    state: str = RUNNING
    place: int = 0

    @property
    def name(self) -> str:
        """What to call it: its id, else by what it writes into."""
        return self.id or f"the query that inserts into {self.sink}"

    def touches(self, names: Collection[str]) -> bool:
        """Tell whether it reads or writes any of some streams."""
        return self.sink in names or not self.sources.isdisjoint(names)

    @property
    def script_query(self) -> ScriptQuery | None:
        """Its statement as the query of a script; None where that can't be read."""
        return None if self.tree is None else query_of(self.tree)


@dataclass(slots=True)
class Catalog:
    """Streams, tables and queries, each behind all that it reads.

    Attributes:
        relations: by their names.
        queries: all of them, also those of CREATE … AS SELECT.

    """

    relations: dict[str, Relation] = field(default_factory=dict)
    queries: list[CatalogQuery] = field(default_factory=list)

    @property
    def inserts(self) -> list[CatalogQuery]:
        """The queries that insert into a stream made by another statement."""
        return [each for each in self.queries if not each.makes_sink]

    def query(self, identifier: str) -> CatalogQuery | None:
        """Find an inserting query by its id, without regard to case."""
        wanted = identifier.upper()
        return next((q for q in self.inserts if q.id is not None and q.id.upper() == wanted), None)

    def maker(self, name: str) -> CatalogQuery | None:
        """Find the query that makes a stream or table; None where there is none."""
        return next((q for q in self.queries if q.makes_sink and q.sink == name), None)

    def topic_of(self, name: str) -> str:
        """Return the topic of a stream or table; its name where its statement doesn't say."""
        known = self.relations.get(name)
        return name if known is None else known.topic or name

    def readers(self, names: Collection[str]) -> set[str]:
        """Name what queries made of any of some streams, directly; also where they have ended."""
        made = {each.name for each in self.relations.values() if not each.sources.isdisjoint(names)}
        return made | {
            query.sink
            for query in self.queries
            if query.makes_sink and not query.sources.isdisjoint(names)
        }


def catalog_of(statements: Iterable[exp.Expr]) -> Catalog:
    """Return what statements make, run one after another on an empty server.

    Statements that make no stream, table or query are passed over.
    """
    made = Catalog()
    settings: dict[str, str] = {}
    for place, statement in enumerate(statements):
        if isinstance(statement, nodes.SetProperty):
            settings[property_name(_text(statement.this))] = _text(statement.expression)
        elif isinstance(statement, nodes.UnsetProperty):
            settings.pop(property_name(_text(statement.this)), None)
        elif isinstance(statement, exp.Create):
            _create(made, statement, settings, place)
        elif isinstance(statement, nodes.AlterSource):
            _alter(made, statement)
        else:
            _add_query(made, statement, settings, place)
    return made


def property_name(name: str) -> str:
    """Return the one name of a property that may be written with ksqlDB's prefix."""
    return name.removeprefix("ksql.streams.")


def in_order(catalog: Catalog) -> Catalog:
    """Return the catalog with each stream and query behind all that it reads, else as it was."""
    ordered: dict[str, Relation] = {}
    sources = {name: each.sources for name, each in catalog.relations.items()}
    sources |= {q.sink: q.sources for q in catalog.queries if q.makes_sink}

    def place(name: str, above: tuple[str, ...] = ()) -> None:
        if name in ordered or name in above or name not in catalog.relations:
            return
        for source in sorted(sources.get(name, ())):
            place(source, (*above, name))
        ordered[name] = catalog.relations[name]

    for name in sorted(catalog.relations):
        place(name)
    places = {name: number for number, name in enumerate(ordered)}

    def last(query: CatalogQuery) -> tuple[int, str]:
        return max((places.get(name, -1) for name in query.sources), default=-1), query.name

    return Catalog(ordered, sorted(catalog.queries, key=last))


def _create(made: Catalog, statement: exp.Create, settings: Mapping[str, str], place: int) -> None:
    name = target_of(statement)
    known = made.relations.get(name)
    if known is not None and statement.args.get("exists"):
        return
    topic = str(properties(statement).get("KAFKA_TOPIC") or "")
    kind = str(statement.args.get("kind"))
    # What is replaced stands where it stood: queries in between read it.
    first = place if known is None else known.place
    made.relations[name] = Relation(name, kind, statement, topic=topic, place=first)
    made.queries = [each for each in made.queries if not (each.makes_sink and each.sink == name)]
    _add_query(made, statement, settings, first)


def _alter(made: Catalog, statement: exp.Expr) -> None:
    name = target_of(statement)
    known = made.relations.get(name)
    if known is None or known.tree is None:
        return
    altered = known.tree.copy()
    added = [column.copy() for column in statement.expressions]
    altered.this.set("expressions", [*altered.this.expressions, *added])
    made.relations[name] = replace(known, tree=altered)


def _add_query(made: Catalog, statement: exp.Expr, settings: Mapping[str, str], place: int) -> None:
    query = query_of(statement)
    if query is None:
        return
    made.queries.append(
        CatalogQuery(
            query.query_id,
            query.target,
            frozenset(name for name, _ in query.sources),
            statement,
            properties=dict(settings),
            makes_sink=not query.is_insert,
            place=place,
        )
    )


def _text(node: str | exp.Expr) -> str:
    return node if isinstance(node, str) else str(node.this)


def dependents_of(catalog: Catalog, names: Iterable[str]) -> set[str]:
    """Name some streams and all that queries make of them, directly or not."""
    found = set(names)
    pending: Sequence[str] = list(found)
    while pending:
        pending = [name for name in catalog.readers(pending) if name not in found]
        found.update(pending)
    return found
