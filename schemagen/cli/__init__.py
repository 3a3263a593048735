"""The command line: one small module a command; parse, call, render."""

from __future__ import annotations


def main() -> None:
    """Run `schemagen`; the exit code is 0 fine, 1 findings, 2 usage, 3 source."""
    import sys

    try:
        from schemagen.cli.app import run

        run()
    except KeyboardInterrupt:
        # While a command runs the application says so; here it was being loaded.
        sys.stderr.write("Interrupted.\n")
        sys.exit(130)


__all__ = ["main"]
