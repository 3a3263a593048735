"""`schemagen infer`."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SECRET = "correct-horse-battery-staple"


def schema_file(folder, topic="t"):
    return folder / "schemas" / f"{topic}.schema.json"


def test_schema_and_evidence_are_written_and_the_fields_shown(run, events, tmp_path):
    path = events({"a": 1, "b": {"c": "x"}}, {"a": "text"})
    result = run("infer", "--from", path, "t")
    assert result.code == 0
    assert "t: 2 messages, 3 fields, 1 with conflicting types" in result.out
    assert "a  integer|text  conflict" in result.out
    assert "2 messages are too few to tell how likely the next one shows a field" in result.err
    assert json.loads(schema_file(tmp_path).read_text())["title"] == "t"
    evidence = json.loads((tmp_path / "schemas" / "t.evidence.json").read_text())
    assert evidence["profile"]["messages"] == 2
    assert evidence["records"]["used"] == 2


def test_conflicts_come_first(run, events):
    result = run("infer", "--from", events({"a": 1, "z": 1}, {"a": 2, "z": "x"}), "t")
    assert result.out.index("z  ") < result.out.index("a  ")


def test_both_files_are_the_same_to_the_byte_for_the_same_sample(run, events, tmp_path):
    messages = [{f"k{i % 7}": i, "a": {"b": [i, None]}} for i in range(50)]
    run("infer", "--from", events(*messages), "t", "--schema", "one/t.schema.json")
    shuffled = [dict(random.sample(sorted(m.items()), len(m))) for m in messages]
    random.shuffle(shuffled)
    run("infer", "--from", events(*shuffled), "t", "--schema", "two/t.schema.json")
    for name in ("t.schema.json", "t.evidence.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_second_run_keeps_the_order_of_the_committed_file_and_appends(run, events, tmp_path):
    run("infer", "--from", events({"m": 1, "z": 1}), "t")
    document = json.loads(schema_file(tmp_path).read_text())
    document["properties"] = {k: document["properties"][k] for k in ("z", "m")}
    schema_file(tmp_path).write_text(json.dumps(document))
    result = run("infer", "--from", events({"a": 1, "m": 1, "z": 1}), "t")
    assert list(json.loads(schema_file(tmp_path).read_text())["properties"]) == ["z", "m", "a"]
    assert "1 field new" in result.err


def test_a_second_run_keeps_what_was_reviewed(run, events, tmp_path):
    both = [{"a": 1, "o": {"p": "x"}, "gone": 1}] * 300
    run("infer", "--from", events(*both), "t")
    document = json.loads(schema_file(tmp_path).read_text())
    document["title"] = "Events of the shop"
    document["properties"]["a"]["description"] = "How many"
    document["properties"]["o"]["properties"]["p"]["x-owner"] = "shop"
    schema_file(tmp_path).write_text(json.dumps(document))

    result = run("infer", "--from", events(*[{"a": "x", "o": {"p": "x", "q": 1}}] * 300), "t")
    kept = json.loads(schema_file(tmp_path).read_text())
    assert kept["title"] == "Events of the shop"
    assert kept["properties"]["a"]["description"] == "How many"
    assert kept["properties"]["a"]["type"] == ["integer", "string"]
    assert kept["properties"]["o"]["properties"]["p"]["x-owner"] == "shop"
    assert sorted(kept["properties"]["o"]["properties"]) == ["p", "q"]
    assert kept["properties"]["gone"]["type"] == "integer"
    assert kept["required"] == ["a", "o"]
    assert "Kept in the schema: 1 field that this sample does not show." in result.err
    assert "Surely gone from the data: 1 field: gone. `schemagen infer --prune`" in result.err


def test_what_is_surely_gone_is_removed_on_demand(run, events, tmp_path):
    run("infer", "--from", events(*[{"a": 1, "gone": 1}] * 300, {"a": 1, "rare": 1}), "t")
    later = events(*[{"a": "x"}] * 300)
    result = run("infer", "--from", later, "t", "--prune", "--format", "json")
    assert result.json["gone"] == ["gone"]
    assert result.json["pruned"] is True
    assert "Removed, surely gone from the data: 1 field: gone." in result.err
    properties = json.loads(schema_file(tmp_path).read_text())["properties"]
    assert sorted(properties) == ["a", "rare"]
    assert properties["a"]["type"] == "string"


def test_the_former_name_of_prune_works_with_a_notice(run, events, tmp_path):
    run("infer", "--from", events(*[{"a": 1, "gone": 1}] * 300), "t")
    result = run("infer", "--from", events(*[{"a": 1}] * 300), "t", "--update")
    assert "--update is called --prune now" in result.err
    assert list(json.loads(schema_file(tmp_path).read_text())["properties"]) == ["a"]


def test_a_report_for_machines(run, events):
    report = run("infer", "--from", events({"a": 1}, {"a": None}), "t", "--format", "json").json
    assert report["messages"] == 2
    assert report["fields"] == [
        {
            "path": "a",
            "kinds": {"integer": 1},
            "null": 1,
            "presence": 1.0,
            "conflict": False,
            "remarks": [],
        }
    ]


def test_quiet_says_nothing(run, events):
    result = run("infer", "--from", events({"a": 1}), "t", "--quiet")
    assert (result.code, result.out, result.err) == (0, "", "")


def test_several_files_archives_and_standard_input(run, events, tmp_path):
    plain = events({"a": 1})
    packed = tmp_path / "more.json.gz"
    packed.write_bytes(gzip.compress(b'[{"b": 1}, {"c": 1}]'))
    result = run("infer", "--from", plain, "--from", packed, "t", "--format", "json")
    assert result.json["messages"] == 3
    piped = subprocess.run(
        [sys.executable, "-c", "from schemagen.cli import main; main()", "infer", "--from", "-",
         "t", "--format", "json"],
        input=b'{"a": 1}\n', capture_output=True, cwd=tmp_path, check=True,
    )  # fmt: skip
    assert json.loads(piped.stdout)["messages"] == 1


def test_records_that_cannot_be_read_are_counted_with_their_place(run, events):
    path = events({"a": 1}, b"\xff", "{", "[1]", b"\x00\x00\x00\x00\x07{}")
    result = run("infer", "--from", path, "t")
    assert result.code == 0
    for words in ("not UTF-8: 1 of 5 records", "record 2", "ids seen: 7", "JSON_SR"):
        assert words in result.err


def test_any_number_of_jobs_writes_the_same_files(run, events, tmp_path):
    path = events(*({"a": i, f"k{i % 5}": {"b": [i, None]}} for i in range(2_000)), "{", b"\xff")
    for jobs in (1, 2, 3):
        run("infer", "--from", path, "t", "--jobs", jobs, "--schema", f"{jobs}/t.schema.json")
    for name in ("t.schema.json", "t.evidence.json"):
        assert len({(tmp_path / str(jobs) / name).read_bytes() for jobs in (1, 2, 3)}) == 1


def test_too_many_bad_records_are_a_finding(run, events):
    path = events({"a": 1}, "{", {"a": 2}, {"a": 3})
    assert run("infer", "--from", path, "t", "--max-bad", "25%").code == 0
    result = run("infer", "--from", path, "t", "--max-bad", "24%")
    assert result.code == 1
    assert "1 of 4 records can't be read" in result.err


def test_values_are_shown_only_when_asked_for(run, events, tmp_path):
    path = events({"a": SECRET, "b": [SECRET]}, f'{{"a": "{SECRET}"', {"a": 1})
    result = run("infer", "--from", path, "t")
    written = "".join(p.read_text() for p in (tmp_path / "schemas").iterdir())
    assert SECRET not in result.out + result.err + written
    assert SECRET in run("infer", "--from", path, "t", "--show-values").err


def test_not_one_object_is_an_unreadable_source(run, events, tmp_path):
    result = run("infer", "--from", events("[1]", "7"), "t")
    assert result.code == 3
    assert "of 2 records read, none is a JSON object" in result.err
    assert not schema_file(tmp_path).exists()


def test_sampling_stops_when_nothing_new_is_to_be_expected(run, events):
    path = events(*[{"a": 1}] * 20_000)
    report = run(
        "infer", "--from", path, "t", "--until-unseen-below", "1%", "--format", "json"
    ).json
    assert report["messages"] < 20_000
    assert report["unseen"]["upper_95"] < 0.01


def test_dynamic_keys_become_one_map(run, events, tmp_path):
    path = events(*({"m": {f"user{i}": i}} for i in range(200)))
    result = run("infer", "--from", path, "t")
    assert "a map: 200 distinct keys" in result.out
    properties = json.loads(schema_file(tmp_path).read_text())["properties"]
    assert "additionalProperties" in properties["m"]
    run("infer", "--from", path, "t", "--no-map", "m")
    properties = json.loads(schema_file(tmp_path).read_text())["properties"]
    assert len(properties["m"]["properties"]) == 200


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["infer"], 2, "No topic was named"),
        (["infer", "t"], 2, "bootstrap"),
        (["infer", "--from", "missing.json", "t"], 3, "missing.json"),
        (["infer", "--from", "e", "t", "--max-messages", "many"], 2, "--max-messages 'many'"),
        (["infer", "--from", "e", "t", "--max-bad", "2"], 2, "--max-bad '2' is not a share"),
        (["infer", "--from", "e", "t", "--since", "1h"], 2, "--since is for topics"),
        (["infer", "t", "-b", "h:9092", "--since", "soon"], 2, "--since 'soon' is not a time"),
        (["infer", "t", "-X", "novalue"], 2, "-X number 1 is not KEY=VALUE"),
        (["infer", "--strategy", "random"], 2, "random"),
        (["infer", "--from", "e", "t", "--jobs", "0"], 2, "--jobs"),
        (["infer", "t", "-c", "missing.toml"], 2, "missing.toml"),
    ],
)
def test_wrong_use_is_one_clear_sentence(run, arguments, code, says):
    result = run(*arguments)
    assert result.code == code
    assert says in result.err
    assert result.out == ""


def test_an_unreachable_broker_is_said_within_the_time(run):
    result = run("infer", "t", "-b", "127.0.0.1:1", "--timeout", "1")
    assert result.code == 3
    assert "127.0.0.1:1" in result.err


def test_a_password_never_shows(run):
    properties = (
        "security.protocol=SASL_PLAINTEXT",
        "sasl.mechanism=PLAIN",
        "sasl.username=u",
        f"sasl.password={SECRET}",
    )
    options = [word for each in properties for word in ("-X", each)]
    result = run("infer", "t", "-b", "127.0.0.1:1", "--timeout", "1", *options)
    assert result.code == 3
    assert SECRET not in result.out + result.err


@pytest.mark.parametrize(
    "record",
    ['{"a":[' * 30 + "1" + "]}" * 30, '{"a":' * 900 + "1" + "}" * 900, "[" * 900 + "]" * 900],
    ids=["objects in arrays", "objects", "arrays"],
)
def test_deep_nesting_takes_neither_long_nor_the_run_with_it(run, events, record):
    result = run("infer", "--from", events({"b": 1}, '{"x": ' + record + "}"), "t")
    assert result.code == 0
    assert run("ddl", "t").code == 0


def test_names_of_topics_are_checked(run, events):
    for name in ("a b", "../x", "a\x1b[31m", "", "x" * 300):
        result = run("infer", "--from", events({"a": 1}), name)
        assert result.code == 2
        assert "\x1b" not in result.err


HOSTILE = [
    b"",
    b"{}",
    b"null",
    b"NaN",
    b'{"a":NaN}',
    b'\xef\xbb\xbf{"a":1}',
    b'{"a":1,"a":2}',
    b"\x00abcd{}",
    b'{"a":"\\ud800"}',
    b'{"a":' + b"9" * 5000 + b"}",
    b"[" * 5000,
    b'{"a":1e999999999999}',
    b'{"a":1e400}',
    b'{"' + b"k" * 1000 + b'":1}',
    b'{"a`b":1,"${x}":2,"":3," ":4}',
    b'{"a":1} trailing',
]


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.lists(st.one_of(st.binary(max_size=40), st.sampled_from(HOSTILE)), max_size=6))
def test_no_bytes_give_a_traceback(run, tmp_path, records):
    path = tmp_path / "hostile.ndjson"
    path.write_bytes(b"\n".join(record.replace(b"\n", b" ") for record in records))
    result = run("infer", "--from", path, "t", "--schema", tmp_path / "h" / "t.schema.json")
    assert result.code in {0, 3}
    if result.code == 0:
        made = run("ddl", "t", "--schema", tmp_path / "h" / "t.schema.json")
        assert made.code in {0, 2}


def test_a_new_key_of_a_map_is_no_surprise(run, events):
    hosts = [{"labels": {f"host-{n}": "x"}} for n in range(400)]
    result = run("infer", "t", "--from", events(*hosts), "--format", "json")
    assert result.json["unseen"]["seen_once"] == 0
    early = run("infer", "t", "--from", events(*hosts), "--until-unseen-below", "2%", "-q")
    assert early.code == 0
