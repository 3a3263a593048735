"""A fresh sample against the baseline: its evidence, its waivers, the plan for what it shows."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING

from schemagen.choices import AlertKey
from schemagen.deploy.detections import layout_of, matching_of
from schemagen.detections.alert_key import has_event, has_key
from schemagen.drift.compare import compare
from schemagen.drift.declared import format_of
from schemagen.drift.evolution import ColumnEvolution, wanted_by
from schemagen.drift.findings import FindingClass
from schemagen.drift.plan import changed_rules, plan
from schemagen.drift.waivers import waive
from schemagen.errors import InputError
from schemagen.ksqldb.scripts import is_query
from schemagen.profile.evidence import load_evidence, merge_evidence
from schemagen.schema.declared import maps_of
from schemagen.schema.maps import MapPolicy
from schemagen.schema.shape import copied
from schemagen.workspace.columns import column_policy, map_policy
from schemagen.workspace.paths import once
from schemagen.workspace.statements import detections_over

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from sqlglot import exp

    from schemagen.choices import Matching
    from schemagen.deploy.plan import Plan
    from schemagen.drift.compare import Baseline, DriftOptions
    from schemagen.drift.findings import Drift, Finding
    from schemagen.ksqldb.types import Struct
    from schemagen.profile.evidence import Evidence
    from schemagen.profile.nodes import Node
    from schemagen.project import TopicConfig
    from schemagen.sources.registry.source import RegistrySchema
    from schemagen.workspace.baseline import CommittedTopic

_FINGERPRINT = re.compile("[0-9a-f]{16}")


def merged(files: Sequence[Path], topic: str) -> Evidence:
    """Read evidence files of a topic, and merge them.

    Raises:
        InputError: one can't be read, is of another topic, or is named twice.

    """
    parts = [load_evidence(file) for file in once(files)]
    for file, part in zip(files, parts, strict=True):
        if part.name != topic:
            raise InputError(
                f"{file} is evidence of the topic {part.name}, not of {topic}.",
                "Name the topic, or evidence of it.",
            )
    return merge_evidence(parts, topic)


def check_waivers(topic: TopicConfig) -> None:
    """Refuse a waiver of a finding that there can't be.

    Raises:
        InputError: a waiver names neither a class of findings nor a fingerprint.

    """
    kinds = [str(kind) for kind in FindingClass]
    for waiver in topic.waivers:
        named = waiver.finding
        if named and named not in kinds and not _FINGERPRINT.fullmatch(named):
            near = get_close_matches(named, kinds, 1)
            raise InputError(
                f"schemagen.toml, topic {topic.name}: a waiver is of the finding {named!a}, which "
                "is neither a class nor a fingerprint.",
                f'Did you mean "{near[0]}"?' if near else f"Classes are {', '.join(kinds)}.",
            )


def compared(
    base: CommittedTopic, fresh: Evidence, options: DriftOptions, registry: RegistrySchema | None
) -> Drift:
    """Compare a fresh sample with what is committed, and waive what is accepted today.

    Args:
        base: what is committed.
        fresh: the sample's evidence.
        options: how.
        registry: what a registry says of the sample's values, None where none was asked.

    """
    known = registry or base.baseline.registry
    maps = maps_of(options.maps or MapPolicy(), known)
    how = replace(options, maps=maps, registry=registry)
    found = compare(base.files.topic.name, base.baseline, fresh, how)
    return waive(found, base.files.topic.waivers, datetime.now(UTC).date())


def plan_for(base: CommittedTopic, fresh: Evidence, found: Drift) -> Plan:
    """Plan the way to what the data asks for, the detections compiled anew where rules are.

    Args:
        base: what the sample was compared with.
        fresh: the sample's evidence.
        found: what the comparison found.

    Raises:
        InputError: a rule's path or a pipeline doesn't exist.

    """
    declared, topic = base.baseline.declared, base.files.topic
    if not topic.rules or not any(map(is_query, declared.script)):
        return plan_from(base.baseline, topic, fresh, found)
    matching = matching_of(declared.script)
    as_deployed = replace(
        topic.alerts,
        layout=layout_of(declared.script) or topic.alerts.layout,
        matching=matching or topic.alerts.matching,
        key=AlertKey.HOST if has_key(declared.script) else AlertKey.NONE,
        event=has_event(declared.script),
    )
    files = replace(base.files, topic=replace(topic, alerts=as_deployed))

    def compiled(columns: Struct, seen: Node) -> list[exp.Expression]:
        now = replace(files, evidence=seen)
        return detections_over(
            now, declared.stream, columns, declared.time_column, format_of(declared.statement)
        )

    remarks = _other_matching(matching, topic.alerts.matching)
    return plan_from(base.baseline, topic, fresh, found, compiled, remarks)


def plan_from(  # noqa: PLR0913, PLR0917 - the last two are for who compiles rules
    base: Baseline,
    topic: TopicConfig,
    fresh: Evidence,
    found: Drift,
    compiled: Callable[[Struct, Node], list[exp.Expression]] | None = None,
    remarks: Sequence[str] = (),
) -> Plan:
    """Plan the way from a baseline to what the data asks for.

    Args:
        base: what the sample was compared with.
        topic: the topic's settings.
        fresh: the sample's evidence.
        found: what the comparison found.
        compiled: compiles the detections over other columns, by all that was seen; None to leave
            the queries as they are.
        remarks: what else a reader of the plan must know.

    """
    declared, before = base.declared, base.evidence
    seen = copied([fresh.profile.root, *([] if before is None else [before.profile.root])])
    evolution = ColumnEvolution(
        wanted_by(found, declared),
        column_policy(topic, base.registry),
        maps_of(map_policy(topic), base.registry),
        declared.outside,
    )
    columns = evolution.columns(declared.columns, seen)
    detections = None if compiled is None else compiled(columns, seen)
    left_out = list(evolution.left_out.items())
    blinded = {each.id for finding in found.failing for each in finding.blinded if each.id}
    changed = changed_rules(declared.script, detections or (), blinded)
    made = plan(
        declared,
        columns,
        seen,
        detections=detections,
        changed=list(changed.values()),
        left_out=left_out,
    )
    return replace(made, remarks=[*_still_blind(found, changed), *remarks, *made.remarks])


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


def _still_blind(found: Drift, changed: Collection[str]) -> list[str]:
    """List the detections that no statement can help: what they need is gone from the data.

    Args:
        found: what the comparison found.
        changed: the ids of the rules that match in another way when they are compiled anew.

    """
    return [
        f"{each.name} stays blind: {finding.place} {_fate(finding)}. Change the rule."
        for finding in found.findings
        # Where events of a kind stopped coming, or others came, no rule is at fault.
        if finding.kind is FindingClass.BLINDS and finding.waiver is None and not finding.events
        for each in finding.blinded
        if not each.partly and each.id not in changed
    ]


def _fate(finding: Finding) -> str:
    if finding.now is None or finding.now.count:
        return "holds what it can't match"
    emptied = "object" in finding.now.types
    return "holds nothing any more" if emptied else "is gone from the data"
