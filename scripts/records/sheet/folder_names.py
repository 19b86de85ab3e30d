"""Folder names of catalogue numbers, and back: `Käfer 001` is `K=C3=A4fer=20001`.

Letters, digits, `.` and `-` stand for themselves, every other byte of the number in UTF-8 (NFC) as
`=` and two hexadecimal digits, as Quoted-Printable has it (RFC 2045, 6.7). So does what not every
file system takes: the first letter of a device's name, a dot at either end, a hyphen in front.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)
_PLAIN = re.compile(rb"[A-Za-z0-9.-]")
_ESCAPED = re.compile(r"=([0-9A-F]{2})")


def folder_name(number: str) -> str:
    """The name of the folder of a specimen with this catalogue number, in ASCII.

    Raises
    ------
    UnicodeEncodeError : the number has half a character (a lone surrogate)
    """
    content = unicodedata.normalize("NFC", number).encode()
    letters = [bytes([byte]) for byte in content]
    name = [byte.decode() if _PLAIN.match(byte) else f"={byte[0]:02X}" for byte in letters]
    if DEVICES.match("".join(name)) or name[:1] in (["."], ["-"]):
        name[0] = f"={content[0]:02X}"
    if name[-1:] == ["."]:
        name[-1] = "=2E"
    return "".join(name)


def number_of(name: str) -> str:
    """The catalogue number of a folder; a name that is none of `folder_name`'s as it is."""
    content = _ESCAPED.sub(lambda escape: chr(int(escape[1], 16)), name)
    try:
        number = content.encode("latin-1").decode()
    except UnicodeError:
        return name
    return number if folder_name(number) == name else name


def specimen_of(cells: Mapping[str, str]) -> str:
    """The folder of a row of the sheet: as it says, else by its catalogue number; else empty."""
    return cells.get("specimen") or folder_name(cells.get("catalog_number", ""))


def catalog_number(cells: Mapping[str, str], specimen: str) -> str:
    """The catalogue number of a row: as it says, else the one that its folder stands for."""
    return cells.get("catalog_number") or number_of(specimen)
