"""Loading rules: every file looked at, every fault told with its place, one stops no other."""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from sigma.collection import SigmaCollection
from sigma.rule import SigmaRule

from schemagen.detections.rules import Kind, load_rules
from schemagen.errors import UsageError

REAL_RULES = Path(__file__).parents[3] / "shared" / "data" / "sigma" / "rules"

GOOD = """\
title: Whoami
id: 502b42de-4306-40b4-9596-6f590c81f073
status: test
level: medium
tags:
  - attack.discovery
  - attack.t1033
logsource:
  category: process_creation
  product: windows
fields:
  - Image
  - CommandLine
detection:
  selection:
    Image|endswith: \\whoami.exe
  condition: selection
"""


def rule(title="T", rule_id=None, **changes):
    data = {
        "title": title,
        "id": rule_id or str(uuid.uuid4()),
        "logsource": {"product": "windows", "category": "process_creation"},
        "detection": {"selection": {"Image": "x"}, "condition": "selection"},
    }
    data.update(changes)
    return {key: value for key, value in data.items() if value is not ...}


def write(path, *documents):
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "---\n".join(
        document if isinstance(document, str) else yaml.safe_dump(document, sort_keys=False)
        for document in documents
    )
    path.write_text(text, encoding="utf-8")
    return path


def load(tmp_path, *documents):
    return load_rules([write(tmp_path / "rule.yml", *documents)])


def problem(tmp_path, *documents):
    result = load(tmp_path, *documents)
    (only,) = result.problems
    assert bool(result.rules) == only.remark
    return only


# What a rule is


def test_a_rule_comes_with_what_an_alert_needs(tmp_path):
    result = load(tmp_path, GOOD)
    assert result.problems == ()
    (loaded,) = result.rules
    assert loaded.id == "502b42de-4306-40b4-9596-6f590c81f073"
    assert loaded.title == "Whoami"
    assert (loaded.level, loaded.status) == ("medium", "test")
    assert loaded.tags == ("attack.discovery", "attack.t1033")
    assert (loaded.logsource.category, loaded.logsource.product) == ("process_creation", "windows")
    assert loaded.fields == ("Image", "CommandLine")
    assert (loaded.path, loaded.line) == (tmp_path / "rule.yml", 1)
    assert loaded.has_own_id
    assert loaded.rule == SigmaRule.from_yaml(GOOD)


def test_a_fresh_rule_is_equal_but_its_own(tmp_path):
    (loaded,) = load(tmp_path, GOOD).rules
    fresh = loaded.fresh()
    assert fresh == loaded.rule
    fresh.detection.detections["selection"].detection_items[0].field = "changed"
    assert loaded.rule.detection.detections["selection"].detection_items[0].field == "Image"


def test_an_id_in_capitals_is_the_same_id(tmp_path):
    write(tmp_path / "a.yml", rule(rule_id="502B42DE-4306-40B4-9596-6F590C81F073"))
    write(tmp_path / "b.yml", rule(rule_id="502b42de-4306-40b4-9596-6f590c81f073"))
    result = load_rules([tmp_path])
    assert [r.id for r in result.rules] == ["502b42de-4306-40b4-9596-6f590c81f073"]


def test_several_rules_of_one_file_have_their_lines(tmp_path):
    result = load(tmp_path, rule("A"), rule("B"))
    second = (tmp_path / "rule.yml").read_text().splitlines().index("title: B") + 1
    assert [(r.title, r.line) for r in result.rules] == [("A", 1), ("B", second)]


