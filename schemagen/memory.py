"""The search for cycles, which costs more than the work where very many objects are made."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def without_collections() -> Iterator[None]:
    """Let Python look for no cycles while the context lasts.

    For large trees that are made at once and all stay: Python would go through all of them again
    and again, and find nothing. What is not part of a cycle is freed as always.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
