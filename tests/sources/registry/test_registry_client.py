"""A registry asked over HTTP, and what is said where it doesn't give an answer."""

from __future__ import annotations

import json
import socket
import sys
from contextlib import ExitStack

import certificates
import pytest
from confluent_kafka.schema_registry import Schema
from confluent_kafka.schema_registry.schema_registry_client import SchemaRegistryClient
from registered_values import field, message, message_class, proto_file, protobuf_values
from schema_registry import registry_server

from schemagen.choices import ValueFormat
from schemagen.errors import InputError, SourceError
from schemagen.project import Project, registry_config, registry_properties
from schemagen.sources.registry.registry import MISSING, Registry, open_registry

AVRO = {"type": "record", "name": "E", "fields": [{"name": "a", "type": "string"}]}
SECRET = "hunter2-5309"


@pytest.fixture
def server():
    with registry_server() as made:
        yield made


@pytest.fixture
def opened():
    """Open a registry by its address and by variables of the environment."""
    with ExitStack() as stack:

        def make(url, **environ):
            variables = {f"SCHEMAGEN_REGISTRY_{key.upper()}": text for key, text in environ.items()}
            config = registry_config(Project(None), url=url, environ=variables)
            made = open_registry(registry_properties(config), config.url)
            stack.callback(made.close)
            return made

        yield make


def test_the_latest_version_of_a_subject_is_found(server, opened):
    server.register("logs-value", {**AVRO, "name": "Old"})
    wanted = server.register("logs-value", AVRO)
    found = opened(server.url).latest("logs-value")
    assert (found.format, found.version, found.schema_id) == (ValueFormat.AVRO, 2, wanted)
    assert json.loads(found.text) == AVRO


def test_each_id_is_asked_for_once(server, opened):
    number = server.register("logs-value", AVRO)
    registry = opened(server.url)
    assert registry.by_id(number) is registry.by_id(number)
    assert registry.by_id(99) is None
    assert registry.by_id(99) is None
    assert server.asked == [f"/schemas/ids/{number}", "/schemas/ids/99"]


def test_protobuf_is_asked_for_in_its_serialised_form(server, opened):
    event = message_class(proto_file("e.proto", message("E", field("a", 1, "string"))), of="E")
    with SchemaRegistryClient({"url": server.url}) as client:
        protobuf_values(client, event, [event(a="x")])
    found = opened(server.url).latest("logs-value")
    assert found.format is ValueFormat.PROTOBUF
    assert "syntax" not in found.text
    assert server.asked[-1].endswith("?format=serialized")


def test_what_a_schema_names_is_fetched_before_it(server, opened):
    def reference(name, subject):
        return {"name": name, "subject": subject, "version": 1}

    server.register("a", {**AVRO, "name": "A"})
    server.register("b", {**AVRO, "name": "B"}, references=[reference("A", "a")])
    references = [reference("B", "b"), reference("A", "a")]
    server.register("logs-value", AVRO, references=references)
    found = opened(server.url).latest("logs-value")
    assert list(found.references) == ["A", "B"]


def test_the_clients_own_mock_serves_as_well():
    client = SchemaRegistryClient.new_client({"url": "mock://schemagen"})
    client.register_schema("logs-value", Schema(json.dumps(AVRO), "AVRO"))
    registry = Registry(client, "mock://schemagen")
    assert registry.latest("logs-value").version == 1
    assert registry.by_id(1).format is ValueFormat.AVRO


def test_a_subject_that_there_is_not_is_named(server, opened):
    with pytest.raises(InputError, match="has no subject logs-value") as raised:
        opened(server.url).latest("logs-value")
    assert "subject = " in raised.value.hint


def test_a_registry_that_is_not_there_is_named(opened):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(SourceError, match=f"{url} can't be reached") as raised:
            opened(url).by_id(1)
    assert raised.value.exit_code == 3


def test_another_server_is_told_from_a_registry(server, opened):
    with pytest.raises(SourceError, match="not as a Schema Registry does"):
        opened(f"{server.url}/api").by_id(1)


def test_a_user_is_sent_and_never_shown(server, opened):
    server.user = f"analyst:{SECRET}"
    number = server.register("logs-value", AVRO)
    found = opened(server.url, username="analyst", password=SECRET).by_id(number)
    assert found is not None
    with pytest.raises(SourceError, match=r"not authenticated \(401\)") as raised:
        opened(server.url, username="analyst", password=f"{SECRET}x").by_id(number)
    assert "SCHEMAGEN_REGISTRY_PASSWORD" in raised.value.hint
    assert SECRET not in str(raised.value) + raised.value.hint


def test_a_client_without_permission_is_told_so(server, opened):
    server.denied = True
    with pytest.raises(SourceError, match=r"no permission \(403\)"):
        opened(server.url).latest("logs-value")


def test_a_registry_is_reached_by_tls_whose_authority_is_named(tmp_path, opened):
    made = certificates.make(tmp_path)
    with registry_server(made) as server:
        number = server.register("logs-value", AVRO)
        assert opened(server.url, ca=str(made.ca)).by_id(number) is not None
        with pytest.raises(SourceError, match="can't be reached"):
            opened(server.url, ca=str(made.other_ca)).by_id(number)


def test_a_certificate_that_is_not_there_is_an_error_of_the_configuration(server, tmp_path, opened):
    with pytest.raises(InputError, match="can't be read"):
        opened(server.url, ca=str(tmp_path / "gone.pem"))


def test_without_the_extra_the_command_is_named_that_installs_it(server, monkeypatch, opened):
    monkeypatch.setitem(sys.modules, "fastavro", None)
    with pytest.raises(InputError) as raised:
        opened(server.url)
    assert MISSING in raised.value.hint
