"""The places of queries from TERMINATE to INSERT, in a file: a run that is killed loses none."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemagen.errors import InputError
from schemagen.files import read_text, to_json, write_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PLACES = ".schemagen/places.json"
"""The file, in the project's folder."""

Offsets = list[tuple[str, int, int]]
"""Topics, partitions, and the offset of the next record in each."""


@dataclass(frozen=True, slots=True)
class KeptPlaces:
    """Where queries were that are not there at the moment, by their consumer groups.

    Attributes:
        path: the file; it is there only while there are any.
        cluster: the id of the Kafka cluster, since groups of several have the same names.

    """

    path: Path
    cluster: str

    def find(self, group: str) -> Offsets:
        """Return where a query was; nothing where that is not known, or the file can't be read."""
        found = self._read().get(self._key(group))
        try:
            return [(str(topic), int(part), int(offset)) for topic, part, offset in found or ()]
        except (TypeError, ValueError):
            return []

    def keep(self, group: str, offsets: Sequence[tuple[str, int, int]]) -> None:
        """Write down where a query was.

        Raises:
            InputError: the file can't be written.

        """
        self._write(self._read() | {self._key(group): list(map(list, offsets))})

    def forget(self, group: str) -> None:
        """Take out a query that goes on.

        Raises:
            InputError: the file can't be written.

        """
        known = self._read()
        if known.pop(self._key(group), None) is not None:
            self._write(known)

    def _key(self, group: str) -> str:
        return f"{self.cluster}/{group}"

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(read_text(self.path)) if self.path.is_file() else {}
        except (InputError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, known: dict[str, Any]) -> None:
        if known:
            write_text(self.path, to_json(known, sort_keys=True))
        else:
            self.path.unlink(missing_ok=True)
