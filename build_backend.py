"""setuptools as the build backend, and mypyc beside it for a wheel that is compiled (setup.py)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from setuptools import build_meta
from setuptools.build_meta import (  # the hooks of PEP 517 and 660 that are taken as they are
    build_editable,
    build_sdist,
    build_wheel,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]


def get_requires_for_build_wheel(
    config_settings: Mapping[str, str | list[str] | None] | None = None,
) -> list[str]:
    """Return what must be installed to build a wheel, beside setuptools."""
    needed = build_meta.get_requires_for_build_wheel(config_settings)
    return needed if os.environ.get("SCHEMAGEN_COMPILE") == "0" else [*needed, "mypy>=1.17"]
