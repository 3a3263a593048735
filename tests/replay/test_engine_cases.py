"""What the real engine did, recorded: the replay does the same.

`engine/expressions.json` holds expressions over events, each as an item of SELECT and, where it was
tried, as a WHERE: its value for each event (`all` where they are all the same), the events for
which it threw (`where_errors` where those differ in WHERE), those that pass the WHERE (null where
that was refused), or that it was refused.
`engine/rules-*.sql` are emitted statements, `engine/rules-*.json` their events and alerts.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from schemagen.replay.engine import Replay
from schemagen.replay.results import Event, NoticeKind, as_json

FOLDER = Path(__file__).parent / "engine"
RECORDED = json.loads((FOLDER / "expressions.json").read_text(encoding="utf-8"))
CASES = RECORDED["results"]
BEGINNING = 1_700_000_000_000
"""The time of the first record; each came a millisecond after the one before it."""


@pytest.fixture(scope="module")
def result():
    """Run all expressions over all events, once."""
    statements = [
        f"CREATE STREAM E ({RECORDED['columns']}) WITH (KAFKA_TOPIC = 'e', VALUE_FORMAT = 'JSON');"
    ]
    for place, case in enumerate(CASES):
        statements += [
            f"CREATE STREAM X{place} AS SELECT {case['expression']} AS `r` FROM E;",
            f"CREATE STREAM W{place} AS SELECT id FROM E WHERE {case['expression']};",
        ]
    events = [
        Event("e", message, timestamp=BEGINNING + place, offset=place)
        for place, message in enumerate(RECORDED["events"])
    ]
    return Replay("\n".join(without_syntax_errors(statements))).run(events)


def without_syntax_errors(statements):
    """Leave out what is refused as text already: the whole file would be."""
    return [each for each in statements if "LEFT(" not in each and "RIGHT(" not in each]


def not_run(result, stream):
    return [f.what for f in result.findings if f.kind is NoticeKind.NOT_RUN and f.stream == stream]


def thrown(result, stream):
    errors = [f for f in result.findings if f.kind is NoticeKind.ERROR and f.stream == stream]
    return sorted({event for error in errors for event in error.events})


def replaced(value):
    """Half of a surrogate pair has no UTF-8, and so no place in DuckDB."""
    if isinstance(value, list):
        return [replaced(item) for item in value]
    if isinstance(value, str):
        halves = value.encode("utf-16-le", "surrogatepass")
        return halves.decode("utf-16-le", "replace")
    return value


def same(recorded, made):
    numbers = isinstance(recorded, int | float) and isinstance(made, int | float)
    if numbers and not isinstance(recorded, bool) and not isinstance(made, bool):
        return math.isclose(recorded, made, rel_tol=1e-12) if recorded else recorded == made
    return recorded == made and type(recorded) is type(made)


@pytest.mark.parametrize("place", range(len(CASES)), ids=[each["expression"] for each in CASES])
def test_an_expression_gives_what_the_engine_gave(result, place):
    case = CASES[place]
    if case.get("refused"):
        if f"X{place}" in {finding.stream for finding in result.findings}:
            assert not_run(result, f"X{place}")
        assert not result.rows.get(f"X{place}")
        return
    assert not not_run(result, f"X{place}")
    wanted = case.get("values", [case.get("all")] * len(RECORDED["events"]))
    made = [as_json(row.values["r"]) for row in result.rows[f"X{place}"]]
    assert len(made) == len(wanted)
    assert [
        (place, want, got)
        for place, (want, got) in enumerate(zip(replaced(wanted), made, strict=True))
        if not same(want, got)
    ] == []
    assert thrown(result, f"X{place}") == case.get("errors", [])


@pytest.mark.parametrize(
    "place",
    [place for place, case in enumerate(CASES) if "where" in case],
    ids=[case["expression"] for case in CASES if "where" in case],
)
def test_a_where_passes_what_the_engine_passed(result, place):
    case = CASES[place]
    if case["where"] is None:
        assert not_run(result, f"W{place}")
        return
    assert not not_run(result, f"W{place}")
    assert [row.event for row in result.rows[f"W{place}"]] == case["where"]
    assert thrown(result, f"W{place}") == case.get("where_errors", case.get("errors", []))


def test_what_the_engine_refuses_is_said_to_be_refused(result):
    said = {
        CASES[place]["expression"]: not_run(result, f"X{place}")
        for place, case in enumerate(CASES)
        if case.get("refused") and not_run(result, f"X{place}")
    }
    assert all("ksqlDB refuses it" in what for (what,) in said.values())
    assert len(said) == sum(bool(case.get("refused")) for case in CASES) - 2


@pytest.mark.parametrize("name", ["rules-1", "rules-2"])
def test_emitted_statements_alert_as_on_the_engine(name):
    recorded = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    replay = Replay((FOLDER / f"{name}.sql").read_text(encoding="utf-8"), name)
    result = replay.run(
        [Event("win", message, offset=at) for at, message in enumerate(recorded["events"])]
    )
    assert not [finding for finding in result.findings if finding.fatal]
    assert result.fired() == recorded["alerts"]
    alerts = result.rows["ALERTS"]
    assert len(alerts) == sum(map(len, recorded["alerts"].values()))
    assert all(row.values["source"]["offset"] == row.event for row in alerts)
