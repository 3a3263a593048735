"""`schemagen init`: from a topic or a file to a project file that the other commands work with."""

from __future__ import annotations

import io
import tomllib
from pathlib import Path

import pytest

from schemagen.errors import EXIT_SOURCE, EXIT_USAGE
from schemagen.project import load
from schemagen.sources.embedded import EmbeddedBroker

SAMPLES = Path(__file__).parents[2] / "samples"
EVENTS = SAMPLES / "wineventlogs.ndjson"


@pytest.fixture
def written(tmp_path):
    return lambda: tomllib.loads((tmp_path / "schemagen.toml").read_text(encoding="utf-8"))


class Terminal(io.StringIO):
    """Somebody who answers."""

    def isatty(self):
        return True


def test_what_the_data_says_is_in_the_file_with_the_reason(run, written, tmp_path):
    result = run("init", "wineventlogs", "--from", EVENTS)
    assert result.code == 0, result.err
    topic = written()["topics"]["wineventlogs"]
    assert topic == {
        "stream": "WINEVENTLOGS",
        "event_time": "@timestamp",
        "pipelines": ["winlogbeat"],
        "kind": ["winlog.channel", "winlog.event_id"],
        "alerts": {"stream": "WINEVENTLOGS_ALERTS", "topic": "wineventlogs_alerts"},
    }
    text = (tmp_path / "schemagen.toml").read_text()
    assert "# a time in each of 531 messages" in text
    assert "# the fields look like Winlogbeat 7 or 8" in text
    assert '# rules = ["rules/"]' in text
    assert "bootstrap.servers" not in written()["kafka"]


def test_it_ends_with_the_commands_that_come_next_and_they_work(run, tmp_path):
    (tmp_path / "rules").symlink_to(SAMPLES / "rules")
    told = run("init", "wineventlogs", "--from", EVENTS).out.splitlines()
    assert told[0] == "Next:"
    for line in told[1:5]:
        command = line.partition("   #")[0].split()
        assert command[0] == "schemagen"
        result = run(*command[1:])
        assert result.code == 0, result.err
    assert "531 events, 10 rules fired" in result.out
    assert told[-1].startswith("schemagen apply --dry-run")


def test_a_topic_of_a_broker_leaves_the_broker_in_the_file(run, written):
    broker = EmbeddedBroker()
    broker.produce("logs", [b'{"time": 1741680072603, "n": 1}'] * 5)
    assert run("init", "logs", "-b", broker.bootstrap_servers).code == 0
    assert written()["kafka"]["bootstrap.servers"] == broker.bootstrap_servers
    topic = written()["topics"]["logs"]
    assert topic["event_time"] == "time"
    assert "pipelines" not in topic


@pytest.fixture(scope="module")
def cluster():
    broker = EmbeddedBroker()
    for topic in ("logs", "audit", "_schemas"):
        broker.produce(topic, [b'{"n": 1}'] * 4)
    return broker


def test_without_a_topic_those_of_the_broker_are_listed(run, cluster, tmp_path):
    result = run("init", "-b", cluster.bootstrap_servers)
    assert result.code == EXIT_USAGE
    assert "No topic is named, and the cluster has 2: audit, logs." in result.err
    assert "schemagen init TOPIC" in result.err
    assert not (tmp_path / "schemagen.toml").exists()


@pytest.mark.parametrize("answer", ["2", "logs"])
def test_on_a_terminal_one_is_chosen_by_number_or_name(run, written, cluster, monkeypatch, answer):
    def said(question, default=None, err=True):  # noqa: FBT002 - as typer has it
        assert err
        return answer if question.startswith("The topic, by its number") else default

    monkeypatch.setattr("typer.prompt", said)
    result = run("init", "-b", cluster.bootstrap_servers, stdin=Terminal())
    assert result.code == 0, result.err
    assert "   1  audit\n   2  logs\n" in result.err
    assert set(written()["topics"]) == {"logs"}


def test_a_topic_that_there_is_not_is_no_choice(run, cluster, monkeypatch):
    monkeypatch.setattr("typer.prompt", lambda *_, **__: "9")
    result = run("init", "-b", cluster.bootstrap_servers, stdin=Terminal())
    assert result.code == EXIT_USAGE
    assert "The cluster has no topic '9'." in result.err


