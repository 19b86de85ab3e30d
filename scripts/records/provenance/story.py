"""What is to be told of a version of an object, before any form is given to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from records.provenance.runs import Making


@dataclass(frozen=True)
class Story:
    """Everything that a crate tells of a version.

    Attributes
    ----------
    identifier, number, block : of the object, the version, and what the inventory says of it
    specimen, view : of the stack
    row : the stack's row of the sheet
    words : the newest description, with what the camera says where the row is silent
    digests, sizes : SHA-256 and bytes of every file, by logical path
    making : how the stack was made
    holostack, snakemake : versions of the program and of what ran its steps
    operator : name and address of who ran the steps, where it is not who made the version
    """

    identifier: str
    number: int
    block: Mapping[str, Any]
    specimen: str
    view: str
    row: Mapping[str, str]
    words: Mapping[str, str]
    digests: Mapping[str, str]
    sizes: Mapping[str, int]
    making: Making
    holostack: str
    snakemake: str
    operator: Mapping[str, str] = field(default_factory=dict)

    @property
    def raws(self) -> list[str]:
        """Logical paths of the frames as the camera wrote them."""
        return sorted(path for path in self.digests if path.startswith("raw/"))

    @property
    def masters(self) -> list[str]:
        """Logical paths of the pictures in `archival/` that stand for themselves."""
        return sorted(
            path
            for path in self.digests
            if path.startswith("archival/")
            and path in self.making.pixel_digests
            and path not in self.making.descriptions
        )
