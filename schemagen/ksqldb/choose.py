"""Which type to declare: the first, from narrow to VARCHAR, that keeps every value seen.

The ladder offers only types that are natural for the kinds of JSON values seen: text of digits is
text, so it is never read into a number unless a hint says so. The deserialiser's model decides.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemagen.ksqldb.deserializer import KeyIndex, judge
from schemagen.ksqldb.names import RESERVED, needs_quotes, why_fragile, why_not_representable
from schemagen.ksqldb.types import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    INT,
    VARCHAR,
    Array,
    Field,
    KsqlType,
    Map,
    Scalar,
    Struct,
    kind_of,
)
from schemagen.profile.paths import ANY_KEY, ITEMS, Path, matches, render
from schemagen.profile.profile import ARRAY, INTEGER, NULL, NUMBER, OBJECT, Node
from schemagen.profile.profile import BOOLEAN as BOOL
from schemagen.schema.shape import copied
from schemagen.words import counted, kind_word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

UINT64 = Scalar("DECIMAL", 20, 0)
"""Holds an unsigned integer of 64 bits, which BIGINT would wrap into a negative one."""

MAX_STRUCT_DEPTH = 64
"""Objects nested deeper than this are declared VARCHAR, whatever `--depth` says."""


@dataclass(frozen=True, slots=True)
class ColumnPolicy:
    """What the user may decide about types and names.

    Attributes:
        fit_integers: INT where all integers seen fit 32 bits, BIGINT otherwise and by default.
        quote_all: back-ticks around every name, not only where needed.
        hints: declared types by written path, each with where it was said.
        declared: the types that a registry's schema asks for, by written path: any other than what
            its converter reads there would drop the record. With them, an object is a STRUCT or a
            MAP as that schema has it, and never a text.
        include, exclude: globs of written paths; a field stays when it, or what it is in, is
            included and not excluded.
        min_presence: the least share of messages (of its object) a field must be in, 0 to 1.
        depth: the deepest level declared as STRUCT; deeper objects become VARCHAR.

    """

    fit_integers: bool = False
    quote_all: bool = False
    hints: Mapping[str, KsqlType] | None = None
    declared: Mapping[str, KsqlType] = field(default_factory=dict)
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    min_presence: float = 0.0
    depth: int = MAX_STRUCT_DEPTH


@dataclass(frozen=True, slots=True)
class ColumnRemark:
    """Something a reader of the statement should know about one field.

    Attributes:
        path: the field.
        what: `widened`, `flattened`, `quoted`, `left out`, `hint`, `empty`, `map` …
        why: the reason, with counts.

    """

    path: Path
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """The columns of a stream and what there is to say about them."""

    columns: Struct
    remarks: list[ColumnRemark]


def choose_columns(root: Node, policy: ColumnPolicy, seen: Node | None = None) -> ColumnChoice:
    """Choose the columns of a stream for the messages profiled in `root` (its maps collapsed).

    Args:
        root: what the columns are chosen for.
        policy: what the user decided.
        seen: all that was seen of the messages, where `root` was left with less: a column reads
            other spellings of its key in the messages, whether they are declared or not.

    """
    chooser = _Chooser(policy)
    fields = chooser.fields(root, (), seen)
    unused = sorted(set(policy.hints or {}) - chooser.hints_used)
    chooser.remarks.extend(
        ColumnRemark((hint,), "hint unused", "no field of this name was seen") for hint in unused
    )
    return ColumnChoice(Struct(tuple(fields)), chooser.remarks)


@dataclass(frozen=True, slots=True)
class _Object:
    """An object whose fields are chosen: what it is declared for, and all keys that it ever has."""

    node: Node
    known: Mapping[str, Node]
    index: KeyIndex


class _Chooser:
    def __init__(self, policy: ColumnPolicy) -> None:
        self.policy = policy
        self.remarks: list[ColumnRemark] = []
        self.hints_used: set[str] = set()

    def note(self, path: Path, what: str, why: str) -> None:
        self.remarks.append(ColumnRemark(path, what, why))

    # -- types --------------------------------------------------------------------------------

    def type_of(self, node: Node, path: Path, seen: Node | None = None) -> KsqlType:
        asked = self._asked(path)
        if asked is not None:
            return asked
        kinds = node.types() - {NULL}
        if not kinds:
            self.note(path, "empty", "only null was seen; VARCHAR keeps whatever comes")
            return VARCHAR
        if kinds == {ARRAY}:
            return self._array(node, path, seen)
        if kinds == {OBJECT}:
            return self._object(node, path, seen)
        for candidate in self._ladder(kinds):
            if not judge(candidate, node):
                self._explain(kinds, candidate, node, path)
                return candidate
        self._explain(kinds, VARCHAR, node, path)
        return VARCHAR

    def _asked(self, path: Path) -> KsqlType | None:
        """Return the type that the user asks for, or else a registry's schema."""
        written = render(path)
        hint = (self.policy.hints or {}).get(written)
        if hint is None:
            return self.policy.declared.get(written)
        self.hints_used.add(written)
        self.note(path, "hint", "the type is declared in the configuration")
        return hint

    def _ladder(self, kinds: frozenset[str]) -> Iterator[KsqlType]:
        """Yield the natural types for these kinds, narrow first; VARCHAR comes after the last."""
        if kinds == {BOOL}:
            yield BOOLEAN
        elif kinds == {INTEGER}:
            if self.policy.fit_integers:
                yield INT
            yield BIGINT
            yield UINT64
        elif kinds <= {INTEGER, NUMBER}:
            yield DOUBLE

    def _explain(self, kinds: frozenset[str], chosen: KsqlType, node: Node, path: Path) -> None:
        seen = ", ".join(f"{kind_word(kind)} in {node.count(kind):,}" for kind in sorted(kinds))
        if len(kinds) > 1:
            self.note(path, "widened", f"to {kind_of(chosen)}: {seen}")
        elif chosen == UINT64:
            many = _of(node.integers.beyond64, node.count(INTEGER))
            self.note(path, "widened", f"to DECIMAL: {many} beyond BIGINT")
        elif kinds <= {INTEGER, NUMBER} and chosen == VARCHAR:
            rounded = node.integers.inexact + node.numbers.inexact
            many = _of(rounded, node.count(INTEGER) + node.count(NUMBER))
            self.note(path, "widened", f"to VARCHAR: {many} with more digits than a double holds")

    def _array(self, node: Node, path: Path, seen: Node | None) -> KsqlType:
        if node.items is None or not node.items.total:
            self.note(path, "empty", "only empty arrays were seen; their items are read as VARCHAR")
            return Array(VARCHAR)
        inside = None if seen is None else seen.items
        return Array(self.type_of(node.items, (*path, ITEMS), inside))

    def _object(self, node: Node, path: Path, seen: Node | None) -> KsqlType:
        if node.any_key is not None:
            return self._map(node.any_key, node, path)
        if not node.fields:
            self.note(path, "empty", "only empty objects were seen; MAP keeps whatever keys come")
            return Map(VARCHAR)
        if sum(isinstance(step, str) for step in path) >= self.policy.depth:
            self.note(path, "too deep", "kept whole as its JSON text in VARCHAR")
            return VARCHAR
        before = len(self.remarks)
        fields = self.fields(node, path, seen)
        if fields:
            return Struct(tuple(fields))
        del self.remarks[before:]
        self.note(path, "map", "no key of it can be a field's name")
        return self._map(copied(node.fields.values()), node, path)

    def _map(self, values: Node, node: Node, path: Path) -> KsqlType:
        before = len(self.remarks)
        chosen = Map(self.type_of(values, (*path, ANY_KEY)))
        if judge(chosen, node):
            del self.remarks[before:]
            self.note(path, "widened", "to VARCHAR (JSON text): no MAP keeps all its values")
            return VARCHAR
        return chosen

    # -- fields -------------------------------------------------------------------------------

    def fields(self, node: Node, path: Path, seen: Node | None) -> list[Field]:
        """Choose the columns, or the fields of a STRUCT, for an object's keys, in their order."""
        known = {**({} if seen is None else seen.fields), **node.fields}
        index = KeyIndex(known)
        chosen = []
        for name, child in node.fields.items():
            inside = None if seen is None else seen.fields.get(name)
            field = self._field(name, child, inside, _Object(node, known, index), path)
            if field is not None:
                chosen.append(field)
        return chosen

    def _field(
        self, name: str, child: Node, inside: Node | None, around: _Object, parent: Path
    ) -> Field | None:
        path = (*parent, name)
        if self._excluded(path) or not (self._included(path) or child.fields or child.items):
            return None
        reason = why_not_representable(name, top_level=not parent)
        if reason is None and child.total < self.policy.min_presence * around.node.count(OBJECT):
            share = child.total / around.node.count(OBJECT)
            reason = f"present in {share:.2%}, less than the least presence asked for"
        if self.policy.declared and len(path) >= self.policy.depth and child.fields:
            reason = "deeper than the depth asked for, and ksqlDB reads no such object as text"
        if reason is not None:
            self.note(path, "left out", reason)
            return None
        variants = around.index.variants(name)
        quoted = self.policy.quote_all or needs_quotes(name) or len(variants) > 1
        read = around.index.read_by(name if quoted else name.upper())
        before = len(self.remarks)
        merged = child if read == [name] else copied(around.known[key] for key in read)
        chosen = self.type_of(merged, path, inside)
        if not self._included(path) and not _holds_fields(chosen):
            del self.remarks[before:]
            return None
        self._explain_name(path, variants, read)
        return Field(name, quoted, chosen)

    def _explain_name(self, path: Path, variants: list[str], read: list[str]) -> None:
        name = path[-1]
        others = ", ".join(render((key,)) for key in variants if key != name)
        for why in why_fragile(str(name)):
            self.note(path, "fragile", why)
        if others and len(read) > 1:
            why = f"differs only in case from {others}, and is read from there where it is missing"
            self.note(path, "quoted", why)
        elif others:
            self.note(path, "quoted", f"differs only in case from {others}")
        elif isinstance(name, str) and needs_quotes(name):
            why = (
                "a reserved word" if name.upper() in RESERVED else "characters that need back-ticks"
            )
            self.note(path, "quoted", why)

    def _included(self, path: Path) -> bool:
        wanted = self.policy.include
        return not wanted or any(matches(path[:n], wanted) for n in range(1, len(path) + 1))

    def _excluded(self, path: Path) -> bool:
        return matches(path, self.policy.exclude)


def _of(some: int, every: int) -> str:
    return f"{some:,} of {counted(every, 'number')}"


def _holds_fields(chosen: KsqlType) -> bool:
    """Tell whether a type that was not asked for itself holds fields that were."""
    while isinstance(chosen, Array):
        chosen = chosen.item
    return isinstance(chosen, Struct)


def choose_type(node: Node, path: Path, policy: ColumnPolicy) -> KsqlType:
    """Choose the type of one place: the first, from narrow to VARCHAR, that keeps what was seen.

    Args:
        node: what was seen there.
        path: where it is.
        policy: what the user decided.

    """
    return _Chooser(policy).type_of(node, path, node)
