"""The commands as they are typed in an empty folder, without any configuration."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from schemagen.sources.embedded import EmbeddedBroker

RULE = """\
title: A shell
id: 6a1f3c52-7f25-4c52-9a3f-0b7c2f0b8a11
status: test
logsource: {category: process_creation, product: windows}
detection:
  selection: {Image|endswith: '\\sh.exe'}
  condition: selection
level: high
"""
CASES = """\
topic: logs
match: [{Image: 'C:\\sh.exe'}]
no_match: [{Image: 'C:\\cmd.exe'}]
"""


@pytest.fixture
def typed(tmp_path):
    """Type a command line in an empty folder; its exit code must be the expected one."""

    def run(line, code=0):
        done = subprocess.run(
            [sys.executable, "-m", "schemagen", *line.split()],
            cwd=tmp_path, capture_output=True, text=True, check=False,
            env={k: v for k, v in os.environ.items() if not k.startswith("SCHEMAGEN_")},
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done

    events = [{"Image": f"C:\\{name}.exe", "pid": n} for n in range(200) for name in ("sh", "cmd")]
    (tmp_path / "today.ndjson").write_text("".join(json.dumps(event) + "\n" for event in events))
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "shell.yml").write_text(RULE)
    (tmp_path / "rules" / "shell.test.yml").write_text(CASES)
    (tmp_path / ".git").mkdir()  # no project file above is found
    return run


def test_two_lines_make_the_stream(typed, tmp_path):
    typed("infer logs --from today.ndjson")
    typed("ddl --out stream.sql")
    assert "CREATE STREAM LOGS (" in (tmp_path / "stream.sql").read_text()


def test_every_other_command_finds_the_topic_too(typed, tmp_path):
    typed("infer logs --from today.ndjson")
    assert "1 BOUND" in typed("rules rules").stdout
    typed("ddl --rules rules --out stream.sql")
    assert "0 failed" in typed("test rules").stdout
    assert "200" in typed("test --events today.ndjson").stdout
    assert "logs" in typed("drift --from today.ndjson").stdout
    typed("infer --from today.ndjson --prune")
    assert sorted(path.name for path in (tmp_path / "schemas").iterdir()) == [
        "logs.evidence.json",
        "logs.schema.json",
    ]


def test_of_two_topics_none_is_guessed(typed):
    typed("infer logs --from today.ndjson")
    typed("infer others --from today.ndjson")
    for line in ("ddl", "rules rules", "drift --from today.ndjson", "infer --from today.ndjson"):
        assert "there are 2: logs, others." in typed(line, code=2).stderr


def test_before_anything_is_known_each_says_what_to_name(typed):
    for line in ("ddl", "rules rules", "drift --from today.ndjson", "infer --from today.ndjson"):
        assert "No topic was named" in typed(line, code=2).stderr


def test_the_statements_are_written_though_nobody_reads_what_is_said(typed, tmp_path):
    typed("infer logs --from today.ndjson")
    line = f"{sys.executable} -m schemagen ddl --rules rules --out stream.sql 2>&1 | true"
    subprocess.run(line, shell=True, cwd=tmp_path, check=True)
    written = (tmp_path / "stream.sql").read_text()
    assert written.startswith("CREATE STREAM LOGS (")
    assert "rules/shell.yml:" in written
    assert written.rstrip().endswith(";")


def test_no_warning_of_python_is_shown(typed, tmp_path):
    typed("infer logs --from today.ndjson")
    (tmp_path / "rules" / "shell.yml").write_text(
        RULE.replace("Image|endswith: '\\sh.exe'", "Image|re: '[[a-z]sh||x--y]'")
    )
    for line in ("rules rules", "ddl --rules rules --out stream.sql", "test rules"):
        done = subprocess.run(
            [sys.executable, "-m", "schemagen", *line.split()],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert "Warning" not in done.stdout + done.stderr


def test_bulk_requests_are_recognised_and_said(typed, tmp_path):
    lines = [{"index": {"_index": "logs"}}, {"n": 1}] * 3
    (tmp_path / "bulk.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = typed("infer bulk --from bulk.ndjson")
    assert "bulk.ndjson: Elasticsearch bulk requests, 3 records" in done.stderr
    assert "bulk: 3 messages, 1 field" in done.stdout
    assert "3 messages are too few to tell" in done.stderr


def test_a_topic_of_the_registry_is_explained_before_it_is_read(typed):
    broker = EmbeddedBroker()
    broker.produce("avro", [b"\x00\x00\x00\x00\x07\x02x"] * 8)
    broker.produce("json", [b'\x00\x00\x00\x00\x07{"n": 1}'] * 8)
    told = typed(f"infer avro -b {broker.bootstrap_servers}", code=2).stderr
    assert "begin with a zero byte and a schema id (7)" in told
    assert "--registry URL" in told
    read = typed(f"infer json -b {broker.bootstrap_servers}")
    assert "json: 8 messages, 1 field" in read.stdout
    assert "VALUE_FORMAT = 'JSON_SR'" in typed("ddl").stdout
