"""Topics whose schema a registry has, from the broker to the statements, as people type it."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import tomllib

import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from registered_values import (
    avro_values,
    field,
    json_values,
    message,
    message_class,
    proto_file,
    protobuf_values,
)
from schema_registry import registry_server

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
AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
MILLIS = 1_767_225_600_000


def avro(*more):
    fields = [
        ("Image", "string"),
        ("pid", "int"),
        ("at", {"type": "long", "logicalType": "timestamp-millis"}),
        ("cost", {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}),
        ("raw", "bytes"),
        ("unseen", ["null", {"type": "map", "values": "long"}]),
        *more,
    ]
    return {
        "type": "record",
        "name": "Event",
        "fields": [{"name": name, "type": kind} for name, kind in fields],
    }


def rows(count=40):
    return [
        {
            "Image": f"C:\\{'sh' if number % 2 else 'cmd'}.exe",
            "pid": number,
            "at": AT,
            "cost": decimal.Decimal("12.50"),
            "raw": b"12345678",
            "unseen": None,
        }
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def cluster():
    """Yield a broker and a registry, with the topics `avro`, `json` and `protobuf`."""
    broker = EmbeddedBroker()
    file = proto_file(
        "event.proto",
        message(
            "Event",
            field("Image", 1, "string"),
            field("pid", 2, "uint32"),
            field("at", 3, ".google.protobuf.Timestamp"),
            field("unseen", 4, "bytes", repeated=True),
        ),
        dependency=["google/protobuf/timestamp.proto"],
    )
    event = message_class(file, of="Event")
    messages = [
        event(Image=each["Image"], pid=each["pid"], at={"seconds": MILLIS // 1000})
        for each in rows()
    ]
    schema = {
        "title": "Event",
        "type": "object",
        "properties": {
            "Image": {"type": "string"},
            "pid": {"type": "integer"},
            "unseen": {"type": "array", "items": {"type": "number"}},
        },
    }
    plain = [{"Image": each["Image"], "pid": each["pid"]} for each in rows()]
    with registry_server() as registry, SchemaRegistryClient({"url": registry.url}) as client:
        broker.produce("avro", avro_values(client, avro(), rows(), "avro"))
        broker.produce("json", json_values(client, schema, plain, "json"))
        kinds = [
            {"event_id": 1 + number % 2, ("Image", "port")[number % 2]: number}
            for number in range(400)
        ]
        named = {name: {"type": "integer"} for name in ("event_id", "Image", "port")}
        loose = {"title": "Kinds", "type": "object", "properties": named}
        broker.produce("kinds", json_values(client, loose, kinds, "kinds"))
        broker.produce("protobuf", protobuf_values(client, event, messages, "protobuf"))
        yield broker.bootstrap_servers, registry


@pytest.fixture(autouse=True)
def project(run, cluster, tmp_path, monkeypatch):  # noqa: ARG001 - which empties the environment
    """Set the addresses up in the environment, and a rule beside."""
    servers, registry = cluster
    monkeypatch.setenv("SCHEMAGEN_BOOTSTRAP_SERVERS", servers)
    monkeypatch.setenv("SCHEMAGEN_REGISTRY_URL", registry.url)
    (tmp_path / "shell.yml").write_text(RULE)
    (tmp_path / ".git").mkdir()
    return registry


STATEMENTS = {
    "avro": """\
CREATE STREAM AVRO (
    Image VARCHAR,
    `at` TIMESTAMP,
    cost DECIMAL(9, 2),
    pid INT,
    raw BYTES,
    unseen MAP<VARCHAR, BIGINT>
) WITH (
    KAFKA_TOPIC = 'avro',
    VALUE_FORMAT = 'AVRO',
    TIMESTAMP = '`at`'
);
-- 40 of 40 sampled records survive, 0 values altered.
""",
    "json": """\
