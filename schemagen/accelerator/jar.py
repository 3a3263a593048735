"""The accelerator's jar: where it is, and running it here as ksqlDB would.

The jar is built by Maven (`make accelerator`) and is package data where it was built before the
wheel was. Run on its own it reads the pieces of a specification and events from its standard input
(`Check.java`), and says which rules each event matches.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemagen.accelerator.calls import VERSION
from schemagen.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

JAR = f"schemagen-accelerator-{VERSION}.jar"
"""The name of the jar: two versions of a function can't be on one server."""
_BUILT = Path(__file__).with_name(JAR)
_TOO_LONG = 3_600


def packaged_jar() -> Path | None:
    """Return the jar that came with this installation; None where none did."""
    return _BUILT if _BUILT.is_file() else None


def java() -> str | None:
    """Return the java of this machine; None where there is none."""
    return shutil.which("java")


def run_jar(
    jar: Path, pieces: Sequence[str], events: Iterable[tuple[Any, Sequence[str | None]]]
) -> list[dict[str, int]]:
    """Ask the function of a jar which rules events match.

    Args:
        jar: the jar.
        pieces: the specification.
        events: the arguments of each call: a STRUCT or None, and the further texts.

    Returns:
        For each event what the function gives, empty where that is nothing.

    Raises:
        InputError: there is no Java, or the jar doesn't answer.

    """
    program = java()
    if program is None:
        raise InputError("There is no java on the PATH to run the accelerator's jar with.")
    asked = list(events)
    try:
        done = subprocess.run(  # noqa: S603 - a jar that the user names
            [program, "-jar", str(jar)],
            input=written_calls(pieces, asked),
            capture_output=True,
            check=False,
            timeout=_TOO_LONG,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _failed(jar, type(error).__name__) from None
    lines = done.stdout.decode("utf-8", "replace").split("\n")[:-1]
    if done.returncode or len(lines) != len(asked):
        said = done.stderr.decode("utf-8", "replace").strip().split("\n")[0][:200]
        raise _failed(jar, said or "it says nothing")
    return [dict(_entries(line)) for line in lines]


def written_calls(
    pieces: Sequence[str], events: Sequence[tuple[Any, Sequence[str | None]]]
) -> bytes:
    """Write calls as the jar reads them from its standard input; see `run_jar`."""
    asked = b"".join(_value(event) + _texts(texts) for event, texts in events)
    return _texts(pieces) + struct.pack(">i", len(events)) + asked


def _entries(line: str) -> Iterator[tuple[str, int]]:
    for entry in line.split("\t") if line else ():
        key, _, value = entry.rpartition("=")
        yield key, int(value)


def _failed(jar: Path, why: str) -> InputError:
    return InputError(
        f"{jar.name} doesn't run here: {why}.",
        f"It must be {JAR}, as `schemagen accelerator export` writes it, and java 11 or later.",
    )


def _texts(texts: Sequence[str | None]) -> bytes:
    return struct.pack(">i", len(texts)) + b"".join(map(_value, texts))


def _text(text: str) -> bytes:
    written = text.encode("utf-16-be", "surrogatepass")
    return struct.pack(">i", len(written)) + written


def _value(value: Any) -> bytes:
    """Write a value as `Check.java` reads it: what no rule asks for is left out."""
    if isinstance(value, str):
        return b"S" + _text(value)
    if isinstance(value, bool):
        return b"B" + bytes([value])
    if isinstance(value, int):
        return b"L" + struct.pack(">q", value)
    if isinstance(value, dict):
        entries = [_text(key) + _value(each) for key, each in value.items()]
        return b"M" + struct.pack(">i", len(entries)) + b"".join(entries)
    if isinstance(value, list):
        return b"A" + struct.pack(">i", len(value)) + b"".join(map(_value, value))
    # A fraction is not asked for: it need not be exact, only be there.
    return b"N" if value is None else b"D" + struct.pack(">d", float(value))
