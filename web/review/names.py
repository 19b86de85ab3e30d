"""Stacks and files by the names that stand in an address: known ones, or none.

A name of an address is never made a path before it is that of one folder or file, no more: no
separator, no dot folder, nothing hidden. What a name leads to must lie where it seems to: a link
that leads out of a stack's own folder is not followed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from records.errors import RecordError
from records.sheet.configuration import NAME, read_configuration
from records.sheet.entering import known_stacks, sheet_of

# Of one folder or file, as file systems take it: no separator of any, nothing that does not show,
# not hidden.
ONE_NAME = re.compile(r"[^\x00-\x1f\x7f/\\.][^\x00-\x1f\x7f/\\]{0,199}")
RESULTS, PAGES = "results", "review"
DATA = "stack.json"


class UnknownName(RecordError):
    """Nothing is known by the names of an address."""


@dataclass(frozen=True)
class Stack:
    """A stack of the data folder.

    Attributes
    ----------
    specimen, view : names of its folders
    folder : its folder in the tree, there or not
    pages : folder of its page and pictures, there or not
    archive : storage root of the archive, there or not
    """

    specimen: str
    view: str
    folder: Path
    pages: Path
    archive: Path

    @property
    def name(self) -> str:
        """What pages call it."""
        return f"{self.specimen}/{self.view}"


class Stacks:
    """The stacks of a data folder; every method may be called from any thread.

    Parameters
    ----------
    data : folder that the trees are in
    workflow : folder of the Snakefile
    """

    def __init__(self, data: Path, workflow: Path) -> None:
        self.data, self.workflow = data.absolute(), workflow.absolute()
        self._read: tuple[tuple[object, ...], Mapping[str, Any]] = ((), {})

    @property
    def results(self) -> Path:
        """Where a run leaves its pages."""
        return self.data / RESULTS

    def config(self) -> Mapping[str, Any]:
        """The configuration as it is now; a person may change it beside the pages.

        Raises
        ------
        RecordError : it is none
        """
        stamps = tuple(_stamp(folder / NAME) for folder in (self.workflow, self.data))
        if self._read[0] != stamps:
            self._read = stamps, read_configuration(self.data, self.workflow)
        return self._read[1]

    def sheet(self) -> Path:
        """The sheet that the stacks are in, there or not."""
        return sheet_of(self.config(), self.data, self.workflow)

    def known(self, specimen: str, view: str) -> Stack:
        """The stack of this name that tree, pages or sheet have.

        Raises
        ------
        UnknownName : there is none
        """
        if not (ONE_NAME.fullmatch(specimen) and ONE_NAME.fullmatch(view)):
            raise UnknownName("there is no stack of this name")
        paths = self.config()["paths"]
        stack = Stack(
            specimen,
            view,
            self.data / paths["specimens"] / specimen / view,
            self.results / PAGES / specimen / view,
            self.data / paths["archive"],
        )
        if (stack.pages / DATA).is_file() or stack.folder.is_dir() or self._in_sheet(stack):
            return stack
        raise UnknownName(f"there is no stack {specimen}/{view}")

    def named(self, name: object) -> Stack:
        """The stack that a page calls `specimen/view`.

        Raises
        ------
        UnknownName : there is none
        """
        specimen, slash, view = name.partition("/") if isinstance(name, str) else ("", "", "")
        if not slash:
            raise UnknownName("a stack is named as specimen/view")
        return self.known(specimen, view)

    def _in_sheet(self, stack: Stack) -> bool:
        try:
            return (stack.specimen, stack.view) in known_stacks(self.sheet(), self.config())
        except RecordError:
            # Of a sheet that cannot be read, its own page tells.
            return False


def file_in(folder: Path, name: str, inner: str = "") -> Path | None:
    """A file of a folder by its bare name; None where there is none, or it lies elsewhere.

    Parameters
    ----------
    inner : a folder in that one, known to the program, which the file lies in
    """
    if not ONE_NAME.fullmatch(name):
        return None
    return inside(folder / inner / name, folder)


def inside(path: Path, folder: Path) -> Path | None:
    """A file below a folder, or None: also where a link leads out of it."""
    try:
        whole, home = path.resolve(strict=True), folder.resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        return None
    return whole if whole.is_file() and whole.is_relative_to(home) else None


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        told = path.stat()
    except OSError:
        return None
    return told.st_mtime_ns, told.st_size
