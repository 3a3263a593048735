"""`schemagen accelerator`: what ksqlDB servers need for `ddl --accelerator`."""

from schemagen.options.accelerator import AcceleratorFolder, AcceleratorTaskArgument
from schemagen.options.common import OutputFlags


def accelerator(
    task: AcceleratorTaskArgument, folder: AcceleratorFolder, output: OutputFlags = OutputFlags()
) -> None:
    """Write the accelerator's jar into a folder, with what goes where and its checksum.

    \b
    Examples:
      schemagen accelerator export accelerator/

    """
    from schemagen.workspace.accelerator import export_accelerator

    output.notes([f"{task.value.capitalize()}: {folder}", *export_accelerator(folder)])
