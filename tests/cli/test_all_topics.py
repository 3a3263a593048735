"""Several topics in one project: each with its own file, and one command for all."""

from __future__ import annotations

import pytest

RULE = """\
title: {title}
id: {id}
status: test
logsource: {{category: test}}
detection: {{selection: {{{field}: evil}}, condition: selection}}
level: high
"""
CASES = "topic: {topic}\nmatch: [{{{field}: evil}}]\nno_match: [{{{field}: good}}]\n"
TOML = """\
[topics.{topic}]
rules = ["rules/{topic}"]
pipelines = ["none"]
out = "sql/{topic}.sql"
"""


@pytest.fixture
def project(run, events, tmp_path):
    """Make a project of two topics, each with a rule and a case."""
    toml = ""
    for topic, field in (("logs", "a"), ("webs", "b")):
        folder = tmp_path / "rules" / topic
        folder.mkdir(parents=True)
        number = "1" if topic == "logs" else "2"
        rule_id = f"{number}1111111-1111-4111-8111-111111111111"
        (folder / "r.yml").write_text(RULE.format(title=f"Of {topic}", id=rule_id, field=field))
        (folder / "r.test.yml").write_text(CASES.format(topic=topic, field=field))
        toml += TOML.format(topic=topic)
        file = events(*[{field: "good"}] * 50, name=f"{topic}.ndjson")
        run("infer", topic, "--from", file)
    (tmp_path / "schemagen.toml").write_text(toml)
    return tmp_path


def test_each_topic_has_its_own_file(run, project):
    assert run("ddl", "--all").code == 0
    logs, webs = ((project / "sql" / f"{topic}.sql").read_text() for topic in ("logs", "webs"))
    assert ("CREATE STREAM LOGS (" in logs, "LOGS" in webs) == (True, False)
    assert "Of webs" in webs


def test_one_topic_goes_to_its_file_unless_another_is_named(run, project):
    run("ddl", "webs")
    assert [path.name for path in (project / "sql").iterdir()] == ["webs.sql"]
    run("ddl", "webs", "--out", "here.sql")
    assert (project / "here.sql").read_text() == (project / "sql" / "webs.sql").read_text()
    assert run("ddl", "webs", "--out", "-").out == (project / "here.sql").read_text()


@pytest.mark.usefixtures("project")
def test_rules_are_judged_for_each(run):
    result = run("rules", "--all")
    assert result.code == 0
    assert [line for line in result.err.splitlines() if line.startswith("Topic")] == [
        "Topic logs:",
        "Topic webs:",
    ]
    assert result.out.count("1 rule: 1 BOUND") == 2


@pytest.mark.usefixtures("project")
def test_cases_run_on_the_statements_of_their_topic(run):
    run("ddl", "--all")
    result = run("test")
    assert result.code == 0
    assert "2 rules, 4 cases: 0 failed" in result.out
    assert "several files of statements" in run("test", "rules").err
    assert run("test", "rules/webs", "--sql", "sql/webs.sql").code == 0


@pytest.mark.usefixtures("project")
def test_events_go_to_the_statements_of_their_topic(run, events):
    run("ddl", "--all")
    file = events({"b": "evil"}, {"b": "good"}, name="new.ndjson")
    result = run("test", "--events", file, "--topic", "webs")
    assert (result.code, "Of webs" in result.out) == (0, True)


@pytest.mark.usefixtures("project")
def test_drift_compares_with_the_file_of_the_topic(run, events):
    run("ddl", "--all")
    file = events(*[{"b": "good"}] * 50, name="new.ndjson")
    result = run("drift", "webs", "--from", file, "--format", "json")
    assert result.code == 0
    assert result.json["baselines"] == ["schemas/webs.schema.json", "sql/webs.sql"]


def test_what_is_wrong_with_one_topic_stops_no_other(run, project):
    (project / "schemas" / "logs.schema.json").unlink()
    result = run("ddl", "--all")
    assert result.code == 2
    assert "There is no schema at schemas/logs.schema.json." in result.err
    assert (project / "sql" / "webs.sql").exists()


@pytest.mark.usefixtures("project")
def test_drift_tries_each_topic_too(run):
    result = run("drift", "--all", "-b", "127.0.0.1:1", "--timeout", "1")
    assert result.code == 3
    assert result.err.count("Error: ") == 2


@pytest.mark.parametrize("line", [
    "ddl logs --all", "ddl --all --out x.sql", "ddl --all --schema s.json", "ddl --all --stream S",
    "ddl --all --format json", "rules --all --topic logs", "rules --all --format json",
    "drift --all --from x", "drift --all --format sarif", "drift --all --plan p.sql",
])  # fmt: skip
@pytest.mark.usefixtures("project")
def test_what_is_for_one_topic_is_refused(run, line):
    result = run(*line.split())
    assert result.code == 2
    assert "is for one topic." in result.err


def test_two_topics_cannot_have_one_file(run, project):
    toml = (project / "schemagen.toml").read_text()
    (project / "schemagen.toml").write_text(toml.replace("sql/webs.sql", "./sql/../sql/logs.sql"))
    result = run("ddl", "--all")
    assert result.code == 2
    assert 'the topics "logs" and "webs" have the same file of statements' in result.err


def test_without_a_project_file_all_are_those_with_a_schema(run, project):
    (project / "schemagen.toml").unlink()
    result = run("ddl", "--all")
    assert (result.code, result.out.count("CREATE STREAM")) == (0, 2)
