"""The phrases of a drift report, the same in all formats."""

from __future__ import annotations

import heapq
import re
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from schemagen.drift.findings import (
    DEFAULT_FAIL_ON,
    GRAVITY,
    AffectedDetection,
    Drift,
    Finding,
    FindingClass,
    distinct,
)
from schemagen.profile.paths import render
from schemagen.words import counted, kind_word, percent, printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemagen.drift.findings import Observation

Locate = Callable[[Finding], tuple[str, int] | None]
"""Where a finding is in the repository: a relative file with `/`, and its line from 1."""

SHOWN = 5
"""How many detections of a finding are named."""

LONGEST = 1_000
"""The most characters of one text of a finding; a name of a field can be a megabyte."""

MEANINGS = {
    FindingClass.DROPS: "Whole records are dropped, and only the processing log says so.",
    FindingClass.FORMAT: "A time has another form; without an event time the record is dropped.",
    FindingClass.ALTERS: "Values are read as something else, silently.",
    FindingClass.BLINDS: "Detections can't see events that they could see before.",
    FindingClass.MISSES: "The messages have fields that the stream doesn't read.",
    FindingClass.WIDER: "More forms of values than before; the declared type keeps them all.",
    FindingClass.NARROWER: "There are fewer forms of values than before.",
    FindingClass.RARER: "A field is in fewer of its objects than before, or in none.",
    FindingClass.COMMONER: "A field is in more of its objects than before.",
    FindingClass.WAIVER: "A waiver has expired, or nothing needs it.",
}
"""What each class means, one sentence."""

_INVISIBLE = re.compile("[\u061c\u200b-\u200d\u2060\ufeff]")
"""Marks that show nothing and can make two names look alike."""

_WORD = re.compile(r"[a-z]+(?=[ ,;:.]|\Z)")

_LEVELS = ("critical", "high", "medium", "low", "informational")


def plain(text: str, longest: int = LONGEST) -> str:
    """Write a text as one line that neither steers a terminal nor fails to be encoded."""
    text = text[: longest + 1].encode(errors="backslashreplace").decode()
    text = printable(" ".join(text.split()))
    text = _INVISIBLE.sub(lambda match: ascii(match[0])[1:-1], text)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def place(finding: Finding) -> str:
    """Write where a finding is, as one line."""
    return plain(finding.place)


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings, the gravest class first and in a class by path."""
    return sorted(findings, key=lambda finding: (GRAVITY[finding.kind], finding.place))


def groups(drift: Drift) -> tuple[list[Finding], list[Finding], list[Finding]]:
    """Divide the findings into those that fail, the others, and the accepted ones."""
    findings = ordered(drift.findings)
    return (
        [finding for finding in findings if drift.fails(finding)],
        [each for each in findings if not drift.fails(each) and each.waiver is None],
        [finding for finding in findings if finding.waiver is not None],
    )


def level(drift: Drift, finding: Finding) -> str:
    """Rate a finding as code scanners do: error, warning or note; a waiver doesn't count here."""
    if finding.kind in drift.fail_on:
        return "error"
    return "warning" if finding.kind in DEFAULT_FAIL_ON else "note"


def declared(finding: Finding) -> str:
    """Write the declared type; of a long STRUCT the beginning is enough."""
    return plain(finding.declared, 120)


def sentence(text: str) -> str:
    """Write a text as a sentence with its capital and its full stop; empty stays empty.

    A word with capitals of its own, such as ksqlDB, keeps its small letter.
    """
    text = plain(text)
    if _WORD.match(text):
        text = text[0].upper() + text[1:]
    return text if not text or text[-1] in ".!?…" else text + "."


def cost(finding: Finding) -> str:
    """Write how many are concerned: `at most 3 of 4,000 records (0.07%)`; empty for none."""
    if not finding.of:
        return ""
    most = "" if finding.exact else "at most "
    share = percent(finding.count / finding.of)
    return f"{most}{finding.count:,} of {counted(finding.of, finding.unit[:-1])} ({share})"


def sight(seen: Observation) -> str:
    """Write what was seen: `10 of 20 (50.0%): integer 8, string 2`."""
    text = f"{seen.count:,} of {seen.of:,} ({percent(seen.share)})"
    kinds = ", ".join(
        f"{plain(kind_word(kind))} {count:,}" for kind, count in sorted(seen.types.items())
    )
    return f"{text}: {kinds}" if kinds else text


