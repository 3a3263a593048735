"""Kinds of events, as `infer`, `show` and `merge` have them."""

from __future__ import annotations

import json

import pytest

LOGON = {"winlog": {"channel": "Security", "event_id": 4624, "logon": {"type": 3}}}
PROCESS = {"winlog": {"channel": "Security", "event_id": "4688", "process": {"name": "x"}}}
SERVICE = {"winlog": {"channel": "System", "event_id": 7045}}
EVENTS = [LOGON] * 5 + [PROCESS] * 4 + [SERVICE]
FIELDS = ["winlog.channel", "winlog.event_id"]


def told_by(folder, topic="t"):
    document = json.loads((folder / "schemas" / f"{topic}.schema.json").read_text())
    return document.get("x-schemagen", {}).get("kind")


def evidence_kinds(folder, topic="t"):
    document = json.loads((folder / "schemas" / f"{topic}.evidence.json").read_text())
    return document["profile"].get("kinds")


@pytest.fixture
def inferred(run, events):
    return run("infer", "t", "--from", events(*EVENTS))


def test_infer_lists_the_kinds_and_says_what_tells_them(inferred, tmp_path):
    lines = [line.split() for line in inferred.out.splitlines()]
    assert "3 kinds of events by winlog.channel and winlog.event_id" in inferred.out
    assert ["Security", "4624", "5", "50.0%", "2"] in lines
    assert ["System", "7045", "1", "10.0%"] in lines
    assert "Kinds of events are told by winlog.channel and winlog.event_id" in inferred.err
    assert told_by(tmp_path) == FIELDS
    assert evidence_kinds(tmp_path)["names"]["Security\n4688"] == 4


@pytest.mark.usefixtures("inferred")
def test_show_lists_all_kinds_or_the_fields_of_one(run):
    all_of_them = run("show", "--kinds").out
    assert "System 7045" in all_of_them
    assert "├" not in all_of_them
    one = run("show", "--kind", "4688").out
    assert "t, Security 4688: 4 messages, 5 fields" in one
    assert "logon" not in one
    assert one.splitlines()[-1].strip("│└─ ") == "name  text"


@pytest.mark.usefixtures("inferred")
@pytest.mark.parametrize("name", ["Security 4624", "security  4624", "4624"])
def test_a_kind_is_named_whole_or_by_one_of_its_fields(run, name):
    assert "t, Security 4624: 5 messages" in run("show", "--kind", name).out


@pytest.mark.usefixtures("inferred")
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Security", "is the name of several kinds"),
        ("4625", "is not a kind of event that was seen"),
    ],
)
def test_a_kind_that_is_not_clear_is_one_sentence(run, name, says):
    result = run("show", "--kind", name)
    assert (result.code, says in result.err) == (2, True)
    assert "There are Security 4624" in result.err


def test_evidence_without_kinds_has_none_to_show(run, events):
    run("infer", "t", "--from", events({"a": 1}))
    result = run("show", "--kind", "x")
    assert (result.code, "No kinds of events are told apart" in result.err) == (2, True)
    assert run("show", "--kinds").out == ""


@pytest.mark.usefixtures("inferred")
def test_machines_get_the_kinds(run, events):
    report = run("infer", "t", "--from", events(*EVENTS), "--format", "json").json
    assert report["event_kinds"]["fields"] == FIELDS
    first = {"kind": "Security 4624", "messages": 5, "share": 0.5, "own_fields": 2}
    assert report["event_kinds"]["kinds"][0] == first
    assert run("show", "--format", "json").json["event_kinds"][0] == first


def test_the_option_wins_over_the_project_file_and_this_over_the_schema(run, events, tmp_path):
    path = events(*EVENTS)
    run("infer", "t", "--from", path)
    project = tmp_path / "schemagen.toml"
    project.write_text('[topics.t]\nkind = ["winlog.channel"]\nmax_kinds = 1\n')
    run("infer", "t", "--from", path)
    assert told_by(tmp_path) == ["winlog.channel"]
    assert evidence_kinds(tmp_path)["most"] == 1
    run("infer", "t", "--from", path, "--kind", "winlog.event_id")
    assert told_by(tmp_path) == ["winlog.event_id"]
    project.write_text("[topics.t]\nkind = []\n")
    assert "kinds of events" not in run("infer", "t", "--from", path).out
    assert (told_by(tmp_path), evidence_kinds(tmp_path)) == (None, None)


