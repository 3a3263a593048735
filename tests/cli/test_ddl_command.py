"""`schemagen ddl`."""

from __future__ import annotations

import json

import pytest

from schemagen.ksqldb.dialect import parse_script, properties, stream_name


@pytest.fixture
def inferred(run, events):
    run("infer", "--from", events({"@timestamp": "2024-05-06T07:08:09.123Z", "a": {"b": 1}}), "t")


@pytest.mark.usefixtures("inferred")
def test_the_statement_goes_to_standard_output(run):
    result = run("ddl", "t")
    (statement,) = parse_script(result.out)
    assert (stream_name(statement), result.code) == ("T", 0)
    assert result.err.startswith("@timestamp is a time in every message")
    assert "1 of 1 sampled record survives" in result.out


@pytest.mark.usefixtures("inferred")
def test_or_to_a_file_with_the_proof_on_the_terminal(run, tmp_path):
    result = run("ddl", "t", "--out", "stream.sql")
    assert "1 of 1 sampled record survives, 0 values altered." in result.err
    assert parse_script((tmp_path / "stream.sql").read_text())


@pytest.mark.usefixtures("inferred")
def test_options_of_the_stream(run):
    result = run(
        "ddl", "t", "--stream", "X", "--or-replace", "--event-time", "@timestamp", "--quote", "all",
        "--with", "PARTITIONS=6", "--with", "KEY_FORMAT=JSON",
    )  # fmt: skip
    (statement,) = parse_script(result.out)
    assert result.out.startswith(
        "CREATE OR REPLACE STREAM X (\n    `@timestamp` VARCHAR,\n    `a` "
    )
    assert properties(statement) == {
        "KAFKA_TOPIC": "t",
        "VALUE_FORMAT": "JSON",
        "PARTITIONS": 6,
        "KEY_FORMAT": "JSON",
        "TIMESTAMP": "`@timestamp`",
        "TIMESTAMP_FORMAT": "yyyy-MM-dd'T'HH:mm:ss.SSSX",
    }
    assert run("ddl", "t", "--source-stream").out.startswith("CREATE SOURCE STREAM T (")


@pytest.mark.usefixtures("inferred")
def test_a_report_for_machines(run):
    report = run("ddl", "t", "--format", "json").json
    assert report["proof"] == {
        "messages": 1,
        "dropped_at_most": 0,
        "altered": 0,
        "sentence": "1 of 1 sampled record survives, 0 values altered.",
    }
    assert parse_script(report["statement"])


@pytest.mark.usefixtures("inferred")
def test_the_project_file_decides_and_flags_win(run, tmp_path):
    (tmp_path / "schemagen.toml").write_text(
        '[topics.t]\nstream = "FROM_FILE"\nintegers = "fit"\n'
        '[topics.t.types]\na = "MAP<VARCHAR, INT>"\n'
    )
    assert run("ddl").out.startswith("CREATE STREAM FROM_FILE (")
    assert "MAP<VARCHAR, INT>" in run("ddl").out
    assert run("ddl", "--stream", "FLAG").out.startswith("CREATE STREAM FLAG (")


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ('[topics.t.types]\na = "BIGINT"', "a: 1 value of a would be dropped"),
        ('[topics.t.types]\na = "NUMBER"', "types of topic t, a"),
        ('[topics.t]\nevent_time = "a"', "holds neither text nor whole numbers"),
        ('[topics.t]\nstreams = "X"', "stream"),
    ],
)
@pytest.mark.usefixtures("inferred")
def test_a_wrong_project_file_is_an_error(run, tmp_path, toml, says):
    (tmp_path / "schemagen.toml").write_text(toml)
    result = run("ddl", "t")
    assert result.code == 2
    assert says in result.err
    assert result.out == ""


@pytest.mark.usefixtures("inferred")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--with", "nonsense"], "is not NAME=VALUE"),
        (["--with", "KAFKA_TOPIC=x"], "can't set KAFKA_TOPIC"),
        (["--stream", "a b"], "can't be the name of a stream"),
        (["--include", "nothing"], "No field of t is left"),
        (["--event-time", "missing"], "is not a column"),
        (["--unwrap", "missing"], "no text of this field was a JSON object"),
    ],
)
def test_wrong_options_are_one_clear_sentence(run, arguments, says):
    result = run("ddl", "t", *arguments)
    assert result.code == 2
    assert says in result.err


def test_without_a_schema_it_says_how_to_make_one(run):
    result = run("ddl", "t")
    assert result.code == 2
    assert "schemagen infer t" in result.err


