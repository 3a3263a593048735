"""Carrying out a plan: one statement after another, each sent once and seen to have worked."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from schemagen.deploy.accelerator import missing_functions
from schemagen.deploy.requests import took_effect
from schemagen.deploy.server.answers import ERROR, SUCCESS
from schemagen.deploy.server.failures import (
    RefusedStatementError,
    ServerError,
    UncertainError,
    shortened,
)
from schemagen.deploy.server.state import read_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemagen.deploy.prepare import PreparedPlan
    from schemagen.deploy.requests import Request
    from schemagen.deploy.server.answers import CommandStatus
    from schemagen.deploy.server.client import KsqlClient

_REMOVES = {"TERMINATE", "DROP"}

_BUSY_SECONDS = 3.0
_BUSY_ATTEMPTS = 100
_POLL_SECONDS = 1.0
_LOOK_SECONDS = 60.0
"""How long the state is looked at after a connection was lost: a large statement takes as long."""

_COMMAND_SECONDS = 330.0
"""How long a statement may take that the server has taken."""

_TASK_SECONDS = 120.0
"""How long a new query may take until it has a place in its topics: seen 1 to 30 seconds."""


class Listener(Protocol):
    """Who is told what happens."""

    def started(self, number: int, request: Request) -> None:
        """Note that a statement is about to be sent; the first has the number 1."""

    def finished(self, number: int, request: Request, seconds: float) -> None:
        """Note that a statement took effect."""


class Places(Protocol):
    """Who carries the places of queries over, through Kafka."""

    def ended(self, query: str) -> None:
        """Note that a query was terminated."""

    def begun(self, query: str) -> None:
        """Note that a query is there again."""

    def restore(self, query: str) -> None:
        """Set the place of a query that is about to be made again.

        Raises:
            ServerError: Kafka can't be reached, or refuses it.

        """


@dataclass(slots=True)
class Execution:
    """What came of carrying out a plan.

    Attributes:
        done: the statements that took effect.
        stopped_at: the one at which it stopped, None where all took effect.
        error: why it stopped.

    """

    done: list[Request] = field(default_factory=list)
    stopped_at: Request | None = None
    error: ServerError | None = None

    @property
    def is_uncertain(self) -> bool:
        """Whether the last statement may have been executed."""
        return isinstance(self.error, UncertainError)


@dataclass(slots=True)
class Executor:
    """Carries out plans on one server.

    Attributes:
        client: the server.
        places: carries the places of queries over; None to leave that to ksqlDB.
        clock: the seconds of a clock that never goes back.
        sleep: waits.

    """

    client: KsqlClient
    places: Places | None = None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def run(self, prepared: PreparedPlan, listener: Listener) -> Execution:
        """Send the statements of a plan; stop at the first that fails."""
        execution = Execution()
        for number, request in enumerate(prepared.requests, 1):
            listener.started(number, request)
            begun = self.clock()
            try:
                self._carried(request, prepared)
            except ServerError as error:
                execution.stopped_at, execution.error = request, error
                return execution
            except KeyboardInterrupt:
                execution.stopped_at = request
                execution.error = UncertainError("It was interrupted.")
                return execution
            execution.done.append(request)
            listener.finished(number, request, self.clock() - begun)
        return execution

    def _carried(self, request: Request, prepared: PreparedPlan) -> None:
        """Run one statement, with the place of its query."""
        if self.places is None:
            self._run(request, prepared)
            return
        if request.starts_query:
            self.places.restore(request.name)
        self._run(request, prepared)
        if request.starts_query:
            self.places.begun(request.name)
        elif request.verb == "TERMINATE" and request.name in prepared.running:
            self.places.ended(request.name)

    def _run(self, request: Request, prepared: PreparedPlan) -> None:
        for _ in range(_BUSY_ATTEMPTS):
            try:
                status = self.client.execute(request.text, request.properties)
            except UncertainError as error:
                if self._seen(request, prepared):
                    return
                raise error from None
            except RefusedStatementError as error:
                if not error.is_busy:
                    # Somebody else's statement, or that of a killed run, may have been quicker.
                    if request.verb in _REMOVES and self._took_effect(request, prepared):
                        return
                    raise
                # Such a statement is not enqueued. It may be sent again, if it is still needed.
                self.sleep(_BUSY_SECONDS)
                if self._took_effect(request, prepared):
                    return
                continue
            self._finish(status)
            return
        raise ServerError(
            "The server is busy with earlier statements and takes no new one.",
            "Wait until it has executed them, and run apply again.",
        )

    def _finish(self, status: CommandStatus) -> None:
        """Wait until the server has executed a statement that it has taken."""
        deadline = self.clock() + _COMMAND_SECONDS
        while not status.is_done and status.command:
            if self.clock() > deadline:
                raise UncertainError(
                    f"The server has not executed the statement within {_COMMAND_SECONDS:.0f} "
                    "seconds.",
                    "It may still do so.",
                )
            self.sleep(_POLL_SECONDS)
            status = self.client.status(status.command)
        if status.status == ERROR:
            raise ServerError(f"ksqlDB failed to execute it: {shortened(status.message)}")
        if status.status != SUCCESS and status.command:
            raise ServerError("The server does not say what became of the statement.")

    def _seen(self, request: Request, prepared: PreparedPlan) -> bool:
        """Look whether a statement took effect though its answer was lost."""
        deadline = self.clock() + _LOOK_SECONDS
        while True:
            try:
                if self._took_effect(request, prepared):
                    return True
            except ServerError:
                pass  # it is not back yet
            if self.clock() > deadline:
                return False
            self.sleep(_POLL_SECONDS)

    def _took_effect(self, request: Request, prepared: PreparedPlan) -> bool:
        return took_effect(request, read_state(self.client, prepared.state.info).catalog)

    # -- afterwards ---------------------------------------------------------------------------

    def verify(self, prepared: PreparedPlan, execution: Execution) -> list[str]:
        """Wait until all queries of a plan run, and name what is wrong with those that don't.

        A statement's success says that a query was made. Only with a task it has a place in its
        topics, and what is written before that it may not see.
        """
        fresh = {each.name for each in execution.done if each.starts_query}
        deadline = self.clock() + _TASK_SECONDS
        while True:
            wrong = self._wrong(prepared, fresh)
            if not wrong or self.clock() > deadline:
                # Servers of a cluster may differ: the one that answers now may lack the jar.
                trees = [each.tree for each in prepared.requests]
                return wrong + missing_functions(self.client, trees)
            self.sleep(_POLL_SECONDS)

    def missing(self, prepared: PreparedPlan) -> list[str]:
        """Name the queries that must run and don't; none where the server can't be asked."""
        try:
            catalog = read_state(self.client, prepared.state.info).catalog
        except ServerError:
            return []
        return sorted(
            name
            for name in prepared.running
            if catalog.query(name) is None and catalog.maker(name) is None
        )

    def _wrong(self, prepared: PreparedPlan, fresh: set[str]) -> list[str]:
        state = read_state(self.client, prepared.state.info)
        found = []
        for name in sorted(prepared.running):
            query = state.catalog.query(name) or state.catalog.maker(name)
            if query is None or query.id is None:
                found.append(f"{name} is not on the server.")
                continue
            health = state.health[query.id]
            if health.state != "RUNNING":
                found.append(f"{query.id} is {health.state}.")
            elif name in fresh and health.errors:
                found.append(f"{query.id} fails: {health.errors[-1][1]}.")
            elif name in fresh and not health.tasks:
                found.append(f"{query.id} has no task yet: it reads nothing.")
        return found
