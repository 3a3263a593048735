"""`schemagen report`."""

from __future__ import annotations

import base64
import gzip
import html.parser
import json
import re

import pytest
import reporting
import yaml
from reporting import CLOSING, HOSTILE, message, page_data, some_rules, write_project


@pytest.fixture
def topic(run, tmp_path):
    """A topic with an event of each of two kinds, and three rules."""
    messages = [message(number) for number in range(60)]
    later = [message(number) | {"winlog": "gone"} for number in range(60)]
    write_project(tmp_path, messages, some_rules(), later)
    made = run("infer", "t", "--from", "events.ndjson", "--quiet")
    assert made.code == 0, made.err
    return tmp_path


class _Parser(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.texts = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)


def parsed(text):
    parser = _Parser()
    parser.feed(text)
    return parser


def details(text):
    packed = re.search(r'id="details">(.*?)</script>', text, re.DOTALL)[1]
    return json.loads(gzip.decompress(base64.b64decode(packed)))


def test_the_page_has_what_the_topic_is_and_loads_nothing(run, topic):
    made = run("report", "--events", "events.ndjson")
    assert (made.code, made.out) == (0, "")
    assert "Report: t.report.html" in made.err
    text = (topic / "t.report.html").read_text(encoding="utf-8")
    parser = parsed(text)
    links = [value for _, attrs in parser.tags for key, value in attrs.items() if key in {
        "src", "href", "action", "data", "poster", "srcset", "formaction"}]  # fmt: skip
    assert links
    assert all(link.startswith("#") for link in links)
    policy = next(attrs["content"] for _, attrs in parser.tags if "http-equiv" in attrs)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    words = " ".join(" ".join(parser.texts).split())
    assert "2 of 3 can match on this topic" in words
    assert "1 rule fired on 60 events" in words
    assert "Signature is missing: 1 rule can't match." in words
    rules = {row["t"]: row for row in page_data(text)["rules"]}
    assert (rules["Whoami"]["s"], rules["Whoami"]["n"]) == ("BOUND", 30)
    assert (rules["Signed"]["s"], rules["Untagged"]["n"]) == ("UNBOUND", 0)


def test_a_rule_that_cannot_match_names_its_field_and_where_it_would_come_from(run, topic):
    assert run("report").code == 0
    text = (topic / "t.report.html").read_text(encoding="utf-8")
    found = {
        row["t"]: more for row, more in zip(page_data(text)["rules"], details(text), strict=True)
    }
    (missing,) = found["Signed"]["missing"]
    assert missing["field"] == "Signature"
    assert "winlog.event_data.Signature" in missing["paths"]
    assert found["Signed"]["reasons"]
    assert "whoami" in found["Whoami"]["predicate"]
    assert "winlog.event_data.Signature" in " ".join(parsed(text).texts)


def test_values_of_messages_are_there_only_when_they_are_asked_for(run, topic):
    assert run("report", "--events", "events.ndjson").code == 0
    text = (topic / "t.report.html").read_text(encoding="utf-8")
    assert "whoami /7" not in text + json.dumps(details(text))
    assert run("report", "--events", "events.ndjson", "--show-values").code == 0
    text = (topic / "t.report.html").read_text(encoding="utf-8")
    assert "2025-03-11T08:00:07" in json.dumps(details(text))


def test_drift_and_history_are_shown_when_there_is_something_to_compare(run, topic):
    fresh = ("infer", "t", "--from", "later.ndjson", "--schema", "later.schema.json", "--quiet")
    assert run(*fresh).code == 0
    old, new = "schemas/t.evidence.json", "later.evidence.json"
    made = run("report", "--evidence", new, "--history", "*.evidence.json", "--history", old)
    assert made.code == 0, made.err
    words = " ".join(" ".join(parsed((topic / "t.report.html").read_text()).texts).split())
    assert "Text where STRUCT is declared" in words
    assert "fails" in words
    assert "2 samples" in words
    made = run("report", "--evidence", new, "--format", "markdown")
    assert "**Drift: 1 finding fails (1 drops).**" in made.out


def test_the_same_topic_makes_the_same_page(run, topic):
    assert run("report", "--out", "a.html").code == run("report", "--out", "b.html").code == 0
    assert (topic / "a.html").read_bytes() == (topic / "b.html").read_bytes()


def test_markdown_is_short_and_goes_to_standard_output(run, topic):
    made = run("report", "--format", "markdown", "--events", "events.ndjson")
    assert made.code == 0
    assert "**2 of 3 rules can match** (2 BOUND, 1 UNBOUND)" in made.out
    assert "1 rule fired on 60 events." in made.out
    assert "| Execution | 1 | 1 | 1 |" in made.out
    assert "<code>Signature</code>" in made.out
    assert not (topic / "t.report.html").exists()


