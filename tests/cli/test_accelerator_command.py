"""`schemagen accelerator export`, and the options that belong to the accelerator."""

from __future__ import annotations

import hashlib

import pytest

from schemagen.accelerator import jar as jars
from schemagen.errors import EXIT_USAGE

EVENT = '{"id": 4, "S": "evil"}\n'
RULE = """
title: A rule
id: 3f1d8a52-3b0c-4a86-9a5b-54d3c1d6b7aa
logsource: {category: test}
detection: {selection: {S|contains: evil}, condition: selection}
"""


@pytest.fixture
def project(run, tmp_path):
    (tmp_path / "events.ndjson").write_text(EVENT * 3)
    (tmp_path / "rule.yml").write_text(RULE)
    (tmp_path / "schemagen.toml").write_text(
        '[topics.events]\nrules = ["rule.yml"]\npipelines = ["none"]\naccelerator = true\n'
    )
    assert run("infer", "--from", "events.ndjson", "-q").code == 0
    return tmp_path


def test_the_jar_comes_with_its_checksum_and_what_to_do_with_it(run, tmp_path, monkeypatch):
    built = tmp_path / jars.JAR
    built.write_bytes(b"the jar")
    monkeypatch.setattr(jars, "_BUILT", built)
    result = run("accelerator", "export", "out/here")
    assert result.code == 0
    folder = tmp_path / "out" / "here"
    assert (folder / jars.JAR).read_bytes() == b"the jar"
    digest = hashlib.sha256(b"the jar").hexdigest()
    assert (folder / "SHA256SUMS").read_text() == f"{digest}  {jars.JAR}\n"
    assert "ksql.extension.dir" in (folder / "README.md").read_text()


def test_an_installation_without_the_jar_says_how_to_get_it(run, tmp_path, monkeypatch):
    monkeypatch.setattr(jars, "_BUILT", tmp_path / "none.jar")
    result = run("accelerator", "export", "out")
    assert result.code == EXIT_USAGE
    assert "make accelerator" in result.err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_a_file_is_told(run, tmp_path, monkeypatch):
    built = tmp_path / jars.JAR
    built.write_bytes(b"the jar")
    monkeypatch.setattr(jars, "_BUILT", built)
    result = run("accelerator", "export", built)
    assert result.code == EXIT_USAGE
    assert "can't be written" in result.err


def test_the_project_file_asks_for_the_accelerator(run, project):
    sql = run("ddl").out
    assert "SCHEMAGEN_MATCH_V1(" in sql
    (project / "stream.sql").write_text(sql)
    result = run("test", "--events", "events.ndjson")
    assert result.code == 0
    assert "A rule" in result.out


def test_a_jar_that_is_not_there_is_told(run, project):
    (project / "stream.sql").write_text(run("ddl").out)
    result = run("test", "--events", "events.ndjson", "--accelerator-jar", "no.jar")
    assert result.code == EXIT_USAGE
    assert "There is no no.jar" in result.err


def test_a_layout_without_bundles_has_no_accelerator(run, project):
    assert project.is_dir()
    result = run("ddl", "--layout", "insert")
    assert result.code == EXIT_USAGE
    assert "--layout bundle" in result.err
