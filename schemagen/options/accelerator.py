"""What `schemagen accelerator` can do, and where."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from typer import Argument


class AcceleratorTask(StrEnum):
    """What is done with the accelerator."""

    EXPORT = "export"
    """Its jar is written into a folder."""


AcceleratorTaskArgument = Annotated[
    AcceleratorTask, Argument(metavar="export", help="Write the jar.")
]
AcceleratorFolder = Annotated[Path, Argument(metavar="DIR", help="The folder to write it into.")]
