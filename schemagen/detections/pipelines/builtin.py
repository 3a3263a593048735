"""The pipelines of our own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from schemagen.detections.pipelines.ecs import moved
from schemagen.detections.pipelines.layouts import FLAT, WINLOGBEAT, WINLOGBEAT6
from schemagen.detections.pipelines.model import (
    Alternative,
    Candidates,
    Condition,
    Resolution,
    names_of,
)
from schemagen.detections.pipelines.windows import (
    SECURITY,
    SYSMON,
    USER_DATA_LOGS,
    UnknownLogsourceError,
    sources,
)
from schemagen.detections.pipelines.zeek import ZeekPipeline

if TYPE_CHECKING:
    from sigma.rule import SigmaLogSource

    from schemagen.detections.pipelines.layouts import EventLayout
    from schemagen.detections.pipelines.model import EventPipeline
    from schemagen.detections.pipelines.windows import WindowsEvents

_ANY = "any"


@dataclass(frozen=True, slots=True)
class AsItIs:
    """Every event of the topic, the fields where the rule says: the pipeline `none`."""

    name: str = "none"

    def resolve(self, logsource: SigmaLogSource) -> Resolution:  # noqa: ARG002 (the protocol's)
        """Find which events a rule is about: all of the topic, whatever its log source."""
        return Resolution((Alternative(_ANY),))

    def without_conditions(self) -> AsItIs:
        """Return the same; it has no conditions."""
        return self


@dataclass(frozen=True, slots=True)
class ServicePipeline:
    """The events of one service, the fields where the rule says.

    Args:
        name: the name that the user gave it by.
        product, service: the log source of the rules that are about such events.

    """

    name: str
    product: str
    service: str

    def resolve(self, logsource: SigmaLogSource) -> Resolution:
        """Find which events a rule is about: all of the topic, or none."""
        named = ((logsource.product, self.product), (logsource.service, self.service))
        for asked, held in named:
            if asked is not None and asked.strip().lower() != held:
                reason = f"`{self.name}` maps events of {held}, the rule is for {asked}"
                return Resolution((), reason)
        if logsource.category is not None:
            reason = f"`{self.name}` has no category, the rule is for {logsource.category}"
            return Resolution((), reason)
        return Resolution((Alternative(_ANY),))

    def without_conditions(self) -> ServicePipeline:
        """Return the same; it has no conditions."""
        return self


@dataclass(frozen=True, slots=True)
class WindowsPipeline:
    """Windows events as a shipper lays them out.

    Args:
        name: the name that the user gave it by.
        layout: where the shipper puts what.
        without: the log, `sysmon` or `security`, whose events are not there to serve a category
            that the other serves too; empty where both may be.
        conditional: whether channel and event id are conditions; without, the topic holds
            nothing but the events that its rules are about.

    """

    name: str
    layout: EventLayout
    without: str = ""
    conditional: bool = True

    def resolve(self, logsource: SigmaLogSource) -> Resolution:
        """Find which events a rule with this log source is about."""
        category, product, service = names_of(logsource)
        if product not in (None, "windows"):
            return Resolution((), f"`{self.name}` maps Windows events, the rule is for {product}")
        try:
            found = sources(category, service)
        except UnknownLogsourceError as error:
            return Resolution((), error.reason)
        if not found:
            return Resolution((self._alternative(None),))
        if category is not None:
            found = tuple(source for source in found if source.service != self.without)
        if not found:
            return Resolution(
                (), f"only {self.without} logs the category `{category}`, which `{self.name}` lacks"
            )
        return Resolution(tuple(self._alternative(source) for source in found))

    def without_conditions(self) -> WindowsPipeline:
        """Return the same mapping for a topic that holds nothing but such events."""
        return replace(self, conditional=False)

    def _alternative(self, source: WindowsEvents | None) -> Alternative:
        templates = self._templates(source)
        places = moved(source) if self.layout.moved else {}

        def paths(*names: str) -> Candidates:
            raw = [template.format(name) for name in names for template in templates]
            processed = [path for name in names for path in places.get(name, ())]
            return Candidates(tuple(dict.fromkeys(raw + processed)))

        fields = {name: paths(name) for name in places} | dict(self.layout.head)
        if source is None:
            return Alternative(_ANY, (), fields, templates, keywords=self.layout.keywords)
        fields |= {name: paths(*others) for name, others in source.renames.items()}
        fields |= {name: Candidates(()) for name in source.absent}
        conditions = [Condition("Channel", self.layout.channel, source.channels)]
        if source.event_ids:
            conditions.append(Condition("EventID", self.layout.event_id, source.event_ids))
        conditions += [Condition(name, paths(name), texts) for name, texts in source.values.items()]
        return Alternative(
            source.name,
            tuple(conditions) if self.conditional else (),
            fields,
            templates,
            source.notes,
            self.layout.keywords,
        )

    def _templates(self, source: WindowsEvents | None) -> tuple[str, ...]:
        """Return where events of a kind have their data, the likeliest place first."""
        event_data, *rest = self.layout.data
        if source is not None and source.event_ids:
            # Events that are known by their ids have event data; a whole log may hold anything.
            return (event_data,)
        if source is not None and source.service in USER_DATA_LOGS and rest:
            return (rest[0], event_data, *rest[1:])
        return self.layout.data


_LAYOUTS = {
    "winlogbeat": WINLOGBEAT,
    "winlogbeat8": WINLOGBEAT,
    "winlogbeat7": WINLOGBEAT,
    "winlogbeat6": WINLOGBEAT6,
    "flat": FLAT,
}


def builtin_pipelines() -> dict[str, EventPipeline]:
    """Return the pipelines of our own by name.

    For each layout there are three: the plain one with Sysmon and Security events as alternatives,
    and `-sysmon` and `-security`, where only the one or the other serves process creation and
    registry changes.
    """
    found: dict[str, EventPipeline] = {
        "none": AsItIs(),
        "cloudtrail": ServicePipeline("cloudtrail", "aws", "cloudtrail"),
        "zeek": ZeekPipeline(),
    }
    for name, layout in _LAYOUTS.items():
        for suffix, without in (("", ""), ("-sysmon", SECURITY), ("-security", SYSMON)):
            found[name + suffix] = WindowsPipeline(name + suffix, layout, without)
    return found
