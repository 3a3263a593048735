from __future__ import annotations

import json
import time

import pytest
from certificates import KEY_PASSWORD
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)
from kafka_broker import SCRAM_USERS, USERS

from schemagen.errors import InputError, SourceError
from schemagen.sources.kafka import KafkaSource
from schemagen.sources.properties import from_java, parse_properties
from schemagen.sources.split_source import SplitSource, make_split

pytestmark = pytest.mark.realkafka

TIMEOUT = 2.5


@pytest.fixture
def topic(make_topic, produce):
    name = make_topic()
    produce(name, [(0, b"{}")] * 3)
    return name


def login(mechanism, user, password, protocol="SASL_PLAINTEXT"):
    return {
        "security.protocol": protocol,
        "sasl.mechanism": mechanism,
        "sasl.username": user,
        "sasl.password": password,
    }


def plain(user="alice", password=USERS["alice"], **more):
    return login("PLAIN", user, password, **more)


def scram(user="carol", password=SCRAM_USERS["carol"], **more):
    return login("SCRAM-SHA-256", user, password, **more)


def tls(certs, **more):
    return {"security.protocol": "SSL", "ssl.ca.location": str(certs.ca), **more}


def client_certificate(certs):
    return {
        "ssl.certificate.location": str(certs.client_certificate),
        "ssl.key.location": str(certs.client_key),
        "ssl.key.password": KEY_PASSWORD,
    }


def count(broker, listener, topic, config, host="127.0.0.1"):
    servers = f"{host}:{broker.ports[listener]}"
    source = KafkaSource({"bootstrap.servers": servers, **config}, topic, connect_timeout=TIMEOUT)
    return sum(len(batch.values) for batch in source.batches())


def failure(*arguments, error=SourceError, **options):
    """Return the error's sentence and hint; it has to come within the time-out."""
    started = time.monotonic()
    with pytest.raises(error) as caught:
        count(*arguments, **options)
    assert time.monotonic() - started < TIMEOUT + 1.5
    told = f"{caught.value.what} | {caught.value.hint}"
    print(told)  # noqa: T201 - pytest shows it with a failure
    assert "\n" not in told
    for secret in (*USERS.values(), *SCRAM_USERS.values(), KEY_PASSWORD, "not-the-password"):
        assert secret not in told
    return told


def test_sasl_plain(broker, topic):
    assert count(broker, "SASL", topic, plain()) == 3


def test_sasl_scram(broker, topic):
    assert count(broker, "SASL", topic, scram()) == 3


def test_tls(broker, topic, certs):
    assert count(broker, "TLS", topic, tls(certs)) == 3


def test_tls_with_a_client_certificate(broker, topic, certs):
    assert count(broker, "MTLS", topic, tls(certs, **client_certificate(certs))) == 3


@pytest.mark.parametrize("how", [plain, scram])
def test_sasl_over_tls(broker, topic, certs, how):
    config = tls(certs) | how(protocol="SASL_SSL")
    assert count(broker, "SASLTLS", topic, config) == 3


def test_a_client_properties_of_a_java_client_works(broker, topic, certs):
    text = f"""
        security.protocol=SASL_SSL
        sasl.mechanism=SCRAM-SHA-256
        sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \\
            username="carol" \\
            password="{SCRAM_USERS["carol"]}";
        ssl.truststore.type=PEM
        ssl.truststore.location={certs.ca}
        key.deserializer=org.apache.kafka.common.serialization.StringDeserializer
        enable.auto.commit=true
        group.id=theirs
        group.protocol=consumer
        """
    config = from_java(parse_properties(text, "client.properties"), "client.properties")
    assert count(broker, "SASLTLS", topic, config) == 3


@pytest.mark.parametrize("how", [plain, scram])
def test_a_wrong_password_is_told_at_once(broker, topic, how):
    started = time.monotonic()
    told = failure(broker, "SASL", topic, how(password="not-the-password"))
    assert "refused the login: " in told
    assert "Check sasl.username, sasl.password and sasl.mechanism" in told
    # The broker itself holds its answer back for a moment; the time-out is not waited for.
    assert time.monotonic() - started < TIMEOUT


def test_a_mechanism_that_the_broker_lacks_is_told_with_those_it_has(broker, topic):
    config = login("SCRAM-SHA-512", "carol", SCRAM_USERS["carol"])
    assert "supported mechanisms: PLAIN,SCRAM-SHA-256" in failure(broker, "SASL", topic, config)


def test_a_login_on_a_port_without_login(broker, topic):
    told = failure(broker, "PLAIN", topic, plain())
    assert "takes no login on this port" in told
    assert "Set security.protocol to PLAINTEXT or SSL" in told


