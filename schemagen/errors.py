"""The errors a user can meet, each with the exit code that it ends the command with."""

from __future__ import annotations

EXIT_OK = 0
EXIT_FINDINGS = 1
EXIT_USAGE = 2
EXIT_SOURCE = 3


class SchemagenError(Exception):
    """Something the user can mend: one clear sentence, and what to do about it.

    Args:
        what: what went wrong and where, one sentence; never a value of a message, never a secret.
        hint: what to do about it, one sentence; empty where there is nothing sensible to say.

    """

    exit_code = EXIT_USAGE

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


class InputError(SchemagenError):
    """Wrong options, a wrong configuration, or a file of ours that can't be used."""


class SourceError(SchemagenError):
    """The topic or the files with the messages can't be reached or read."""

    exit_code = EXIT_SOURCE