def test_the_only_topic_is_taken(run, written):
    broker = EmbeddedBroker()
    assert "the cluster has none" in run("init", "-b", broker.bootstrap_servers).err
    broker.produce("logs", [b'{"n": 1}'] * 4)
    result = run("init", "-b", broker.bootstrap_servers)
    assert result.code == 0, result.err
    assert "Topic: logs, the only one of the cluster." in result.err
    assert set(written()["topics"]) == {"logs"}


def test_a_broker_that_is_not_there_and_files_without_a_topic_are_told(run, events):
    unreachable = run("init", "-b", "nowhere.invalid:9092")
    assert unreachable.code == EXIT_SOURCE
    assert "nowhere.invalid" in unreachable.err
    nameless = run("init", "--from", events({"n": 1}))
    assert nameless.code == EXIT_USAGE
    assert "the one that the files are of" in nameless.err


def test_options_win_over_what_was_found(run, written):
    result = run(
        "init", "wineventlogs", "--from", EVENTS, "--stream", "W", "--event-time", "none",
        "--pipeline", "none", "--rules", "detections/", "--alerts-topic", "alarms", "--yes",
    )  # fmt: skip
    assert result.code == 0, result.err
    topic = written()["topics"]["wineventlogs"]
    assert topic["stream"] == "W"
    assert "event_time" not in topic
    assert "pipelines" not in topic
    assert topic["rules"] == ["detections/"]
    assert topic["alerts"] == {"stream": "W_ALERTS", "topic": "alarms"}


def test_on_a_terminal_it_asks_and_enter_takes_what_was_found(run, written, monkeypatch):
    asked = []

    def answer(question, default, err):
        asked.append((question, default, err))
        return {"The stream's name": "EVENTS"}.get(question, default)

    monkeypatch.setattr("typer.prompt", answer)
    result = run("init", "wineventlogs", "--from", EVENTS, stdin=Terminal())
    assert result.code == 0, result.err
    assert [question for question, _, _ in asked] == [
        "The stream's name",
        "The event time",
        "The pipeline of the rules",
        "The folder with rules",
        "The topic of the alerts",
    ]
    assert written()["topics"]["wineventlogs"]["stream"] == "EVENTS"


def test_an_event_time_that_is_none_is_refused_before_anything_is_written(run, tmp_path):
    result = run("init", "wineventlogs", "--from", EVENTS, "--event-time", "message")
    assert result.code == EXIT_USAGE
    assert "message" in result.err
    assert not (tmp_path / "schemagen.toml").exists()


def test_a_project_file_that_is_there_is_never_overwritten(run, tmp_path):
    (tmp_path / "schemagen.toml").write_text("# mine\n")
    result = run("init", "wineventlogs", "--from", EVENTS)
    assert result.code == EXIT_USAGE
    assert "There is a schemagen.toml already." in result.err
    assert (tmp_path / "schemagen.toml").read_text() == "# mine\n"
    assert run("init", "wineventlogs", "--from", EVENTS, "--out", "other.toml").code == 0


def test_names_that_need_quotes_are_read_back(run, events, tmp_path):
    wild = 'a "b" \\ ü'
    file = events(*[{wild: "2025-03-11T08:01:12.603Z"}] * 3)
    assert run("init", "my.logs", "--from", file, "--event-time", wild).code == 0
    topic = load(tmp_path / "schemagen.toml").topics["my.logs"]
    assert topic.event_time == wild


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "No Kafka server is given."),
        (("a b",), "can't be the name of a topic"),
        (("logs",), "No Kafka server"),
        (("logs", "--from", "missing.ndjson"), "missing.ndjson"),
    ],
)
def test_what_is_missing_is_said_with_what_to_do(run, arguments, says):
    result = run("init", *arguments)
    assert result.code != 0
    assert says in result.err


def test_a_file_without_a_message_is_no_topic(run, events):
    result = run("init", "logs", "--from", events("no json", "[1]"))
    assert result.code == EXIT_USAGE
    assert "There is no message in logs" in result.err
