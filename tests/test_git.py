"""Files as they were in git, named as `REPOSITORY#REVISION:FILE`."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from schemagen.errors import InputError
from schemagen.project.git import parse_spec

pytestmark = pytest.mark.usefixtures("repository")


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository whose main branch has an older form of a file than the work tree."""
    top = tmp_path / "repo"
    (top / "schemas").mkdir(parents=True)
    monkeypatch.chdir(top)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    file = top / "schemas" / "t.schema.json"

    def git(*arguments):
        who = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
        subprocess.run(["git", *who, *arguments], check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    file.write_text("old é", encoding="utf-8")
    (top / "latin.json").write_bytes(b"\xe9")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    git("tag", "v1")
    file.write_text("new", encoding="utf-8")
    return top


@pytest.mark.parametrize(
    "text",
    [
        ".git#main:schemas/t.schema.json",
        ".#main:schemas/t.schema.json",
        "#main:schemas/t.schema.json",
        ".git#branch=main:schemas/t.schema.json",
        ".git#tag=v1:schemas/t.schema.json",
        ".git#HEAD:schemas/t.schema.json",
    ],
)
def test_a_file_of_a_revision(text):
    spec = parse_spec(text)
    assert spec.read() == "old é"
    assert spec.exists()


def test_a_repository_elsewhere(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert parse_spec("repo#main:schemas/t.schema.json").read() == "old é"
    assert parse_spec("repo/.git#main:schemas/t.schema.json").read() == "old é"


def test_the_repository_of_a_folder_below_its_top(repository, monkeypatch):
    monkeypatch.chdir(repository / "schemas")
    assert parse_spec(".git#main:schemas/t.schema.json").read() == "old é"


def test_the_file_as_it_lies_there():
    spec = parse_spec("schemas/t.schema.json")
    assert (spec.read(), str(spec)) == ("new", "schemas/t.schema.json")


def test_a_file_beside_it_in_the_same_revision():
    beside = parse_spec(".git#main:schemas/t.schema.json").beside("t.evidence.json")
    assert str(beside) == ".git#main:schemas/t.evidence.json"
    assert not beside.exists()


def test_a_file_whose_name_has_the_sign():
    Path("a#b.json").write_text("it", encoding="utf-8")
    assert parse_spec("a#b.json").read() == "it"


@pytest.mark.parametrize("text", [".git#main", ".git#:f.json", ".git#--help:f", "a#b", "#"])
def test_what_names_no_file(text):
    with pytest.raises(InputError, match="names no file of a git revision"):
        parse_spec(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (".git#main:none.json", "none.json"),
        (".git#nowhere:schemas/t.schema.json", "nowhere"),
        (".git#main:latin.json", "not UTF-8"),
    ],
)
def test_what_is_not_in_git_is_said(text, says):
    with pytest.raises(InputError, match=says):
        parse_spec(text).read()


@pytest.mark.parametrize("text", ["", ".", "/"])
def test_a_folder_without_a_name_is_no_file(text):
    with pytest.raises(InputError, match="names no file"):
        parse_spec(text)


def test_an_address_is_refused_and_its_password_is_not_shown():
    with pytest.raises(InputError, match="local repositories") as error:
        parse_spec("https://me:secret@git.example.com/r.git#main:stream.sql")
    assert "secret" not in str(error.value)


def test_no_repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(InputError, match="not a git repository"):
        parse_spec(".git#main:t.json").read()


def test_no_git(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match="git can't be run"):
        parse_spec(".git#main:t.json").read()
