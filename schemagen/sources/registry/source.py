"""A topic whose values a registry has the schema of: they become JSON text on their way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING, Any

import orjson

from schemagen.choices import ValueFormat
from schemagen.errors import InputError
from schemagen.sources.decode_statistics import DecodeError
from schemagen.sources.registry.json_schema import JsonSchemaDecoder
from schemagen.sources.registry.places import UnreadableSchemaError, joined

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from schemagen.sources.records import Batch, RecordValue, Source
    from schemagen.sources.registry.places import Schema, ValueDecoder
    from schemagen.sources.registry.registry import RegisteredText, Registry

_FRAME = 5
"""Bytes of a frame: a zero, and the id of a schema."""


@dataclass(frozen=True, slots=True)
class RegistrySchema:
    """What a registry says of a topic's values.

    Attributes:
        format: their format.
        document: the fields, as a JSON Schema, of the latest version and of those that values were
            read by; None where no registry was asked.
        subject: the subject, empty where no registry was asked.
        version: its latest version.
        schema_id: the id of that.
        latest: the fields of the latest version alone, where a registry was asked just now.

    """

    format: ValueFormat
    document: Schema | None = None
    subject: str = ""
    version: int = 0
    schema_id: int = 0
    latest: Schema | None = None


class RegistryReading:
    """How the values of one topic are read.

    Args:
        topic: the topic.
        registry: opens the registry; None where none is configured.
        value_format: the format of the values; None to tell it from the first of them.
        subject: the subject of the topic's schema.
        remark: called with what there is to say of the values.

    """

    def __init__(
        self,
        topic: str,
        registry: Callable[[], Registry] | None,
        value_format: ValueFormat | None,
        subject: str | None,
        remark: Callable[[str], None],
    ) -> None:
        self._topic = topic
        self._open = registry
        self._subject = subject or f"{topic}-value"
        self._remark = remark
        self._registry: Registry | None = None
        self._decoders: dict[int, ValueDecoder | None] = {}
        self._used: set[tuple[int, ...]] = set()
        self._latest: RegisteredText | None = None
        self._newest: ValueDecoder | None = None
        self._strange: set[int] = set()
        self._begun = False
        self.format = value_format

    def of(self, source: Source) -> Source:
        """Return a source that yields JSON text; the same where the values are plain JSON."""
        return source if self.format is ValueFormat.JSON else RegistrySource(source, self)

    # -- what is said before values are read ------------------------------------------------------

    def begin(self, values: Sequence[RecordValue]) -> None:
        """Find the format and the schema, by the first values.

        Raises:
            InputError: the values are framed, or are to be, and no registry is configured; or the
                registry has no such subject, or one of another format.
            SourceError: the registry can't be reached, or refuses the client.

        """
        self._begun = True
        framed = [value for value in values if isinstance(value, bytes) and is_framed(value)]
        told = self.format is not None
        if self.format is None:
            self.format = self._recognised(values, framed)
        if self.format is ValueFormat.JSON or (self._open is None and self._reads_alone(told=told)):
            return
        self._registry = self._registry or (self._open or self._no_registry)()
        self._latest = self._registry.latest(self._subject)
        if self._latest.format is not self.format:
            raise InputError(
                f"The subject {self._subject} is of the format {self._latest.format}, and the "
                f"values of topic {self._topic} are {self.format}.",
                'Name the topic\'s own subject, or format, in schemagen.toml: subject = "…".',
            )
        self._newest = self._decoder_of(self._latest)
        self._remark(
            f"Schema Registry: {self._subject}, version {self._latest.version} (id "
            f"{self._latest.schema_id}), {self.format}."
        )
        for path, why in self._newest.left_out.items():
            self._remark(f"The field {path} is not read: {why}.")

    def _recognised(self, values: Sequence[RecordValue], framed: Sequence[bytes]) -> ValueFormat:
        """Tell the format of values by their first bytes, and what the registry knows of them."""
        present = sum(isinstance(value, bytes) for value in values)
        if not framed or 2 * len(framed) < present:
            return ValueFormat.JSON
        if self._open is None:
            if all(map(_holds_json, framed)):
                return ValueFormat.JSON_SR
            ids = sorted({schema_id_of(value) for value in framed})
            raise InputError(
                f"The values of topic {self._topic} begin with a zero byte and a schema id "
                f"({', '.join(map(str, ids[:3]))}): a Schema Registry has their schema.",
                "Pass --registry URL, or write url under [registry] in schemagen.toml.",
            )
        self._registry = self._open()
        for value in framed:
            known = self._registry.by_id(schema_id_of(value))
            if known is not None:
                return known.format
        return self._registry.latest(self._subject).format

    def _reads_alone(self, *, told: bool) -> bool:
        """Return whether the values can be read without a registry: behind the frame is JSON."""
        if self.format is not ValueFormat.JSON_SR:
            return False
        if not told:
            self._remark(
                "The values are JSON behind a frame of the Schema Registry (json_sr), and are read "
                "as they are. ksqlDB goes by their schema: pass --registry URL before `ddl`."
            )
        return True

    def _no_registry(self) -> Registry:
        raise InputError(
            f"Topic {self._topic} is {self.format}, and no Schema Registry is given.",
            "Pass --registry URL, or write url under [registry] in schemagen.toml.",
        )

    # -- values -----------------------------------------------------------------------------------

    def decoded(self, value: RecordValue) -> RecordValue:
        """Return the JSON text of a value, or why there is none."""
        if not isinstance(value, bytes) or not value:
            return value
        if not is_framed(value):
            return DecodeError.NOT_FRAMED
        if self._registry is None:
            return value[_FRAME:]
        schema_id = schema_id_of(value)
        if schema_id not in self._decoders:
            self._decoders[schema_id] = self._decoder(schema_id)
        decoder = self._decoders[schema_id]
        return DecodeError.UNKNOWN_SCHEMA if decoder is None else decoder.decode(value[_FRAME:])

    def _decoder(self, schema_id: int) -> ValueDecoder | None:
        known = None if self._registry is None else self._registry.by_id(schema_id)
        if known is None or known.format is not self.format:
            self._strange.add(schema_id)
            return None
        try:
            return _decoder(known, self._used)
        except UnreadableSchemaError as error:
            self._remark(f"ksqlDB can't read the schema of the id {schema_id}: {error.why}.")
            return None

    def _decoder_of(self, latest: RegisteredText) -> ValueDecoder:
        try:
            return _decoder(latest, self._used)
        except UnreadableSchemaError as error:
            raise InputError(
                f"ksqlDB can't read version {latest.version} of {latest.subject} (id "
                f"{latest.schema_id}): {error.why}.",
                "Give the topic another schema: until then no stream can read it.",
            ) from error

    # -- what is said afterwards ------------------------------------------------------------------

    def found(self) -> RegistrySchema | None:
        """Return what the registry says of the topic; None where the values are plain JSON."""
        if not self._begun or self.format is None or self.format is ValueFormat.JSON:
            return None
        latest, newest = self._latest, self._newest
        if latest is None or newest is None:
            return RegistrySchema(self.format)
        # Values of older versions are in the topic, too.
        others = [each for _, each in sorted(self._decoders.items(), reverse=True) if each]
        schemas = [each.schema or {} for each in (newest, *others)]
        return RegistrySchema(
            self.format,
            reduce(joined, schemas),
            latest.subject,
            latest.version,
            latest.schema_id,
            newest.schema,
        )

    def finish(self) -> None:
        """Close the registry, and say which ids it doesn't know."""
        if self._registry is not None:
            self._registry.close()
        if self._strange:
            ids = ", ".join(map(str, sorted(self._strange)[:8]))
            self._remark(
                f"The registry has no {self.format} schema of the id {ids}, which values name."
            )


