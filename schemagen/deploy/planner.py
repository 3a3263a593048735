"""The plan from what is deployed to what is wanted, by the rules of ksqlDB's engine.

A stream that is made anew takes with it all that reads it: queries are terminated, what they made
is dropped, leaf first, and all is made again, root first (`EngineContext.java`,
`MetaStoreImpl.java`). What nobody asked to change keeps running.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.deploy.catalog import Catalog, CatalogQuery, Relation, catalog_of, dependents_of
from schemagen.deploy.comparison import query_change, relation_change
from schemagen.deploy.detections import detections_of
from schemagen.deploy.plan import Action, Plan, PlannedChange, Step
from schemagen.ksqldb.dialect import nodes
from schemagen.ksqldb.names import needs_quotes, stored

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

_DOWN = {Action.REBUILD, Action.DROP}


@dataclass(frozen=True, slots=True)
class Ownership:
    """What a plan may take away, beside what the script itself names.

    Attributes:
        relations: stored names of streams and tables that an earlier script made.
        queries: ids of queries that an earlier script made.
        named: streams, tables and queries of others that the user named: those in the way are
            taken down and made again as they are.

    """

    relations: frozenset[str] = frozenset()
    queries: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()


def plan_changes(
    deployed: Catalog,
    statements: Sequence[exp.Expr],
    ownership: Ownership | None = None,
    rebuild: Collection[str] = (),
    *,
    together: bool = False,
) -> Plan:
    """Plan the way from what is deployed to what statements make.

    Args:
        deployed: what is there, in order (`catalog.in_order`).
        statements: the script as it is to stand.
        ownership: what may be taken away; None for all that is deployed.
        rebuild: streams to make anew though they could be replaced: the server refused that.
        together: whether all queries that are made again end before the first one is: they wait
            for Kafka together, then.

    """
    if ownership is None:
        ids = frozenset(each.id for each in deployed.queries if each.id is not None)
        ownership = Ownership(frozenset(deployed.relations), ids)
    decisions = _Decisions(deployed, catalog_of(statements), ownership)
    decisions.decide(rebuild)
    early = {Action.REBUILD, Action.REPLACE} if together else {Action.REBUILD}
    steps = [
        *_taken_down(decisions, early),
        *_made(decisions, early),
        *_made_again(decisions),
    ]
    return Plan(list(_changes(decisions)), steps, decisions.blocked, wanted=statements)


@dataclass(slots=True)
class _Decisions:
    """What happens to each stream, table and query, by its name."""

    deployed: Catalog
    wanted: Catalog
    ownership: Ownership
    relations: dict[str, tuple[Action, str]] = field(default_factory=dict)
    queries: dict[int, tuple[Action, str]] = field(default_factory=dict)
    """What happens to each wanted query that inserts, by its place."""
    ended: list[tuple[CatalogQuery, str]] = field(default_factory=list)
    """Deployed queries that end for good, with the reasons."""
    moved: list[CatalogQuery] = field(default_factory=list)
    """Deployed queries of others that are made again as they are."""
    blocked: list[str] = field(default_factory=list)

    def decide(self, rebuild: Collection[str]) -> None:
        for name in self.wanted.relations:
            self.relations[name] = relation_change(name, self.deployed, self.wanted)
            if name in rebuild and self.relations[name][0] is Action.REPLACE:
                self.relations[name] = (Action.REBUILD, "the server can't change it in place")
        removable = self._removable()
        for name in self.deployed.relations:
            if name in removable:
                self.relations[name] = (Action.DROP, "the script does not have it any more")
            elif name in self.ownership.relations and name not in self.wanted.relations:
                self.relations[name] = (Action.KEEP, "the script does not have it, but it is used")
        self._spread()
        self._decide_queries()

    @property
    def down(self) -> set[str]:
        """The deployed streams and tables that are dropped, for good or to be made anew."""
        return {name for name, (action, _) in self.relations.items() if action in _DOWN}

    def _removable(self) -> set[str]:
        """Name what was made by an earlier script, and is used by nothing that stays."""
        names = {
            name
            for name in self.deployed.relations
            if name in self.ownership.relations and name not in self.wanted.relations
        }
        while True:
            used = {name for name in names if self._is_used(name, names)}
            if not used:
                return names
            names -= used

    def _is_used(self, name: str, removed: set[str]) -> bool:
        if any(query.touches({name}) for query in self.wanted.queries):
            return True
        return any(
            query.touches({name})
            for query in self.deployed.queries
            if not self._goes(query, removed)
        )

    def _goes(self, query: CatalogQuery, removed: set[str]) -> bool:
        """Tell whether a deployed query ends or is another one afterwards."""
        if query.makes_sink:
            return query.sink in removed or query.sink in self.wanted.relations
        if query.id is None:
            return True
        return query.id in self.ownership.queries or self.wanted.query(query.id) is not None

    def _spread(self) -> None:
        """Take down all that is made of what is taken down."""
        for name in dependents_of(self.deployed, self.down) - self.down:
            reason = f"it is made of {self._root_of(name)}, which is taken down"
            if name in self.wanted.relations or (
                name in self.ownership.named and self.deployed.relations[name].tree is not None
            ):
                self.relations[name] = (Action.REBUILD, reason)
            else:
                self.blocked.append(
                    f"{name} is made of {self._root_of(name)}, which must be taken down, and is "
                    "not of this script."
                )

    def _root_of(self, name: str) -> str:
        maker = self.deployed.maker(name)
        sources = sorted(maker.sources & dependents_of(self.deployed, self.down)) if maker else []
        return sources[0] if sources else "something"

    def _decide_queries(self) -> None:
        down = self.down
        for query in self.wanted.inserts:
            old = self.twin(query)
            action, reason = query_change(old, query)
            in_the_way = old is not None and (old.touches(down) or query.touches(down))
            if in_the_way and action in {Action.KEEP, Action.REPLACE}:
                action = Action.REBUILD
                reason = reason or "it works on what is made anew"
            self.queries[query.place] = (action, reason)
            if old is not None and old.sink != query.sink and self._is_of_others(old):
                self.blocked.append(
                    f"The QUERY_ID {query.name} is that of a query which writes into {old.sink}, "
                    "and is not of this script: give the script's another one."
                )
        twins = {id(self.twin(query)) for query in self.wanted.inserts}
        for query in self.deployed.inserts:
            if id(query) in twins:
                continue
            if query.id is None or query.id in self.ownership.queries:
                self.ended.append((query, "the script does not have it any more"))
            elif query.touches(down):
                self._move(query, down)

    def _is_of_others(self, query: CatalogQuery) -> bool:
        return query.id not in self.ownership.queries | self.ownership.named

    def _move(self, query: CatalogQuery, down: set[str]) -> None:
        touched = ", ".join(sorted({query.sink, *query.sources} & down))
        if query.id in self.ownership.named and query.text:
            self.moved.append(query)
        else:
            self.blocked.append(
                f"The query {query.name} works on {touched}, which must be taken down, and is not "
                "of this script."
            )

    def twin(self, query: CatalogQuery) -> CatalogQuery | None:
        """Find the deployed query that a wanted one is: by its id, else by its statement."""
        if query.id is not None:
            return self.deployed.query(query.id)
        unnamed = (each for each in self.deployed.inserts if each.id is None)
        return next((each for each in unnamed if each.tree == query.tree), None)


# -- the steps ------------------------------------------------------------------------------------


def _taken_down(decided: _Decisions, early: set[Action]) -> Iterator[Step]:
    ending = {id(query) for query, _ in decided.ended} | {id(query) for query in decided.moved}
    for query in decided.wanted.inserts:
        if decided.queries[query.place][0] in early:
            ending.add(id(decided.twin(query)))
    for query in reversed(decided.deployed.inserts):
        if id(query) in ending:
            yield _terminate(query)
    for relation in reversed(decided.deployed.relations.values()):
        if relation.name in decided.down:
            yield Step(relation.name, _drop(relation))


def _made(decided: _Decisions, early: set[Action]) -> Iterator[Step]:
    for entry in _script_order(decided.wanted):
        if isinstance(entry, Relation):
            action = decided.relations[entry.name][0]
            if action is not Action.KEEP and entry.tree is not None:
                maker = decided.wanted.maker(entry.name)
                settings = {} if maker is None else maker.properties
                yield Step(entry.name, _creation(entry.tree, action), settings)
            continue
        action, old = decided.queries[entry.place][0], decided.twin(entry)
        if action is Action.REPLACE and action not in early and old is not None:
            yield _terminate(old)
        if action is not Action.KEEP:
            yield Step(entry.name, entry.tree, entry.properties)


def _made_again(decided: _Decisions) -> Iterator[Step]:
    """Make again what others have made and the user named."""
    for name, relation in decided.deployed.relations.items():
        if decided.relations.get(name, (None,))[0] is Action.REBUILD:
            if name in decided.wanted.relations:
                continue
            maker = decided.deployed.maker(name)
            known = {} if maker is None else maker.properties
            yield Step(name, relation.tree, known, relation.text)
    for query in decided.moved:
        yield Step(query.name, query.tree, query.properties, query.text)


def _script_order(wanted: Catalog) -> list[Relation | CatalogQuery]:
    """List what a script makes in the order of its statements: so they can be run."""
    entries: list[Relation | CatalogQuery] = [*wanted.relations.values(), *wanted.inserts]
    return sorted(entries, key=lambda each: each.place)


def _creation(tree: exp.Create, action: Action) -> exp.Create:
    statement = tree.copy()
    statement.set("replace", action is Action.REPLACE)
    statement.set("exists", None)
    return statement


def _terminate(query: CatalogQuery) -> Step:
    if query.id is None:
        remark = (
            f"By hand: TERMINATE the query that inserts into {query.sink}; LIST QUERIES has its "
            "id, INSERTQUERY_ with a number."
        )
        return Step(query.name, None, remarks=[remark])
    name = exp.Identifier(this=query.id, quoted=needs_quotes(query.id))
    return Step(query.id, nodes.QueryControl(kind="TERMINATE", this=name))


def _drop(relation: Relation) -> exp.Expr:
    name = relation.name
    quoted = stored(name, quoted=False) != name or needs_quotes(name)
    table = exp.Table(this=exp.Identifier(this=name, quoted=quoted))
    return nodes.DropSource(kind=relation.kind, this=table, exists=False, delete_topic=False)


# -- what is told of them -------------------------------------------------------------------------


def _changes(decided: _Decisions) -> Iterator[PlannedChange]:
    for query, reason in decided.ended:
        yield _query_change(query, Action.TERMINATE, reason, query)
    for name, (action, reason) in decided.relations.items():
        if name not in decided.wanted.relations:
            relation = decided.deployed.relations[name]
            yield PlannedChange(name, relation.kind.lower(), action, reason)
    for entry in _script_order(decided.wanted):
        if isinstance(entry, Relation):
            action, reason = decided.relations[entry.name]
            maker = decided.wanted.maker(entry.name)
            silent = _detections(maker) if action is not Action.CREATE else []
            yield PlannedChange(entry.name, entry.kind.lower(), action, reason, silent)
        else:
            action, reason = decided.queries[entry.place]
            yield _query_change(entry, action, reason, decided.twin(entry))
    for query in decided.moved:
        reason = "it works on what is made anew, and you named it"
        yield _query_change(query, Action.REBUILD, reason, query)


def _query_change(
    query: CatalogQuery, action: Action, reason: str, running: CatalogQuery | None
) -> PlannedChange:
    silent = [] if running is None else _detections(running)
    return PlannedChange(query.name, "query", action, reason, silent)


def _detections(query: CatalogQuery | None) -> list[str]:
    """Name the rules that a query evaluates."""
    known = None if query is None else query.script_query
    held = [] if known is None else detections_of(known)
    return [each.name for each in held if each.label is not None]
