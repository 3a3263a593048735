"""`schemagen ddl` with rules."""

from __future__ import annotations

import pytest

from schemagen.ksqldb.dialect import columns, parse_script, properties

RULE = """\
title: {title}
id: {id}
logsource: {{category: test}}
detection:
    selection:
        Command: 'evil'
        {field}: 'x'
    condition: selection
fields: [Command]
level: high
"""


@pytest.fixture
def project(run, events, tmp_path):
    event = {"Command": "evil", "Other": "x", "unused": {"deep": 1}}
    run("infer", "--from", events(event, event), "t")
    (tmp_path / "schemagen.toml").write_text('[topics.t]\nrules = ["rules"]\n')
    (tmp_path / "rules").mkdir()
    for number, field in enumerate(("Other", "Missing")):
        text = RULE.format(
            title=field, id=f"{number}" * 8 + "-1111-4111-8111-111111111111", field=field
        )
        (tmp_path / "rules" / f"{field}.yml").write_text(text)
    return tmp_path


def names(sql):
    return [column.name for column in columns(parse_script(sql)[0])]


@pytest.mark.usefixtures("project")
def test_rules_become_detections_after_the_stream(run):
    statements = parse_script(run("ddl").out)
    assert len(statements) == 2
    assert "Other" in run("ddl").out
    assert len(parse_script(run("ddl", "--no-rules").out)) == 1
    assert "T_ALERTS" in run("ddl", "--layout", "insert").out


@pytest.mark.usefixtures("project")
def test_a_field_that_no_message_has_can_be_declared_for_a_rule(run):
    assert "Missing" not in names(run("ddl").out)
    sql = run("ddl", "--add-missing").out
    assert "Missing" in names(sql)
    assert "-- Missing: added, a rule needs it, no sampled message has it" in sql


@pytest.mark.usefixtures("project")
def test_only_what_rules_read_can_be_declared(run):
    assert names(run("ddl", "--only-needed").out) == ["Command", "Other"]


def test_paths_in_comments_are_the_projects(run, project):
    sql = run("ddl").out
    assert "rules/Other.yml:1" in sql
    assert str(project) not in sql


def test_rules_that_are_left_out_are_named(run, project):
    (project / "rules" / "broken.yml").write_text("title: [")
    made = run("ddl", "--out", "stream.sql")
    assert made.code == 0
    told = [
        "1 of 3 rules written as detections.",
        "Left out: Missing (high), UNBOUND: ",
        "Left out: rules/broken.yml:",
    ]
    sql = (project / "stream.sql").read_text()
    for text in told:
        assert text in made.err
        assert f"-- {text}" in sql
    assert len(parse_script(sql)) == 2
    report = run("ddl", "--format", "json").json
    assert [each["title"] for each in report["rules_left_out"]] == ["Missing"]


def test_a_file_that_is_written_again_keeps_the_layout_of_its_alerts(run, project):
    run("ddl", "--out", "stream.sql", "--layout", "insert")
    before = (project / "stream.sql").read_text()
    run("ddl", "--out", "stream.sql")
    assert (project / "stream.sql").read_text() == before
    run("ddl", "--out", "stream.sql", "--layout", "streams")
    assert (project / "stream.sql").read_text() != before


def test_a_detection_that_the_file_loses_is_said_loudly(run, project):
    assert "loses" not in run("ddl", "--out", "stream.sql").err
    (project / "rules" / "Other.yml").unlink()
    before = (project / "stream.sql").read_text()

    refused = run("ddl", "--out", "stream.sql", "--fail-on", "fewer")
    assert refused.code == 1
    assert "stream.sql loses 1 detection that it holds now: Other." in refused.err
    assert "Nothing was written" in refused.err
    assert (project / "stream.sql").read_text() == before

    written = run("ddl", "--out", "stream.sql", "--format", "json")
    assert written.code == 0
    assert "stream.sql loses 1 detection that it holds now: Other." in written.err
    assert [each["title"] for each in written.json["detections_dropped"]] == ["Other"]
    assert "loses" not in run("ddl", "--out", "stream.sql").err


def test_a_query_of_hand_is_a_detection_that_a_file_can_lose(run, project):
    run("ddl", "--out", "stream.sql")
    with (project / "stream.sql").open("a") as file:
        file.write("CREATE STREAM MINE AS SELECT * FROM T WHERE Other = 'y';\n")
    assert "loses 1 detection that it holds now: MINE." in run("ddl", "--out", "stream.sql").err


@pytest.mark.parametrize(
    ("fail_on", "code"),
    [("unbound", 1), ("UNBOUND,fewer", 1), ("type-clash,problems", 0), ("fewer", 0), ("no", 2)],
)
def test_a_status_can_keep_statements_from_being_written(run, project, fail_on, code):
    result = run("ddl", "--out", "stream.sql", "--fail-on", fail_on)
    assert result.code == code
    assert (project / "stream.sql").exists() == (code == 0)


def test_a_rule_file_that_can_not_be_read_can_keep_statements_from_being_written(run, project):
    (project / "rules" / "broken.yml").write_text("title: [")
    result = run("ddl", "--fail-on", "problems")
    assert (result.code, result.out) == (1, "")
    assert "broken.yml" in result.err


ASKED = "partitions = 6, replicas = 3, retention = '30d'"


@pytest.mark.parametrize("layout", ["insert", "streams"])
def test_the_topic_of_the_alerts_is_made_as_the_project_file_asks(run, project, layout):
    sql = run("ddl", "--layout", layout).out
    assert "REPLICAS" not in sql
    assert "RETENTION_MS" not in sql
    (project / "schemagen.toml").write_text(
        f'[topics.t]\nrules = ["rules"]\nalerts = {{ {ASKED} }}\n'
    )
    made = parse_script(run("ddl", "--layout", layout).out)
    asked = {"PARTITIONS": 6, "REPLICAS": 3, "RETENTION_MS": 30 * 86_400_000}
    assert asked.items() <= properties(made[1]).items()
    assert "PARTITIONS" not in properties(made[0])
