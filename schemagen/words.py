"""Numbers in sentences."""

from __future__ import annotations


def counted(n: int, noun: str) -> str:
    """Write a count with its noun: `1 value`, `2,000 values`."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
