"""What the numbers in the file names of a folder mean, decided over all names of one kind.

`-250` may be a position or the 250th after a dash, `1.10` a length or the tenth after the ninth,
`1e-3` a thousandth or a picture of slide 1e. One name cannot tell, the others beside it mostly can.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from records.ledger.clock_names import Instant, read_instants

MINUS, TYPED_MINUS = "-", "\N{MINUS SIGN}"
UM_PER_UNIT = {
    "nm": Decimal("0.001"),
    "um": Decimal(1),
    "\N{MICRO SIGN}m": Decimal(1),
    "\N{GREEK SMALL LETTER MU}m": Decimal(1),
    "micron": Decimal(1),
    "microns": Decimal(1),
    "mm": Decimal(1000),
    "cm": Decimal(10_000),
}
# Hyphens and dashes that programs and phones put for a plain one; full width ones among them.
_DASHES = (
    "\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{EN DASH}\N{SMALL HYPHEN-MINUS}\N{FULLWIDTH HYPHEN-MINUS}"
)
# After one of these a dash separates nothing any more: it is a minus.
_SEPARATORS = ("_", "=", "(", "[", "{", ",", ":", ";", "@", "~")
_NUMBER = re.compile(
    rf"(?P<sign>[-+{TYPED_MINUS}]?)"
    # A number may begin with its decimal point, where that is no separator of words.
    rf"(?P<whole>[0-9]+|(?:(?<=[_ =({TYPED_MINUS}+-])|^)(?=[.,][0-9]))(?P<rest>(?:[.,][0-9]+)*)"
    # A plain e before digits is more often an episode than an exponent.
    r"(?P<exponent>(?:[eE][-+]|(?<=[.,][0-9])[eE])[0-9]{1,2}(?![0-9]))?"
    rf"(?P<unit>[ _]?(?:{'|'.join(sorted(UM_PER_UNIT, key=len, reverse=True))})(?![^\W\d_]))?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Number:
    """A number in a name.

    Attributes
    ----------
    value : in µm where a unit is written; in seconds for an instant
    written : as it stands in the name, without its unit
    start : where it stands there
    um_per_unit : of the unit that is written, None where there is none
    instant : the date or time that it is, if it is one
    is_count : whether it is digits alone, such as a camera's counter has
    """

    value: Decimal
    written: str
    start: int
    um_per_unit: Decimal | None = None
    instant: Instant | None = None
    is_count: bool = False

    @property
    def unit(self) -> Decimal:
        """What one more in the last digit is worth, as `value` is counted."""
        plain = self.written.replace(",", ".").replace(TYPED_MINUS, MINUS)
        last = int(Decimal(plain).as_tuple().exponent)
        return Decimal(1).scaleb(last) * (self.um_per_unit or 1)


Part = str | Number


def read_names(names: Iterable[str]) -> dict[str, tuple[Part, ...]]:
    """Texts and numbers of each name, in their order; the file's ending is left out."""
    stems = {name: _typed(composed(name)) for name in names}
    instants = read_instants(stems.values())
    kinds: dict[tuple[str, ...], dict[str, list[_Token]]] = {}
    for name, text in stems.items():
        tokens = _tokens(text, instants.get(text))
        kinds.setdefault(_kind(tokens), {})[name] = tokens
    parts: dict[str, tuple[Part, ...]] = {}
    for kind in kinds.values():
        columns = [_read(column) for column in zip(*kind.values(), strict=True)]
        for name, pieces in zip(kind, zip(*columns, strict=True), strict=True):
            parts[name] = tuple(part for piece in pieces for part in piece if part != "")
    return parts


def stem(name: str) -> str:
    """A name without its ending; what follows the last dot is none where it is all digits."""
    return re.sub(r"(?<=.)\.(?![0-9]+$)[^.]*$", "", name)


def _typed(text: str) -> str:
    """A name with digits and dashes as keyboards have them, letter for letter."""
    if text.isascii():
        return text
    return "".join(
        MINUS if letter in _DASHES
        else str(unicodedata.decimal(letter)) if letter.isdecimal()
        else letter
        for letter in text
    )  # fmt: skip


def composed(name: str) -> str:
    """A name without its ending; `ä` is one letter, whatever file system spelled it with two."""
    return unicodedata.normalize("NFC", stem(name))


@dataclass(frozen=True)
class _Token:
    """A piece of a name: text, what may be a number, or an instant; `before` it is this text."""

    text: str
    start: int
    before: str = ""
    number: re.Match[str] | None = None
    instant: Instant | None = None


def _tokens(text: str, instant: Instant | None) -> list[_Token]:
    """A name cut into texts and, between them, numbers; texts may be empty."""
    begin, end = (instant.start, instant.end) if instant else (len(text), len(text))
    numbers = [*_NUMBER.finditer(text, 0, begin), *_NUMBER.finditer(text, end)]
    pieces: list[tuple[int, int, re.Match[str] | None, Instant | None]]
    pieces = [(*match.span(), match, None) for match in numbers]
    pieces += [(begin, end, None, instant)] if instant else []
    tokens, at = [], 0
    for start, stop, match, when in sorted(pieces, key=lambda piece: piece[0]):
        before = text[at:start]
        tokens += [_Token(before, at), _Token(text[start:stop], start, before, match, when)]
        at = stop
    return [*tokens, _Token(text[at:], at)]


