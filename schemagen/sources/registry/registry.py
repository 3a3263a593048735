"""A Schema Registry, asked by confluent-kafka's client: schemas by subject and by id."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemagen.choices import ValueFormat
from schemagen.errors import InputError, SourceError
from schemagen.words import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

MISSING = "pip install 'schemagen[registry]'"
"""What installs the client."""

_FORMATS = {
    "AVRO": ValueFormat.AVRO,
    "PROTOBUF": ValueFormat.PROTOBUF,
    "JSON": ValueFormat.JSON_SR,
}
_NEEDED = ("confluent_kafka.schema_registry", "fastavro", "google.protobuf", "google.type.date_pb2")
_NO_SUCH_SUBJECT = {40401, 40404, 40400}
_NO_SUCH_SCHEMA = {40403, 40400}
_NOT_FOUND = 404
_UNAUTHORISED = 401
_FORBIDDEN = 403
_DEEPEST = 32


@dataclass(frozen=True, slots=True)
class RegisteredText:
    """A schema of the registry, as text.

    Attributes:
        format: the format of its values.
        text: the schema; of Protobuf the serialised file, base64.
        references: the texts that it names, by the names, each after those that it names itself.
        schema_id: its id; 0 where that isn't known.
        subject: the subject it was asked by, empty for none.
        version: its version there, 0 for none.

    """

    format: ValueFormat
    text: str
    references: Mapping[str, str]
    schema_id: int = 0
    subject: str = ""
    version: int = 0


def open_registry(settings: Mapping[str, Any], url: str) -> Registry:
    """Make the client of a registry; nothing is asked yet.

    Args:
        settings: confluent-kafka's properties, secrets among them.
        url: the address, for messages.

    Raises:
        InputError: the client is not installed, or refuses its settings.

    """
    try:
        module, *_ = map(importlib.import_module, _NEEDED)
    except ImportError as error:
        raise InputError(
            "To ask a Schema Registry, schemagen needs packages that are not installed.",
            f"Install them: {MISSING}",
        ) from error
    try:
        client = module.SchemaRegistryClient.new_client(dict(settings))
    except OSError as error:
        raise InputError(
            f"A certificate or key for the registry can't be read: {error.strerror or error}.",
            "Check ca, certificate and key under [registry] in schemagen.toml.",
        ) from error
    except (TypeError, ValueError) as error:
        raise InputError(
            "The client refuses the settings of the registry.",
            "Look at [registry] in schemagen.toml, and at the variables SCHEMAGEN_REGISTRY_….",
        ) from error
    return Registry(client, url)


class Registry:
    """Schemas of a registry; each is asked for once.

    Args:
        client: confluent-kafka's client, or its mock.
        url: the address, for messages.

    """

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url
        self._known: dict[int, RegisteredText | None] = {}

    def close(self) -> None:
        """Close the connection."""
        self._client.__exit__(None, None, None)

    def latest(self, subject: str) -> RegisteredText:
        """Return the latest version of a subject.

        Raises:
            InputError: there is no such subject.
            SourceError: the registry can't be reached, or refuses the client.

        """
        found = self._ask(lambda: self._client.get_latest_version(subject), _NO_SUCH_SUBJECT)
        if found is None:
            raise InputError(
                f"The registry {self._url} has no subject {subject}.",
                'Name the topic\'s own in schemagen.toml: [topics.TOPIC] subject = "…"; '
                f"{self._url}/subjects lists them.",
            )
        made = self._read(
            found.schema, lambda: self._client.get_latest_version(subject, fmt="serialized").schema
        )
        return RegisteredText(
            made.format, made.text, made.references, found.schema_id, subject, found.version
        )

    def by_id(self, schema_id: int) -> RegisteredText | None:
        """Return a schema, None where the registry has none of this id.

        Raises:
            SourceError: the registry can't be reached, or refuses the client.

        """
        if schema_id not in self._known:
            found = self._ask(lambda: self._client.get_schema(schema_id), _NO_SUCH_SCHEMA)
            self._known[schema_id] = (
                None
                if found is None
                else self._read(
                    found,
                    lambda: self._client.get_schema(schema_id, fmt="serialized"),
                    schema_id,
                )
            )
        return self._known[schema_id]

    def _read(
        self, found: Any, serialised: Callable[[], Any], schema_id: int = 0
    ) -> RegisteredText:
        value_format = _FORMATS.get(found.schema_type or "AVRO")
        if value_format is None:
            raise InputError(
                f"The registry has a schema of the type {printable(str(found.schema_type))}, which "
                "ksqlDB does not read.",
                "It reads AVRO, PROTOBUF and JSON.",
            )
        fmt = "serialized" if value_format is ValueFormat.PROTOBUF else None
        if fmt:
            # The client keeps a schema by its id, in whatever form it came first.
            self._client.clear_caches()
            found = self._ask(serialised, ())
        references: dict[str, str] = {}
        self._resolve(found.references or (), references, fmt, _DEEPEST)
        return RegisteredText(value_format, found.schema_str or "", references, schema_id)

    def _resolve(
        self, wanted: Iterable[Any], into: dict[str, str], fmt: str | None, deepest: int
    ) -> None:
        """Fetch what a schema names, and what that names, before it."""
        for each in wanted:
            if each.name in into or not deepest:
                continue

            def ask(subject: str = each.subject, version: int = each.version) -> Any:
                return self._client.get_version(subject, version, fmt=fmt)

            found = self._ask(ask, _NO_SUCH_SUBJECT | {40402})
            if found is not None:
                self._resolve(found.schema.references or (), into, fmt, deepest - 1)
                into[each.name] = found.schema.schema_str or ""

    def _ask(self, question: Callable[[], Any], none: Iterable[int]) -> Any:
        """Ask the registry; None where its answer says that there is no such thing."""
        errors = importlib.import_module("confluent_kafka.schema_registry.error")
        try:
            return question()
        except errors.SchemaRegistryError as error:
            if error.http_status_code == _NOT_FOUND and error.error_code in none:
                return None
            raise self._refusal(error.http_status_code, error.error_code) from error
        except Exception as error:
            # The client passes on whatever its HTTP library raises, of two libraries by version.
            raise SourceError(
                f"The Schema Registry {self._url} can't be reached ({type(error).__name__}).",
                "Check --registry, the network, and the certificates under [registry] in "
                "schemagen.toml.",
            ) from error

    def _refusal(self, status: int, code: int) -> SourceError:
        if status == _UNAUTHORISED:
            return SourceError(
                f"The Schema Registry {self._url} refuses the client: it is not authenticated "
                "(401).",
                "Set SCHEMAGEN_REGISTRY_USERNAME and SCHEMAGEN_REGISTRY_PASSWORD.",
            )
        if status == _FORBIDDEN:
            return SourceError(
                f"The Schema Registry {self._url} refuses the client: it has no permission (403).",
                "It has to read the schemas and the subject of the topic.",
            )
        if status == _NOT_FOUND:
            return SourceError(
                f"{self._url} answers, but not as a Schema Registry does (404).",
                "Check the address; a registry behind a path needs that path.",
            )
        return SourceError(
            f"The Schema Registry {self._url} answers with the status {status}"
            f"{f' and the code {code}' if code > 0 else ''}.",
            "Look at its log.",
        )
