"""Comparisons for the tests of what is said about them."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from schemagen.drift.findings import (
    AffectedDetection,
    Drift,
    Finding,
    FindingClass,
    LostAlerts,
    Observation,
)
from schemagen.profile.paths import ANY_KEY, ITEMS
from schemagen.project import WaiverConfig

HOSTILE = [
    "::error::x",
    "a\n::error file=x::pwned",
    "\r::stop-commands::x",
    "##[set-env name=PATH;]x",
    "%0A::error::x",
    "a|b\\|c",
    "<script>alert(1)</script>",
    "</details>-->",
    "]]>",
    "\x1b[31mred\x07",
    "\u202egnp.exe",
    "half \ud800",
    "[link](http://example.org) ![i](x)",
    "`code` *bold* _it_ @everyone #1",
    "{0} {1}",
    "[bold red]markup[/]",
    "",
    " ",
    "x" * 3_000,
]
"""Texts that would be something else in one of the formats."""


def finding(kind=FindingClass.DROPS, path=("event", "code"), **more):
    """Make a finding with plain texts where none are given."""
    values = {
        "topic": "winlogbeat",
        "what": "Texts have come where the declared type takes whole numbers",
        "remedy": "Declare the field as VARCHAR",
        "count": 12,
        "of": 4_000,
    } | more
    return Finding(kind=kind, path=path, **values)


def drift(*findings, **more):
    """Make a comparison with these findings."""
    values = {
        "topic": "winlogbeat",
        "baselines": ["schemas/winlogbeat.schema.json"],
        "messages_before": 50_000,
        "messages": 4_000,
        "records": 4_003,
        "tests": 120,
        "unsure": 7,
        "confidence": 0.99,
    } | more
    return Drift(findings=findings, **values)


WAIVER = WaiverConfig("soc@example.org", "The new agent is being rolled out", date(2030, 1, 31))
BLINDED = [
    AffectedDetection("Low One", "id-1", "low"),
    AffectedDetection("Critical One", "id-2", "critical", partly=True),
    AffectedDetection("ALERTS_HIGH", "", ""),
]


def one_of_each():
    """Make a comparison with a finding of every class, one of them accepted."""
    findings = [finding(kind, ("field", str(kind))) for kind in FindingClass]
    rich = finding(
        FindingClass.BLINDS,
        ("winlog", "event_data", "Image"),
        what="The field is gone",
        declared="VARCHAR",
        before=Observation(3_990, 4_000, {"string": 3_990}),
        now=Observation(0, 4_000),
        blinded=BLINDED,
        related=[("process", "executable"), ("hosts", ITEMS), ("labels", ANY_KEY)],
        exact=False,
    )
    accepted = finding(FindingClass.DROPS, ("accepted",), waiver=WAIVER)
    return drift(*reversed(findings), rich, accepted)


TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=12))
_STEPS = st.one_of(st.sampled_from(["a", "b c", '"', ITEMS, ANY_KEY]), TEXTS)
_COUNTS = st.one_of(st.integers(0, 9), st.integers(0, 10**12))
_SIGHTS = st.builds(
    lambda a, b, kinds: Observation(min(a, b), max(a, b), kinds),
    _COUNTS,
    _COUNTS,
    st.dictionaries(TEXTS, _COUNTS, max_size=3),
)
_DETECTIONS = st.builds(
    AffectedDetection, TEXTS, TEXTS, st.one_of(st.sampled_from(["", "high"]), TEXTS), st.booleans()
)
_WAIVERS = st.builds(WaiverConfig, TEXTS, TEXTS, st.dates(), TEXTS, TEXTS)
FINDINGS = st.builds(
    lambda a, b, **rest: Finding(count=min(a, b), of=max(a, b), **rest),
    a=_COUNTS,
    b=_COUNTS,
    topic=TEXTS,
    kind=st.sampled_from(FindingClass),
    path=st.lists(_STEPS, max_size=4).map(tuple),
    what=TEXTS,
    remedy=TEXTS,
    exact=st.booleans(),
    declared=TEXTS,
    before=st.none() | _SIGHTS,
    now=st.none() | _SIGHTS,
    blinded=st.lists(_DETECTIONS, max_size=8),
    related=st.lists(st.lists(_STEPS, max_size=2).map(tuple), max_size=8),
    waiver=st.none() | _WAIVERS,
)
DRIFTS = st.builds(
    Drift,
    topic=TEXTS,
    baselines=st.lists(TEXTS, max_size=7),
    findings=st.lists(FINDINGS, max_size=6),
    messages_before=st.none() | _COUNTS,
    messages=_COUNTS,
    records=_COUNTS,
    tests=_COUNTS,
    unsure=_COUNTS,
    confidence=st.floats(0, 1),
    fail_on=st.frozensets(st.sampled_from(FindingClass)),
    remarks=st.lists(TEXTS, max_size=3),
    replayed=_COUNTS,
    lost=st.none() | st.lists(st.builds(LostAlerts, _DETECTIONS, _COUNTS, _COUNTS), max_size=3),
)
PLACES = st.none() | st.tuples(TEXTS.filter(bool), st.integers(1, 10**6))