def _rank(detection: AffectedDetection) -> tuple[int, AffectedDetection]:
    known = detection.level in _LEVELS
    return (_LEVELS.index(detection.level) if known else len(_LEVELS), detection)


def detection(each: AffectedDetection) -> str:
    """Write a detection: `A rule (high, partly, sees 90 of 100 events, before 99 of 99)`."""
    notes = [plain(each.level), "partly" if each.partly else "", _events(each)]
    written = ", ".join(filter(None, notes))
    return f"{plain(each.name, 200)} ({written})" if written else plain(each.name, 200)


def _events(each: AffectedDetection) -> str:
    """Write how many events a detection can see; empty where that was not counted."""
    if each.before is None or each.now is None:
        return ""
    now, before = (f"{seen.count:,} of {seen.of:,}" for seen in (each.now, each.before))
    return f"sees {now} events, before {before}"


def folded(findings: Iterable[Finding]) -> list[tuple[FindingClass, str]]:
    """Write findings as one line a class, the gravest class first; of several only the places."""
    by_class: dict[FindingClass, list[Finding]] = {}
    for finding in ordered(findings):
        by_class.setdefault(finding.kind, []).append(finding)
    return [(kind, _folded(found)) for kind, found in by_class.items()]


def _folded(found: list[Finding]) -> str:
    if len(found) == 1:
        return f"{place(found[0])}: {sentence(found[0].what)}"
    # What is most common comes first.
    found = sorted(found, key=lambda each: -each.count)
    places = [plain(each.place, 100) for each in found[:SHOWN]]
    rest = len(found) - SHOWN
    return f"{len(found):,}: {', '.join(places)}" + (f" and {rest:,} more" if rest > 0 else "")


def detections(finding: Finding) -> list[str]:
    """List the detections that a finding blinds, the gravest level first, and how many more."""
    # Thousands of rules may be blind at each of thousands of places.
    named = heapq.nsmallest(SHOWN, finding.blinded, key=_rank)
    rest = len(finding.blinded) - SHOWN
    return [detection(each) for each in named] + ([f"and {rest:,} more"] if rest > 0 else [])


def related(finding: Finding) -> str:
    """List the paths of the same cause, and how many more."""
    paths = [plain(render(path), 200) for path in finding.related]
    rest = len(paths) - SHOWN
    return ", ".join(paths[:SHOWN] + ([f"and {rest:,} more"] if rest > 0 else []))


def accepted(finding: Finding) -> str:
    """Write who accepted a finding, until when and why; empty where nobody has."""
    waiver = finding.waiver
    if waiver is None:
        return ""
    by = f"Accepted by {plain(waiver.owner, 200)} until {waiver.expires.isoformat()}"
    return f"{by}: {sentence(waiver.reason)}"


def prose(finding: Finding) -> str:
    """Write a finding as sentences in one line: what, how many, which detections, what to do."""
    parts = [sentence(finding.what)]
    if cost(finding):
        parts.append(f"Concerned: {cost(finding)}.")
    if finding.declared:
        parts.append(f"Declared: {declared(finding)}.")
    if finding.blinded:
        parts.append(f"Blinded: {'; '.join(detections(finding))}.")
    if finding.related:
        parts.append(f"See also: {related(finding)}.")
    return " ".join(filter(None, [*parts, sentence(finding.remedy)]))


def blinded(findings: Iterable[Finding]) -> list[AffectedDetection]:
    """List the detections that findings blind, each once, the gravest level first.

    One that is wholly blind by one finding is wholly blind, whatever the others say.
    """
    return sorted(distinct(each for finding in findings for each in finding.blinded), key=_rank)


def blind_count(found: Iterable[AffectedDetection]) -> str:
    """Count detections by level: `3 detections are blinded (1 partly): 2 high, 1 low`."""
    listed = list(found)
    counts = Counter(plain(each.level, 40) or "without a level" for each in listed)
    levels = ", ".join(f"{n:,} {name}" for name, n in counts.items())
    verb = "is" if len(listed) == 1 else "are"
    partly = sum(each.partly for each in listed)
    notes = f" ({partly:,} partly)" if partly else ""
    return f"{counted(len(listed), 'detection')} {verb} blinded{notes}: {levels}"


