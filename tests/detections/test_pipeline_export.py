"""Our own pipelines as pySigma's."""

from __future__ import annotations

import pytest
from sigma.exceptions import SigmaTransformationError
from sigma.rule import SigmaRule

from schemagen.detections.pipelines import (
    load_pipeline,
)
from schemagen.detections.pipelines.export import processing_pipeline

RULE = """
title: T
logsource: {category: process_creation, product: windows}
fields: [User, Image]
detection:
  s:
    Image|endswith: \\x.exe
  condition: s
"""


def test_ours_as_pysigmas_renames_and_adds_the_conditions():
    for name, image, event_id in (
        ("winlogbeat-sysmon", "winlog.event_data.Image", 1),
        ("winlogbeat-security", "winlog.event_data.NewProcessName", 4688),
    ):
        rule = SigmaRule.from_yaml(RULE)
        processing_pipeline(load_pipeline(name)).apply(rule)
        assert rule.detection.detections["s"].detection_items[0].field == image
        added = rule.detection.detections["_events"].detection_items
        assert [item.field for item in added] == ["winlog.channel", "winlog.event_id"]
        assert added[1].value[0] == event_id
        assert rule.detection.parsed_condition[0].condition == "_events and (s)"
        assert rule.fields[-1] == image


def test_ours_as_pysigmas_renames_references_and_lists_of_maps():
    rule = SigmaRule.from_yaml(
        RULE.replace("    Image|endswith: \\x.exe", "    - Image|fieldref: ParentImage\n    - a: 1")
    )
    processing_pipeline(load_pipeline("flat-security")).apply(rule)
    (first, second) = rule.detection.detections["s"].detection_items
    assert first.detection_items[0].field == "NewProcessName"
    assert first.detection_items[0].value[0].field == "ParentProcessName"
    assert second.detection_items[0].field == "a"


@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        ("winlogbeat", "", "", "choose one of them"),
        ("winlogbeat-security", "Image|endswith", "Hashes|contains", "has no field Hashes"),
        ("winlogbeat", "product: windows", "product: linux", "for linux"),
    ],
)
def test_ours_as_pysigmas_refuses_what_one_condition_can_not_say(name, old, new, reason):
    rule = SigmaRule.from_yaml(RULE.replace(old, new))
    with pytest.raises(SigmaTransformationError, match=reason):
        processing_pipeline(load_pipeline(name)).apply(rule)