@pytest.mark.parametrize(
    "documents",
    [
        [
            "action: global\nlogsource: {product: windows}\nlevel: high\n",
            "title: A\ndetection: {s: {a: 1}, condition: s}\n",
            "title: B\nlevel: low\ndetection: {s: {b: 1}, condition: s}\n",
        ],
        [
            "action: global\nlogsource: {product: windows}\ndetection: {common: {c: 1}}\n",
            "title: A\ndetection: {s: {a: 1}, condition: s and common}\n",
            "action: reset\n",
            "title: B\nlogsource: {product: linux}\ndetection: {s: {b: 1}, condition: s}\n",
        ],
        [
            "title: A\nlogsource: {product: windows}\ndetection: {s: {a: 1}, condition: s}\n",
            "action: repeat\ntitle: B\ndetection: {s: {b: 2}}\n",
            "action: repeat\nlogsource: {service: security}\n",
        ],
        [
            "action: global\ntitle: G\nlogsource: {product: windows}\n",
            "action: repeat\ndetection: {s: {a: 1}, condition: s}\n",
        ],
    ],
)
def test_collections_are_read_as_pysigma_reads_them(tmp_path, documents):
    result = load(tmp_path, *documents)
    expected = SigmaCollection.from_yaml("---\n".join(documents)).rules
    assert [r.rule.title for r in result.rules] == [r.title for r in expected]
    assert [r.rule.detection for r in result.rules] == [r.detection for r in expected]
    assert [r.rule.logsource for r in result.rules] == [r.logsource for r in expected]
    assert [r.rule.level for r in result.rules] == [r.level for r in expected]
    assert {p.kind for p in result.problems} == {Kind.MISSING_ID}


def test_an_unknown_action_is_told(tmp_path):
    assert problem(tmp_path, "action: explode\n").kind is Kind.UNSUPPORTED


def test_a_trailing_empty_document_is_nothing(tmp_path):
    assert load(tmp_path, GOOD + "---\n").problems == ()


# Which files


def test_folders_are_searched_to_the_bottom_in_order(tmp_path):
    for name in ("b.yml", "a/z.yaml", "a/deep/er/y.yml", "c.yml"):
        write(tmp_path / name, rule(name))
    result = load_rules([tmp_path])
    assert [r.title for r in result.rules] == ["a/deep/er/y.yml", "a/z.yaml", "b.yml", "c.yml"]
    assert result.files == 4


def test_test_cases_hidden_files_and_others_are_passed_over(tmp_path):
    write(tmp_path / "r.yml", rule())
    for name in ("r.test.yml", "r.test.yaml", ".git/x.yml", ".x.yml", "README.md", "x.yml.bak"):
        write(tmp_path / name, "[not a rule")
    result = load_rules([tmp_path])
    assert (len(result.rules), result.problems, result.files) == (1, (), 1)


def test_a_test_file_that_is_named_is_remarked_and_skipped(tmp_path):
    result = load_rules([write(tmp_path / "r.test.yml", "cases: []\n")])
    assert [(p.kind, p.remark) for p in result.problems] == [(Kind.NOT_A_RULE, True)]


def test_a_named_file_is_taken_whatever_its_name(tmp_path):
    assert len(load_rules([write(tmp_path / "rule.sigma", GOOD)]).rules) == 1


def test_a_file_is_loaded_once_however_often_it_is_given(tmp_path):
    file = write(tmp_path / "d" / "r.yml", GOOD)
    (tmp_path / "d" / "link.yml").symlink_to(file)
    result = load_rules([file, tmp_path, tmp_path / "d", file])
    assert (len(result.rules), result.problems) == (1, ())


def test_links_are_followed_and_loops_end(tmp_path):
    write(tmp_path / "elsewhere" / "r.yml", GOOD)
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "linked").symlink_to(tmp_path / "elsewhere")
    (rules / "loop").symlink_to(rules)
    (tmp_path / "elsewhere" / "back").symlink_to(rules)
    (rules / "self.yml").symlink_to("self.yml")
    result = load_rules([rules])
    assert len(result.rules) == 1
    assert [(p.kind, p.path.name) for p in result.problems] == [(Kind.UNREADABLE, "self.yml")]


def test_a_path_that_does_not_exist_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="no rule file or folder"):
        load_rules([tmp_path / "nope"])


def test_a_folder_without_rules_gives_none(tmp_path):
    result = load_rules([tmp_path])
    assert (result.rules, result.problems, result.files) == ((), (), 0)


def test_a_folder_that_can_not_be_read_is_told(tmp_path, monkeypatch):
    locked = tmp_path / "locked"
    write(locked / "r.yml", GOOD)
    write(tmp_path / "ok.yml", rule())
    real = Path.iterdir

    def iterdir(self):
        if self == locked:
            raise PermissionError(13, "Permission denied")
        return real(self)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    result = load_rules([tmp_path])
    assert len(result.rules) == 1
    assert [(p.kind, p.path) for p in result.problems] == [(Kind.UNREADABLE, locked)]
    assert "Permission denied" in result.problems[0].reason


