"""Deploying scripts to the tests' server: with the client and the steps of the commands."""

from __future__ import annotations

from contextlib import contextmanager

from ksqldb_server import serving

from schemagen.deploy.dry_run import dry_run
from schemagen.deploy.execute import Executor
from schemagen.deploy.preflight import preflight
from schemagen.deploy.prepare import DeployOptions, check_script, prepare
from schemagen.deploy.script import parse_text
from schemagen.deploy.server.client import KsqlClient
from schemagen.project import ServerConfig

EVENTS = "CREATE STREAM EVENTS ({}) WITH (KAFKA_TOPIC='events', VALUE_FORMAT='JSON');\n"
ALERTS = (
    "CREATE STREAM ALERTS (`a` VARCHAR) "
    "WITH (KAFKA_TOPIC='alerts', VALUE_FORMAT='JSON', PARTITIONS=1);\n"
)
ONE = "INSERT INTO ALERTS WITH (QUERY_ID='ONE') SELECT a AS `a` FROM EVENTS WHERE a = '{}';\n"
TWO = "INSERT INTO ALERTS WITH (QUERY_ID='TWO') SELECT a AS `a` FROM EVENTS WHERE n = {};\n"
SCRIPT = EVENTS.format("a VARCHAR, n INT") + ALERTS + ONE.format("x") + TWO.format(1)


class Silent:
    """A listener that only notes what was finished."""

    def __init__(self):
        self.finished_steps = []

    def started(self, number, request):
        pass

    def finished(self, number, request, seconds):  # noqa: ARG002 - the protocol
        self.finished_steps.append(f"{request.verb} {request.name}")


class Time:
    """A clock that goes on when somebody sleeps."""

    def __init__(self):
        self.now = 0.0

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@contextmanager
def client_of(server, context=None, **config):
    time = Time()
    with (
        serving(server, context) as url,
        KsqlClient(ServerConfig(url, timeout=20, **config), sleep=time.sleep) as client,
    ):
        yield client


def planned(client, sql, rebuild=(), **options):
    """Plan a script as `apply` does before it asks."""
    script = parse_text(sql, "stream.sql")
    check_script(script)
    how = DeployOptions(**{"deployment": "events", **options})
    return prepare(client, client.info(), script.trees, how, rebuild)


def applied(server, sql, *, places=None, **options):
    """Apply a script as the command does; return what came of it and what is wrong afterwards."""
    time = Time()
    with client_of(server) as client:
        tried = dry_run(
            client,
            planned(client, sql, **options),
            lambda rebuild: planned(client, sql, rebuild, **options),
        )
        assert tried.refusal is None, tried.refusal.message
        assert not [each for each in preflight(client, tried.prepared) if each.is_fatal]
        executor = Executor(client, places, time.clock, time.sleep)
        execution = executor.run(tried.prepared, Silent())
        if execution.error is not None:
            return execution, []
        return execution, executor.verify(tried.prepared, execution)
