"""Which topic a command works on."""

from __future__ import annotations

import json

import pytest

from schemagen.errors import InputError
from schemagen.project import TopicConfig
from schemagen.workspace.topic import open_workspace


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()  # no project file above is found
    return tmp_path


def configure(folder, *topics):
    (folder / "schemagen.toml").write_text(
        "".join(f'[topics."{topic}"]\nstream = "S_{topic.upper()}"\n' for topic in topics)
    )


def infer(folder, *topics):
    (folder / "schemas").mkdir(exist_ok=True)
    for topic in topics:
        file = folder / "schemas" / f"{topic}.schema.json"
        file.write_text(json.dumps({"title": topic, "type": "object"}))


def test_the_one_that_was_named(folder):
    configure(folder, "a", "b")
    infer(folder, "c")
    assert open_workspace(topic="b").topic.stream == "S_B"
    assert open_workspace(topic="new").topic == TopicConfig("new")


def test_the_only_one_in_the_project_file_comes_before_the_schemas(folder):
    configure(folder, "a")
    infer(folder, "b", "c")
    workspace = open_workspace()
    assert workspace.topic.stream == "S_A"
    assert workspace.schema_file == folder / "schemas" / "a.schema.json"
    assert workspace.evidence_file == folder / "schemas" / "a.evidence.json"


def test_the_only_one_with_a_schema(folder):
    infer(folder, "logs.v1")
    assert open_workspace().topic == TopicConfig("logs.v1")


def test_a_project_file_without_topics_leaves_it_to_the_schemas(folder):
    (folder / "schemagen.toml").write_text('[kafka]\n"bootstrap.servers" = "h:9092"\n')
    infer(folder, "t")
    assert open_workspace().topic.name == "t"


def test_the_schemas_beside_the_project_file_count_wherever_the_command_is_run(folder, monkeypatch):
    configure(folder)
    infer(folder, "t")
    (folder / "deep").mkdir()
    monkeypatch.chdir(folder / "deep")
    workspace = open_workspace()
    assert (workspace.topic.name, workspace.root) == ("t", folder)


def test_the_one_of_the_schema_that_was_named(folder):
    infer(folder, "a", "b")
    file = folder / "elsewhere.json"
    file.write_text(json.dumps({"title": "c"}))
    workspace = open_workspace(schema=file)
    assert (workspace.topic.name, workspace.schema_file) == ("c", file)


@pytest.mark.parametrize("configured", [True, False])
def test_of_several_none_is_guessed(folder, configured):
    (configure if configured else infer)(folder, "b", "a")
    with pytest.raises(InputError, match="there are 2: a, b") as error:
        open_workspace()
    assert error.value.hint == "Name one, as TOPIC or with --topic."


@pytest.mark.parametrize("text", ["", "[1]", '{"title": 1}', '{"title": "c d"}'])
def test_without_any_it_says_how_to_name_one(folder, text):
    schema = None
    if text:
        schema = folder / "s.json"
        schema.write_text(text)
    with pytest.raises(InputError, match=r"No topic was named|'c d' can't be the name"):
        open_workspace(schema=schema)


@pytest.mark.parametrize("name", ["..", ".", "a/b", "a b", "\u00fc", "x" * 250])
@pytest.mark.usefixtures("folder")
def test_a_name_that_kafka_refuses_is_refused(name):
    with pytest.raises(InputError, match="can't be the name of a topic"):
        open_workspace(topic=name)
