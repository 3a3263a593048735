"""The statements that make alerts, in one of three layouts.

`streams`: a stream for each rule, its columns the rule's fields. `insert`: one alerts stream and an
INSERT INTO for each rule. `bundle`: the same stream, and queries of many rules each: every
persistent query reads the whole topic again, so that a thousand rules can't be a thousand queries.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from sqlglot import exp

from schemagen.choices import Layout, Matching
from schemagen.detections import envelope
from schemagen.detections.alert_topic import AS_IT_COMES, AlertTopic
from schemagen.detections.bound import DEPLOYABLE, Status
from schemagen.detections.envelope import ENVELOPE, AlertSource, alias, column, comments
from schemagen.detections.flattening import Flattener
from schemagen.detections.logic import disjunction, operands_of
from schemagen.detections.packing import PackedRule, pack, source_name
from schemagen.errors import InputError
from schemagen.ksqldb.dialect import call, create_stream, with_properties, write_expression
from schemagen.ksqldb.names import is_stream_name, needs_quotes, stored
from schemagen.ksqldb.watched import narrowed, reads_of, watched_name
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from schemagen.detections.bound import BoundRule
    from schemagen.detections.packing import Bundle

FLATTEN_FROM = 20
"""From as many rules on, bundles read a slim stream of what the rules look at."""

_SLUG = 60
_HIT = "HIT"


@dataclass(frozen=True, slots=True)
class AlertOptions:
    """Where alerts go.

    Args:
        stream: the alerts stream; in the layout `streams` with several rules, the beginning of
            their names.
        topic: its topic, in the same way.
        layout: None for `streams` with one rule and `bundle` with several.
        matching: how the rules were bound; `like` writes names without back-ticks where it can, as
            people write them beside LIKE.
        statuses: which rules are deployed.
        made: how the alerts topic is made, if there is none.

    """

    stream: str
    topic: str
    layout: Layout | None = None
    matching: Matching = Matching.SAFE
    statuses: Collection[Status] = DEPLOYABLE
    made: AlertTopic = AS_IT_COMES


def detection_statements(
    rules: Sequence[BoundRule], origin: AlertSource, options: AlertOptions
) -> list[exp.Expression]:
    """Make the statements that make alerts of events.

    Args:
        rules: bound rules; those without a predicate, or of another status, are left out.
        origin: the stream that they were bound to.
        options: where the alerts go.

    Returns:
        The statements, in the order in which they must be run; none without rules.

    Raises:
        InputError: a name or a text has no safe form.

    """
    if not is_stream_name(options.stream):
        raise InputError(
            f"{options.stream!a} can't be the name of a stream.",
            "Use letters, digits, `_` and `-` only.",
        )
    chosen = [rule for rule in rules if rule.deployable and rule.status in options.statuses]
    if not chosen:
        return []
    layout = options.layout or (Layout.STREAMS if len(chosen) == 1 else Layout.BUNDLE)
    if origin.event_time is None:
        return _over(chosen, origin, layout, options)
    made = _over(chosen, replace(origin, stream=watched_name(origin.stream)), layout, options)
    return [_watched(origin, made), *made]


def _watched(origin: AlertSource, statements: Sequence[exp.Expression]) -> exp.Expression:
    """Make the declaration of the topic that statements read."""
    name = watched_name(origin.stream)
    selects = [each.args.get("expression") for each in statements]
    reads = reads_of(
        select
        for select in selects
        if isinstance(select, exp.Select) and select.args["from_"].this.name == name
    )
    columns = narrowed(origin.columns.columns, reads).fields
    made = create_stream(name, columns, {"KAFKA_TOPIC": origin.topic, "VALUE_FORMAT": "JSON"})
    made.comments = [
        "What the detections read of the topic. Without TIMESTAMP: an event whose time is broken,",
        "old or in the future is looked at like any other, and its alert has the record's time.",
    ]
    return made


def _over(
    chosen: list[BoundRule], origin: AlertSource, layout: Layout, options: AlertOptions
) -> list[exp.Expression]:
    """Make the statements of rules in a layout, over a stream."""
    if layout == Layout.STREAMS:
        return _streams(chosen, origin, options)
    chosen.sort(key=lambda bound: bound.rule.id)
    target = create_stream(
        options.stream,
        ENVELOPE,
        {"KAFKA_TOPIC": options.topic, "VALUE_FORMAT": "JSON", **options.made.made()},
    )
    make = _inserts if layout == Layout.INSERT else _bundles
    return [cast("exp.Expression", target), *make(chosen, origin, options)]


# -- a stream for each rule -----------------------------------------------------------------------


def _streams(
    rules: list[BoundRule], origin: AlertSource, options: AlertOptions
) -> list[exp.Expression]:
    statements: list[exp.Expression] = []
    for bound in rules:
        name, topic = options.stream, options.topic
        if len(rules) > 1:
            # The beginning of the id keeps two rules of one title apart.
            slug = _slug(bound.rule.title)
            short = re.sub(r"[^A-Za-z0-9]", "", bound.rule.id)[:8]
            name = f"{name}_{slug}_{short}".upper()
            topic = f"{topic}_{slug}_{short}".lower()
        query = _select(_projections(bound, origin, options), origin.stream, bound.predicate)
        statement = exp.Create(
            this=envelope.stream(name),
            kind="STREAM",
            properties=with_properties({"KAFKA_TOPIC": topic, **options.made.asked()}),
            expression=query,
        )
        statement.comments = comments(bound)
        statements.append(statement)
    return statements


def _projections(bound: BoundRule, origin: AlertSource, options: AlertOptions) -> list[exp.Expr]:
    found: list[exp.Expr] = []
    names: set[str] = set()
    for field in envelope.shown(bound):
        value = envelope.shown_value(field)
        quoted = options.matching != Matching.LIKE or needs_quotes(field.name)
        name = stored(field.name, quoted=quoted)
        if value is not None and name not in names:
            names.add(name)
            found.append(alias(value, field.name, quoted=quoted))
    if not found:
        found = [alias(origin.time(), "time"), alias(origin.host(), "host")]
    return found


def _slug(title: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", title)[:_SLUG].strip("_")


def _select(projections: list[exp.Expr], source: str, condition: exp.Expr | None) -> exp.Select:
    select = exp.Select(expressions=list(projections), from_=exp.From(this=envelope.stream(source)))
    if condition is not None:
        select.set("where", exp.Where(this=condition.copy()))
    return select


# -- one stream of alerts -------------------------------------------------------------------------


def _inserts(
    rules: list[BoundRule], origin: AlertSource, options: AlertOptions
) -> list[exp.Expression]:
    statements: list[exp.Expression] = []
    for bound in rules:
        projections: list[exp.Expr] = [
            alias(origin.time(), "time"),
            alias(origin.host(), "host"),
            alias(envelope.rule_value(bound), "rule"),
            alias(origin.source(), "source"),
        ]
        query = _select(projections, origin.stream, bound.predicate)
        name = f"{options.stream}_{re.sub(r'[^A-Za-z0-9]+', '_', bound.rule.id)}"
        statement = _insert(options, name, query)
        statement.comments = comments(bound)
        statements.append(statement)
    return statements


def _insert(options: AlertOptions, name: str, query: exp.Select) -> exp.Insert:
    # With an id of its own a query can be found and terminated, whatever was deployed before.
    identifier = re.sub(r"[^A-Za-z0-9_]", "_", name).upper()
    return exp.Insert(
        this=envelope.stream(options.stream),
        properties=with_properties({"QUERY_ID": identifier}),
        expression=query,
    )


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A rule as its bundle evaluates it."""

    bound: BoundRule
    item: exp.Expr
    events: exp.Expr | None


