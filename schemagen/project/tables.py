"""Reading TOML tables strictly: every fault is an error that names the file, line and key."""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from schemagen.errors import InputError
from schemagen.files import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Keys = tuple[str, ...]
_Choice = TypeVar("_Choice", bound=StrEnum)

_KINDS = {str: "a text", bool: "true or false", int: "a number", float: "a number", list: "a list"}
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_LENGTH = re.compile(r"([1-9][0-9]{0,5})([mhdw])")
_LENGTHS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}
LENGTH_HINT = 'Write "30d", "12h", "10m" or "4w".'


def milliseconds(text: str) -> int | None:
    """Read a length of time such as `30d`; None where it is not one."""
    found = _LENGTH.fullmatch(text)
    return None if found is None else int(found[1]) * _LENGTHS[found[2]]


class TomlDocument:
    """A TOML file.

    Raises:
        InputError: it can't be read, or is not TOML.

    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._text = read_text(path).removeprefix("\ufeff")
        try:
            self._data = tomllib.loads(self._text)
        except tomllib.TOMLDecodeError as error:
            reason, _, place = str(error).partition(" (at ")
            line = re.search(r"line (\d+)", place)
            number = int(line[1]) if line else len(self._text.splitlines())
            raise InputError(
                f"{path}, line {number}: this is not valid TOML: {reason}.",
                "Texts need quotes, and so do keys with dots: see https://toml.io.",
            ) from error

    def root(self) -> Table:
        """Return the table that all others are in."""
        return Table(self, (), self._data)

    def error(self, keys: Keys, problem: str, hint: str = "") -> InputError:
        """Make an error that tells where it is.

        Args:
            keys: the path of the key that is wrong.
            problem: what is wrong with it; no value, which could be a secret.
            hint: what to do about it.

        """
        lines = dict(_lines(self._text))
        while keys and keys not in lines:
            keys = keys[:-1]
        where = f", line {lines[keys]}" if keys else ""
        return InputError(f"{self.path}{where}: {problem}.", hint)


def _lines(text: str) -> Iterator[tuple[Keys, int]]:
    """Yield the line of each table and key that starts a line; tomllib doesn't tell them."""
    lines = list(enumerate(text.splitlines(), 1))
    table: Keys = ()
    for number, line in lines:
        try:
            if line.lstrip().startswith("["):
                table = _only_path(tomllib.loads(line))
                yield table, number
            elif "=" in line:
                yield table + _only_path(tomllib.loads(line.partition("=")[0] + "=0")), number
        except tomllib.TOMLDecodeError:
            continue  # a line of a list or text that spans lines


def _only_path(data: Any) -> Keys:
    keys: Keys = ()
    while isinstance(data, dict) and data:
        ((key, data),) = data.items()
        keys += (key,)
    return keys


def dotted(keys: Keys) -> str:
    """Write a path of keys as TOML does."""
    return ".".join(key if _BARE_KEY.fullmatch(key) else f'"{key}"' for key in keys)


