"""Avro on a real broker, read as a person would in an empty folder: no project file."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from registered_values import avro_values
from schema_registry import registry_server

pytestmark = pytest.mark.realkafka

SCHEMA = {
    "type": "record",
    "name": "Event",
    "fields": [
        {"name": "Image", "type": "string"},
        {"name": "pid", "type": ["null", "int"], "default": None},
        {"name": "raw", "type": "bytes"},
    ],
}


@pytest.fixture
def typed(tmp_path):
    def run(line, code=0):
        command = [sys.executable, "-m", "schemagen", *line.split()]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            env={k: v for k, v in os.environ.items() if not k.startswith("SCHEMAGEN_")},
        )
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done

    (tmp_path / ".git").mkdir()
    return run


def test_avro_goes_from_a_topic_to_its_statement_and_to_drift(
    typed, make_topic, produce, config, tmp_path
):
    topic, servers = make_topic(3), config["bootstrap.servers"]
    rows = [{"Image": f"C:\\{n}.exe", "pid": n, "raw": b"%d" % n} for n in range(90)]
    with registry_server() as registry, SchemaRegistryClient({"url": registry.url}) as client:
        values = avro_values(client, SCHEMA, rows, topic)
        produce(topic, [(n % 3, value) for n, value in enumerate(values)])

        explained = typed(f"infer {topic} -b {servers}", code=2)
        assert "begin with a zero byte and a schema id (1)" in explained.stderr
        inferred = typed(f"infer {topic} -b {servers} --registry {registry.url}")
        assert f"{topic}: 90 messages" in inferred.stdout
        typed(f"ddl {topic} --out stream.sql")
        sql = (tmp_path / "stream.sql").read_text()
        assert "    Image VARCHAR,\n    pid INT,\n    raw BYTES\n" in sql
        assert "VALUE_FORMAT = 'AVRO'" in sql
        assert "90 of 90 sampled records survive" in sql

        drift = f"drift {topic} -b {servers} --registry {registry.url}"
        assert "no drift in 90 messages" in typed(drift).stdout
        image, pid, raw = SCHEMA["fields"]
        other = {**SCHEMA, "fields": [image, {**pid, "type": ["null", "string"]}, raw]}
        registry.register(f"{topic}-value", other)
        found = typed(drift, code=1).stdout
        assert "Version 2 of" in found
        assert "has it as VARCHAR, which a column of INT doesn't read" in found


def test_init_lists_the_topics_of_the_broker(typed, make_topic, config):
    names = sorted([make_topic(1), make_topic(1)])
    listed = typed(f"init -b {config['bootstrap.servers']}", code=2).stderr
    assert "No topic is named, and the cluster has " in listed
    assert all(name in listed for name in names)
