"""Which files are looked at, and what is said of those that hold no rule."""

from __future__ import annotations

from pathlib import Path

import pytest
from rule_writing import GOOD, problem, rule, write

from schemagen.detections.rules import ProblemKind, load_rules
from schemagen.errors import InputError


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
    assert [(p.kind, p.remark) for p in result.problems] == [(ProblemKind.NOT_A_RULE, True)]


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
    assert [(p.kind, p.path.name) for p in result.problems] == [
        (ProblemKind.UNREADABLE, "self.yml")
    ]


def test_a_path_that_does_not_exist_is_a_usage_error(tmp_path):
    with pytest.raises(InputError, match="no rule file or folder"):
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
    assert [(p.kind, p.path) for p in result.problems] == [(ProblemKind.UNREADABLE, locked)]
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
    assert [(p.kind, p.path) for p in result.problems] == [(ProblemKind.UNREADABLE, file)]


# Files that are none


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", ProblemKind.NOT_A_RULE),
        (b"# only a comment\n---\n---\n", ProblemKind.NOT_A_RULE),
        (b"just text", ProblemKind.NOT_A_RULE),
        (b"- a\n- b\n", ProblemKind.NOT_A_RULE),
        (b"a: 1\n", ProblemKind.NOT_A_RULE),
        (b"name: p\npriority: 1\ntransformations: []\n", ProblemKind.NOT_A_RULE),
        (b"title: \xe9\n", ProblemKind.UNREADABLE),
        (b"title: [\n", ProblemKind.YAML),
        (b"title: a\x00b\n", ProblemKind.YAML),
        (b"a: &a [*a]\n", ProblemKind.YAML),
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
    assert (only.kind, only.line, only.column) == (ProblemKind.YAML, 4, 1)


def test_a_broken_document_takes_the_other_rules_of_its_file_with_it(tmp_path):
    only = problem(tmp_path, GOOD, "title: 'open\n")
    assert only.kind is ProblemKind.YAML


def test_a_field_that_stands_twice_is_told_since_yaml_would_drop_one(tmp_path):
    text = GOOD.replace("  condition", "    CommandLine: a\n    CommandLine: b\n  condition")
    only = problem(tmp_path, text)
    assert only.kind is ProblemKind.YAML
    assert "`CommandLine` stands twice" in only.reason
    assert only.line == 18


def test_a_pipeline_in_the_rules_folder_is_recognised(tmp_path):
    assert "pipeline" in problem(tmp_path, "transformations: []\n").reason
