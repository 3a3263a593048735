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

from schemagen.accelerator.calls import with_values_read
from schemagen.choices import Layout, Matching
from schemagen.detections import envelope
from schemagen.detections.accelerated import accelerated_rules
from schemagen.detections.alert_key import add_event, add_key
from schemagen.detections.alert_topic import AS_IT_COMES, AlertTopic
from schemagen.detections.bound import DEPLOYABLE, Status
from schemagen.detections.bundles import few_rules, insert_into, select_from
from schemagen.detections.envelope import (
    ENVELOPE,
    EVENT,
    KEY,
    AlertSource,
    alias,
    column,
    comments,
)
from schemagen.detections.many_rules import MANY_RULES, many_rules
from schemagen.errors import InputError
from schemagen.ksqldb.dialect import create_stream, with_properties
from schemagen.ksqldb.names import is_stream_name, needs_quotes, stored
from schemagen.ksqldb.watched import narrowed, reads_of, watched_name

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from schemagen.detections.bound import BoundRule

_SLUG = 60


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
        accelerated: whether the function of the accelerator evaluates the rules of bundles.
        key: whether the host is an alert's key, where a field names the host.
        event: whether an alert holds its whole event.

    """

    stream: str
    topic: str
    layout: Layout | None = None
    matching: Matching = Matching.SAFE
    statuses: Collection[Status] = DEPLOYABLE
    made: AlertTopic = AS_IT_COMES
    accelerated: bool = False
    key: bool = False
    event: bool = False


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
    layout = options.layout or _usual_layout(len(chosen), options)
    _check_accelerated(layout, options)
    is_many = layout == Layout.BUNDLE and _by_candidates(chosen, origin, options)
    if origin.event_time is None and not is_many:
        return _over(chosen, origin, layout, options)
    made = _over(chosen, replace(origin, stream=watched_name(origin.stream)), layout, options)
    return [_watched(origin, made), *made]


def _usual_layout(rules: int, options: AlertOptions) -> Layout:
    return Layout.STREAMS if rules == 1 and not options.accelerated else Layout.BUNDLE


def _check_accelerated(layout: Layout, options: AlertOptions) -> None:
    if not options.accelerated:
        return
    if layout != Layout.BUNDLE:
        raise InputError(
            f"The accelerator evaluates bundles of rules, and the layout is {layout}.",
            "Take --layout bundle, or leave --accelerator out.",
        )
    if options.matching == Matching.LIKE:
        raise InputError(
            "The accelerator compares texts as Sigma means it, not by LIKE.",
            "Take --matching safe, or leave --accelerator out.",
        )


def _by_candidates(chosen: Sequence[BoundRule], origin: AlertSource, options: AlertOptions) -> bool:
    """Tell whether bundles read candidates: of many rules, or for a key that is no column."""
    host = origin.named_host() if options.key else None
    is_column = host is None or isinstance(host, exp.Column)
    return options.accelerated or len(chosen) >= MANY_RULES or not is_column


def _watched(origin: AlertSource, statements: Sequence[exp.Expression]) -> exp.Expression:
    """Make the declaration of the topic that statements read."""
    name = watched_name(origin.stream)
    selects = [each.args.get("expression") for each in statements]
    reads = reads_of(
        with_values_read(select)
        for select in selects
        if isinstance(select, exp.Select) and select.args["from_"].this.name == name
    )
    columns = narrowed(origin.columns.columns, reads).fields
    read = {"KAFKA_TOPIC": origin.topic, "VALUE_FORMAT": origin.value_format}
    made = create_stream(name, columns, read)
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
    key = origin.named_host() if options.key else None
    target = create_stream(
        options.stream,
        (*ENVELOPE, EVENT) if options.event else ENVELOPE,
        {"KAFKA_TOPIC": options.topic, "VALUE_FORMAT": "JSON", **options.made.made()},
        key=None if key is None else KEY,
    )
    if options.key and key is None:
        target.comments = ["No key: no field of the events names the host."]
    made = (_inserts if layout == Layout.INSERT else _bundles)(chosen, origin, options)
    candidates = isinstance(made[0], exp.Create)
    for each in made[1:] if candidates else made:
        select = cast("exp.Select", each.args["expression"])
        if options.event:
            add_event(select, column(EVENT.name) if candidates else origin.event())
        if key is not None:
            add_key(select, column("host") if candidates else key)
    return [cast("exp.Expression", target), *made]


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
        query = select_from(_projections(bound, origin, options), origin.stream, bound.predicate)
        key = origin.named_host() if options.key else None
        if options.event:
            add_event(query, origin.event())
        if key is not None:
            add_key(query, key)
        statement = exp.Create(
            this=envelope.stream(name),
            kind="STREAM",
            properties=with_properties(
                {"KAFKA_TOPIC": topic, **origin.made_as(), **options.made.asked()}
            ),
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
        query = select_from(projections, origin.stream, bound.predicate)
        name = f"{options.stream}_{re.sub(r'[^A-Za-z0-9]+', '_', bound.rule.id)}"
        statement = insert_into(options.stream, name, query)
        statement.comments = comments(bound)
        statements.append(statement)
    return statements


def _bundles(
    rules: list[BoundRule], origin: AlertSource, options: AlertOptions
) -> list[exp.Expression]:
    if options.accelerated:
        return accelerated_rules(rules, origin, options.stream, options.topic, event=options.event)
    if _by_candidates(rules, origin, options):
        return many_rules(rules, origin, options.stream, options.topic, event=options.event)
    return few_rules(rules, origin, options.stream)
