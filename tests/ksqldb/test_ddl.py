"""From schema and evidence to CREATE STREAM."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import BATCHES, KEYS, VALUES

from schemagen.errors import InputError
from schemagen.ksqldb.choose import ColumnPolicy
from schemagen.ksqldb.ddl import StreamOptions, comment_block, stream_ddl, stream_name_for
from schemagen.ksqldb.dialect import columns, parse_script, properties, stream_name
from schemagen.ksqldb.types import parse_type, render
from schemagen.profile.profile import Profile
from schemagen.schema.build import build_schema
from schemagen.schema.shape import shape

ARTICLE = Path(__file__).parent / "fixtures" / "article.sql"


def ddl(messages, **options):
    profile = Profile()
    profile.add(messages)
    joined = shape(build_schema(profile.root, "t"), profile.root)
    policy = ColumnPolicy(**options.pop("policy", {}))
    return stream_ddl(
        joined, profile.root, StreamOptions(**{"name": "S", "topic": "t"} | options, policy=policy)
    )


def test_the_statement_says_what_it_reads():
    made = ddl([{"a": 1}], properties={"PARTITIONS": 6}, or_replace=True)
    (statement,) = parse_script(made.sql())
    assert stream_name(statement) == "S"
    assert properties(statement) == {"KAFKA_TOPIC": "t", "VALUE_FORMAT": "JSON", "PARTITIONS": 6}
    assert made.sql().startswith("CREATE OR REPLACE STREAM S (\n    a BIGINT\n) WITH (")


def test_the_proof_stands_under_the_statement():
    sql = ddl([{"a": 1}] * 3).sql()
    assert sql.endswith(");\n-- 3 of 3 sampled records survive, 0 values altered.\n")


def test_arrays_that_no_type_keeps_are_counted_and_reported():
    sql = ddl([{"a": [1, 2]}, {"a": "x"}]).sql()
    assert "-- 2 of 2 sampled records survive, 1 value altered." in sql
    assert "-- a: 1 value altered, array flattened to text that is not JSON" in sql


def test_without_evidence_nothing_is_claimed():
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    made = stream_ddl(shape(schema, None), None, StreamOptions("S", "t"))
    assert made.proof.sentence().startswith("Not proven")


@pytest.mark.parametrize(
    ("hint", "values", "says"),
    [
        ("INT", ["x", 1], "a: 1 value of a would be dropped"),
        ("INT", [2**31], "a: 1 value of a would be altered"),
        ("MAP<VARCHAR, BIGINT>", [{"k": "x"}], "a: 1 value of a.k would be dropped"),
        ("ARRAY<BIGINT>", [["x", "y"]], r"a: 2 values of a\[\] would be dropped"),
    ],
)
def test_a_hint_that_loses_what_was_seen_is_an_error_with_counts(hint, values, says):
    with pytest.raises(InputError, match=says):
        ddl([{"a": v} for v in values], policy={"hints": {"a": parse_type(hint)}})


def test_the_event_time_is_named_with_its_format():
    made = ddl([{"@timestamp": "2024-05-06T07:08:09.123Z"}], event_time="@timestamp")
    assert "TIMESTAMP = '`@timestamp`'" in made.sql()
    assert "TIMESTAMP_FORMAT = 'yyyy-MM-dd''T''HH:mm:ss.SSSX'" in made.sql()


def test_bad_names_and_no_columns_are_refused():
    with pytest.raises(InputError, match="can't be the name of a stream"):
        ddl([{"a": 1}], name="my stream")
    with pytest.raises(InputError, match="No field of t is left"):
        ddl([{"a": 1}], policy={"include": ["nothing"]})


@pytest.mark.parametrize(
    ("topic", "name"),
    [("wineventlogs", "WINEVENTLOGS"), ("a.b-c", "A_B_C"), ("1st", "T_1ST")],
)
def test_a_stream_is_named_after_its_topic(topic, name):
    assert stream_name_for(topic) == name


HOSTILE_KEYS = st.one_of(
    KEYS,
    st.sampled_from(
        [
            "x VARCHAR) WITH (KAFKA_TOPIC='evil'); DROP STREAM S; --",
            "a` VARCHAR, b VARCHAR) --",
            "'; DROP STREAM S; '",
            "/* */",
            "*/",
            "-- x",
            "${env:SECRET}",
            "\u2028",
            "a\u0000b",
            'a"b',
            "STRUCT<",
            "select",
            "FROM",
            "ROWTIME",
            "k" * 1000,
        ]
    ),
    st.text(max_size=30),
)


@given(st.lists(st.dictionaries(HOSTILE_KEYS, VALUES, min_size=1, max_size=4), max_size=4))
def test_no_key_changes_the_meaning_of_the_statement(messages):
    messages = [{"safe": 1}, *messages]
    made = ddl(messages)
    (statement,) = parse_script(made.sql())
    assert stream_name(statement) == "S"
    assert properties(statement) == {"KAFKA_TOPIC": "t", "VALUE_FORMAT": "JSON"}
    written = [(c.name, c.quoted, c.type) for c in columns(statement)]
    assert written == [(f.name, f.quoted, f.type) for f in made.columns.fields]
    assert "${" not in made.sql()


@given(st.lists(st.text()))
def test_no_text_breaks_out_of_a_comment(lines):
    sql = (
        comment_block(lines)
        + "CREATE STREAM S (a INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');"
    )
    (statement,) = parse_script(sql)
    assert stream_name(statement) == "S"


@given(BATCHES)
def test_what_is_written_reads_back_as_declared(messages):
    made = ddl([{"safe": 1}, *messages])
    (statement,) = parse_script(made.sql())
    assert [c.type for c in columns(statement)] == [f.type for f in made.columns.fields]


def article_columns():
    statement = parse_script(ARTICLE.read_text())[0]
    return sorted((c.stored, c.quoted, tree(c.type)) for c in columns(statement))


def tree(declared):
    """A type as nested values in which the order of fields does not count."""
    if hasattr(declared, "fields"):
        return sorted((f.stored, f.quoted, str(tree(f.type))) for f in declared.fields)
    if hasattr(declared, "item"):
        return ["ARRAY", tree(declared.item)]
    return render(declared)


def message_of(declared):
    """An event as the article has it, its keys in random order."""
    if hasattr(declared, "fields"):
        fields = list(declared.fields)
        random.shuffle(fields)
        return {f.name: message_of(f.type) for f in fields}
    if hasattr(declared, "item"):
        return [message_of(declared.item)]
    return {"INT": 7, "BIGINT": 2**40, "VARCHAR": "text"}[render(declared)]


def test_the_articles_messages_give_the_articles_first_statement():
    statement = parse_script(ARTICLE.read_text())[0]
    declared = parse_type("STRUCT<x INT>")
    fields = tuple(columns(statement))
    messages = [message_of(type(declared)(fields)) for _ in range(20)]
    made = ddl(messages, name="WINLOGEVENTS", topic="wineventlogs", policy={"fit_integers": True})
    (written,) = parse_script(made.sql())
    assert stream_name(written) == stream_name(statement)
    assert properties(written) == properties(statement)
    assert sorted((c.stored, c.quoted, tree(c.type)) for c in columns(written)) == article_columns()
