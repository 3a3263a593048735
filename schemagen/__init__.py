"""From a Kafka topic of schemaless JSON logs to running detections on ksqlDB.

The names below are the library, loaded when they are first used: see `schemagen.library`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from schemagen.errors import SchemagenError
    from schemagen.library import (
        Sample,
        Topic,
        bind_rules,
        compare,
        declare,
        infer,
        merge,
        run_statements,
    )

__version__ = "0.2.0"

__all__ = [
    "Sample",
    "SchemagenError",
    "Topic",
    "__version__",
    "bind_rules",
    "compare",
    "declare",
    "infer",
    "merge",
    "run_statements",
]


def __getattr__(name: str) -> Any:
    """Load a name of the library when it is first used: a command's `--help` needs none of it.

    Raises:
        AttributeError: the library has no such name.

    """
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - only those who need it pay

    home = "schemagen.errors" if name == "SchemagenError" else "schemagen.library"
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    """Return the names of the library."""
    return __all__
