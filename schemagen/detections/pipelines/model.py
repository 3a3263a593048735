"""What a pipeline says of a rule: which events it is about, and where its fields are in them.

A rule's log source can be served by several kinds of events: process creation by Sysmon's event 1
and by the Security log's event 4688, with other field names. Each kind is an `Alternative`: the
conditions that pick its events, and the paths of the fields in these events. The rule matches an
event if, for some alternative, the conditions hold and the rule's detection holds with the paths of
that same alternative; one kind's channel never goes with the other kind's fields:

    (channel = Sysmon AND event id = 1 AND detection over Sysmon's paths)
    OR (channel = Security AND event id = 4688 AND detection over the audit event's paths)

Paths are written with dots, from the top of the event. A key that itself contains a dot is meant
where the schema has it so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sigma.rule import SigmaLogSource


@dataclass(frozen=True, slots=True)
class Candidates:
    """Where the value of one Sigma field can be.

    Args:
        paths: the best first; those that the schema lacks don't matter. Without any path, the
            events of this kind never have the field: it is missing, so that a match on it is false
            and NOT of that is true.
        copies: False: an event has the value in some of the paths (agents that rename, unnamed
            parameters), so all that the schema has count: a match on the field is a match on any
            of them, and the field is null where all are. True: the paths hold the same value, so
            the first one that the schema has is enough.
        note: what of the mapping is not exact, one sentence, for the report on a rule.

    """

    paths: tuple[str, ...]
    copies: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """One of these values is in the field; text is compared whatever its case, as all of Sigma.

    Winlogbeat really writes the one channel as `Security` and as `security`.

    Args:
        field: the Sigma name: `Channel`, `EventID`.
        candidates: where the field is.
        values: channels as text, event ids as numbers; the column's type decides how an id is
            written, since one agent sends 4688 and the next "4688".

    """

    field: str
    candidates: Candidates
    values: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Alternative:
    """One kind of events that a log source stands for.

    Args:
        name: for people: `sysmon 1`, `security 4688`, `any`.
        conditions: all of them pick the events; none: every event of the topic.
        fields: the fields that this kind of events has under another name or not at all.
        templates: paths of every other field, with `{}` for its name.
        notes: what of the mapping is not exact, one sentence each, for the report on a rule.
        keywords: globs of the paths of the texts that keywords are looked for in.
        separators: what the events have between the parts of a name where a rule has a dot.

    """

    name: str
    conditions: tuple[Condition, ...] = ()
    fields: Mapping[str, Candidates] = field(default_factory=lambda: MappingProxyType({}))
    templates: tuple[str, ...] = ("{}",)
    notes: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    separators: tuple[str, ...] = (".",)

    def candidates(self, name: str) -> Candidates:
        """Find where a Sigma field is in these events.

        Args:
            name: the field as the rule has it. A name with a dot is a path already.

        """
        known = self.fields.get(name)
        if known is not None:
            return known
        if "." in name:
            return Candidates(tuple(name.replace(".", between) for between in self.separators))
        return Candidates(tuple(template.format(name) for template in self.templates))


@dataclass(frozen=True, slots=True)
class Resolution:
    """The kinds of events that a log source stands for.

    Args:
        alternatives: at least one, or the topic doesn't carry the log source.
        reason: why there is none; one clause.

    """

    alternatives: tuple[Alternative, ...]
    reason: str = ""


def names_of(logsource: SigmaLogSource) -> tuple[str | None, str | None, str | None]:
    """Return the category, product and service of a log source as pipelines compare them."""
    category, product, service = (
        value.strip().lower() if value else None
        for value in (logsource.category, logsource.product, logsource.service)
    )
    return category, product, service


class EventPipeline(Protocol):
    """A mapping from Sigma's log sources and fields to the events of a topic."""

    @property
    def name(self) -> str:
        """The name that the user gave it by."""

    def resolve(self, logsource: SigmaLogSource) -> Resolution:
        """Find which events a rule with this log source is about."""

    def without_conditions(self) -> EventPipeline:
        """Return the same mapping for a topic that holds nothing but such events."""
