"""`rules`, `ddl` and `test` again: what they remember, and that their output is the same."""

from __future__ import annotations

import pytest
import yaml

from schemagen.cache import Cache
from schemagen.detections import binding
from schemagen.detections.checks import read_rule

MANY = 24


def rule(number, **changes):
    detection = {
        "selection": {"Image|endswith": f"\\tool{number}.exe", "id": number % 9 + 1},
        "condition": "selection",
    }
    return {
        "title": f"Rule {number}",
        "id": f"{number:08}-1111-4111-8111-111111111111",
        "logsource": {"product": "windows", "category": f"c{number % 3}", "definition": "all"},
        "date": "2022-01-01",
        "detection": detection,
        "level": "high",
        "tags": ["attack.t1059"],
        **changes,
    }


HOSTILE = [
    {"selection": {"Cmd|re": "ev[i1]l.*${x}'", "id": 2}, "condition": "selection"},
    {"selection": {"Cmd|contains": "a /* b */ ' ${x}"}, "condition": "selection"},
    {"a": {"id": 3}, "b": {"Cmd|contains": ["x", "ü¦"]}, "condition": "a and not b"},
    {"a": {"id": [4, 5]}, "b": {"Image|re": "q.?x"}, "condition": "a and not 1 of b*"},
    {"selection": {"Deep|contains": "w", "id": 6}, "condition": "selection"},
    {"selection": {"Missing": "x"}, "condition": "selection"},
    {"selection": {"id|contains": "x", "Cmd": None}, "condition": "selection"},
    {"selection": {"Cmd|fieldref": "Image"}, "condition": "selection"},
    {"selection": {"Cmd": "x"}, "condition": ["selection", "not selection"]},
    {"selection": {"Cmd": "x"}, "condition": "selection | count() > 3"},
]


