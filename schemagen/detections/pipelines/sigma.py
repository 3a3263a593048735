"""pySigma's own pipelines: of an installed package, or from a YAML file of the user's.

They alter a rule before it is compiled: names, values, placeholders, conditions, log source. What
works on the text of a finished query can't work here, where a query is a tree and never text; such
a pipeline is refused as a whole, since half of it would be something else.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from functools import cache
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from sigma.exceptions import SigmaError
from sigma.pipelines.base import Pipeline
from sigma.plugins import InstalledSigmaPlugins
from sigma.processing.pipeline import ProcessingPipeline
from sigma.processing.transformations import (
    CommandPlaceholderTransformation,
    FilePlaceholderTransformation,
    HTTPPlaceholderTransformation,
    NestedProcessingTransformation,
    QueryExpressionPlaceholderTransformation,
)

from schemagen.detections.documents import BrokenYamlError, UnreadableError, parse, read_text
from schemagen.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sigma.rule import SigmaRule

BACKEND = "ksqldb"
_REFUSED = {
    QueryExpressionPlaceholderTransformation: (
        "query_expression_placeholders",
        "it inserts query text",
    ),
    HTTPPlaceholderTransformation: (
        "http_placeholders",
        "what a server answers today can't be reviewed",
    ),
    CommandPlaceholderTransformation: (
        "command_placeholders",
        "what a command prints today can't be reviewed",
    ),
}


@dataclass(frozen=True, slots=True)
class SigmaPipeline:
    """A pipeline of pySigma's that is fit for us.

    Args:
        name: the name or path that the user gave it by.
        pipeline: pySigma's object. It keeps state while it is applied, so never share it between
            threads.

    """

    name: str
    pipeline: ProcessingPipeline

    def apply(self, rule: SigmaRule) -> None:
        """Alter a rule in place.

        Raises:
            SigmaError: the pipeline says that the rule can't be expressed with it.

        """
        self.pipeline.apply(rule)


@cache
def installed_pipelines() -> dict[str, Callable[[], ProcessingPipeline]]:
    """Find the pipelines of the installed pySigma packages by name."""
    plugins = InstalledSigmaPlugins.autodiscover(include_backends=False, include_validators=False)
    return {
        name: _decorated(name) or found if type(found) is Pipeline else found
        for name, found in plugins.pipelines.items()
    }


def _decorated(name: str) -> Callable[[], ProcessingPipeline] | None:
    """Find the function that pySigma's decorator took for a pipeline.

    In pySigma 1.5 the decorator makes one object for all, which is the pipeline that was decorated
    last, under every name: looking for plugins imports pySigma's test pipelines, and `sysmon` is
    one of these from then on. The code of the function is still in that of its module.
    """
    for module in [each for key, each in sys.modules.items() if key.startswith("sigma.pipelines.")]:
        code = getattr(module.__loader__, "get_code", lambda _: None)(module.__name__)
        for part in () if code is None else code.co_consts:
            if isinstance(part, CodeType) and part.co_name.replace("_pipeline", "") == name:
                return FunctionType(part, vars(module))
    return None


def from_installed(name: str, make: Callable[[], ProcessingPipeline]) -> SigmaPipeline:
    """Make an installed pipeline.

    Raises:
        InputError: it does what is not supported.

    """
    return _checked(name, f"The pipeline `{name}`", make())


def from_file(spec: str, path: Path) -> SigmaPipeline:
    """Read a pipeline from a YAML file.

    Raises:
        InputError: the file can't be read, is not a pipeline, or does what is not supported.

    """
    what = f"The pipeline {path}"
    try:
        documents = parse(read_text(path))
    except UnreadableError as error:
        raise InputError(f"{what} can't be read: {error.reason}.") from error
    except BrokenYamlError as error:
        where = "" if error.line is None else f" (line {error.line}, column {error.column})"
        raise InputError(f"{what} is not valid YAML{where}: {error.reason}.") from error
    if len(documents) != 1 or not isinstance(documents[0].value, dict):
        raise InputError(
            f"{what} is not a pySigma processing pipeline: it must be one map.",
            "Its keys are name, priority and transformations.",
        )
    data = documents[0].value
    if "detection" in data:
        raise InputError(
            f"{what} is not a pySigma processing pipeline but a rule.",
            "Name it under `rules`, not under `pipelines`.",
        )
    try:
        pipeline = ProcessingPipeline.from_dict(data)
    except SigmaError as error:
        raise InputError(f"{what} is not valid: {_sentence(error)}.") from error
    # pySigma trusts the types of what it reads, and raises what Python does where they are wrong.
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise InputError(f"{what} is not valid: {' '.join(reason.split())}.") from error
    return _checked(spec, what, pipeline)


def _sentence(error: SigmaError) -> str:
    return re.sub(r"\s+", " ", str(error)).rstrip(".")


def _checked(name: str, what: str, pipeline: ProcessingPipeline) -> SigmaPipeline:
    """Refuse a pipeline that does what can't be done here."""
    allowed = sorted(pipeline.allowed_backends)
    if allowed and BACKEND not in allowed:
        raise InputError(
            f"{what} is made for {', '.join(allowed)}, not for {BACKEND}.",
            f"Where it fits these events too, add {BACKEND} to its allowed_backends.",
        )
    for part, found in (
        ("postprocessing", pipeline.postprocessing_items),
        ("finalizers", pipeline.finalizers),
    ):
        if found:
            raise InputError(
                f"{what} has {part}, which are not supported: they work on the text of a query, "
                "and none is made.",
                f"Take `{part}` out.",
            )
    for transformation in _transformations(pipeline):
        for kind, (identifier, why) in _REFUSED.items():
            if isinstance(transformation, kind):
                raise InputError(
                    f"{what} uses `{identifier}`, which is not supported: {why}.",
                    "Give the values by `value_placeholders` or `file_placeholders`.",
                )
        if isinstance(transformation, FilePlaceholderTransformation):
            # A file beside the pipeline is as much the user's own as the pipeline is.
            transformation.allow_external_sources = True
    return SigmaPipeline(name, pipeline)


def _transformations(pipeline: ProcessingPipeline) -> Iterator[Any]:
    for item in pipeline.items:
        yield item.transformation
        if isinstance(item.transformation, NestedProcessingTransformation):
            yield from _transformations(item.transformation._nested_pipeline)  # noqa: SLF001 (pySigma has no other way in)
