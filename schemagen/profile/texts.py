"""Texts of one path, counted by their class; those met before need no second look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemagen.profile.formats import (
    JSON_OBJECT,
    LONGEST_SHORT,
    TEXT,
    classify,
    classify_short,
)
from schemagen.profile.nodes import JSON_TYPES, STRING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.profile.budget import Budget
    from schemagen.profile.nodes import Node

_STRING = JSON_TYPES.index(STRING)
_MAX_TEXTS = 1_000
"""A column with more distinct texts than this learns none: most would be met only once."""


class TextCounter:
    """Counts the texts of one path into its node, and learns them.

    Attributes:
        known: texts that were counted here before, if all were of the class `known_class`.
        known_class: see there.

    """

    __slots__ = ("_budget", "_classes", "_learns", "_node", "known", "known_class")

    def __init__(self, node: Node, budget: Budget) -> None:
        self._node = node
        self._budget = budget
        self._learns = True
        self.known: set[str] | None = None
        self.known_class = ""
        # Where they are of several, the class beside each instead.
        self._classes: dict[str, str] | None = None

    def add_known(self, values: Sequence[Any]) -> bool:
        """Count values that are all texts met before; return whether they are."""
        # What is equal to a text is a text; and an object or an array can't be a key.
        try:
            if self._classes:
                self._count_classes(list(map(self._classes.__getitem__, values)))
            elif self.known and self.known.issuperset(values):
                self._node.formats[self.known_class] += len(values)
            else:
                return False
        except (KeyError, TypeError):
            return False
        self._node.counts[_STRING] += len(values)
        return True

    def add(self, column: Sequence[str]) -> bool:
        """Count the classes and lengths of texts; how many they are, the caller has counted.

        Returns:
            Whether some are JSON objects, which the caller has to look into.

        """
        lengths = list(map(len, column))
        longest = max(lengths)
        self._node.text.widen(min(lengths), longest)
        if longest <= LONGEST_SHORT:
            classes = list(map(classify_short, column))
            if self._learns:
                self._learn(column, classes)
        else:
            # Long base64 comes in fours; that most texts don't, nor begin as JSON, is quickly seen.
            classes = [
                TEXT if n & 3 and n > LONGEST_SHORT and text[0] not in "{[" else classify(text)
                for text, n in zip(column, lengths)  # noqa: B905 - as long by construction
            ]
            self._forget()
        self._count_classes(classes)
        return JSON_OBJECT in classes

    def _count_classes(self, classes: list[str]) -> None:
        formats = self._node.formats
        if classes.count(classes[0]) == len(classes):
            formats[classes[0]] += len(classes)
            return
        for name in set(classes):
            formats[name] += classes.count(name)

    def _learn(self, texts: Sequence[str], classes: list[str]) -> None:
        before = self._learnt()
        alike = set(classes)
        if JSON_OBJECT in alike:
            # What they hold must be counted each time.
            self._forget()
            return
        if not self._learnt():
            self.known_class = classes[0]
        if self._classes is None and alike == {self.known_class}:
            self.known = self.known or set()
            self.known.update(texts)
        else:
            self._classes = self._classes or dict.fromkeys(self.known or (), self.known_class)
            self._classes.update(zip(texts, classes, strict=True))
            self.known = None
        self._budget.learnt -= self._learnt() - before
        if self._learnt() > _MAX_TEXTS or self._budget.learnt < 0:
            self._forget()

    def class_of(self, value: Any) -> str | None:
        """Return the class of a text that was learnt, None for anything else."""
        if type(value) is not str:
            return None
        if self._classes:
            return self._classes.get(value)
        return self.known_class if self.known and value in self.known else None

    def _learnt(self) -> int:
        return len(self.known or ()) + len(self._classes or ())

    def _forget(self) -> None:
        """Stop learning texts: they are too many, or too long to be looked up cheaply."""
        self._learns = False
        self._budget.learnt += self._learnt()
        self.known = self._classes = None