def test_what_told_them_last_time_tells_them_again(run, events, tmp_path):
    path = events(*EVENTS)
    run("infer", "t", "--from", path, "--kind", "winlog.channel")
    run("infer", "t", "--from", path)
    assert told_by(tmp_path) == ["winlog.channel"]
    other = [{"log_name": "Security", "event_id": 1}] * 9
    run("infer", "t", "--from", events(*other))
    assert told_by(tmp_path) == ["log_name", "event_id"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--kind", "a", "--kind", "b", "--kind", "c"], "one field or two"),
        (["--kind", "a[]"], "is not the path of a field"),
    ],
)
def test_wrong_options_are_one_clear_sentence(run, events, arguments, says):
    result = run("infer", "t", "--from", events(*EVENTS), *arguments)
    assert (result.code, says in result.err) == (2, True)


@pytest.mark.parametrize(
    ("project", "says"),
    [
        ('kind = ["a", "b", "c"]', "names 3 fields"),
        ('kind = ["a..b"]', "is not the path of a field"),
        ('kind = "a"', "must be a list of texts"),
        ("max_kinds = 0", "must be 1 or more"),
    ],
)
def test_wrong_settings_are_one_clear_sentence(run, events, tmp_path, project, says):
    (tmp_path / "schemagen.toml").write_text(f"[topics.t]\n{project}\n")
    result = run("infer", "t", "--from", events(*EVENTS))
    assert (result.code, says in result.err) == (2, True)


def test_parts_that_tell_kinds_alike_are_merged_to_the_whole(run, events, tmp_path):
    run("infer", "t", "--from", events(*EVENTS))
    whole = evidence_kinds(tmp_path)
    for part in range(2):
        path = events(*EVENTS[part::2], name=f"part{part}.ndjson")
        run("infer", "t", "--from", path, "--schema", f"part{part}/t.schema.json")
    result = run("merge", "part1/t.evidence.json", "part0/t.evidence.json")
    assert evidence_kinds(tmp_path) == whole
    assert "different fields" not in result.err


def test_parts_that_tell_them_otherwise_tell_none_together(run, events, tmp_path):
    path = events(*EVENTS)
    run("infer", "t", "--from", path, "--schema", "one/t.schema.json")
    other = events(*EVENTS, name="other.ndjson")
    run("infer", "t", "--from", other, "--schema", "two/t.schema.json", "--kind", "winlog.channel")
    result = run("merge", "one/t.evidence.json", "two/t.evidence.json")
    assert result.code == 0
    assert "The parts tell kinds of events by different fields" in result.err
    assert evidence_kinds(tmp_path) is None


def test_reading_stops_only_when_no_new_kind_is_likely(run, events):
    rare = [{"winlog": {"channel": "Security", "event_id": n}} for n in range(300)]
    common = [{"winlog": {"channel": "Security", "event_id": 7}}] * 3_000
    stopped = run("infer", "t", "--from", events(*common, *common), "--until-unseen-below", "1%",
                  "--format", "json").json  # fmt: skip
    assert stopped["messages"] < 6_000
    read = run("infer", "t", "--from", events(*rare, *common), "--until-unseen-below", "1%",
               "--format", "json").json  # fmt: skip
    assert read["messages"] == 3_300


def test_drift_fails_for_a_tenth_of_events_of_another_shape(run, events, tmp_path):
    (tmp_path / "rule.yml").write_text(
        "title: A process\nid: 6f1c0f6e-98c8-4f4b-8a11-3b1f1d5a4e11\n"
        "logsource: {product: windows, service: security}\n"
        "detection: {selection: {EventID: 4688}, condition: selection}\n"
    )
    (tmp_path / "schemagen.toml").write_text('[topics.t]\nrules = ["rule.yml"]\n')
    many = EVENTS * 40
    run("infer", "t", "--from", events(*many))
    other = [{"log_name": "Security", "event_id": 4688, "event_data": {"x": "y"}}] * 40
    assert run("drift", "t", "--from", events(*many)).code == 0
    result = run("drift", "t", "--from", events(*many, *other))
    assert result.code == 1
    assert "blinds    (kind none)" in result.out
    assert "A process (partly, sees 160 of 200 events, before 160 of 160)" in result.out
    assert "Add the pipeline winlogbeat6" in result.out
