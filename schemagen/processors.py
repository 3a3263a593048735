"""How many processors there are to work with, and how the processes on them ended."""

from __future__ import annotations

import os


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def how_ended(code: int | None) -> str:
    """Say how a process ended, by its exit code: negative for a signal, None if unknown."""
    if code is None:
        return "ended"
    return f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
