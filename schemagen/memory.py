"""The search for cycles, which costs more than the work where very many objects are made."""

from __future__ import annotations

import atexit
import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def search_rarely() -> None:
    """Let the whole process search for cycles rarely, and not once more at its end.

    Trees and profiles are millions of small objects, few of them garbage. At its usual threshold
    the search takes a third of the time, at this one the memory is the same; the one at the end
    takes seconds after large trees.
    """
    gc.set_threshold(200_000, 20, 20)
    atexit.register(gc.freeze)


@contextmanager
def without_collections() -> Iterator[None]:
    """Let Python look for no cycles while the context lasts.

    For large trees that are made at once and all stay: Python would go through all of them again
    and again, and find nothing. What is not part of a cycle is freed as always.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():
            # Frozen and let go of, all that was made is old at once; else the next search would be
            # through all of it.
            gc.freeze()
            gc.unfreeze()
        gc.enable()
