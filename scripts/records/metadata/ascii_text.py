"""Texts in the ASCII that TIFF's tags hold, for programs that read no others.

What is written so is read as the same word; the letters themselves stand in XMP.
"""

from __future__ import annotations

import unicodedata

# Letters and signs that Unicode does not take apart, as they are written where there is no other.
_WRITTEN = str.maketrans(
    {
        **{"\u00a9": "(c)", "\u00ae": "(R)", "\u00d7": "x", "\u00b0": " deg", "\u00b5": "u"},
        **{"\u00df": "ss", "\u00e6": "ae", "\u00c6": "AE", "\u0153": "oe", "\u0152": "OE"},
        **{"\u00f8": "o", "\u00d8": "O", "\u0142": "l", "\u0141": "L", "\u0131": "i"},
        **{"\u0111": "d", "\u0110": "D", "\u00f0": "d", "\u00d0": "D"},
        **{"\u00fe": "th", "\u00de": "Th"},
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
        **dict.fromkeys("\u2018\u2019\u201a\u2032", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u2033\u00ab\u00bb", '"'),
    }
)


def in_ascii(text: str) -> str:
    """A text in ASCII: accents left out, `ß` as ss; empty where a letter of it has no such writing.

    Names in other scripts have none: half a name is worse than none.
    """
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFKD", text.translate(_WRITTEN))
    plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return plain if plain.isascii() else ""
