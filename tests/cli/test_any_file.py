"""Files as people have them, from their bytes to the schema, and through every command."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace

import duckdb
import pytest
from evtx_writing import event_log

TIME = 1_700_000_000_000
EVENTS = [{"n": 1, "cmd": "whoami"}, {"n": 2, "cmd": "net user"}, {"n": 3, "cmd": "whoami"}]
TEXTS = [json.dumps(event) for event in EVENTS]


def lines(*documents):
    return "".join(f"{json.dumps(document)}\n" for document in documents)


def kcat(offset, text):
    return {
        "topic": "logs",
        "partition": 0,
        "offset": offset,
        "tstype": "create",
        "ts": TIME + offset,
        "broker": 1,
        "key": None,
        "payload": text,
    }


def rpk(offset, text):
    return {
        "topic": "logs",
        "value": text,
        "timestamp": TIME,
        "partition": 0,
        "offset": offset,
    }


def hit(number, event):
    return {"_index": "logs", "_id": str(number), "_score": 1.0, "_source": event}


HITS = [hit(*pair) for pair in enumerate(EVENTS)]
FILES = {
    "kcat -J": lines(*(kcat(*pair) for pair in enumerate(TEXTS))),
    "kcat -f": "".join(f"Topic logs [0] at offset {n}: key k: {t}\n" for n, t in enumerate(TEXTS)),
    "rpk topic consume": "".join(
        json.dumps(rpk(*pair), indent=2) + "\n" for pair in enumerate(TEXTS)
    ),
    "kafka-console-consumer with timestamps": "".join(f"CreateTime:{TIME}\t{t}\n" for t in TEXTS),
    "kafka-console-consumer with timestamps, partitions, offsets, headers, keys": "".join(
        f"CreateTime:{TIME}\tPartition:0\tOffset:{n}\tNO_HEADERS\tnull\t{t}\n"
        for n, t in enumerate(TEXTS)
    ),
    "kafka-console-consumer with keys": "".join(f"k\t{t}\n" for t in TEXTS),
    "Elasticsearch hits": lines(*HITS),
    "Elasticsearch search response": json.dumps({"took": 1, "hits": {"total": 3, "hits": HITS}}),
    '{"Records": [...]}': json.dumps({"Records": EVENTS}),
    '{"records": [...]}': json.dumps({"records": EVENTS}, indent=4),
}


@pytest.mark.parametrize("title", FILES)
def test_a_file_is_recognised_and_has_the_schema_of_its_messages(run, tmp_path, title):
    (tmp_path / "file").write_text(FILES[title])
    result = run("infer", "t", "--from", "file")
    assert result.code == 0
    assert "t: 3 messages, 2 fields" in result.out
    assert f"file: {title}, 3 records" in result.err
    schema = json.loads((tmp_path / "schemas/t.schema.json").read_text())
    assert set(schema["properties"]) == {"n", "cmd"}


def test_what_is_recognised_can_be_overridden(run, tmp_path):
    (tmp_path / "file").write_text(FILES["kcat -J"])
    result = run("infer", "t", "--from", "file", "--from-format", "ndjson")
    assert "t: 3 messages, 10 fields" in result.out
    assert "kcat" not in result.err


def test_a_path_leads_to_the_messages(run, tmp_path):
    (tmp_path / "file").write_text(lines({"a": {"b": EVENTS}}))
    result = run("infer", "t", "--from", "file", "--records", "a.b")
    assert "t: 3 messages, 2 fields" in result.out
    assert "file: records at a.b, 3 records" in result.err


def test_standard_input_is_recognised(run):
    stdin = SimpleNamespace(buffer=io.BytesIO(FILES["kcat -J"].encode()), isatty=lambda: False)
    result = run("infer", "t", "--from", "-", stdin=stdin)
    assert "-: kcat -J, 3 records" in result.err


def test_what_connect_writes_is_explained(run, events):
    schema = {"type": "struct", "fields": [], "optional": False}
    path = events({"schema": schema, "payload": {"n": 1}})
    assert "JsonConverter of Kafka Connect" in run("infer", "t", "--from", path).err
    inner = run("infer", "u", "--from", path, "--records", "payload")
    assert "u: 1 message, 1 field" in inner.out
    assert "Connect" not in inner.err


def test_the_evidence_says_where_records_were_and_is_the_same_for_any_number_of_jobs(run, tmp_path):
    bad = '{"n":1}\n'
    (tmp_path / "file").write_text(FILES["kcat -J"] + bad + FILES["kcat -J"] * 2_000)
    made = []
    for jobs in (1, 2):
        run("infer", "t", "--from", "file", "--jobs", jobs)
        made.append((tmp_path / "schemas/t.evidence.json").read_bytes())
    assert made[0] == made[1]
    evidence = json.loads(made[0])
    (source,) = evidence["sources"]
    assert source["files"][0]["origin"] == {
        "topics": ["logs"],
        "offsets": {"0": [0, 2]},
        "first_time": "2023-11-14T22:13:20.000+00:00",
        "last_time": "2023-11-14T22:13:20.002+00:00",
    }
    fault = evidence["records"]["faults"]["not_enveloped"]
    assert fault == {"count": 1, "first": {"source": "file", "position": 4}}


def test_shards_of_files_say_the_same_as_the_whole(run, tmp_path):
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(FILES["kcat -J"])
    files = ("--from", "a.json", "--from", "b.json")
    run("infer", "t", *files)
    whole = (tmp_path / "schemas/t.evidence.json").read_bytes()
    for shard in ("0/2", "1/2"):
        run("infer", "t", *files, "--shard", shard)
    assert run("merge", "parts").code == 0
    assert (tmp_path / "schemas/t.evidence.json").read_bytes() == whole


@pytest.mark.parametrize(
    "arguments",
    [
        ("infer", "t", "--from-format", "kcat", "-b", "localhost:1"),
        ("infer", "t", "--records", "a", "-b", "localhost:1"),
        ("infer", "t", "--from", "file", "--from-format", "yaml"),
    ],
)
def test_options_of_files_are_for_files(run, tmp_path, arguments):
    (tmp_path / "file").write_text("")
    result = run(*arguments)
    assert result.code == 2
    assert "--from-format" in result.err or "--records" in result.err


RULE = """\
title: Somebody Asks Who He Is
id: 11111111-1111-4111-8111-111111111111
status: test
logsource: {product: linux}
detection:
    selection: {cmd: whoami}
    condition: selection
