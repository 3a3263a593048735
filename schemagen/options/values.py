"""Values of options, read from their texts; and options that contradict one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemagen.errors import InputError
from schemagen.project.tables import LENGTH_HINT, milliseconds

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


def share(text: str, option: str) -> float:
    """Read a share: `1%`, `0.1 %` or `0.01`.

    Raises:
        InputError: it is not a number between 0 and 1.

    """
    number, sign = text.strip().removesuffix("%").strip(), text.strip().endswith("%")
    try:
        value = float(number) / (100 if sign else 1)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise InputError(f"{option} {text!r} is not a share.", "Write 1% or 0.01.")
    # 99.9 % is 0.999, and not the double next to it.
    return round(value, 12)


def maybe_share(text: str | None, option: str) -> float | None:
    """Read a share where the option was given.

    Raises:
        InputError: it is not a number between 0 and 1.

    """
    return None if text is None else share(text, option)


def maybe_length(text: str | None, option: str) -> int | None:
    """Read a length of time, such as `1d`, in milliseconds, where the option was given.

    Raises:
        InputError: it is not one.

    """
    found = None if text is None else milliseconds(text)
    if text is not None and found is None:
        raise InputError(f"{option} {text!r} is not a length of time.", LENGTH_HINT)
    return found


def limit(text: str | None, default: int | None) -> int | None:
    """Read `--max-messages`: a number, or None for all.

    Raises:
        InputError: it is neither.

    """
    if text is None:
        return default
    if text.strip().lower() == "all":
        return None
    try:
        number = int(text.replace("_", "").replace(",", ""))
    except ValueError:
        number = 0
    if number < 1:
        raise InputError(
            f"--max-messages {text!r} is not a number from 1 on.", "Write 50000, or all."
        )
    return number


def words(text: str, option: str, known: Collection[str]) -> set[str]:
    """Read a list of words with commas between them, such as `drops,format`.

    Args:
        text: the list; upper and lower case are the same.
        option: the option it was given to.
        known: the words there are.

    Raises:
        InputError: there is no such word.

    """
    found = {word.strip().lower() for word in text.split(",") if word.strip()}
    unknown = found - set(known)
    if unknown:
        raise InputError(
            f"{option} does not know {', '.join(sorted(unknown))}.",
            f"It knows {', '.join(known)}.",
        )
    return found


def refuse(given: Mapping[str, Any], why: str, hint: str) -> None:
    """Refuse options that contradict others.

    Args:
        given: option → its value, falsy where it wasn't given.
        why: what follows the option's name in the error.
        hint: what to do.

    Raises:
        InputError: one of them was given.

    """
    for option, value in given.items():
        if value:
            raise InputError(f"{option} {why}", hint)
