"""The geometry of the page's drawings; templates draw it as SVG."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import TYPE_CHECKING

from schemagen.words import percent

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of an axis: where it is, and what it says."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class LineChart:
    """A curve over an area of `width` by `height`, without the axes' labels.

    Attributes:
        line: the path of the curve.
        area: the path of what lies under it.
        end: the last point.
        across, up: marks of the axes.

    """

    width: int
    height: int
    line: str
    area: str
    end: tuple[float, float]
    across: list[Tick]
    up: list[Tick]


def line_chart(points: Sequence[tuple[float, float]], width: int, height: int) -> LineChart:
    """Lay out a curve from 0 on both axes.

    Args:
        points: at least one; ascending in x.
        width: the width of the area.
        height: its height.

    """
    right = max(points[-1][0], 1)
    top = nice(max(y for _, y in points) * 1.05)
    placed = [(x / right * width, height - y / top * height) for x, y in points]
    line = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in placed)
    area = f"{line}L{placed[-1][0]:.1f} {height}L{placed[0][0]:.1f} {height}Z"
    across = [Tick(x / right * width, f"{x:,.0f}") for x in steps(right)]
    up = [Tick(height - y / top * height, f"{y:,.0f}") for y in steps(top)]
    return LineChart(width, height, line, area, placed[-1], across, up)


def nice(value: float) -> float:
    """Return the round number at or above a value."""
    if value <= 0:
        return 1.0
    unit: float = 10 ** floor(log10(value))
    return next(step * unit for step in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if value <= step * unit)


def steps(top: float, most: int = 4) -> list[float]:
    """Return round numbers from 0 to a top."""
    unit = nice(top / most)
    return [unit * n for n in range(floor(top / unit + 1e-9) + 1)]


_SPARK = (180, 36)


@dataclass(frozen=True, slots=True)
class Spark:
    """A small chart of shares over time.

    Attributes:
        name: what it is of.
        line: the path; one point is a dash.
        first, last: its ends, for people.
        end: the last point.

    """

    name: str
    line: str
    first: str
    last: str
    end: tuple[float, float]


def spark(name: str, shares: Sequence[float], top: float = 1.0) -> Spark:
    """Lay out shares between 0 and a top, one after another."""
    width, height = _SPARK
    last = max(len(shares) - 1, 1)
    points = [(n / last * width, height - share / top * height) for n, share in enumerate(shares)]
    line = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    if len(points) == 1:
        line += f"L{width} {points[0][1]:.1f}"
        points.append((width, points[0][1]))
    return Spark(name, line, percent(shares[0]), percent(shares[-1]), points[-1])


CELL = 14
LEVELS = 5


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Rows by columns of shares, drawn as one path for each of `LEVELS` classes.

    Attributes:
        rows, columns: what they are called.
        paths: the class, 1 for the smallest share, and its cells.
        shares: per mille, by row; -1 for none at all.

    """

    rows: list[str]
    columns: list[str]
    paths: list[tuple[int, str]]
    shares: list[list[int]]

    @property
    def width(self) -> int:
        """The width of the cells."""
        return len(self.columns) * CELL

    @property
    def height(self) -> int:
        """The height of the cells."""
        return len(self.rows) * CELL


def heat_map(
    rows: Sequence[str], columns: Sequence[str], shares: Sequence[Sequence[float]]
) -> HeatMap:
    """Lay out shares between 0 and 1 by row and column."""
    paths = dict.fromkeys(range(1, LEVELS + 1), "")
    inside = CELL - 1
    for y, line in enumerate(shares):
        for x, share in enumerate(line):
            if share > 0:
                level = min(ceil(share * LEVELS), LEVELS)
                paths[level] += f"M{x * CELL} {y * CELL}h{inside}v{inside}h-{inside}z"
    permille = [[round(share * 1000) if share else -1 for share in line] for line in shares]
    found = [(level, path) for level, path in paths.items() if path]
    return HeatMap(list(rows), list(columns), found, permille)


def stacked(
    parts: Sequence[tuple[str, int]], width: float = 100.0
) -> list[tuple[str, float, float]]:
    """Lay counts out side by side: what, where it starts, how wide it is; none of 0."""
    total = sum(n for _, n in parts)
    found, start = [], 0.0
    for what, n in parts:
        if n:
            wide = n / total * width
            found.append((what, start, wide))
            start += wide
    return found
