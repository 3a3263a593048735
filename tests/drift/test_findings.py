"""What a finding says of detections."""

from __future__ import annotations

from schemagen.drift.findings import AffectedDetection, distinct


def test_a_detection_of_several_queries_is_named_once_and_whole_beats_partly():
    partly, whole = (AffectedDetection("A", "1", "high", partly=each) for each in (True, False))
    other = AffectedDetection("B", "2", "low", partly=True)
    assert distinct([other, partly, whole, partly, other]) == (whole, other)
    assert distinct([]) == ()
