"""What a user may choose between: each choice once, for options and for the project file.

The values are the words that people type; they are stable.
"""

from __future__ import annotations

from enum import StrEnum


class Strategy(StrEnum):
    """Which records of a topic a sample takes."""

    SPREAD = "spread"
    """Some from every part of each partition."""
    HEAD = "head"
    """The oldest."""
    TAIL = "tail"
    """The newest."""


class ValueFormat(StrEnum):
    """In which format a topic's values are."""

    JSON = "json"
    """JSON text."""
    JSON_SR = "json_sr"
    """JSON text behind the id of a schema that a registry has."""
    AVRO = "avro"
    """Avro behind such an id."""
    PROTOBUF = "protobuf"
    """Protobuf behind such an id."""


class Integers(StrEnum):
    """How integers are declared."""

    BIGINT = "bigint"
    """All as BIGINT."""
    FIT = "fit"
    """As INT where all integers seen fit 32 bits."""


class Quote(StrEnum):
    """Which names get back-ticks."""

    NEEDED = "needed"
    """Those that ksqlDB doesn't take without."""
    ALL = "all"


class Layout(StrEnum):
    """How alerts are laid out."""

    STREAMS = "streams"
    """A stream for each rule, its columns the rule's fields."""
    INSERT = "insert"
    """One alerts stream, and a query for each rule."""
    BUNDLE = "bundle"
    """One alerts stream, and queries of many rules each."""


class AlertKey(StrEnum):
    """What the key of an alert is: of two records with one key the order is kept."""

    HOST = "host"
    """The name of the host."""
    NONE = "none"
    """Nothing."""


class Matching(StrEnum):
    """How texts are compared."""

    SAFE = "safe"
    """As Sigma means it."""
    LIKE = "like"
    """By a plain LIKE where there is a wildcard, with all that it loses."""


class CorrelationWindows(StrEnum):
    """Over which spans of time a correlation looks."""

    TRAILING = "trailing"
    """Every span that ends at an event."""
    TUMBLING = "tumbling"
    """Spans that stand side by side, counted from 1970: what lies over a border is missed."""


class Logsource(StrEnum):
    """What a rule's log source is for a topic."""

    CHECKED = "checked"
    """Conditions on the events: channel, event id."""
    ASSUMED = "assumed"
    """True of every event: the topic holds nothing but such events."""


class OffsetReset(StrEnum):
    """Where a query begins that has no place in its topics."""

    EARLIEST = "earliest"
    """At the first record that is left."""
    LATEST = "latest"
    """At the next record that is written."""


class FileFormat(StrEnum):
    """How records lie in a file."""

    NDJSON = "ndjson"
    """One record a line, whatever it is."""
    JSON = "json"
    """Lines, documents or an array, which the start shows; nothing within them is taken out."""
    KCAT = "kcat"
    """What kcat -J, or kcat -f, wrote."""
    CONSOLE_CONSUMER = "console-consumer"
    """What kafka-console-consumer wrote."""
    RPK = "rpk"
    """What rpk topic consume wrote."""
    ELASTICSEARCH = "elasticsearch"
    """Hits, whole search responses, or bulk requests."""
    RECORDS = "records"
    """Documents that are {"Records": [...]} or {"records": [...]}."""
    EVTX = "evtx"
    """An event log of Windows."""
    EVTX_DUMP = "evtx-dump"
    """What evtx_dump wrote as JSON."""
    CSV = "csv"
    """A table as text, below a line that names its columns."""
    PARQUET = "parquet"
    """A table."""
