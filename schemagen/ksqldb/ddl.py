"""From schema and evidence to the CREATE STREAM statement, with its proof."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemagen.errors import InputError
from schemagen.ksqldb.choose import ColumnPolicy, ColumnRemark, choose_columns
from schemagen.ksqldb.deserializer import Effect, Loss, judge
from schemagen.ksqldb.dialect import create_stream, write
from schemagen.ksqldb.event_time import event_time
from schemagen.ksqldb.names import is_stream_name
from schemagen.ksqldb.types import render as write_type
from schemagen.profile.paths import render
from schemagen.sources.registry.places import reads
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlglot import exp

    from schemagen.ksqldb.types import Struct
    from schemagen.profile.profile import Node


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """How the stream is declared.

    Attributes:
        name: the stream's name.
        topic: the topic it reads.
        event_time: the key of the messages that holds the event time, None for Kafka's own time.
        properties: further properties of the WITH clause.
        or_replace: CREATE OR REPLACE.
        source: CREATE SOURCE STREAM, which can only be read.
        policy: how types and names are chosen.
        caveats: what ksqlDB loses of the sampled records whatever is declared, sentences.
        value_format: the format of the records' values.

    """

    name: str
    topic: str
    event_time: str | None = None
    properties: Mapping[str, str | int | bool] = field(default_factory=dict)
    or_replace: bool = False
    source: bool = False
    policy: ColumnPolicy = field(default_factory=ColumnPolicy)
    caveats: Sequence[str] = ()
    value_format: str = "JSON"


@dataclass(frozen=True, slots=True)
class Proof:
    """What the model of the deserialiser says about the sampled records.

    Attributes:
        messages: how many messages were sampled, None where there is no evidence.
        losses: the values that the declared types do not keep.

    """

    messages: int | None
    losses: list[Loss]

    @property
    def dropped_at_most(self) -> int:
        """How many records are dropped at most: several causes can meet in one."""
        return sum(loss.count for loss in self.losses if loss.effect is Effect.DROPS)

    @property
    def altered(self) -> int:
        """How many values are altered."""
        return sum(loss.count for loss in self.losses if loss.effect is Effect.ALTERS)

    def sentence(self) -> str:
        """Say it in one line."""
        if self.messages is None:
            return "Not proven: there is no evidence file beside the schema."
        dropped = min(self.dropped_at_most, self.messages)
        kept, noun = self.messages - dropped, counted(self.messages, "sampled record")
        surviving = f"{kept:,} of {noun} survive{'s' if self.messages == 1 else ''}"
        if dropped:
            surviving = f"at least {surviving}"
        return f"{surviving}, {counted(self.altered, 'value')} altered."


_WEIGHT = {
    what: weight
    for weight, what in enumerate(
        [
            "left out",
            "event time",
            "hint unused",
            "added",
            "fragile",
            "too deep",
            "widened",
            "hint",
            "map",
            "empty",
            "quoted",
        ]
    )
}


@dataclass(frozen=True, slots=True)
class StreamDdl:
    """A CREATE STREAM statement and what there is to say about it."""

    statement: exp.Create
    columns: Struct
    proof: Proof
    remarks: list[ColumnRemark]
    caveats: Sequence[str] = ()

    def comments(self) -> list[str]:
        """Give the lines that stand under the statement."""
        lines = [self.proof.sentence(), *self.caveats]
        lines += [
            f"{render(loss.path)}: {counted(loss.count, 'value')} {loss.effect}, {loss.cause}"
            for loss in self.proof.losses
        ]
        # What costs data comes first; which names are quoted, the statement shows by itself.
        weighty = sorted(self.remarks, key=lambda remark: _WEIGHT.get(remark.what, len(_WEIGHT)))
        lines += [f"{render(r.path)}: {r.what}, {r.why}" for r in weighty]
        return lines

    def sql(self) -> str:
        """Write the statement with its comments."""
        return write(self.statement) + "\n" + comment_block(self.comments())


def comment_block(lines: list[str]) -> str:
    """Write lines as SQL comments: no text of theirs can end the comment or be substituted."""
    safe = (re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]", "?", line) for line in lines)
    return "".join(f"-- {line.replace('${', '$ {').strip() or '.'}\n" for line in safe)


def stream_name_for(topic: str) -> str:
    """Make a stream's name of a topic's: upper case, other characters as underscores."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", topic).upper()
    return name if not name[:1].isdigit() else f"T_{name}"


