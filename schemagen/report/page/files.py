"""A report as the files that are written of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.files import to_json
from schemagen.report.attack.dettect import dettect_file
from schemagen.report.attack.navigator import navigator_layer
from schemagen.report.page.coverage import coverage_of
from schemagen.report.page.sample_view import newest_day

if TYPE_CHECKING:
    from pathlib import Path

    from schemagen.report.page.model import TopicReport


def written_report(report: TopicReport, form: str) -> str:
    """Write a report as `html` or `markdown`."""
    # Loaded here: the short form needs no templates.
    if form == "markdown":
        from schemagen.report.page.markdown import report_markdown  # noqa: PLC0415

        return report_markdown(report)
    from schemagen.report.page.render import page  # noqa: PLC0415

    return page(report)


def companions(
    report: TopicReport, navigator: Path | None, dettect: Path | None
) -> dict[Path, str]:
    """Write what other tools read of a report, by the file that it goes to.

    Args:
        report: the report.
        navigator: where the layer of the ATT&CK Navigator goes, None for nowhere.
        dettect: where DeTT&CT's data sources go, None for nowhere.

    """
    if navigator is None and dettect is None:
        return {}
    coverage, found = coverage_of(report), {}
    if navigator is not None:
        layer = navigator_layer(report.topic, coverage.columns, report.rules.all)
        found[navigator] = to_json(layer)
    if dettect is not None:
        products, day = report.rules.products, newest_day(report.sources())
        found[dettect] = dettect_file(report.topic, coverage.sources, products, day)
    return found
