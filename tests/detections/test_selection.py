"""Which rules are wanted, and which may stay unable to match for now."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from compiling import bound, loaded

from schemagen.detections.problems import Problem, ProblemKind
from schemagen.detections.rules import RuleSet, load_rules
from schemagen.detections.selection import LEVELS, accept, select
from schemagen.errors import InputError
from schemagen.project import RuleSelection, RuleWaiver

RULES = {
    "shell": {
        "level": "high", "status": "stable", "tags": ["attack.execution", "attack.t1059.001"],
        "logsource": {"product": "windows", "category": "process_creation"},
    },
    "logon": {
        "level": "low", "status": "experimental", "tags": ["attack.initial-access"],
        "logsource": {"product": "windows", "service": "security"},
    },
    "bare": {},
}  # fmt: skip
TODAY = date(2026, 5, 1)


def rules():
    found = [loaded({"S": title}, title=title, **more) for title, more in RULES.items()]
    return RuleSet(tuple(found), (), 1)


def chosen(**wanted):
    given = {name: tuple(globs) for name, globs in wanted.items()}
    return [rule.title for rule in select(rules(), RuleSelection(**given)).rules]


@pytest.mark.parametrize(("wanted", "titles"), [
    ({}, ["shell", "logon", "bare"]),
    ({"levels": ["high"]}, ["shell"]),
    ({"levels": ["Low+"]}, ["shell", "logon"]),
    ({"levels": ["medium+", "low"]}, ["shell", "logon"]),
    ({"levels": ["critical"]}, []),
    ({"status": ["stable"]}, ["shell"]),
    ({"status": ["EXP*", "stable"]}, ["shell", "logon"]),
    ({"tags": ["t1059*"]}, ["shell"]),
    ({"tags": ["attack.initial-access"]}, ["logon"]),
    ({"logsources": ["windows/*"]}, ["shell", "logon"]),
    ({"logsources": ["*/security"]}, ["logon"]),
    ({"logsources": ["test"]}, ["bare"]),
    ({"rules": ["sh*", "bare"]}, ["shell", "bare"]),
    ({"rules": ["rules/*.yml"]}, ["shell", "logon", "bare"]),
    ({"exclude": ["LOGON"]}, ["shell", "bare"]),
    ({"rules": ["*"], "exclude": ["*"]}, []),
    ({"levels": ["low+"], "tags": ["t1059*"]}, ["shell"]),
])  # fmt: skip
def test_a_rule_must_have_all_that_is_asked_for(wanted, titles):
    assert chosen(**wanted) == titles


def test_a_rule_is_named_by_its_id():
    first, *_ = rules().rules
    assert chosen(rules=[first.id]) == ["shell"]


@pytest.mark.parametrize("level", ["hi", "", "+", "high++"])
def test_a_level_that_there_is_not_is_an_error(level):
    with pytest.raises(InputError, match="There is no level") as error:
        chosen(levels=[level])
    assert all(name in error.value.hint for name in LEVELS)


def test_problems_of_rules_that_are_not_wanted_go_with_them():
    file = rules().rules[0].path
    problems = (
        Problem(file, 1, ProblemKind.INVALID, "about the rules"),
        Problem(Path("broken.yml"), 1, ProblemKind.INVALID, "about no rule"),
    )
    found = RuleSet(rules().rules, problems, 2)
    assert select(found, RuleSelection(levels=("high",))).problems == problems
    assert select(found, RuleSelection(levels=("critical",))).problems == problems[1:]


CHAIN = """
title: Guesses
id: {0}1
name: guesses
status: stable
level: {1}
correlation:
  {{type: event_count, rules: [logon], group-by: [S], timespan: 5m, condition: {{gte: 5}}}}
---
title: Many guesses
id: {0}2
status: stable
level: high
correlation:
  {{type: event_count, rules: [guesses], group-by: [S], timespan: 1h, condition: {{gte: 2}}}}
---
title: Logon
id: {0}3
name: logon
level: low
logsource: {{product: windows, service: security}}
detection: {{selection: {{S: x}}, condition: selection}}
---
title: Other
id: {0}4
level: low
logsource: {{product: linux}}
detection: {{selection: {{S: y}}, condition: selection}}
"""


def chain(tmp_path, level="low", **wanted):
    file = tmp_path / "rules.yml"
    file.write_text(CHAIN.format("a1111111-1111-4111-8111-11111111111", level))
    given = {name: tuple(globs) for name, globs in wanted.items()}
    found = select(load_rules([file]), RuleSelection(**given))
    return [rule.title for rule in found.rules], [rule.title for rule in found.correlations]


def test_a_correlation_brings_what_it_is_made_of(tmp_path):
    assert chain(tmp_path, levels=["high"]) == (["Logon"], ["Guesses", "Many guesses"])
    assert chain(tmp_path, rules=["guesses"], exclude=["logon"]) == (["Logon"], ["Guesses"])


def test_a_correlation_is_for_the_log_sources_of_its_rules(tmp_path):
    whole = (["Logon"], ["Guesses", "Many guesses"])
    assert chain(tmp_path, logsources=["windows/*"]) == whole
    assert chain(tmp_path, logsources=["linux"]) == (["Other"], [])


def test_a_rule_goes_without_the_correlation_that_counts_it(tmp_path):
    assert chain(tmp_path, rules=["logon"]) == (["Logon"], [])


# --- waivers -------------------------------------------------------------------------------------

UNBOUND = bound({"Nowhere": "x"})
BOUND = bound({"S": "x"})


def waiver(rule="*", status="", expires=TODAY):
    return RuleWaiver("soc", "not shipped yet", expires, rule, status)


def test_a_waiver_covers_the_rules_that_it_names_until_its_last_day():
    found = accept([UNBOUND, BOUND], [waiver(UNBOUND.rule.id)], TODAY)
    assert list(found.accepted) == [UNBOUND.rule.id]
    assert found.stale == []


def test_a_waiver_that_has_expired_covers_none_and_is_stale():
    yesterday = date(2026, 4, 30)
    found = accept([UNBOUND], [waiver(expires=yesterday)], TODAY)
    assert found.accepted == {}
    assert [what for _, what in found.stale] == ["expired on 2026-04-30"]


@pytest.mark.parametrize(("status", "covered"), [("unbound", 1), ("UNBOUND", 1), ("rare", 0)])
def test_a_waiver_of_a_status_covers_no_other(status, covered):
    found = accept([UNBOUND], [waiver(status=status)], TODAY)
    assert (len(found.accepted), len(found.stale)) == (covered, 1 - covered)


def test_a_rule_that_can_match_needs_no_waiver():
    found = accept([BOUND], [waiver()], TODAY)
    assert found.accepted == {}
    assert [what for _, what in found.stale] == ["no rule needs it"]
