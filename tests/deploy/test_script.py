"""A script is one file, or a folder whose manifest orders its files."""

from __future__ import annotations

import pytest

from schemagen.deploy.script import MANIFEST, parse_text, read_script
from schemagen.errors import InputError

EVENTS = "CREATE STREAM EVENTS (a VARCHAR) WITH (KAFKA_TOPIC='e', VALUE_FORMAT='JSON');\n"
ALERTS = "CREATE STREAM ALERTS (a VARCHAR) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON');\n"
INSERT = "\nINSERT INTO ALERTS WITH (QUERY_ID='q_1') SELECT a FROM EVENTS WHERE a = 'x';\n"


def folder(tmp_path, manifest, **files):
    for name, text in files.items():
        (tmp_path / f"{name}.sql").write_text(text, encoding="utf-8")
    (tmp_path / MANIFEST).write_text(manifest, encoding="utf-8")
    return tmp_path


def test_a_file_and_a_folder_of_the_same_statements_hold_the_same(tmp_path):
    (tmp_path / "one.sql").write_text(EVENTS + ALERTS + INSERT, encoding="utf-8")
    whole = read_script(tmp_path / "one.sql")
    made = folder(
        tmp_path,
        "# The order in which they run.\ne.sql\nz.sql\nb.sql\n",
        e=EVENTS,
        z=ALERTS,
        b=INSERT,
    )
    parts = read_script(made)
    assert parts.trees == whole.trees
    assert [(each.origin, each.line) for each in parts.statements] == [
        (str(tmp_path / "e.sql"), 1),
        (str(tmp_path / "z.sql"), 1),
        (str(tmp_path / "b.sql"), 2),
    ]


def test_comments_and_empty_lines_of_a_manifest_are_skipped(tmp_path):
    made = folder(tmp_path, "# first\n\n e.sql \n", e=EVENTS)
    assert len(read_script(made).statements) == 1


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        ("../e.sql\n", "outside of its folder"),
        ("/etc/passwd\n", "outside of its folder"),
        ("e.sql\ne.sql\n", "twice"),
        ("missing.sql\n", "Can't read"),
    ],
)
def test_a_manifest_that_can_not_be_followed_is_refused(tmp_path, manifest, says):
    with pytest.raises(InputError, match=says):
        read_script(folder(tmp_path, manifest, e=EVENTS))


def test_a_folder_without_a_manifest_is_refused(tmp_path):
    with pytest.raises(InputError, match=MANIFEST):
        read_script(tmp_path)


def test_a_statement_that_ksqldb_refuses_is_named_with_file_and_line(tmp_path):
    with pytest.raises(InputError, match=r"e\.sql:2:"):
        read_script(folder(tmp_path, "e.sql\n", e="\nCREATE STREAM (;"))


def test_a_query_has_its_target_sources_id_and_columns():
    sql = EVENTS + ALERTS + INSERT + "CREATE STREAM J AS SELECT e.a, b->c AS `d`, * FROM EVENTS e;"
    first, second = parse_text(sql, "f.sql").queries
    assert (first.target, first.sources, first.query_id, first.columns) == (
        "ALERTS", [("EVENTS", "EVENTS")], "Q_1", ("A",),
    )  # fmt: skip
    assert (second.target, second.sources, second.query_id, second.columns) == (
        "J", [("EVENTS", "E")], None, ("A", "d", "*"),
    )  # fmt: skip
