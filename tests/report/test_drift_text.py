"""A comparison for people."""

from __future__ import annotations

import io

import pytest
from drift_samples import BLINDED, DRIFTS, HOSTILE, WAIVER, drift, finding, one_of_each
from hypothesis import given
from rich.cells import cell_len
from rich.console import Console

from schemagen.drift.findings import AffectedDetection, FindingClass, Observation
from schemagen.report.drift_text import drift_text


def _printed(made, width=4_000, *, colour=False, verbose=False):
    file = io.StringIO()
    console = Console(file=file, width=width, highlight=False, force_terminal=colour)
    console.print(drift_text(made, verbose=verbose))
    return file.getvalue()


def test_a_finding_in_full():
    made = finding(
        FindingClass.BLINDS,
        ("winlog", "event_data", "Image"),
        what="The field is gone",
        remedy="Map the rules to its new name",
        declared="VARCHAR",
        exact=False,
        before=Observation(3_990, 4_000, {"string": 3_990}),
        now=Observation(0, 4_000),
        blinded=BLINDED,
        related=[("process", "executable")],
    )
    assert _printed(drift(made, remarks=["The topic is compacted"])) == (
        "winlogbeat: 1 finding fails (1 blinds)\n"
        "3 detections are blinded (1 partly): 1 critical, 1 low, 1 without a level\n"
        "\n"
        "blinds    winlog.event_data.Image  VARCHAR\n"
        "          The field is gone. At most 12 of 4,000 objects (0.30%).\n"
        "before    3,990 of 4,000 (99.8%): text 3,990\n"
        "now       0 of 4,000 (0%)\n"
        "see       process.executable\n"
        "blinded   Critical One (critical, partly); Low One (low); ALERTS_HIGH\n"
        "do        Map the rules to its new name.\n"
        f"id        {made.fingerprint}\n"
        "\n"
        "1 finding: 1 blinds; 1 fails.\n"
        "Compared 4,000 messages of 4,003 records with the evidence of 50,000 messages. "
        "Of 120 shares that were compared, 7 differ by no more than chance explains; with 99.0% "
        "confidence, chance alone makes none of them a finding.\n"
        "The topic is compacted.\n"
    )


def test_without_findings_it_is_one_sentence():
    assert _printed(drift()) == (
        "winlogbeat: no drift in 4,000 messages against schemas/winlogbeat.schema.json.\n"
    )


@pytest.mark.parametrize("verbose", [False, True])
def test_the_gravest_come_first_then_what_does_not_fail_then_what_is_accepted(verbose):
    text = _printed(one_of_each(), verbose=verbose)
    marks = [
        "winlogbeat: 5 findings fail (1 drops, 1 format, 1 alters, 2 blinds)",
        "drops     field.drops",
        "format    field.format",
        "alters    field.alters",
        "blinds    field.blinds",
        "blinds    winlog.event_data.Image",
        "These do not fail",
        "misses    field.misses",
        "waiver    field.waiver",
        "These are accepted:",
        "drops     accepted",
        "Accepted by soc@example.org until 2030-01-31: The new agent is being rolled out.",
        "12 findings: 2 drops, 1 format",
    ]
    places = [text.index(mark) for mark in marks]
    assert places == sorted(places)


def test_what_does_not_fail_is_one_line_a_class_unless_all_is_asked_for():
    many = [finding(FindingClass.MISSES, (f"f{n}",), count=n) for n in range(9)]
    one = finding(FindingClass.RARER, ("o",), what="in 1 of 9")
    text = _printed(drift(finding(), *many, one))
    assert (
        "These do not fail (in full with --verbose):\n"
        "misses    9: f8, f7, f6, f5, f4 and 4 more\n"
        "rarer     o: In 1 of 9.\n"
    ) in text
    full = _printed(drift(finding(), *many, one), verbose=True)
    assert "These do not fail:\n" in full
    assert all(each.fingerprint in full for each in many)


