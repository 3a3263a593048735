"""The statements of a plan as they are sent, and how to see that one took effect."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.deploy.catalog import catalog_of
from schemagen.deploy.comparison import OFFSET_RESET, relation_change
from schemagen.deploy.marks import mark_for, sent_text
from schemagen.deploy.plan import Action
from schemagen.deploy.queries import query_of
from schemagen.ksqldb.dialect import nodes, parse_one
from schemagen.ksqldb.scripts import target_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemagen.deploy.catalog import Catalog
    from schemagen.deploy.plan import Plan, Step


@dataclass(frozen=True, slots=True)
class Request:
    """A statement that is sent to a server by itself.

    Attributes:
        name: the stream, table or query that it is about.
        text: the statement.
        properties: what is set for it.

    """

    name: str
    text: str = field(repr=False)
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def tree(self) -> exp.Expression:
        """The statement as a tree."""
        return parse_one(self.text)

    @property
    def verb(self) -> str:
        """What it does, in the words of SQL."""
        words = self.text.split(None, 3)
        count = 3 if words[:2] == ["CREATE", "OR"] else 1
        return " ".join(words[:count]).rstrip(";")

    @property
    def starts_query(self) -> bool:
        """Whether it makes a persistent query."""
        return query_of(self.tree) is not None


def requests_of(
    plan: Plan, wanted: Catalog, deployment: str, offset_reset: str | None = None
) -> list[Request]:
    """Return the statements of a plan as they are sent.

    Args:
        plan: the plan; it has no step that only a person can do.
        wanted: what it ends in.
        deployment: whose it is, for the marks.
        offset_reset: where queries begin that have no place: `earliest` or `latest`; None for what
            the script or the server says.

    """
    return [_request(step, wanted, deployment, offset_reset) for step in plan.steps]


def _request(step: Step, wanted: Catalog, deployment: str, offset_reset: str | None) -> Request:
    if step.statement is None:
        raise ValueError("a step that only a person can do is not sent")
    settings = dict(step.properties)
    if step.text:
        # What others have made goes back as it was, but not to its beginning.
        settings.pop(OFFSET_RESET, None)
        return Request(step.name, step.text, settings)
    query = query_of(step.statement)
    if query is not None and offset_reset is not None:
        settings[OFFSET_RESET] = offset_reset
    mark = None
    if query is not None and query.is_insert:
        known = wanted.query(query.query_id or "")
        mark = None if known is None else mark_for(known, wanted, deployment)
    return Request(step.name, sent_text(step.statement, mark), settings if query else {})


def took_effect(request: Request, catalog: Catalog) -> bool:
    """Tell whether what is on a server is what a request asks for."""
    tree = request.tree
    if isinstance(tree, nodes.QueryControl):
        return all((each.id or "").upper() != request.name.upper() for each in catalog.queries)
    if isinstance(tree, nodes.DropSource):
        return target_of(tree) not in catalog.relations
    if isinstance(tree, exp.Create):
        made = catalog_of([tree])
        (name,) = made.relations
        return relation_change(name, catalog, made)[0] is Action.KEEP
    return catalog.query(request.name) is not None
