"""The action, the hooks for pre-commit, and what the documents show of CI."""

from __future__ import annotations

import re

import yaml
from documents import ROOT, blocks

ACTION = ROOT / "action.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
CI = ROOT / "docs" / "ci.md"
ACTION_NAME = "OWNER/schemagen@"


def load_yaml(text):
    """Load YAML 1.2's way: `on` is a key of a workflow, not true."""
    return yaml.load(text, Loader=_Loader)


class _Loader(yaml.SafeLoader):
    """A safe loader for which only true and false are booleans."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:bool"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"true|false"), list("tf"))


def action():
    return load_yaml(ACTION.read_text(encoding="utf-8"))


def hooks():
    return {hook["id"]: hook for hook in load_yaml(HOOKS.read_text(encoding="utf-8"))}


def snippets(kind):
    """List the snippets of docs/ci.md of a kind: workflow, steps, gitlab or pre-commit."""
    return [block for block in blocks(CI, "yaml") if _kind(load_yaml(block.body)) == kind]


def _kind(data):
    if isinstance(data, list):
        return "steps"
    if "jobs" in data:
        return "workflow"
    if "repos" in data:
        return "pre-commit"
    return "gitlab" if any("script" in job for job in data.values()) else "other"


def steps(block):
    """List the steps of a workflow, or of a part of one."""
    data = load_yaml(block.body)
    if isinstance(data, list):
        return data
    return [step for job in data["jobs"].values() for step in job["steps"]]
