"""Our own pipelines against real events, with the oracle in place of a backend."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sigma.rule import SigmaLogSource
from sigma_matcher import find, matches

from schemagen.detections.pipelines import (
    load_pipeline,
)

REAL_EVENTS = Path(__file__).parents[3] / "shared" / "data" / "winlogbeat"

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not REAL_EVENTS.is_dir(), reason="the real events are not there"),
]


def alternatives(pipeline, category):
    logsource = SigmaLogSource(category=category, product="windows")
    found = load_pipeline(pipeline).resolve(logsource).alternatives
    return {alternative.name: alternative for alternative in found}


def events(pattern):
    for file in sorted(REAL_EVENTS.glob(pattern)):
        for line in file.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def values(event, candidates):
    found = [value for path in candidates.paths for value in find(event, path)]
    return [value for value in found if value is not None]


def picked(event, alternative):
    return all(
        {str(v).lower() for v in values(event, condition.candidates)}
        & {str(v).lower() for v in condition.values}
        for condition in alternative.conditions
    )


@pytest.mark.parametrize(
    ("pattern", "pipeline"), [("[ci]*.ndjson", "winlogbeat"), ("winlogbeat6*", "winlogbeat6")]
)
def test_events_of_process_creation_are_picked_and_have_their_fields(pattern, pipeline):
    found = alternatives(pipeline, "process_creation")
    seen = dict.fromkeys(found, 0)
    for event in events(pattern):
        kinds = [name for name, one in found.items() if picked(event, one)]
        assert len(kinds) <= 1
        for name in kinds:
            seen[name] += 1
            images = values(event, found[name].candidates("Image"))
            parents = values(event, found[name].candidates("ParentImage"))
            assert len(images) == len(parents) == 1
            assert str(images[0]).lower().endswith((".exe", ".com", ".scr"))
            assert values(event, found[name].candidates("Computer"))
            assert values(event, found[name].candidates("Host"))
    assert seen["security 4688"] > 0
    assert pipeline == "winlogbeat6" or seen["sysmon 1"] > 0


def test_one_rule_finds_a_real_attack_in_either_log():
    rule = {
        "detection": {
            "img": {"Image|endswith": "\\certutil.exe"},
            "cli": {"CommandLine|contains|all": ["urlcache", "://"]},
            "parent": {"ParentImage|endswith": ["\\powershell.exe", "\\cmd.exe"]},
            "condition": "img and cli and parent",
        }
    }
    found = alternatives("winlogbeat", "process_creation")
    hits = dict.fromkeys(found, 0)

    def hit(event, alternative):
        def lookup(field):
            return values(event, alternative.candidates(field))

        return picked(event, alternative) and matches(rule, event, lookup=lookup)

    for event in events("covenant_installutil*"):
        for name, alternative in found.items():
            hits[name] += hit(event, alternative)
    assert hits["sysmon 1"] == hits["security 4688"] > 0
