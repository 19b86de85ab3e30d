"""Whether a specimen is the one that its label says: barcode = catalogue number = sheet.

A label has the number as `UAM:Ento:12345`, as the end of a web address, with or without the codes
of institution and collection, and other separators than the sheet. All these are one number; what
differs in a letter, in a digit, a leading zero included, or in where its numbers end is another.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import parse_qsl, unquote, urlsplit

from records.errors import RecordError
from records.text import escaped

SEPARATORS = " -_:./\\|,;#\N{EN DASH}\N{HYPHEN}\N{NON-BREAKING HYPHEN}"
_TRIPLET = "urn:catalog:"


def check_identity(
    number: str, codes: Sequence[str], where: str, sheet: Mapping[str, str] | None = None
) -> str:
    """Compare barcodes with the specimen that the folder and the sheet name.

    Parameters
    ----------
    number : catalogue number
    codes : texts of the barcodes that were found
    where : what they were found in, for the message
    sheet : the stack's row, for its `institution_code` and `collection_code`

    Returns
    -------
    str
        The barcode that confirms the specimen, or "" where there was none at all.

    Raises
    ------
    RecordError
        There are barcodes, and none is the specimen's.
    """
    for code in codes:
        if any(_is_meant(written, number, sheet or {}) for written in _numbers_in(code)):
            return code
    if codes:
        shown = ", ".join(map(escaped, codes))
        raise RecordError(
            f"{where}: shows barcode {shown}, but folder and sheet say {number}; the stack is "
            "not archived: find out which is right and correct the sheet (catalog_number is the "
            "number as the label has it) or the folder"
        )
    return ""


def numbered_alike(confirming: str, codes: Sequence[str]) -> list[str]:
    """Barcodes written as the one that confirms a specimen but for their digits: other specimens.

    What is written otherwise may be the number of another collection for the same one.
    """
    form = re.sub(r"\d", "0", confirming).casefold()
    return [
        code
        for code in codes
        if re.sub(r"\d", "0", code).casefold() == form and not same_number(code, confirming)
    ]


def same_number(one: str, other: str) -> bool:
    """Whether two writings are one catalogue number.

    A separator may be another one, or missing between letters or between a letter and a digit;
    it never lies elsewhere, and never parts digits in one of them alone.
    """
    (letters, places), (others, other_places) = _parted(one), _parted(other)
    if not letters or letters != others:
        return False

    def within_digits(separators: set[int]) -> set[int]:
        return {at for at in separators if letters[at - 1].isdigit() and letters[at].isdigit()}

    if within_digits(places) != within_digits(other_places):
        return False
    return places <= other_places or other_places <= places


def _parted(text: str) -> tuple[str, set[int]]:
    """What is no separator, case folded, and before which of these characters separators stand."""
    letters, places = "", set()
    for part in re.split(f"[{re.escape(SEPARATORS)}\\s]+", unicodedata.normalize("NFC", text)):
        if part and letters:
            places.add(len(letters))
        letters += part.casefold()
    return letters, places


def _is_meant(written: str, number: str, sheet: Mapping[str, str]) -> bool:
    """Whether a label says this number, with or without the codes that the sheet gives."""
    codes = [sheet.get(f"{kind}_code", "") for kind in ("institution", "collection")]
    return same_number(written, number) or any(
        same_number(written, f"{prefix} {number}") or same_number(f"{prefix} {written}", number)
        for prefix in (" ".join(codes), *codes)
        if prefix.strip()
    )


def _numbers_in(code: str) -> Iterator[str]:
    """What in a barcode may be a catalogue number: a line of it, or an end of a web address."""
    for line in filter(None, map(str.strip, code.splitlines())):
        if line.casefold().startswith(("http://", "https://")):
            yield from _in_address(line)
        else:
            yield line[len(_TRIPLET) :] if line.casefold().startswith(_TRIPLET) else line


def _in_address(address: str) -> Iterator[str]:
    """The last parts of an address's path, one, two and three of them, and what it asks for."""
    try:
        url = urlsplit(address)
    except ValueError:
        return
    parts = [unquote(part) for part in url.path.split("/") if part]
    for count in (1, 2, 3):
        if count <= len(parts):
            yield "/".join(parts[-count:])
    yield from (value for _, value in parse_qsl(url.query))
    if url.fragment:
        yield unquote(url.fragment)
