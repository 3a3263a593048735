"""The library does what the commands do, from Python: each step on what the one before returned."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import schemagen
from schemagen import (
    SchemagenError,
    Topic,
    bind_rules,
    compare,
    declare,
    infer,
    merge,
    run_statements,
)

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "samples"
EVENTS = SAMPLES / "wineventlogs.ndjson"
EXAMPLES = re.findall(
    r"```python\n(.*?)```", (ROOT / "docs" / "library.md").read_text(encoding="utf-8"), re.DOTALL
)
LINES = EVENTS.read_bytes().splitlines()


@pytest.fixture(scope="module")
def sample():
    return infer(EVENTS, "wineventlogs")


@pytest.fixture(scope="module")
def rules(sample):
    return bind_rules(declare(sample, "W"), SAMPLES / "rules", pipelines=["winlogbeat"])


def test_the_page_does_what_it_says(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "yesterday.ndjson").write_bytes(b"\n".join(LINES[:300]))
    (tmp_path / "today.ndjson").write_bytes(b"\n".join(LINES[300:]))
    shutil.copy(SAMPLES / "wineventlogs-later.ndjson", tmp_path / "later.ndjson")
    shutil.copytree(SAMPLES / "rules", tmp_path / "rules")
    assert len(EXAMPLES) == 2
    for example in EXAMPLES:
        exec(compile(example, "library.md", "exec"), {})
    shown = capsys.readouterr().out
    assert "531 messages;" in shown
    assert "BOUND Possible Antivirus or Firewall Software Enumeration" in shown
    assert "drops host" in shown
    assert "2 of 3" in shown


def test_the_first_example_is_short():
    code = [line for line in EXAMPLES[0].splitlines() if line.strip()]
    assert len(code) <= 15


def test_importing_it_loads_nothing():
    probe = (
        "import sys, schemagen; "
        "assert not {'duckdb', 'sigma', 'sqlglot', 'schemagen.library'} & set(sys.modules); "
        "schemagen.infer; assert 'schemagen.library' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", probe], check=True)


def test_every_name_is_there_and_no_other():
    assert set(dir(schemagen)) == set(schemagen.__all__)
    for name in schemagen.__all__:
        assert getattr(schemagen, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'ddl'"):
        _ = schemagen.ddl


@pytest.mark.parametrize("records", [
    lambda: EVENTS,
    lambda: str(EVENTS),
    lambda: LINES,
    lambda: iter(LINES),
], ids=["path", "text", "list", "iterator"])  # fmt: skip
def test_records_of_any_sort_give_the_same_profile(records, sample):
    found = infer(records(), "wineventlogs")
    assert found.evidence.to_json()["profile"] == sample.evidence.to_json()["profile"]
    assert found.schema == sample.schema


def test_dicts_are_records_and_bytes_are_judged():
    found = infer([{"a": 1}, b'{"a": "x", "a": 2}', b"[1]", None], "t")
    assert (
        found.messages,
        found.evidence.decoding.records,
        found.evidence.decoding.bad,
    ) == (2, 4, 1)
    assert declare(found).ddl.proof.sentence().startswith("2 of 2")


@pytest.mark.parametrize("wrong", [["text"], [1], [[{"a": 1}]]])
def test_what_is_not_a_record_is_refused(wrong):
    with pytest.raises(TypeError, match="A record is a dict or bytes"):
        infer(wrong)


def test_nothing_readable_is_an_error():
    with pytest.raises(SchemagenError, match="none is a JSON object"):
        infer([b"x"], "t")


def test_merging_changes_no_sample(sample):
    first, second = infer(LINES[:200], "wineventlogs"), infer(LINES[200:], "wineventlogs")
    merged = merge(first, second)
    assert merged.evidence.to_json()["profile"] == sample.evidence.to_json()["profile"]
    assert (first.messages, second.messages) == (200, 331)
    assert merge(second, first).schema == merged.schema


def test_a_sample_is_kept_in_a_file(sample, tmp_path):
    sample.save(tmp_path / "e.json")
    assert schemagen.Sample.load(tmp_path / "e.json").schema == sample.schema


def test_the_statements_alert_as_the_commands_do(rules):
    fired = run_statements(rules, EVENTS).fired
    assert sum(map(len, fired.values())) == 24
    assert run_statements(rules.sql, EVENTS).fired == fired


def test_a_script_of_several_topics_needs_a_word_on_which():
    script = "".join(
        f"CREATE STREAM {name} (A INT) WITH (KAFKA_TOPIC='{name}', VALUE_FORMAT='JSON');"
        for name in "ab"
    )
    with pytest.raises(SchemagenError, match="The statements read 2 topics: a, b"):
        run_statements(script, [{"a": 1}])
    assert run_statements(script, [{"a": 1}], "a").fired == {}


def test_a_replay_says_what_no_stream_sees(rules):
    assert len(run_statements(rules, [LINES[0], b"broken"]).unreadable) == 1


def test_two_samples_of_the_same_records_differ_in_nothing(sample, rules):
    assert compare(rules, sample).findings == []
    found = compare(rules, infer(SAMPLES / "wineventlogs-later.ndjson", "wineventlogs"))
    assert found.failing
    assert found.findings[0].place == "host"


def test_a_type_that_loses_values_is_refused(sample):
    with pytest.raises(SchemagenError, match="would be dropped"):
        declare(sample, types={"host": "VARCHAR", "message": "BIGINT"})


def test_a_topic_has_a_name_and_a_source():
    topic = Topic("logs", "127.0.0.1:1", max_messages=5)
    assert topic.source().provenance
    with pytest.raises(SchemagenError):
        infer(topic)
