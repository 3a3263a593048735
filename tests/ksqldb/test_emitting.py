"""No statement is handed out that the engine is known to refuse."""

from __future__ import annotations

import pytest

from schemagen.errors import InputError
from schemagen.ksqldb.dialect import parse_one, write_script
from schemagen.ksqldb.emitting import emitted

FINE = "CREATE STREAM s (a VARCHAR) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');"


def query(condition, options="WITH (QUERY_ID='Q_1')"):
    return parse_one(f"INSERT INTO s {options} SELECT * FROM t WHERE {condition};")


def test_what_the_engine_takes_is_written_as_always():
    statements = [parse_one(FINE), query("a = 'x'")]
    assert emitted(statements) == write_script(statements)
    assert emitted([]) == ""


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        (" OR ".join(f"a = '{n}'" for n in range(1_700)), "levels of an expression"),
        (f"a IN ({', '.join(repr(str(n) * 80) for n in range(4_000))})", "with its plan"),
    ],
)
def test_a_statement_beyond_a_limit_is_refused_by_name_and_in_a_sentence(condition, why):
    with pytest.raises(InputError) as refused:
        emitted([parse_one(FINE), query(condition)])
    assert "ksqlDB would refuse the statement of Q_1: it has " in refused.value.what
    assert why in refused.value.what
    assert "'1'" not in refused.value.what