def test_a_file_whose_folder_may_not_be_entered_is_told(tmp_path, monkeypatch):
    file = write(tmp_path / "d" / "r.yml", GOOD)
    write(tmp_path / "ok.yml", rule())
    real = Path.stat

    def stat(self, **options):
        if self == file:
            raise PermissionError(13, "Permission denied")
        return real(self, **options)

    monkeypatch.setattr(Path, "stat", stat)
    result = load_rules([tmp_path, file])
    assert len(result.rules) == 1
    assert [(p.kind, p.path) for p in result.problems] == [(Kind.UNREADABLE, file)]


# Files that are none


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", Kind.NOT_A_RULE),
        (b"# only a comment\n---\n---\n", Kind.NOT_A_RULE),
        (b"just text", Kind.NOT_A_RULE),
        (b"- a\n- b\n", Kind.NOT_A_RULE),
        (b"a: 1\n", Kind.NOT_A_RULE),
        (b"name: p\npriority: 1\ntransformations: []\n", Kind.NOT_A_RULE),
        (b"title: \xe9\n", Kind.UNREADABLE),
        (b"title: [\n", Kind.YAML),
        (b"title: a\x00b\n", Kind.YAML),
        (b"a: &a [*a]\n", Kind.YAML),
    ],
)
def test_a_file_that_is_no_rule_is_told_and_stops_nothing(tmp_path, data, kind):
    (tmp_path / "bad.yml").write_bytes(data)
    write(tmp_path / "good.yml", GOOD)
    result = load_rules([tmp_path])
    assert len(result.rules) == 1
    (only,) = result.problems
    assert (only.kind, only.path.name, only.remark) == (kind, "bad.yml", False)


def test_broken_yaml_is_told_with_line_and_column(tmp_path):
    only = problem(tmp_path, "title: a\ndetection:\n  s: [1\n")
    assert (only.kind, only.line, only.column) == (Kind.YAML, 4, 1)


def test_a_broken_document_takes_the_other_rules_of_its_file_with_it(tmp_path):
    only = problem(tmp_path, GOOD, "title: 'open\n")
    assert only.kind is Kind.YAML


def test_a_field_that_stands_twice_is_told_since_yaml_would_drop_one(tmp_path):
    text = GOOD.replace("  condition", "    CommandLine: a\n    CommandLine: b\n  condition")
    only = problem(tmp_path, text)
    assert only.kind is Kind.YAML
    assert "`CommandLine` stands twice" in only.reason
    assert only.line == 18


def test_a_pipeline_in_the_rules_folder_is_recognised(tmp_path):
    assert "pipeline" in problem(tmp_path, "transformations: []\n").reason


# Rules that break the rules


