from __future__ import annotations

from datetime import date, timedelta

import drifting
import pytest

from schemagen.drift.waivers import waive
from schemagen.project import WaiverConfig

TODAY = date(2026, 3, 1)
BASE = drifting.baseline([{"a": "x", "o": {"n": 1}}] * 300)
FRESH = [{"a": "x", "o": {"n": "no"}, "new": 1}] * 300


def waiver(path="", finding="", expires=TODAY):
    return WaiverConfig("soc@example.com", "known", expires, path, finding)


def waived(*waivers):
    return waive(drifting.drift(BASE, FRESH), waivers, TODAY)


def covered(found):
    return [(str(f.kind), f.place) for f in found.findings if f.waiver is not None]


@pytest.mark.parametrize(
    "accepted",
    [
        waiver(path="o.n"),
        waiver(path="o.*"),
        waiver(finding="drops"),
        waiver(path="o.*", finding="drops"),
        waiver(finding=drifting.drift(BASE, FRESH).findings[0].fingerprint),
    ],
)
def test_a_path_a_class_or_a_fingerprint(accepted):
    found = waived(accepted)
    assert covered(found) == [("drops", "o.n")]
    assert found.failing == []


@pytest.mark.parametrize("path", ["t[].k[]", "t[].*", "*[]", 'o."a.b[c]"', "o.*", "o.?a.b*"])
def test_every_path_that_is_written_in_a_report_fits_itself(path):
    base = drifting.baseline([{"t": [{"k": [1]}], "o": {"a.b[c]": 1}}] * 300)
    found = drifting.drift(base, [{"t": [{"k": ["no"]}], "o": {"a.b[c]": "no"}}] * 300)
    assert [finding.place for finding in found.findings] == ['o."a.b[c]"', "t[].k[]"]
    assert len(covered(waive(found, [waiver(path=path)], TODAY))) == 1


@pytest.mark.parametrize("other", [waiver(path="a"), waiver(path="o.n", finding="alters")])
def test_a_waiver_that_nothing_needs_is_a_finding(other):
    found = waived(other)
    assert covered(found) == []
    assert [str(f.kind) for f in found.findings] == ["drops", "misses", "waiver"]
    assert "no finding needs it" in found.findings[-1].what


def test_it_holds_until_the_end_of_its_last_day():
    assert covered(waived(waiver(path="o.n", expires=TODAY)))


def test_an_expired_waiver_covers_nothing_and_is_a_finding():
    found = waived(waiver(path="o.n", expires=TODAY - timedelta(days=1)))
    assert covered(found) == []
    assert [str(f.kind) for f in found.failing] == ["drops"]
    stale = found.findings[-1]
    assert stale.what == "expired on 2026-02-28; soc@example.com: known"


def test_of_two_waivers_the_valid_one_holds():
    old, new = waiver(path="o.n", expires=TODAY - timedelta(days=9)), waiver(path="o.n")
    assert covered(waived(old, new)) == [("drops", "o.n")]


def test_the_finding_of_each_stale_waiver_has_a_name_of_its_own():
    found = waived(waiver(path="p"), waiver(path="q"))
    prints = [f.fingerprint for f in found.findings]
    assert len(set(prints)) == len(prints)
