"""Loading rules: what a rule comes with, its id, and many at once."""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from rule_writing import GOOD, load, problem, rule, write
from sigma.collection import SigmaCollection
from sigma.rule import SigmaRule

from schemagen.detections.rules import ProblemKind, load_rules

REAL_RULES = Path(__file__).parents[3] / "shared" / "data" / "sigma" / "rules"


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
    assert loaded.fresh() == SigmaRule.from_yaml(GOOD)


def test_a_fresh_rule_is_equal_but_its_own(tmp_path):
    (loaded,) = load(tmp_path, GOOD).rules
    fresh = loaded.fresh()
    fresh.detection.detections["selection"].detection_items[0].field = "changed"
    assert loaded.fresh().detection.detections["selection"].detection_items[0].field == "Image"


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
    assert [r.title for r in result.rules] == [r.title for r in expected]
    assert [r.fresh().detection for r in result.rules] == [r.detection for r in expected]
    assert [r.fresh().logsource for r in result.rules] == [r.logsource for r in expected]
    assert [r.fresh().level for r in result.rules] == [r.level for r in expected]
    assert {p.kind for p in result.problems} == {ProblemKind.MISSING_ID}


def test_an_unknown_action_is_told(tmp_path):
    assert problem(tmp_path, "action: explode\n").kind is ProblemKind.UNSUPPORTED


def test_a_trailing_empty_document_is_nothing(tmp_path):
    assert load(tmp_path, GOOD + "---\n").problems == ()


# Ids


def test_a_rule_without_id_gets_one_that_stays_when_the_folder_moves(tmp_path):
    ids = []
    for place in ("here", "there"):
        write(tmp_path / place / "sub" / "r.yml", rule("A", id=...))
        result = load_rules([tmp_path / place])
        assert [(p.kind, p.remark, p.line) for p in result.problems] == [
            (ProblemKind.MISSING_ID, True, 1)
        ]
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
    assert [(p.kind, p.remark) for p in result.problems] == [(ProblemKind.METADATA, True)]


@pytest.mark.parametrize("bad", [5, ["x"], True, "", "a\nb", "x" * 200])
def test_an_id_that_names_nothing_is_replaced(tmp_path, bad):
    result = load(tmp_path, rule(id=bad))
    (loaded,) = result.rules
    assert not loaded.has_own_id
    assert ProblemKind.MISSING_ID in {p.kind for p in result.problems}


def test_of_two_rules_with_one_id_both_are_told_and_the_later_is_left_out(tmp_path):
    same = str(uuid.uuid4())
    write(tmp_path / "a.yml", rule("First", same))
    write(tmp_path / "b.yml", rule("Second", same))
    write(tmp_path / "c.yml", rule("Third", same))
    result = load_rules([tmp_path])
    assert [r.title for r in result.rules] == ["First"]
    found = {(p.title, p.remark) for p in result.problems}
    assert found == {("First", True), ("Second", False), ("Third", False)}
    assert {p.kind for p in result.problems} == {ProblemKind.DUPLICATE_ID}
    third = next(p for p in result.problems if p.title == "Third")
    assert f"{tmp_path / 'a.yml'}:1" in third.reason


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
    assert sorted(p.kind for p in result.problems) == [
        ProblemKind.INVALID,
        ProblemKind.UNREADABLE,
        ProblemKind.YAML,
    ]


@pytest.mark.realdata
@pytest.mark.skipif(not REAL_RULES.is_dir(), reason="the real rules are not there")
def test_the_real_rules_load_without_a_problem_as_pysigma_has_them():
    result = load_rules([REAL_RULES])
    assert result.problems == ()
    assert len(result.rules) == result.files == 1436
    assert all(r.has_own_id for r in result.rules)
    for loaded in result.rules[::20]:
        assert loaded.fresh() == SigmaRule.from_yaml(loaded.path.read_text())


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
        assert loaded.fresh().errors == []
        assert loaded.title is not None
        assert [condition.parsed for condition in loaded.fresh().detection.parsed_condition]
    if not result.rules:
        actions = [d for d in documents if isinstance(d, dict) and d.get("action") is not None]
        assert result.problems or actions