@pytest.mark.parametrize(
    ("changes", "line_of", "reason"),
    [
        ({"title": ...}, "id:", "title"),
        ({"title": 5}, "title:", "title must be a string"),
        ({"title": "x" * 257}, "title:", "256"),
        ({"logsource": ...}, "title:", "log source"),
        ({"logsource": {}}, "logsource:", "empty"),
        ({"logsource": "windows"}, "logsource:", "map"),
        ({"logsource": {"product": 5}}, "logsource:", "string"),
        ({"detection": ...}, "title:", "detection"),
        ({"detection": []}, "detection:", "map"),
        ({"detection": {"condition": "s"}}, "detection:", "no search identifier"),
        ({"detection": {"s": {"a": 1}}}, "detection:", "no condition"),
        ({"detection": {"s": {"a": 1}, "condition": []}}, "  condition:", "no condition"),
        ({"detection": {"s": {"a": 1}, "condition": None}}, "  condition:", "no condition"),
        ({"detection": {"s": {"a": 1}, "condition": 5}}, "  condition:", "text"),
        ({"detection": {"s": {"a": 1}, "condition": "t"}}, "  condition:", "'t' not defined"),
        ({"detection": {"s": {"a": 1}, "condition": "s and"}}, "  condition:", "Expected"),
        ({"detection": {"s": {"a": 1}, "condition": "not " * 3000 + "s"}}, "  condition:", ""),
        ({"detection": {"s": {"a": 1}, "condition": ["s", "s or"]}}, "  - s or", "Expected"),
        ({"detection": {"s": {"a": 1}, "condition": "1 of x*"}}, "  condition:", "`x*`"),
        ({"detection": {"_s": {"a": 1}, "condition": "all of them"}}, "  condition:", "`them`"),
        ({"detection": {"s": {}, "condition": "s"}}, "  s:", "empty"),
        ({"detection": {"s": [], "condition": "s"}}, "  s:", "empty"),
        ({"detection": {"s": {"a": 1, "b|contains": []}, "condition": "s"}}, "    b|c", "empty"),
        ({"detection": {"s": [{"a": 1}, {"b": []}], "condition": "s"}}, "  - b:", "empty"),
        ({"detection": {"s": {"a|foo": 1}, "condition": "s"}}, "    a|foo:", "'foo'"),
        ({"detection": {"s": {"a|foo": [1, 2]}, "condition": "s"}}, "    a|foo:", "'foo'"),
        ({"detection": {"s": {5: 1}, "condition": "s"}}, "    5:", "field name must be text"),
        ({"detection": {"s": {"a|re": ["ok", "("]}, "condition": "s"}}, "    - (", "invalid"),
        ({"detection": {"s": {"a|cidr": "10.0.0.0/33"}, "condition": "s"}}, "    a|cidr", "CIDR"),
        ({"detection": {"s": {"a|gt": "x"}, "condition": "s"}}, "    a|gt:", "incompatible"),
        ({"detection": {"s": {"a": {"b": 1}}, "condition": "s"}}, "    a:", ""),
        ({"detection": {"s": [{"a": 1}, {"b|x": 1}], "condition": "s"}}, "  - b|x:", "'x'"),
    ],
)
def test_a_fault_of_the_detection_is_told_with_its_line(tmp_path, changes, line_of, reason):
    only = problem(tmp_path, rule(**changes))
    lines = (tmp_path / "rule.yml").read_text().splitlines()
    assert only.kind is Kind.INVALID
    assert not only.remark
    assert reason in only.reason
    assert str(tmp_path) not in only.reason
    assert lines[only.line - 1].startswith(line_of)


def test_every_fault_is_told_not_just_the_first(tmp_path):
    detection = {
        "one": {"a|foo": 1, "b|bar": 1, "c": "fine", "d|re": ["(", "ok", ")"]},
        "two": [{"e|baz": 1}],
        "condition": ["one and two", "one und two"],
    }
    result = load(tmp_path, rule(detection=detection, logsource={}, title="x" * 300))
    assert result.rules == ()
    assert {p.kind for p in result.problems} == {Kind.INVALID}
    assert len(result.problems) == 8
    lines = [p.line for p in result.problems]
    assert lines == sorted(lines)
    assert len(set(lines)) == 8


def test_a_date_where_sigma_wants_text_is_told(tmp_path):
    only = problem(tmp_path, GOOD.replace("\\whoami.exe", "2024-01-02"))
    assert (only.kind, only.line) == (Kind.INVALID, 16)


# Metadata


@pytest.mark.parametrize(
    ("key", "value", "line_of"),
    [
        ("level", "huge", "level:"),
        ("level", 3, "level:"),
        ("status", "wip", "status:"),
        ("date", "yesterday", "date:"),
        ("modified", "2024-1", "modified:"),
        ("tags", "attack.t1", "tags:"),
        ("tags", ["attack.t1", "untagged"], "- untagged"),
        ("tags", ["attack.t1", 5], "- 5"),
        ("author", ["me"], "author:"),
        ("references", "http://x", "references:"),
        ("falsepositives", "none", "falsepositives:"),
        ("fields", "Image", "fields:"),
        ("related", [{"id": "x", "type": "derived"}], "- id: x"),
        ("description", 5, "description:"),
        ("scope", "x", "scope:"),
        ("license", 5, "license:"),
        ("taxonomy", 5, "taxonomy:"),
        ("name", "", "name:"),
    ],
)
def test_wrong_metadata_is_remarked_and_the_rule_kept_without_it(tmp_path, key, value, line_of):
    result = load(tmp_path, rule(**{key: value}))
    (loaded,) = result.rules
    (only,) = result.problems
    assert (only.kind, only.remark) == (Kind.METADATA, True)
    assert (tmp_path / "rule.yml").read_text().splitlines()[only.line - 1].startswith(line_of)
    assert loaded.rule.errors == []
    assert loaded.fresh() == loaded.rule
    assert loaded.level is None
    assert loaded.tags in ((), ("attack.t1",))


