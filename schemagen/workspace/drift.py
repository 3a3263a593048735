"""A fresh sample against the baseline: its evidence, its waivers, the plan for what it shows."""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from schemagen.deploy.detections import layout_of, matching_of
from schemagen.drift.evolution import ColumnEvolution, wanted_by
from schemagen.drift.findings import FindingClass
from schemagen.drift.plan import Plan, plan
from schemagen.errors import UsageError
from schemagen.ksqldb.scripts import is_query
from schemagen.profile.evidence import load_evidence, merge_evidence
from schemagen.schema.shape import copied
from schemagen.workspace.columns import column_policy, map_policy
from schemagen.workspace.paths import once
from schemagen.workspace.statements import detections_over

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from schemagen.choices import Matching
    from schemagen.drift.findings import Drift, Finding
    from schemagen.profile.evidence import Evidence
    from schemagen.project import TopicConfig
    from schemagen.workspace.baseline import CommittedTopic

_FINGERPRINT = re.compile("[0-9a-f]{16}")


def merged(files: Sequence[Path], topic: str) -> Evidence:
    """Read evidence files of a topic, and merge them.

    Raises:
        UsageError: one can't be read, is of another topic, or is named twice.

    """
    parts = [load_evidence(file) for file in once(files)]
    for file, part in zip(files, parts, strict=True):
        if part.name != topic:
            raise UsageError(
                f"{file} is evidence of the topic {part.name}, not of {topic}.",
                "Name the topic, or evidence of it.",
            )
    return merge_evidence(parts, topic)


def check_waivers(topic: TopicConfig) -> None:
    """Refuse a waiver of a finding that there can't be.

    Raises:
        UsageError: a waiver names neither a class of findings nor a fingerprint.

    """
    kinds = [str(kind) for kind in FindingClass]
    for waiver in topic.waivers:
        named = waiver.finding
        if named and named not in kinds and not _FINGERPRINT.fullmatch(named):
            near = get_close_matches(named, kinds, 1)
            raise UsageError(
                f"schemagen.toml, topic {topic.name}: a waiver is of the finding {named!a}, which "
                "is neither a class nor a fingerprint.",
                f'Did you mean "{near[0]}"?' if near else f"Classes are {', '.join(kinds)}.",
            )


def plan_for(base: CommittedTopic, fresh: Evidence, found: Drift) -> Plan:
    """Plan the way to what the data asks for, the detections compiled anew where rules are.

    Raises:
        UsageError: a rule's path or a pipeline doesn't exist.

    """
    declared, before, topic = base.baseline.declared, base.baseline.evidence, base.files.topic
    seen = copied([fresh.profile.root, *([] if before is None else [before.profile.root])])
    evolution = ColumnEvolution(
        wanted_by(found, declared), column_policy(topic), map_policy(topic), declared.outside
    )
    columns = evolution.columns(declared.columns, seen)
    detections = None
    remarks = _still_blind(found)
    if topic.rules and any(map(is_query, declared.script)):
        matching = matching_of(declared.script)
        remarks += _other_matching(matching, topic.alerts.matching)
        as_deployed = replace(
            topic.alerts,
            layout=layout_of(declared.script) or topic.alerts.layout,
            matching=matching or topic.alerts.matching,
        )
        files = replace(base.files, evidence=seen, topic=replace(topic, alerts=as_deployed))
        detections = detections_over(files, declared.stream, columns, declared.time_column)
    left_out = list(evolution.left_out.items())
    made = plan(declared, columns, seen, detections=detections, left_out=left_out)
    return replace(made, remarks=[*remarks, *made.remarks])


def _other_matching(deployed: Matching | None, configured: Matching) -> list[str]:
    """Remark that the rules go on matching as they do, where schemagen.toml differs."""
    if deployed is None or deployed == configured:
        return []
    remark = (
        f"The deployed rules match by `{deployed}` and schemagen.toml says `{configured}`: here "
        f"they match by `{deployed}` as before. `schemagen ddl --out FILE` writes them as "
        "schemagen.toml says."
    )
    return [remark]


def _still_blind(found: Drift) -> list[str]:
    """Name the detections that no statement can help: what they need is gone from the data."""
    return [
        f"{each.name} stays blind: {finding.place} {_fate(finding)}. Change the rule."
        for finding in found.findings
        if finding.kind is FindingClass.BLINDS and finding.waiver is None
        for each in finding.blinded
        if not each.partly
    ]


def _fate(finding: Finding) -> str:
    if finding.now is None or finding.now.count:
        return "holds what it can't match"
    emptied = "object" in finding.now.kinds
    return "holds nothing any more" if emptied else "is gone from the data"
