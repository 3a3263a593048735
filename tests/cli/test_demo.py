"""`schemagen demo`: the article's story, from the topic to the alert."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "samples"
ARTICLES_RULE = "3d241920-e2fd-4d06-b8bd-8aa9686fd537"
SPRAYING, LOGON_AFTER = (
    "7f1d1b9e-7d43-4ad4-9c0b-2f54c3ac7b11",
    "5b0f3c86-8d5c-4c7b-9c1a-61a4d3f0ce57",
)


NAME = "Possible Antivirus or Firewall Software Enumeration (via process_creation)"


def test_the_demo_goes_from_events_to_alerts_and_to_a_drift(run, tmp_path):
    result = run("demo", "--samples", SAMPLES, "--verbose")
    assert result.code == 0, result.err
    assert "CREATE STREAM WINLOGEVENTS (" in result.out
    assert "-- 531 of 531 sampled records survive, 0 values altered." in result.out
    assert "11 rules: 10 BOUND, 1 UNBOUND" in result.out
    assert f"medium         {NAME}       4  wineventlogs.ndjson:233, " in result.out
    assert f"pass  {NAME} (medium)  rules/antivirus_or_firewall" in result.out
    assert "2 rules, 18 cases: 0 failed" in result.out
    assert "wineventlogs: 1 finding fails (1 drops)" in result.out
    assert "53 of 149 records" in result.out
    assert f"Alerts lost on these records: 1 of 2 of {NAME} (medium)." in result.out
    assert "# All of it on one page, for people: demo-out/report.html" in result.out
    for name in ("schemas/wineventlogs.schema.json", "stream.sql", "plan.sql", "report.html"):
        assert (tmp_path / "demo-out" / name).is_file()


def test_the_story_comes_first_and_in_sixty_lines(run):
    result = run("demo", "--samples", SAMPLES)
    assert result.code == 0, result.err
    lines = result.out.splitlines()
    assert len(lines) < 60  # one more says that the environment is set up, once
    told = "\n".join(lines)
    story = [
        "ProcessId  text  64.3% of event_data  digits; hex",
        "-- 531 of 531 sampled records survive, 0 values altered.",
        f"{NAME}       1  wineventlogs.ndjson:233\n",
        f"{NAME}       4  wineventlogs.ndjson:233, ",
        "53 of 149 records",
        "blinded   ",
        "+ create    stream WINLOGEVENTS: it is not there yet",
        "Plan: 11 to create; 11 statements. No topic is deleted.",
    ]
    places = [told.find(each) for each in story]
    assert -1 not in places
    assert places == sorted(places)
    # Every line is one that the commands print by themselves, or a command, or a sentence.
    whole = run("demo", "--samples", SAMPLES, "--verbose").out.splitlines()
    assert {line for line in lines if line[:1] not in {"#", "$"}} <= set(whole)


def test_the_demo_shows_the_plan_of_a_first_deployment(run):
    told = run("demo", "--samples", SAMPLES, "--verbose").out
    told = told[told.index("# What `schemagen apply` would do") : told.index("\n# All of it")]
    head = "Deployment wineventlogs on a server that has nothing yet; none was asked\n"
    assert head in told
    created = [line.split()[3].rstrip(":") for line in told.splitlines() if "+ create" in line]
    assert created[:3] == ["WINLOGEVENTS", "WINLOGEVENTS_WATCHED", "WINDOWS_ALERTS"]
    assert len(created) == 11
    assert told.endswith("Plan: 11 to create; 11 statements. No topic is deleted.\n")


def test_the_command_without_a_parent_process_alerts(run, tmp_path):
    """The statement of the article would miss it: LIKE on a field that is missing throws."""
    events = map(json.loads, (SAMPLES / "wineventlogs.ndjson").read_bytes().splitlines())
    story = [
        event
        for event in events
        if "fcappdb.exe" in event["winlog"].get("event_data", {}).get("CommandLine", "")
        and "ParentProcessName" not in event["winlog"]["event_data"]
    ]
    assert len(story) == 1
    (tmp_path / "story.ndjson").write_text(json.dumps(story[0]))
    run("demo", "--samples", SAMPLES)
    result = run(
        "test", "--sql", "demo-out/stream.sql", "--events", "story.ndjson", "--format", "json"
    )
    assert result.json["fired"] == {ARTICLES_RULE: ["story.ndjson:1"]}


def test_the_logon_after_the_guesses_alerts_once_with_the_events_that_made_it(run):
    run("demo", "--samples", SAMPLES)
    result = run(
        "test", "--sql", "demo-out/stream.sql", "--events", SAMPLES / "wineventlogs.ndjson",
        "--format", "json", "--show-values",
    )  # fmt: skip
    assert [place.split(":")[-1] for place in result.json["fired"][LOGON_AFTER]] == ["368"]
    # The guesses count for the chain and alert with it alone.
    assert SPRAYING not in result.json["fired"]
    text = json.dumps(result.json)
    assert text.count('"correlation"') == 1
    assert '"group": {"IpAddress": "192.0.2.71"}' in text
    assert '"count": 2, "first": "2025-03-11T14:36:17.000Z"' in text


def test_the_story_over_a_border_is_missed_by_windows_side_by_side(run):
    """The same rules and cases: guesses before and after a full five minutes, then a logon."""
    run("demo", "--samples", SAMPLES)
    schema = "demo-out/schemas/wineventlogs.schema.json"
    told = {}
    for windows in ("trailing", "tumbling"):
        made = run(
            "ddl", "--config", SAMPLES / "schemagen.toml", "--schema", schema, "-q",
            "--correlation-windows", windows, "--out", f"{windows}.sql",
        )  # fmt: skip
        assert made.code == 0, made.err
        told[windows] = run("test", SAMPLES / "rules", "--sql", f"{windows}.sql")
    assert "2 rules, 18 cases: 0 failed" in told["trailing"].out
    assert "five accounts over the border of a window, then a logon, event 6" in (
        told["tumbling"].out
    )
    assert "2 rules, 18 cases: 1 failed" in told["tumbling"].out
    found = run(
        "test", "--sql", "tumbling.sql", "--events", SAMPLES / "wineventlogs.ndjson",
        "--format", "json",
    )  # fmt: skip
    assert [place.split(":")[-1] for place in found.json["fired"][LOGON_AFTER]] == ["368"]


@pytest.mark.parametrize(
    ("in_file", "flag", "written"),
    [("", "", "1 DAY"), ("90m", "", "90 MINUTES"), ("7d", "", "7 DAYS"), ("7d", "36h", "36 HOURS")],
)
def test_correlations_take_events_as_late_as_the_project_or_the_flag_says(
    run, tmp_path, in_file, flag, written
):
    run("demo", "--samples", SAMPLES)
    config = tmp_path / "schemagen.toml"
    text = (SAMPLES / "schemagen.toml").read_text().replace("rules/", f"{SAMPLES}/rules")
    asked = f'correlation_grace = "{in_file}"' if in_file else ""
    config.write_text(text.replace("[topics.wineventlogs]", f"[topics.wineventlogs]\n{asked}"))
    made = run(
        "ddl", "--config", config, "--schema", "demo-out/schemas/wineventlogs.schema.json",
        *(["--correlation-grace", flag] if flag else []),
    )  # fmt: skip
    assert f"ADVANCE BY 1 HOUR, GRACE PERIOD {written})" in made.out


def test_a_grace_that_is_no_length_of_time_is_an_error(run):
    config = SAMPLES / "schemagen.toml"
    found = run("ddl", "--config", config, "--correlation-grace", "soon")
    assert found.code == 2
    assert "--correlation-grace 'soon' is not a length of time." in found.err


def test_all_layouts_alert_for_the_same_rules_by_name_on_the_same_events(run):
    run("demo", "--samples", SAMPLES)
    config = SAMPLES / "schemagen.toml"
    schema = "demo-out/schemas/wineventlogs.schema.json"
    fired, named = [], []
    for layout in ("streams", "insert", "bundle"):
        made = run(
            "ddl", "--config", config, "--schema", schema, "--layout", layout,
            "--out", f"{layout}.sql", "-q",
        )  # fmt: skip
        assert made.code == 0, made.err
        result = run(
            "test", "--sql", f"{layout}.sql", "--events", SAMPLES / "wineventlogs.ndjson",
            "--format", "json",
        )  # fmt: skip
        fired.append(result.json["fired"])
        named.append(result.json["rules"])
    assert fired[0] == fired[1] == fired[2]
    assert len(fired[0]) == 10
    assert named[0] == named[1] == named[2]
    assert named[0][ARTICLES_RULE]["level"] == "medium"
