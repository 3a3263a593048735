"""Standard output and standard error as a command finds them: closed, or without a reader."""

from __future__ import annotations

import io
import os
import sys


def open_streams() -> None:
    """Make both streams write UTF-8, whatever the locale; and nowhere where the shell closed them.

    Where one is closed (`2>&-`) Python has no stream, and the next file that is opened, or the pipe
    of a worker, would take the place of standard error, to which libraries write.
    """
    for number, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.dup2(nowhere, number)
            setattr(sys, name, os.fdopen(number, "w", encoding="utf-8", closefd=False))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def silence() -> None:
    """Let what is still buffered for standard output go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
