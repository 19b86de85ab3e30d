"""What a receiver asks for and a stack does not have, in words: nothing is made up for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from records.handover.stack import Stack

COLUMNS = ("receiver", "stack", "lacking")
# How what is no cell of the sheet comes about.
WHERE = {"address": "set media.address in the configuration"}


@dataclass(frozen=True)
class Lack:
    """A sentence about a stack, for a receiver."""

    receiver: str
    stack: str
    sentence: str

    def row(self) -> dict[str, str]:
        """In the table of what is lacking."""
        return dict(zip(COLUMNS, (self.receiver, self.stack, self.sentence), strict=True))


def asked(receiver: str, stack: Stack, wanted: Iterable[str]) -> list[Lack]:
    """What of the cells that a receiver asks for is empty, in one sentence; empty if nothing is.

    Parameters
    ----------
    wanted : columns of the sheet, and `address`; `rights` is there where the licence is
    """
    empty = [name for name in wanted if not _is_there(stack, name)]
    if not empty:
        return []
    cells = [name for name in empty if name not in WHERE]
    ways = [f"fill in {', '.join(cells)} in the sheet"] if cells else []
    ways += [WHERE[name] for name in empty if name in WHERE]
    text = f"{receiver} asks for {', '.join(empty)}, which nothing says: {'; '.join(ways)}"
    return [Lack(receiver, stack.name, text)]


def no_shown_picture(receiver: str, stack: Stack) -> Lack:
    """That a stack has no picture that a browser shows, and so nothing for a receiver."""
    text = (
        f"{receiver} takes a picture that browsers show, and this stack has none whose head can "
        "be read: add a derivative of format jpeg to the configuration; the stack is left out"
    )
    return Lack(receiver, stack.name, text)


def _is_there(stack: Stack, name: str) -> bool:
    if name == "address":
        return all(picture.address for picture in stack.pictures)
    if name == "rights":
        return bool(stack.said("rights") or stack.said("licence_url"))
    return bool(stack.said(name))
