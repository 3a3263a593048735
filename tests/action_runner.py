"""Runs the shell steps of the composite action as GitHub's runner does, one after the other."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field

from ci_files import action

_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_SHELL = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail"]
"""What the runner makes of `shell: bash`."""


@dataclass
class Outcome:
    """What a run of the action comes to."""

    code: int = 0
    ran: list[str] = field(default_factory=list)
    log: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""


class Runner:
    """Runs steps in a workspace; `pull_request` is the number of the one that is built."""

    def __init__(self, folder, *, action_path, path="", pull_request=""):
        self.workspace, self.temporary = folder / "work", folder / "temp"
        for each in (self.workspace, self.temporary):
            each.mkdir(exist_ok=True)
        self._folder, self._action_path, self._path = folder, action_path, path
        self._pull_request = pull_request
        self.python = "python3"

    def run(self, steps=None, environment=None, **inputs):
        """Run the named steps, or all, with inputs whose names have underscores for hyphens."""
        described = action()
        values = {f"inputs.{name}": each["default"] for name, each in described["inputs"].items()}
        given = {f"inputs.{name.replace('_', '-')}": value for name, value in inputs.items()}
        assert given.keys() <= values.keys()
        values |= given
        values["github.event.pull_request.number"] = self._pull_request
        values["github.token"] = "a-token"
        values["steps.python.outputs.python-path"] = self.python
        values["runner.temp"] = str(self.temporary)
        outcome = Outcome()
        for step in described["runs"]["steps"]:
            if "run" not in step or (steps is not None and step["name"] not in steps):
                continue
            if not _holds(step.get("if", "true"), values):
                continue
            outcome.ran.append(step["name"])
            self._step(step, values, environment or {}, outcome)
            if outcome.code:
                break
        outcome.outputs = {
            name: text
            for name, each in described["outputs"].items()
            if (text := _filled(each["value"], values))
        }
        return outcome

    def _step(self, step, values, environment, outcome):
        output, summary = self._folder / "output", self._folder / "summary"
        output.write_text("")
        script = self._folder / "step.sh"
        script.write_text(step["run"], encoding="utf-8")
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("SCHEMAGEN_", "PYTHON"))
        }
        result = subprocess.run(
            [*_SHELL, str(script)],
            cwd=self.workspace / _filled(step.get("working-directory", "."), values),
            env={
                **inherited,
                "PATH": f"{self._path}{os.pathsep}{os.environ['PATH']}",
                "RUNNER_TEMP": str(self.temporary),
                "GITHUB_ACTION_PATH": str(self._action_path),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(summary),
                "GITHUB_REPOSITORY": "example/detections",
                **environment,
                **{name: _filled(text, values) for name, text in step.get("env", {}).items()},
            },
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        outcome.code = result.returncode
        outcome.log += result.stdout
        outcome.summary = summary.read_text("utf-8") if summary.exists() else ""
        for line in output.read_text("utf-8").splitlines():
            name, _, value = line.partition("=")
            values[f"steps.{step['id']}.outputs.{name}"] = value


def _filled(text, values):
    return _EXPRESSION.sub(lambda match: _operand(match[1], values), text)


def _holds(condition, values):
    """Evaluate the few forms of conditions that the action has."""
    return all(_comparison(part, values) for part in condition.split("&&"))


def _comparison(text, values):
    left, sign, right = re.fullmatch(r"\s*(.+?)\s*(?:(==|!=)\s*(.+?)\s*)?", text).groups()
    if not sign:
        return _operand(left, values) not in {"", "false"}
    return (_operand(left, values) == _operand(right, values)) == (sign == "==")


def _operand(text, values):
    for part in text.split("||"):
        word = part.strip()
        value = word[1:-1] if word[0] == "'" else values.get(word, "" if "." in word else word)
        if value:
            return _filled(value, values)
    return ""