def test_an_unknown_taxonomy_is_remarked(tmp_path):
    assert "`ecs`" in problem(tmp_path, rule(taxonomy="ecs")).reason


@pytest.mark.parametrize("status", ["deprecated", "unsupported"])
def test_a_rule_that_its_author_gave_up_is_kept_and_remarked(tmp_path, status):
    only = problem(tmp_path, rule(status=status))
    assert (only.kind, only.remark) == (Kind.STATUS, True)


# Ids


def test_a_rule_without_id_gets_one_that_stays_when_the_folder_moves(tmp_path):
    ids = []
    for place in ("here", "there"):
        write(tmp_path / place / "sub" / "r.yml", rule("A", id=...))
        result = load_rules([tmp_path / place])
        assert [(p.kind, p.remark, p.line) for p in result.problems] == [(Kind.MISSING_ID, True, 1)]
        (loaded,) = result.rules
        assert not loaded.has_own_id
        assert loaded.id in result.problems[0].reason
        ids.append(uuid.UUID(loaded.id))
    assert ids[0] == ids[1]
    assert ids[0].version == 5


def test_derived_ids_differ_by_file_by_title_and_by_place_in_the_file(tmp_path):
    for name in ("a.yml", "b.yml"):
        write(tmp_path / name, rule("A", id=...), rule("B", id=...), rule("A", id=...))
    result = load_rules([tmp_path])
    assert len({r.id for r in result.rules}) == 6


def test_a_file_name_that_is_no_text_harms_nothing(tmp_path):
    write(tmp_path / "ok.yml", rule(id=...))
    (tmp_path / "ok.yml").rename(tmp_path / os.fsdecode(b"\xff.yml"))
    (loaded,) = load_rules([tmp_path]).rules
    assert uuid.UUID(loaded.id)


def test_an_id_that_is_no_uuid_still_names_the_rule(tmp_path):
    result = load(tmp_path, rule(rule_id="my-rule-1"))
    assert [r.id for r in result.rules] == ["my-rule-1"]
    assert result.rules[0].has_own_id
    assert [(p.kind, p.remark) for p in result.problems] == [(Kind.METADATA, True)]


@pytest.mark.parametrize("bad", [5, ["x"], True, "", "a\nb", "x" * 200])
def test_an_id_that_names_nothing_is_replaced(tmp_path, bad):
    result = load(tmp_path, rule(id=bad))
    (loaded,) = result.rules
    assert not loaded.has_own_id
    assert Kind.MISSING_ID in {p.kind for p in result.problems}


def test_of_two_rules_with_one_id_both_are_told_and_the_later_is_left_out(tmp_path):
    same = str(uuid.uuid4())
    write(tmp_path / "a.yml", rule("First", same))
    write(tmp_path / "b.yml", rule("Second", same))
    write(tmp_path / "c.yml", rule("Third", same))
    result = load_rules([tmp_path])
    assert [r.title for r in result.rules] == ["First"]
    found = {(p.title, p.remark) for p in result.problems}
    assert found == {("First", True), ("Second", False), ("Third", False)}
    assert {p.kind for p in result.problems} == {Kind.DUPLICATE_ID}
    third = next(p for p in result.problems if p.title == "Third")
    assert f"{tmp_path / 'a.yml'}:1" in third.reason


# What isn't supported


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (
            {"title": "C", "correlation": {"type": "event_count", "rules": ["x"]}},
            "Correlation rules are not supported yet",
        ),
        (
            {"title": "C", "logsource": {"product": "windows"}, "filter": {"rules": []}},
            "Filter rules are not supported yet",
        ),
    ],
)
def test_meta_rules_are_told_as_unsupported_and_the_rest_is_loaded(tmp_path, document, reason):
    result = load(tmp_path, rule("A"), document, rule("B"))
    assert [r.title for r in result.rules] == ["A", "B"]
    (only,) = result.problems
    assert (only.kind, only.title, only.remark) == (Kind.UNSUPPORTED, "C", False)
    assert reason in only.reason
    assert only.line > 1


