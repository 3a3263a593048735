"""The jar, built once by Maven for all tests that ask it."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from schemagen.accelerator.jar import JAR

SOURCES = Path(__file__).parents[1] / "accelerator"
REQUIRE = "SCHEMAGEN_REQUIRE_ACCELERATOR"


class JarUnavailableError(Exception):
    """The jar can't be built on this machine; the text says what is missing."""


def build(folder, *goals):
    """Build the jar from a copy of its sources: nothing is left beside them."""
    shutil.copytree(SOURCES, folder, ignore=shutil.ignore_patterns("target"))
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            raise JarUnavailableError(f"there is no {program} on the PATH")
    command = ["mvn", "--quiet", "--batch-mode", "--file", str(folder / "pom.xml"), *goals]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
    if done.returncode:
        raise JarUnavailableError(f"mvn could not build it: {done.stdout[-2000:]}")
    return folder / "target" / JAR


@cache
def _built(parent):
    return build(parent / "first", "verify")


def built_jar(tmp_path_factory):
    """Return the jar; its own tests ran while it was built."""
    try:
        return _built(tmp_path_factory.getbasetemp())
    except JarUnavailableError as error:
        if os.environ.get(REQUIRE) == "1":
            raise
        pytest.skip(str(error))
