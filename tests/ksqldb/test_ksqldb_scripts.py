"""Files of statements: cut into texts that are read one by one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemagen.errors import InputError
from schemagen.ksqldb.scripts import cut, read_statements

comments = st.sampled_from([
    "", "-- id: a\n", "/* id: b; */", "-- it's; `x\n", "/* \" ' */\n", "--\n", "/* 1\n2 */ ",
])  # fmt: skip
values = st.sampled_from(["'a;b'", "'it''s; -- no'", "`x;y`", '"p;q"', "';'", "1", "'/*'", "''';'"])
behind = st.sampled_from([
    "\n", "", " ", " -- id: c\n", " \r\n\n", "\n-- d;\n", " /* e */\n", "-- f\r",
])  # fmt: skip
statements = st.builds(
    "{0}CREATE STREAM S{2}AS SELECT {1} {0}FROM T{2};{3}".format,
    comments, values, st.sampled_from([" ", "\n", " /* ; */ "]), behind,
)  # fmt: skip
scripts = st.builds("{}{}".format, st.lists(statements, max_size=5).map("".join), comments)


def known(sql: str, before: int = 0) -> list[tuple[object, int, list[str]]]:
    return [
        (statement, before + line, list(statement.comments or ()))
        for statement, line in read_statements(sql, "")
    ]


@given(scripts | st.text("';`\"-/*\n\r aS1", max_size=30))
def test_what_is_read_text_by_text_is_what_the_file_says(sql):
    texts = cut(sql)
    assert "".join(text for text, _ in texts) == sql
    try:
        whole = known(sql)
    except InputError:
        with pytest.raises(InputError):
            [known(*each) for each in texts]
    else:
        assert [found for each in texts for found in known(*each)] == whole


def test_each_text_has_a_statement_and_the_comments_over_it():
    sql = "-- first\nDROP STREAM A; -- of the first\n\n-- second\nDROP STREAM B;\n-- nothing\n"
    assert cut(sql) == [
        ("-- first\nDROP STREAM A; -- of the first\n", 0),
        ("\n-- second\nDROP STREAM B;\n", 2),
        ("-- nothing\n", 5),
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "DROP STREAM A; DROP STREAM B;\n",
        "DROP STREAM A; /* B */\n",
        # A CR ends a comment, but no line.
        "DROP STREAM A; -- A\r-- A\nDROP STREAM B;\n",
        "DROP STREAM A; --\nA\r-- A\nDROP STREAM B;\n",
    ],
)
def test_what_stands_behind_a_semicolon_on_its_line_is_not_cut_off(sql):
    assert cut(sql) == [(sql, 0)]
