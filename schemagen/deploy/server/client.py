"""The client: requests that are sent once, or repeated where that is safe.

Reading is repeated when a connection can't be made or breaks, and while the server starts or is
behind. A statement that changes something is sent again only where it surely did not arrive.
"""

from __future__ import annotations

import json
import ssl
import time
from typing import TYPE_CHECKING, Any

import httpx

from schemagen.deploy.server.answers import (
    CommandStatus,
    ServerInfo,
    SourceDescription,
    command_status,
    source_description,
)
from schemagen.deploy.server.failures import (
    SEQUENCE_TIMEOUT,
    STARTING,
    RefusedStatementError,
    ServerError,
    UncertainError,
    not_allowed,
    not_ksqldb,
    refusal,
    unreachable,
)
from schemagen.errors import InputError
from schemagen.ksqldb.names import needs_quotes, stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Self

    from schemagen.project import ServerConfig

_MEDIA = "application/vnd.ksql.v1+json"
_DELIMITED = "application/vnd.ksqlapi.delimited.v1"
"""What is asked for, always: other forms are answered to a client that asks for none."""

_READING = {"auto.offset.reset": "earliest", "session.timeout.ms": "6000"}
"""How rows are read. ksqlDB clears up behind each query, one after another, and for each it waits
until its session has timed out: 45 seconds, if that is not shortened."""

GUARD = "TERMINATE NO_SUCH_DRY_RUN_GUARD;"
"""What a dry run ends with: a batch is validated whole first, and this is always refused."""

_ATTEMPTS = 4
_PAUSE = 0.5
"""Seconds before the second attempt, and twice as long before each one after it."""

MINIMUM = {False: (0, 24), True: (7, 1)}
"""The oldest versions that take QUERY_ID in INSERT INTO: ksqlDB's own, and Confluent Platform's."""


