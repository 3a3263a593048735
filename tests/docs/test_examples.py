"""The examples of docs/drift.md: what ksqlDB does by the model, and what `schemagen drift` says."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cached_property

import pytest
from documents import ROOT

from schemagen.drift.findings import FindingClass
from schemagen.ksqldb.reader import RecordDroppedError, RowReader
from schemagen.ksqldb.types import parse_type

DRIFT = ROOT / "docs" / "drift.md"
MESSAGES = 1000
TOPIC = "events"


@dataclass
class Example:
    """The rows of one table, by their names."""

    rows: dict[str, str] = field(default_factory=dict)

    def __str__(self):
        return f"{self.kind} {self.place}"

    @property
    def kind(self):
        return re.match(r"`(\w+)` at `([^`]+)`", self.rows["drift"])[1]

    @property
    def place(self):
        return re.match(r"`(\w+)` at `([^`]+)`", self.rows["drift"])[2]

    @cached_property
    def declared(self):
        """The columns, and the WITH clause's time format, empty for none."""
        # A name in back-ticks stands between two back-ticks.
        written = re.match(r"`` (.+?) ``|`([^`]+)`", self.rows["declared"])
        time = re.search(r"`TIMESTAMP_FORMAT = '(.+?)'`", self.rows["declared"])
        return written[1] or written[2], time[1] if time else ""

    def messages(self, when):
        """Give the messages of `before` or `now`, each with how many of ten are so."""
        found = re.findall(r"`([^`]+)`(?: in (\d+) of 10)?", self.rows[when])
        shares = [(json.loads(text), int(share or 10)) for text, share in found]
        assert sum(share for _, share in shares) == 10
        return shares

    def sample(self, when):
        lines = [
            json.dumps(message)
            for message, share in self.messages(when)
            for _ in range(share * MESSAGES // 10)
        ]
        return "\n".join(lines) + "\n"

    def statement(self, stream="EVENTS"):
        columns, time_format = self.declared
        with_ = f"KAFKA_TOPIC = '{TOPIC}', VALUE_FORMAT = 'JSON'"
        if time_format:
            (name,) = re.findall(r"`(.+?)`", columns)
            with_ += f", TIMESTAMP = '`{name}`', TIMESTAMP_FORMAT = '{time_format}'"
        return f"CREATE STREAM {stream} ({columns}) WITH ({with_});\n"

    def rule(self):
        path, text = re.match(r"`([^`]+)` contains `([^`]+)`", self.rows["rule"]).groups()
        return (
            "title: Example\nid: 4d2b6f4e-6d0c-4c2e-9a70-6f0f5a3b7c11\nstatus: test\n"
            "logsource:\n  category: process_creation\n  product: windows\n"
            f"detection:\n  selection:\n    {path}|contains: {text}\n  condition: selection\n"
            "level: high\n"
        )


def examples():
    text = DRIFT.read_text(encoding="utf-8")
    tables = re.findall(r"^\| \| \|\n\|---\|---\|\n((?:\|.*\|\n)+)", text, re.MULTILINE)
    return [
        Example(dict(re.match(r"\| (.+?) \| (.+) \|$", row).groups() for row in table.splitlines()))
        for table in tables
    ]


EXAMPLES = examples()


def test_every_class_but_the_one_of_waivers_has_an_example():
    assert {example.kind for example in EXAMPLES} == {str(kind) for kind in FindingClass} - {
        "waiver"
    }


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_what_was_there_before_is_read_as_declared(example):
    reader = RowReader(parse_type(f"STRUCT<{example.declared[0]}>"))
    for message, _ in example.messages("before"):
        reader.read(message)
        assert not reader.altered


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_model_does_what_the_example_says(example):
    reader = RowReader(parse_type(f"STRUCT<{example.declared[0]}>"))
    what = re.match(r"drops the record|alters the value|keeps the record", example.rows["ksqlDB"])[
        0
    ]
    for message, _ in example.messages("now"):
        if what == "drops the record" and example.kind == "drops":
            with pytest.raises(RecordDroppedError):
                reader.read(message)
            continue
        reader.read(message)
        assert bool(reader.altered) == (what == "alters the value")


def test_the_value_that_is_altered_is_the_one_in_the_text():
    (example,) = [each for each in EXAMPLES if each.kind == "alters"]
    ((message, _),) = example.messages("now")
    row = RowReader(parse_type(f"STRUCT<{example.declared[0]}>")).read(message)
    assert example.rows["ksqlDB"].endswith(f"it reads {row['DURATION']}")


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_event_time_is_as_the_example_says(example, schemagen):
    if not example.declared[1]:
        assert example.kind != "format"
        return
    schemagen.write(
        "stream.sql", example.statement() + "CREATE STREAM A AS SELECT * FROM EVENTS;\n"
    )
    dropped = {}
    for when in ("before", "now"):
        ((message, _),) = example.messages(when)
        schemagen.write(f"{when}.ndjson", json.dumps(message) + "\n")
        result = schemagen("test", "--events", f"{when}.ndjson", "--format", "json")
        dropped[when] = [each["path"] for each in json.loads(result.stdout)["dropped"]]
    assert dropped == {"before": [], "now": [f"$.{example.place}"]}


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_drift_says_what_the_example_says(example, schemagen):
    schemagen.write("before.ndjson", example.sample("before"))
    schemagen.write("now.ndjson", example.sample("now"))
    schemagen.write("stream.sql", example.statement())
    if "rule" in example.rows:
        schemagen.write("rules/example.yml", example.rule())
        schemagen.write(
            "schemagen.toml",
            f'[topics.{TOPIC}]\nrules = ["rules/"]\nlogsource = "assumed"\n',
        )
    assert schemagen("infer", TOPIC, "--from", "before.ndjson").returncode == 0
    result = schemagen(
        "drift", TOPIC, "--from", "now.ndjson", "--format", "json",
        "--against", f"schemas/{TOPIC}.schema.json", "--against", "stream.sql",
        *(["--rules", "rules"] if "rule" in example.rows else []),
    )  # fmt: skip
    assert result.returncode in {0, 1}, result.stderr
    report = json.loads(result.stdout)
    found = [(each["class"], each["path"]) for each in report["findings"]]
    assert found == [(example.kind, example.place)]
    assert result.returncode == int(example.kind in {"drops", "format", "alters", "blinds"})
