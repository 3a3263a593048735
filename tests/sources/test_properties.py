from __future__ import annotations

import pytest
from confluent_kafka import Consumer
from hypothesis import given
from hypothesis import strategies as st

from schemagen.errors import InputError
from schemagen.sources.properties import from_java, parse_properties

ORIGIN = "client.properties"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("a=1", {"a": "1"}),
        ("a:1", {"a": "1"}),
        ("a 1", {"a": "1"}),
        ("a = 1", {"a": "1"}),
        ("  a  :  1", {"a": "1"}),
        ("a\t\f=\t1", {"a": "1"}),
        ("a==1", {"a": "=1"}),
        ("a=:1", {"a": ":1"}),
        ("a  = = 1", {"a": "= 1"}),
        ("a", {"a": ""}),
        ("a=", {"a": ""}),
        ("=1", {"": "1"}),
        ("# a=1\n! b=2\n  # c=3\nd=4", {"d": "4"}),
        ("a=1#2", {"a": "1#2"}),
        ("a=1\r\nb=2\rc=3\n", {"a": "1", "b": "2", "c": "3"}),
        ("a=1\n\n   \nb=2", {"a": "1", "b": "2"}),
        ("a=1\na=2", {"a": "2"}),
        ("a=1 2  ", {"a": "1 2  "}),
        # A line feed of Unicode ends no line.
        ("a=1\u2028b=2\x0bc", {"a": "1\u2028b=2\x0bc"}),
        ("a=1,\\\n   2,\\\n\t3", {"a": "1,2,3"}),
        ("a=1\\\n# no comment", {"a": "1# no comment"}),
        ("a=1\\\n\nb=2", {"a": "1", "b": "2"}),
        ("a\\\nb=2", {"ab": "2"}),
        ("a=1\\\\\nb=2", {"a": "1\\", "b": "2"}),
        ("a=1\\", {"a": "1"}),
        ("\\\n#a=1", {"#a": "1"}),
        ("a\\=b\\:c\\ d=1", {"a=b:c d": "1"}),
        ("a=\\t\\n\\r\\f\\\\\\q\\u00e4\\u20AC", {"a": "\t\n\r\f\\qä€"}),
        ("a=c:\\\\temp\\\\u12", {"a": "c:\\temp\\u12"}),
        ("a=\\ 1", {"a": " 1"}),
    ],
)
def test_the_syntax_is_javas(text, expected):
    assert parse_properties(text, ORIGIN) == expected


@pytest.mark.parametrize("value", ["secret\\u12", "secret\\uxyzw", "secret\\\\\\u"])
def test_a_broken_escape_is_told_by_its_line_and_never_by_the_value(value):
    with pytest.raises(InputError) as caught:
        parse_properties(f"# first\na=1\\\n2\nb={value}", ORIGIN)
    assert "Line 4 of client.properties" in caught.value.what
    assert "secret" not in caught.value.what + caught.value.hint


def escaped(text):
    """Write a text as `java.util.Properties.store` does."""
    table = {"\t": "\\t", "\n": "\\n", "\r": "\\r", "\f": "\\f"}
    return "".join(table.get(c) or ("\\" + c if c in "\\=:#! " else c) for c in text)


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]))


@given(st.dictionaries(TEXTS, TEXTS, max_size=5))
def test_what_java_stores_is_read_back(properties):
    text = "".join(f"{escaped(key)}={escaped(value)}\n" for key, value in properties.items())
    assert parse_properties(text, ORIGIN) == properties


def test_librdkafkas_own_properties_stay_as_they_are_but_for_blanks_around_them():
    given_properties = {
        "bootstrap.servers": "a:1,b:2",
        "security.protocol": "SASL_SSL ",
        "sasl.mechanism": "PLAIN",
        "ssl.ca.location": "/etc/ca.pem",
        "enable.metrics.push": "false",
        "debug": "broker",
    }
    expected = given_properties | {"security.protocol": "SASL_SSL"}
    assert from_java(given_properties, ORIGIN) == expected


@pytest.mark.parametrize(
    ("jaas", "user", "password"),
    [
        (
            'a.b.plain.PlainLoginModule required username="alice" password="pa=ss;word";',
            "alice",
            "pa=ss;word",
        ),
        (
            "a.ScramLoginModule  required\n username='bob'\n password='it\\'s' tokenauth=\"no\";",
            "bob",
            "it's",
        ),
        (
            'PlainLoginModule required password="a\\"b\\\\c\\101\\n" username=carol;',
            "carol",
            'a"b\\cA\n',
        ),
    ],
)
def test_a_login_for_plain_and_scram_is_translated(jaas, user, password):
    translated = from_java({"sasl.jaas.config": jaas}, ORIGIN)
    assert translated == {"sasl.username": user, "sasl.password": password}


def test_librdkafkas_own_login_wins_over_a_translated_one():
    jaas = 'PlainLoginModule required username="a" password="b";'
    translated = from_java({"sasl.jaas.config": jaas, "sasl.password": "c"}, ORIGIN)
    assert translated == {"sasl.username": "a", "sasl.password": "c"}


