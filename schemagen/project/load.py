"""Finding and reading schemagen.toml."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemagen.choices import (
    AlertKey,
    CorrelationWindows,
    Integers,
    Layout,
    Logsource,
    Matching,
    Quote,
    ValueFormat,
)
from schemagen.project.kafka import check_variables, is_secret, is_variable
from schemagen.project.ksqldb import read_table
from schemagen.project.model import (
    AlertsConfig,
    Project,
    RuleSelection,
    RuleWaiver,
    TopicConfig,
    WaiverConfig,
)
from schemagen.project.tables import TomlDocument
from schemagen.topics import NAME_HINT, is_topic_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from schemagen.project.tables import Table

FILE_NAME = "schemagen.toml"
_MOST_KIND_FIELDS = 2


def load(path: Path | None = None) -> Project:
    """Read the project file.

    Args:
        path: the file; None to look for a schemagen.toml in the current folder and those above it,
            up to the one with a `.git`. It may be missing.

    Raises:
        InputError: the file named doesn't exist, or a file has a fault.

    """
    found = _find(Path.cwd()) if path is None else path
    if found is None:
        return Project(root=Path.cwd())
    root = found.absolute().parent
    document = TomlDocument(found)
    top = document.root()
    kafka = _kafka(top.table("kafka"))
    registry = read_table(top.table("registry"))
    ksqldb = read_table(top.table("ksqldb"))
    named = top.table("topics")
    topics = {name: _topic(name, table, named, root) for name, table in named.tables()}
    top.done()
    _check_files(topics, named)
    return Project(root, found, kafka, registry, ksqldb, topics)


def _check_files(topics: Mapping[str, TopicConfig], named: Table) -> None:
    """Refuse two topics that would overwrite each other's statements."""
    writers: dict[Path, str] = {}
    for name, topic in topics.items():
        if topic.out is not None:
            other = writers.setdefault(topic.out.resolve(), name)
            if other != name:
                raise named.error(
                    name,
                    f'the topics "{other}" and "{name}" have the same file of statements',
                    "Give each its own `out`.",
                )


def _find(start: Path) -> Path | None:
    for folder in (start, *start.parents):
        candidate = folder / FILE_NAME
        if candidate.is_file():
            return candidate
        if (folder / ".git").exists():
            break
    return None


def _kafka(table: Table) -> dict[str, str]:
    properties = {}
    for key, value in table.leaves():
        text = _property(value)
        if text is None:
            raise table.error(
                key,
                f"the Kafka property {key} must be a text, a number, true or false",
                'Write a list as one text with commas: "host1:9092,host2:9092".',
            )
        if is_secret(key) and not is_variable(text):
            raise table.error(
                key,
                f"the secret {key} stands in the file: secrets come by ${{ENV}} only",
                f'Write "{key}" = "${{A_NAME}}", and set that variable in the environment.',
            )
        if not check_variables(text):
            raise table.error(
                key,
                f"the Kafka property {key} has a ${{ that begins no variable",
                'Write "${NAME}": letters, digits and underscores between the braces.',
            )
        properties[key] = text
    return properties


