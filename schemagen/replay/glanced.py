"""Which items of an array can be there in a row: a glance at each, for all rows at once.

Nearly all glances ask whether a column has a text, or is one. DuckDB takes long to plan a thousand
such conditions. So the texts are handed to it as rows, which are joined with those of the stream.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from schemagen.replay.translation.sql import NULL, any_of, case, number, select
from schemagen.replay.translation.values import as_column

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemagen.replay.translation.context import ExplodedItem
    from schemagen.replay.translation.sql import Sql

_TEXT = r"'((?:[^']|'')*)'"
_ASKS = re.compile(rf"(contains|starts_with|ends_with)\((\w+), {_TEXT}\)", re.DOTALL)
_IS = re.compile(rf"\((\w+) = {_TEXT}\)", re.DOTALL)
_IS_IN = re.compile(rf"\((\w+) IN \(({_TEXT}(?:, {_TEXT})*)\)\)", re.DOTALL)
_EACH = re.compile(_TEXT, re.DOTALL)
_HALVES = re.compile("[\ud800-\udfff]")


class Glance:
    """A glance at items, for rows.

    Args:
        items: the items; those without a glance are left out.

    Attributes:
        columns: the columns that are asked for texts.

    """

    def __init__(self, items: Sequence[ExplodedItem]) -> None:
        self.columns: dict[str, int] = {}
        self._asked: dict[str, list[tuple[int, str, int]]] = {}
        self._others: list[tuple[Sql, int]] = []
        for place, item in enumerate(items):
            rest = [leaf for leaf in item.glance or () if not self._takes(leaf, place)]
            if rest:
                self._others.append((any_of(rest), place))

    def _takes(self, leaf: str, place: int) -> bool:
        """Take a condition that asks a column for texts; tell whether it is one."""
        texts = [] if _HALVES.search(leaf) else list(_texts(leaf))
        for column, how, text in texts:
            column_number = self.columns.setdefault(column, len(self.columns))
            self._asked.setdefault(how, []).append((column_number, text, place))
        return bool(texts)

    def texts(self, rows: str) -> str:
        """Write a SELECT of the texts of rows: i, the number of the column as c, and t."""
        listed, numbers = ", ".join(self.columns), ", ".join(map(str, self.columns.values()))
        every = select(["i", f"unnest([{numbers}]) AS c", f"unnest([{listed}]) AS t"], rows)
        return select(["*"], f"({every})", where="t IS NOT NULL")

    def seen(self, rows: str, texts: str) -> tuple[str, dict[str, Any]]:
        """Write a SELECT of the rows with the places of the items that can be there, as i and j.

        Args:
            rows: what stands for the rows in a FROM.
            texts: the table of their texts.

        Returns:
            The SELECT, which may give a pair twice, and its parameters.

        """
        selects = [numbered(rows, self._others)] if self._others or not self._asked else []
        given: dict[str, Any] = {}
        for at, (how, asked) in enumerate(self._asked.items()):
            columns, listed, places = zip(*asked, strict=True)
            given_as = [
                ("c", "INTEGER", columns),
                ("t", "VARCHAR", listed),
                ("j", "INTEGER", places),
            ]
            written = []
            for name, declared, values in given_as:
                column, given[f"{name}{at}"] = as_column(f"{name}{at}", declared, values)
                written.append(f"{column} AS {name}")
            asks = f"(SELECT {', '.join(written)}) AS a"
            holds = "r.t = a.t" if how == "=" else f"{how}(r.t, a.t)"
            selects.append(
                select(["r.i", "a.j"], f"{texts} AS r JOIN {asks} ON r.c = a.c AND {holds}")
            )
        return " UNION ALL ".join(selects), given


def numbered(rows: str, conditions: Sequence[tuple[Sql, int]]) -> str:
    """Write a SELECT of the rows in which a condition holds, and the condition's number as j."""
    numbers = ", ".join(case([(condition, number(n))], NULL) for condition, n in conditions)
    every = select(["i", f"unnest([{numbers}]) AS j"], rows)
    return select(["i", "j"], f"({every})", where="j IS NOT NULL")


def _texts(leaf: str) -> Iterator[tuple[str, str, str]]:
    """Yield the column, how it is asked, and the texts that are asked for."""
    found = _ASKS.fullmatch(leaf)
    if found is not None:
        yield found[2], found[1], _unquoted(found[3])
    found = _IS.fullmatch(leaf)
    if found is not None:
        yield found[1], "=", _unquoted(found[2])
    found = _IS_IN.fullmatch(leaf)
    if found is not None:
        for each in _EACH.finditer(found[2]):
            yield found[1], "=", _unquoted(each[1])


def _unquoted(text: str) -> str:
    return text.replace("''", "'")
