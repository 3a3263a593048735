"""The command line: one small module a command; parse, call, render."""

from __future__ import annotations


def main() -> None:
    """Run `schemagen`; the exit code is 0 fine, 1 findings, 2 usage, 3 source."""
    from schemagen.cli.app import run

    run()


__all__ = ["main"]
