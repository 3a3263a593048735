"""Read a `client.properties` file, and turn what only Java clients know into librdkafka's terms.

The syntax is that of `java.util.Properties.load`. The Java properties are those of Apache Kafka's
`ConsumerConfig`, `ProducerConfig` and `AdminClientConfig` that librdkafka refuses.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from schemagen.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_BLANK = " \t\f"

# Of no use to a client that only reads bytes, or set by Java's own TLS and login classes.
_JAVA_ONLY = frozenset(
    """
    bootstrap.controllers bootstrap.resolve.timeout.ms buffer.memory config.providers
    default.api.timeout.ms exclude.internal.topics fetch.max.wait.ms interceptor.classes
    key.deserializer key.serializer max.block.ms max.poll.records max.request.size
    metadata.cluster.check.enable metadata.max.idle.ms metric.reporters
    partition.assignment.strategy receive.buffer.bytes sasl.client.callback.handler.class
    sasl.kerberos.ticket.renew.jitter sasl.kerberos.ticket.renew.window.factor
    sasl.oauthbearer.allow.unverified.audience sasl.oauthbearer.allow.unverified.issuer
    sasl.oauthbearer.assertion.template.file sasl.oauthbearer.clock.skew.seconds
    sasl.oauthbearer.expected.audience sasl.oauthbearer.expected.issuer
    sasl.oauthbearer.header.urlencode sasl.oauthbearer.jwt.retriever.class
    sasl.oauthbearer.jwt.validator.class sasl.oauthbearer.scope.claim.name security.providers
    send.buffer.bytes share.acquire.mode socket.connection.setup.timeout.max.ms
    ssl.enabled.protocols ssl.engine.factory.class ssl.keymanager.algorithm ssl.protocol
    ssl.provider ssl.secure.random.implementation ssl.trustmanager.algorithm
    transaction.two.phase.commit.enable value.deserializer value.serializer
    compression.gzip.level compression.lz4.level compression.zstd.level
    """.split(),  # noqa: SIM905 - fifty quoted names are harder to read and to amend
)
# The last three are for Confluent's serialisers, which share the file.
_JAVA_ONLY_PREFIXES = (
    *("buffer.memory.", "internal.throw.", "metrics.", "partitioner.", "sasl.login."),
    "sasl.oauthbearer.jwks.",
    *("basic.auth.", "confluent.", "schema.registry."),
)


def parse_properties(text: str, origin: str) -> dict[str, str]:
    r"""Parse Java's properties syntax; of a key given twice the last value counts.

    Args:
        text: the file's text.
        origin: the file's name as the user gave it, for errors.

    Raises:
        InputError: a `\u` that four hexadecimal digits don't follow.

    """
    found = {}
    for number, line in _logical_lines(text):
        key, value = _split(line)
        try:
            found[_unescape(key)] = _unescape(value)
        except ValueError:
            raise InputError(
                f"Line {number} of {origin} has a \\u without four hexadecimal digits.",
                "Write a backslash that is meant as itself twice.",
            ) from None
    return found


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Join continued lines, and leave out blank ones and comments; yield (line number, text)."""
    pending: str | None = None
    start = 0
    for number, natural in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        line = natural.lstrip(_BLANK)
        if pending is None:
            if not line or line[0] in "#!":
                continue
            pending, start = "", number
        if (len(line) - len(line.rstrip("\\"))) % 2:
            pending += line[:-1]
            continue
        yield start, pending + line
        pending = None
    if pending:
        yield start, pending


def _split(line: str) -> tuple[str, str]:
    """Split at the first `=`, `:` or blank that no backslash escapes."""
    matched = re.match(r"((?:\\.|[^\\=: \t\f])*)[ \t\f]*[=:]?[ \t\f]*", line, re.DOTALL)
    assert matched is not None  # noqa: S101 - every part of the pattern may be empty
    return matched[1], line[matched.end() :]


def _unescape(text: str) -> str:
    r"""Resolve the escapes; raise ValueError for a `\u` without four hexadecimal digits."""

    def one(matched: re.Match[str]) -> str:
        after = matched[1]
        if after[:1] != "u":
            return _ESCAPES.get(after, after)
        return chr(int(after[1:], 16))

    if re.search(r"(?<!\\)(?:\\\\)*\\u(?![0-9A-Fa-f]{4})", text):
        raise ValueError
    return re.sub(r"\\(u[0-9A-Fa-f]{4}|.|$)", one, text, flags=re.DOTALL)


