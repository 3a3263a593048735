"""What is said to people about records."""

from __future__ import annotations

from schemagen.profile.evidence import Evidence
from schemagen.report.console import record_lines
from schemagen.sources.tally import Fault, Place


def lines(*places):
    evidence = Evidence("t")
    evidence.tally.records = 10
    for place in places:
        evidence.tally.count(Fault.INVALID_JSON, place)
    return record_lines(evidence)


def test_the_place_of_the_first_record_of_a_kind_is_told():
    (line,) = lines(Place("t", 3, 41), Place("t", 2, 70))
    assert line.startswith(
        "not valid JSON: 2 of 10 records, the first at t partition 2 offset 70. The value is"
    )
    (line,) = lines(Place("a.ndjson", -1, 8))
    assert "1 of 10 records, the first at a.ndjson record 8. " in line


def test_a_record_without_a_place_is_told_without_one():
    (line,) = lines(Place("t", -1, 0))
    assert line.startswith("not valid JSON: 1 of 10 records. The value is")


def test_the_first_offset_of_a_partition_is_a_place():
    (line,) = lines(Place("t", 0, 0))
    assert "the first at t partition 0 offset 0. " in line
