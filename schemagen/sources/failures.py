"""What librdkafka's errors mean, in one sentence, and what to do about them.

librdkafka says why a broker can't be reached only through its error callback, over and over while
it tries again. Of a connection that is closed or never answered it tells in its log alone, and why
it doesn't know: a broker that gets bytes it can't read just hangs up. The texts matched here are
those of librdkafka's `rdkafka_broker.c`, `rdkafka_sasl.c` and `rdkafka_ssl.c`.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from schemagen.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from confluent_kafka import KafkaError

_TEXT = re.compile(
    r"(?:GroupCoordinator: )?(?:\w+://)?(?P<server>\S+?)(?:/bootstrap|/-?\d+)?: "
    r"(?P<reason>.*?)(?: \(after \d+ms in state (?P<state>\w+)[^)]*\))?",
    re.DOTALL,
)


class _Meaning(NamedTuple):
    """One row of the table: an error's name and a pattern of its text, and what to say."""

    name: str
    pattern: str
    what: str
    hint: str


_ADDRESS = "Check the address (-b/--bootstrap-servers) and that the broker is running."
_PLAIN_OR_TLS = (
    "Set security.protocol to PLAINTEXT or SASL_PLAINTEXT, or use the broker's TLS port."
)
_MEANINGS = (
    _Meaning(
        "_RESOLVE",
        "",
        "The host name of Kafka server {server} can't be resolved",
        "Check its spelling (-b/--bootstrap-servers) and the name service.",
    ),
    _Meaning(
        "_AUTHENTICATION",
        "not valid in current SASL state",
        "Kafka server {server} takes no login on this port",
        "Set security.protocol to PLAINTEXT or SSL, or use the broker's SASL port.",
    ),
    _Meaning(
        "_AUTHENTICATION",
        "Unsupported SASL mechanism",
        "Kafka server {server} doesn't take this sasl.mechanism: {reason}",
        "Set sasl.mechanism to one that the broker supports.",
    ),
    _Meaning(
        "_AUTHENTICATION",
        "",
        "Kafka server {server} refused the login: {reason}",
        "Check sasl.username, sasl.password and sasl.mechanism.",
    ),
    _Meaning(
        "_SSL",
        "certificate verify failed",
        "The certificate of Kafka server {server} can't be verified",
        "Set ssl.ca.location to the PEM file of the authority that signed it, and use the host"
        " name that stands in it.",
    ),
    _Meaning(
        "_SSL",
        "",
        "No TLS connection to Kafka server {server}: {reason}",
        "Check security.protocol, ssl.ca.location and the other ssl. properties.",
    ),
    _Meaning(
        "_TRANSPORT",
        "timed out",
        "Kafka server {server} doesn't answer",
        _ADDRESS + " A TLS port needs security.protocol=SSL or SASL_SSL.",
    ),
    _Meaning(
        "_TRANSPORT",
        "PLAINTEXT broker listener|wrong version number|SSL_HANDSHAKE",
        "Kafka server {server} speaks no TLS on this port",
        _PLAIN_OR_TLS,
    ),
    _Meaning(
        "_TRANSPORT",
        "alert .*certificate|alert unknown ca",
        "Kafka server {server} wants a client certificate that it trusts",
        "Set ssl.certificate.location and ssl.key.location (and ssl.key.password).",
    ),
    _Meaning(
        "_TRANSPORT",
        "Connection refused",
        "Kafka server {server} can't be reached: connection refused",
        _ADDRESS,
    ),
    _Meaning(
        "_TRANSPORT",
        "Broken pipe|reset by peer|Disconnected",
        "Kafka server {server} closes the connection without a word",
        "A TLS or SASL port needs security.protocol=SSL, SASL_SSL or SASL_PLAINTEXT.",
    ),
    _Meaning(
        "_BAD_MSG",
        "Invalid response size",
        "Kafka server {server} speaks another protocol, or sends more than it may at once",
        "Check the port (-b/--bootstrap-servers); for messages of that size raise"
        " receive.message.max.bytes.",
    ),
)