@pytest.mark.parametrize(
    "jaas",
    [
        'com.sun.security.auth.module.Krb5LoginModule required keyTab="hidden";',
        'PlainLoginModule required username="hidden";',
        "PlainLoginModule required hidden",
    ],
)
def test_a_login_that_cannot_be_translated_is_told_without_its_values(jaas):
    with pytest.raises(InputError) as caught:
        from_java({"sasl.jaas.config": jaas}, ORIGIN)
    told = caught.value.what + caught.value.hint
    assert "sasl.jaas.config in client.properties" in told
    assert "hidden" not in told


@pytest.mark.parametrize(
    ("java", "expected"),
    [
        (
            {"ssl.truststore.location": "/ca.pem", "ssl.truststore.type": "PEM"},
            {"ssl.ca.location": "/ca.pem"},
        ),
        ({"ssl.truststore.location": "/ca.crt"}, {"ssl.ca.location": "/ca.crt"}),
        ({"ssl.truststore.certificates": "-----BEGIN"}, {"ssl.ca.pem": "-----BEGIN"}),
        (
            # What librdkafka can read is given as well.
            {"ssl.truststore.location": "/t.jks", "ssl.ca.location": "/ca.pem"},
            {"ssl.ca.location": "/ca.pem"},
        ),
        (
            {
                "ssl.keystore.location": "/k.pem",
                "ssl.keystore.type": "PEM",
                "ssl.key.password": "x",
            },
            {
                "ssl.certificate.location": "/k.pem",
                "ssl.key.location": "/k.pem",
                "ssl.key.password": "x",
            },
        ),
        (
            {
                "ssl.keystore.location": "/k.p12",
                "ssl.keystore.password": "x",
                "ssl.key.password": "x",
            },
            {"ssl.keystore.location": "/k.p12", "ssl.keystore.password": "x"},
        ),
        (
            {"ssl.keystore.certificate.chain": "c", "ssl.keystore.key": "k"},
            {"ssl.certificate.pem": "c", "ssl.key.pem": "k"},
        ),
        (
            {
                "ssl.keystore.location": "/k.jks",
                "ssl.keystore.password": "x",
                "ssl.certificate.location": "/c.pem",
                "ssl.key.location": "/k.pem",
            },
            {"ssl.certificate.location": "/c.pem", "ssl.key.location": "/k.pem"},
        ),
        (
            {"ssl.endpoint.identification.algorithm": ""},
            {"ssl.endpoint.identification.algorithm": "none"},
        ),
        ({"ssl.cipher.suites": "TLS_AES_128_GCM_SHA256"}, {}),
        ({"ssl.cipher.suites": "ECDHE-RSA-AES128-GCM-SHA256"},) * 2,
        ({"ssl.truststore.password": "x", "ssl.truststore.type": "JKS"}, {}),
    ],
)
def test_stores_are_translated_where_librdkafka_can_read_them(java, expected):
    assert from_java(java, ORIGIN) == expected


@pytest.mark.parametrize(
    ("java", "hint"),
    [
        ({"ssl.truststore.location": "/t.jks", "ssl.truststore.password": "hidden"}, "keytool"),
        ({"ssl.truststore.location": "/t.p12"}, "ssl.ca.location"),
        ({"ssl.truststore.location": "/t", "ssl.truststore.type": "PKCS12"}, "openssl pkcs12"),
        ({"ssl.keystore.location": "/k", "ssl.keystore.password": "hidden"}, "PKCS12"),
        ({"ssl.keystore.location": "/k.pem", "ssl.keystore.type": "JKS"}, "ssl.key.location"),
    ],
)
def test_a_java_store_is_told_with_what_to_do_about_it(java, hint):
    with pytest.raises(InputError) as caught:
        from_java(java, ORIGIN)
    assert "in client.properties names a Java" in caught.value.what
    assert hint in caught.value.hint
    assert "hidden" not in caught.value.what + caught.value.hint


def test_what_only_java_clients_know_is_left_out_so_that_the_client_takes_the_rest():
    text = """
        bootstrap.servers=broker:9092
        security.protocol=PLAINTEXT
        client.dns.lookup=use_all_dns_ips
        session.timeout.ms=45000
        acks=all
        key.deserializer=org.apache.kafka.common.serialization.StringDeserializer
        value.deserializer=org.apache.kafka.common.serialization.StringDeserializer
        partition.assignment.strategy=org.apache.kafka.clients.consumer.RangeAssignor
        max.poll.records=500
        default.api.timeout.ms=60000
        metric.reporters=
        interceptor.classes=a.b.C
        sasl.login.callback.handler.class=a.b.C
        partitioner.class=a.b.C
        schema.registry.url=https://registry
        basic.auth.user.info=key:hidden
        auto.offset.reset=earliest
        group.id=theirs
    """
    kept = from_java(parse_properties(text, ORIGIN), ORIGIN)
    assert set(kept) == {
        "bootstrap.servers",
        "security.protocol",
        "client.dns.lookup",
        "session.timeout.ms",
        "acks",
        "auto.offset.reset",
        "group.id",
    }
    Consumer({**kept, "log_level": 0}).close()


def test_a_misspelt_property_is_kept_for_the_client_to_refuse():
    assert from_java({"sasl.pasword": "x"}, ORIGIN) == {"sasl.pasword": "x"}