class KsqlClient:
    """A client of one server.

    Args:
        config: how to reach it.
        sleep: waits; a test has its own.

    Attributes:
        url: the server's address.

    Raises:
        InputError: a certificate or key can't be used.

    """

    def __init__(self, config: ServerConfig, sleep: Callable[[float], None] = time.sleep) -> None:
        self.url = config.url
        self._sleep = sleep
        self._sequence = -1
        self._http = httpx.Client(
            base_url=config.url,
            auth=(config.username, config.password) if config.username else None,
            verify=_trust(config),
            timeout=httpx.Timeout(config.timeout, connect=config.connect_timeout),
            headers={"Accept": _MEDIA},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    # -- reading ------------------------------------------------------------------------------

    def info(self) -> ServerInfo:
        """Ask what the server is.

        Raises:
            ServerError: it can't be reached, is not ksqlDB, is too old, or refuses the user.

        """
        body = self._repeated("GET", "/info")
        found = body.get("KsqlServerInfo") if isinstance(body, dict) else None
        if not isinstance(found, dict) or not found.get("version"):
            raise not_ksqldb(self.url, "it answers /info with something else")
        info = ServerInfo(
            str(found["version"]),
            str(found.get("kafkaClusterId") or ""),
            str(found.get("ksqlServiceId") or ""),
            str(found.get("serverStatus") or "RUNNING"),
        )
        least = MINIMUM[info.number[0] > 0]
        if info.number < least:
            raise ServerError(
                f"The server at {self.url} is ksqlDB {info.version}, which is too old.",
                f"From {least[0]}.{least[1]} on it takes QUERY_ID in INSERT INTO.",
            )
        return info

    def unhealthy(self) -> list[str]:
        """Name what the server calls unhealthy about itself."""
        body = self._repeated("GET", "/healthcheck")
        details = body.get("details") if isinstance(body, dict) else None
        return [
            name
            for name, detail in (details or {}).items()
            if isinstance(detail, dict) and detail.get("isHealthy") is False
        ]

    def read(self, sql: str) -> list[dict[str, Any]]:
        """Run a statement that changes nothing, after all that was executed before.

        Returns:
            The entities of the answer.

        Raises:
            ServerError: the server can't be reached, or refuses it.

        """
        return self._entities(self._repeated("POST", "/ksql", self._request(sql)))

    def describe(self, name: str) -> SourceDescription:
        """Ask for the figures of a stream or table.

        Raises:
            ServerError: see `read`.

        """
        entities = self.read(f"DESCRIBE {quoted(name)} EXTENDED;")
        return source_description(entities[0] if entities else {})

    def status(self, command: str) -> CommandStatus:
        """Ask how far the server is with a statement.

        Args:
            command: the id of `CommandStatus`.

        Raises:
            ServerError: the server can't be reached, or doesn't know it.

        """
        body = self._repeated("GET", f"/status/{command}")
        known = body if isinstance(body, dict) else {}
        return CommandStatus(
            command,
            str(known.get("status") or ""),
            str(known.get("message") or ""),
            str(known.get("queryId") or ""),
        )

    def rows(self, sql: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of a query that ends by itself, by the names of its columns.

        Raises:
            ServerError: the server can't be reached, refuses it, or breaks off.

        """
        try:
            yield from self._rows(sql, _READING)
        except RefusedStatementError:
            # Not every server lets a client set how long a session lasts.
            yield from self._rows(sql, {"auto.offset.reset": "earliest"})

    def _rows(self, sql: str, properties: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        content = {"sql": sql, "properties": properties}
        headers = {"Accept": _DELIMITED, "Content-Type": _MEDIA}
        names: list[str] = []
        try:
            with self._http.stream(
                "POST", "/query-stream", json=content, headers=headers
            ) as answer:
                if answer.status_code != httpx.codes.OK:
                    answer.read()
                    raise self._refused(answer)
                for line in answer.iter_lines():
                    found = json.loads(line) if line.strip() else None
                    if isinstance(found, dict):
                        names = list(found.get("columnNames") or names)
                    elif isinstance(found, list):
                        yield dict(zip(names, found, strict=False))
        except (httpx.HTTPError, ValueError) as error:
            raise unreachable(self.url, _reason(error)) from error

    # -- changing -----------------------------------------------------------------------------

    def execute(self, sql: str, properties: Mapping[str, str] | None = None) -> CommandStatus:
        """Run one statement; it is not sent twice.

        Args:
            sql: the statement. No topic is ever deleted here.
            properties: what is set for it alone.

        Raises:
            UncertainError: the connection was lost, and it may have been executed.
            RefusedStatementError: the server refuses it.
            ServerError: the server can't be reached.
            ValueError: it deletes a topic.

        """
        check_topics_stay(sql)
        try:
            answer = self._send("POST", "/ksql", self._request(sql, properties))
        except httpx.ConnectError as error:
            raise unreachable(self.url, _reason(error)) from error
        except httpx.HTTPError as error:
            raise UncertainError(
                f"The connection to {self.url} was lost: {_reason(error)}.",
                "The statement may have been executed, or not.",
            ) from error
        entities = self._entities(self._body(answer))
        done = command_status(entities[-1]) if entities else CommandStatus("", "SUCCESS")
        self._sequence = max(self._sequence, done.sequence)
        return done

    def validate(
        self, statements: list[str], properties: Mapping[str, str] | None = None
    ) -> RefusedStatementError | None:
        """Let the server validate statements one after another, and execute none of them.

        Args:
            statements: the statements.
            properties: what is set for any of them.

        Returns:
            The refusal of the first that the server would refuse; None where it takes all.

        Raises:
            ServerError: the server can't be reached.
            ValueError: one deletes a topic, which the server would do here, too.

        """
        for sql in statements:
            check_topics_stay(sql)
        text = "\n".join([*statements, GUARD])
        try:
            self._repeated("POST", "/ksql", self._request(text, properties))
        except RefusedStatementError as error:
            by_guard = error.statement.strip() == GUARD and "NO_SUCH_DRY_RUN_GUARD" in error.message
            return None if by_guard else error
        raise not_ksqldb(self.url, "it executes a statement that it must refuse")

    # -- requests -----------------------------------------------------------------------------

    def _request(self, sql: str, properties: Mapping[str, str] | None = None) -> dict[str, Any]:
        content: dict[str, Any] = {"ksql": sql, "streamsProperties": dict(properties or {})}
        if self._sequence >= 0:
            content["commandSequenceNumber"] = self._sequence
        return content

    def _send(self, method: str, path: str, content: Any = None) -> httpx.Response:
        if content is None:
            return self._http.request(method, path)
        text = json.dumps(content, ensure_ascii=False).encode()
        return self._http.request(method, path, content=text, headers={"Content-Type": _MEDIA})

    def _repeated(self, method: str, path: str, content: Any = None) -> Any:
        """Send a request that may be sent again."""
        pause = _PAUSE
        for left in reversed(range(_ATTEMPTS)):
            try:
                return self._body(self._send(method, path, content))
            except httpx.HTTPError as error:
                if not left:
                    raise unreachable(self.url, _reason(error)) from error
            except RefusedStatementError as error:
                if not left or error.code not in {STARTING, SEQUENCE_TIMEOUT}:
                    raise
            self._sleep(pause)
            pause *= 2
        raise AssertionError  # pragma: no cover - the last attempt returns or raises

    def _body(self, answer: httpx.Response) -> Any:
        if answer.status_code != httpx.codes.OK:
            raise self._refused(answer)
        try:
            return answer.json()
        except ValueError:
            raise not_ksqldb(self.url, "its answer is not JSON") from None

    def _refused(self, answer: httpx.Response) -> ServerError:
        if answer.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            return not_allowed(answer.status_code, self.url)
        try:
            body = answer.json()
        except ValueError:
            body = None
        if not isinstance(body, dict) or "error_code" not in body:
            return not_ksqldb(self.url, f"it answers with HTTP status {answer.status_code}")
        found = refusal(answer.status_code, body)
        if found.code == STARTING:
            found.what = f"The server at {self.url} is starting and not ready yet."
            found.hint = "Wait a moment and try again."
        return found

    def _entities(self, body: Any) -> list[dict[str, Any]]:
        if not isinstance(body, list):
            raise not_ksqldb(self.url, "its answer is not a list")
        return [each for each in body if isinstance(each, dict)]


def check_topics_stay(sql: str) -> None:
    """Refuse a statement that deletes a topic.

    Raises:
        ValueError: it does.

    """
    words = sql.upper().split()
    if words[:1] == ["DROP"] and "DELETE" in words:
        raise ValueError("no statement of ours deletes a topic")


def quoted(name: str) -> str:
    """Write a stored name as a statement has it."""
    if stored(name, quoted=False) == name and not needs_quotes(name):
        return name
    return "`" + name.replace("`", "``") + "`"


def _trust(config: ServerConfig) -> ssl.SSLContext | bool:
    """Return what decides whether the server's certificate is trusted, with the client's own."""
    if not config.url.startswith("https:"):
        return False  # nothing to trust, and loading the authorities takes a tenth of a second
    if config.ca is None and config.certificate is None:
        return True
    what = f"the authorities in {config.ca}"
    try:
        context = ssl.create_default_context(cafile=config.ca)
        if config.certificate is not None:
            what = f"the certificate {config.certificate}"
            # An empty password, not none: OpenSSL would ask at the terminal.
            context.load_cert_chain(config.certificate, config.key, config.key_password)
    except (OSError, ValueError):
        raise InputError(
            f"For the ksqlDB server {what} can't be used.",
            "Name existing files in PEM format; the password of a key is key_password.",
        ) from None
    return context


def _reason(error: Exception) -> str:
    """Say why a request failed; nothing of it is shown but the kind of fault."""
    if isinstance(error, httpx.ConnectTimeout):
        return "no connection within the time-out"
    if isinstance(error, httpx.TimeoutException):
        return "no answer within the time-out"
    if isinstance(error, httpx.ConnectError):
        return str(error).partition("] ")[2].partition(":")[0] or str(error) or "no connection"
    if isinstance(error, httpx.HTTPError):
        return "it closed the connection"
    return "its answer can't be read"
