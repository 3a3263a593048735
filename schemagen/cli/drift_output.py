"""What `schemagen drift` writes: each format loads what it needs and no more."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from schemagen.cli.baseline import CommittedTopic
    from schemagen.cli.common import Output
    from schemagen.drift.findings import Drift, Finding


class DriftFormat(StrEnum):
    """How `drift` reports."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    GITHUB = "github"
    SARIF = "sarif"
    JUNIT = "junit"


def report(
    found: Drift, base: CommittedTopic, format_: DriftFormat, out: Path | None, voice: Output
) -> None:
    """Write the report: to a file, or to standard output."""
    from schemagen.files import write_text

    if format_ is DriftFormat.TEXT and out is None:
        from schemagen.report.drift_text import drift_text

        voice.show(drift_text(found))
        return
    text = _text(found, base, format_)
    if out is not None:
        write_text(out, text)
    else:
        sys.stdout.write(text)


def _text(found: Drift, base: CommittedTopic, format_: DriftFormat) -> str:
    """Give the report in a format; each loads what it needs and no more."""
    if format_ is DriftFormat.TEXT:
        from schemagen.report.console import plain_text
        from schemagen.report.drift_text import drift_text

        return plain_text(drift_text(found))
    if format_ is DriftFormat.JSON:
        from schemagen.files import to_json
        from schemagen.report.drift_json import drift_report

        return to_json(drift_report(found))
    if format_ is DriftFormat.MARKDOWN:
        from schemagen.report.drift_markdown import drift_markdown

        return drift_markdown(found)
    return _located(found, base, format_)


def _located(found: Drift, base: CommittedTopic, format_: DriftFormat) -> str:
    """Give the report in a format that tells of lines of files."""
    from schemagen.report.lines import field_lines, line_of

    lines = field_lines(base.schema_text)

    def locate(finding: Finding) -> tuple[str, int] | None:
        if base.file is None:
            return None
        return base.file, line_of(lines, finding.path) if base.schema_text else base.line

    if format_ is DriftFormat.SARIF:
        from schemagen.files import to_json
        from schemagen.report.drift_sarif import sarif_report

        return to_json(sarif_report(found, locate))
    if format_ is DriftFormat.JUNIT:
        from schemagen.report.drift_junit import drift_junit

        return drift_junit(found, locate)
    from schemagen.report.drift_github import github_commands

    return github_commands(found, locate)
