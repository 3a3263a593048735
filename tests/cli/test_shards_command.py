"""`schemagen split`, `infer --split --shard` and `merge`: many machines, one result."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import noida_broker
import pytest
import yaml
from kubernetes_jobs import jobs, pods

SAMPLES = Path(__file__).parents[2] / "samples"
DOCS = Path(__file__).parents[2] / "docs"
EVENTS = (SAMPLES / "wineventlogs.ndjson").read_bytes().splitlines()
SPLIT = ("--split", "split.json")
# Records of every kind that gives no row, in every shard of a few.
HOSTILE = [b"", None, b"[1]", b"\xff", b'{"a":NaN}', b'{"a":1,"a":2}', b'{"a":' + b"9" * 30 + b"}"]


@pytest.fixture(scope="module")
def noida(tmp_path_factory):
    with noida_broker.running(tmp_path_factory.mktemp("noida")) as config:
        yield config


@pytest.fixture
def server(noida):
    return noida["bootstrap.servers"]


def results(folder, topic):
    return [(folder / f"{topic}{end}.json").read_bytes() for end in (".schema", ".evidence")]


def texts(folder, topic):
    schema, evidence = results(folder, topic)
    return schema.decode(), json.loads(evidence)


@pytest.mark.parametrize("count", [1, 2, 3, 16])
def test_shards_merged_are_the_whole_to_the_byte(run, noida, server, tmp_path, count):
    values = [value for pair in zip(EVENTS[:70], HOSTILE * 10, strict=True) for value in pair]
    topic = noida_broker.fill(noida, values, partitions=5)
    assert run("split", topic, "-b", server).code == 0
    whole = run(
        "infer", topic, "-b", server, "--split", "split.json", "--schema", "w/t.schema.json"
    )
    assert whole.code == 0, whole.err
    run("infer", topic, "-b", server, "-n", "all", "--schema", "i/t.schema.json")
    for index in reversed(range(count)):
        part = run("infer", "--split", "split.json", "--shard", f"{index}/{count}", "-b", server)
        assert part.code == 0, part.err
    assert not (tmp_path / "schemas").exists(), "a part has no schema"
    merged = run("merge", "parts", "--schema", "m/t.schema.json")
    assert merged.code == 0, merged.err
    assert merged.out == whole.out
    assert results(tmp_path / "m", "t") == results(tmp_path / "w", "t")
    assert results(tmp_path / "m", "t") == results(tmp_path / "i", "t")


def test_the_schema_of_a_merge_obeys_the_options_that_infer_has(run, noida, server, tmp_path):
    values = [b'{"m": {"user%d": %d}}' % (n, n) for n in range(30)]
    topic = noida_broker.fill(noida, values, partitions=2)
    run("split", topic, "-b", server)
    options = ("--map-min-keys", "10", "--schema")
    run("infer", "--split", "split.json", "-b", server, *options, "w/t.schema.json")
    for index in range(2):
        run("infer", "--split", "split.json", "--shard", f"{index}/2", "-b", server)
    run("merge", "parts", *options, "m/t.schema.json")
    assert "additionalProperties" in (tmp_path / "m" / "t.schema.json").read_text()
    assert results(tmp_path / "m", "t") == results(tmp_path / "w", "t")


def of_two_products(each):
    """Make events of which the first tell their kinds by other fields than the last."""
    first = [b'{"event_type": "dns", "flow_id": %d}' % number for number in range(each)]
    last = [b'{"_path": "conn", "uid": "%d"}' % number for number in range(each)]
    return first, last


def kinds_in(folder, topic):
    return texts(folder, topic)[1]["profile"]["kinds"]["fields"]


def test_all_shards_of_a_split_tell_kinds_by_the_same_fields(run, noida, server, tmp_path):
    first, last = of_two_products(600)
    topic = noida_broker.fill(noida, [*first, *last], partitions=1)
    assert run("split", topic, "-b", server).code == 0
    assert json.loads((tmp_path / "split.json").read_text())["kind"] == ["event_type"]
    run("infer", topic, "-b", server, "-n", "all", "--schema", "i/t.schema.json")
    for index in range(2):
        run("infer", "--split", "split.json", "--shard", f"{index}/2", "-b", server)
    run("merge", "parts", "--schema", "m/t.schema.json")
    assert kinds_in(tmp_path / "m", "t") == [["event_type"]]
    assert results(tmp_path / "m", "t") == results(tmp_path / "i", "t")


@pytest.mark.parametrize("kind", [[], ["uid"]])
def test_a_split_has_the_fields_that_the_project_names(run, noida, server, tmp_path, kind):
    topic = noida_broker.fill(noida, of_two_products(5)[1], partitions=1)
    (tmp_path / "schemagen.toml").write_text(f"[topics.{topic}]\nkind = {json.dumps(kind)}\n")
    assert run("split", topic, "-b", server).code == 0
    assert json.loads((tmp_path / "split.json").read_text())["kind"] == kind


def test_all_shards_of_files_tell_kinds_by_the_same_fields(run, tmp_path):
    for name, lines in zip("ab", of_two_products(3), strict=True):
        (tmp_path / f"{name}.ndjson").write_bytes(b"\n".join(lines))
    whole = ("infer", "t", "--from", "a.ndjson", "--from", "b.ndjson")
    assert run(*whole, "--schema", "w/t.schema.json").code == 0
    for index in range(2):
        assert run(*whole, "--shard", f"{index}/2").code == 0
    run("merge", "parts", "--schema", "m/t.schema.json")
    assert kinds_in(tmp_path / "m", "t") == [["event_type"]]
    assert results(tmp_path / "m", "t") == results(tmp_path / "w", "t")


def test_more_shards_than_records_leave_empty_parts(run, noida, server, tmp_path):
    topic = noida_broker.fill(noida, [b'{"a": 1}', b'{"a": "x"}'], partitions=2)
    run("split", topic, "-b", server)
    run("infer", "--split", "split.json", "-b", server)
    for index in range(7):
        part = run("infer", "--split", "split.json", "--shard", f"{index}/7", "-b", server)
        assert part.code == 0, part.err
        assert "for `schemagen merge`" in part.err
    run("merge", "parts", "--schema", "m/t.schema.json")
    schema, evidence = results(tmp_path / "m", "t")
    assert evidence == results(tmp_path / "schemas", topic)[1]
    assert json.loads(schema)["title"] == topic


def test_a_sampled_split_is_divided_as_well(run, noida, server, tmp_path):
    values = [b'{"n": %d, "k%d": 0}' % (n, n % 17) for n in range(3_000)]
    topic = noida_broker.fill(noida, values, partitions=3)
    run("split", topic, "-b", server, "-n", "200", "--strategy", "tail", "-p", "0", "-p", "2")
    for index in range(3):
        run("infer", "--split", "split.json", "--shard", f"{index}/3", "-b", server)
    run("merge", "parts", "--schema", "m/t.schema.json")
    sample = ("-n", "200", "--strategy", "tail", "-p", "0", "-p", "2")
    run("infer", topic, "-b", server, *sample, "--schema", "i/t.schema.json")
    assert results(tmp_path / "m", "t") == results(tmp_path / "i", "t")


def test_a_missing_part_is_said_and_can_come_later(run, noida, server, tmp_path):
    topic = noida_broker.fill(noida, EVENTS[:40], partitions=2)
    run("split", topic, "-b", server)
    run("infer", "--split", "split.json", "-b", server, "--schema", "w/t.schema.json")
    for index in range(3):
        run("infer", "--split", "split.json", "--shard", f"{index}/3", "-b", server)
    late = tmp_path / "parts" / f"{topic}-001-of-003.evidence.json"
    late.rename(tmp_path / "late.json")
    result = run("merge", "parts", "--schema", "m/t.schema.json")
    assert result.code == 2
    assert f"Of the 3 parts of topic {topic} 1 is missing: 1/3." in result.err
    assert not (tmp_path / "m").exists()
    assert run("merge", "parts", "--partial", "--schema", "m/t.schema.json").code == 0
    (source,) = texts(tmp_path / "m", "t")[1]["sources"]
    assert source["reason"] == "1 of 3 parts missing"
    run("merge", "m/t.evidence.json", "late.json", "--schema", "m/t.schema.json")
    assert results(tmp_path / "m", "t") == results(tmp_path / "w", "t")


def test_evidence_that_would_count_twice_is_refused(run, noida, server):
    topic = noida_broker.fill(noida, EVENTS[:20], partitions=1)
    run("infer", topic, "-b", server, "--schema", "a.schema.json")
    run("infer", topic, "-b", server, "-n", "5", "--schema", "b.schema.json")
    files = ("a.evidence.json", "b.evidence.json")
    result = run("merge", *files)
    assert result.code == 2
    assert "have both read the offsets" in result.err
    assert "--allow-overlap" in result.err
    assert run("merge", *files, "--allow-overlap").code == 0


def test_records_that_expired_end_a_shard_with_code_3(run, noida, server, tmp_path):
    topic = noida_broker.fill(noida, EVENTS[:20], partitions=1)
    run("split", topic, "-b", server)
    noida_broker.expire(noida, topic, 0, 6)
    shard = ("infer", "--split", "split.json", "--shard", "0/2", "-b", server)
    result = run(*shard)
    assert result.code == 3
    assert f"6 planned offsets of topic {topic} expired before they were read" in result.err
    assert not (tmp_path / "parts").exists()
    assert run(*shard, "--allow-expired").code == 0
    assert run("infer", "--split", "split.json", "--shard", "1/2", "-b", server).code == 0
    assert run("merge", "parts").code == 0
    (source,) = texts(tmp_path / "schemas", topic)[1]["sources"]
    assert source["reason"] == "6 planned offsets had expired"
    assert source["records"] == 14


def test_a_shard_of_bad_records_only_is_a_part_all_the_same(run, noida, server):
    topic = noida_broker.fill(noida, [b"[1]", b"{}"], partitions=1)
    run("split", topic, "-b", server)
    shard = ("infer", "--split", "split.json", "--shard", "0/2", "-b", server)
    assert run(*shard).code == 0
    assert run(*shard, "--max-bad", "50%").code == 1
    run("infer", "--split", "split.json", "--shard", "1/2", "-b", server)
    assert run("merge", "parts", "--max-bad", "50%").code == 0
    assert run("merge", "parts", "--max-bad", "49%").code == 1


def test_what_a_split_holds_is_shown(run, noida, server):
    topic = noida_broker.fill(noida, EVENTS[:30], partitions=3)
    result = run("split", topic, "-b", server, "--out", "p/split.json")
    assert f"{topic}: 30 offsets to read" in result.out
    assert "p/split.json" in result.err
    report = run("split", topic, "-b", server, "--format", "json").json
    assert report["partitions"] == {"0": 10, "1": 10, "2": 10}
    assert report["written"] == ["split.json"]


def test_the_names_before_0_3_work_and_say_what_they_are_called_now(run, noida, server, tmp_path):
    topic = noida_broker.fill(noida, EVENTS[:30], partitions=3)
    run("split", topic, "-b", server)
    result = run("plan", topic, "-b", server)
    assert result.code == 0
    notice = "`schemagen plan` is called `schemagen split` now; the old name will go"
    assert result.err.count(notice) == 1
    assert (tmp_path / "plan.json").read_bytes() == (tmp_path / "split.json").read_bytes()
    result = run("infer", "--plan", "plan.json", "--shard", "0/2", "-b", server)
    assert result.code == 0
    assert result.err.count("--plan is called --split now; the old name will go") == 1
    for command in ([], ["infer"]):
        assert not re.search(r"(schemagen |--| )plan\b", run(*command, "--help").out)


@pytest.mark.parametrize("count", [1, 2, 3, 16])
def test_shards_of_files_merged_are_the_whole_to_the_byte(run, tmp_path, count):
    folder = tmp_path / "export" / "deep"
    folder.mkdir(parents=True)
    for number in range(5):
        lines = [*EVENTS[number * 20 : number * 20 + 20], b"", b"[1]", b"{", b'{"a":1,"a":2}']
        (folder / f"{number}.ndjson").write_bytes(b"\n".join(lines[number:]))
    assert run("infer", "t", "--from", "export", "--schema", "w/t.schema.json").code == 0
    for index in range(count):
        part = run("infer", "t", "--from", "export", "--shard", f"{index}/{count}")
        assert part.code == 0, part.err
    assert run("merge", "parts", "--schema", "m/t.schema.json").code == 0
    assert results(tmp_path / "m", "t") == results(tmp_path / "w", "t")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["t", "--shard", "0/2"], "Make one first: schemagen split t --out split.json"),
        (["t", "--split", "split.json", "--shard", "2/2"], "the last of 2 is 1/2"),
        (["other", "--split", "split.json"], "split.json is a split of topic t, not of other"),
        (["t", "--split", "missing.json"], "missing.json"),
        (["t", "--split", "new.json"], "has the split form 2"),
        (["t", "--split", "split.json", "-n", "5"], "--max-messages is not for a split"),
        (["t", "--split", "split.json", "--since", "1h"], "--since is not for a split"),
        (["t", "--split", "split.json", "--strategy", "tail"], "--strategy is not for a split"),
        (["t", *SPLIT, "--until-unseen-below", "1%"], "--until-unseen-below is not"),
        (["t", "--split", "split.json", "--shard", "0/2", "--schema", "x"], "--schema has no"),
        (["t", "--split", "split.json", "--parts", "x"], "--parts is for shards"),
        (["t", "--allow-expired"], "--allow-expired is for a split"),
        (["t", "--from", "e", "--split", "split.json"], "--split is for topics, not for files"),
        (["t", "--from", "-", "--shard", "0/2"], "Standard input can't be divided"),
        (["t", "--from", "e", "--shard", "0/2", "-n", "5"], "--max-messages is not for shards"),
    ],
)  # fmt: skip
def test_wrong_use_is_one_clear_sentence(run, tmp_path, arguments, says):
    form = {"version": "0.3.0", "split": 1}
    split = {
        "schemagen": form, "topic": "t", "topic_id": None, "strategy": "all", "max_messages": None,
        "since": None, "until": None, "partitions": {},
    }  # fmt: skip
    (tmp_path / "split.json").write_text(json.dumps(split))
    (tmp_path / "new.json").write_text(json.dumps({**split, "schemagen": {**form, "split": 2}}))
    (tmp_path / "e").write_text("{}")
    result = run("infer", *arguments, "-b", "127.0.0.1:1")
    assert result.code == 2
    assert says in result.err
    assert result.out == ""


def test_a_folder_without_evidence_is_said(run, tmp_path):
    (tmp_path / "parts").mkdir()
    result = run("merge", "parts")
    assert result.code == 2
    assert "The folder parts has no evidence file" in result.err


def test_the_jobs_of_the_documentation_give_what_one_process_gives(noida, server, tmp_path):
    """Its commands, run as Kubernetes would: each in a process, four at a time."""
    topic = noida_broker.fill(noida, EVENTS, partitions=6)
    split, infer, merge = jobs((DOCS / "kubernetes.md").read_text())

    def start(arguments):
        words = [
            word.replace("/data", str(tmp_path)).replace("wineventlogs", topic)
            for word in arguments
        ]
        command = [sys.executable, "-c", "from schemagen.cli import main; main()", *words]
        env = {**os.environ, "SCHEMAGEN_BOOTSTRAP_SERVERS": server}
        done = subprocess.run(
            command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done

    start(*pods(split))
    with ThreadPoolExecutor(4) as four:
        assert len(list(four.map(start, pods(infer)))) == 16
    start(*pods(merge))
    start(["infer", topic, "--max-messages", "all", "--schema", "one/t.schema.json"])
    assert results(tmp_path / "schemas", topic) == results(tmp_path / "one", "t")


def test_the_manifest_says_the_number_of_shards_alike():
    text = (DOCS / "kubernetes.md").read_text()
    _, infer, _ = jobs(text)
    assert re.findall(r"JOB_COMPLETION_INDEX\)/(\d+)", text) == [str(infer["spec"]["completions"])]
    for job in jobs(text):
        assert yaml.safe_dump(job)
        (container,) = job["spec"]["template"]["spec"]["containers"]
        mounted = {mount["name"] for mount in container["volumeMounts"]}
        assert mounted == {volume["name"] for volume in job["spec"]["template"]["spec"]["volumes"]}