def test_how_many_events_a_detection_sees_is_written_beside_it():
    before, now = Observation(500, 500), Observation(450, 500)
    blind = AffectedDetection("R", "", "high", partly=True, before=before, now=now)
    text = _printed(drift(finding(FindingClass.BLINDS, blinded=[blind])))
    assert "R (high, partly, sees 450 of 500 events, before 500 of 500)" in text


def test_when_nothing_fails_it_says_so():
    text = _printed(drift(finding(FindingClass.MISSES)))
    assert text.startswith("winlogbeat: nothing fails, 1 finding\n")
    assert "1 finding: 1 misses; 0 fail." in text


def test_accepted_findings_are_dim_and_grave_ones_red():
    text = _printed(drift(finding(), finding(path=("w",), waiver=WAIVER)), colour=True)
    assert "\x1b[1;31mdrops\x1b[0m" in text
    assert "\x1b[2mdrops\x1b[0m" in text


def test_many_detections_are_counted_after_the_first_five_of_the_gravest_level():
    levels = ["low", "critical"] * 20
    blinded = [AffectedDetection(f"rule {n:02}", "", level) for n, level in enumerate(levels)]
    text = _printed(drift(finding(blinded=blinded)))
    assert "40 detections are blinded: 20 critical, 20 low" in text
    assert (
        "rule 01 (critical); rule 03 (critical); rule 05 (critical); rule 07 (critical); "
        "rule 09 (critical); and 35 more\n"
    ) in text


def test_detections_that_several_findings_blind_are_named_once():
    blinded = [AffectedDetection(f"rule {n}", "", "high") for n in range(3)]
    findings = [finding(path=(name,), blinded=blinded) for name in "abc"]
    lines = _printed(drift(*findings)).splitlines()
    assert [line for line in lines if line.startswith("blinded")] == [
        "blinded   rule 0 (high); rule 1 (high); rule 2 (high)",
        "blinded   the same 3 as at a",
        "blinded   the same 3 as at a",
    ]


def test_a_detection_that_is_blind_is_not_called_partly_blind():
    partly = finding(blinded=[AffectedDetection("r", "1", "high", partly=True)])
    whole = finding(path=("other",), blinded=[AffectedDetection("r", "1", "high")])
    assert "1 detection is blinded: 1 high" in _printed(drift(partly, whole))


@pytest.mark.parametrize("width", [20, 80, 200])
def test_no_line_is_wider_than_the_terminal_and_texts_keep_their_column(width):
    lines = _printed(one_of_each(), width).splitlines()
    assert max(cell_len(line) for line in lines) <= max(width, 30)
    if width == 80:
        wide = drift(finding(what="Texts have come " * 12))
        entry = [line for line in _printed(wide, 80).splitlines() if "come" in line]
        assert len(entry) > 1
        assert all(line[:10].isspace() and not line[10].isspace() for line in entry)


def test_no_line_ends_in_blanks():
    assert all(line == line.rstrip() for line in _printed(one_of_each()).splitlines())


def test_thousands_of_findings_are_all_printed():
    text = _printed(drift(*(finding(path=(f"f{n}",)) for n in range(3_000))))
    assert text.count("\ndrops ") == 3_000
    assert "3,000 findings: 3,000 drops; 3,000 fail." in text


@given(DRIFTS)
def test_no_text_steers_the_terminal(made):
    text = _printed(made, 80)
    text.encode()
    assert all(letter.isprintable() or letter == "\n" for letter in text if ord(letter) < 0xA0)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_shown_as_they_are_or_escaped(text):
    detections = [AffectedDetection(text, text, text)]
    made = finding(path=(text,), what=text, remedy=text, declared=text, blinded=detections)
    printed = _printed(drift(made, topic=text, baselines=[text], remarks=[text]))
    assert "\x1b" not in printed
    assert "\u202e" not in printed
    if text == "[bold red]markup[/]":
        assert text in printed
