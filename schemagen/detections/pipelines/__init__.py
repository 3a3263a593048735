"""Pipelines: from Sigma's log sources and field names to the events of a topic.

    for spec in specs:
        pipeline = load_pipeline(spec)

gives either a `SigmaPipeline`, to be applied to the rule before it is compiled, or an
`EventPipeline`, asked while it is bound: `pipeline.resolve(rule.logsource)`.
"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from schemagen.detections.pipelines.builtin import builtin_pipelines
from schemagen.detections.pipelines.model import (
    Alternative,
    Candidates,
    Condition,
    EventPipeline,
    Resolution,
)
from schemagen.detections.pipelines.sigma import (
    SigmaPipeline,
    from_file,
    from_installed,
    installed_pipelines,
)
from schemagen.errors import InputError

__all__ = [
    "Alternative",
    "Candidates",
    "Condition",
    "EventPipeline",
    "Resolution",
    "SigmaPipeline",
    "builtin_names",
    "installed_names",
    "load_pipeline",
]


def builtin_names() -> tuple[str, ...]:
    """Return the names of the pipelines of our own, sorted."""
    return tuple(sorted(builtin_pipelines()))


def installed_names() -> tuple[str, ...]:
    """Return the names of the pipelines that installed pySigma packages bring, sorted."""
    return tuple(sorted(installed_pipelines()))


def load_pipeline(spec: str) -> EventPipeline | SigmaPipeline:
    """Load a pipeline.

    Args:
        spec: the name of one of our own; the path of a pySigma pipeline file (anything with a
            slash or that ends in `.yml` or `.yaml`); or the name of an installed one. They are
            tried in this order.

    Raises:
        InputError: there is none of that name, or it can't be used.

    """
    builtin = builtin_pipelines()
    if spec in builtin:
        return builtin[spec]
    if "/" in spec or "\\" in spec or spec.endswith((".yml", ".yaml")):
        return _file(spec)
    installed = installed_pipelines()
    if spec in installed:
        return from_installed(spec, installed[spec])
    near = get_close_matches(spec.lower(), sorted({*builtin, *installed}), n=3, cutoff=0.5)
    if near:
        hint = f"Did you mean {' or '.join(f'`{name}`' for name in near)}?"
    else:
        hint = f"There are {', '.join(builtin)}; or give the path of a pySigma pipeline file."
    raise InputError(f"There is no pipeline `{spec}`.", hint)


def _file(spec: str) -> SigmaPipeline:
    path = Path(spec)
    if path.is_dir():
        raise InputError(
            f"The pipeline {spec} is a folder.", "Name the pipeline file, or each of several."
        )
    if not path.exists():
        raise InputError(
            f"There is no pipeline file {spec}.",
            "Paths in schemagen.toml start from its own folder.",
        )
    return from_file(spec, path)