def _bundles(
    rules: list[BoundRule], origin: AlertSource, options: AlertOptions
) -> list[exp.Expression]:
    flattener = None
    if len(rules) >= FLATTEN_FROM:
        flattener = Flattener(("time", "host", "source"))
    prepared = {bound.rule.id: _prepare(bound, flattener) for bound in rules}
    items = [
        PackedRule(
            key, source_name(one.bound.rule.logsource), len(write_expression(one.item).encode())
        )
        for key, one in prepared.items()
    ]
    statements: list[exp.Expression] = []
    source = origin.stream
    if flattener is not None:
        slim = _slim_stream(rules, flattener, origin, options)
        statements.append(slim)
        source = slim.this.name
    for bundle in pack(items):
        chosen = [prepared[key] for key in bundle.keys]
        flat = flattener is not None
        statements.append(_bundle(bundle, chosen, source, origin, options, flat=flat))
    return statements


def _prepare(bound: BoundRule, flattener: Flattener | None) -> _Prepared:
    if bound.predicate is None:
        raise ValueError("a rule without a predicate can't be deployed")
    # Without ELSE: NULL where the rule doesn't match, and where it fails, for itself alone.
    branch = exp.If(this=bound.predicate.copy(), true=envelope.rule_value(bound))
    item: exp.Expr = exp.Case(ifs=[branch])
    events = bound.events
    if flattener is not None:
        item = flattener.rewrite(item)
        events = None if events is None else flattener.rewrite(events)
    item.comments = comments(bound)
    return _Prepared(bound, item, events)


