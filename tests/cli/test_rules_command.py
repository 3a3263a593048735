"""`schemagen rules`."""

from __future__ import annotations

import pytest

RULE = """\
title: {title}
id: {id}
status: test
logsource:
    product: windows
    category: process_creation
tags:
    - attack.t1059.001
detection:
    selection:
        {field}: 'evil'
    condition: selection
level: high
"""
ONE, TWO = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"


@pytest.fixture
def project(run, events, tmp_path):
    event = {"CommandLine": "x", "ParentImage": "y", "n": 1}
    run("infer", "--from", events(event, event), "t")
    (tmp_path / "schemagen.toml").write_text(
        '[topics.t]\nrules = ["rules"]\npipelines = ["none"]\n'
    )
    (tmp_path / "rules").mkdir()

    def write(name, **values):
        text = RULE.format(**{"title": name, "id": ONE, "field": "CommandLine"} | values)
        (tmp_path / "rules" / f"{name}.yml").write_text(text)

    return write


def test_each_rule_has_a_status_and_the_totals_follow(run, project):
    project("good")
    project("blind", id=TWO, field="CommandLin")
    result = run("rules")
    assert result.code == 0
    assert "2 rules: 1 BOUND, 1 UNBOUND" in result.out
    assert "T1059.001" in result.out
    assert "windows/process_creation" in result.out


def test_what_is_missing_is_named_with_the_nearest_field(run, project):
    project("blind", field="CommandLin")
    (rule,) = run("rules", "--format", "json").json["rules"]
    assert rule["status"] == "UNBOUND"
    assert rule["unbound"][0]["suggestions"] == ["CommandLine"]


def test_no_line_that_is_piped_ends_in_blanks(run, project):
    project("good")
    project("blind", id=TWO, field="CommandLin")
    for lines in (run("rules").out, run("rules", "--format", "markdown").out):
        assert [line for line in lines.splitlines() if line != line.rstrip()] == []


@pytest.mark.parametrize("format_", ["text", "markdown"])
def test_no_rule_can_steer_the_terminal(run, project, tmp_path, format_):
    project("good")
    path = tmp_path / "rules" / "good.yml"
    text = path.read_text().replace("title: good", 'title: "\\e[2JGone"')
    text = text.replace("CommandLine", '"Comm\\e[3mand"')
    path.write_text(text.replace("process_creation", '"\\e[4mcreation"'))
    result = run("rules", "--format", format_)
    assert "\x1b" not in result.out + result.err
    for said in ("2JGone", "3mand", "4mcreation"):
        assert said in result.out


def test_brackets_in_a_log_source_are_no_markup(run, project, tmp_path):
    project("good")
    path = tmp_path / "rules" / "good.yml"
    path.write_text(path.read_text().replace("process_creation", "'[bold]creation'"))
    assert "windows/[bold]creation" in run("rules").out


def test_markdown_is_for_reviews(run, project):
    project("a|b")
    assert run("rules", "--format", "markdown").out.startswith("| BOUND | RARE |")


def test_the_user_says_what_fails(run, project):
    project("blind", field="Nowhere")
    assert run("rules", "--fail-on", "type-clash").code == 0
    assert run("rules", "--fail-on", "unbound,type-clash").code == 1
    assert run("rules", "--fail-on", "everything").code == 2


def test_broken_files_are_told_and_the_rest_is_bound(run, project, tmp_path):
    project("good")
    (tmp_path / "rules" / "broken.yml").write_text("title: [\n")
    result = run("rules")
    assert "broken.yml" in result.err
    assert "1 rules: 1 BOUND" in result.out or "1 rule: 1 BOUND" in result.out
    assert run("rules", "--fail-on", "problems").code == 1


def test_without_rules_or_schema_it_says_what_to_do(run, events):
    result = run("rules", "--topic", "t")
    assert (result.code, "schemagen infer t" in result.err) == (2, True)
    run("infer", "--from", events({"a": 1}), "t")
    result = run("rules", "--topic", "t")
    assert (result.code, "No rules were named" in result.err) == (2, True)


def test_a_pipeline_is_found_by_the_fields_and_said_in_a_line(run, events, tmp_path, project):
    project("good")
    (tmp_path / "schemagen.toml").write_text('[topics.t]\nrules = ["rules"]\n')
    flat = {"Channel": "Security", "EventID": 4688, "CommandLine": "x"}
    run("infer", "--from", events(flat), "t")
    result = run("rules")
    assert result.err.splitlines()[0] == (
        "Pipeline: `flat`, for the fields look like flat Windows logs."
    )
    assert "flat" not in run("rules", "--pipeline", "none").err


OBJECT_RULE = """\
title: Versions are off
id: 11111111-1111-4111-8111-111111111111
status: test
logsource: {product: shop}
detection:
  selection: {call: Put, parameters|contains: suspended}
  condition: selection
level: high
"""


