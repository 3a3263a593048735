"""A comparison as a comment on a pull request."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from drift_samples import BLINDED, DRIFTS, HOSTILE, WAIVER, drift, finding, one_of_each
from hypothesis import given
from markdown_it import MarkdownIt

from schemagen.drift.findings import AffectedDetection, FindingClass
from schemagen.report.drift_markdown import LIMIT, drift_markdown, marker


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = set()

    def handle_starttag(self, tag, attrs):
        self.tags.add((tag, *attrs))


def _tags(text):
    """Give the elements, with their attributes, that a reader of GitHub's Markdown makes of it."""
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    parser = _Tags()
    parser.feed(html)
    return parser.tags


ELEMENTS = "h2 p strong code table thead tbody tr th td br details summary ul li"
OURS = {(tag,) for tag in ELEMENTS.split()}


def test_the_first_line_is_a_hidden_mark_that_a_bot_finds():
    first, second, *_ = drift_markdown(drift(finding())).split("\n")
    assert first == marker("winlogbeat") == "<!-- schemagen drift winlogbeat -->"
    assert second == "## <code>winlogbeat</code>: 1 finding fails (1 drops)"


@pytest.mark.parametrize("text", HOSTILE)
def test_no_topic_ends_the_mark(text):
    assert re.fullmatch(r"<!-- schemagen drift [\w.~%-]* -->", marker(text))


def test_failing_findings_are_a_table_and_the_rest_is_folded_away():
    text = drift_markdown(one_of_each())
    before, others, waived = text.split("<details>")
    assert before.count("\n| ") == 1 + 5
    assert "**3 detections are blinded (1 partly): 1 critical, 1 low, 1 without a level" in text
    assert "Critical One (critical, partly)<br>Low One (low)<br>ALERTS\\_HIGH" in before
    assert "<summary>6 that do not fail</summary>" in others
    assert "<summary>1 accepted</summary>" in waived
    assert "Accepted by soc@&#8203;example.org until 2030-01-31" in waived
    assert "12 findings: 2 drops" in waived


def test_without_findings_there_is_a_sentence_and_no_table():
    text = drift_markdown(drift(remarks=["The topic is compacted"]))
    assert text.split("\n") == [
        "<!-- schemagen drift winlogbeat -->",
        "## <code>winlogbeat</code>: no drift",
        "",
        "winlogbeat: no drift in 4,000 messages against schemas/winlogbeat.schema.json.",
        "",
        "* The topic is compacted.",
        "",
    ]


def test_thousands_are_cut_with_a_line_that_says_how_many():
    others = [finding(FindingClass.MISSES, (f"m{n}",)) for n in range(3_000)]
    failing = [finding(path=(f"f{n}",)) for n in range(5_000)]
    waived = [finding(path=(f"w{n}",), waiver=WAIVER) for n in range(10)]
    text = drift_markdown(drift(*others, *failing, *waived))
    assert LIMIT * 0.9 < len(text) < LIMIT
    numbers = re.findall(r"([\d,]+) more findings? (?:is|are) not shown", text)
    shown = text.count("\n| drops | <code>f")
    assert numbers[0] == f"{5_000 - shown:,}"
    assert shown > 100
    assert "8,010 findings: 5,010 drops, 3,000 misses; 5,000 fail, 10 are accepted." in text
    assert text.count("<details>") == text.count("</details>") == 2


def test_one_long_name_leaves_room_for_the_others():
    long = "\U0001f600" * 100_000
    detections = [AffectedDetection(long + str(n), long, long) for n in range(9)]
    first = finding(path=(long,), what=long, remedy=long, declared=long, blinded=detections)
    remarks = [long] * 100
    made = drift(first, finding(path=("other",)), topic=long, baselines=[long] * 9, remarks=remarks)
    text = drift_markdown(made)
    assert len(text) < LIMIT
    assert "<code>other</code>" in text


@given(DRIFTS)
def test_no_text_is_markup(made):
    text = drift_markdown(made)
    text.encode()
    assert _tags(text) <= OURS


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_in_their_cells(text):
    detections = [AffectedDetection(text, text, text), *BLINDED]
    made = finding(path=(text,), what=text, remedy=text, declared=text, blinded=detections)
    written = drift_markdown(drift(made, topic=text, baselines=[text], remarks=[text]))
    (row,) = [line for line in written.split("\n") if line.startswith("| drops")]
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == 7
    assert _tags(written) <= OURS
    assert "@everyone" not in re.sub("<code>.*?</code>", "", written)
