"""The sample events of a checkout, and a broker for the demo that has them."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from schemagen.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

TOPIC = "wineventlogs"
SAMPLE = "wineventlogs.ndjson"
LATER = "wineventlogs-later.ndjson"


def find_samples() -> Path:
    """Return the folder of the sample events: here, or in the checkout that this code is of.

    Raises:
        InputError: there is none.

    """
    for folder in (Path("samples"), Path(__file__).parents[2] / "samples"):
        if (folder / SAMPLE).is_file():
            return folder
    raise InputError(
        "The sample events are not here.",
        "Run the demo in a checkout of schemagen, or name their folder: --samples FOLDER.",
    )


def read_events(path: Path) -> list[bytes]:
    """Read events, one a line.

    Raises:
        InputError: the file can't be read.

    """
    try:
        return path.read_bytes().splitlines()
    except OSError as error:
        raise InputError(
            f"Can't read {path}: {error.strerror}.",
            f"Name a folder with {SAMPLE} and {LATER}: --samples FOLDER.",
        ) from error


@contextlib.contextmanager
def topic_of(values: list[bytes]) -> Iterator[str]:
    """Run a broker of its own that has these records in the topic, and yield its address."""
    # Loaded here: without a broker nobody pays for the client.
    from schemagen.sources.embedded import EmbeddedBroker  # noqa: PLC0415

    broker = EmbeddedBroker()
    broker.produce(TOPIC, values)
    yield broker.bootstrap_servers
