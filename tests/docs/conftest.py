"""The command line as a user has it: a process of its own, in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = "from schemagen.cli import main; main()"


class Schemagen:
    """Runs `schemagen` in a folder."""

    def __init__(self, folder):
        self.folder = folder

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def __call__(self, *arguments):
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("SCHEMAGEN_")
        }
        return subprocess.run(
            [sys.executable, "-c", PROGRAM, *arguments],
            cwd=self.folder, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip


@pytest.fixture
def schemagen(tmp_path):
    return Schemagen(tmp_path)