def test_other_tools_read_their_own_files(run, topic):
    made = run("report", "--navigator", "out/layer.json", "--dettect", "out/sources.yaml")
    assert made.code == 0
    layer = json.loads((topic / "out/layer.json").read_text())
    found = {each["techniqueID"]: each for each in layer["techniques"]}
    assert found["T1059.001"]["score"] == 100
    assert found["T1218"]["score"] == 0
    sources = yaml.safe_load((topic / "out/sources.yaml").read_text())["data_sources"]
    assert "Process Creation" in {each["data_source_name"] for each in sources}


def test_all_topics_get_a_page_each(run, topic):
    assert run("report", "--all").code == 0
    assert (topic / "t.report.html").exists()
    for options in (["--out", "x.html"], ["--events", "events.ndjson"], ["--navigator", "x"]):
        made = run("report", "--all", *options)
        assert (made.code, f"{options[0]} is for one topic" in made.err) == (2, True)


def test_without_rules_or_evidence_the_schema_is_shown(run, topic):
    (topic / "schemas/t.evidence.json").unlink()
    (topic / "schemagen.toml").write_text("[topics.t]\n", encoding="utf-8")
    made = run("report")
    assert made.code == 0, made.err
    words = " ".join(parsed((topic / "t.report.html").read_text()).texts)
    assert "No rule was read" in words
    assert "There is no evidence beside the schema" in words


@pytest.mark.usefixtures("topic")
@pytest.mark.parametrize(("options", "code", "says"), [
    (["--against", "stream.sql"], 2, "--against is for --evidence"),
    (["--records", "a.b"], 2, "--records is for the files of --events"),
    (["--history", "none/*.json"], 2, "names no file"),
    (["--history", "schemagen.toml"], 2, "is not valid JSON"),
    (["--evidence", "none.json"], 2, "Can't read none.json"),
    (["--events", "none.ndjson"], 3, "none.ndjson"),
    (["--rules", "none"], 2, "none"),
    (["--rare", "2"], 2, "--rare '2' is not a share"),
    (["--out", "schemagen.toml/x"], 2, "Can't write"),
])  # fmt: skip
def test_wrong_use_is_one_clear_sentence(run, options, code, says):
    made = run("report", *options)
    assert (made.code, says in made.err) == (code, True), made.err


def test_a_topic_that_was_not_inferred_says_what_to_do(run):
    made = run("report", "other")
    assert (made.code, "Make it first: schemagen infer other" in made.err) == (2, True)


@pytest.fixture
def hostile(run, tmp_path):
    messages, rules = reporting.hostile_messages(), reporting.hostile_rules()
    write_project(tmp_path, messages, rules)
    assert run("infer", "t", "--from", "events.ndjson", "--quiet").code == 0
    return tmp_path


def test_hostile_names_show_as_text(run, hostile):
    made = run("report", "--events", "events.ndjson", "--history", "schemas/*.evidence.json")
    assert made.code == 0, made.err
    text = (hostile / "t.report.html").read_text(encoding="utf-8")
    parser = parsed(text)
    # Of our own there are three scripts, and no other element that could run anything.
    assert [tag for tag, _ in parser.tags].count("script") == 3
    assert not {tag for tag, _ in parser.tags} & {
        "img",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
    }
    assert not [key for _, attrs in parser.tags for key in attrs if key.startswith("on")]
    assert all(mark not in text for mark in ("\u202e", "\u2028", "\x07"))
    data = page_data(text)
    assert any(CLOSING in row["t"] for row in data["rules"])
    assert any(CLOSING in field["n"] for field in data["fields"])
    assert "49" not in " ".join(row["t"] for row in data["rules"])
    # Kinds of events are names of messages, too.
    assert f"{CLOSING} 1" in parser.texts
    assert "safe\\u202eexe.fdp 1" in parser.texts
    # Nobody reads a name of ten thousand characters, and a page of many has no room for them.
    assert max(len(row["t"]) for row in data["rules"]) <= 300
    assert len(text) < 400_000
    # Sigma itself refuses a title of more than 256 characters.
    assert len(data["rules"]) == len(HOSTILE) - 1


@pytest.mark.usefixtures("hostile")
def test_hostile_names_are_text_in_the_short_form_and_for_other_tools(run, tmp_path):
    made = run("report", "--format", "markdown", "--navigator", "n.json", "--dettect", "d.yaml")
    assert made.code == 0, made.err
    assert "<script" not in made.out
    assert "\u202e" not in made.out + (tmp_path / "n.json").read_text()
    assert yaml.safe_load((tmp_path / "d.yaml").read_text())["version"] == 1.1