def _slim_stream(
    rules: list[BoundRule], flattener: Flattener, origin: AlertSource, options: AlertOptions
) -> exp.Create:
    projections: list[exp.Expr] = [
        alias(origin.time(), "time"),
        alias(origin.host(), "host"),
        alias(origin.source(), "source"),
        *flattener.projections(),
    ]
    query = _select(projections, origin.stream, _any_events([bound.events for bound in rules]))
    statement = exp.Create(
        this=envelope.stream(f"{options.stream}_VALUES"),
        kind="STREAM",
        properties=with_properties({"KAFKA_TOPIC": f"{options.topic}_values"}),
        expression=query,
    )
    statement.comments = [
        "What the rules look at, read and lower-cased once for all bundles below.",
    ]
    return statement


def _bundle(  # noqa: PLR0913 - what a statement is made of
    bundle: Bundle,
    rules: list[_Prepared],
    source: str,
    origin: AlertSource,
    options: AlertOptions,
    *,
    flat: bool,
) -> exp.Insert:
    hit = exp.Identifier(this=_HIT, quoted=False)
    is_hit = exp.Not(this=exp.Is(this=hit, expression=exp.Null()))
    hits = call(
        "FILTER",
        exp.Array(expressions=[one.item for one in rules]),
        exp.Lambda(this=is_hit, expressions=[hit.copy()]),
    )
    projections: list[exp.Expr] = [
        alias(column("time") if flat else origin.time(), "time"),
        alias(column("host") if flat else origin.host(), "host"),
        alias(call("EXPLODE", hits), "rule"),
        alias(column("source") if flat else origin.source(), "source"),
    ]
    query = _select(projections, source, _any_events([one.events for one in rules]))
    statement = _insert(options, f"{options.stream}_{bundle.name}", query)
    statement.comments = [f"{bundle.name}: {counted(len(rules), 'rule')}."]
    return statement


def _any_events(conditions: Sequence[exp.Expr | None]) -> exp.Expr | None:
    """Join the conditions that pick kinds of events; None where every event is meant."""
    distinct: dict[str, exp.Expr] = {}
    for condition in conditions:
        if condition is None:
            return None
        for part in _alternatives(condition):
            distinct.setdefault(write_expression(part), part.copy())
    return disjunction([part for _, part in sorted(distinct.items())])


def _alternatives(condition: exp.Expr) -> list[exp.Expr]:
    return [part.unnest() for part in operands_of(exp.Or, condition)]
