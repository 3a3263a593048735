"""Statements as a folder: `ddl --out sql/`, and what reads it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from schemagen.deploy.script import MANIFEST, manifest_names, read_script
from schemagen.ksqldb.dialect import parse_script

SAMPLES = Path(__file__).parents[2] / "samples"
BEFORE, LATER = SAMPLES / "wineventlogs.ndjson", SAMPLES / "wineventlogs-later.ndjson"


@pytest.fixture
def project(run, tmp_path):
    """A project with rules and correlations, whose statements are the folder `sql`."""
    text = (SAMPLES / "schemagen.toml").read_text()
    text = text.replace('"rules/"', f'"{SAMPLES / "rules"}"')
    (tmp_path / "schemagen.toml").write_text(text)
    assert run("infer", "--from", BEFORE, "-q").code == 0
    assert run("ddl", "--out", "sql/", "-q").code == 0
    return tmp_path


def files(folder):
    return manifest_names((folder / MANIFEST).read_text(), MANIFEST)


def test_the_folder_holds_what_one_file_holds_in_the_same_order(run, project):
    assert read_script(project / "sql").trees == list(parse_script(run("ddl").out))
    assert files(project / "sql") == [
        "stream.sql",
        "winlogevents_watched.sql",
        "windows_alerts.sql",
        "windows_alerts_shared.sql",
        "windows_alerts_matches.sql",
        "windows_alerts_windows.sql",
        "windows_alerts_states.sql",
        "windows_alerts_correlated.sql",
        "windows_alerts_corr_alerts.sql",
        "windows_alerts_corr_chains.sql",
        "windows_alerts_corr_matches.sql",
    ]


def test_a_setting_stands_in_the_file_that_it_is_for(project):
    table = (project / "sql" / "windows_alerts_windows.sql").read_text()
    first, *_, last = parse_script(table)
    assert (first.key, last.key) == ("setproperty", "unsetproperty")


def test_what_must_be_known_of_the_rules_stands_in_the_manifest(project):
    text = (project / "sql" / MANIFEST).read_text()
    assert "# Left out: Service Installed from a Temporary Folder" in text


def test_files_that_are_no_longer_named_go_and_others_stay(run, project):
    (project / "sql" / "own.sql").write_text("-- by hand\n")
    assert run("ddl", "--out", "sql", "--no-rules", "-q").code == 0
    assert sorted(path.name for path in (project / "sql").iterdir()) == [
        MANIFEST, "own.sql", "stream.sql",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["stream.sql", "old"])
def test_a_name_with_an_ending_and_a_file_that_is_there_stay_files(run, project, name):
    if name == "old":
        (project / name).write_text("-- a file\n")
    assert run("ddl", "--out", name, "-q").code == 0
    assert parse_script((project / name).read_text())


def test_test_and_drift_read_the_folder(run, project):
    shown = run("test", "--events", BEFORE, "--sql", "sql")
    assert "531 events, 10 rules fired, 0 dropped" in shown.out + shown.err
    toml = project / "schemagen.toml"
    topic = "[topics.wineventlogs]"
    toml.write_text(toml.read_text().replace(topic, f'{topic}\nout = "sql"'))
    found = run("drift", "--from", LATER, "--format", "json").json
    assert [each["class"] for each in found["findings"] if each["fails"]] == ["drops"]
    assert found["baselines"][1].endswith("sql")
    assert len(found["findings"][0]["blinded"]) == 11


def test_a_folder_of_a_git_revision_is_named_by_its_manifest(run, project):
    who = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    for arguments in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run(["git", *who, *arguments], check=True, capture_output=True, cwd=project)
    specs = [".git#main:schemas/wineventlogs.schema.json", f".git#main:sql/{MANIFEST}"]
    against = [f"--against={each}" for each in specs]
    found = json.loads(run("drift", "--from", LATER, *against, "--format", "json").out)
    assert found["baselines"] == specs
    assert len(found["findings"][0]["blinded"]) == 11


def test_a_folder_without_a_manifest_is_one_clear_sentence(run, project):
    (project / "empty").mkdir()
    result = run("test", "--events", BEFORE, "--sql", "empty")
    assert result.code == 2
    assert f"has no {MANIFEST}" in result.err
