"""The matrix of a topic's rules, and what other tools read of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import jsonschema
import pytest
import yaml
from reporting import CLOSING, TURNED
from rule_writing import load, rule

from schemagen.detections.bound import BoundRule, RuleSight, Status
from schemagen.profile.kinds import BETWEEN, EventKinds
from schemagen.report.attack.coverage import matrix, without_rules
from schemagen.report.attack.data_sources import data_sources
from schemagen.report.attack.dettect import dettect_file
from schemagen.report.attack.navigator import navigator_layer
from schemagen.report.attack.table import TACTICS, technique, technique_ids, techniques

LAYER = json.loads(Path(__file__).with_name("navigator_schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def bound(tmp_path):
    """Make a rule with a status and tags, as if it had been bound."""

    def made(status=Status.BOUND, *tags, title="T", category="process_creation", sight=None):
        document = rule(title, logsource={"product": "windows", "category": category})
        (loaded,) = load(tmp_path, document).rules
        return BoundRule(replace(loaded, tags=tags), status, sight=sight)

    return made


def cells(columns):
    return {
        (column.tactic, cell.technique.id): cell
        for column in columns
        for parent in column.cells
        for cell in parent.cells()
    }


def test_the_table_names_each_technique_once_under_tactics_that_there_are():
    found = techniques()
    assert len(found) > 600
    assert found["T1059.001"].name == "PowerShell"
    assert all(each.name and set(each.tactics) <= set(TACTICS) for each in found.values())
    assert all(each.parent in found for each in found.values())


@pytest.mark.parametrize(("tags", "expected"), [
    (("attack.t1059.001", "attack.T1059.001", "attack.execution"), ["T1059.001"]),
    (("attack.t10590", "attack.t1059.1", "t1027", "attack.ta0002", "cve.2021-1"), ["T1027"]),
    ((f"attack.t1059{CLOSING}", "attack.t\uff11\uff10\uff15\uff19"), []),
])  # fmt: skip
def test_only_what_is_the_id_of_a_technique_is_one(tags, expected):
    assert technique_ids(tags) == expected


def test_a_technique_stands_under_the_tactics_that_the_rule_names_of_its_own(bound):
    both = bound(Status.BOUND, "attack.persistence", "attack.execution", "attack.t1053.005")
    assert set(cells(matrix([both], {}))) == {
        ("execution", "T1053"), ("execution", "T1053.005"),
        ("persistence", "T1053"), ("persistence", "T1053.005"),
    }  # fmt: skip
    other = bound(Status.BOUND, "attack.impact", "attack.t1059.001")
    assert set(cells(matrix([other], {}))) == {("execution", "T1059"), ("execution", "T1059.001")}


@pytest.mark.parametrize(("tags", "place"), [
    (("attack.t9999", "attack.discovery"), ("discovery", "T9999")),
    (("attack.t9999",), ("", "T9999")),
    (("attack.discovery",), ("discovery", "")),
    (("attack.command_and_control",), ("command-and-control", "")),
    ((), ("", "")),
])  # fmt: skip
def test_no_rule_is_lost_for_its_tags(bound, tags, place):
    assert set(cells(matrix([bound(Status.BOUND, *tags)], {}))) == {place}


def test_an_id_of_an_earlier_version_keeps_its_name_and_tactic():
    earlier = technique("T1562.001")
    assert (earlier.name, earlier.tactics) == ("Disable or Modify Tools", ("defense-evasion",))
    assert not earlier.is_current


def test_a_cell_has_the_best_state_of_its_rules_and_counts_those_of_its_parts(bound):
    rules = [
        bound(Status.UNBOUND, "attack.t1059"),
        bound(Status.NEVER, "attack.t1059.001"),
        bound(Status.RARE, "attack.t1059.001"),
    ]
    found = cells(matrix(rules, {rules[2].rule.id: 3}))
    whole, part = found["execution", "T1059"], found["execution", "T1059.001"]
    assert (whole.status, whole.whole, part.status) == (Status.UNBOUND, Status.RARE, Status.RARE)
    assert (whole.fired, whole.fired_whole, part.fired) == (0, 1, 1)
    assert whole.total.total() == 3


def test_what_no_rule_is_for_is_of_the_platforms_of_the_rules(bound):
    columns = matrix([bound(Status.BOUND, "attack.t1059.001")], {})
    rest = without_rules(columns, frozenset({"windows"}))
    names = {each.id for found in rest.values() for each in found}
    assert "T1059" not in {each.id for each in rest["execution"]}
    assert "T1047" in names  # WMI
    assert "T1609" not in names  # of containers
    assert "T1609" in {each.id for each in without_rules(columns, frozenset())["execution"]}


def layer_of(rules, fired=None):
    return navigator_layer(f"t {CLOSING}{TURNED}", matrix(rules, fired or {}), rules)


def test_the_layer_is_what_the_specification_says(bound):
    rules = [
        bound(status, "attack.t1059.001", "attack.t1078", title=f"{CLOSING}{TURNED}")
        for status in Status
    ] + [bound(Status.BOUND, "attack.discovery"), bound(Status.BOUND)]
    layer = layer_of(rules, {rules[0].rule.id: 1})
    jsonschema.Draft202012Validator.check_schema(LAYER)
    jsonschema.validate(layer, LAYER)
    assert "\u202e" not in json.dumps(layer, ensure_ascii=False)
    found = {(each["techniqueID"], each["tactic"]): each for each in layer["techniques"]}
    assert found["T1059.001", "execution"]["score"] == round(200 / 7)
    assert {"name": "fired in the replay", "value": "1"} in found["T1059.001", "execution"][
        "metadata"
    ]
    assert "score" not in found["T1059", "execution"]
    assert len([key for key in found if key[0] == "T1078"]) == 4


def test_another_layer_would_be_refused():
    for wrong in ({"versions": {"navigator": "5.1.0", "layer": "4.4"}}, {"domain": "office"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(layer_of([]) | wrong, LAYER)


def kinds_of(**counts):
    kinds = EventKinds((("winlog", "channel"), ("winlog", "event_id")))
    kinds.counts = {name.replace("_", BETWEEN): n for name, n in counts.items()}
    return kinds


def test_data_components_are_told_by_events_of_windows(bound):
    rules = [bound(Status.BOUND), bound(Status.UNBOUND), bound(category="dns_query")]
    found = {
        each.name: each for each in data_sources(kinds_of(Security_4688=7, Security_1=2), rules)
    }
    created = found["Process Creation"]
    assert (created.events, created.rules, created.bound, created.share) == (7, 2, 1, 0.5)
    assert (found["Network Connection Creation"].events, len(found)) == (0, 2)


def test_events_of_others_are_known_by_the_rules_that_see_them(bound):
    kinds = kinds_of(zeek=5)
    seeing = bound(category="proxy", sight=RuleSight(5, 5, ("zeek",)))
    (found,) = data_sources(kinds, [seeing])
    assert (found.name, found.events) == ("Network Traffic Content", 5)


def test_dettect_gets_what_its_own_checks_ask_for(bound):
    sources = data_sources(kinds_of(Security_4688=7), [bound(), bound(category="dns_query")])
    text = dettect_file(f"t {TURNED}", sources, {"windows", "zeek"}, date(2025, 3, 11))
    made = yaml.safe_load(text)
    assert (made["version"], made["file_type"]) == (1.1, "data-source-administration")
    (system,) = made["systems"]
    assert system["platform"] == ["Windows"]
    (source,) = made["data_sources"]
    (details,) = source["data_source"]
    assert details["applicable_to"] == [system["applicable_to"]]
    assert details["date_registered"] == date(2025, 3, 11)
    assert details["available_for_data_analytics"] is True
    assert set(details) == {
        "applicable_to", "date_registered", "date_connected", "products",
        "available_for_data_analytics", "comment", "data_quality",
    }  # fmt: skip
    assert details["data_quality"] == {
        "device_completeness": 0, "data_field_completeness": 5, "timeliness": 0,
        "consistency": 0, "retention": 0,
    }  # fmt: skip
    assert "\u202e" not in text
