"""What `schemagen accelerator` can do."""

from __future__ import annotations

from enum import StrEnum


class AcceleratorTask(StrEnum):
    """What is done with the accelerator."""

    EXPORT = "export"
    """Its jar is written into a folder."""


JAR_HELP = (
    "Ask this jar of the accelerator, too: it must find what the conditions say. [default: that of "
    "this installation, if it has one and java is there]"
)
"""What `test --accelerator-jar` says."""
