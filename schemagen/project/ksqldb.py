"""The connection to a ksqlDB server, from options, the environment and the project file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from schemagen.errors import InputError
from schemagen.project.kafka import filled_in, is_variable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemagen.project.model import Project
    from schemagen.project.tables import Table

_PREFIX = "SCHEMAGEN_KSQLDB_"

TEXTS = ("url", "username", "password", "ca", "certificate", "key", "key_password")
SECRETS = ("password", "key_password")
SECONDS = ("connect_timeout", "timeout")

_CONNECT_TIMEOUT = 10.0
_TIMEOUT = 330.0


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """How to reach a ksqlDB server.

    Attributes:
        url: its address, without a path at its end.
        username: for basic authentication; the API key of a managed server. Empty for none.
        password: the password, or the secret of the API key.
        ca: a PEM file of the authorities to trust, None for those of the system.
        certificate: a PEM file of the client's certificate, None for none.
        key: a PEM file of its key, None where the certificate's file holds it.
        key_password: the password of the key; empty for none.
        connect_timeout: seconds until a server that can't be reached is given up.
        timeout: seconds until a statement that is not answered is given up. A large statement took
            52 seconds on a cold server.

    """

    url: str
    username: str = ""
    password: str = field(default="", repr=False)
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    key_password: str = field(default="", repr=False)
    connect_timeout: float = _CONNECT_TIMEOUT
    timeout: float = _TIMEOUT


def read_table(table: Table) -> dict[str, str]:
    """Read `[ksqldb]` of a project file, as it is written.

    Raises:
        InputError: a key that there isn't, a value of another kind, or a secret in the file.

    """
    found: dict[str, str] = {}
    for name in TEXTS:
        value = table.text(name)
        if value is None:
            continue
        if name in SECRETS and not is_variable(value):
            raise table.error(
                name,
                f"the secret {name} stands in the file: secrets come by ${{ENV}} only",
                f'Write {name} = "${{A_NAME}}", and set that variable in the environment.',
            )
        found[name] = value
    for name in SECONDS:
        number = table.positive(name)
        if number is not None:
            found[name] = str(number)
    table.done()
    return found


def server_config(project: Project, *, url: str | None, environ: Mapping[str, str]) -> ServerConfig:
    """Put the connection together.

    For each setting the first of these that has it wins: the option, the environment
    (`SCHEMAGEN_KSQLDB_URL`, `SCHEMAGEN_KSQLDB_PASSWORD` and so forth), the project file. Where the
    address is not the project file's, its user and password are not sent there.

    Args:
        project: the project, whose `${NAME}` are looked up in the environment.
        url: the value of --server.
        environ: the environment.

    Returns:
        The connection, with the secrets: not to be shown.

    Raises:
        InputError: the address is missing or wrong, a variable isn't set, or a number isn't one.

    """
    given = {
        name: environ[_PREFIX + name.upper()]
        for name in (*TEXTS, *SECONDS)
        if environ.get(_PREFIX + name.upper())
    }
    if url is not None:
        given["url"] = url
    written = dict(project.ksqldb)
    address = written.get("url", "").rstrip("/")
    if given.get("url", address).rstrip("/") != address:
        # The secrets of one server are not for another.
        written = {}
    for name in written.keys() - given.keys():
        given[name] = filled_in(written[name], f"the setting ksqldb.{name}", project, environ)
    if not given.get("url"):
        raise InputError(
            "No ksqlDB server is given.",
            "Give --server URL, set SCHEMAGEN_KSQLDB_URL, or write url under [ksqldb] in "
            "schemagen.toml.",
        )
    base = project.root if written else Path()
    return _config(given, base)


def _config(given: Mapping[str, str], base: Path) -> ServerConfig:
    def path(name: str) -> Path | None:
        return base / given[name] if name in given else None

    if given.get("username") and not given.get("password"):
        raise InputError(
            "A ksqlDB user is given, and no password.",
            "Set SCHEMAGEN_KSQLDB_PASSWORD: the password, or the secret of the API key.",
        )
    return ServerConfig(
        url=_address(given["url"]),
        username=given.get("username", ""),
        password=given.get("password", ""),
        ca=path("ca"),
        certificate=path("certificate"),
        key=path("key"),
        key_password=given.get("key_password", ""),
        connect_timeout=_seconds(given, "connect_timeout", _CONNECT_TIMEOUT),
        timeout=_seconds(given, "timeout", _TIMEOUT),
    )


def _address(url: str) -> str:
    """Check an address; the password of one is never shown.

    Raises:
        InputError: it is not an http or https address of a host.

    """
    hint = "Write it like http://localhost:8088."
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InputError("The address of the ksqlDB server is not a URL.", hint) from None
    if parts.username is not None or parts.password is not None:
        raise InputError(
            "The address of the ksqlDB server holds a user: the command line is seen by others.",
            "Set SCHEMAGEN_KSQLDB_USERNAME and SCHEMAGEN_KSQLDB_PASSWORD.",
        )
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise InputError("The address of the ksqlDB server is not an http or https URL.", hint)
    if parts.query or parts.fragment:
        raise InputError("The address of the ksqlDB server has more than host and path.", hint)
    return url.rstrip("/")


def _seconds(given: Mapping[str, str], name: str, default: float) -> float:
    if name not in given:
        return default
    try:
        number = float(given[name])
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise InputError(f"The setting ksqldb.{name} is not a number of seconds.", "Write 60.")
    return number