def test_counting_in_a_condition_is_told_as_unsupported(tmp_path):
    detection = {"s": {"a": 1}, "condition": "s | count() > 5"}
    only = problem(tmp_path, rule(detection=detection))
    assert only.kind is Kind.UNSUPPORTED
    assert "correlation" in only.reason


def test_a_timeframe_is_told_since_pysigma_takes_it_for_a_keyword(tmp_path):
    detection = {"s": {"a": 1}, "timeframe": "5m", "condition": "all of them"}
    only = problem(tmp_path, rule(detection=detection))
    assert only.kind is Kind.UNSUPPORTED
    assert "timeframe" in only.reason


def test_a_name_that_pysigma_misreads_is_told(tmp_path):
    detection = {"notepad": {"a": 1}, "epad": {"b": 1}, "condition": "notepad"}
    only = problem(tmp_path, rule(detection=detection))
    assert only.kind is Kind.UNSUPPORTED
    assert "`notepad`" in only.reason


def test_utf16le_is_wide_by_another_name(tmp_path):
    def detection(name):
        item = {f"a|{name}|base64offset|contains": "cmd", "utf16le": "utf16le"}
        return {"s": [item], "condition": "s"}

    (one,) = load(tmp_path, rule(detection=detection("utf16le"))).rules
    (other,) = load(tmp_path, rule(detection=detection("wide"))).rules
    assert one.rule.detection == other.rule.detection
    assert one.fresh() == one.rule


# Many


def test_three_thousand_rules_with_a_few_bad_ones_load_in_seconds(tmp_path):
    for n in range(3000):
        write(tmp_path / f"{n % 40}" / f"{n}.yml", GOOD.replace("502b42de", f"{n:08x}"))
    (tmp_path / "0" / "bad.yml").write_bytes(b"\xff")
    write(tmp_path / "1" / "bad.yml", "title: [")
    write(tmp_path / "2" / "bad.yml", rule(detection={"s": {"a|x": 1}, "condition": "s"}))
    start = time.process_time()
    result = load_rules([tmp_path])
    assert time.process_time() - start < 15
    assert len(result.rules) == 3000
    assert sorted(p.kind for p in result.problems) == [Kind.INVALID, Kind.UNREADABLE, Kind.YAML]


@pytest.mark.realdata
@pytest.mark.skipif(not REAL_RULES.is_dir(), reason="the real rules are not there")
def test_the_real_rules_load_without_a_problem_as_pysigma_has_them():
    result = load_rules([REAL_RULES])
    assert result.problems == ()
    assert len(result.rules) == result.files == 1436
    assert all(r.has_own_id for r in result.rules)
    for loaded in result.rules[::20]:
        assert loaded.rule == SigmaRule.from_yaml(loaded.path.read_text())


# Anything at all

JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats()
    | st.sampled_from(["s", "s and t", "1 of s*", "not s", "*", "a\\*", "%x%", "(", "10.0.0.0/8"])
    | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["s", "t", "condition", "a|re", "a|cidr", "a|all", "|all", "a|exists", ""]
            )
            | st.integers(0, 3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
TOP = st.sampled_from(
    [
        "title",
        "id",
        "logsource",
        "detection",
        "level",
        "tags",
        "status",
        "date",
        "related",
        "action",
    ]
)


@settings(max_examples=300, deadline=None)
@given(documents=st.lists(st.dictionaries(TOP, JUNK, max_size=10) | JUNK, min_size=1, max_size=3))
def test_whatever_a_file_says_it_is_a_rule_or_a_problem(tmp_path_factory, documents):
    file = tmp_path_factory.mktemp("rules") / "r.yml"
    file.write_text(yaml.safe_dump_all(documents), encoding="utf-8")
    result = load_rules([file])
    for loaded in result.rules:
        assert loaded.rule.errors == []
        assert loaded.title is not None
        assert [condition.parsed for condition in loaded.rule.detection.parsed_condition]
    if not result.rules:
        actions = [d for d in documents if isinstance(d, dict) and d.get("action") is not None]
        assert result.problems or actions
