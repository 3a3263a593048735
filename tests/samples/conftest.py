"""The sample events, read once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "samples"


def _events(name):
    return [json.loads(line) for line in (SAMPLES / name).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="session")
def first():
    """The events of the first day."""
    return _events("wineventlogs.ndjson")


@pytest.fixture(scope="session")
def later():
    """The events of the later day."""
    return _events("wineventlogs-later.ndjson")
