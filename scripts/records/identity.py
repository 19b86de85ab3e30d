"""Whether a specimen is the one that its label says: barcode = folder = sheet."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from records.errors import RecordError


def check_identity(specimen: str, codes: Sequence[str], where: str) -> str:
    """Compare barcodes with the specimen that the folder and the sheet name.

    Parameters
    ----------
    specimen : catalogue number
    codes : texts of the barcodes that were found
    where : what they were found in, for the message

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
        if specimen and specimen in (code.strip(), _last_part(code)):
            return code
    if codes:
        raise RecordError(
            f"{where}: shows barcode {', '.join(codes)}, but folder and sheet say {specimen}; the "
            "stack is not archived: find out which is right and correct the sheet or the folder"
        )
    return ""


def _last_part(code: str) -> str:
    """The number at the end of a web address, such as `https://…/id/USNM-ENT-01234567`."""
    if not code.strip().lower().startswith(("http://", "https://")):
        return ""
    return unquote(urlsplit(code.strip()).path.rstrip("/").rpartition("/")[2])
