"""Integrity levels of processes, as Sysmon spells them."""

from __future__ import annotations

MEDIUM, HIGH, FULL = "Medium", "High", "System"