def test_a_rule_on_objects_says_how_they_can_be_compared_as_text(run, events, tmp_path):
    (tmp_path / "object.yml").write_text(OBJECT_RULE)
    file = events(
        {"call": "Put", "parameters": {"versions": {"Status": "Suspended"}}},
        {"call": "Put", "parameters": {"versions": {"Status": "Enabled"}}},
    )
    run("infer", "--from", file, "t")
    assert "with the type VARCHAR (`types` in schemagen.toml)" in run("rules", "object.yml").out
    settings = '[topics.t]\nrules = ["object.yml"]\ntypes = { parameters = "VARCHAR" }\n'
    (tmp_path / "schemagen.toml").write_text(settings)
    run("ddl", "--out", "stream.sql")
    (fired,) = run("test", "--events", file, "--format", "json").json["fired"].values()
    assert [where.rpartition(":")[2] for where in fired] == ["1"]


ZEEK_RULES = """\
title: A name of a tunnel
id: 11111111-1111-4111-8111-111111111111
status: test
logsource: {product: zeek, service: dns}
detection:
  selection: {query|startswith: aaa.stage}
  filter: {id.resp_p: 5353}
  condition: selection and not filter
level: high
---
title: An upload by a script
id: 22222222-2222-4222-8222-222222222222
status: test
logsource: {category: proxy}
detection:
  selection: {c-useragent|startswith: curl/, cs-method: PUT}
  condition: selection
level: low
"""


def zeek_events(dotted):
    """Make records of three logs; where dots are in the way they are written as underscores."""
    ends = {"id.orig_h": "192.0.2.7", "id.resp_h": "198.51.100.3", "id.resp_p": 53}
    logs = [
        {"_path": "dns", "query": "aaa.stage.1.example"},
        {"_path": "dns", "query": "www.example", "path": "dns"},
        {"_path": "http", "method": "PUT", "user_agent": "curl/8.5", "uri": "/u"},
        {"_path": "conn", "method": "PUT", "user_agent": "curl/8.5"},
        {"_path": "ssl", "query": "aaa.stage.2.example"},
    ]
    made = [
        {"ts": 1_741_683_600.25 + n, "uid": f"C{n}", **ends, **log} for n, log in enumerate(logs)
    ]
    return made if dotted else [{k.replace(".", "_"): v for k, v in each.items()} for each in made]


@pytest.mark.parametrize("dotted", [True, False])
def test_logs_of_zeek_in_one_topic_are_told_by_what_they_say_they_are(
    run, events, tmp_path, dotted
):
    (tmp_path / "zeek.yml").write_text(ZEEK_RULES)
    file = events(*zeek_events(dotted))
    run("infer", "--from", file, "zeek", "--kind", "_path")
    result = run("rules", "zeek.yml")
    assert "Pipeline: `zeek`, for the fields look like Zeek." in result.err
    assert "2 rules: 2 BOUND" in result.out
    assert "Sees 2 of 2 dns events, 100%." in result.out
    assert "Sees 1 of 1 proxy events, 100%." in result.out
    assert run("ddl", "--rules", "zeek.yml", "--out", "stream.sql").code == 0
    fired = run("test", "--events", file, "--format", "json").json["fired"]
    assert {
        rule[0]: [where.rpartition(":")[2] for where in places] for rule, places in fired.items()
    } == {
        "1": ["1"],
        "2": ["3"],
    }


def test_where_nothing_tells_the_events_of_a_log_source_it_names_none_of_them(
    run, events, tmp_path
):
    (tmp_path / "zeek.yml").write_text(ZEEK_RULES)
    run("infer", "--from", events(*zeek_events(dotted=True)), "zeek", "--kind", "_path")
    assert "Sees 3 of 5 events, 60.0%." in run("rules", "zeek.yml", "--pipeline", "none").out


def test_the_first_line_says_what_is_wrong_where_no_rule_can_match(run, project):
    for n in range(10):
        project(f"r{n}", id=f"{n}{ONE[1:]}", field="Image")
    first, *_ = run("rules", "--pipeline", "winlogbeat").err.splitlines()
    assert first == (
        "10 of 10 rules are UNBOUND: `winlogbeat` maps events of Winlogbeat 7 or 8, and the fields "
        "look like no such events. Name another with --pipeline."
    )


def test_rules_are_chosen_by_flags_and_in_the_project_file(run, project, tmp_path):
    project("good")
    project("blind", id=TWO, field="CommandLin")
    chosen = run("rules", "--rule", "good", "--level", "low+", "--status", "test")
    assert "1 rule: 1 BOUND" in chosen.out
    assert "1 other rule not selected." in chosen.err
    toml = tmp_path / "schemagen.toml"
    toml.write_text(toml.read_text() + '[topics.t.select]\nexclude = ["bl*"]\n')
    assert "1 rule: 1 BOUND" in run("rules").out
    assert "No rules." in run("rules", "--tag", "t1*", "--rule", "blind").out
    assert run("rules", "--level", "grave").code == 2


