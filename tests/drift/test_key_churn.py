"""Few keys that are data: told by what became of them, and never at the cost of a real removal."""

from __future__ import annotations

import drifting
import pytest
from drifting import by_hand, drift, only, said

from schemagen.drift.key_churn import churn_reason


def hosts(first, count=12, value=1, messages=300):
    """Messages with an object that has two of some host names each."""
    names = [f"wks-{first + n:04d}" for n in range(count)]
    pairs = [(names[n % count], names[(n + 1) % count]) for n in range(messages)]
    return [{"a": "x", "h": dict.fromkeys(pair, value)} for pair in pairs]


def reason(before, now):
    return churn_reason(
        *(drifting.evidence([{"o": each}] * 3).profile.root.fields["o"] for each in (before, now))
    )


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (["wks-01", "wks-02", "wks-03"], ["wks-04", "wks-05", "wks-06"]),
        (["wks-01", "wks-02", "srv1", "srv2"], ["wks-7", "wks-8", "wks-9"]),
        (["192.0.2.1", "192.0.2.2", "192.0.2.3"], ["192.0.2.4", "192.0.2.5", "192.0.2.6"]),
        (["1001", "1002", "1003"], ["1004", "1005", "1006"]),
    ],
)
def test_keys_that_all_became_others_of_their_form_are_data(before, now):
    said_why = reason(dict.fromkeys(before, 1), dict.fromkeys(now, 2))
    assert said_why == f"all {len(before)} of before are gone, and 3 others of their form came"


@pytest.mark.parametrize(
    ("before", "now"),
    [
        # One is left.
        (["wks-01", "wks-02", "wks-03"], ["wks-03", "wks-05", "wks-06"]),
        # Too few.
        (["wks-01", "wks-02"], ["wks-04", "wks-05", "wks-06"]),
        (["wks-01", "wks-02", "wks-03"], ["wks-04", "wks-05"]),
        # Another form.
        (["wks-01", "wks-02", "wks-03"], ["srv-04", "srv-05", "srv-06"]),
        # Names, as fields have them.
        (["name", "user", "domain"], ["host", "id", "group"]),
        (["wks-01", "wks-02", "wks-03", "name"], ["wks-04", "wks-05", "wks-06", "name2"]),
        # All fields got another number: they were renamed, each for itself.
        (["name_v1", "user_v1", "domain_v1"], ["name_v2", "user_v2", "domain_v2"]),
    ],
)
def test_else_they_may_be_fields(before, now):
    assert reason(dict.fromkeys(before, 1), dict.fromkeys(now, 1)) is None


def test_values_of_several_kinds_are_those_of_fields():
    assert reason({"p1": 1, "p2": "x", "p3": 2}, {"p4": 1, "p5": "x", "p6": 2}) is None
    assert reason({"p1": 1, "p2": 1, "p3": 2}, {"p4": "x", "p5": "x", "p6": "x"}) is None


def test_a_null_is_no_value():
    before = {"p1": 1, "p2": 1, "p3": 1, "name": None}
    assert reason(before, {"p4": 1, "p5": 2, "p6": 3, "p1": None}) is not None


def test_keys_that_turned_over_are_one_finding_that_asks_for_a_map():
    found = only(drift(drifting.baseline(hosts(0)), hosts(500)))
    assert (str(found.kind), found.place, found.count, found.of) == ("misses", "h", 300, 300)
    assert "its keys look like data" in found.what
    assert 'maps = ["h"] in schemagen.toml (or --map)' in found.remedy
    assert "wks" not in found.what + found.remedy


def test_the_same_keys_again_are_no_finding():
    assert drift(drifting.baseline(hosts(0)), hosts(0)).findings == []


def test_what_is_never_a_map_is_compared_key_by_key():
    from schemagen.schema.maps import MapPolicy  # noqa: PLC0415 - the one test that needs it

    found = drift(drifting.baseline(hosts(0)), hosts(500), maps=MapPolicy(forbid=["h"]))
    assert {kind for kind, _ in said(found)} == {"rarer"}
    assert len(found.findings) == 12


def test_a_detection_that_looks_at_one_of_the_keys_is_named():
    query = "CREATE STREAM FOUND AS SELECT * FROM EVENTS WHERE h->`wks-0003` = 1;"
    columns = ", ".join(f"`wks-{n:04d}` BIGINT" for n in range(12))
    stream = (
        f"CREATE STREAM EVENTS (a VARCHAR, h STRUCT<{columns}>) "
        "WITH (KAFKA_TOPIC='events', VALUE_FORMAT='JSON');"
    )
    found = drift(by_hand(stream + query, hosts(0)), hosts(500))
    assert said(found) == [("blinds", "h.wks-0003"), ("misses", "h")]
    assert [each.name for each in found.findings[0].blinded] == ["FOUND"]


def test_what_is_beside_the_object_is_told_as_ever():
    gone = [{"h": message["h"]} for message in hosts(500)]
    assert said(drift(drifting.baseline(hosts(0)), gone)) == [("misses", "h"), ("rarer", "a")]


def test_a_few_messages_with_other_keys_may_be_chance():
    quiet = [{"a": "x", "h": {}}] * 2_700
    found = drift(drifting.baseline(hosts(0) + quiet), hosts(500, messages=3) + quiet[:20])
    assert found.findings == []
    assert found.unsure > 0


def test_after_the_plan_the_keys_are_compared_no_more():
    base = drifting.baseline(hosts(0))
    made = drifting.mended(base, hosts(500), drift(base, hosts(500)))
    assert "h MAP<VARCHAR, BIGINT>" in made.sql()
    mended = by_hand(made.sql().split("DROP STREAM EVENTS;")[-1], hosts(0))
    assert drift(mended, hosts(500)).findings == []
