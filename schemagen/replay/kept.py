"""What is known of queries from the last run: their translations, as JSON values.

A note is found by the text of its statement. It is used only where the streams that the statement
reads and writes have the same columns again. Only queries that could be translated are kept.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from schemagen.accelerator.calls import FUNCTION
from schemagen.cache import BROKEN
from schemagen.deploy.labels import RuleLabel
from schemagen.errors import InputError
from schemagen.ksqldb.dialect import parse_expression, write_expression
from schemagen.ksqldb.types import parse_type, render
from schemagen.replay.plan import QueryProgram
from schemagen.replay.script import PersistentQuery
from schemagen.replay.translation.code import (
    Code,
    EvaluationError,
    TranslationRemark,
    UnsupportedError,
)
from schemagen.replay.translation.context import ExplodedItem, Explosion
from schemagen.replay.translation.scope import ColumnScope

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemagen.cache import Cache
    from schemagen.ksqldb.types import KsqlType
    from schemagen.replay.script import ScriptStream


@dataclass(frozen=True, slots=True)
class KnownQuery:
    """What became of a statement.

    Attributes:
        made: its translation.
        labels: the rules that it names.

    """

    made: QueryProgram
    labels: Sequence[RuleLabel]


class KeptQueries:
    """The translations of a file's queries.

    Args:
        notes: the cache that they are kept in.

    """

    def __init__(self, notes: Cache) -> None:
        self._notes = notes
        self._digests: dict[int, tuple[ScriptStream, str]] = {}

    def get(self, text: str, before: int, streams: Mapping[str, ScriptStream]) -> KnownQuery | None:
        """Return what became of a statement; None where that isn't known.

        Args:
            text: the statement's text, with the comments over it.
            before: how many lines of the file are before the text.
            streams: the streams that the statements before it have made.

        """
        note = self._notes.get(_key(text))
        if note is None:
            return None
        try:
            source, target = streams[note["source"]], streams.get(note["target"])
            if note["around"] != self._around(source, target):
                return None
            labels = [RuleLabel(*each) for each in note["labels"]]
            return KnownQuery(_program(note, before, source), labels)
        except (*BROKEN, InputError, UnsupportedError):
            return None

    def put(self, text: str, before: int, known: KnownQuery, target: ScriptStream | None) -> None:
        """Keep what became of a statement.

        Args:
            text: the statement's text, with the comments over it.
            before: how many lines of the file are before the text.
            known: what became of it.
            target: the stream that it inserts into; None where it makes one.

        """
        if FUNCTION in text.upper():
            # The jar is asked about the call itself.
            return
        try:
            note = _note(known.made, before)
        except InputError:
            return
        note["around"] = self._around(known.made.query.source, target)
        note["labels"] = [[each.id, each.title, each.level] for each in known.labels]
        self._notes.put(_key(text), note)

    def _around(self, source: ScriptStream, target: ScriptStream | None) -> list[str]:
        """Return what decides a translation beside the statement: the columns of its streams."""
        return [self._digest(source), "" if target is None else self._digest(target)]

    def _digest(self, stream: ScriptStream) -> str:
        known = self._digests.get(id(stream))
        if known is None:
            columns = [[name, render(declared)] for name, declared in stream.scope.columns.items()]
            read = [each.stored for each in stream.declared]
            # A stream that is declared again is another one of the same name.
            known = self._digests[id(stream)] = (stream, _key(repr([stream.topic, read, columns])))
        return known[1]


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


# -- to JSON --------------------------------------------------------------------------------------


def _note(made: QueryProgram, before: int) -> dict[str, Any]:
    query, scope = made.query, made.scope
    return {
        "target": query.target,
        "source": query.source.name,
        "line": query.line - before,
        "rule": query.rule,
        "rule_column": query.rule_column,
        "alerts": query.alerts,
        "where": None if made.where is None else _code_note(made.where),
        "columns": [[name, _code_note(code)] for name, code in made.columns.items()],
        "explosions": [_explosion_note(each) for each in made.explosions],
        "loaded": list(scope.loaded),
        "derived": [[key, sql] for key, (_, sql) in scope.derived.items()],
        "weak": write_expression(made.weak),
        "remarks": [[each.what, each.rule, each.fatal] for each in made.remarks],
    }


def _explosion_note(explosion: Explosion) -> dict[str, Any]:
    return {
        "code": None if explosion.code is None else _code_note(explosion.code),
        "items": [
            [_code_note(each.hit), _code_note(each.value), each.glance] for each in explosion.items
        ],
    }


def _code_note(code: Code) -> list[Any]:
    checks = [[each.sql, each.what, each.rule] for each in code.checks]
    declared = None if code.type is None else render(code.type)
    return [code.sql, declared, code.error, code.nullable, checks, code.causes]


# -- from JSON ------------------------------------------------------------------------------------


def _program(note: dict[str, Any], before: int, source: ScriptStream) -> QueryProgram:
    query = PersistentQuery(
        note["target"],
        source,
        None,
        note["line"] + before,
        note["rule"],
        note["rule_column"],
        note["alerts"],
    )
    scope = ColumnScope(source.scope.columns)
    for path in note["loaded"]:
        scope.path(tuple(path))
    for key, sql in note["derived"]:
        scope.once(tuple(key), sql)
    return QueryProgram(
        query,
        None if note["where"] is None else _code(note["where"]),
        [_explosion(each) for each in note["explosions"]],
        {name: _code(code) for name, code in note["columns"]},
        scope,
        parse_expression(note["weak"]),
        [TranslationRemark(*each) for each in note["remarks"]],
    )


def _explosion(note: dict[str, Any]) -> Explosion:
    items = tuple(
        ExplodedItem(_code(hit), _code(value), glance) for hit, value, glance in note["items"]
    )
    return Explosion(None if note["code"] is None else _code(note["code"]), items)


def _code(note: list[Any]) -> Code:
    sql, declared, error, nullable, checks, causes = note
    of_checks = tuple(EvaluationError(*each) for each in checks)
    known = None if declared is None else _type(declared)
    return Code(sql, known, error, nullable, of_checks, tuple(causes))


@lru_cache(1_000)
def _type(text: str) -> KsqlType:
    return parse_type(text)
