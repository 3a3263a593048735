"""Pipelines of our own as pySigma's, for `sigma convert` and whoever has no schema to bind to.

Without a schema nobody knows which of several paths a topic has, so the first is taken; and pySigma
has one condition a rule, so a log source must stand for one kind of events: `winlogbeat-sysmon` or
`winlogbeat-security`, not `winlogbeat`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sigma.exceptions import SigmaTransformationError
from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline
from sigma.processing.transformations import AddConditionTransformation
from sigma.processing.transformations.base import FieldMappingTransformationBase
from sigma.rule import SigmaDetectionItem, SigmaRule

from schemagen.detections.pipelines.model import Alternative, EventPipeline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sigma.rule import SigmaDetection

_PRIORITY = 50


@dataclass
class EventTransformation(FieldMappingTransformationBase):
    """Put the paths of one kind of events for a rule's fields, and add what picks these events.

    Args:
        events: the pipeline that knows them.

    """

    events: EventPipeline
    _alternative: Alternative = field(
        init=False, compare=False, default_factory=lambda: Alternative("")
    )

    def apply(self, rule: Any) -> None:
        """Alter a rule in place.

        Raises:
            SigmaTransformationError: its log source stands for no or for several kinds of events,
                or these events lack one of its fields.

        """
        if not isinstance(rule, SigmaRule):
            return
        resolution = self.events.resolve(rule.logsource)
        if len(resolution.alternatives) != 1:
            names = " and ".join(alternative.name for alternative in resolution.alternatives)
            reason = resolution.reason or f"the log source stands for {names}; choose one of them"
            raise SigmaTransformationError(f"{self.events.name}: {reason}", source=rule.source)
        self._alternative = resolution.alternatives[0]
        for detection in rule.detection.detections.values():
            for name in _field_names(detection):
                if not self._alternative.candidates(name).paths:
                    raise SigmaTransformationError(
                        f"{self.events.name}: {self._alternative.name} has no field {name}",
                        source=rule.source,
                    )
        super().apply(rule)
        if self._alternative.conditions:
            conditions: dict[str, Any] = {
                condition.candidates.paths[0]: list(condition.values)
                for condition in self._alternative.conditions
            }
            AddConditionTransformation(conditions, name="_events").apply(rule)

    def apply_field_name(self, field: str | None) -> str | list[str] | None:
        """Return the path of a field; none for a field of the rule's list that the events lack."""
        if field is None:
            return None
        paths = self._alternative.candidates(field).paths
        return paths[0] if paths else []


def processing_pipeline(events: EventPipeline) -> ProcessingPipeline:
    """Make a pySigma pipeline of one of ours."""
    transformation = EventTransformation(events)
    return ProcessingPipeline(
        name=f"schemagen {events.name}",
        priority=_PRIORITY,
        items=[ProcessingItem(transformation, identifier=f"schemagen_{events.name}")],
    )


def _field_names(detection: SigmaDetection) -> Iterator[str]:
    for item in detection.detection_items:
        if isinstance(item, SigmaDetectionItem):
            if item.field is not None:
                yield item.field
        else:
            yield from _field_names(item)
