"""What is known of a rule from the last run, and is kept for the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class RuleNotes:
    """What is known of one rule, by what it is about.

    Args:
        values: JSON values.
        changed: is told when one is added.

    """

    def __init__(self, values: dict[str, Any], changed: Callable[[], None]) -> None:
        self._values = values
        self._changed = changed

    def get(self, subject: str) -> Any:
        """Return what is known of a subject; None for nothing."""
        return self._values.get(subject)

    def put(self, subject: str, value: Any) -> None:
        """Note something, in JSON's types."""
        self._values[subject] = value
        self._changed()
