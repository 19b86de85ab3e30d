"""What spreadsheets do to catalogue numbers: shorten them, make dates of them, drop their zeros.

What can only be damage is a fault of its cell. What a museum might mean is a doubt, told with the
rows that speak against it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from records.text import cleaned

# Columns whose cells are numbers to people, not to a spreadsheet.
IDENTITY = ("specimen", "catalog_number")
# Blanks that look like one, and characters that do not show at all.
_BLANKS = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\t]")
_UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff]")
_TEXT_FORMULA = re.compile(r'="([^"]*)"')
# As Excel and LibreOffice name them, in English and, with ! or ?, in any language.
_ERROR = re.compile(r"#(N/A|N/D|NV|GETTING_DATA|[^\W\d_][\w/]*[!?]|#+)|Err:\d{3}")
# What is calculated: =B2, =CONCAT(…), =$A1&"x".
_FORMULA = re.compile(r"=\s*[$A-Za-z\"(+-]")
# IEEE 754 doubles, as spreadsheets have them, keep 15 decimal digits.
_KEPT_DIGITS = 15
_ROUNDED = rf"[1-9]\d{{{_KEPT_DIGITS - 1}}}0+"
_SHORTENED = re.compile(r"[+-]?\d+([.,]\d+)?[eE][+-]\d+")
_DECIMALS = re.compile(r"\d+[.,]0+")
_MIDNIGHT = re.compile(r"\d{4}-\d\d-\d\d[ T]00:00:00")
_QUOTES = '“”„‟«»‘’‚"'
_MONTHS = (
    "jan feb mar apr may jun jul aug sep oct nov dec sept jän mär mrz mai okt dez janv févr mars "
    "avr juin juil août déc ene abr ago dic mrt mei gen mag giu lug set ott fev out"
).replace(" ", "|")
_DAY_MONTH = re.compile(rf"\d{{1,2}}[-. ]{{1,2}}({_MONTHS})\.?([-. ]+\d{{2,4}})?", re.IGNORECASE)
_MONTH_YEAR = re.compile(rf"({_MONTHS})\.?[- ]\d{{2,4}}", re.IGNORECASE)
_DATES = ("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y")
_LIKE_A_DATE = re.compile(r"\d{1,4}([-./])\d{1,2}\1\d{1,4}")
# Days since 1900 that a spreadsheet shows where it forgets that a cell was a date: 1954 to 2064.
_SERIALS = range(20_000, 60_001)
_SHOWN = 3


def plain(text: str) -> str:
    """A cell with plain blanks, and nothing in it that does not show; `="0012"` is `0012`."""
    if text.isascii() and text.isprintable() and '="' not in text:
        # Most cells of most sheets, of which there may be a million.
        return text.strip()
    text = _UNSEEN.sub("", _BLANKS.sub(" ", cleaned(text))).strip()
    formula = _TEXT_FORMULA.fullmatch(text)
    return formula[1] if formula else text


def damage(column: str, text: str) -> str | None:
    """What is wrong with a cell, in words that follow its value; None where nothing is.

    Parameters
    ----------
    text : without blanks around it, not empty
    """
    if text[0] in "#E" and _ERROR.fullmatch(text):
        return "is a spreadsheet's error, no value; mend the formula or fill the cell in"
    if "\ufffd" in text:
        return "has a character that an encoding lost; type it again and save as CSV UTF-8"
    if meant := _read_wrongly(text):
        return f"is {meant!r} read in a wrong encoding; type it again and save as CSV UTF-8"
    if text[0] == "=" and _FORMULA.match(text):
        return "is a formula instead of its value; save the sheet as CSV with values, not formulas"
    if column == "exclude":
        dates = [one.strip() for one in text.split(";") if _is_made_a_date(one.strip())]
        return (
            f"has {dates[0]!r}, a date that a spreadsheet made of a range such as 9-12; format the "
            "column as text and type it again"
            if dates
            else None
        )
    if column not in IDENTITY:
        return None
    if _SHORTENED.fullmatch(text):
        return (
            "is a number that a spreadsheet shortened; format the column as text and type the "
            "number again"
        )
    if _DECIMALS.fullmatch(text):
        return f"is a number with decimals that no one wrote; write {re.split('[.,]', text)[0]}"
    if _is_made_a_date(text):
        return (
            "is a date that a spreadsheet made of a number; format the column as text and type "
            "the number again"
        )
    if text[0] == "'" or text[0] in _QUOTES or text[-1] in _QUOTES:
        return "has quotes around it that a spreadsheet added; remove them"
    return None


def _is_made_a_date(text: str) -> bool:
    """Whether a spreadsheet wrote it, as it writes a date; `12-MAR` is a museum's own way."""
    midnight = _MIDNIGHT.fullmatch(text)
    return bool(midnight or (_DAY_MONTH.fullmatch(text) and not text.isupper()))


