"""The number of a specimen by the barcode of its label, as the live picture shows it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hardware.errors import RigError
from imaging.checks.barcodes import read_codes_of_jpeg
from records.errors import RecordError
from records.sheet.entering import checked_number

NONE = (
    "label: no barcode is seen (QR, DataMatrix, Code 128); lay the label flat and in focus, or "
    "type the number"
)


def number_on(jpeg: bytes, config: Mapping[str, Any]) -> str:
    """The catalogue number on the label that a picture shows.

    Parameters
    ----------
    jpeg : a JPEG
    config : its `catalog_number.pattern` finds the number in a longer text, such as an address

    Raises
    ------
    RigError : there is no barcode, none holds a number, or several do
    """
    codes = read_codes_of_jpeg(jpeg)
    numbers = sorted({number for code in codes if (number := _number_in(code, config))})
    if not codes:
        raise RigError(NONE)
    if not numbers:
        raise RigError(
            f"label: {', '.join(map(repr, codes))} is no catalogue number as "
            "catalog_number.pattern wants it"
        )
    if len(numbers) > 1:
        raise RigError(
            f"label: several numbers are seen: {', '.join(numbers)}; leave one in the picture, or "
            "type it"
        )
    return numbers[0]


def _number_in(code: str, config: Mapping[str, Any]) -> str:
    pattern = config["catalog_number"]["pattern"]
    found = re.search(pattern, code) if pattern else None
    try:
        return checked_number(found[0] if found else code, config)
    except RecordError:
        return ""
