"""A report of a topic as one HTML file: nothing in it is loaded from anywhere."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from schemagen import __version__
from schemagen.detections.bound import Status
from schemagen.detections.cost import predicted
from schemagen.detections.selection import LEVELS
from schemagen.report.attack.coverage import Cell, can_match
from schemagen.report.attack.table import TACTICS, VERSION
from schemagen.report.page.charts import stacked
from schemagen.report.page.correlation_view import correlation_views
from schemagen.report.page.coverage import Coverage, coverage_of
from schemagen.report.page.drift_view import DriftView
from schemagen.report.page.history_view import history_view
from schemagen.report.page.next_steps import next_steps
from schemagen.report.page.rule_view import DetectionView, unlocking
from schemagen.report.page.sample_view import SHOWN, SampleView, span
from schemagen.report.page.schema_view import SchemaView, kind_shares
from schemagen.report.page.texts import name, packed, safe, script_json, shown
from schemagen.report.rules import problem_line, shared_lines, totals
from schemagen.words import counted, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.report.page.model import TopicReport

STATES = {
    Status.BOUND: ("Bound", "can match on this topic"),
    Status.RARE: ("Rare", "can match, but a field it needs is hardly ever there"),
    Status.NEVER: ("Never", "could match, but no sampled event is of its kind"),
    Status.UNFILTERED: ("Unfiltered", "lacks a field by which it leaves events out"),
    Status.UNBOUND: ("Unbound", "can't match: the topic lacks what it needs"),
    Status.TYPE_CLASH: ("Type clash", "can't match: a column's type can't be compared"),
    Status.UNSUPPORTED: ("Unsupported", "can't be expressed in ksqlDB"),
}
"""What people read of each status."""

_PROBLEMS = 50
_SCRIPTS = ("page.js", "looks.js", "matrix.js", "detections.js", "fields.js")
_DIVIDED = re.compile(r"([A-Za-z]{4,}?)(?=(?:tion|ture|ment|sance|ing|ity)s?\b)")


def page(report: TopicReport) -> str:
    """Write the page of a topic."""
    detections = DetectionView(report)
    schema = SchemaView(report, detections.fields())
    coverage = coverage_of(report)
    heat = schema.heat()
    places = {each.rule.id: place for place, each in enumerate(detections.detections)}
    counts = totals(report.rules.all)
    sample = None if report.evidence is None else SampleView(report, report.evidence)
    history = history_view(report.history)
    numbers = {id(cell): number for number, cell in enumerate(coverage.cells())}
    style, script = _asset("page.css"), _script()
    context = {
        "topic": name(report.topic),
        "version": __version__,
        "attack": VERSION,
        "report": report,
        "style": Markup(style),  # noqa: S704 - ours
        "script": Markup(script),  # noqa: S704 - ours
        "style_hash": _hash(style),
        "script_hash": _hash(script),
        "data": script_json(
            _data(report, detections, coverage)
            | {"fields": schema.fields(), "heat": None if heat is None else heat.shares}
        ),
        "details": packed(detections.details()),
        "states": {str(status): texts for status, texts in STATES.items()},
        "tactics": TACTICS,
        "counts": counts,
        "able": sum(counts[str(status)] for status in STATES if can_match(status)),
        "bar": stacked(list(counts.items())),
        "coverage": coverage,
        "cell_index": lambda cell: numbers[id(cell)],
        "steps": next_steps(report),
        "unlocking": unlocking(report.rules.rules),
        "schema": schema,
        "kinds": [] if report.evidence is None else kind_shares(report.evidence.profile.kinds),
        "heat": heat,
        "sample": sample,
        "sample_span": span(report.sources()),
        "shown": SHOWN,
        "drift": None if report.drift is None else DriftView(report.drift),
        "history": history,
        "correlations": correlation_views(
            report.rules.correlations,
            places,
            None if report.replay is None else detections.events,
        ),
        "alerted": len(detections.events),
        "problems": [problem_line(each) for each in report.rules.problems[:_PROBLEMS]],
        "more_problems": max(len(report.rules.problems) - _PROBLEMS, 0),
        "remarks": [*report.rules.remarks, *shared_lines(report.rules.rules)],
        "queries": report.rules.queries,
        "microseconds": predicted(report.rules.queries),
        "cases": _cases(report),
    }
    return _environment().get_template("page.html.j2").render(context)


def _data(report: TopicReport, detections: DetectionView, coverage: Coverage) -> dict[str, Any]:
    """Return what the page's script reads of detections and techniques."""
    cells = coverage.cells()
    numbers = {id(cell): number for number, cell in enumerate(cells)}
    return {
        "states": {str(status): list(texts) for status, texts in STATES.items()},
        "levels": list(reversed(LEVELS)),
        "replayed": int(report.replay is not None),
        "rules": detections.rows(),
        "cells": [
            [
                f"{cell.technique.id} {cell.technique.name}".strip(),
                cell.detections,
                [numbers[id(part)] for part in cell.parts],
            ]
            for cell in cells
        ],
    }


