"""`schemagen accelerator`: what ksqlDB servers need for `ddl --accelerator`."""

from pathlib import Path
from typing import Annotated

from typer import Argument

from schemagen.options.accelerator import AcceleratorTask
from schemagen.options.common import OutputFlags


def accelerator(
    task: Annotated[AcceleratorTask, Argument(metavar="export", help="Write the jar.")],
    folder: Annotated[Path, Argument(metavar="DIR", help="The folder to write it into.")],
    output: OutputFlags = OutputFlags(),
) -> None:
    """Write the accelerator's jar into a folder, with what goes where and its checksum."""
    from schemagen.workspace.accelerator import export_accelerator

    output.notes([f"{task.value.capitalize()}: {folder}", *export_accelerator(folder)])
