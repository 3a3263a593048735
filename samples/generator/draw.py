"""Random values in the notations that Windows uses, reproducible from a seed."""

from __future__ import annotations

import random
import uuid
from datetime import datetime, timedelta
from typing import TypeVar

Choice = TypeVar("Choice")


class Draw(random.Random):
    """A seeded source of Windows-like values.

    Only methods whose results are the same in every supported version of Python are used, so that
    the committed files can be made again byte for byte.
    """

    def uuid(self) -> str:
        """Return a random UUID, lower case, without braces."""
        return str(uuid.UUID(int=self.getrandbits(128), version=4))

    def guid(self) -> str:
        """Return a random GUID in braces, as event logs write them."""
        return f"{{{self.uuid()}}}"

    def process_id(self) -> int:
        """Return a process id; Windows hands out multiples of four."""
        return 4 * self.randint(300, 4_000)

    def logon_id(self) -> int:
        """Return a logon session's id, well above those that Windows reserves (0x3e4 to 0x3e7)."""
        return self.randint(0x4_0000, 0xFFF_FFFF)

    def port(self) -> int:
        """Return an ephemeral TCP port of Windows."""
        return self.randint(49_152, 65_535)

    def digest(self, length: int) -> str:
        """Return `length` upper-case hexadecimal digits."""
        return f"{self.getrandbits(4 * length):0{length}X}"

    def chance(self, percent: int) -> bool:
        """Return whether something happens that happens so often."""
        return self.randrange(100) < percent

    def after(self, moment: datetime, low: int, high: int) -> datetime:
        """Return a moment `low` to `high` milliseconds after `moment`."""
        return moment + timedelta(milliseconds=self.randint(low, high))

    def weighted(self, weights: dict[Choice, int]) -> Choice:
        """Return one of the keys, each as often as its weight says."""
        return self.choices(list(weights), weights=list(weights.values()))[0]


def hexadecimal(number: int) -> str:
    """Return a number as the Security log writes ids: `0x3e7`."""
    return f"0x{number:x}"
