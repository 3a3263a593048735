from __future__ import annotations

import socket
import threading
import time
from types import SimpleNamespace

import pytest
from confluent_kafka import KafkaError, Producer

from schemagen.errors import InputError, SourceError
from schemagen.sources import connection
from schemagen.sources.connection import bootstrap_servers, check_config, connect, redact

TIMEOUT = 2.0
# Refused by the resolver itself, without asking a name server: a label has up to 63 letters.
NO_HOST = "n" * 64 + ".invalid"


@pytest.fixture(scope="module")
def mock_cluster():
    """Return the address of librdkafka's mock cluster with the topic `events`."""
    producer = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "x:1", "log_level": 0})
    producer.produce("events", b"{}")
    assert producer.flush(30) == 0
    (one,) = producer.list_topics(timeout=10).brokers.values()
    yield f"{one.host}:{one.port}"
    producer.close()


@pytest.fixture
def serve():
    """Start servers on a free port that do something else than Kafka with their connections."""
    listeners = []

    def start(answer):
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def loop():
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                with peer:
                    answer(peer)

        threading.Thread(target=loop, daemon=True).start()
        return f"127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


@pytest.fixture
def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def failure(servers, error=SourceError, topic="events", **config):
    started = time.monotonic()
    with pytest.raises(error) as caught:
        connect({"bootstrap.servers": servers, **config}, topic, timeout=TIMEOUT)
    assert time.monotonic() - started < TIMEOUT + 1
    assert "\n" not in caught.value.what + caught.value.hint
    return caught.value


def test_a_working_cluster_gives_a_consumer_and_the_partitions(mock_cluster):
    connected = connect({"bootstrap.servers": mock_cluster}, "events", timeout=TIMEOUT)
    assert connected.partitions == (0, 1, 2, 3)
    assert connected.consumer.assignment() == []
    connected.consumer.close()
    chosen = connect({"bootstrap.servers": mock_cluster}, "events", timeout=9, partitions=(2,))
    assert chosen.partitions == (2,)
    chosen.consumer.close()


def test_one_server_of_several_is_enough(mock_cluster, closed_port):
    servers = f"127.0.0.1:{closed_port}, {mock_cluster}"
    connect({"bootstrap.servers": servers}, "events", timeout=9).consumer.close()


def test_a_closed_port_is_told(closed_port):
    error = failure(f"127.0.0.1:{closed_port}")
    assert error.what == (
        f"Kafka server 127.0.0.1:{closed_port} can't be reached: connection refused."
    )
    assert "-b/--bootstrap-servers" in error.hint


def test_a_host_that_cannot_be_resolved_is_told_at_once():
    started = time.monotonic()
    assert failure(f"{NO_HOST}:9092").what == (
        f"The host name of Kafka server {NO_HOST}:9092 can't be resolved."
    )
    assert time.monotonic() - started < TIMEOUT / 2


def test_a_server_that_stays_silent_is_told(serve):
    error = failure(serve(lambda _: time.sleep(TIMEOUT + 2)))
    assert "doesn't answer" in error.what
    assert "security.protocol=SSL" in error.hint


def test_a_server_that_hangs_up_is_told(serve):
    error = failure(serve(lambda peer: peer.recv(1_000)))
    assert "closes the connection without a word" in error.what
    assert "security.protocol" in error.hint


def test_a_server_that_is_no_kafka_is_told(serve):
    def web(peer):
        peer.recv(1_000)
        peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    assert "speaks another protocol" in failure(serve(web)).what


def test_a_failure_prints_nothing_of_its_own(closed_port, capfd):
    failure(f"127.0.0.1:{closed_port}")
    assert capfd.readouterr() == ("", "")


def test_the_clients_log_is_shown_to_who_asks_for_it(closed_port, capfd):
    failure(f"127.0.0.1:{closed_port}", debug="broker")
    assert "Connection refused" in capfd.readouterr().err


def test_an_unknown_topic_is_told_with_those_that_look_like_it(mock_cluster):
    error = failure(mock_cluster, topic="Event")
    assert error.what == "There is no topic Event in the cluster."
    assert error.hint == "Did you mean events?"
    assert failure(mock_cluster, topic="zzz").hint == "Check its spelling."


@pytest.mark.parametrize("name", ["", ".", "..", "a b", "a/b", "ä", "a" * 250, "a\n"])
def test_what_can_be_no_name_of_a_topic_is_told_before_anything_is_asked(name):
    error = failure("127.0.0.1:1", InputError, topic=name)
    assert "can't be the name of a topic" in error.what


def test_a_partition_that_is_not_there_is_told(mock_cluster):
    with pytest.raises(InputError, match="Topic events has no partition 4") as caught:
        connect({"bootstrap.servers": mock_cluster}, "events", timeout=9, partitions=(1, 4, 5))
    assert caught.value.hint == "It has 4, numbered from 0."


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"fetch.min.byte": 1}, 'No such configuration property: "fetch.min.byte"'),
        ({"security.protocol": "TLS"}, 'Invalid value "TLS"'),
        ({"fetch.min.bytes": "many"}, 'configuration property "fetch.min.bytes"'),
        (
            {"security.protocol": "SSL", "ssl.ca.location": "/no/such/file"},
            "What ssl.ca.location names can't be used",
        ),
        ({"security.protocol": "SASL_SSL"}, "no support for this sasl.mechanism (GSSAPI"),
        (
            {"security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN"},
            "sasl.username and sasl.password must be set",
        ),
    ],
)
def test_a_configuration_that_the_client_refuses_is_told(config, expected):
    assert expected in failure("127.0.0.1:1", InputError, **config).what


