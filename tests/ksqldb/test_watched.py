"""The narrow declaration of a topic that detections read."""

from __future__ import annotations

import pytest
from compiling import struct

from schemagen.ksqldb.dialect import parse_expression
from schemagen.ksqldb.types import render
from schemagen.ksqldb.watched import declared_steps, narrowed, reads_of

COLUMNS = struct(
    "s VARCHAR, `S` VARCHAR, r STRUCT<a VARCHAR, `b` STRUCT<c BIGINT, d VARCHAR>>, "
    "l ARRAY<STRUCT<x VARCHAR, y VARCHAR>>, m MAP<VARCHAR, VARCHAR>"
)


def shown(columns):
    return ", ".join(f"{each.name} {render(each.type)}" for each in columns.fields)


@pytest.mark.parametrize(
    ("expression", "kept"),
    [
        ("s = 'x'", "s VARCHAR, S VARCHAR"),
        ("r->a = 'x' AND LCASE(r->`b`->c) = 'y'", "r STRUCT<a VARCHAR, `b` STRUCT<c BIGINT>>"),
        ("r->`b` IS NOT NULL", "r STRUCT<`b` STRUCT<c BIGINT, d VARCHAR>>"),
        ("m['k'] = 'x'", "m MAP<VARCHAR, VARCHAR>"),
        ("ARRAY_LENGTH(FILTER(l, I => I->x = 'q')) > 0", "l ARRAY<STRUCT<x VARCHAR, y VARCHAR>>"),
        ("ROWTIME > 0", "s VARCHAR"),
    ],
)
def test_what_is_read_is_declared_as_it_was_and_nothing_else(expression, kept):
    reads = reads_of([parse_expression(expression)])
    assert shown(narrowed(COLUMNS, reads)) == kept


def test_what_a_narrow_declaration_reads_can_be_declared_anew():
    narrow = narrowed(COLUMNS, [("R", "b", "C"), ("M",)])
    changed = struct("r VARCHAR, m MAP<VARCHAR, BIGINT>, other BIGINT")
    assert shown(narrowed(changed, declared_steps(narrow))) == "r VARCHAR, m MAP<VARCHAR, BIGINT>"
