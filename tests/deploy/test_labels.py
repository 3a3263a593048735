"""What the rules of a file are called."""

from __future__ import annotations

import pytest
from replaying import source

from schemagen.deploy.labels import RuleLabel
from schemagen.replay.engine import Replay

QUERY = "CREATE STREAM A AS SELECT S FROM SRC WHERE S = 'x';\n"


def labels(comments="", query=QUERY):
    return Replay(f"{source()}{comments}{query}").labels


@pytest.mark.parametrize(
    ("comments", "title"),
    [
        ("-- A Title\n-- id: 1\n-- high, test, rules/a.yml:1\n", ("A Title", "high")),
        ("-- A Title\n-- id: 1\n-- no level, test, a.yml:1\n", ("A Title",)),
        ("-- A Title\n-- id: 1\n-- low, no status, a, b.yml:1\n", ("A Title", "low")),
        ("-- of the stream before\n-- A Title\n-- id: 1\n", ("A Title",)),
        ("-- id: widened, to VARCHAR\n-- A Title\n-- id: 1\n", ("A Title",)),
        ("-- By hand\n-- Rule ID: 1\n-- high time\n", ("By hand",)),
    ],
)
def test_a_title_stands_in_the_comment_over_the_id(comments, title):
    assert labels(comments) == {"1": RuleLabel("1", *title)}


@pytest.mark.parametrize("comments", ["", "-- id: 1\n", "-- A comment, but no id\n"])
def test_without_it_there_is_none(comments):
    assert labels(comments) == {}


def test_a_query_of_many_rules_names_each_in_what_it_writes():
    rule = "CASE WHEN S = '{0}' THEN STRUCT(`id` := '{0}', `title` := '{1}', `level` := {2}) END"
    rules = ", ".join(
        rule.format(*each)
        for each in (("1", "It''s", "'high'"), ("2", "Other", "CAST(NULL AS VARCHAR)"))
    )
    query = f"CREATE STREAM A AS SELECT EXPLODE(ARRAY[{rules}]) AS `rule` FROM SRC;"
    assert labels("-- All rules\n", query) == {
        "1": RuleLabel("1", "It's", "high"),
        "2": RuleLabel("2", "Other"),
    }


def test_what_an_event_says_is_no_title():
    query = "CREATE STREAM A AS SELECT STRUCT(`id` := '1', `title` := S) AS `rule` FROM SRC;"
    assert labels("", query) == {}