def from_java(properties: Mapping[str, str], origin: str) -> dict[str, str]:
    """Translate what only Java clients understand; everything else stays as it is.

    Values are trimmed, as Kafka's own `ConfigDef.parseType` does. A property that is given in
    librdkafka's terms as well wins over the translated one.

    Args:
        properties: as `parse_properties` returns them, Java's and librdkafka's names mixed.
        origin: the file's name as the user gave it, for errors.

    Raises:
        InputError: a Java key store or trust store, or a login module, that librdkafka can't use.

    """
    given = {key: value.strip() for key, value in properties.items()}
    translated = {
        **_login(given.pop("sasl.jaas.config", ""), origin),
        **_trust(given, origin),
        **_client_key(given, origin),
    }
    if given.get("ssl.endpoint.identification.algorithm") == "":
        # Java switches the check of the host name off by an empty text.
        given["ssl.endpoint.identification.algorithm"] = "none"
    if given.get("ssl.cipher.suites", "").startswith("TLS_"):
        # Java names its suites otherwise than OpenSSL, whose defaults are good.
        del given["ssl.cipher.suites"]
    kept = {key: value for key, value in given.items() if not _is_java_only(key)}
    return translated | kept


def _is_java_only(key: str) -> bool:
    return key in _JAVA_ONLY or key.startswith(_JAVA_ONLY_PREFIXES)


def _login(jaas: str, origin: str) -> dict[str, str]:
    if not jaas:
        return {}
    module = jaas.split(maxsplit=1)[0].rsplit(".", 1)[-1]
    if module not in {"PlainLoginModule", "ScramLoginModule"}:
        raise InputError(
            f"sasl.jaas.config in {origin} names a login module that can't be translated.",
            "Give the login by librdkafka's own properties, those that begin with sasl.",
        )
    options = {
        key: _java_string(double or single) if double or single else bare
        for key, double, single, bare in re.findall(
            r"""([\w.]+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|([^\s;"']+))""",
            jaas,
        )
    }
    if not {"username", "password"} <= options.keys():
        raise InputError(
            f"sasl.jaas.config in {origin} has no username and password.",
            'Write it as Java wants it: … required username="…" password="…";',
        )
    return {"sasl.username": options["username"], "sasl.password": options["password"]}


def _java_string(text: str) -> str:
    """Resolve the escapes that `java.io.StreamTokenizer`, which reads JAAS texts, knows."""
    table = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}

    def one(matched: re.Match[str]) -> str:
        after = matched[1]
        return chr(int(after, 8)) if after[0] in "01234567" else table.get(after, after)

    return re.sub(r"\\([0-3]?[0-7]{1,2}|.)", one, text, flags=re.DOTALL)


def _trust(given: dict[str, str], origin: str) -> dict[str, str]:
    """Take the trust store out of `given` and translate it."""
    kind = given.pop("ssl.truststore.type", "")
    location = given.pop("ssl.truststore.location", "")
    certificates = given.pop("ssl.truststore.certificates", "")
    given.pop("ssl.truststore.password", None)
    if certificates:
        return {"ssl.ca.pem": certificates}
    if not location:
        return {}
    if _store_type(kind, location) == "PEM":
        return {"ssl.ca.location": location}
    if {"ssl.ca.location", "ssl.ca.pem"} & given.keys():
        return {}
    raise InputError(
        f"ssl.truststore.location in {origin} names a Java trust store, which can't be read here.",
        "Export the authorities (keytool -exportcert -rfc, or openssl pkcs12 -nokeys) to a PEM"
        " file and set ssl.ca.location to it.",
    )


def _client_key(given: dict[str, str], origin: str) -> dict[str, str]:
    """Take the key store out of `given` and translate it."""
    kind = given.pop("ssl.keystore.type", "")
    chain = given.pop("ssl.keystore.certificate.chain", "")
    key = given.pop("ssl.keystore.key", "")
    if chain and key:
        return {"ssl.certificate.pem": chain, "ssl.key.pem": key}
    location = given.get("ssl.keystore.location", "")
    if not location:
        given.pop("ssl.keystore.password", None)
        return {}
    store = _store_type(kind, location)
    if store == "PKCS12":
        # librdkafka reads this one itself; the key in it has the store's password.
        given.pop("ssl.key.password", None)
        return {}
    del given["ssl.keystore.location"]
    given.pop("ssl.keystore.password", None)
    if store == "PEM":
        return {"ssl.certificate.location": location, "ssl.key.location": location}
    if {"ssl.key.location", "ssl.key.pem"} & given.keys():
        return {}
    raise InputError(
        f"ssl.keystore.location in {origin} names a Java key store, which can't be read here.",
        "Convert it (keytool -importkeystore -deststoretype PKCS12) and set ssl.keystore.type="
        "PKCS12, or set ssl.certificate.location and ssl.key.location to PEM files.",
    )


def _store_type(declared: str, location: str) -> str:
    """Return PEM, PKCS12 or JKS: as declared, else by the file's ending, else Java's default."""
    if declared and declared.upper() != "JKS":
        return declared.upper()
    if re.search(r"\.(p12|pfx|pkcs12)$", location, re.IGNORECASE):
        # Java's JKS provider reads PKCS#12 too, so the type is often left out or wrong.
        return "PKCS12"
    if not declared and re.search(r"\.(pem|crt|cer)$", location, re.IGNORECASE):
        return "PEM"
    return "JKS"
