"""The commands, as a user types them, against a real broker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from kafka_broker import SCRAM_USERS

from schemagen.ksqldb.dialect import parse_script, properties

pytestmark = pytest.mark.realkafka

SAMPLES = Path(__file__).parents[2] / "samples"
EVENTS = (SAMPLES / "wineventlogs.ndjson").read_bytes().splitlines()


@pytest.fixture
def schemagen(tmp_path):
    def run(*arguments, **environment):
        command = [sys.executable, "-c", "from schemagen.cli import main; main()", *arguments]
        env = {**os.environ, **environment}
        return subprocess.run(
            command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )

    return run


@pytest.fixture
def topic(make_topic, produce):
    name = make_topic(3)
    produce(name, [(n % 3, event) for n, event in enumerate(EVENTS)])
    return name


def test_any_number_of_jobs_writes_the_same_files(schemagen, topic, config, tmp_path):
    for jobs in ("1", "3"):
        options = ("--max-messages", "all", "--jobs", jobs, "--schema", f"{jobs}/t.schema.json")
        inferred = schemagen("infer", topic, "-b", config["bootstrap.servers"], *options)
        assert inferred.returncode == 0, inferred.stderr
    for name in ("t.schema.json", "t.evidence.json"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "3" / name).read_bytes()


def test_from_nothing_to_a_project_by_the_commands_that_init_names(
    schemagen, topic, config, tmp_path
):
    made = schemagen("init", topic, "-b", config["bootstrap.servers"])
    assert made.returncode == 0, made.stderr
    written = (tmp_path / "schemagen.toml").read_text()
    assert f'"bootstrap.servers" = "{config["bootstrap.servers"]}"' in written
    assert 'event_time = "@timestamp"' in written
    head, *lines = made.stdout.splitlines()
    assert head == "Next:"
    inferred, ruled, declared = (line.partition("   #")[0].split()[1:] for line in lines[:3])
    # The broker is in the file: nobody has to name it again.
    result = schemagen(*inferred)
    assert result.returncode == 0, result.stderr
    assert f"{topic}: {len(EVENTS)} messages" in result.stdout
    assert "No rules were named" in schemagen(*ruled).stderr
    assert schemagen(*declared).returncode == 0
    (statement,) = parse_script((tmp_path / "stream.sql").read_text())
    assert properties(statement)["TIMESTAMP"] == "`@timestamp`"


def test_from_topic_to_statement(schemagen, topic, config, tmp_path):
    inferred = schemagen("infer", topic, "-b", config["bootstrap.servers"])
    assert inferred.returncode == 0, inferred.stderr
    assert f"{topic}: {len(EVENTS)} messages" in inferred.stdout
    evidence = json.loads((tmp_path / "schemas" / f"{topic}.evidence.json").read_text())
    (source,) = evidence["sources"]
    assert sum(each["records"] for each in source["partitions"].values()) == len(EVENTS)
    assert config["bootstrap.servers"] not in json.dumps(evidence)

    made = schemagen("ddl", topic, "--event-time", "@timestamp")
    assert made.returncode == 0, made.stderr
    (statement,) = parse_script(made.stdout)
    assert properties(statement)["KAFKA_TOPIC"] == topic
    assert f"{len(EVENTS)} of {len(EVENTS)} sampled records survive, 0 values" in made.stdout


def test_two_lines_in_an_empty_folder_make_the_statement(schemagen, topic, config, tmp_path):
    server = config["bootstrap.servers"]
    for line in (f"infer {topic} -b {server}", "ddl --out stream.sql", f"drift -b {server}"):
        done = schemagen(*line.split())
        assert done.returncode == 0, done.stderr
    (statement,) = parse_script((tmp_path / "stream.sql").read_text())
    assert properties(statement)["KAFKA_TOPIC"] == topic


def test_a_topic_gives_the_schema_that_its_file_gives(schemagen, topic, config, tmp_path):
    server = config["bootstrap.servers"]
    schemagen("infer", topic, "-b", server, "-n", "all", "--schema", "a/t.schema.json")
    file = str(SAMPLES / "wineventlogs.ndjson")
    schemagen("infer", "--from", file, topic, "--schema", "b/t.schema.json")
    one, two = ((tmp_path / name / "t.schema.json").read_bytes() for name in "ab")
    assert one == two


def test_a_password_comes_from_the_environment_and_never_shows(schemagen, topic, broker, tmp_path):
    secret = SCRAM_USERS["carol"]
    (tmp_path / "schemagen.toml").write_text(
        f'[kafka]\n"bootstrap.servers" = "{broker.address("SASL")}"\n'
        '"security.protocol" = "SASL_PLAINTEXT"\n"sasl.mechanism" = "SCRAM-SHA-256"\n'
        '"sasl.username" = "carol"\n"sasl.password" = "${CAROL}"\n'
    )
    good = schemagen("infer", topic, CAROL=secret)
    assert good.returncode == 0, good.stderr
    bad = schemagen("infer", topic, CAROL="wrong-" + secret)
    assert bad.returncode == 3
    written = "".join(path.read_text() for path in (tmp_path / "schemas").iterdir())
    assert secret not in good.stdout + good.stderr + bad.stdout + bad.stderr + written


def test_an_unknown_topic_is_said_and_not_made(schemagen, config, admin):
    result = schemagen("infer", "no-such-topic", "-b", config["bootstrap.servers"])
    assert result.returncode == 3
    assert "no-such-topic" in result.stderr
    assert "no-such-topic" not in admin.list_topics(timeout=10).topics