def test_a_waiver_lets_the_gate_pass_until_its_day(run, project, tmp_path):
    project("blind", field="CommandLin")
    gate = ("rules", "--fail-on", "unbound,waiver")
    assert run(*gate).code == 1
    toml = tmp_path / "schemagen.toml"
    settings = toml.read_text()
    waiver = (
        '[[topics.t.rule_waivers]]\nrule = "rules/*"\nstatus = "unbound"\nowner = "soc"\n'
        'reason = "later"\nexpires = {}\n'
    )
    toml.write_text(settings + waiver.format("2999-12-31"))
    passed = run(*gate)
    assert passed.code == 0
    assert "Accepted until 2999-12-31: blind, UNBOUND. soc: later" in passed.err
    toml.write_text(settings + waiver.format("2020-01-01"))
    late = run(*gate)
    assert late.code == 1
    assert "The waiver of rules/* expired on 2020-01-01. soc: later" in late.err


# -- correlations, and why a rule doesn't match ----------------------------------------------------

CORRELATION = """\
title: Evil twice
name: twice
id: 33333333-3333-4333-8333-333333333333
level: critical
correlation:
    type: event_count
    rules: [{rules}]
    group-by: [ParentImage]
    timespan: 5m
    condition: {{gte: 2}}
"""


@pytest.fixture
def correlated(project, tmp_path):
    project("Good")
    (tmp_path / "rules" / "twice.yml").write_text(CORRELATION.format(rules=ONE))


@pytest.mark.usefixtures("correlated")
def test_correlations_are_a_tree_with_their_rules(run):
    out = run("rules").out
    assert "BOUND Evil twice (critical)\n" in out
    assert "├── event_count >= 2 in 5 minutes by ParentImage\n" in out
    assert "└── BOUND Good (high)\n" in out
    assert "1 correlation: 1 BOUND" in out
    (found,) = run("rules", "--format", "json").json["correlations"]
    assert (found["status"], found["rules"][0]["title"]) == ("BOUND", "Good")
    assert "Evil twice" in run("rules", "--format", "markdown").out


def test_a_correlation_that_cannot_work_is_a_finding(run, project, tmp_path):
    project("Good")
    (tmp_path / "rules" / "twice.yml").write_text(CORRELATION.format(rules="nobody"))
    result = run("rules", "--fail-on", "unbound")
    assert result.code == 1
    assert "No rule has the id or name `nobody`." in result.out


@pytest.mark.usefixtures("correlated")
@pytest.mark.parametrize("name", ["Good", ONE, "twice", "Evil twice"])
def test_a_rule_is_explained_on_an_event(run, events, name):
    file = events({"CommandLine": "hidden", "ParentImage": "y", "n": 1})
    result = run("rules", "--explain", name, "--event", f"{file}:1")
    assert result.code == 0, result.err
    assert "no   `CommandLine` is 'evil'  (it is there)" in result.out
    assert "hidden" not in result.out
    shown = run("rules", "--explain", name, "--event", f"{file}:1", "--show-values").out
    assert "(hidden)" in shown
    assert run("rules", "--explain", name, "--event", f"{file}:1", "--format", "json").json


@pytest.mark.usefixtures("correlated")
@pytest.mark.parametrize(
    ("name", "place", "reason"),
    [
        ("Bad", ":1", "No rule has the id, name or title 'Bad'."),
        ("Good", ":2", "has no event at line 2"),
        ("Good", "", "is not FILE:LINE"),
        ("Good", None, "--explain and --event go together"),
    ],
)
def test_what_cannot_be_explained_is_said(run, events, name, place, reason):
    file = events({"CommandLine": "x"})
    event = () if place is None else ("--event", f"{file}{place}")
    result = run("rules", "--explain", name, *event)
    assert result.code == 2
    assert reason in result.err.replace("\n", " ")


def test_the_cost_of_rules_and_queries_the_dearest_first(run, project):
    project("good")
    project("other", id=TWO, field="ParentImage")
    result = run("rules", "--cost")
    assert result.code == 0
    assert "2 rules, 2 calls; 0 cost more than 50 us" in result.out
    assert "A managed ksqlDB takes 20 queries." in result.out
    assert "T_ALERTS_WINDOWS_PROCESS_CREATION" in result.out
    cost = run("rules", "--cost", "--format", "json").json["cost"]
    assert [(each["calls"], each["class"]) for each in cost["rules"]] == [(1, "needle")] * 2
    (query,) = cost["queries"]
    assert query["name"] == "T_ALERTS_WINDOWS_PROCESS_CREATION"
    assert (query["bytes"] > 0, cost["candidates"]) == (True, None)
    assert cost["microseconds_an_event"] > 0
    assert "cost" not in run("rules", "--format", "json").json