level: low
"""


@pytest.fixture
def project(run, tmp_path):
    (tmp_path / "file").write_text(FILES["kcat -J"])
    (tmp_path / "schemagen.toml").write_text(
        '[topics.logs]\nrules = ["rules"]\npipelines = ["none"]\n'
    )
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/whoami.yml").write_text(RULE)
    run("infer", "logs", "--from", "file")
    assert run("ddl", "--out", "stream.sql").code == 0


SQL = """\
CREATE STREAM LOGS (n BIGINT, cmd VARCHAR) WITH (KAFKA_TOPIC = 'logs', VALUE_FORMAT = 'JSON');
CREATE STREAM ALERTS AS SELECT n, ROWTIME AS t FROM LOGS WHERE cmd = 'whoami' EMIT CHANGES;
"""


def test_events_in_an_envelope_are_replayed_at_their_own_times(run, tmp_path):
    (tmp_path / "file").write_text(FILES["kcat -J"])
    (tmp_path / "by-hand.sql").write_text(SQL)
    shown = ("--sql", "by-hand.sql", "--format", "json", "--show-values")
    result = run("test", "--events", "file", *shown)
    assert result.code == 0
    assert "file: kcat -J, 3 records" in result.err
    alerts = result.json["rows"]["ALERTS"]
    assert [alert["event"] for alert in alerts] == ["file:1", "file:3"]
    assert [alert["values"]["T"] for alert in alerts] == [TIME, TIME + 2]


@pytest.mark.usefixtures("project")
def test_a_rule_is_explained_on_a_record_in_an_envelope(run, tmp_path):
    result = run("rules", "--explain", "Somebody Asks Who He Is", "--event", "file:2")
    assert result.code == 0
    assert "kcat -J" in result.err
    (tmp_path / "other").write_text("".join(f"at noon: {text}\n" for text in TEXTS))
    event = ("--event", "other:1", "--from-format", "kcat", "--format", "json")
    result = run("rules", "--explain", "Somebody Asks Who He Is", *event)
    assert result.code == 0


@pytest.mark.usefixtures("project")
def test_drift_reads_the_same_files(run, tmp_path):
    changed = [json.dumps({"n": {"x": 1}, "cmd": "a"})] * 50
    (tmp_path / "later").write_text("".join(f"CreateTime:{TIME}\t{text}\n" for text in changed))
    result = run("drift", "--from", "later")
    assert result.code == 1
    assert "kafka-console-consumer with timestamps, 50 records" in result.err
    assert "drops" in result.out


def test_an_archive_that_cannot_be_read_is_refused_in_a_sentence(run, tmp_path):
    (tmp_path / "file").write_bytes(b"PK\x03\x04")
    result = run("infer", "t", "--from", "file")
    assert result.code == 3
    assert "file is a ZIP archive" in result.err
    assert "unzip file" in result.err


PROCESS_RULE = """\
title: Whoami Was Started
id: 22222222-2222-4222-8222-222222222222
status: test
logsource: {product: windows, category: process_creation}
detection:
    selection: {Image|endswith: '\\whoami.exe'}
    condition: selection