class Table:
    """A table of which each key is asked for; `done` complains of those that nobody asked for."""

    def __init__(self, document: TomlDocument, keys: Keys, data: dict[str, Any]) -> None:
        self._document = document
        self._keys = keys
        self._data = data
        self._asked: set[str] = set()

    def text(self, key: str) -> str | None:
        """Return a text, which must not be empty, or None if the key is missing."""
        text = self._get(key, str, "a text")
        if text is not None and not text.strip():
            raise self.error(key, f"{self._name(key)} is empty", "Leave it out, or fill it in.")
        return None if text is None else str(text)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, empty if the key is missing."""
        return self.maybe_texts(key) or ()

    def maybe_texts(self, key: str) -> tuple[str, ...] | None:
        """Return a list of texts, or None if the key is missing."""
        texts = self._get(key, list, "a list of texts")
        if texts is None:
            return None
        if not all(isinstance(text, str) and text.strip() for text in texts):
            raise self.error(
                key,
                f"{self._name(key)} must be a list of texts",
                f'Write {dotted((key,))} = ["one", "two"].',
            )
        return tuple(texts)

    def choice(self, key: str, default: _Choice) -> _Choice:
        """Return the choice that is named, or the default if the key is missing."""
        return self.maybe_choice(key, type(default)) or default

    def maybe_choice(self, key: str, choices: type[_Choice]) -> _Choice | None:
        """Return the choice that is named, or None if the key is missing."""
        text = self.text(key)
        if text is None:
            return None
        for choice in choices:
            if text == choice:
                return choice
        known = " or ".join(f'"{choice}"' for choice in choices)
        raise self.error(key, f"{self._name(key)} must be {known}", _similar(text, list(choices)))

    def share(self, key: str) -> float | None:
        """Return a number from 0 to 1, or None if the key is missing."""
        number = self._get(key, (int, float), "a number from 0 to 1")
        if number is not None and not 0 <= number <= 1:
            raise self.error(
                key, f"{self._name(key)} must be a number from 0 to 1", "Write 0.01 for 1 %."
            )
        return None if number is None else float(number)

    def positive(self, key: str) -> int | None:
        """Return a whole number from 1, or None if the key is missing."""
        number = self._get(key, int, "a whole number")
        if number is not None and number < 1:
            raise self.error(key, f"{self._name(key)} must be 1 or more")
        return None if number is None else int(number)

    def length(self, key: str) -> int | None:
        """Return a length of time in milliseconds, or None if the key is missing."""
        text = self.text(key)
        if text is None:
            return None
        found = milliseconds(text)
        if found is None:
            raise self.error(key, f"{self._name(key)} must be a length of time", LENGTH_HINT)
        return found

    def truth(self, key: str) -> bool:
        """Return true or false, false if the key is missing."""
        self._asked.add(key)
        value = self._data.get(key, False)
        if not isinstance(value, bool):
            raise self.error(key, f"{self._name(key)} must be true or false", "Without quotes.")
        return value

    def table(self, key: str) -> Table:
        """Return a table, an empty one if the key is missing."""
        data = self._get(key, dict, "a table")
        return Table(self._document, (*self._keys, key), data or {})

    def tables(self) -> Iterator[tuple[str, Table]]:
        """Yield the tables that this one consists of, whatever their names."""
        for key in self._data:
            yield key, self.table(key)

    def rows(self, key: str) -> Iterator[Table]:
        """Yield the tables of a list of them, none if the key is missing."""
        rows = self._get(key, list, "a list of tables") or []
        if not all(isinstance(row, dict) for row in rows):
            raise self.error(
                key,
                f"{self._name(key)} must be a list of tables",
                f"Write [[{dotted((*self._keys, key))}]] above each.",
            )
        for row in rows:
            yield Table(self._document, (*self._keys, key), row)

    def day(self, key: str) -> date | None:
        """Return a day, or None if the key is missing."""
        if isinstance(self._data.get(key), str):
            raise self.error(
                key,
                f"{self._name(key)} must be a day, not a text",
                f"Write it without quotes: {key} = 2026-12-31.",
            )
        day = self._get(key, date, "a day")
        if isinstance(day, datetime):
            raise self.error(
                key, f"{self._name(key)} must be a day without a time", "Write 2026-12-31."
            )
        return day if isinstance(day, date) else None

    def leaves(self) -> Iterator[tuple[str, Any]]:
        """Yield all values, whatever their keys; a key of several levels comes with dots.

        So `sasl.password = ""` means the same as `"sasl.password" = ""`.
        """
        for key, value in self._data.items():
            self._asked.add(key)
            if isinstance(value, dict):
                for rest, leaf in self.table(key).leaves():
                    yield f"{key}.{rest}", leaf
            else:
                yield key, value

    def done(self) -> None:
        """Raise an error for the first key that is not known."""
        for key, value in self._data.items():
            if key in self._asked:
                continue
            hint = _similar(key, self._asked)
            if not hint:
                hint = f"Known are {', '.join(sorted(self._asked))}."
                if isinstance(value, dict) and len(self._keys) > 1:
                    # [topics.my.topic], where [topics."my.topic"] was meant
                    parent = dotted((*self._keys[:-1], f"{self._keys[-1]}.{key}"))
                    hint += f" A name with a dot needs quotes: [{parent}]."
            raise self.error(key, f"{self._name(key)} is not known", hint)

    def error(self, key: str, problem: str, hint: str = "") -> InputError:
        """Make an error about one of the keys, which may be one of several levels."""
        keys = (*self._keys, key)
        if key not in self._data:
            keys = (*self._keys, *key.split("."))
        return self._document.error(keys, problem, hint)

    def _get(self, key: str, kind: type | tuple[type, ...], name: str) -> Any:
        self._asked.add(key)
        value = self._data.get(key)
        # To Python, true is a number.
        if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
            found = _KINDS.get(type(value), "a table" if isinstance(value, dict) else "a date")
            raise self.error(key, f"{self._name(key)} must be {name}, not {found}")
        return value

    def _name(self, key: str) -> str:
        return dotted((*self._keys, key))


def _similar(word: str, known: Iterable[str]) -> str:
    nearest = get_close_matches(word, sorted(known), n=1)
    return f'Did you mean "{nearest[0]}"?' if nearest else ""