class RegistrySource:
    """Another source, its values as JSON text.

    Args:
        source: the other source.
        reading: how its values are read.

    Attributes:
        source: the other source.

    """

    def __init__(self, source: Source, reading: RegistryReading) -> None:
        self.source = source
        self._reading = reading

    def batches(self) -> Generator[Batch, None, None]:
        """Yield all batches of the other source; see `RegistryReading.begin` for what it raises."""
        batches = self.source.batches()
        try:
            begun = False
            for batch in batches:
                if not begun and any(isinstance(value, bytes) for value in batch.values):
                    begun = True
                    self._reading.begin(batch.values)
                if begun and self._reading.format is ValueFormat.JSON:
                    yield batch
                    yield from batches
                    return
                yield replace(batch, values=list(map(self._reading.decoded, batch.values)))
        finally:
            batches.close()
            self._reading.finish()

    def share_read(self) -> float | None:
        """Return what the other source returns."""
        return self.source.share_read()

    def provenance(self) -> dict[str, Any]:
        """Return what the other source returns."""
        return self.source.provenance()


def is_framed(value: bytes) -> bool:
    """Return whether a value begins with the frame of the registry's serializers."""
    return len(value) >= _FRAME and value[0] == 0


def schema_id_of(value: bytes) -> int:
    """Return the id that a frame names."""
    return int.from_bytes(value[1:_FRAME], "big")


def _holds_json(value: bytes) -> bool:
    try:
        return isinstance(orjson.loads(value[_FRAME:]), dict)
    except ValueError:
        return False


def _decoder(known: RegisteredText, used: set[tuple[int, ...]]) -> ValueDecoder:
    """Make what reads values of a schema.

    Raises:
        UnreadableSchemaError: ksqlDB can't translate it.

    """
    if known.format is ValueFormat.JSON_SR:
        return JsonSchemaDecoder(known.text)
    if known.format is ValueFormat.AVRO:
        from schemagen.sources.registry.avro import AvroDecoder  # noqa: PLC0415 - an extra

        return AvroDecoder(known.text, known.references.values())
    from schemagen.sources.registry.protobuf import ProtobufDecoder  # noqa: PLC0415 - an extra

    return ProtobufDecoder(known.text, known.references, used)
