"""`python -m schemagen`."""

from schemagen.cli import main

main()
