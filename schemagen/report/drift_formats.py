"""The formats of the drift report; only what writes the one that is asked for is loaded."""

from __future__ import annotations

from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING

from schemagen.files import to_json
from schemagen.report.console import plain_text

if TYPE_CHECKING:
    from schemagen.drift.findings import Drift
    from schemagen.report.drift_phrases import Locate


class DriftFormat(StrEnum):
    """How `drift` reports."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    GITHUB = "github"
    SARIF = "sarif"
    JUNIT = "junit"


_WRITERS = {
    DriftFormat.JSON: ("drift_json", "drift_report"),
    DriftFormat.MARKDOWN: ("drift_markdown", "drift_markdown"),
    DriftFormat.GITHUB: ("drift_github", "github_commands"),
    DriftFormat.SARIF: ("drift_sarif", "sarif_report"),
    DriftFormat.JUNIT: ("drift_junit", "drift_junit"),
}
_LOCATING = {DriftFormat.GITHUB, DriftFormat.SARIF, DriftFormat.JUNIT}
"""The formats that show findings at lines of files."""


def drift_in(format_: DriftFormat, drift: Drift, locate: Locate, *, verbose: bool = False) -> str:
    """Write a drift report.

    Args:
        format_: the format.
        drift: what came of the comparison.
        locate: finds the file and line of a finding, None where it is nowhere in the repository.
        verbose: show in full what does not fail, too; for text.

    """
    if format_ is DriftFormat.TEXT:
        from schemagen.report.drift_text import drift_text  # noqa: PLC0415 - as the others

        return plain_text(drift_text(drift, verbose=verbose))
    module, name = _WRITERS[format_]
    write = getattr(import_module(f"schemagen.report.{module}"), name)
    written = write(drift, locate) if format_ in _LOCATING else write(drift)
    return written if isinstance(written, str) else to_json(written)
