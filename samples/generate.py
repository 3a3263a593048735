"""Write the sample events beside this file: the same bytes every time.

Run it as `python samples/generate.py`; with a folder as argument the files go there instead.
"""

from __future__ import annotations

import sys
from pathlib import Path

from generator.days import FIRST, LATER, Day, lines

FILES: dict[str, Day] = {
    "wineventlogs.ndjson": FIRST,
    "wineventlogs-later.ndjson": LATER,
}


def main(folder: Path) -> None:
    """Write both files into a folder and say how large they are."""
    for name, day in FILES.items():
        messages = list(lines(day))
        path = folder / name
        path.write_bytes("".join(f"{message}\n" for message in messages).encode())
        print(f"{path}: {len(messages)} events, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
