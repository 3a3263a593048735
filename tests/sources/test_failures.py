from __future__ import annotations

import pytest
from confluent_kafka import KafkaError

from schemagen.errors import SourceError
from schemagen.sources.failures import Failures

ONE = ["kafka:9092"]
TWO = ["kafka:9092", "other:9092"]
DOWN = (KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down")
REFUSED = "Connect to ipv4#10.0.0.1:9092 failed: Connection refused (after 0ms in state CONNECT)"


def collect(servers, *errors, redact=str):
    failures = Failures(servers, redact)
    for code, text in errors:
        failures(KafkaError(code, text))
    return failures


def explained(servers, *errors, **options):
    error = collect(servers, *errors, **options).explain(5)
    assert isinstance(error, SourceError)
    return error.what, error.hint


SSL_CLOSED = "Disconnected: SSL connection closed by peer"
CERTIFICATE = "SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: broker"
SIZE = "Receive failed: Invalid response size 1213486160 (0..100000000): increase a setting"


@pytest.mark.parametrize(
    ("code", "text", "state", "what", "hint"),
    [
        (
            KafkaError._RESOLVE,
            "Failed to resolve 'kafka:9092': Name or service not known",
            "CONNECT",
            "The host name of Kafka server kafka:9092 can't be resolved.",
            "spelling",
        ),
        (
            KafkaError._TRANSPORT,
            "Connect to ipv4#10.0.0.1:9092 failed: Connection refused",
            "CONNECT",
            "Kafka server kafka:9092 can't be reached: connection refused.",
            "-b/--bootstrap-servers",
        ),
        (
            KafkaError._TRANSPORT,
            "Connection setup timed out in state SSL_HANDSHAKE",
            "SSL_HANDSHAKE, 3 identical error(s) suppressed",
            "Kafka server kafka:9092 doesn't answer.",
            "security.protocol=SSL",
        ),
        (
            KafkaError._TRANSPORT,
            SSL_CLOSED,
            "SSL_HANDSHAKE",
            "Kafka server kafka:9092 speaks no TLS on this port.",
            "PLAINTEXT",
        ),
        (
            KafkaError._TRANSPORT,
            SSL_CLOSED,
            "UP",
            "Kafka server kafka:9092 closes the connection without a word.",
            "TLS or SASL port",
        ),
        (
            KafkaError._TRANSPORT,
            "Receive failed: error:0A00045C:SSL routines::tlsv13 alert certificate required",
            "APIVERSION_QUERY",
            "Kafka server kafka:9092 wants a client certificate that it trusts.",
            "ssl.certificate.location",
        ),
        (
            KafkaError._AUTHENTICATION,
            "SASL error: Invalid username",
            "AUTH_REQ",
            "Kafka server kafka:9092 refused the login: SASL error: Invalid username.",
            "sasl.password",
        ),
        (
            KafkaError._SSL,
            CERTIFICATE,
            "SSL_HANDSHAKE",
            "The certificate of Kafka server kafka:9092 can't be verified.",
            "ssl.ca.location",
        ),
        (
            KafkaError._SSL,
            "SSL handshake failed: something new",
            "SSL_HANDSHAKE",
            "No TLS connection to Kafka server kafka:9092: SSL handshake failed: something new.",
            "security.protocol",
        ),
        (
            KafkaError._BAD_MSG,
            SIZE,
            "APIVERSION_QUERY",
            "Kafka server kafka:9092 speaks another protocol, or sends more than it may at once.",
            "Check the port",
        ),
        (
            KafkaError._TRANSPORT,
            "something that no one has seen yet",
            "UP",
            "Kafka server kafka:9092: something that no one has seen yet.",
            "running",
        ),
    ],
)
def test_an_error_becomes_one_sentence_and_what_to_do(code, text, state, what, hint):
    for name in ("kafka:9092/bootstrap", "sasl_ssl://kafka:9092/1", "GroupCoordinator: kafka:9092"):
        told, advice = explained(ONE, (code, f"{name}: {text} (after 7ms in state {state})"), DOWN)
        assert told == what
        assert hint in advice


def test_a_text_that_names_no_server_is_told_as_it_is():
    what, _ = explained(ONE, (KafkaError._FATAL, "Fetch from broker 1 failed"))
    assert what == "The Kafka client: Fetch from broker 1 failed."


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (
            "Disconnected: connection closed by peer: receive 0 after POLLIN",
            "Kafka server [::1]:9092 closes the connection without a word.",
        ),
        (
            "Connection setup timed out in state APIVERSION_QUERY",
            "Kafka server [::1]:9092 doesn't answer.",
        ),
    ],
)
def test_what_the_client_only_logs_counts_as_well(text, what):
    failures = collect(["[::1]:9092"], DOWN)
    name = "[::1]:9092/bootstrap"
    full = f"[thrd:{name}]: {name}: {text} (after 9ms in state APIVERSION_QUERY)"
    failures.logger(visible=False).info("%s [%s] %s", "FAIL", "rdkafka#consumer-1", full)
    assert failures.explain(5).what == what


