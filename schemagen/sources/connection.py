"""From a client configuration to a connection that is known to work, or one sentence why not."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal

from confluent_kafka import Consumer, KafkaException

from schemagen.errors import InputError, SourceError
from schemagen.sources.failures import Failures
from schemagen.topics import NAME_HINT, is_topic_name

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from confluent_kafka import KafkaError
    from confluent_kafka.admin._metadata import TopicMetadata

Config = dict[str, str | int | bool]

GONE = frozenset({"UNKNOWN_TOPIC_OR_PART", "UNKNOWN_TOPIC_ID", "_UNKNOWN_TOPIC"})
"""The names of the errors that say that there is no such topic."""

# Short, because librdkafka's reasons come through only between two questions.
_ASK_SECONDS = 0.25
_LEAST_SETUP_MS = 1_000  # librdkafka takes no less for socket.connection.setup.timeout.ms
_HIDDEN = "***"
_SECRET = re.compile(r"password|secret|token|key\.pem|keystore\.key|jaas|user\.info")
_SERVER = re.compile(r"(?:\w+://)?(?P<host>\[[0-9A-Fa-f:.%\w]+\]|[^:\s/\[\]]+)(?::(?P<port>\d+))?")

# What makes the client read only, whatever the user's file says: it shares no group, commits and
# stores no offset, creates no topic, and sends no metrics for the broker to keep.
_READ_ONLY: Config = {
    "group.id": "schemagen",
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "allow.auto.create.topics": False,
    "enable.metrics.push": False,
    # Records of open and aborted transactions are none.
    "isolation.level": "read_committed",
    # Retention may delete what was about to be read: go on with the first record that is left.
    "auto.offset.reset": "earliest",
    "enable.partition.eof": True,
}
_OF_A_GROUP = (
    "group.instance.id",
    "group.protocol",
    "group.protocol.type",
    "group.remote.assignor",
    "partition.assignment.strategy",
)


@dataclass(frozen=True, slots=True)
class Connection:
    """A consumer that has reached its cluster, assigned to nothing and member of no group.

    Attributes:
        consumer: the client; `close` it.
        failures: collects what the client reports from now on.
        partitions: the numbers of the topic's partitions.

    """

    consumer: Consumer
    failures: Failures
    partitions: tuple[int, ...]


def redact(text: str, config: Mapping[str, str | int | bool]) -> str:
    """Replace the secrets of a configuration wherever they occur in a text.

    Secret are the values of properties whose name has password, secret, token, key.pem or jaas in
    it, the lines of a PEM key among them and the quoted parts of a JAAS text.
    """
    secrets = set()
    for key, value in config.items():
        if _SECRET.search(key):
            secrets |= {str(value), *str(value).splitlines()}
            secrets |= set(re.findall(r'"((?:\\.|[^"\\])*)"', str(value)))
    for secret in sorted(secrets, key=len, reverse=True):
        if secret.strip():
            text = text.replace(secret, _HIDDEN)
    return text


def bootstrap_servers(config: Mapping[str, str | int | bool]) -> list[str]:
    """Return the servers to begin with, `host:port` or as the user wrote them.

    Raises:
        InputError: there is none, or one that librdkafka would misread in silence (it makes port 0
            of a port that is not a number).

    """
    given = config.get("bootstrap.servers") or config.get("metadata.broker.list") or ""
    servers = [server for part in str(given).split(",") if (server := part.strip())]
    if not servers:
        raise InputError(
            "No Kafka server is given.",
            "Name it with -b HOST:PORT, in SCHEMAGEN_BOOTSTRAP_SERVERS, or under [kafka] in "
            'schemagen.toml: "bootstrap.servers" = "HOST:PORT". --from FILE reads files instead.',
        )
    for server in servers:
        matched = _SERVER.fullmatch(server)
        port = (matched["port"] or "9092") if matched else ""
        if not port or len(port) > len("65535") or not 0 < int(port) <= 65535:  # noqa: PLR2004 - ports
            raise InputError(
                f"{server!r} in bootstrap.servers is not host:port with a port from 1 to 65535.",
                "Write it like broker.example.com:9092, several of them with commas between.",
            )
    return servers


def check_config(config: Mapping[str, str | int | bool]) -> Config:
    """Return the configuration to give to the client: what the user set, made read only.

    Whatever has to do with consumer groups, commits and the creation of topics is ours, so that a
    `client.properties` made for another program is safe to use. librdkafka checks the rest.

    Raises:
        InputError: no usable list of servers, or a value that is neither text, number nor boolean.

    """
    servers = bootstrap_servers(config)
    for key, value in config.items():
        if not isinstance(value, str | int):
            raise InputError(
                f"The Kafka property {key} has a value that is neither a text nor a number."
            )
    kept = {key: value for key, value in config.items() if key not in _OF_A_GROUP}
    kept.pop("metadata.broker.list", None)
    own: Config = {**_READ_ONLY, "bootstrap.servers": ",".join(servers)}
    return {"client.id": "schemagen"} | kept | own


def connect(  # noqa: PLR0913 - what a connection depends on, each with its default
    config: Mapping[str, str | int | bool],
    topic: str,
    *,
    timeout: float,
    partitions: Collection[int] | None = None,
    tuning: Mapping[str, str | int | bool] | None = None,
    on_gone: Literal["earliest", "error"] = "earliest",
) -> Connection:
    """Connect, and make sure that the topic is there and may be described.

    Nothing is created on the cluster and no group is joined. One trace can't be helped: this client
    asks for the coordinator of its group when it starts, and a broker that has never been asked by
    anyone creates its internal topic `__consumer_offsets` then.

    Args:
        config: librdkafka properties.
        topic: the topic's name.
        timeout: seconds until an unreachable cluster is given up.
        partitions: those to be read, None for all of them: each has to have a leader.
        tuning: librdkafka properties for those that `config` doesn't set.
        on_gone: what to do when retention deletes what was about to be read: go on with the
            earliest record that is left, or report it.

    Raises:
        InputError: a configuration that the client refuses, a name that no topic can have, or a
            partition that the topic doesn't have.
        SourceError: the cluster can't be reached or refuses the client, or there is no such topic.

    """
    if not is_topic_name(topic):
        raise InputError(f"{topic!r} can't be the name of a topic.", NAME_HINT)
    more = {**_unset(tuning or {}, config), **check_config(config), "auto.offset.reset": on_gone}
    consumer, failures = _opened(config, more, timeout)
    try:
        found = _describe(consumer, failures, topic, timeout, partitions)
    except BaseException:
        consumer.close()
        raise
    failures.clear()
    return Connection(consumer, failures, found)


def topics(config: Mapping[str, str | int | bool], *, timeout: float = 10.0) -> list[str]:
    """List the topics of a cluster by name, without those that Kafka keeps for itself (`_…`).

    Args:
        config: librdkafka properties.
        timeout: seconds until an unreachable cluster is given up.

    Raises:
        InputError: a configuration that the client refuses.
        SourceError: the cluster can't be reached, or refuses the client.

    """
    consumer, failures = _opened(config, check_config(config), timeout)
    deadline = time.monotonic() + timeout
    try:
        while True:
            with suppress(KafkaException):
                found = consumer.list_topics(timeout=_ASK_SECONDS).topics
                return sorted(name for name in found if not name.startswith("_"))
            consumer.poll(0)  # runs the error callback; nothing is assigned
            if failures.hopeless() or time.monotonic() >= deadline:
                raise failures.explain(timeout)
    finally:
        consumer.close()


def _opened(
    config: Mapping[str, str | int | bool], checked: Config, timeout: float
) -> tuple[Consumer, Failures]:
    """Make a client that gives up a silent server in time, and what collects its failures."""
    failures = Failures(bootstrap_servers(config), lambda text: redact(text, config))
    setup_ms = max(_LEAST_SETUP_MS, int(timeout * 900))
    return _client({"socket.connection.setup.timeout.ms": setup_ms, **checked}, failures), failures


def _unset(
    tuning: Mapping[str, str | int | bool], config: Mapping[str, str | int | bool]
) -> Mapping[str, str | int | bool]:
    # Two names of one property, of which librdkafka takes the one that comes last.
    aliases = {"max.partition.fetch.bytes": "fetch.message.max.bytes"}
    return {key: value for key, value in tuning.items() if aliases.get(key) not in config}


def _client(config: Config, failures: Failures) -> Consumer:
    try:
        # The log is shown to who asks for it; else it tells the failures alone.
        logger = failures.logger(visible=bool(config.get("debug")))
        return Consumer({**config, "error_cb": failures}, logger=logger)
    except KafkaException as error:
        text = error.args[0].str().removeprefix("Failed to create consumer: ")
    except (TypeError, ValueError) as error:
        text = str(error)
    if unreadable := re.match(r"`?(ssl\.[\w.]+)`? failed", text):
        what = f"What {unreadable[1]} names can't be used."
        hint = "It has to be an existing file in PEM format; a key's password is ssl.key.password."
    elif "No provider for SASL mechanism" in text:
        what = "The Kafka client has no support for this sasl.mechanism (GSSAPI if it isn't set)."
        hint = "Set sasl.mechanism to PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER."
    else:
        what = f"The Kafka client refuses its configuration: {text.rstrip('.')}."
        hint = "See librdkafka's CONFIGURATION.md for the properties and their values."
    raise InputError(redact(what, config), hint)


def _describe(
    consumer: Consumer,
    failures: Failures,
    topic: str,
    timeout: float,
    partitions: Collection[int] | None,
) -> tuple[int, ...]:
    """Ask for the topic until the cluster answers with a leader for each partition."""
    deadline = time.monotonic() + timeout
    while True:
        late = time.monotonic() >= deadline
        try:
            answer = consumer.list_topics(topic, timeout=_ASK_SECONDS).topics[topic]
        except KafkaException as error:
            # Runs the error callback. There is no message: nothing is assigned.
            consumer.poll(0)
            if failures.hopeless() or late:
                raise failures.explain(timeout) from error
            continue
        if not (without := _unready(answer, topic, partitions, consumer)):
            return tuple(sorted(answer.partitions if partitions is None else partitions))
        if late:
            raise SourceError(without, "Wait until the cluster is ready, or mend it.")
        time.sleep(_ASK_SECONDS / 2)


def _unready(
    answer: TopicMetadata, topic: str, partitions: Collection[int] | None, consumer: Consumer
) -> str:
    """Return what the topic lacks for now, or nothing; raise what will not pass by itself."""
    if answer.error is not None:
        raise_topic_error(answer.error, topic, consumer)
        return f"Topic {topic} is not available: {answer.error.str()}."
    if missing := set(partitions or ()) - answer.partitions.keys():
        raise InputError(
            f"Topic {topic} has no partition {min(missing)}.",
            f"It has {len(answer.partitions)}, numbered from 0.",
        )
    for number in partitions or answer.partitions:
        if answer.partitions[number].leader < 0:
            return f"Partition {number} of topic {topic} has no leader."
    return ""


def raise_topic_error(error: KafkaError, topic: str, consumer: Consumer) -> None:
    """Raise SourceError for an error about a topic that trying again doesn't mend."""
    if error.name() in GONE:
        near = _similar(topic, consumer)
        known = f"Did you mean {' or '.join(near)}?" if near else "Check its spelling."
        raise SourceError(f"There is no topic {topic} in the cluster.", known)
    if error.name() in {"TOPIC_AUTHORIZATION_FAILED", "CLUSTER_AUTHORIZATION_FAILED"}:
        raise SourceError(
            f"No permission to read topic {topic}.",
            "The user needs Describe and Read on it; a topic that doesn't exist may look the same.",
        )
    if error.name() == "TOPIC_EXCEPTION":
        raise SourceError(f"The cluster takes {topic} for no name of a topic.")


def _similar(topic: str, consumer: Consumer) -> list[str]:
    names: list[str] = []
    with suppress(KafkaException):
        names = [name for name in consumer.list_topics(timeout=2).topics if name[:2] != "__"]
    by_lower_case = {name.lower(): name for name in sorted(names)}
    close = get_close_matches(topic.lower(), by_lower_case, n=3, cutoff=0.6)
    return [by_lower_case[name] for name in close]
