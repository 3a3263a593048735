"""The sample events and the files around them: what the README promises, and all of it fiction."""

from __future__ import annotations

import ipaddress
import json
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest
import yaml

SAMPLES = Path(__file__).parents[2] / "samples"
FIRST = SAMPLES / "wineventlogs.ndjson"
LATER = SAMPLES / "wineventlogs-later.ndjson"

DOCUMENTATION_NETWORKS = [
    ipaddress.ip_network(network)
    for network in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "127.0.0.0/8")
]


def data(event):
    return event["winlog"].get("event_data", {})


def of_id(events, code):
    return [event for event in events if event["winlog"]["event_id"] == code]


def typed_paths(value, path=()):
    """Yield every path of a document with the JSON type that stands there."""
    yield path, type(value).__name__
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from typed_paths(inner, (*path, key))
    elif isinstance(value, list):
        for inner in value:
            yield from typed_paths(inner, (*path, "[]"))


# --- the generator -------------------------------------------------------------------------------


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_the_generator_writes_the_committed_files_byte_for_byte(tmp_path, hash_seed):
    subprocess.run(
        [sys.executable, str(SAMPLES / "generate.py"), str(tmp_path)],
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == [LATER.name, FIRST.name]
    for committed in (FIRST, LATER):
        assert (tmp_path / committed.name).read_bytes() == committed.read_bytes()


def test_the_generator_needs_nothing_but_the_standard_library():
    for module in (SAMPLES / "generator").glob("*.py"):
        imports = re.findall(r"^(?:from|import) ([\w.]+)", module.read_text(), re.MULTILINE)
        foreign = {name.partition(".")[0] for name in imports} - sys.stdlib_module_names
        assert foreign <= {"generator"}, module


# --- the events ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "low", "high"), [(FIRST, 400, 600), (LATER, 130, 170)])
def test_every_line_is_an_object_and_the_files_stay_small(path, low, high):
    events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert low <= len(events) <= high
    assert all(isinstance(event, dict) for event in events)
    assert path.stat().st_size < 1_500_000


def test_events_come_in_the_order_of_time_with_milliseconds_and_z(first, later):
    for events in (first, later):
        times = [event["@timestamp"] for event in events]
        assert times == sorted(times)
        for event in events:
            for moment in (event["@timestamp"], event["event"]["created"]):
                assert re.fullmatch(r"2025-03-1\dT\d\d:\d\d:\d\d\.\d{3}Z", moment)
            assert event["event"]["created"] > event["@timestamp"]


def test_no_two_events_have_their_keys_in_the_same_order(first):
    orders = [tuple(event["winlog"]) for event in first]
    assert len(set(orders)) == len(orders)
    # Beats does write these two first.
    assert {tuple(event)[:2] for event in first} == {("@timestamp", "@metadata")}


def test_identifiers_have_the_types_of_winlogbeat_8(first):
    for event in first:
        winlog = event["winlog"]
        assert isinstance(winlog["event_id"], str)
        assert event["event"]["code"] == winlog["event_id"]
        assert isinstance(winlog["record_id"], int)
        assert all(isinstance(value, str) for value in data(event).values())
    assert max(event["winlog"]["record_id"] for event in first) > 2**31


def test_record_numbers_rise_within_a_log(first):
    last = {}
    for event in first:
        log = event["winlog"]["computer_name"], event["winlog"]["channel"]
        assert event["winlog"]["record_id"] > last.get(log, 0)
        last[log] = event["winlog"]["record_id"]


def test_empty_values_are_left_out_as_winlogbeat_leaves_them_out(first, later):
    for event in first + later:
        for part in ("event_data", "user_data"):
            assert "" not in event["winlog"].get(part, {}).values()


def test_the_traps_are_there(first):
    keys = Counter(key for event in first for key in data(event))
    assert keys["ProcessId"] > 100
    assert keys["ProcessID"] == len(of_id(first, "5156")) > 10
    values = {value for event in first for value in data(event).values()}
    assert {"-", "%%1936", "0x3e7", "::1", "S-1-5-18", "User32 "} <= values
    assert any(value.startswith("{") for value in values)
    assert any("\n" in data(event).get("ScriptBlockText", "") for event in first)
    assert any("ScriptBlockText" not in data(event) for event in of_id(first, "4104"))
    assert [set(event["winlog"]["user_data"]) for event in of_id(first, "1102")] == [
        {
            "SubjectUserSid",
            "SubjectUserName",
            "SubjectDomainName",
            "SubjectLogonId",
            "xml_name",
        }
    ]
    assert all("event_data" not in event["winlog"] for event in of_id(first, "1102"))
    assert {event["fields"]["site"] for event in first} == {"hq", "branch-2", ""}
    forwarded = [event for event in first if event.get("tags") == ["forwarded"]]
    assert forwarded
    assert all(set(event["host"]) == {"name"} for event in forwarded)
    for key in ("user", "activity_id", "related_activity_id", "version", "keywords", "task"):
        assert 0 < sum(key in event["winlog"] for event in first) < len(first), key


def test_frequent_events_are_frequent_and_rare_ones_rare(first):
    count = Counter(event["winlog"]["event_id"] for event in first)
    assert set(count) == {
        *("4688", "4624", "4625", "4634", "4672", "4648", "4720", "4732", "5156", "1102"),
        *("4104", "1", "3", "7", "10", "11", "13", "22", "7036", "7045", "104"),
    }
    assert min(count["4624"], count["4688"], count["3"], count["10"]) > 50
    assert max(count["4720"], count["4732"], count["1102"], count["104"]) <= 2


def test_a_session_that_ends_or_has_privileges_has_begun(first):
    begun = {
        (event["winlog"]["computer_name"], data(event)["TargetLogonId"])
        for event in of_id(first, "4624")
    }
    for code, key in (("4634", "TargetLogonId"), ("4672", "SubjectLogonId")):
        for event in of_id(first, code):
            assert (event["winlog"]["computer_name"], data(event)[key]) in begun


def test_sysmon_and_the_security_log_tell_of_the_same_processes(first):
    created = {
        (event["winlog"]["computer_name"], int(data(event)["NewProcessId"], 16)): event
        for event in of_id(first, "4688")
    }
    for event in of_id(first, "1"):
        host, pid = event["winlog"]["computer_name"], int(data(event)["ProcessId"])
        twin = created[host, pid]
        assert data(twin)["CommandLine"] == data(event)["CommandLine"]
        assert data(twin)["ParentProcessName"] == data(event)["ParentImage"]


@pytest.mark.parametrize("path", [FIRST, LATER])
def test_addresses_and_names_are_those_kept_for_documentation(path):
    text = path.read_text(encoding="utf-8")
    for quad in set(re.findall(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])", text)):
        if max(int(number) for number in quad.split(".")) < 256:
            address = ipaddress.ip_address(quad)
            assert any(address in network for network in DOCUMENTATION_NETWORKS), quad
    for name in set(re.findall(r"\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|net|org)\b", text)):
        assert re.search(r"(^|\.)example\.(com|net|org)$", name), name
    for card in set(re.findall(r"\b(?:[0-9A-F]{2}-){5}[0-9A-F]{2}\b", text)):
        assert card.startswith("00-00-5E-00-53-")


# --- the later day -------------------------------------------------------------------------------


def test_on_the_later_day_one_field_changed_its_type_and_one_is_new(first, later):
    before = {pair for event in first for pair in typed_paths(event)}
    after = {pair for event in later for pair in typed_paths(event)}
    assert after - before == {
        (("host",), "str"),
        (("winlog", "event_data", "RemoteCredentialGuard"), "str"),
    }
    # The first day has one type for each path: nothing drifts within it.
    assert len({path for path, _ in before}) == len(before)


# --- the files around them -----------------------------------------------------------------------


def test_the_project_file_names_the_rules_beside_it():
    project = tomllib.loads((SAMPLES / "schemagen.toml").read_text(encoding="utf-8"))
    assert project["kafka"] == {"bootstrap.servers": "localhost:9092"}
    assert project["topics"]["wineventlogs"] == {
        "stream": "WINLOGEVENTS",
        "event_time": "@timestamp",
        "rules": ["rules/"],
        "pipelines": ["winlogbeat"],
        "alerts": {"stream": "WINDOWS_ALERTS", "topic": "windows_alerts"},
    }
    assert (SAMPLES / "rules").is_dir()


def test_the_compose_file_pins_its_images_and_opens_ports_to_this_machine_only():
    services = yaml.safe_load((SAMPLES / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert set(services) == {"kafka", "topics", "ksqldb-server", "ksqldb-cli", "kafka-ui"}
    for service in services.values():
        assert re.search(r":v?\d+\.\d+\.\d+$", service["image"])
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
        for other in service.get("depends_on", {}):
            assert other in services


def test_the_brokers_listeners_agree_with_those_who_call_it():
    services = yaml.safe_load((SAMPLES / "compose.yaml").read_text(encoding="utf-8"))["services"]
    broker = services["kafka"]["environment"]
    advertised = dict(
        listener.split("://") for listener in broker["KAFKA_ADVERTISED_LISTENERS"].split(",")
    )
    listening = dict(listener.split("://") for listener in broker["KAFKA_LISTENERS"].split(","))
    assert set(advertised) | {broker["KAFKA_CONTROLLER_LISTENER_NAMES"]} == set(listening)
    protocols = dict(
        pair.split(":") for pair in broker["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(",")
    )
    assert set(protocols) == set(listening)
    inside = advertised[broker["KAFKA_INTER_BROKER_LISTENER_NAME"]]
    assert services["ksqldb-server"]["environment"]["KSQL_BOOTSTRAP_SERVERS"] == inside
    assert services["kafka-ui"]["environment"]["KAFKA_CLUSTERS_0_BOOTSTRAPSERVERS"] == inside
    project = tomllib.loads((SAMPLES / "schemagen.toml").read_text(encoding="utf-8"))
    assert project["kafka"]["bootstrap.servers"] == advertised["HOST"]