def doubts(column: str, cells: Sequence[tuple[int, str]]) -> list[str]:
    """What in a column of catalogue numbers may be damage, in words that follow its name.

    Parameters
    ----------
    cells : number of the row and text of each filled cell
    """
    texts = [text for _, text in cells]
    reasons = []
    # Where numbers of three parts are the museum's way, some of them are dates by chance.
    own_way = any(_LIKE_A_DATE.fullmatch(text) and not _is_date(text) for text in texts)
    dates = [
        cell
        for cell in cells
        if (_is_date(cell[1]) and not own_way)
        or (_MONTH_YEAR.fullmatch(cell[1]) and not cell[1].isupper())
    ]
    if dates:
        reasons.append(f"{_listed(dates)} may be a date that a spreadsheet made of a number")
    rounded = [cell for cell in cells if re.fullmatch(_ROUNDED, cell[1])]
    if rounded and not any(
        len(text) > _KEPT_DIGITS and text.isdecimal() and not re.fullmatch(_ROUNDED, text)
        for text in texts
    ):
        reasons.append(
            f"{_listed(rounded)} may have lost its last digits: a spreadsheet keeps {_KEPT_DIGITS} "
            "of a number and makes the rest zeros"
        )
    parted = next((cell for cell in cells if re.fullmatch(r"\d+[-/.]\d+", cell[1])), None)
    serials = [cell for cell in cells if cell[1].isdecimal() and _is_serial(cell[1])]
    if parted and serials:
        reasons.append(
            f"{_listed(serials)} may be a date that was a number such as {parted[1]!r} in row "
            f"{parted[0]}"
        )
    zeroed = [cell for cell in cells if cell[1].isdecimal() and cell[1][0] == "0"]
    if zeroed:
        width = Counter(len(text) for _, text in zeroed).most_common(1)[0][0]
        shorter = [
            cell for cell in cells
            if cell[1].isdecimal() and cell[1][0] != "0" and len(cell[1]) < width
        ]  # fmt: skip
        if shorter:
            reasons.append(
                f"{_listed(shorter)} may have lost leading zeros, which {zeroed[0][1]!r} in row "
                f"{zeroed[0][0]} has"
            )
    dashed = [cell for cell in cells if set("–—‐‑−") & set(cell[1])]
    if dashed:
        reasons.append(f"{_listed(dashed)} has a dash; is a hyphen meant?")
    return [f"column {column}: {text}" for text in reasons]


def _read_wrongly(text: str) -> str | None:
    """What a text was before its UTF-8 was read as Windows' Latin; None where it was not."""
    if text.isascii():
        return None
    try:
        meant = text.encode("cp1252").decode()
    except UnicodeError:
        return None
    return meant if not meant.isascii() else None


def _is_serial(text: str) -> bool:
    return len(text) == 5 and int(text) in _SERIALS


def _is_date(text: str) -> bool:
    if not _LIKE_A_DATE.fullmatch(text):
        return False
    for form in _DATES:
        try:
            datetime.strptime(text, form)
        except ValueError:
            continue
        return True
    return False


def _listed(cells: Sequence[tuple[int, str]]) -> str:
    shown = ", ".join(f"{text!r} in row {row}" for row, text in cells[:_SHOWN])
    more = len(cells) - _SHOWN
    return shown + (f" and {more} more" if more > 0 else "")
