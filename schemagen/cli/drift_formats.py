"""The formats of `schemagen drift`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemagen.drift.findings import Drift, Finding


class DriftFormat(StrEnum):
    """How `drift` reports."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    GITHUB = "github"
    SARIF = "sarif"
    JUNIT = "junit"


def written(
    found: Drift, format_: DriftFormat, locate: Callable[[Finding], tuple[str, int] | None]
) -> str:
    """Write the report in a format, each of which loads what it needs and no more.

    Args:
        found: what was found.
        format_: the format.
        locate: finds the file and line at which a finding is shown, None for none.

    """
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
    if format_ is DriftFormat.SARIF:
        from schemagen.files import to_json
        from schemagen.report.drift_sarif import sarif_report

        return to_json(sarif_report(found, locate))
    if format_ is DriftFormat.JUNIT:
        from schemagen.report.drift_junit import drift_junit

        return drift_junit(found, locate)
    from schemagen.report.drift_github import github_commands

    return github_commands(found, locate)