def test_a_plain_client_on_a_login_port(broker, topic):
    told = failure(broker, "SASL", topic, {})
    assert "closes the connection without a word" in told
    assert "SASL_PLAINTEXT" in told


@pytest.mark.parametrize("listener", ["TLS", "MTLS", "SASLTLS"])
def test_a_plain_client_on_a_tls_port(broker, topic, listener):
    told = failure(broker, listener, topic, {})
    assert f"127.0.0.1:{broker.ports[listener]} closes the connection without a word" in told
    assert "security.protocol=SSL" in told


@pytest.mark.parametrize("listener", ["PLAIN", "SASL"])
def test_a_tls_client_on_a_plain_port(broker, topic, certs, listener):
    told = failure(broker, listener, topic, tls(certs))
    assert "speaks no TLS on this port" in told
    assert "Set security.protocol to PLAINTEXT or SASL_PLAINTEXT" in told


def test_an_authority_that_is_not_trusted_is_told_at_once(broker, topic, certs):
    started = time.monotonic()
    told = failure(broker, "TLS", topic, tls(certs, **{"ssl.ca.location": str(certs.other_ca)}))
    assert "The certificate of Kafka server" in told
    assert "can't be verified" in told
    assert "ssl.ca.location" in told
    assert time.monotonic() - started < TIMEOUT


def test_a_certificate_for_another_host(broker, topic, certs):
    told = failure(broker, "TLS", topic, tls(certs), host="localhost")
    assert "The certificate of Kafka server localhost:" in told


def test_no_client_certificate_where_one_is_wanted(broker, topic, certs):
    told = failure(broker, "MTLS", topic, tls(certs))
    assert "wants a client certificate" in told
    assert "ssl.certificate.location and ssl.key.location" in told


def test_a_client_certificate_that_the_broker_does_not_trust(broker, topic, certs):
    stranger = {
        "ssl.certificate.location": str(certs.other_ca),
        "ssl.key.location": str(certs.other_ca.with_suffix(".key")),
    }
    told = failure(broker, "MTLS", topic, tls(certs, **stranger))
    assert "wants a client certificate that it trusts" in told


def test_a_key_whose_password_is_wrong_is_a_mistake_of_the_configuration(broker, topic, certs):
    config = tls(certs, **client_certificate(certs) | {"ssl.key.password": "not-the-password"})
    told = failure(broker, "MTLS", topic, config, error=InputError)
    assert "What ssl.key.location names can't be used" in told


def test_a_user_without_rights_is_told(broker, topic):
    told = failure(broker, "SASL", topic, plain("mallory", USERS["mallory"]))
    assert f"No permission to read topic {topic}" in told
    assert "Describe and Read" in told


def grant(admin, topic, operation):
    rule = AclBinding(
        ResourceType.TOPIC,
        topic,
        ResourcePatternType.LITERAL,
        "User:mallory",
        "*",
        operation,
        AclPermissionType.ALLOW,
    )
    admin.create_acls([rule])[rule].result(30)


def test_a_user_who_may_describe_but_not_read_is_told(broker, topic, admin):
    grant(admin, topic, AclOperation.DESCRIBE)
    told = failure(broker, "SASL", topic, plain("mallory", USERS["mallory"]))
    assert f"No permission to read topic {topic}" in told


def test_the_right_to_read_the_topic_is_enough_and_none_to_a_group_is_needed(broker, topic, admin):
    grant(admin, topic, AclOperation.READ)
    assert count(broker, "SASL", topic, plain("mallory", USERS["mallory"])) == 3


def test_a_topic_that_is_not_there_looks_like_one_without_rights(broker):
    told = failure(broker, "SASL", "no-such-topic", plain("mallory", USERS["mallory"]))
    assert "may look the same" in told


def test_a_plan_is_made_with_the_same_login_and_holds_nothing_of_it(broker, topic, certs, capfd):
    servers = f"127.0.0.1:{broker.ports['SASLTLS']}"
    config = {"bootstrap.servers": servers, **tls(certs), **scram(protocol="SASL_SSL")}
    split = make_split(KafkaSource(config, topic, connect_timeout=TIMEOUT), config)
    assert split.topic_id is not None
    written = json.dumps(split.to_json())
    assert not [word for word in (*SCRAM_USERS.values(), servers, "carol") if word in written]
    source = SplitSource(config, split, connect_timeout=TIMEOUT)
    assert sum(len(batch.values) for batch in source.batches()) == 3
    assert capfd.readouterr() == ("", "")
