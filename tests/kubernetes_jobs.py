"""The Jobs of a manifest, and the commands that their pods run."""

from __future__ import annotations

import re

import yaml


def jobs(markdown):
    """Return the Jobs of the only YAML in a text, in order."""
    (manifest,) = re.findall(r"```yaml\n(.*?)```", markdown, re.DOTALL)
    return [each for each in yaml.safe_load_all(manifest) if each["kind"] == "Job"]


def pods(job):
    """Return the arguments of every pod, with the index that Kubernetes gives it filled in."""
    spec = job["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    indexed = spec.get("completionMode") == "Indexed"
    return [
        [word.replace("$(JOB_COMPLETION_INDEX)", str(index)) for word in container["args"]]
        for index in range(spec["completions"] if indexed else 1)
    ]
