"""What `schemagen accelerator` can do."""

from __future__ import annotations

from enum import StrEnum


class AcceleratorTask(StrEnum):
    """What is done with the accelerator."""

    EXPORT = "export"
    """Its jar is written into a folder."""