def _property(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def _topic(name: str, table: Table, topics: Table, root: Path) -> TopicConfig:
    if not is_topic_name(name):
        raise topics.error(
            name,
            f'"{name}" can\'t be the name of a topic',
            NAME_HINT,
        )
    config = TopicConfig(
        name=name,
        stream=table.text("stream"),
        format=table.maybe_choice("format", ValueFormat),
        subject=table.text("subject"),
        event_time=table.text("event_time"),
        rules=tuple(root / rule for rule in table.texts("rules")),
        out=_file(table.text("out"), root),
        select=_select(table.table("select")),
        rule_waivers=tuple(_rule_waiver(row) for row in table.rows("rule_waivers")),
        pipelines=tuple(_pipeline(pipeline, root) for pipeline in table.texts("pipelines")),
        logsource=table.choice("logsource", Logsource.CHECKED),
        alerts=_alerts(table.table("alerts")),
        correlation_windows=table.choice("correlation_windows", CorrelationWindows.TRAILING),
        correlation_grace=table.length("correlation_grace"),
        unwrap=table.texts("unwrap"),
        rescue=table.truth("rescue"),
        accelerator=table.truth("accelerator"),
        types=_types(table.table("types")),
        maps=table.texts("maps"),
        not_maps=table.texts("not_maps"),
        include=table.texts("include"),
        exclude=table.texts("exclude"),
        integers=table.choice("integers", Integers.BIGINT),
        quote=table.choice("quote", Quote.NEEDED),
        min_presence=table.share("min_presence"),
        depth=table.positive("depth"),
        keywords=table.texts("keywords"),
        kind=_kind(table),
        max_kinds=table.positive("max_kinds"),
        waivers=tuple(_waiver(row) for row in table.rows("waivers")),
    )
    table.done()
    return config


def _kind(table: Table) -> tuple[str, ...] | None:
    kind = table.maybe_texts("kind")
    if kind is not None and len(kind) > _MOST_KIND_FIELDS:
        raise table.error(
            "kind",
            f"`kind` names {len(kind)} fields, and kinds are told by one or two",
            'Write kind = ["winlog.channel", "winlog.event_id"].',
        )
    return kind


def _file(text: str | None, root: Path) -> Path | None:
    return None if text is None else root / text


def _select(table: Table) -> RuleSelection:
    selection = RuleSelection(
        levels=table.texts("level"),
        status=table.texts("status"),
        tags=table.texts("tags"),
        logsources=table.texts("logsource"),
        rules=table.texts("rules"),
        exclude=table.texts("exclude"),
    )
    table.done()
    return selection


def _waiver(row: Table) -> WaiverConfig:
    path, finding = row.text("path"), row.text("finding")
    owner, reason, expires = _accepted(row)
    if path is None and finding is None:
        raise row.error(
            "path",
            "a waiver says neither which path nor which finding it is about",
            "Name a path, a class of findings such as misses, or a fingerprint.",
        )
    return WaiverConfig(owner, reason, expires, path or "", finding or "")


def _rule_waiver(row: Table) -> RuleWaiver:
    rule, status = row.text("rule"), row.text("status")
    owner, reason, expires = _accepted(row)
    if rule is None:
        raise row.error(
            "rule",
            "a waiver doesn't say which rule it is about",
            "Name the rule by its id, its title or its path, or several by a glob.",
        )
    return RuleWaiver(owner, reason, expires, rule, status or "")


def _accepted(row: Table) -> tuple[str, str, date]:
    """Read who accepts what a waiver is about, why, and until when."""
    owner, reason, expires = row.text("owner"), row.text("reason"), row.day("expires")
    row.done()
    if owner is None or reason is None or expires is None:
        lacking = next(
            key
            for key, value in (("owner", owner), ("reason", reason), ("expires", expires))
            if value is None
        )
        raise row.error(
            lacking,
            f"a waiver has no {lacking}",
            "It needs owner, reason and expires, such as expires = 2026-12-31.",
        )
    return owner, reason, expires


def _pipeline(text: str, root: Path) -> str:
    """Return a pipeline's name as it is, a pipeline's file as a path."""
    return str(root / text) if "/" in text or text.endswith((".yml", ".yaml")) else text


def _alerts(table: Table) -> AlertsConfig:
    config = AlertsConfig(
        stream=table.text("stream"),
        topic=table.text("topic"),
        layout=table.maybe_choice("layout", Layout),
        matching=table.choice("matching", Matching.SAFE),
        partitions=table.positive("partitions"),
        replicas=table.positive("replicas"),
        retention=table.length("retention"),
        key=table.maybe_choice("key", AlertKey),
        event=table.truth("event"),
    )
    table.done()
    return config


def _types(table: Table) -> dict[str, str]:
    types = {}
    for path, value in table.leaves():
        if not isinstance(value, str) or not value.strip():
            raise table.error(
                path,
                f'the type of "{path}" must be a text',
                'Write a ksqlDB type, such as "BIGINT" or "MAP<VARCHAR, VARCHAR>".',
            )
        types[path] = value
    return types