level: low
"""
PROCESSES = [
    (1, {"Image": f"C:\\Windows\\System32\\{name}.exe", "ProcessId": pid})
    for pid, name in ((420, "whoami"), (421, "net"))
]


def test_an_event_log_of_windows_goes_all_the_way_to_an_alert(run, tmp_path):
    pytest.importorskip("evtx", reason="SKIPPED: EVTX to alert not tested, install the extra evtx")
    channel = "Microsoft-Windows-Sysmon/Operational"
    log = event_log("Microsoft-Windows-Sysmon", channel, "WKS-0117", PROCESSES)
    (tmp_path / "sysmon.evtx").write_bytes(log)
    (tmp_path / "schemagen.toml").write_text(
        '[topics.win]\nrules = ["rules"]\npipelines = ["winlogbeat"]\n'
    )
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/whoami.yml").write_text(PROCESS_RULE)
    assert "sysmon.evtx: EVTX, 2 records" in run("infer", "win", "--from", "sysmon.evtx").err
    assert "1 rule: 1 BOUND" in run("rules").out
    assert run("ddl", "--out", "stream.sql").code == 0
    found = run("test", "--events", "sysmon.evtx", "--format", "json")
    assert found.json["fired"] == {"22222222-2222-4222-8222-222222222222": ["sysmon.evtx:1"]}
    explained = run("rules", "--explain", "Whoami Was Started", "--event", "sysmon.evtx:2")
    assert explained.code == 0


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_a_table_has_a_schema(run, tmp_path, name):
    (tmp_path / "a.csv").write_text("n,cmd\n1,whoami\n2,\n")
    duckdb.sql("COPY (FROM read_csv('a.csv')) TO 'a.parquet'")
    result = run("infer", "t", "--from", name)
    assert "t: 2 messages, 2 fields" in result.out
    assert "n  integer" in result.out
    assert "cmd  text  50.0%" in result.out


def test_a_folder_of_mixed_files_is_read(run, tmp_path):
    (tmp_path / "all").mkdir()
    (tmp_path / "all/a.csv").write_text("n,cmd\n1,whoami\n")
    (tmp_path / "all/b.json").write_text(FILES["kcat -J"])
    (tmp_path / "all/c.txt").write_text(FILES["kafka-console-consumer with timestamps"])
    duckdb.sql("COPY (SELECT 5 n, 'x' cmd) TO 'all/d.parquet'")
    result = run("infer", "t", "--from", "all")
    assert "t: 8 messages, 2 fields" in result.out
