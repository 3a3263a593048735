"""Evidence of DataFrames: what `infer` finds in the same records, to the byte."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import noida_broker
import pytest

from schemagen import spark as module
from schemagen.errors import InputError, SourceError
from schemagen.profile.collect import collect
from schemagen.profile.evidence import load_evidence, merge_evidence, save_evidence
from schemagen.profile.kind_fields import KindSettings
from schemagen.schema.maps import MapPolicy
from schemagen.sources.files import FileSource
from schemagen.sources.kafka import KafkaSource
from schemagen.spark import UNKNOWN, evidence_of, levels, write

pytestmark = pytest.mark.spark

SAMPLES = Path(__file__).parents[2] / "samples" / "wineventlogs.ndjson"
EVENTS = SAMPLES.read_bytes().splitlines()[:200]
HOSTILE = [
    b"", None, b"[1]", b"null", b"\xff", b'{"a":NaN}', b'{"a":1,"a":2}', b'{"a":"\\ud800"}',
    b'{"a":' + b"9" * 30 + b"}", b'{"a":1} trailing', b"\x00\x00\x00\x00\x07{}",
    b'{"deep":' * 300 + b"1" + b"}" * 300, b'{"d":' + b'{"a":[' * 90 + b"1" + b"]}" * 90 + b"}",
]  # fmt: skip


def as_bytes(evidence, *, without=()):
    data = {k: v for k, v in evidence.to_json().items() if k not in {"sources", *without}}
    return json.dumps(data, sort_keys=True)


def without_places(evidence):
    data = evidence.to_json()
    for kinds in ("faults", "remarks"):
        for entry in data["records"][kinds].values():
            del entry["first"]
    return json.dumps({k: v for k, v in data.items() if k != "sources"}, sort_keys=True)


@pytest.fixture(scope="module")
def inferred(tmp_path_factory):
    """The folder with what `schemagen infer` writes for the sample events."""
    folder = tmp_path_factory.mktemp("inferred")
    command = "from schemagen.cli import main; main()"
    arguments = ["infer", "t", "--from", str(SAMPLES)]
    subprocess.run(
        [sys.executable, "-c", command, *arguments], cwd=folder, check=True, capture_output=True
    )
    return folder / "schemas"


@pytest.mark.parametrize(("partitions", "fan_in"), [(1, 16), (2, 2), (3, 16), (11, 2)])
def test_text_lines_give_what_infer_gives_for_their_file(
    spark, inferred, tmp_path, partitions, fan_in
):
    df = spark.read.text(str(SAMPLES)).repartition(partitions)
    evidence = evidence_of(df, "t", fan_in=fan_in)
    saved = write(evidence, tmp_path / "t.schema.json")
    assert saved.schema_file.read_bytes() == (inferred / "t.schema.json").read_bytes()
    assert as_bytes(load_evidence(saved.evidence_file)) == as_bytes(
        load_evidence(inferred / "t.evidence.json")
    )
    records = len(SAMPLES.read_bytes().splitlines())
    assert evidence.sources == [
        {"kind": "spark", "topic": "t", "records": records, "complete": True}
    ]


@pytest.fixture(scope="module")
def topic(tmp_path_factory):
    """A topic, and all of its records as Spark's Kafka source gives them."""
    values = [value for event in EVENTS for value in (event, *HOSTILE[:2])] + HOSTILE
    with noida_broker.running(tmp_path_factory.mktemp("noida")) as config:
        name = noida_broker.fill(config, values, partitions=3)
        rows = [(name, n % 3, n // 3, value) for n, value in enumerate(values)]
        evidence = collect(KafkaSource(config, name, max_messages=None), name, kinds=KindSettings())
        yield name, rows, evidence


SCHEMA = "topic string, partition int, offset bigint, value binary"


@pytest.mark.parametrize("partitions", [1, 3, 16])
def test_the_rows_of_a_topic_give_what_infer_gives_with_the_places(spark, topic, partitions):
    name, rows, inferred = topic
    others = [("another", 0, 7, b'{"other": true}')]
    df = spark.createDataFrame([*rows, *others], SCHEMA).repartition(partitions)
    evidence = evidence_of(df, name, fan_in=3)
    assert as_bytes(evidence) == as_bytes(inferred)
    (source,) = evidence.sources
    assert source == {
        "kind": "spark",
        "topic": name,
        "records": len(rows),
        "complete": True,
        "partitions": {
            number: {"ranges": read["ranges"], "records": read["records"]}
            for number, read in inferred.sources[0]["partitions"].items()
        },
    }


def test_hostile_records_without_a_place_are_counted_alike(spark, topic):
    name, rows, inferred = topic
    df = spark.createDataFrame(rows, SCHEMA).select("value").repartition(5)
    evidence = evidence_of(df, name)
    assert without_places(evidence) == without_places(inferred)
    assert {place.position for place in evidence.decoding.firsts.values()} == {UNKNOWN}
    assert "partitions" not in evidence.sources[0]


def test_places_that_are_null_are_unknown(spark):
    rows = [("t", None, 5, b"[1]"), ("t", 2, None, b"[1]"), ("t", 1, 8, b"{}")]
    evidence = evidence_of(spark.createDataFrame(rows, SCHEMA), "t")
    (first,) = evidence.decoding.firsts.values()
    assert (first.partition, first.position) == (-1, UNKNOWN)
    assert evidence.sources[0]["partitions"] == {"1": {"ranges": [[8, 9]], "records": 1}}
    assert evidence.sources[0]["records"] == 3


def test_a_text_column_of_another_name_and_null_as_tombstone(spark):
    df = spark.createDataFrame([('{"a": 1}',), (None,), ('{"a": "ü"}',)], "`my.json` string")
    evidence = evidence_of(df, "t", column="my.json")
    assert evidence.profile.messages == 2
    assert {str(kind): n for kind, n in evidence.decoding.counts.items()} == {"tombstone": 1}


def test_a_column_of_any_name(spark):
    for name in ("a.b", "a`b", "über all"):
        df = spark.createDataFrame([('{"a": 1}',)], "value string").toDF(name)
        assert evidence_of(df, "t", column=name).profile.messages == 1


def test_bytes_that_are_no_text_stay_as_they_are(spark, tmp_path):
    (tmp_path / "in.ndjson").write_bytes(b'{"a": 1}\n\xff\xfe{\n{"a": "\xc3\xa9"}\n')
    evidence = evidence_of(spark.read.text(str(tmp_path / "in.ndjson")), "t")
    inferred = collect(FileSource([str(tmp_path / "in.ndjson")]), "t", kinds=KindSettings())
    assert without_places(evidence) == without_places(inferred)


def test_more_keys_than_are_told_apart_are_folded_alike_in_the_tree(spark, tmp_path):
    lines = [b'{"m": {"user%d": {"n": %d}}}' % (n, n) for n in range(3_000)]
    (tmp_path / "in.ndjson").write_bytes(b"\n".join(lines))
    df = spark.read.text(str(tmp_path / "in.ndjson")).repartition(6)
    inferred = collect(FileSource([str(tmp_path / "in.ndjson")]), "t", kinds=KindSettings())
    assert as_bytes(evidence_of(df, "t", fan_in=2)) == as_bytes(inferred)


def test_a_frame_without_rows_is_empty_evidence_and_no_schema(spark, tmp_path):
    for df in (spark.createDataFrame([], SCHEMA), spark.range(5).selectExpr("'x' v").limit(0)):
        evidence = evidence_of(df, "t", column=df.columns[-1])
        assert evidence.decoding.records == 0
        assert evidence.sources[0]["records"] == 0
        with pytest.raises(SourceError, match="no record to read"):
            write(evidence, tmp_path / "t.schema.json")
    assert not list(tmp_path.iterdir())


def test_the_options_of_maps_are_obeyed(spark, tmp_path):
    df = spark.createDataFrame([(b'{"m": {"k%d": 1}}' % n,) for n in range(12)], "value binary")
    evidence = evidence_of(df, "t")
    saved = write(evidence, tmp_path / "t.schema.json", policy=MapPolicy(min_keys=10))
    assert "additionalProperties" in saved.schema["properties"]["m"]


def test_evidence_of_spark_and_of_infer_merge_unless_they_overlap(spark, topic, tmp_path):
    name, rows, inferred = topic
    save_evidence(tmp_path / "inferred.json", inferred)
    early = [row for row in rows if row[2] < 50]
    evidence = evidence_of(spark.createDataFrame(early, SCHEMA), name)
    with pytest.raises(InputError, match="have both read the offsets 0 to 49 of partition 0"):
        merge_evidence([evidence, load_evidence(tmp_path / "inferred.json")], name)
    late = [(row[0], row[1], row[2] + 10_000, row[3]) for row in rows]
    evidence = evidence_of(spark.createDataFrame(late, SCHEMA), name)
    both = merge_evidence([evidence, load_evidence(tmp_path / "inferred.json")], name)
    assert both.decoding.records == 2 * len(rows)
    assert {source["kind"] for source in both.sources} == {"kafka", "spark"}


def test_wrong_use_is_one_clear_sentence(spark):
    df = spark.createDataFrame([(1, "{}")], "n int, text string")
    with pytest.raises(InputError, match="has no column value"):
        evidence_of(df, "t")
    with pytest.raises(InputError, match="The column n holds integer, not text or binary"):
        evidence_of(df, "t", column="n")
    with pytest.raises(InputError, match="fan_in has to be at least 2"):
        evidence_of(df, "t", column="text", fan_in=1)
    with pytest.raises(InputError, match="A stream has no end"):
        evidence_of(spark.readStream.format("rate").load(), "t")


def test_the_tree_narrows_to_one_and_never_merges_all_at_once():
    assert levels(0, 16) == levels(1, 16) == []
    assert levels(16, 16) == [1]
    assert levels(17, 16) == [2, 1]
    assert levels(10_000, 16) == [625, 40, 3, 1]


def test_the_driver_gets_one_profile_and_nothing_stays_behind(spark):
    df = spark.createDataFrame([(b"{}",)] * 40, "value binary").repartition(20)
    unpacked = []
    before = module._unpacked
    module._unpacked = lambda data: unpacked.append(len(data)) or before(data)
    try:
        assert evidence_of(df, "t", fan_in=4).profile.messages == 40
    finally:
        module._unpacked = before
    assert len(unpacked) == 1
    assert spark.sparkContext._jsc.getPersistentRDDs().size() == 0


@pytest.mark.usefixtures("spark")
def test_the_script_of_the_documentation_works(tmp_path, monkeypatch):
    text = (Path(__file__).parents[2] / "docs" / "spark.md").read_text()
    script = text.split("```python\n")[1].split("```")[0]
    assert "wineventlogs" in script
    export = tmp_path / "export"
    export.mkdir()
    (export / "events.ndjson").write_bytes(b"\n".join(EVENTS))
    monkeypatch.chdir(tmp_path)
    exec(script.replace("s3a://lake/export/", str(export)))
    assert (
        load_evidence(tmp_path / "schemas" / "wineventlogs.evidence.json").profile.messages == 200
    )
