"""The commands as they are typed in an empty folder, without any configuration."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

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
