r"""Many texts of one object, looked for in the text of the whole object.

To join a hundred fields of a STRUCT costs a hundred look-ups for each event. ksqlDB looks up a
column under its stored name and then in any case, so that one object can be declared twice: as the
STRUCT, and under its other spelling as VARCHAR, which gives its JSON at once. Each text of a field
stands in that JSON, but for what JSON escapes and what stands between values: so only parts of
texts are looked for that hold neither. More is found there than in the fields, such as keys; never
less.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.detections.predicates import is_null
from schemagen.detections.references import BETWEEN_TEXTS
from schemagen.ksqldb.dialect import call
from schemagen.ksqldb.names import string_literal
from schemagen.ksqldb.watched import steps_of, text_of_struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.ksqldb.types import Struct

_FEWEST = 20
"""Fewer fields are joined as they are."""
_SHORTEST = 4
_SAME_IN_JSON = re.compile(r"[A-Za-z0-9 !#%&'()*+./:;<>?@^_`|~-]+")
"""What JSON doesn't escape, and what no array or object is written with."""
_LETTER = re.compile(r"[A-DF-Za-df-z]")
"""A letter that stands in no number: numbers are written anew."""


class WholeObjects:
    """Finds the objects among joined fields that can be read as one text.

    Args:
        columns: the columns of the events.

    """

    def __init__(self, columns: Struct) -> None:
        self._columns = columns

    def read(
        self, values: Sequence[exp.Expr], texts: Sequence[str]
    ) -> tuple[list[exp.Expr], list[str]]:
        """Return fewer values in which texts can be looked for, and the texts to look for.

        Args:
            values: the texts that are joined.
            texts: what is looked for, in lower case.

        Returns:
            The same as it was where nothing is gained.

        """
        shorter = list(map(_same_in_json, texts))
        fields: dict[str, list[exp.Dot]] = defaultdict(list)
        for value in values:
            if isinstance(value, exp.Dot):
                fields[value.this.sql()].append(value)
        whole = {
            name: text
            for name, inner in fields.items()
            if len(inner) >= _FEWEST and (text := self._text(inner[0])) is not None
        }
        if not whole or any(each is None for each in shorter):
            return list(values), list(texts)
        rest = [
            value
            for value in values
            if not isinstance(value, exp.Dot) or value.this.sql() not in whole
        ]
        objects = [_or_fields(text, fields[name]) for name, text in whole.items()]
        return [*rest, *objects], sorted({each for each in shorter if each is not None})

    def _text(self, field: exp.Dot) -> exp.Expr | None:
        """Return the column of the JSON of the object that a field is of; None for none."""
        found: exp.Expr = field.this.copy()
        steps = steps_of(found)
        named = None if steps is None else text_of_struct(self._columns, steps)
        if named is None:
            return None
        part = found.expression if isinstance(found, exp.Dot) else found.this
        part.replace(exp.Identifier(this=named.name, quoted=named.quoted))
        return found


def _or_fields(text: exp.Expr, fields: Sequence[exp.Dot]) -> exp.Expr:
    """Read the text, or the fields where it is missing: under a third spelling, or altogether."""
    joined = call("CONCAT_WS", string_literal(BETWEEN_TEXTS), *(each.copy() for each in fields))
    branch = exp.If(this=is_null(text.copy()), true=joined)
    return exp.Case(ifs=[branch], default=text)


def _same_in_json(text: str) -> str | None:
    """Return the longest part of a text that JSON writes as it is; None where it says little."""
    parts = [part for part in _SAME_IN_JSON.findall(text) if _LETTER.search(part)]
    longest = max(parts, key=len, default="")
    return longest if len(longest) >= _SHORTEST else None
