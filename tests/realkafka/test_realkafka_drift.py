"""The drift of a live topic since a time, against a baseline that lies in git."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemagen.ksqldb.dialect import parse_script

pytestmark = pytest.mark.realkafka

SAMPLES = Path(__file__).parents[2] / "samples"
BEFORE = (SAMPLES / "wineventlogs.ndjson").read_bytes().splitlines()
LATER = (SAMPLES / "wineventlogs-later.ndjson").read_bytes().splitlines()


def milliseconds(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.fixture
def run(tmp_path):
    """Run a command in the project's folder."""

    def run(*command):
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    return run


def git(run, *arguments):
    who = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    done = run("git", *who, *arguments)
    assert done.returncode == 0, done.stderr


def written(events, start):
    """Give records over three partitions, one a second from a time on."""
    return [(n % 3, event, {"timestamp": start + 1_000 * n}) for n, event in enumerate(events)]


def test_a_live_topic_since_a_time_against_a_branch(run, make_topic, produce, config, tmp_path):
    def schemagen(*arguments):
        return run(sys.executable, "-c", "from schemagen.cli import main; main()", *arguments)

    topic = make_topic(3)
    server = config["bootstrap.servers"]
    first, second = milliseconds("2025-03-11T08:00:00"), milliseconds("2025-03-18T08:00:00")
    produce(topic, written(BEFORE, first))

    (tmp_path / "schemagen.toml").write_text(
        f'[kafka]\n"bootstrap.servers" = "{server}"\n[topics.{topic}]\nstream = "WINLOGEVENTS"\n'
        f'event_time = "@timestamp"\nrules = ["{SAMPLES / "rules"}"]\npipelines = ["winlogbeat"]\n'
    )
    git(run, "init", "-q", "-b", "main")
    assert schemagen("infer", topic).returncode == 0
    assert schemagen("ddl", topic, "--out", "stream.sql").returncode == 0
    git(run, "add", ".")
    git(run, "commit", "-q", "-m", "the baseline")

    # The day that the baseline was made of is not a drift.
    same = schemagen("drift", topic, "--format", "json")
    assert same.returncode == 0, same.stdout + same.stderr
    assert json.loads(same.stdout)["findings"] == []

    # The topic lives on, and the work tree has moved: git has what is deployed.
    produce(topic, written(LATER, second))
    assert schemagen("infer", topic, "-q").returncode == 0
    against = [f".git#main:schemas/{topic}.schema.json", ".git#main:stream.sql"]
    found = schemagen(
        "drift", topic, "--since", "2025-03-18T00:00:00Z", "--format", "json", "--plan", "plan.sql",
        *(f"--against={each}" for each in against),
    )  # fmt: skip
    assert found.returncode == 1, found.stderr
    report = json.loads(found.stdout)
    assert report["messages"] == len(LATER)
    (finding,) = report["findings"]
    assert (finding["class"], finding["path"]) == ("drops", "host")
    assert finding["count"] == sum(isinstance(json.loads(e)["host"], str) for e in LATER)
    blinded = {each["name"] for each in finding["blinded"]}
    assert "Possible Antivirus or Firewall Software Enumeration (via process_creation)" in blinded
    assert len(blinded) == 11
    assert report["baselines"] == against

    plan = parse_script((tmp_path / "plan.sql").read_text(), "plan.sql")
    # The detections and the matches of correlations: terminate both, drop and create what each
    # reads, insert both.
    assert len(plan) == 8
    assert server not in found.stdout + (tmp_path / "plan.sql").read_text()

    # Whoever accepts it has a new baseline in one diff.
    accepted = schemagen("infer", topic, "--since", "2025-03-18T00:00:00Z", "--prune", "-q")
    assert accepted.returncode == 0, accepted.stderr
    again = schemagen(
        "drift", topic, "--since", "2025-03-18T00:00:00Z",
        "--against", f"schemas/{topic}.schema.json",
    )  # fmt: skip
    assert again.returncode == 0, again.stdout