def lost_alerts(drift: Drift) -> list[str]:
    """Write which alerts the drift cost, a sentence for each detection; none without a replay."""
    if drift.lost is None:
        return []
    lines = [
        f"Alerts lost on these records: {one.lost:,} of {one.of:,} of {detection(one.detection)}."
        for one in drift.lost
    ]
    return [_replayed(drift), *lines]


def _replayed(drift: Drift) -> str:
    """Write how many records were replayed, and what that can't tell.

    What no record holds, neither the deployed nor the planned statements can see.
    """
    every = drift.replayed >= drift.records
    count = f"{drift.replayed:,}" if every else f"{drift.replayed:,} of {drift.records:,}"
    records = f"{count} {'record' if drift.replayed == 1 and every else 'records'}"
    blind = blinded(each for each in drift.failing if each.kind is FindingClass.BLINDS)
    unseen = sum(not each.partly for each in blind)
    if unseen:
        one = unseen == 1
        return (
            f"Replayed {records} as deployed and as planned. {counted(unseen, 'blind detection')} "
            f"{'sees' if one else 'see'} nothing in either: what {'it' if one else 'they'} would "
            "have alerted on is not in the data any more."
        )
    if not drift.lost and any(each.blinded for each in drift.failing):
        return f"Replayed {records}: the plan raises no alert that is not raised already."
    return f"Replayed {records}: no alert is lost." if not drift.lost else f"Replayed {records}."


def notes(drift: Drift) -> list[str]:
    """Write what else there is to know: the alerts that were lost, and the remarks."""
    return [*lost_alerts(drift), *map(sentence, drift.remarks)]


def topic(drift: Drift) -> str:
    """Write the topic's name as one line; Kafka takes no more than 249 characters."""
    return plain(drift.topic, 250)


def verdict(drift: Drift) -> str:
    """Write the outcome in a few words, without the topic's name."""
    failing = len(drift.failing)
    if failing:
        verb = "fails" if failing == 1 else "fail"
        return f"{counted(failing, 'finding')} {verb} ({_classes(drift.failing)})"
    if drift.findings:
        return f"nothing fails, {counted(len(drift.findings), 'finding')}"
    return "no drift"


def no_drift(drift: Drift) -> str:
    """Write that nothing was found, and where."""
    return (
        f"{topic(drift)}: no drift in {counted(drift.messages, 'message')} "
        f"against {baselines(drift)}."
    )


def baselines(drift: Drift) -> str:
    """List what was compared with, and how many more."""
    names = [plain(name, 200) for name in drift.baselines]
    rest = len(names) - SHOWN
    return ", ".join(names[:SHOWN] + ([f"and {rest:,} more"] if rest > 0 else [])) or "nothing"


def _classes(findings: Iterable[Finding]) -> str:
    counts = Counter(finding.kind for finding in findings)
    return ", ".join(f"{counts[kind]:,} {kind}" for kind in FindingClass if counts[kind])


def summary(drift: Drift) -> str:
    """Count the findings by class: `3 findings: 1 drops, 2 misses; 1 fails, 1 is accepted.`."""
    classes = _classes(drift.findings)
    failing = len(drift.failing)
    waived = sum(finding.waiver is not None for finding in drift.findings)
    text = counted(len(drift.findings), "finding") + (f": {classes}" if classes else "")
    text += f"; {failing:,} {'fails' if failing == 1 else 'fail'}"
    if waived:
        text += f", {waived:,} {'is' if waived == 1 else 'are'} accepted"
    return text + "."


def statistics(drift: Drift) -> str:
    """Write how many shares were compared, and how sure the comparison is."""
    compared = f"Compared {counted(drift.messages, 'message')}"
    if drift.records != drift.messages:
        compared += f" of {counted(drift.records, 'record')}"
    if drift.messages_before is not None:
        compared += f" with the evidence of {counted(drift.messages_before, 'message')}"
    if not drift.tests:
        return f"{compared}; no shares were compared."
    shares = "1 share that was" if drift.tests == 1 else f"{drift.tests:,} shares that were"
    differ = "differs" if drift.unsure == 1 else "differ"
    return (
        f"{compared}. Of {shares} compared, {drift.unsure:,} {differ} by no more than chance "
        f"explains; with {percent(drift.confidence)} confidence, chance alone makes none of them "
        "a finding."
    )