def _kind(tokens: Sequence[_Token]) -> tuple[str, ...]:
    """What names of one kind share: their texts, and where numbers stand."""
    shape = []
    for token in tokens:
        if token.number:
            # More than one point makes a version or a list, never a decimal.
            points = re.sub("[0-9]", "", token.number["rest"])
            shape.append("\0" + (points if len(points) > 1 else ""))
        else:
            shape.append("\0\0" if token.instant else token.text.casefold())
    return tuple(shape)


def _read(column: Sequence[_Token]) -> list[list[Part]]:
    """What stands at one place of all names of a kind."""
    if column[0].instant:
        return [
            [Number(token.instant.at_s, token.text, token.start, instant=token.instant)]
            for token in column
            if token.instant
        ]
    if column[0].number is None:
        return [[token.text] for token in column]
    numbers = [token.number for token in column if token.number]
    signed, scaled = _are_signed(column, numbers), _have_exponents(numbers)
    decimal = signed or scaled or any(one["unit"] for one in numbers) or _are_decimals(numbers)
    if max(len(re.findall("[.,]", one["rest"])) for one in numbers) > 1:
        decimal = scaled = False
    return [_parts(one, signed, decimal, scaled) for one in numbers]


def _are_signed(column: Sequence[_Token], numbers: Sequence[re.Match[str]]) -> bool:
    """Whether dashes before the numbers are minuses.

    They are where other names have none there, or a plus; where another separator, or nothing,
    stands before them, so that they have nothing to separate; and where they are no dashes but the
    sign of typographers. Nobody writes minus nothing.
    """
    signs = [one["sign"] for one in numbers]
    if TYPED_MINUS in signs:
        return True
    if MINUS not in signs:
        return "+" in signs and len(set(signs)) > 1
    if set(signs) != {MINUS}:
        return True
    nothing = any(not re.search("[1-9]", one["whole"] + one["rest"]) for one in numbers)
    separated = all(token.start == 0 or token.before.endswith(_SEPARATORS) for token in column)
    return separated and not nothing


def _have_exponents(numbers: Sequence[re.Match[str]]) -> bool:
    """Whether what looks like exponents are: then the digits before them differ as well."""
    with_one = [one for one in numbers if one["exponent"]]
    mantissas = {one["whole"] + one["rest"] for one in with_one}
    return bool(with_one) and (len(mantissas) > 1 or len(with_one) < len(numbers))


def _are_decimals(numbers: Sequence[re.Match[str]]) -> bool:
    """Whether digits after a point are a fraction, and not a count of their own.

    Programs that leave out zeros at the end of a fraction never write 1.10, those that keep them
    write as many digits each time; a counter goes on from 1.9 to 1.10.
    """
    fractions = [one["rest"][1:] for one in numbers if one["rest"]]
    if not fractions:
        return True
    wholes = {one["whole"] for one in numbers}
    widths = {len(one["rest"]) for one in numbers}
    if len(widths) == 1:
        return len(wholes) > 1 or "" in wholes
    if any(len(digits) > 1 and digits.endswith("0") for digits in fractions):
        return False
    bare = len(fractions) < len(numbers)
    if (
        bare
        or len(wholes) > 1
        or any(len(digits) > 1 and digits.startswith("0") for digits in fractions)
    ):
        return True
    if not all(digits.isdecimal() for digits in fractions):
        # A date, with a point more.
        return False
    counts = sorted({int(digits) for digits in fractions})
    missing = counts[-1] - counts[0] + 1 - len(counts)
    return missing > max(1, len(counts) // 5)


def _parts(number: re.Match[str], signed: bool, decimal: bool, scaled: bool) -> list[Part]:
    """One number as it was decided to be read, or the texts and counts that it consists of."""
    sign, whole, rest = number["sign"], number["whole"], number["rest"]
    exponent, unit = number["exponent"] or "", (number["unit"] or "").strip(" _").casefold()
    parts: list[Part] = [] if signed else [sign]
    start = number.start() if signed else number.start("whole")
    if decimal:
        written = (sign if signed else "") + whole + rest + (exponent if scaled else "")
        value = Decimal(written.replace(",", ".").replace(TYPED_MINUS, MINUS))
        factor = UM_PER_UNIT.get(unit)
        is_count = written.isdigit() and factor is None
        value = value if factor is None else value * factor
        parts.append(Number(value, written, start, factor, is_count=is_count))
    else:
        parts += _counts(whole + rest, start)
        parts.append(unit)
    if exponent and not scaled:
        parts += _counts(exponent, number.start("exponent"))
    return parts


def _counts(text: str, start: int) -> list[Part]:
    """Digits as counts, and what is between them as text."""
    return [
        Number(Decimal(match[0]), match[0], start + match.start(), is_count=True)
        if match[0].isdigit()
        else match[0]
        for match in re.finditer(r"[0-9]+|[^0-9]+", text)
    ]
