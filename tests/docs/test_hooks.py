"""The hooks for pre-commit, run as it runs them: entry and args, in the repository's root."""

from __future__ import annotations

import shlex
import shutil

import pytest
from ci_files import hooks, load_yaml, snippets
from documents import ROOT, check

SAMPLES = ROOT / "samples"
HOOKS = hooks()


def arguments(hook, args=None):
    """Give what follows the program's name; a configuration's args replace those of the hook."""
    program, *entry = shlex.split(hook["entry"])
    assert program == "schemagen"
    return [*entry, *(hook.get("args", []) if args is None else args)]


@pytest.fixture
def repository(schemagen):
    """A folder with a project, its schema, and the statements that follow from them."""
    shutil.copytree(SAMPLES / "rules", schemagen.folder / "rules")
    shutil.copy(SAMPLES / "schemagen.toml", schemagen.folder)
    events = str(SAMPLES / "wineventlogs.ndjson")
    assert schemagen("infer", "--from", events, "--quiet").returncode == 0
    assert schemagen("ddl", "--out", "stream.sql").returncode == 0
    return schemagen


@pytest.mark.parametrize("hook", HOOKS.values(), ids=lambda hook: hook["id"])
def test_a_hook_runs_a_command_that_there_is(hook):
    check(arguments(hook))


CONFIGURED = [
    pytest.param(HOOKS[hook["id"]], hook["args"], id=" ".join(hook["args"]))
    for block in snippets("pre-commit")
    for repository in load_yaml(block.body)["repos"]
    for hook in repository["hooks"]
    if "args" in hook
]


@pytest.mark.parametrize(("hook", "args"), CONFIGURED)
def test_the_args_of_the_documents_are_such_as_the_command_takes(hook, args):
    check(arguments(hook, args))


def test_statements_that_are_current_stay_as_they_are(repository):
    before = (repository.folder / "stream.sql").read_bytes()
    assert repository(*arguments(HOOKS["schemagen-ddl"])).returncode == 0
    assert (repository.folder / "stream.sql").read_bytes() == before


def test_statements_that_somebody_edited_are_written_anew(repository):
    file = repository.folder / "stream.sql"
    before = file.read_bytes()
    file.write_bytes(before.replace(b"VARCHAR", b"BIGINT", 1))
    assert repository(*arguments(HOOKS["schemagen-ddl"])).returncode == 0
    assert file.read_bytes() == before


def test_a_rule_that_needs_what_the_topic_lacks_stops_the_commit(repository):
    result = repository(*arguments(HOOKS["schemagen-rules"]))
    assert result.returncode == 1
    assert "UNBOUND" in result.stdout
    (repository.folder / "rules" / "service_installed_by_security_log.yml").unlink()
    assert repository(*arguments(HOOKS["schemagen-rules"])).returncode == 0


def test_a_rule_that_cannot_be_read_stops_the_commit(repository):
    (repository.folder / "rules" / "service_installed_by_security_log.yml").unlink()
    repository.write("rules/broken.yml", "title: [\n")
    result = repository(*arguments(HOOKS["schemagen-rules"]))
    assert result.returncode == 1
    assert "broken.yml" in result.stdout + result.stderr


def test_statements_that_alert_no_more_stop_the_commit(repository):
    assert repository(*arguments(HOOKS["schemagen-test"])).returncode == 0
    file = repository.folder / "stream.sql"
    file.write_text(file.read_text(encoding="utf-8").replace("antivirusproduct", "x"), "utf-8")
    assert repository(*arguments(HOOKS["schemagen-test"])).returncode == 1