def test_a_secret_in_the_clients_words_is_hidden():
    error = failure(
        "127.0.0.1:1", InputError, **{"security.protocol": "hunter2", "sasl.password": "hunter2"}
    )
    assert "***" in error.what
    assert "hunter2" not in error.what + error.hint


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("a", ["a"]),
        ("a:1,b:65535", ["a:1", "b:65535"]),
        (" a:1 ,, b:2 ,", ["a:1", "b:2"]),
        ("SASL_SSL://a.b-c_d.example:9093", ["SASL_SSL://a.b-c_d.example:9093"]),
        ("[::1]:9092,[fe80::1%eth0]:9092,10.0.0.1:9092", None),
    ],
)
def test_lists_of_servers_are_read(given, expected):
    expected = given.split(",") if expected is None else expected
    assert bootstrap_servers({"bootstrap.servers": given}) == expected
    assert bootstrap_servers({"metadata.broker.list": given}) == expected


@pytest.mark.parametrize(
    "server",
    ["a:", ":9092", "a:x", "a:0", "a:65536", "a:-1", "a:1:2", "::1", "a b:1", "a:99999999999999"],
)
def test_a_server_that_the_client_would_misread_is_told(server):
    with pytest.raises(InputError, match="is not host:port"):
        bootstrap_servers({"bootstrap.servers": f"good:9092,{server}"})


@pytest.mark.parametrize("config", [{}, {"bootstrap.servers": ""}, {"bootstrap.servers": " , ,"}])
def test_an_empty_list_of_servers_is_told(config):
    with pytest.raises(InputError, match="No Kafka server is given"):
        check_config(config)


def test_whatever_would_write_or_join_is_set_to_read_only():
    checked = check_config(
        {
            "metadata.broker.list": "a:1",
            "group.id": "",
            "group.instance.id": "me",
            "group.protocol": "consumer",
            "enable.auto.commit": "true",
            "enable.auto.offset.store": "true",
            "allow.auto.create.topics": "true",
            "enable.metrics.push": "true",
            "isolation.level": "read_uncommitted",
            "auto.offset.reset": "latest",
            "partition.assignment.strategy": "org.apache.kafka.RangeAssignor",
            "client.id": "mine",
            "fetch.wait.max.ms": "7",
        }
    )
    assert checked == {
        "bootstrap.servers": "a:1",
        # An empty group would abort the process in the client.
        "group.id": "schemagen",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "allow.auto.create.topics": False,
        "enable.metrics.push": False,
        "isolation.level": "read_committed",
        "auto.offset.reset": "earliest",
        "enable.partition.eof": True,
        "client.id": "mine",
        "fetch.wait.max.ms": "7",
    }


def test_a_value_of_another_kind_is_told_by_its_name_alone():
    with pytest.raises(InputError, match=r"property sasl\.password has a value that is neither"):
        check_config({"bootstrap.servers": "a:1", "sasl.password": ["hunter2"]})


@pytest.mark.parametrize(
    "key",
    [
        "sasl.password",
        "ssl.key.password",
        "ssl.keystore.password",
        "ssl.key.pem",
        "sasl.oauthbearer.client.secret",
        "sasl.oauthbearer.assertion.private.key.passphrase.secret",
        "some.token",
        "ssl.keystore.key",
        "basic.auth.user.info",
    ],
)
def test_secrets_are_hidden_wherever_they_stand(key):
    told = redact(
        "login of bob with hunter2 failed (hunter2)", {key: "hunter2", "sasl.user": "bob"}
    )
    assert told == "login of bob with *** failed (***)"


def test_parts_of_a_secret_are_hidden_too():
    config = {
        "sasl.jaas.config": 'PlainLoginModule required username="bob" password="hunter2";',
        "ssl.key.pem": "-----BEGIN KEY-----\nabc123\n-----END KEY-----",
    }
    assert redact("hunter2 and abc123", config) == "*** and ***"


def test_a_secret_within_a_longer_secret_does_not_spoil_it():
    assert redact("abcdef", {"a.password": "cd", "b.password": "abcdef"}) == "***"


def test_an_empty_secret_hides_nothing():
    assert redact("as it is", {"sasl.password": "", "ssl.key.password": " "}) == "as it is"


class LeaderlessConsumer:
    """Answers the question for a topic; its partition gets a leader after some answers."""

    def __init__(self, answers_without):
        self.left = answers_without
        self.closed = False

    def list_topics(self, topic, timeout):
        assert timeout > 0
        self.left -= 1
        leader = SimpleNamespace(leader=-1 if self.left >= 0 else 1)
        return SimpleNamespace(
            topics={topic: SimpleNamespace(error=None, partitions={0: leader})},
        )

    def close(self):
        self.closed = True


def test_a_leader_that_is_missing_for_a_moment_is_waited_for(monkeypatch):
    consumer = LeaderlessConsumer(3)
    monkeypatch.setattr(connection, "Consumer", lambda *_, **__: consumer)
    assert connect({"bootstrap.servers": "a:1"}, "events", timeout=9).partitions == (0,)
    assert not consumer.closed


def test_a_partition_without_a_leader_is_told_and_the_consumer_closed(monkeypatch):
    consumer = LeaderlessConsumer(10**9)
    monkeypatch.setattr(connection, "Consumer", lambda *_, **__: consumer)
    assert failure("a:1").what == "Partition 0 of topic events has no leader."
    assert consumer.closed


def test_a_topic_error_that_may_pass_is_told_when_it_does_not(monkeypatch):
    class Unavailable(LeaderlessConsumer):
        def list_topics(self, topic, timeout):
            answer = super().list_topics(topic, timeout)
            answer.topics[topic].error = KafkaError(KafkaError.LEADER_NOT_AVAILABLE)
            return answer

    monkeypatch.setattr(connection, "Consumer", lambda *_, **__: Unavailable(0))
    assert "Topic events is not available" in failure("a:1").what
