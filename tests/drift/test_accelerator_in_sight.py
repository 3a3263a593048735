"""Rules that the accelerator evaluates are blind where their conditions are."""

from __future__ import annotations

import pytest
from compiling import alerts, binder, loaded, struct

from schemagen.choices import Layout
from schemagen.deploy.detections import layout_of
from schemagen.drift.findings import AffectedDetection
from schemagen.drift.sight import deployed_detections
from schemagen.ksqldb.dialect import parse_script, write_script

COLUMNS = "S VARCHAR, T VARCHAR, N BIGINT, R STRUCT<X VARCHAR, Y VARCHAR>"
RULES = [
    loaded({"S|contains": "needle"}, title="Needle", level="high"),
    loaded({"S": "a", "R.X": "b"}, title="Both", level="low"),
    loaded({"R.Y|re": "e(v|w)il[0-9]+", "N": 4}, title="Expression", level="low"),
]


def emitted(*, accelerator):
    bind = binder(COLUMNS).bind
    bound = [bind(rule) for rule in RULES]
    made = alerts(bound, struct(COLUMNS), "bundle", accelerator=accelerator)
    return parse_script(write_script(made), "stream.sql")


def watches(*, accelerator=True):
    found = deployed_detections(emitted(accelerator=accelerator), "EVENTS")
    return {each.name: each for each in found}


def test_the_rules_are_known_by_title_id_and_level():
    assert layout_of(emitted(accelerator=True)) is Layout.BUNDLE
    assert {(w.name, w.id, w.level) for w in watches().values()} == {
        (rule.title, rule.id, rule.level) for rule in RULES
    }


@pytest.mark.parametrize("lost", [("S",), ("T",), ("N",), ("R",), ("R", "X"), ("R", "Y")])
def test_the_same_is_blind_as_without_the_accelerator(lost):
    with_it, without = watches(), watches(accelerator=False)
    for name, watch in without.items():
        assert with_it[name].without(lost) == watch.without(lost)


def test_a_rule_that_the_function_decides_is_blind_without_a_field_that_it_needs():
    assert watches()["Both"].without(("R", "X")) == AffectedDetection("Both", RULES[1].id, "low")
    assert watches()["Both"].without(("T",)) is None
