from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from schemagen.ksqldb.dialect import parse_one, parse_script, write, write_script

COMMENTED = """\
-- The stream of the logs.
-- From the topic of Winlogbeat.
CREATE STREAM s (
    -- when
    `@timestamp` VARCHAR,
    winlog STRUCT<
        -- which
        id INT,
        name VARCHAR
    >
) WITH (
    -- where
    KAFKA_TOPIC = 't'
);
-- Behind it.

CREATE STREAM t AS
SELECT
    -- first
    a AS b,
    c
FROM s
WHERE
    -- one
    a = 1
    OR (
        -- two
        b = 2
        -- three
        AND c = 3
    )
    -- four
    OR d = 4;
"""


def test_comments_stay_where_they_are():
    statements = parse_script(COMMENTED.replace(";\n-- Behind", "; -- Behind"))
    assert write_script(statements) == COMMENTED


def test_no_comment_is_lost_wherever_it_stands():
    words = "CREATE STREAM s WITH ( A = 'b' ) AS SELECT a , f ( b , x => x [ 1 ] ) AS c FROM s"
    words += " JOIN t WITHIN 1 DAY ON s . a = t . a WHERE NOT ( a = 1 AND b IN ( 1 , 2 ) )"
    words += " GROUP BY a HAVING b > 1 EMIT CHANGES ;"
    parts = words.split()
    for form in ("/* c{} */", "-- c{}\n"):
        sql = form.format(0)
        for place, part in enumerate(parts, 1):
            sql += f" {part} {form.format(place)}"
        (tree,) = parse_script(sql)
        for pretty in (True, False):
            written = write(tree, pretty=pretty)
            for place in range(len(parts) + 1):
                assert f" c{place} " in written.replace("\n", " ") + " "
            assert parse_one(written) == tree


def test_trailing_notes_on_columns_stay_with_their_columns():
    create = parse_one("CREATE STREAM s (a INT, -- first\n b INT -- second\n, c INT /* third */);")
    comments = {item.name: item.comments for item in create.this.expressions}
    assert comments == {"a": ["first"], "b": ["second"], "c": ["third"]}


@pytest.mark.parametrize(
    "comment",
    ["*/ DROP STREAM s; /*", "a\nDROP STREAM s;", "a\r\nDROP STREAM s;", "", " ", "\n", "-", "--",
     "@x", "/*", "*", "/", "a */", "${x:-DROP}", "\u2028DROP STREAM s;", "\x00", "\ud800",
     "sqlglot.meta trailing_comments=1", "a\n\nb"],
)  # fmt: skip
def test_no_comment_breaks_out(comment):
    tree = parse_one("CREATE STREAM s (a INT);")
    for node in (tree, tree.this.expressions[0]):
        node.comments = [comment]
    tree.meta["trailing_comments"] = [comment]
    for pretty in (True, False):
        written = write_script([tree, tree], pretty=pretty)
        assert parse_script(written) == [tree, tree]
        assert "${" not in written
        written.encode()
        assert all(line.strip() != "--" for line in written.splitlines())


@given(st.text(max_size=20), st.booleans())
@settings(deadline=None)
def test_any_comment_leaves_the_statement_as_it_is(comment, pretty):
    tree = parse_one("SELECT a, f(b) FROM s WHERE a = 1 OR b = 2;")
    for node in list(tree.walk()):
        if isinstance(node, (exp.Select, exp.Column, exp.EQ, exp.Or, exp.Literal)):
            node.comments = [comment]
    assert parse_script(write(tree, pretty=pretty)) == [tree]
