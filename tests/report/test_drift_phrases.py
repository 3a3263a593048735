"""What the reports of a comparison say in phrases."""

from __future__ import annotations

import pytest
from drift_samples import BLINDED, HOSTILE, TEXTS, WAIVER, drift, finding
from hypothesis import given
from hypothesis import strategies as st

from schemagen.drift.findings import AffectedDetection, FindingClass, LostAlerts, Observation
from schemagen.report import drift_phrases as phrases


@given(TEXTS, st.integers(1, 50))
def test_a_text_becomes_one_short_line_that_can_be_written(text, longest):
    line = phrases.plain(text, longest)
    line.encode()
    assert len(line) <= longest
    assert len(line.splitlines()) <= 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\n  b\r\nc\u2028d", "a b c d"),
        ("\x1b[31m", "\\x1b[31m"),
        ("half \ud800", "half \\ud800"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("admin\u200b", "admin\\u200b"),
        ("Größe 名前", "Größe 名前"),
    ],
)
def test_what_cannot_be_seen_is_escaped_and_the_rest_is_kept(text, line):
    assert phrases.plain(text) == line


def test_every_class_has_a_meaning():
    assert list(phrases.MEANINGS) == list(FindingClass)
    assert all(text.endswith(".") for text in phrases.MEANINGS.values())


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("gone: it was in all", "Gone: it was in all."),
        ("ksqlDB drops it", "ksqlDB drops it."),
        ("`user.name` is new!", "`user.name` is new!"),
        ("x", "X."),
        (" ", ""),
    ],
)
def test_a_sentence_has_its_capital_and_its_full_stop(text, written):
    assert phrases.sentence(text) == written


@pytest.mark.parametrize(
    ("count", "of", "exact", "text"),
    [
        (12, 4_000, True, "12 of 4,000 records (0.30%)"),
        (3_999, 4_000, False, "at most 3,999 of 4,000 records (99.9%)"),
        (0, 0, True, ""),
    ],
)
def test_how_many_it_costs(count, of, exact, text):
    assert phrases.cost(finding(count=count, of=of, exact=exact)) == text


def test_what_was_seen():
    assert phrases.sight(Observation(3, 9, {"string": 2, "integer": 1})) == (
        "3 of 9 (33.3%): integer 1, text 2"
    )
    assert phrases.sight(Observation(0, 0)) == "0 of 0 (0%)"


def test_detections_are_named_by_level_and_counted_after_the_fifth():
    assert phrases.detections(finding(blinded=BLINDED)) == [
        "Critical One (critical, partly)",
        "Low One (low)",
        "ALERTS_HIGH",
    ]
    many = [AffectedDetection(f"r{n}") for n in range(1_006)]
    assert phrases.detections(finding(blinded=many))[-1] == "and 1,001 more"
    assert len(phrases.detections(finding(blinded=many[:5]))) == 5


def test_a_detection_blinded_twice_counts_once_and_whole_beats_partly():
    partly, whole = (
        AffectedDetection("r", "1", "high", partly=True),
        AffectedDetection("r", "1", "high"),
    )
    for findings in (
        [finding(blinded=[partly]), finding(blinded=[whole])],
        [finding(blinded=[whole]), finding(blinded=[partly])],
    ):
        assert phrases.blinded(findings) == [whole]
    assert phrases.blind_count([whole]) == "1 detection is blinded: 1 high"
    assert phrases.blind_count([whole, partly]) == "2 detections are blinded (1 partly): 2 high"


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (drift(), "no drift"),
        (drift(finding(FindingClass.RARER), finding(waiver=WAIVER)), "nothing fails, 2 findings"),
        (drift(finding(), finding(FindingClass.MISSES)), "1 finding fails (1 drops)"),
        (
            drift(finding(), finding(path=("b",)), finding(FindingClass.ALTERS)),
            "3 findings fail (2 drops, 1 alters)",
        ),
    ],
)
def test_the_verdict(made, text):
    assert phrases.verdict(made) == text


def test_the_statistics():
    alone = drift(tests=0, records=4_000, messages_before=None)
    assert phrases.statistics(alone) == "Compared 4,000 messages; no shares were compared."
    assert phrases.statistics(drift(tests=1, unsure=1, messages_before=1)) == (
        "Compared 4,000 messages of 4,003 records with the evidence of 1 message. Of 1 share that "
        "was compared, 1 differs by no more than chance explains; with 99.0% confidence, chance "
        "alone makes none of them a finding."
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_a_finding_is_one_line(text):
    made = finding(path=(text,), what=text, remedy=text, declared=text, related=[(text,)])
    assert len(phrases.prose(made).splitlines()) == 1
    assert len(phrases.place(made).splitlines()) == 1


BLIND = AffectedDetection("R", "", "high")
BLIND_IN_BOTH = (
    "Replayed 4,003 records as deployed and as planned. 1 blind detection sees nothing in either: "
    "what it would have alerted on is not in the data any more."
)
PARTLY = AffectedDetection("S", "", "high", partly=True)


@pytest.mark.parametrize(
    ("lost", "found", "says"),
    [
        ([], [], "Replayed 4,003 records: no alert is lost."),
        (
            [],
            [finding(FindingClass.BLINDS, blinded=[BLIND, PARTLY])],
            BLIND_IN_BOTH,
        ),
        (
            [],
            [finding(FindingClass.DROPS, blinded=[BLIND])],
            "Replayed 4,003 records: the plan raises no alert that is not raised already.",
        ),
        ([LostAlerts(BLIND, 1, 2)], [], "Replayed 4,003 records."),
    ],
)
def test_a_replay_is_never_said_to_have_cost_nothing_where_detections_are_blind(lost, found, says):
    made = drift(*found, lost=lost, replayed=4_003)
    assert phrases.lost_alerts(made)[0] == says
    assert len(phrases.lost_alerts(made)) == 1 + len(lost)


def test_a_replay_of_some_of_the_records_says_so():
    made = drift(lost=[], replayed=1_000)
    assert phrases.lost_alerts(made) == ["Replayed 1,000 of 4,003 records: no alert is lost."]
