"""The companion of a stream: what ksqlDB drops of its topic lands in a topic of its own.

It reads the processing log, which has an entry a record and query. So it follows one query that
reads the topic, and has each record once. An entry has neither partition nor offset nor key; it has
the record, in base64, where the server runs with `rows.include`. Of a record whose event time can't
be read it has the columns only, as Java writes them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.deploy.catalog import catalog_of
from schemagen.deploy.processing_log import NO_TIME
from schemagen.deploy.queries import PROCESSING_LOG
from schemagen.detections.correlations.trees import dot, format_time
from schemagen.detections.envelope import alias, column, stream
from schemagen.detections.predicates import equal, is_not_null
from schemagen.ksqldb.dialect import (
    all_of,
    any_of,
    call,
    columns,
    create_stream,
    properties,
    with_properties,
)
from schemagen.ksqldb.names import string_literal
from schemagen.ksqldb.types import VARCHAR, Field

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schemagen.deploy.catalog import CatalogQuery

_COLUMNS = ("time", "topic", "error", "record_base64", "record_text")


def companion_statements(
    statements: Sequence[exp.Expr], name: str, topic: str
) -> list[exp.Expression]:
    """Make a stream of the records of a topic that ksqlDB drops, and the query that fills it.

    Args:
        statements: the script that it belongs to.
        name: the stream over the topic; the companion is called like it, with `_DROPPED`.
        topic: the topic.

    """
    made = create_stream(
        f"{name}_DROPPED",
        tuple(Field(each, quoted=True, type=VARCHAR) for each in _COLUMNS),
        {"KAFKA_TOPIC": f"{topic}_dropped", "VALUE_FORMAT": "JSON", "PARTITIONS": 1},
    )
    made.comments = [
        f"What ksqlDB drops of {topic}: read from the server's processing log, which must be a",
        "stream. It has neither partition nor offset; the record itself, in base64, with",
        "ksql.logging.processing.rows.include=true only.",
    ]
    error, failure = _message("DESERIALIZATIONERROR"), _message("RECORDPROCESSINGERROR")
    texts = (dot(error, "ERRORMESSAGE"), dot(failure, "ERRORMESSAGE"))
    values = (
        format_time(call("FROM_UNIXTIME", column("TIME"))),
        string_literal(topic),
        call("COALESCE", *texts),
        dot(error.copy(), "RECORDB64"),
        dot(failure.copy(), "RECORD"),
    )
    select = exp.Select(
        expressions=[alias(value, each) for each, value in zip(_COLUMNS, values, strict=True)],
        from_=exp.From(this=stream(PROCESSING_LOG)),
        where=exp.Where(this=_wanted(statements, topic)),
    )
    identifier = f"{name}_DROPPED_READ".replace("-", "_").upper()
    insert = exp.Insert(
        this=stream(f"{name}_DROPPED"),
        properties=with_properties({"QUERY_ID": identifier}),
        expression=select,
    )
    return [made, insert]


def _wanted(statements: Sequence[exp.Expr], topic: str) -> exp.Expr:
    """Make the condition of the entries: those of one query of the script that reads the topic."""
    made = catalog_of(statements)
    over = [each for each in made.relations.values() if each.topic == topic and not each.is_derived]
    # A declaration of more columns drops what one of fewer drops, and more.
    over.sort(key=lambda each: -len(columns(each.tree)) if each.tree else 0)
    readers = [_first_reader(made.queries, {each.name}) for each in over]
    widest = next((each for each in readers if each is not None), None)
    if widest is None:
        # Each record comes once for every query that reads the topic, then.
        return equal(dot(_message("DESERIALIZATIONERROR"), "topic"), string_literal(topic))
    wanted = [_logged_by(widest, "Source.deserializer")]
    timed = {each.name for each in over if each.tree and properties(each.tree).get("TIMESTAMP")}
    reader = _first_reader(made.queries, timed)
    if reader is not None:
        why = dot(_message("RECORDPROCESSINGERROR"), "ERRORMESSAGE")
        no_time = equal(why, string_literal(NO_TIME))
        wanted.append(all_of([_logged_by(reader, "Source"), no_time]))
    return any_of(wanted)


def _first_reader(queries: Iterable[CatalogQuery], names: set[str]) -> CatalogQuery | None:
    return next((each for each in queries if each.sources and each.sources <= names), None)


def _logged_by(query: CatalogQuery, step: str) -> exp.Expr:
    logger = column("LOGGER")
    if query.id is not None:
        return equal(logger, string_literal(f"processing.{query.id}.KsqlTopic.{step}"))
    # Only the server knows the number in the id of a CREATE … AS.
    known = re.escape(f"KsqlTopic.{step}")
    pattern = rf"^processing\.C[ST]AS_{re.escape(query.sink)}_[0-9]+\.{known}$"
    return is_not_null(call("REGEXP_EXTRACT", string_literal(pattern), logger))


def _message(part: str) -> exp.Expr:
    return dot(column("MESSAGE"), part)