def test_the_rest_of_the_log_is_passed_over(capfd):
    failures = collect(ONE)
    failures.logger(visible=False).warning("%s [%s] %s", "CONFWARN", "x", "[thrd:app]: acks: no")
    assert failures.explain(5).what.startswith("No answer")
    assert capfd.readouterr() == ("", "")


def test_the_log_is_shown_where_it_is_wanted(capfd):
    collect(ONE).logger(visible=True).debug("%s [%s] %s", "CONNECT", "x", "[thrd:app]: trying")
    assert capfd.readouterr().err == "CONNECT [x] [thrd:app]: trying\n"


def test_silence_is_told_with_how_long_it_lasted():
    assert explained(ONE, DOWN)[0] == "No answer from kafka:9092 within 5 s."
    assert explained(TWO)[0] == "No answer from kafka:9092 and other:9092 within 5 s."


def test_of_several_servers_one_is_named_and_the_others_are_counted():
    errors = [(KafkaError._TRANSPORT, f"{name}/bootstrap: {REFUSED}") for name in TWO]
    assert explained(TWO, *errors, *errors)[0] == (
        "Kafka server other:9092 can't be reached: connection refused"
        " (and 1 more can't be used either)."
    )


def test_a_refused_login_outweighs_whatever_came_later():
    login = (KafkaError._AUTHENTICATION, "kafka:9092/bootstrap: no (after 1ms in state AUTH_REQ)")
    later = (KafkaError._TRANSPORT, f"other:9092/bootstrap: {REFUSED}")
    assert explained(TWO, login, later)[0].startswith("Kafka server kafka:9092 refused the login")


def test_what_will_not_pass_by_itself_is_known():
    resolve = (KafkaError._RESOLVE, "kafka:9092/bootstrap: Failed to resolve")
    other = (KafkaError._SSL, "other:9092/bootstrap: SSL handshake failed")
    login = (KafkaError._AUTHENTICATION, "kafka:9092/bootstrap: no")
    refused = (KafkaError._TRANSPORT, f"other:9092/bootstrap: {REFUSED}")
    assert collect(ONE, resolve).hopeless()
    assert not collect(TWO, resolve, resolve).hopeless()
    assert not collect(TWO, resolve, refused).hopeless()
    assert collect(TWO, resolve, other).hopeless()
    assert collect(TWO, refused, login).hopeless()
    assert not collect(ONE, (KafkaError._TRANSPORT, f"kafka:9092/bootstrap: {REFUSED}")).hopeless()
    assert not collect(ONE, DOWN).hopeless()
    assert not collect(ONE).hopeless()


def test_what_was_cleared_is_forgotten():
    failures = collect(ONE, (KafkaError._TRANSPORT, f"kafka:9092/bootstrap: {REFUSED}"), DOWN)
    failures.clear()
    assert failures.explain(1).what == "No answer from kafka:9092 within 1 s."


def test_secrets_are_taken_out():
    what, _ = explained(
        ONE,
        (KafkaError._AUTHENTICATION, "kafka:9092/bootstrap: hunter2 is wrong"),
        redact=lambda text: text.replace("hunter2", "***"),
    )
    assert what == "Kafka server kafka:9092 refused the login: *** is wrong."
