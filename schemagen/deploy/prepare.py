"""What is known before the first statement is sent: the plan, the requests, what they cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.deploy.catalog import Catalog, catalog_of, property_name
from schemagen.deploy.comparison import OFFSET_RESET
from schemagen.deploy.losses import QueryPlace, loss_of, places_of, stopping
from schemagen.deploy.marks import ownership
from schemagen.deploy.planner import plan_changes
from schemagen.deploy.requests import Request, requests_of
from schemagen.deploy.server.answers import ServerInfo
from schemagen.deploy.server.state import ServerState, properties_of, read_state
from schemagen.errors import InputError
from schemagen.ksqldb.dialect import nodes
from schemagen.ksqldb.scripts import is_query

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from schemagen.deploy.catalog import CatalogQuery
    from schemagen.deploy.plan import Plan, PlannedChange
    from schemagen.deploy.script import Script
    from schemagen.deploy.server.client import KsqlClient

_MAKES = (exp.Create, nodes.SetProperty, nodes.UnsetProperty, nodes.AlterSource)


@dataclass(frozen=True, slots=True)
class DeployOptions:
    """How a script is deployed.

    Attributes:
        deployment: the name by which what is deployed is known later.
        drop: streams, tables and queries to take away though the script has not made them.
        include: those of others that may be taken down and made again where they are in the way.
        offset_reset: where queries begin that have no place: `earliest` or `latest`; None for what
            the script or the server says.
        exact: whether the place of queries is carried over through Kafka.

    """

    deployment: str
    drop: frozenset[str] = frozenset()
    include: frozenset[str] = frozenset()
    offset_reset: str | None = None
    exact: bool = False


@dataclass(frozen=True, slots=True)
class PreparedPlan:
    """A plan with all that is needed to carry it out.

    Attributes:
        plan: the plan.
        requests: its statements as they are sent.
        deployment: whose it is.
        state: what the server had.
        names: the streams, tables and queries that it is about, for the hash of the state.
        running: the ids of the queries that must run when it is done; of a CREATE … AS the stored
            name of what it makes.
        losses: what stopping a query costs, by the names of the changes.
        places: where the queries that stop are, by their ids.

    """

    plan: Plan
    requests: Sequence[Request]
    deployment: str
    state: ServerState
    names: frozenset[str] = frozenset()
    running: frozenset[str] = frozenset()
    losses: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, QueryPlace] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """The hash of what the server had of all that the plan is about."""
        return self.state.fingerprint(self.names)


def check_script(script: Script) -> None:
    """Refuse what can't be deployed again and again.

    Raises:
        InputError: a statement makes no stream, table or query, or an INSERT has no QUERY_ID.

    """
    for each in script.statements:
        where = f"{each.origin}:{each.line}"
        if isinstance(each.tree, exp.Insert) and is_query(each.tree):
            made = catalog_of([each.tree]).queries[0]
            if made.id is None:
                raise InputError(
                    f"{where}: the INSERT INTO {made.sink} has no QUERY_ID.",
                    "Without one a second run would write every row twice: "
                    "WITH (QUERY_ID = 'A_NAME').",
                )
        elif not isinstance(each.tree, _MAKES):
            raise InputError(
                f"{where}: only statements that make streams, tables and queries are deployed.",
                "Leave it out, or run it by hand.",
            )


def prepare(
    client: KsqlClient,
    info: ServerInfo,
    statements: Sequence[exp.Expr],
    options: DeployOptions,
    rebuild: Collection[str] = (),
) -> PreparedPlan:
    """Read what a server has, and plan the way to what statements make.

    Args:
        client: the server.
        info: what it says of itself.
        statements: the script; none to take all away.
        options: how.
        rebuild: see `plan_changes`.

    Raises:
        ServerError: the server can't be reached, or refuses to tell.

    """
    state = read_state(client, info)
    wanted = catalog_of(statements)
    owned = ownership(state.catalog, options.deployment, drop=options.drop, named=options.include)
    plan = plan_changes(state.catalog, statements, owned, rebuild, together=options.exact)
    requests = requests_of(plan, wanted, options.deployment, options.offset_reset)
    stops = stopping(plan, state)
    places = places_of(client, state, [query for _, query in stops])
    return PreparedPlan(
        plan,
        requests,
        options.deployment,
        state,
        frozenset(_names(plan, owned.relations | owned.queries)),
        frozenset(each.id or each.sink for each in wanted.queries),
        _losses(stops, places, requests, _default_begin(client) if stops else {}, options),
        places,
    )


def prepare_first(statements: Sequence[exp.Expr], deployment: str) -> PreparedPlan:
    """Plan the way from a server that has nothing to what statements make, without any server.

    Its version is empty: who shows the plan can tell by that.
    """
    state = ServerState(ServerInfo("", "", "", ""), Catalog())
    wanted = catalog_of(statements)
    plan = plan_changes(state.catalog, statements)
    return PreparedPlan(plan, requests_of(plan, wanted, deployment), deployment, state)


def _names(plan: Plan, owned: Collection[str]) -> set[str]:
    return {change.name for change in plan.changes} | set(owned)


def _default_begin(client: KsqlClient) -> dict[str, str]:
    """Return where queries begin for which nobody says it, as the server is set up."""
    known = {property_name(key): value for key, value in properties_of(client).items()}
    return {key: value for key, value in known.items() if key == OFFSET_RESET}


def _losses(
    stops: Sequence[tuple[PlannedChange, CatalogQuery]],
    places: Mapping[str, QueryPlace],
    requests: Sequence[Request],
    default: Mapping[str, str],
    options: DeployOptions,
) -> dict[str, str]:
    settings = {each.name: {**default, **each.properties} for each in requests}
    return {
        change.name: loss_of(
            change,
            places.get(query.id or "", QueryPlace()),
            settings.get(change.name, default),
            exact=options.exact,
        )
        for change, query in stops
    }
