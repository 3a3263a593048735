"""What is sent to Elasticsearch's `_bulk`: a line that says what to do, and one with the document.

`index` and `create` have a document of their own, `update` one below `doc`, `delete` none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from schemagen.sources.console import outside
from schemagen.sources.decode_statistics import DecodeError
from schemagen.sources.slicing import BLANK, members

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from schemagen.sources.console import Line, Opened

_ENOUGH = 2
_ACTIONS = frozenset({"index", "create", "update", "delete"})
_SAID = frozenset(
    {
        *("_index", "_id", "_type", "routing", "_routing", "version", "_version", "_parent"),
        *("version_type", "_version_type", "if_seq_no", "if_primary_term", "pipeline", "_source"),
        *("require_alias", "require_data_stream", "dynamic_templates", "retry_on_conflict"),
        *("list_executed_pipelines", "_retry_on_conflict"),
    }
)
"""What an action can say of its document."""


@dataclass(frozen=True, slots=True)
class BulkLines:
    """Lines of actions and documents in turn."""

    title: str = "Elasticsearch bulk requests"

    def read(self, lines: Iterable[Line], name: str) -> Iterator[Opened]:
        """Yield each document's line, the document, and nothing of Kafka."""
        del name
        action, place = "", 0
        for number, line in lines:
            if not line.strip(BLANK):
                continue
            if action:
                yield number, (_changed(line) if action == "update" else line), None
                action = ""
                continue
            action, place = action_of(line), number
            if not action:
                # What is broken is said to be broken.
                yield number, outside(line), None
            elif action == "delete":
                action = ""
        if action:
            yield place, DecodeError.NOT_ENVELOPED, None


def action_of(line: bytes) -> str:
    """Return what a line says is to be done; empty where it is no such line."""
    document = _parsed(line)
    if type(document) is not dict or len(document) != 1:
        return ""
    ((action, said),) = document.items()
    told = action in _ACTIONS and type(said) is dict and said.keys() <= _SAID
    return str(action) if told else ""


def is_bulk(lines: Sequence[bytes]) -> bool:
    """Return whether a file begins with actions and documents in turn: two, if it has as many."""
    documents, action = 0, ""
    for line in lines:
        if documents == _ENOUGH:
            break
        if action:
            if type(_parsed(line)) is not dict or action_of(line):
                return False
            documents, action = documents + 1, ""
            continue
        action = action_of(line)
        if not action:
            return False
        action = "" if action == "delete" else action
    return documents > 0


def _changed(line: bytes) -> bytes | DecodeError:
    """Return the document of an update, as far as it is said; a script has none."""
    return (members(line) or {}).get("doc", DecodeError.NOT_ENVELOPED)


def _parsed(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except ValueError:
        return None