def _cases(report: TopicReport) -> str:
    if not report.cases:
        return ""
    outcomes = [each for result in report.cases for each in result.outcomes]
    failed = sum(not result.passed for result in report.cases)
    passed = sum(each.passed for each in outcomes)
    rules = counted(len(report.cases), "rule")
    return f"{passed:,} of {counted(len(outcomes), 'test case')} of {rules} pass" + (
        f"; {counted(failed, 'rule')} failed." if failed else "."
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


@cache
def _script() -> str:
    """Join the scripts: each is a part of one, which leaves no name behind in the page."""
    parts = "\n".join(map(_asset, _SCRIPTS))
    return f'"use strict";\n(() => {{\n{parts}}})();\n'


@cache
def _asset(file: str) -> str:
    return resources.files(__package__).joinpath("templates", file).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "percent": percent,
        "counted": counted,
        "slug": _slug,
        "soft": _soft,
        "ticks": _ticks,
        "number": _number,
    }
    made.globals["cell_label"], made.globals["able_of"] = _cell_label, _able_of
    made.globals["parts_of"] = lambda counts: stacked(_ordered(counts))
    return made


def _slug(status: Any) -> str:
    """Write a status as a class of the style sheet: `type-clash`; `none` for none."""
    return str(status).lower() if status else "none"


def _soft(text: str) -> Markup:
    """Say where long words of a name may be divided, and that they may after a slash."""
    divided = _DIVIDED.sub(r"\1&shy;", str(escape(safe(text)))).replace("/", "/<wbr>")
    return Markup(divided)  # noqa: S704 - escaped before


def _ticks(text: str) -> Markup:
    """Write a sentence with what stands in backticks as code, where they come in pairs."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(safe(text))
    made = [escape(safe(part)) for part in parts]
    made[1::2] = [Markup("<code>{}</code>").format(part) for part in made[1::2]]
    return Markup("").join(made)


def _number(value: float) -> str:
    return f"{value:,}"


def _cell_label(cell: Cell, *, whole: bool = True) -> str:
    """Say all that a cell shows, for who hears it."""
    counts = cell.total if whole else cell.counts
    status = cell.whole if whole else cell.status
    named = f"{cell.technique.id} {cell.technique.name}".strip() or "rules without a technique"
    parts = ", ".join(f"{n:,} {STATES[each][0].lower()}" for each, n in _ordered(counts))
    state = STATES[status][0] if status else "no rule"
    fired = cell.fired_whole if whole else cell.fired
    alerts = f"; {counted(fired, 'rule')} fired" if fired else ""
    return f"{named}: {state}. {parts}{alerts}"


def _able_of(cell: Cell, whole: bool = True) -> int:  # noqa: FBT001, FBT002 - for templates
    counts = cell.total if whole else cell.counts
    return sum(n for status, n in counts.items() if can_match(status))


def _ordered(counts: Any) -> Sequence[tuple[Status, int]]:
    return [(status, counts[status]) for status in Status if counts[status]]
