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

TEXTS = ("url", "username", "password", "ca", "certificate", "key", "key_password")
SECRETS = ("password", "key_password")
SECONDS = ("connect_timeout", "timeout")

_CONNECT_TIMEOUT = 10.0
_TIMEOUT = 330.0


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """How to reach a server: ksqlDB's, or a Schema Registry.

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


@dataclass(frozen=True, slots=True)
class ServerKind:
    """A kind of server that a project file can name.

    Attributes:
        table: its table in the project file.
        name: what it is called.
        option: the option that gives its address.

    """

    table: str
    name: str
    option: str

    @property
    def prefix(self) -> str:
        """How the environment's variables for it begin."""
        return f"SCHEMAGEN_{self.table.upper()}_"


KSQLDB = ServerKind("ksqldb", "ksqlDB server", "--server")


def read_table(table: Table) -> dict[str, str]:
    """Read `[ksqldb]` or `[registry]` of a project file, as it is written.

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
    """Put the connection to ksqlDB together; see `server_of`.

    Raises:
        InputError: the address is missing or wrong, a variable isn't set, or a number isn't one.

    """
    found = server_of(KSQLDB, project.ksqldb, project, url=url, environ=environ)
    if found is None:
        raise InputError(
            "No ksqlDB server is given.",
            "Give --server URL, set SCHEMAGEN_KSQLDB_URL, or write url under [ksqldb] in "
            "schemagen.toml.",
        )
    return found


def server_of(
    kind: ServerKind,
    written: Mapping[str, str],
    project: Project,
    *,
    url: str | None,
    environ: Mapping[str, str],
) -> ServerConfig | None:
    """Put a connection together.

    For each setting the first of these that has it wins: the option, the environment
    (`SCHEMAGEN_KSQLDB_URL`, `SCHEMAGEN_KSQLDB_PASSWORD` and so forth), the project file. Where the
    address is not the project file's, its user and password are not sent there.

    Args:
        kind: the kind of server.
        written: what the project file says of it.
        project: the project, whose `${NAME}` are looked up in the environment.
        url: the value of the option.
        environ: the environment.

    Returns:
        The connection, with the secrets: not to be shown. None where there is no address.

    Raises:
        InputError: the address is wrong, a variable isn't set, or a number isn't one.

    """
    given = {
        name: environ[kind.prefix + name.upper()]
        for name in (*TEXTS, *SECONDS)
        if environ.get(kind.prefix + name.upper())
    }
    if url is not None:
        given["url"] = url
    address = written.get("url", "").rstrip("/")
    if given.get("url", address).rstrip("/") != address:
        # The secrets of one server are not for another.
        written = {}
    for name in written.keys() - given.keys():
        what = f"the setting {kind.table}.{name}"
        given[name] = filled_in(written[name], what, project, environ)
    if not given.get("url"):
        return None
    base = project.root if written else Path()
    return _config(kind, given, base)


def _config(kind: ServerKind, given: Mapping[str, str], base: Path) -> ServerConfig:
    def path(name: str) -> Path | None:
        return base / given[name] if name in given else None

    if given.get("username") and not given.get("password"):
        raise InputError(
            f"A user of the {kind.name} is given, and no password.",
            f"Set {kind.prefix}PASSWORD: the password, or the secret of the API key.",
        )
    return ServerConfig(
        url=_address(kind, given["url"]),
        username=given.get("username", ""),
        password=given.get("password", ""),
        ca=path("ca"),
        certificate=path("certificate"),
        key=path("key"),
        key_password=given.get("key_password", ""),
        connect_timeout=_seconds(kind, given, "connect_timeout", _CONNECT_TIMEOUT),
        timeout=_seconds(kind, given, "timeout", _TIMEOUT),
    )


def _address(kind: ServerKind, url: str) -> str:
    """Check an address; the password of one is never shown.

    Raises:
        InputError: it is not an http or https address of a host.

    """
    hint = "Write it like http://localhost:8088."
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InputError(f"The address of the {kind.name} is not a URL.", hint) from None
    if parts.username is not None or parts.password is not None:
        raise InputError(
            f"The address of the {kind.name} holds a user: the command line is seen by others.",
            f"Set {kind.prefix}USERNAME and {kind.prefix}PASSWORD.",
        )
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise InputError(f"The address of the {kind.name} is not an http or https URL.", hint)
    if parts.query or parts.fragment:
        raise InputError(f"The address of the {kind.name} has more than host and path.", hint)
    return url.rstrip("/")


def _seconds(kind: ServerKind, given: Mapping[str, str], name: str, default: float) -> float:
    if name not in given:
        return default
    try:
        number = float(given[name])
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        what = f"The setting {kind.table}.{name} is not a number of seconds."
        raise InputError(what, "Write 60.")
    return number
