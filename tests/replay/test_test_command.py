"""`schemagen test`."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest
from replaying import source
from typer.testing import CliRunner

from schemagen.cli.app import app
from schemagen.errors import InputError

SQL = source() + (
    "-- id: rule-1\nCREATE STREAM ONE AS SELECT S FROM SRC WHERE S = 'x';\n"
    "-- id: rule-2\nCREATE STREAM TWO AS SELECT S FROM SRC WHERE S LIKE '%hunter%';\n"
)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the command in a folder with statements and cases; exceptions come through."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stream.sql").write_text(SQL, encoding="utf-8")
    (tmp_path / "good.test.yml").write_text("rule: rule-1\nmatch: [{S: x}]\n", encoding="utf-8")

    def command(*arguments):
        result = CliRunner().invoke(app, ["test", *map(str, arguments)])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return command


def _fail(tmp_path):
    text = "rule: rule-2\nmatch: [{S: hunter2}, {S: other}]\n"
    (tmp_path / "bad.test.yml").write_text(text, encoding="utf-8")


def test_values_that_json_has_no_form_for_are_written_as_the_serialiser_does(run, tmp_path):
    (tmp_path / "stream.sql").write_text(
        source("E DECIMAL(10, 2), D DOUBLE, B BYTES")
        + "CREATE STREAM OUT AS SELECT E, D, B, D / 0.0 AS Q FROM SRC;",
        encoding="utf-8",
    )
    (tmp_path / "e.ndjson").write_text('{"E": 1.50, "D": "NaN", "B": "AP8="}\n', encoding="utf-8")
    result = run("--events", "e.ndjson", "--show-values", "--format", "json")
    (row,) = json.loads(result.output)["rows"]["OUT"]
    assert row["values"] == {"E": 1.5, "D": "NaN", "B": "AP8=", "Q": "NaN"}
    assert (
        '"E": 1.5, "D": "NaN", "B": "AP8="' in run("--events", "e.ndjson", "--show-values").output
    )


def test_cases_that_pass_end_with_code_0(run):
    result = run(".")
    assert result.exit_code == 0
    assert "1 rule, 1 case: 0 failed" in result.output


def test_a_case_that_fails_ends_with_code_1_and_shows_no_value(run, tmp_path):
    _fail(tmp_path)
    result = run(".")
    assert result.exit_code == 1
    assert "FAIL  rule-2" in result.output
    assert "match 2 (bad.test.yml:2), must alert" in result.output
    assert "hunter" not in result.output


def test_junit_is_well_formed_and_goes_to_a_file(run, tmp_path):
    _fail(tmp_path)
    assert run(".", "--format", "junit", "--out", "report.xml").exit_code == 1
    root = ET.fromstring((tmp_path / "report.xml").read_text(encoding="utf-8"))
    assert (root.get("tests"), root.get("failures")) == ("3", "1")
    assert [suite.get("name") for suite in root] == ["rule-2", "rule-1"]
    (failure,) = root.iter("failure")
    assert failure.get("message") == "it doesn't alert"
    assert failure.text == "bad.test.yml:2"


@pytest.mark.junitschema
def test_junit_keeps_to_the_schema_of_jenkins(run, tmp_path, junit_xsd):
    _fail(tmp_path)
    assert run(".", "--format", "junit", "--out", "report.xml").exit_code == 1
    junit_xsd.validate(tmp_path / "report.xml")


def test_json_tells_the_same(run, tmp_path):
    _fail(tmp_path)
    report = json.loads(run(".", "--format", "json").output)
    assert report["passed"] is False
    assert [rule["passed"] for rule in report["rules"]] == [False, True]


def test_events_show_what_fires_and_values_only_when_asked(run, tmp_path):
    lines = ['{"S": "x"}', '{"S": "hunter2"}', "{}", '{"N": "hunter2"}', "hunter2"]
    (tmp_path / "e.ndjson").write_text("\n".join(lines), encoding="utf-8")
    result = run("--events", "e.ndjson")
    assert result.exit_code == 0
    assert "rule-1       1  e.ndjson:1" in result.output
    assert "rule-2       1  e.ndjson:2" in result.output
    assert "LIKE on NULL" in result.output
    assert "e.ndjson:4 is dropped" in result.output
    assert "e.ndjson:5 is not an event" in result.output
    assert "4 events, 2 rules fired, 2 dropped" in result.output
    assert "hunter" not in result.output
    shown = run("--events", "e.ndjson", "--show-values")
    assert '{"S": "hunter2"}' in shown.output
    report = json.loads(run("--events", "e.ndjson", "--format", "json").output)
    assert report["fired"] == {"rule-1": ["e.ndjson:1"], "rule-2": ["e.ndjson:2"]}
    assert "hunter" not in json.dumps(report)


@pytest.fixture
def titled(tmp_path):
    """Give both rules what `ddl` writes of a rule; `rule-2` the title and level that are asked."""

    def write(title="Second Rule", level="no level"):
        sql = SQL
        for rule, name, of in (("rule-1", "First Rule", "high"), ("rule-2", title, level)):
            comments = f"-- {name}\n-- id: {rule}\n-- {of}, test, rules/{rule}.yml:1\n"
            sql = sql.replace(f"-- id: {rule}\n", comments)
        (tmp_path / "stream.sql").write_text(sql, encoding="utf-8")
        (tmp_path / "e.ndjson").write_text('{"S": "x"}\n{"S": "hunter2"}\n', encoding="utf-8")

    return write


def test_rules_go_by_their_titles_and_levels(run, titled, tmp_path):
    titled()
    _fail(tmp_path)
    assert run("--events", "e.ndjson").output == (
        "level  rule         events  where\n"
        "high   First Rule        1  e.ndjson:1\n"
        "       Second Rule       1  e.ndjson:2\n"
        "\n2 events, 2 rules fired, 0 dropped\n"
    )
    cases = run(".").output
    assert "pass  First Rule (high)  good.test.yml  1 case\n" in cases
    assert "FAIL  Second Rule  bad.test.yml\n" in cases


def test_rules_of_one_title_are_told_apart_by_their_ids(run, titled):
    titled("First Rule")
    output = run("--events", "e.ndjson").output
    assert "First Rule rule-1" in output
    assert "First Rule rule-2" in output


def test_machines_get_titles_and_levels_beside_the_ids(run, titled):
    titled()
    report = json.loads(run("--events", "e.ndjson", "--format", "json").output)
    assert report["fired"] == {"rule-1": ["e.ndjson:1"], "rule-2": ["e.ndjson:2"]}
    assert report["rules"] == {
        "rule-1": {"title": "First Rule", "level": "high"},
        "rule-2": {"title": "Second Rule", "level": None},
    }
    (rule,) = json.loads(run(".", "--format", "json").output)["rules"]
    assert (rule["rule"], rule["title"], rule["level"]) == ("rule-1", "First Rule", "high")
    suites = ET.fromstring(run(".", "--format", "junit").output)
    assert [suite.get("name") for suite in suites] == ["First Rule"]


def test_a_title_cannot_steer_the_terminal(run, titled):
    titled("\x1b[2JGone")
    result = run("--events", "e.ndjson")
    assert "\x1b" not in result.output
    assert r"\x1b[2JGone" in result.output


@pytest.mark.parametrize("here", [".", "elsewhere"])
def test_paths_are_those_of_the_project_wherever_it_lies(run, tmp_path, monkeypatch, here):
    (tmp_path / "schemagen.toml").write_text('[topics.t]\nrules = ["."]\n', encoding="utf-8")
    (tmp_path / "e.ndjson").write_text('{"S": "x"}\nno json\n', encoding="utf-8")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / here)
    config = ("--config", tmp_path / "schemagen.toml")
    for report in ([], ["--format", "json"], ["--format", "junit"]):
        cases = run(*config, *report).output
        assert "good.test.yml" in cases
        assert str(tmp_path) not in cases
    for report in ([], ["--format", "json"]):
        events = run(*config, "--events", tmp_path / "e.ndjson", *report).output
        assert "e.ndjson:1" in events
        assert "e.ndjson:2" in events
        assert str(tmp_path) not in events


def test_a_path_is_told_as_it_was_given(run, tmp_path, monkeypatch):
    (tmp_path / "inside").mkdir()
    monkeypatch.chdir(tmp_path / "inside")
    assert "  ../good.test.yml  " in run("..", "--sql", "../stream.sql").output


def test_a_statement_that_was_not_run_ends_with_code_1(run, tmp_path):
    (tmp_path / "e.ndjson").write_text("{}\n", encoding="utf-8")
    sql = SQL + "CREATE STREAM O AS SELECT FROB(S) AS X FROM SRC;"
    (tmp_path / "stream.sql").write_text(sql, encoding="utf-8")
    result = run("--events", "e.ndjson")
    assert result.exit_code == 1
    assert "FROB" in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--events", "good.test.yml", "--format", "junit"], "junit is for cases"),
        (["--events", "good.test.yml", "."], "PATH is for cases"),
        ([".", "--topic", "t"], "--topic is for --events"),
        ([".", "--show-values"], "--show-values is for --events"),
        (["nope"], "no file or folder"),
        (["stream.sql"], "is neither a test file nor a rule"),
        ([".", "--sql", "nope.sql"], r"nope\.sql"),
    ],
)
def test_a_wrong_use_is_told(run, arguments, message):
    with pytest.raises(InputError, match=message):
        run(*arguments)


def test_without_statements_it_says_how_to_get_them(run, tmp_path):
    (tmp_path / "stream.sql").unlink()
    with pytest.raises(InputError, match=r"no stream\.sql") as caught:
        run(".")
    assert "--sql" in caught.value.hint


def test_a_topic_that_the_statements_do_not_read_is_no_green_run(run, tmp_path):
    (tmp_path / "e.ndjson").write_text('{"S": "x"}\n')
    with pytest.raises(InputError, match="read no topic nope"):
        run("--events", "e.ndjson", "--topic", "nope")


@pytest.mark.parametrize("arguments", [(), ("rules",)])
def test_without_a_case_there_is_nothing_to_fail(run, tmp_path, arguments):
    (tmp_path / "rules").mkdir()
    result = run(*arguments)
    assert result.exit_code == 0
    assert "There is no case yet" in result.output
    assert "0 failed" in result.output