@pytest.mark.usefixtures("inferred")
def test_without_evidence_it_says_that_nothing_is_proven(run, tmp_path):
    (tmp_path / "schemas" / "t.evidence.json").unlink()
    assert "-- Not proven" in run("ddl", "t").out


@pytest.mark.usefixtures("inferred")
@pytest.mark.parametrize("text", ["", "{}", '{"schemagen": {"evidence": 99}}', "[]"])
def test_broken_evidence_is_refused(run, tmp_path, text):
    (tmp_path / "schemas" / "t.evidence.json").write_text(text)
    result = run("ddl", "t")
    assert result.code == 2
    assert "t.evidence.json" in result.err


@pytest.mark.usefixtures("inferred")
def test_the_team_can_take_fields_out_of_the_schema(run, tmp_path):
    path = tmp_path / "schemas" / "t.schema.json"
    document = json.loads(path.read_text())
    del document["properties"]["a"]
    path.write_text(json.dumps(document))
    assert "a STRUCT" not in run("ddl", "t").out


def test_a_key_that_the_schema_lacks_is_still_read_by_another_spelling(run, events, tmp_path):
    """An unquoted `t` would read `T` too: what the messages hold decides, not the schema alone."""
    run("infer", "--from", events({"t": 5, "T": "junk"}), "t")
    path = tmp_path / "schemas" / "t.schema.json"
    document = json.loads(path.read_text())
    del document["properties"]["T"]
    path.write_text(json.dumps(document))
    assert "`t` BIGINT" in run("ddl", "t").out


def test_a_hint_is_held_against_every_spelling_that_its_column_reads(run, events, tmp_path):
    run("infer", "--from", events({"ID": 1}, {"iD": "x"}), "t")
    (tmp_path / "schemagen.toml").write_text('[topics.t.types]\n"ID" = "BIGINT"\n')
    result = run("ddl", "t")
    assert result.code == 2
    assert "1 value of iD would be dropped" in result.err


def test_records_that_no_declaration_saves_are_told_under_the_proof(run, events):
    run("infer", "--from", events({"a": 1}, "{", '{"a": 1, "a": 2}'), "t")
    sql = run("ddl", "t").out
    assert "-- 1 of 3 records could not be read: ksqlDB drops them." in sql
    assert "-- 1 record: a key twice in one object." in sql


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"$ref": "#/x"}, "uses $ref"),
        ({"type": "array", "items": True}, "true in place of a schema"),
        ({"x-schemagen": 1}, "x-schemagen that is not an object"),
    ],
)
@pytest.mark.usefixtures("inferred")
def test_what_is_not_read_in_an_edited_schema_is_refused(run, tmp_path, change, says):
    path = tmp_path / "schemas" / "t.schema.json"
    document = json.loads(path.read_text())
    document["properties"]["a"] = change
    path.write_text(json.dumps(document))
    result = run("ddl", "t")
    assert result.code == 2
    assert says in result.err


@pytest.mark.usefixtures("inferred")
def test_evidence_of_another_topic_is_refused(run, tmp_path):
    path = tmp_path / "schemas" / "t.evidence.json"
    path.write_text(path.read_text().replace('"topic": "t"', '"topic": "other"'))
    result = run("ddl", "t")
    assert (result.code, "evidence of the topic other" in result.err) == (2, True)


@pytest.mark.usefixtures("inferred")
def test_a_link_stays_a_link(run, tmp_path):
    (tmp_path / "link.sql").symlink_to(tmp_path / "target.sql")
    assert run("ddl", "t", "-o", "link.sql").code == 0
    assert (tmp_path / "link.sql").is_symlink()
    assert parse_script((tmp_path / "target.sql").read_text())


def test_a_clean_time_at_the_top_is_proposed_until_it_is_taken(run, events):
    when = "2025-03-11T08:01:12.603Z"
    run("infer", "--from", events({"@timestamp": when, "a": 1}), "t")
    assert "--event-time @timestamp makes it the time of the stream's rows." in run("ddl").err
    assert "--event-time" not in run("ddl", "--event-time", "@timestamp").err


@pytest.mark.usefixtures("inferred")
def test_what_ksqldb_drops_is_kept_where_it_is_asked_for(run, tmp_path):
    names = [stream_name(each) for each in parse_script(run("ddl", "t", "--rescue").out)]
    assert names == ["T", "T_DROPPED", "T_DROPPED"]
    (tmp_path / "schemagen.toml").write_text("[topics.t]\nrescue = true\n")
    assert run("ddl", "t", "--out", "stream.sql").code == 0
    assert "CREATE STREAM T_DROPPED (" in (tmp_path / "stream.sql").read_text()
