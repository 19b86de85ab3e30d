"""A line for a person that pages can say in other languages."""

from __future__ import annotations

from collections.abc import Mapping


class Sentence(str):
    """A line in English, with its name and what is filled in.

    Attributes
    ----------
    name : of the sentence: pages have its words as `told.NAME`
    given : what is filled in, by the names of its places
    """

    __slots__ = ("given", "name")
    name: str
    given: Mapping[str, float | str]

    def __new__(cls, name: str, text: str, **given: float | str) -> Sentence:  # noqa: D102
        line = super().__new__(cls, text)
        line.name, line.given = name, given
        return line
