"""What others read, by their own schemas: the action, workflows, GitLab's jobs, pre-commit's files.

The schemas come with check-jsonschema, as the services publish them; no network is asked.
"""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
import yaml
from ci_files import (
    ACTION,
    ACTION_NAME,
    CI,
    HOOKS,
    action,
    hooks,
    load_yaml,
    snippets,
    steps,
)
from documents import blocks
from pre_commit.clientlib import InvalidManifestError, load_config, load_manifest


def check(schema, file, *options):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *options, file]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def wrapped(block):
    """Make a workflow of steps that stand alone."""
    if isinstance(load_yaml(block.body), dict):
        return block.body
    body = "".join(f"      {line}" for line in block.body.splitlines(keepends=True))
    return f"on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n{body}"


def test_the_documents_show_each_kind():
    assert len(snippets("workflow")) == 2
    assert snippets("steps")
    assert snippets("gitlab")
    assert len(snippets("pre-commit")) == 2
    assert not snippets("other")


def test_the_action_is_what_github_takes():
    check("vendor.github-actions", ACTION)


@pytest.mark.parametrize("block", [*snippets("workflow"), *snippets("steps")], ids=str)
def test_a_workflow_is_what_github_takes(block, tmp_path):
    file = tmp_path / "workflow.yml"
    file.write_text(wrapped(block), encoding="utf-8")
    check("vendor.github-workflows", file)


@pytest.mark.parametrize("block", snippets("workflow"), ids=str)
def test_a_workflow_has_limits(block):
    workflow = load_yaml(block.body)
    assert workflow["permissions"] == {"contents": "read"}
    assert all(job["timeout-minutes"] for job in workflow["jobs"].values())


@pytest.mark.parametrize("block", snippets("gitlab"), ids=str)
def test_a_job_is_what_gitlab_takes(block, tmp_path):
    file = tmp_path / ".gitlab-ci.yml"
    file.write_text(block.body, encoding="utf-8")
    check("vendor.gitlab-ci", file, "--data-transform", "gitlab-ci")


def test_a_fault_would_be_noticed(tmp_path):
    file = tmp_path / "action.yml"
    file.write_text("name: x\nruns:\n  using: composite\n  steps: none\n", encoding="utf-8")
    with pytest.raises(AssertionError):
        check("vendor.github-actions", file)


# --- pre-commit ----------------------------------------------------------------------------------


def test_the_hooks_are_what_pre_commit_takes():
    assert [hook["id"] for hook in load_manifest(HOOKS)] == list(hooks())


def test_a_fault_in_the_hooks_would_be_noticed(tmp_path):
    file = tmp_path / "hooks.yaml"
    file.write_text(HOOKS.read_text(encoding="utf-8").replace("entry:", "enter:"), encoding="utf-8")
    with pytest.raises(InvalidManifestError):
        load_manifest(file)


@pytest.mark.parametrize("block", snippets("pre-commit"), ids=str)
def test_a_configuration_is_what_pre_commit_takes(block, tmp_path):
    file = tmp_path / ".pre-commit-config.yaml"
    file.write_text(block.body, encoding="utf-8")
    for repository in load_config(file)["repos"]:
        assert {hook["id"] for hook in repository["hooks"]} <= set(hooks())


def test_every_hook_is_described():
    described = re.findall(
        r"^\| `(schemagen-\w+)` \|", CI.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert described == list(hooks())


# --- the action as it is used, and as it is described --------------------------------------------

USES = [
    pytest.param(step, id=f"{block}, step {number}")
    for block in snippets("workflow")
    for number, step in enumerate(steps(block), 1)
    if str(step.get("uses", "")).startswith(ACTION_NAME)
]


@pytest.mark.parametrize("step", USES)
def test_only_inputs_that_there_are_are_given(step):
    assert set(step["with"]) <= set(action()["inputs"])


def test_only_outputs_that_there_are_are_read():
    read = set(re.findall(r"steps\.drift\.outputs\.([\w-]+)", CI.read_text(encoding="utf-8")))
    assert read
    assert read <= set(action()["outputs"])


def test_every_input_and_output_is_described():
    text = CI.read_text(encoding="utf-8").partition("### What the action takes and gives")[2]
    inputs, _, outputs = text.partition("## GitLab")[0].partition("| output |")
    for table, names in ((inputs, action()["inputs"]), (outputs, action()["outputs"])):
        cells = re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE)
        assert {name for cell in cells for name in re.findall(r"`([\w-]+)`", cell)} == set(names)


def test_no_example_pastes_an_expression_into_a_script():
    scripts = [step.get("run", "") for block in snippets("workflow") for step in steps(block)]
    scripts += [step.get("run", "") for step in action()["runs"]["steps"]]
    scripts += [
        step["with"].get("script", "")
        for block in snippets("steps")
        for step in steps(block)
        if "with" in step
    ]
    assert any(scripts)
    assert not [script for script in scripts if "${{" in script]


def test_every_yaml_of_the_documents_is_yaml():
    assert all(yaml.safe_load(block.body) for block in blocks(CI, "yaml"))
