"""A rectangle of px of the fused image."""

from __future__ import annotations

from typing import NamedTuple, Self


class Box(NamedTuple):
    """Column and row of the first px, width and height; empty where one of these is 0."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """One past the last column."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """One past the last row."""
        return self.y + self.height

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.height, self.width

    @property
    def is_empty(self) -> bool:
        """Whether it holds no px."""
        return self.width < 1 or self.height < 1

    @classmethod
    def of_corners(cls, x0: int, y0: int, x1: int, y1: int) -> Self:
        """From the first px to one past the last; empty if there is none."""
        return cls(x0, y0, max(x1 - x0, 0), max(y1 - y0, 0))

    def overlap(self, other: Box) -> Box:
        """What both hold."""
        return Box.of_corners(
            max(self.x, other.x),
            max(self.y, other.y),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def around(self, other: Box) -> Box:
        """The least that holds both."""
        if self.is_empty or other.is_empty:
            return other if self.is_empty else self
        return Box.of_corners(
            min(self.x, other.x),
            min(self.y, other.y),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def grown(self, margin: int) -> Box:
        """So many px more on every side."""
        return Box(
            self.x - margin, self.y - margin, self.width + 2 * margin, self.height + 2 * margin
        )

    def on_grid(self, step: int) -> Box:
        """The least whose borders are multiples of `step`."""
        return Box.of_corners(
            self.x // step * step,
            self.y // step * step,
            -(-self.right // step) * step,
            -(-self.bottom // step) * step,
        )

    def within(self, other: Box) -> tuple[slice, slice]:
        """Rows and columns of it in an array of `other`, which holds it."""
        y, x = self.y - other.y, self.x - other.x
        return slice(y, y + self.height), slice(x, x + self.width)


def whole(shape: tuple[int, int]) -> Box:
    """A picture's all, of so many rows and columns."""
    return Box(0, 0, shape[1], shape[0])
