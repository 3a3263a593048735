"""What can go wrong with a server, each as one clear sentence and what to do about it.

The texts of a server can hold the whole statement, and so values of rules: they are cut, and told
without the statement.
"""

from __future__ import annotations

import re
from typing import Any

from schemagen.errors import EXIT_SOURCE, SchemagenError
from schemagen.words import printable

_LONGEST = 300

STARTING = 50302
"""The error code of a server that is not ready yet."""

SEQUENCE_TIMEOUT = 50301
"""The error code of a server that has not executed an earlier statement yet."""

_BUSY = "Timeout while waiting for command topic consumer"
"""How a server that is still executing refuses a statement: it is not enqueued."""

_NOT_UPGRADABLE = ("Cannot upgrade data source", "not upgradeable", "is not supported because")
"""How a server refuses CREATE OR REPLACE of something that it can't change in place."""


class ServerError(SchemagenError):
    """The server can't be reached, is not ksqlDB, or does not answer."""

    exit_code = EXIT_SOURCE


class UncertainError(ServerError):
    """The connection was lost after a statement was sent: it may have been executed, or not."""


class RefusedStatementError(ServerError):
    """The server refuses a request.

    Args:
        status: the HTTP status.
        code: ksqlDB's error code, 0 for none.
        message: what the server says.
        statement: the statement that it is about, as the server writes it; empty for none.

    """

    def __init__(self, status: int, code: int, message: str, statement: str = "") -> None:
        super().__init__(f"ksqlDB refuses it: {shortened(message, statement)}", _hint(status))
        self.status = status
        self.code = code
        self.message = message
        self.statement = statement

    @property
    def is_busy(self) -> bool:
        """Whether the server is still executing: the statement was not taken, and may be sent."""
        return _BUSY in self.message

    @property
    def is_not_upgradable(self) -> bool:
        """Whether a stream or table can't be changed in place."""
        return any(text in self.message for text in _NOT_UPGRADABLE)


def shortened(message: str, statement: str = "") -> str:
    """Cut what a server says to its first sentence, without the statement in it."""
    if statement:
        message = message.replace(statement, "…").replace(statement.rstrip(";"), "…")
    text = re.split(r"\n|Statement: ", message.strip())[0].strip()
    if len(text) > _LONGEST:
        text = text[:_LONGEST].rsplit(" ", 1)[0] + " …"
    return printable(text).rstrip(".") + "."


def refusal(status: int, body: Any) -> RefusedStatementError:
    """Read the body of an answer that refuses something."""
    known = body if isinstance(body, dict) else {}
    code = known.get("error_code")
    message = known.get("message")
    return RefusedStatementError(
        status,
        code if isinstance(code, int) else 0,
        message if isinstance(message, str) else f"HTTP status {status}",
        str(known.get("statementText") or ""),
    )


def not_ksqldb(url: str, why: str) -> ServerError:
    """Make the error of a server that answers and is not ksqlDB."""
    return ServerError(
        f"The server at {url} is not ksqlDB: {why}.",
        "Name the address of ksqlDB's REST interface, such as http://localhost:8088.",
    )


def not_allowed(status: int, url: str) -> ServerError:
    """Make the error of a user that the server doesn't know, or who may not."""
    if status == 401:  # noqa: PLR2004 - HTTP
        return ServerError(
            f"The server at {url} does not accept the user or the password (401).",
            "Set SCHEMAGEN_KSQLDB_USERNAME and SCHEMAGEN_KSQLDB_PASSWORD; an API key is a user and "
            "its secret a password.",
        )
    return ServerError(
        f"The user may not do this on the server at {url} (403).",
        "Give the user a role of authentication.roles, or the rights that docs/deploy.md names.",
    )


def unreachable(url: str, reason: str) -> ServerError:
    """Make the error of a server that can't be reached."""
    return ServerError(
        f"The ksqlDB server at {url} can't be reached: {reason.rstrip('.')}.",
        "Check the address, and that the server runs.",
    )


def _hint(status: int) -> str:
    return "See the server's log." if status >= 500 else ""  # noqa: PLR2004 - HTTP