def stream_ddl(shape: Node, evidence: Node | None, options: StreamOptions) -> StreamDdl:
    """Declare a stream.

    Args:
        shape: schema and evidence joined (`schema.shape`): what the types are chosen from.
        evidence: what was seen of the messages, None where nothing is known: what proves them.
        options: how it is declared.

    Raises:
        InputError: a hint loses values that were seen, the event time can't be read, there is no
            column left, or the stream's name is none.

    """
    if not is_stream_name(options.name):
        raise InputError(
            f"{options.name!r} can't be the name of a stream.",
            "ksqlDB takes letters, digits, _ and - only.",
        )
    _check_declared(options.policy)
    choice = choose_columns(shape, options.policy, evidence)
    if not choice.columns.fields:
        raise InputError(
            f"No field of {options.topic} is left to be a column.",
            "The messages had more distinct top-level keys than can be told apart."
            if shape.any_key is not None
            else "Look at --include, --exclude and --min-presence.",
        )
    losses = [
        loss
        for loss in judge(choice.columns, evidence if evidence is not None else shape)
        # What a registry's schema declares is no JSON, and its own type keeps it.
        if render(loss.path) not in options.policy.declared
    ]
    _check_hints(losses, options.policy, evidence or shape)
    remarks = list(choice.remarks)
    properties: dict[str, str | int | bool] = {
        "KAFKA_TOPIC": options.topic,
        "VALUE_FORMAT": options.value_format,
    }
    properties |= {name.upper(): value for name, value in options.properties.items()}
    if options.event_time is not None:
        given = properties.get("TIMESTAMP_FORMAT")
        found = event_time(
            options.event_time,
            choice.columns.fields,
            evidence or shape,
            None if given is None else str(given),
        )
        properties |= found.properties()
        remarks += [
            ColumnRemark((options.event_time,), "event time", why) for why in found.remarks()
        ]
    statement = create_stream(
        options.name,
        choice.columns.fields,
        properties,
        or_replace=options.or_replace,
        source=options.source,
    )
    messages = None if evidence is None else evidence.total
    proof = Proof(messages, losses)
    return StreamDdl(statement, choice.columns, proof, remarks, options.caveats)


def _check_declared(policy: ColumnPolicy) -> None:
    """Refuse a type of the user's as which ksqlDB can't read what a registry's schema declares."""
    for path, hint in (policy.hints or {}).items():
        declared = policy.declared.get(path)
        if declared is None and any(
            each.startswith((f"{path}.", f"{path}[")) for each in policy.declared
        ):
            raise InputError(
                f"The type of {path} is set, and the registry's schema declares what is inside.",
                "Set the types of the fields inside, or none.",
            )
        if declared is not None and not reads(write_type(hint), write_type(declared)):
            raise InputError(
                f"{path} is {write_type(declared)} in the registry's schema, and a column of "
                f"{write_type(hint)} can't read it: each record would be dropped.",
                "Change or remove its type in schemagen.toml.",
            )


def _check_hints(losses: list[Loss], policy: ColumnPolicy, seen: Node) -> None:
    """Refuse a declared type that does not keep what was seen."""
    broken = []
    for hint in policy.hints or {}:
        for loss in losses:
            written = render(loss.path)
            # A column reads other spellings of its key too.
            folded, mine = written.upper(), hint.upper()
            if folded == mine or folded.startswith((f"{mine}.", f"{mine}[")):
                most = "" if loss.exact else "up to "
                broken.append(
                    f"{hint}: {most}{counted(loss.count, 'value')} of {written} would be "
                    f"{loss.effect} ({loss.cause})"
                )
    if broken:
        raise InputError(
            f"Declared types lose what was seen in {counted(seen.total, 'message')}: "
            + "; ".join(broken)
            + ".",
            "Change or remove the types in schemagen.toml.",
        )
