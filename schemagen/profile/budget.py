"""How much a profile may still hold: its paths are bounded, and what is learnt on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.profile import nodes

if TYPE_CHECKING:
    from schemagen.profile.nodes import Node

_ROOM = 200_000


class TooManyPathsError(Exception):
    """The nodes of a profile are more than `nodes.MAX_PATHS`."""


class Budget:
    """What the columns of one profile share: how much more they may make and learn.

    Attributes:
        paths: how many nodes may still be made.
        learnt: how many texts and keys of shapes may still be learnt.

    """

    __slots__ = ("learnt", "paths")

    def __init__(self, root: Node) -> None:
        self.paths = nodes.MAX_PATHS - root.size()
        self.learnt = _ROOM

    def take_path(self) -> None:
        """Make room for a node.

        Raises:
            TooManyPathsError: there is none.

        """
        if self.paths <= 0:
            raise TooManyPathsError
        self.paths -= 1
