"""The way back: what a server has of a deployment, as a script that `apply` takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.deploy.comparison import OFFSET_RESET
from schemagen.ksqldb.ddl import comment_block
from schemagen.ksqldb.dialect import nodes, write

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from schemagen.deploy.catalog import Catalog


def rollback_script(deployed: Catalog, names: Collection[str], remarks: list[str]) -> str:
    """Write what there is of some streams, tables and queries as a script.

    Args:
        deployed: what is on the server, in order.
        names: stored names, and ids of queries.
        remarks: what stands above it, sentences.

    """
    return "\n".join([comment_block(remarks), *_statements(deployed, names)])


def _statements(deployed: Catalog, names: Collection[str]) -> Iterator[str]:
    settings: dict[str, str] = {}
    for relation in deployed.relations.values():
        if relation.name in names:
            maker = deployed.maker(relation.name)
            wanted = {} if maker is None else _kept(maker.properties)
            yield from _switched(settings, wanted)
            settings = wanted
            yield relation.text + "\n"
    for query in deployed.inserts:
        if query.id in names:
            wanted = _kept(query.properties)
            yield from _switched(settings, wanted)
            settings = wanted
            yield query.text + "\n"


def _kept(properties: Mapping[str, str]) -> dict[str, str]:
    # To begin at the earliest record again would repeat all alerts.
    return {key: value for key, value in properties.items() if key != OFFSET_RESET}


def _switched(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for key in sorted(before.keys() - after.keys()):
        yield write(nodes.UnsetProperty(this=exp.Literal.string(key))) + "\n"
    for key, value in sorted(after.items()):
        if before.get(key) != value:
            texts = (exp.Literal.string(key), exp.Literal.string(value))
            yield write(nodes.SetProperty(this=texts[0], expression=texts[1])) + "\n"
