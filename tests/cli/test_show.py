"""`schemagen show`."""

from __future__ import annotations

import pytest


@pytest.fixture
def inferred(run, events):
    event = {"a": {"b": {"CommandLine": "x"}}, "n": 1}
    return run("infer", "t", "--from", events(event, {**event, "n": "x"}))


def test_the_tree_is_the_one_that_infer_printed(run, inferred):
    assert run("show").out == inferred.out
    assert "t: 2 messages, 4 fields, 1 with conflicting types" in inferred.out


@pytest.mark.usefixtures("inferred")
def test_a_part_of_it(run):
    assert "2 fields inside" in run("show", "--depth", "1").out
    assert run("show", "--grep", "commandline").out.splitlines()[-1].strip("│└─ ") == (
        "CommandLine  text"
    )


@pytest.mark.usefixtures("inferred")
def test_machines_get_the_same_fields(run):
    report = run("show", "--format", "json", "--grep", "^n$").json
    assert (report["topic"], report["messages"]) == ("t", 2)
    assert [field["path"] for field in report["fields"]] == ["n"]


def test_without_evidence_nothing_is_said_of_messages(run, inferred, tmp_path):
    assert inferred.code == 0
    (tmp_path / "schemas" / "t.evidence.json").unlink()
    result = run("show")
    assert (result.code, result.out.splitlines()[0]) == (0, "t: 4 fields, 1 with conflicting types")


@pytest.mark.usefixtures("inferred")
@pytest.mark.parametrize(("arguments", "says"), [
    (["--grep", "("], "is not a regular expression"),
    (["other"], "There is no schema at schemas/other.schema.json"),
    (["--depth", "0"], "--depth"),
])  # fmt: skip
def test_wrong_use_is_one_clear_sentence(run, arguments, says):
    result = run("show", *arguments)
    assert (result.code, says in result.err) == (2, True)
