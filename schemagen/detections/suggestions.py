"""Names that the columns have, near to one that they don't."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemagen.detections.column_index import ColumnIndex

_MOST = 3
_LIKENESS = 0.8


class Suggestions:
    """Suggests paths of the columns for names that they lack."""

    def __init__(self, columns: ColumnIndex) -> None:
        self._columns = columns
        self._paths: dict[str, list[str]] | None = None
        self._known: dict[str, tuple[str, ...]] = {}

    def for_field(self, name: str) -> tuple[str, ...]:
        """Suggest paths: of the same name in another case first, then of similar ones."""
        if name not in self._known:
            self._known[name] = self._near(name)
        return self._known[name]

    def _near(self, name: str) -> tuple[str, ...]:
        if self._paths is None:
            self._paths = {}
            for path, _ in self._columns.leaves():
                self._paths.setdefault(path.rpartition(".")[2].lower(), []).append(path)
        last = name.rpartition(".")[2].lower()
        found = list(self._paths.get(last, ()))
        for near in get_close_matches(last, sorted(self._paths), n=_MOST, cutoff=_LIKENESS):
            found += [path for path in self._paths[near] if path not in found]
        return tuple(dict.fromkeys(found))[:_MOST]
