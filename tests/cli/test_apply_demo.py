"""The demo on a server: its first deployment, and what a rule more, less or other changes there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from deploying import SCRIPT
from ksqldb_server import KsqlServer, serving
from ksqldb_state import GUARD

SAMPLES = Path(__file__).parents[2] / "samples"
FIRST = [
    "CREATE STREAM WINLOGEVENTS",
    "CREATE STREAM WINLOGEVENTS_WATCHED",
    "CREATE STREAM WINDOWS_ALERTS",
    "INSERT INTO WINDOWS_ALERTS",
    "CREATE STREAM WINDOWS_ALERTS_MATCHES",
    "CREATE TABLE WINDOWS_ALERTS_WINDOWS",
    "CREATE STREAM WINDOWS_ALERTS_STATES",
    "CREATE STREAM WINDOWS_ALERTS_CORRELATED",
    "INSERT INTO WINDOWS_ALERTS_CORRELATED",
    "INSERT INTO WINDOWS_ALERTS_MATCHES",
    "INSERT INTO WINDOWS_ALERTS_MATCHES",
]
QUERIES = {
    "WINDOWS_ALERTS_SHARED",
    "WINDOWS_ALERTS_CORR_ALERTS",
    "WINDOWS_ALERTS_CORR_CHAINS",
    "WINDOWS_ALERTS_CORR_MATCHES",
}
LOG_CLEARED = "security_log_cleared.yml"


@pytest.fixture
def demo(run, tmp_path):
    """Deploy what `ddl` writes of the samples, or of what a test made of them."""
    samples = tmp_path / "samples"
    shutil.copytree(SAMPLES, samples)
    schema = tmp_path / "wineventlogs.schema.json"
    events = SAMPLES / "wineventlogs.ndjson"
    assert run("infer", "--from", events, "wineventlogs", "--schema", schema, "-q").code == 0
    server = KsqlServer(topics=["wineventlogs"])

    class Demo:
        rules = samples / "rules"
        config = samples / "schemagen.toml"
        state = server

        def apply(self, *options):
            server.requests.clear()
            made = run(
                "ddl", "wineventlogs", "-c", self.config, "-q", "--out", "stream.sql",
                "--schema", schema, *options,
            )  # fmt: skip
            assert made.code == 0, made.err
            result = run("apply", "stream.sql", "-s", url, "--yes", "--no-kafka")
            assert result.code == 0, result.err
            return result

        @property
        def held(self):
            return {each for each in server.held if not each.startswith("CTAS_")}

    with serving(server) as url:
        yield Demo()


def test_the_first_deployment_sends_each_statement_once_and_alone(demo):
    result = demo.apply()
    assert demo.state.executed == FIRST
    assert demo.held == QUERIES
    dry, *sent = demo.state.sent
    assert dry["ksql"].endswith(f"TERMINATE {GUARD};")
    assert [each["ksql"].count(";\n") for each in sent] == [0] * len(FIRST)
    assert "11/11 INSERT WINDOWS_ALERTS_CORR_MATCHES" in result.err
    # The cache is off for the table alone: with it the real server lost every correlation alert.
    settings = [each["streamsProperties"] for each in sent]
    assert [number for number, each in enumerate(settings) if each] == [5]
    assert settings[5] == {"cache.max.bytes.buffering": "0"}


def test_a_second_run_changes_nothing(demo):
    demo.apply()
    assert "Nothing to do" in demo.apply().out
    assert demo.state.sent == []


def test_a_changed_rule_stops_the_query_of_its_bundle_alone(demo):
    demo.apply()
    rule = demo.rules / LOG_CLEARED
    rule.write_text(rule.read_text().replace("1102", "1104"))
    result = demo.apply()
    assert demo.state.executed == ["TERMINATE WINDOWS_ALERTS_SHARED", "INSERT INTO WINDOWS_ALERTS"]
    assert demo.held == QUERIES
    assert "rules: 1 changed" in result.out
    assert "'1104'" in demo.state.held["WINDOWS_ALERTS_SHARED"].text


def test_a_rule_more_and_a_rule_less(demo):
    demo.apply()
    rule = demo.rules / LOG_CLEARED
    text = rule.read_text()
    rule.unlink()
    assert "rules: 1 removed" in demo.apply().out
    assert demo.state.executed == ["TERMINATE WINDOWS_ALERTS_SHARED", "INSERT INTO WINDOWS_ALERTS"]
    rule.write_text(text)
    assert "rules: 1 added" in demo.apply().out
    assert demo.held == QUERIES


def test_a_changed_correlation_leaves_its_windows_and_the_other_rules_alone(demo):
    demo.apply()
    rule = demo.rules / "password_spraying.yml"
    rule.write_text(re.sub(r"gte: 5", "gte: 6", rule.read_text()))
    demo.apply()
    assert set(demo.state.executed) == {
        "TERMINATE WINDOWS_ALERTS_CORR_CHAINS",
        "INSERT INTO WINDOWS_ALERTS_MATCHES",
    }
    assert demo.held == QUERIES


def test_a_new_field_inside_a_struct_takes_its_readers_down_and_makes_them_again(demo):
    demo.apply()
    demo.apply("--add-missing")
    assert demo.state.executed == [
        "TERMINATE WINDOWS_ALERTS_SHARED",
        "TERMINATE WINDOWS_ALERTS_CORR_MATCHES",
        "DROP STREAM WINLOGEVENTS_WATCHED",
        "DROP STREAM WINLOGEVENTS",
        "CREATE STREAM WINLOGEVENTS",
        "CREATE STREAM WINLOGEVENTS_WATCHED",
        "INSERT INTO WINDOWS_ALERTS",
        "INSERT INTO WINDOWS_ALERTS_MATCHES",
    ]
    assert demo.held == QUERIES
    assert "SERVICEFILENAME STRING" in demo.state.statements["WINLOGEVENTS"]


class Killing(KsqlServer):
    """A server that kills who talks to it, before or after it executes a statement."""

    process = None
    place, acts = 0, False

    def act(self, text, settings):
        answer = None
        if self.acted + 1 != self.place or self.acts:
            answer = super().act(text, settings)
        else:
            self.acted += 1
        if self.acted == self.place:
            self.process.kill()
            self.process.wait()
            raise ConnectionAbortedError
        return answer


@pytest.mark.parametrize("acts", [False, True], ids=["before it acted", "after it acted"])
def test_an_apply_that_is_killed_at_any_statement_is_run_again(tmp_path, acts):
    """A process that ends at once: what is left is what the server has."""
    (tmp_path / "stream.sql").write_text(SCRIPT, encoding="utf-8")
    program = "from schemagen.cli import main; main()"
    for place in range(1, 5):
        server = Killing(topics=["events"])
        with serving(server) as url:
            command = [
                sys.executable, "-c", program, "apply", "stream.sql", "-s", url, "--yes",
                "--no-kafka",
            ]  # fmt: skip

            def apply(command=command):
                return subprocess.Popen(
                    command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )

            server.place, server.acts = place, acts
            with server.lock:  # no statement comes before the process is known
                server.process = apply()
            assert server.process.wait(60) < 0
            assert len(server.executed) == place
            server.place = 0
            server.requests.clear()
            assert apply().wait(60) == 0
            assert set(server.held) == {"ONE", "TWO"}
            assert len(server.executed) == 4 - place + (not acts)
            server.requests.clear()
            assert apply().wait(60) == 0
            assert server.sent == []


def test_a_key_makes_the_alerts_anew_once(demo):
    demo.apply()
    text = demo.config.read_text(encoding="utf-8")
    demo.config.write_text(
        re.sub(r"alerts = \{ ", 'alerts = { key = "host", event = true, ', text), encoding="utf-8"
    )
    demo.apply()
    assert "DROP STREAM WINDOWS_ALERTS" in demo.state.executed
    assert "CREATE STREAM WINDOWS_ALERTS_CANDIDATES" in " ".join(demo.state.executed)
    demo.apply()
    assert demo.state.executed == []
