"""Asking the server itself whether it would take a plan, without executing it.

A batch is validated whole before anything of it is executed; one that ends in a statement that is
always refused is validated and no more (seen on the real engine).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.deploy.prepare import check_script, prepare
from schemagen.deploy.queries import query_of
from schemagen.errors import InputError
from schemagen.ksqldb.dialect import parse_one
from schemagen.ksqldb.scripts import target_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from schemagen.deploy.prepare import DeployOptions, PreparedPlan
    from schemagen.deploy.requests import Request
    from schemagen.deploy.script import Script
    from schemagen.deploy.server.answers import ServerInfo
    from schemagen.deploy.server.client import KsqlClient
    from schemagen.deploy.server.failures import RefusedStatementError

NOT_SEEN = (
    "A dry run does not see: whether a statement fits a record of the command topic, whether the "
    "server is busy, whether other clients change something meanwhile, and more than the first "
    "statement that is refused."
)


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a server says of a plan.

    Attributes:
        prepared: the plan, made anew where the server can't change something in place.
        refusal: the first refusal, None where it would take all.
        request: the statement that is refused, None where that can't be told.

    """

    prepared: PreparedPlan
    refusal: RefusedStatementError | None = None
    request: Request | None = None


def dry_run(
    client: KsqlClient,
    prepared: PreparedPlan,
    again: Callable[[Collection[str]], PreparedPlan] | None = None,
) -> DryRun:
    """Let the server validate a plan.

    Args:
        client: the server.
        prepared: the plan.
        again: plans anew, with streams that can't be replaced in place made anew; None to leave
            the plan as it is.

    Raises:
        ServerError: the server can't be reached.

    """
    rebuild: set[str] = set()
    while prepared.requests:
        refusal = validate(client, prepared.requests)
        if refusal is None:
            break
        name = _subject(refusal.statement)
        known = {request.name for request in prepared.requests}
        anew = refusal.is_not_upgradable and name in known and name not in rebuild
        if not anew or again is None:
            refused = [each for each in prepared.requests if name and each.name == name]
            return DryRun(prepared, refusal, refused[-1] if refused else None)
        rebuild.add(name)
        prepared = again(rebuild)
    return DryRun(prepared)


def try_script(
    client: KsqlClient, info: ServerInfo, script: Script, options: DeployOptions
) -> DryRun:
    """Plan the way to a script, and let the server validate the plan.

    Raises:
        InputError: the script holds what can't be deployed again and again.
        ServerError: the server can't be reached.

    """
    check_script(script)

    def again(rebuild: Collection[str]) -> PreparedPlan:
        return prepare(client, info, script.trees, options, rebuild)

    return dry_run(client, again(()), again)


def validate(client: KsqlClient, requests: Sequence[Request]) -> RefusedStatementError | None:
    """Let the server validate statements one after another; return the first refusal.

    Raises:
        ServerError: the server can't be reached.

    """
    settings = {key: value for each in requests for key, value in each.properties.items()}
    return client.validate([each.text for each in requests], settings)


def _subject(text: str) -> str:
    """Name the stream, table or query that a statement of the server's is about."""
    try:
        tree = parse_one(text)
    except InputError:
        return ""
    if isinstance(tree, exp.Insert):
        query = query_of(tree)
        return "" if query is None else query.query_id or query.target
    return target_of(tree)