@dataclass(frozen=True, slots=True)
class Failure:
    """One error about one server.

    Attributes:
        name: librdkafka's name of the error.
        server: `host:port`, as librdkafka names it.
        reason: librdkafka's text without the server's name and the time it took.
        state: what the client was about with the server, in librdkafka's words.

    """

    name: str
    server: str = ""
    reason: str = ""
    state: str = ""


class Failures:
    """Collects the errors that librdkafka reports: its `error_cb`, and the source of its `logger`.

    Args:
        servers: the bootstrap servers, `host:port`.
        redact: takes secrets out of a text.

    """

    def __init__(self, servers: Sequence[str], redact: Callable[[str], str]) -> None:
        self._servers = servers
        self._redact = redact
        self._by_server: dict[str, Failure] = {}
        self._last: Failure | None = None

    def __call__(self, error: KafkaError) -> None:
        """Take in one error; librdkafka calls this from poll and consume."""
        # That all brokers are down follows from what is known of each.
        if error.name() != "_ALL_BROKERS_DOWN":
            self._note(error.name(), error.str())

    def logger(self, *, visible: bool) -> logging.Logger:
        """Return the logger to give to the client.

        Args:
            visible: whether the log is to be written to standard error as well.

        """
        logger = logging.Logger("librdkafka")  # noqa: LOG001 - no other handler may get hold of it
        logger.addHandler(_FailureHandler(self._note))
        if visible:
            logger.addHandler(logging.StreamHandler())
        return logger

    def _note(self, name: str, text: str) -> None:
        matched = _TEXT.fullmatch(text)
        if matched:
            self._last = Failure(name, **matched.groupdict(default=""))
        else:
            self._last = Failure(name, reason=text)
        self._by_server[self._last.server] = self._last

    @property
    def empty(self) -> bool:
        """Return whether no failure is known."""
        return self._last is None

    def hopeless(self) -> bool:
        """Return whether trying again is of no use.

        A login that one server refuses every server refuses; a wrong name or certificate may be
        that of one server only, so it counts when every server has such a fault.
        """
        names = [failure.name for failure in self._by_server.values()]
        if "_AUTHENTICATION" in names:
            return True
        final = sum(name in {"_SSL", "_RESOLVE"} for name in names)
        return final >= len(self._servers)

    def clear(self) -> None:
        """Forget everything: the servers answer (again)."""
        self._by_server.clear()
        self._last = None

    def explain(self, seconds: float) -> SourceError:
        """Return the error that says why there is no answer.

        Args:
            seconds: how long the client has tried, for the case that nothing is known.

        """
        failure = next(
            (one for one in self._by_server.values() if one.name == "_AUTHENTICATION"),
            self._last,
        )
        if failure is None:
            names = " and ".join(self._servers)
            return SourceError(f"No answer from {names} within {seconds:g} s.", _ADDRESS)
        what, hint = self._meaning(failure)
        others = len(self._by_server) - 1
        if others > 0:
            what += f" (and {others} more can't be used either)"
        return SourceError(self._redact(what.rstrip(".") + "."), hint)

    @staticmethod
    def _meaning(failure: Failure) -> tuple[str, str]:
        for row in _MEANINGS:
            text = f"{failure.reason} {failure.state}"
            if row.name == failure.name and re.search(row.pattern, text):
                parts = {"server": failure.server, "reason": failure.reason}
                return row.what.format(**parts), row.hint
        server = f"Kafka server {failure.server}: " if failure.server else "The Kafka client: "
        return server + failure.reason, _ADDRESS


class _FailureHandler(logging.Handler):
    """Passes on what librdkafka only logs: connections that are closed or not answered."""

    def __init__(self, note: Callable[[str, str], None]) -> None:
        super().__init__()
        self._note = note

    def emit(self, record: logging.LogRecord) -> None:
        matched = re.search(r"\[thrd:.*?\]: (.*)", record.getMessage(), re.DOTALL)
        if matched and re.search(r": (?:Disconnected|Connection setup timed out)", matched[1]):
            self._note("_TRANSPORT", matched[1])