@pytest.fixture
def project(run, events, tmp_path, monkeypatch):
    monkeypatch.setenv("SCHEMAGEN_CACHE", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    event = {"Image": "x", "Cmd": "y", "id": 1, "Deep": [{"a": 1}, "t"], "host": {"name": "h"}}
    run("infer", "--from", events(event, event), "t")
    (tmp_path / "schemagen.toml").write_text('[topics.t]\nrules = ["rules"]\npipelines = ["none"]')
    (tmp_path / "rules").mkdir()
    for number in range(MANY):
        write(tmp_path, number, rule(number))
    for number, detection in enumerate(HOSTILE, MANY):
        write(tmp_path, number, rule(number, detection=detection))
    write(tmp_path, "two", rule(90, id=None), rule(91, id="none"))
    (tmp_path / "rules" / "broken.yml").write_text("a: [")
    correlation = {"type": "event_count", "rules": [rule(1)["id"]], "timespan": "1h"}
    correlation |= {"condition": {"gte": 2}, "group-by": ["Image"]}
    write(tmp_path, "correlation", {"title": "C", "correlation": correlation})
    filters = {"rules": [rule(2)["id"]], "f": {"Cmd": "known"}, "condition": "not f"}
    logsource = rule(2)["logsource"]
    write(tmp_path, "filter", {"title": "F", "logsource": logsource, "filter": filters})
    return tmp_path


def write(folder, name, *rules):
    text = yaml.safe_dump_all([{k: v for k, v in each.items() if v is not None} for each in rules])
    (folder / "rules" / f"{name}.yml").write_text(text)


def both(run):
    """Return what the commands write, once without and once with what is remembered."""
    commands = (
        ("ddl",),
        ("rules", "--format", "json"),
        ("rules",),
        ("rules", "--cost", "--format", "json"),
    )
    fresh = [run(*each, "--no-cache") for each in commands]
    again = [run(*each) for each in commands]
    return [[(each.code, each.out, each.err) for each in done] for done in (fresh, again)]


@pytest.fixture
def bound(monkeypatch):
    """Note the titles of the rules that are bound."""
    titles = []
    bind = binding.Binder.bind

    def noted(self, loaded):
        titles.append(loaded.title)
        return bind(self, loaded)

    monkeypatch.setattr(binding.Binder, "bind", noted)
    return titles


def test_the_output_is_the_same_with_and_without_and_after_a_change(run, project):
    for _ in range(2):
        fresh, again = both(run)
        assert again == fresh
        assert "T_ALERTS_CANDIDATES" in fresh[0][1]
    write(project, 3, rule(3, detection={"selection": {"id": 3}, "condition": "selection"}))
    (project / "rules" / "4.yml").unlink()
    write(project, "new", rule(99))
    fresh, changed = both(run)
    assert changed == fresh != again
    # A filter that goes gives its rule back.
    (project / "rules" / "filter.yml").unlink()
    fresh, changed = both(run)
    assert changed == fresh
    assert both(run)[1] == fresh


def test_only_what_changed_is_bound_again(run, project, bound):
    run("rules")
    assert "Rule 5" in bound
    bound.clear()
    run("rules")
    assert bound == ["Rule 2"]  # which has a filter
    write(project, 5, rule(5, level="low"))
    bound.clear()
    run("rules")
    assert sorted(bound) == ["Rule 2", "Rule 5"]


def test_nor_does_ddl_look_into_what_was_written_before(run, project, bound):
    # The condition of the one is in a correlation, and the filter of the other in another file.
    for _ in range(2):
        bound.clear()
        run("ddl", "--out", "all.sql")
    assert set(bound) == {"Rule 1", "Rule 2"}
    write(project, 5, rule(5, level="low"))
    bound.clear()
    run("ddl", "--out", "all.sql")
    assert set(bound) == {"Rule 1", "Rule 2", "Rule 5"}


@pytest.mark.usefixtures("project")
def test_other_options_evidence_or_columns_are_another_context(run, events, bound):
    run("rules")
    for change in (
        lambda: run("rules", "--rare", "1%"),
        lambda: run("rules", "--pipeline", "flat"),
        lambda: run("ddl", "--matching", "like"),
        lambda: run("ddl", "--exclude", "Cmd"),
        lambda: (run("infer", "--from", events({"Cmd": 1}), "t"), bound.clear(), run("rules"))[-1],
    ):
        bound.clear()
        done = change()
        assert done.code == 0, done.err
        assert "Rule 5" in bound


@pytest.mark.usefixtures("project")
def test_without_the_cache_nothing_is_left(run, tmp_path, monkeypatch):
    run("ddl", "--no-cache")
    monkeypatch.setenv("SCHEMAGEN_CACHE", "0")
    run("ddl")
    assert not (tmp_path / "cache").exists()


@pytest.mark.usefixtures("project")
def test_entries_that_are_not_as_they_were_written_are_worked_out_anew(run, monkeypatch):
    run("ddl")
    fresh = run("ddl", "--no-cache").out
    get = Cache.get
    for spoilt in (7, [{"rule": [1, 2], "problems": []}], [{}], "text", [{"rule": None}]):
        monkeypatch.setattr(Cache, "get", lambda _, key, found=spoilt: found)  # noqa: ARG005
        assert run("ddl").out == fresh
    monkeypatch.setattr(Cache, "get", get)


@pytest.mark.usefixtures("project")
def test_the_file_that_is_written_again_is_not_read_again(run, tmp_path, monkeypatch):
    run("ddl", "--out", "all.sql")
    first = (tmp_path / "all.sql").read_text()
    (tmp_path / "rules" / "7.yml").unlink()
    monkeypatch.setattr("schemagen.workspace.written.parse_script", lambda *_: pytest.fail("read"))
    done = run("ddl", "--out", "all.sql")
    assert "all.sql loses 1 detection that it holds now: Rule 7." in done.err
    assert (tmp_path / "all.sql").read_text() != first
    monkeypatch.undo()


def test_the_yaml_of_a_remembered_rule_is_there_for_who_asks(run, project, events):
    run("rules")
    file = events({"Image": "C:\\tool5.exe", "id": 6})
    shown = run("rules", "--explain", "Rule 5", "--event", f"{file}:1")
    assert shown.code == 0, shown.err
    fresh = run("rules", "--explain", "Rule 5", "--event", f"{file}:1", "--no-cache")
    assert shown.out == fresh.out
    assert read_rule(rule(5), None).title == "Rule 5"
    assert project.exists()


@pytest.mark.usefixtures("project")
def test_of_very_many_rules_a_folder_is_said_to_read_better(run, monkeypatch):
    assert "a folder is easier" not in run("ddl", "--out", "all.sql").err
    monkeypatch.setattr("schemagen.workspace.script._MANY_RULES", 20)
    assert "a folder is easier to review: --out all/ writes" in run("ddl", "--out", "all.sql").err
    assert "a folder is easier" not in run("ddl", "--out", "sql").err
    assert "a folder is easier" not in run("ddl").err


@pytest.mark.usefixtures("project")
def test_what_was_translated_to_replay_events_is_not_translated_again(
    run, events, tmp_path, monkeypatch
):
    run("ddl", "--out", "all.sql", "--no-cache")
    alerting = events(*({"Image": f"C:\\tool{n}.exe", "id": n % 9 + 1} for n in range(MANY)))
    command = ("test", "--sql", "all.sql", "--events", alerting, "--format", "json")
    fresh = run(*command, "--no-cache")
    assert not (tmp_path / "cache").exists()
    assert fresh.code == 0
    assert fresh.json["rules"]
    assert run(*command).out == fresh.out
    monkeypatch.setattr("schemagen.replay.engine.plan", lambda *_: pytest.fail("translated"))
    assert run(*command).out == fresh.out
