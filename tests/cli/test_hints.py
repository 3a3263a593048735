"""What is told to a user who can do something about an error."""

from __future__ import annotations

import pytest

RULE = """\
title: T
id: 11111111-1111-4111-8111-111111111111
logsource: {category: process_creation}
detection: {selection: {CommandLine: x}, condition: selection}
"""
PIPELINE = "name: n\npriority: 1\ntransformations: []\n"


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ("infer t -n 0", "Write 50000, or all."),
        (
            "infer t -b localhost:1 --since 2025-01-02T00:00Z --until 2025-01-01T00:00Z",
            "Give an earlier --since, or a later --until.",
        ),
        ("test nowhere --sql stream.sql", "Give the path of a test file, of a rule file or"),
        ("test --events nowhere --sql stream.sql", "or repeat the option for each."),
        ("demo --samples .", "Name a folder with wineventlogs.ndjson and wineventlogs-later.ndj"),
        ("rules --config utf16.toml", "Save it as UTF-8"),
        ("ddl t --schema broken.json", "Undo what was edited there"),
        ("ddl t --schema wrong.json", "Undo what was edited there"),
        ("ddl t --schema extended.json", "`schemagen infer` writes it again."),
    ],
)
def test_an_error_ends_with_what_to_do(run, tmp_path, arguments, hint):
    for name, text in (
        ("stream.sql", "CREATE STREAM S (A INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');"),
        ("broken.json", "{"),
        ("wrong.json", '{"type": 1}'),
        ("extended.json", '{"type": "object", "x-schemagen": 1}'),
    ):
        (tmp_path / name).write_text(text)
    (tmp_path / "utf16.toml").write_text("[kafka]", encoding="utf-16")
    result = run(*arguments.split())
    assert result.code in {2, 3}
    sentence, advice = result.err.splitlines()
    assert sentence.startswith("Error: ")
    assert hint in advice


@pytest.mark.parametrize(
    ("pipeline", "hint"),
    [
        ("nowhere.yml", "Paths in schemagen.toml start from its own folder."),
        ("list.yml", "Its keys are name, priority and transformations."),
        ("rule.yml", "Name it under `rules`, not under `pipelines`."),
        ("others.yml", "add ksqldb to its allowed_backends."),
    ],
)
def test_a_pipeline_that_cannot_be_used_is_no_riddle(run, events, tmp_path, pipeline, hint):
    (tmp_path / "rule.yml").write_text(RULE)
    (tmp_path / "list.yml").write_text("[1, 2]\n")
    (tmp_path / "others.yml").write_text(PIPELINE + "allowed_backends: [splunk]\n")
    (tmp_path / "schemagen.toml").write_text(
        f'[topics.t]\nrules = ["rule.yml"]\npipelines = ["{pipeline}"]\n'
    )
    run("infer", "--from", events({"CommandLine": "x"}))
    result = run("rules")
    assert result.code == 2
    assert hint in result.err.splitlines()[1]
