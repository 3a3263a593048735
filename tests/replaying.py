"""What the tests of the replay share: one row, one expression."""

from __future__ import annotations

from schemagen.replay.engine import Replay
from schemagen.replay.results import Event, NoticeKind

THROWS = "throws"

COLUMNS = """
  S VARCHAR, T VARCHAR, B BOOLEAN, N INT, L BIGINT, D DOUBLE, E DECIMAL(10, 2),
  A ARRAY<VARCHAR>, NA ARRAY<INT>, M MAP<VARCHAR, VARCHAR>, J VARCHAR,
  R STRUCT<X VARCHAR, Y STRUCT<Z INT>, `x.y` VARCHAR>, RA ARRAY<STRUCT<K VARCHAR, V INT>>
"""


def source(columns=COLUMNS, name="SRC", topic="t", more=""):
    return (
        f"CREATE STREAM {name} ({columns}) "
        f"WITH (KAFKA_TOPIC = '{topic}', VALUE_FORMAT = 'JSON'{more});\n"
    )


def replay(sql, *messages, topic="t"):
    events = [Event(topic, message, "events", n) for n, message in enumerate(messages, 1)]
    return Replay(sql, "stream.sql").run(events)


def errors(result):
    return [finding for finding in result.findings if finding.kind is NoticeKind.ERROR]


def not_run(result):
    return [finding.what for finding in result.findings if finding.kind is NoticeKind.NOT_RUN]


def where(condition, **row):
    """Say what a WHERE makes of one row: True, False or THROWS."""
    result = replay(source() + f"CREATE STREAM OUT AS SELECT N FROM SRC WHERE {condition};", row)
    assert not not_run(result), not_run(result)
    fired = bool(result.rows["OUT"])
    if errors(result):
        assert not fired
        return THROWS
    return fired


def select(expression, **row):
    """Give the value of a column; THROWS where it is NULL for an error."""
    result = replay(source() + f"CREATE STREAM OUT AS SELECT {expression} AS X FROM SRC;", row)
    assert not not_run(result), not_run(result)
    (made,) = result.rows["OUT"]
    if errors(result) and made.values["X"] is None:
        return THROWS
    return made.values["X"]


def refused(condition):
    """Give the reason why a WHERE can't be run."""
    result = replay(source() + f"CREATE STREAM OUT AS SELECT N FROM SRC WHERE {condition};", {})
    (reason,) = not_run(result)
    assert not result.rows.get("OUT")
    return reason