CREATE STREAM JSON (
    Image VARCHAR,
    pid BIGINT,
    unseen ARRAY<DOUBLE>
) WITH (
    KAFKA_TOPIC = 'json',
    VALUE_FORMAT = 'JSON_SR'
);
-- 40 of 40 sampled records survive, 0 values altered.
""",
    "protobuf": """\
CREATE STREAM PROTOBUF (
    Image VARCHAR,
    `at` TIMESTAMP,
    pid BIGINT,
    unseen ARRAY<BYTES>
) WITH (
    KAFKA_TOPIC = 'protobuf',
    VALUE_FORMAT = 'PROTOBUF',
    TIMESTAMP = '`at`'
);
-- 40 of 40 sampled records survive, 0 values altered.
""",
}


@pytest.mark.parametrize("topic", STATEMENTS)
def test_a_topic_becomes_a_stream_with_rules_that_are_replayed(run, topic, tmp_path):
    inferred = run("infer", topic)
    assert inferred.code == 0
    assert f"Schema Registry: {topic}-value, version 1" in inferred.err

    time = [] if topic == "json" else ["--event-time", "at"]
    written = run("ddl", topic, "--rules", "shell.yml", "--out", "stream.sql", *time)
    assert written.code == 0, written.err
    script = (tmp_path / "stream.sql").read_text()
    assert script.startswith(STATEMENTS[topic])
    # What the detections make is JSON, whatever they read.
    made = script.removeprefix(STATEMENTS[topic])
    assert "VALUE_FORMAT = 'JSON'" in made
    assert made.count(f"VALUE_FORMAT = '{'JSON_SR' if topic == 'json' else topic.upper()}'") == (
        1 if time else 0
    )

    drift = run("drift", topic, "--replay")
    assert drift.code == 0, drift.out
    assert "no drift in 40 messages" in drift.out
    assert "no alert is lost" in drift.out

    event = {"Image": "C:\\sh.exe", "pid": 1, "at": MILLIS}
    (tmp_path / "decoded.ndjson").write_text(json.dumps(event) + "\n")
    tested = run("test", "--events", "decoded.ndjson", "--format", "json")
    assert tested.code == 0, tested.err
    assert tested.json["fired"] == {"6a1f3c52-7f25-4c52-9a3f-0b7c2f0b8a11": ["decoded.ndjson:1"]}


def test_split_finds_the_kinds_of_values_that_a_registry_explains(run, tmp_path):
    split = run("split", "kinds")
    assert split.code == 0, split.err
    assert "Schema Registry: kinds-value, version 1" in split.err
    assert json.loads((tmp_path / "split.json").read_text())["kind"] == ["event_id"]
    for shard in ("0/2", "1/2"):
        part = run("infer", "kinds", "--split", "split.json", "--shard", shard)
        assert part.code == 0, part.err
    assert run("merge", "parts", "--schema", "merged/t.schema.json").code == 0
    assert run("infer", "kinds", "-n", "all", "--schema", "whole/t.schema.json").code == 0
    merged, whole = (
        (tmp_path / folder / "t.evidence.json").read_bytes() for folder in ("merged", "whole")
    )
    assert merged == whole


def test_a_new_version_is_found_before_its_values_come(run, project):
    run("infer", "avro")
    run("ddl", "avro", "--rules", "shell.yml", "--out", "stream.sql")
    wider = avro(("new", "string"))
    wider["fields"] = [each for each in wider["fields"] if each["name"] != "Image"]
    next(each for each in wider["fields"] if each["name"] == "pid")["type"] = "long"
    project.register("avro-value", wider)
    try:
        found = run("drift", "avro", "--format", "json")
    finally:
        project.known.pop()
    assert found.code == 1
    classes = {each["path"]: each["class"] for each in found.json["findings"]}
    assert classes == {"pid": "drops", "Image": "blinds", "new": "misses"}
    by_path = {each["path"]: each for each in found.json["findings"]}
    assert "BIGINT" in by_path["pid"]["what"]
    assert by_path["Image"]["blinded"]


def test_a_version_that_changes_nothing_that_is_read_is_a_remark(run, project):
    run("infer", "avro")
    same = avro()
    same["doc"] = "A second version."
    project.register("avro-value", same)
    try:
        found = run("drift", "avro")
    finally:
        project.known.pop()
    assert found.code == 0
    assert "avro-value has version 2" in found.out
    assert "what the stream reads is as it was" in found.out


def test_a_topic_that_turns_to_another_format_is_a_finding(run, tmp_path):
    run("infer", "avro")
    sql = run("ddl", "avro").out.replace("'AVRO'", "'JSON'")
    (tmp_path / "stream.sql").write_text(sql)
    found = run("drift", "avro", "--against", "stream.sql", "--format", "json")
    assert found.code == 1
    assert "the values are AVRO, and the stream reads JSON" in found.json["findings"][0]["what"]


def test_fields_that_were_not_seen_count_as_declared(run):
    inferred = run("infer", "avro", "--format", "json")
    assert "Declared by the schema: 1 field that this sample does not show." in inferred.err
    rows = {each["path"]: each for each in inferred.json["fields"]}
    assert rows["unseen"]["presence"] == 1
    assert rows["unseen.*"]["kinds"] == {"integer": 1}


def test_the_schema_keeps_the_format_where_files_are_read_later(run, events):
    run("infer", "avro")
    decoded = events({"Image": "a", "pid": 1, "at": MILLIS, "raw": "YQ==", "cost": 1.5})
    assert run("infer", "avro", "--from", decoded).code == 0
    out = run("ddl", "avro").out
    assert "VALUE_FORMAT = 'AVRO'" in out
    assert "cost DECIMAL(9, 2)" in out


def test_a_type_of_the_project_file_is_held_against_the_schema(run, tmp_path):
    run("infer", "avro")
    file = tmp_path / "schemagen.toml"
    file.write_text('[topics.avro.types]\npid = "VARCHAR"\n')
    assert "pid VARCHAR" in run("ddl", "avro").out
    file.write_text('[topics.avro.types]\nraw = "VARCHAR"\n')
    refused = run("ddl", "avro")
    assert refused.code == 2
    assert "raw" in refused.err
    assert "BYTES" in refused.err


def test_init_writes_the_registry_that_was_asked(run, project, tmp_path):
    made = run("init", "avro", "--registry", project.url)
    assert made.code == 0, made.err
    written = tomllib.loads((tmp_path / "schemagen.toml").read_text())
    assert written["registry"] == {"url": project.url}
    assert run("infer").code == 0


def test_without_a_registry_the_frame_is_explained(run, monkeypatch):
    monkeypatch.delenv("SCHEMAGEN_REGISTRY_URL")
    refused = run("infer", "avro")
    assert refused.code == 2
    assert "begin with a zero byte and a schema id" in refused.err
    assert "--registry URL" in refused.err
    read = run("infer", "json")
    assert read.code == 0
    assert "json_sr" in read.err


def test_a_registry_that_cannot_be_reached_is_no_findings(run):
    refused = run("infer", "avro", "--registry", "http://127.0.0.1:1")
    assert refused.code == 3
    assert "The Schema Registry http://127.0.0.1:1 can't be reached" in refused.err


def test_a_password_comes_from_the_environment_and_is_not_shown(
    run, project, tmp_path, monkeypatch
):
    project.user = "me:hunter2-5309"
    try:
        (tmp_path / "schemagen.toml").write_text(
            f'[registry]\nurl = "{project.url}"\nusername = "me"\npassword = "${{PASS}}"\n'
            '[topics.avro]\nformat = "avro"\n'
        )
        monkeypatch.delenv("SCHEMAGEN_REGISTRY_URL")
        monkeypatch.setenv("PASS", "hunter2-5309")
        assert run("infer", "avro").code == 0
        monkeypatch.setenv("PASS", "hunter2-5309x")
        refused = run("infer", "avro")
    finally:
        project.user = None
    assert refused.code == 3
    assert "not authenticated (401)" in refused.err
    assert "hunter2" not in refused.err
