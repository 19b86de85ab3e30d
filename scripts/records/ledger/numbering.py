"""Numbers in the names of a stack's frames: their order, where it turns, and what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, pairwise

from records.ledger.frame_names import Number, Part, composed, read_names
from records.ledger.table import LISTED

# Other counts than a camera's are believed to have started again if no larger part is missing.
_NEAR_THE_TURN = 20
# A whole number that is less than this many steps of its last digit may have been rounded.
_ROUNDED_FROM = 4
# Digits of a camera's number that has a folder or a day before its four digits.
_WITH_LEAD = (7, 8)
# Olympus writes October to December as A to C, and the day before the four digits.
_WITH_DAY, _MONTHS = 6, re.compile("P[ABC]$", re.IGNORECASE)
# As many digits are no count but seconds of a computer's clock, or a serial number.
_NO_COUNT_DIGITS = 9


def in_camera_order(names: Iterable[str]) -> list[str]:
    """Names as people count them; where a counter or a clock started again, that part last."""
    parts, _ = _unrolled(read_names(names))
    return sorted(parts, key=lambda name: (_sort_key(parts[name]), name.casefold(), name))


def turns(names: Iterable[str]) -> list[str]:
    """For each place where a counter or a clock started again, what comes after what."""
    _, ends = _unrolled(read_names(names))
    return [f"{turn.first} comes after {turn.last}: {turn.why}" for turn in ends]


@dataclass(frozen=True)
class Gap:
    """Numbers that are missing between two neighbours of a series that goes on in equal steps.

    Attributes
    ----------
    before, after : names on either side
    steps : how many steps lie between these, 2 where one frame is missing
    missing : the first and the last of the numbers missing, as the names would have them
    is_jump : whether more is missing than the series has: other pictures lie between, not its own
    """

    before: str
    after: str
    steps: int
    missing: tuple[str, str]
    is_jump: bool


def gaps(names: Iterable[str]) -> list[Gap]:
    """Every gap in the numbers of some names, in their order."""
    ordered = in_camera_order(names)
    place = {name: k for k, name in enumerate(ordered)}
    found = [gap for series in _series(ordered) for gap in series.gaps()]
    return sorted(found, key=lambda gap: place[gap.before])


def describe(all_gaps: Sequence[Gap]) -> str:
    """What is missing, for people: `DSC_0357, DSC_0364 to DSC_0366 missing`."""
    runs = [
        first if first == last else f"{first} to {last}"
        for first, last in (gap.missing for gap in all_gaps)
    ]
    more = sum(gap.steps - 1 for gap in all_gaps[LISTED:])
    return ", ".join(runs[:LISTED]) + (f" and {more} more" if more else "") + " missing"


def places(ordered: Sequence[str]) -> dict[str, int]:
    """Where each frame lies, counted in steps from the first: a missing frame's place is empty.

    Numbers count only as far as the order is theirs; elsewhere the next frame is a step on.
    """
    empty = {}
    for series in _series(ordered):
        own = [name for name in ordered if name in series.values]
        values = [series.values[name] for name in own]
        if values in (sorted(values), sorted(values, reverse=True)):
            for gap in series.gaps():
                if not gap.is_jump:
                    empty[frozenset((gap.before, gap.after))] = gap.steps - 1
    on = [1 + empty.get(frozenset(pair), 0) for pair in pairwise(ordered)]
    return dict(zip(ordered, accumulate(on, initial=0), strict=False))


def written_um(names: Sequence[str]) -> dict[str, float]:
    """Positions that names have with a unit of length, in µm; empty unless every name has one."""
    read = read_names(names)
    if len({_kind(parts) for parts in read.values()}) != 1:
        return {}
    found = []
    for column in zip(*read.values(), strict=True):
        numbers = [part for part in column if isinstance(part, Number) and part.um_per_unit]
        if len(numbers) == len(names) and len({number.value for number in numbers}) > 1:
            found.append([float(number.value) for number in numbers])
    # Of two positions nobody knows which is the focus.
    return dict(zip(read, found[0], strict=True)) if len(found) == 1 else {}


@dataclass(frozen=True)
class _Turn:
    """Where a reading started again: values up to `cut` come after all others."""

    cut: Decimal
    cycle: int
    end: Decimal | None
    first: str = ""
    last: str = ""
    why: str = ""


@dataclass(frozen=True)
class _Series:
    """Frames that one number counts: their values, counted on across a turn."""

    values: Mapping[str, Decimal]
    numbers: Mapping[str, Number]
    turn: _Turn | None

    def gaps(self) -> list[Gap]:
        """The gaps of a series of equal steps; none where its steps are of many sizes."""
        by_value = {value: name for name, value in self.values.items()}
        values = sorted(by_value)
        unit = min(number.unit for number in self.numbers.values())
        counts = [int(value / unit) for value in values]
        step = _step(counts, all(number.is_count for number in self.numbers.values()))
        if step is None:
            return []
        found = []
        for before, after in pairwise(values):
            steps = round(Fraction(int((after - before) / unit)) / step)
            if step == 1 and self._in_folders(by_value[before]):
                # Of the files in a camera's folder, none is 0000 (DCF, JEITA CP-3461).
                steps -= int(after) // 10_000 - int(before) // 10_000
            if steps > 1:
                each = Decimal(step.numerator) / step.denominator * unit
                missing = (
                    self._named(before + each, by_value[before], unit),
                    self._named(before + each * (steps - 1), by_value[before], unit),
                )
                is_jump = steps - 1 > max(10, len(values))
                if is_jump and self._leads(by_value[before]) != self._leads(by_value[after]):
                    continue
                found.append(Gap(by_value[before], by_value[after], steps, missing, is_jump))
        return found

    def _in_folders(self, name: str) -> bool:
        """Whether a number is a camera's folder, from 100, and the count in it, from 0001."""
        written = self.numbers[name].written
        has_zero = any(number.written.endswith("0000") for number in self.numbers.values())
        return len(written) == 7 and int(written[:3]) >= 100 and not has_zero

    def _leads(self, name: str) -> str:
        """The folder or the day that some cameras write before the four digits of their counter."""
        written = self.numbers[name].written
        return written[:-4] if _has_lead(name, self.numbers[name]) else ""

    def _named(self, value: Decimal, like: str, unit: Decimal) -> str:
        """A value as the names would have it, without what follows it there."""
        number = self.numbers[like]
        if self.turn and self.turn.end is not None and value > self.turn.end:
            value -= self.turn.cycle
        digits = number.written.lstrip("+-\N{MINUS SIGN}")
        if number.um_per_unit:
            value /= number.um_per_unit
            unit /= number.um_per_unit
        text = f"{abs(value).quantize(unit):f}"
        # A counter that started again has zeros in front of its small numbers only.
        if digits.startswith("0") or (self.turn and number.is_count):
            text = text.zfill(len(digits))
        if "," in digits:
            text = text.replace(".", ",")
        name = composed(like)
        bracket = re.match(r"[\])}]?", name[number.start + len(number.written) :])
        return (
            name[: number.start]
            + ("-" if value < 0 else "")
            + text
            + (bracket[0] if bracket else "")
        )


def _series(names: Sequence[str]) -> list[_Series]:
    """The names by the number that counts them on; those without one are in no series."""
    read = read_names(names)
    unrolled, turns_found = _unrolled(read)
    kinds: dict[tuple[str | None, ...], list[str]] = {}
    for name in sorted(names, key=lambda name: _sort_key(unrolled[name])):
        kinds.setdefault(_kind(unrolled[name]), []).append(name)
    all_series = []
    for kind, members in kinds.items():
        chosen = _counting(kind, [unrolled[name] for name in members])
        if chosen is None:
            continue
        at, others = chosen
        runs: dict[tuple[Decimal, ...], list[str]] = {}
        for name in members:
            key = tuple(part.value for k in others if isinstance(part := unrolled[name][k], Number))
            runs.setdefault(key, []).append(name)
        for run in runs.values():
            numbers = {name: part for name in run if isinstance(part := read[name][at], Number)}
            values = {
                name: part.value for name in run if isinstance(part := unrolled[name][at], Number)
            }
            turn = next((one for one in turns_found if one.first in values), None)
            all_series.append(_Series(values, numbers, turn))
    return all_series


def _counting(
    kind: tuple[str | None, ...], names: Sequence[tuple[Part, ...]]
) -> tuple[int, list[int]] | None:
    """Which number counts names of one kind, and which others part them into series.

    The first that rises from each name to the next, which needs no parting, a plain count before a
    position; else the last that changes. Dates and times count nothing.
    """
    columns = {
        k: [part for one in names if isinstance(part := one[k], Number)]
        for k, text in enumerate(kind)
        if text is None
    }
    values = {
        k: [part.value for part in column]
        for k, column in columns.items()
        if not any(part.instant or len(part.written) >= _NO_COUNT_DIGITS for part in column)
    }
    if not values:
        return None
    changing = [k for k in values if len(set(values[k])) > 1]
    plain = {k: all(part.is_count for part in columns[k]) for k in changing}
    for k in sorted(changing, key=lambda k: not plain[k]):
        if all(before < after for before, after in pairwise(values[k])):
            return k, []
    at = (changing or list(values))[-1]
    return at, [k for k in values if k != at]


def _step(counts: Sequence[int], is_count: bool) -> Fraction | None:
    """The step of a rising series with, perhaps, some missing; None where it has none.

    Parameters
    ----------
    counts : the values in units of their last digit
    is_count : whether they can be a camera's counts, which go on by one
    """
    steps = [after - before for before, after in pairwise(counts)]
    if len(steps) < 2:
        # Of two numbers, nobody can tell their step.
        return Fraction(1) if is_count and steps and steps[0] <= 3 else None
    least = min(steps)
    if least == 1:
        often = 2 * steps.count(1) >= len(steps)
        return Fraction(1) if often or sum(steps) - len(steps) <= 10 * len(counts) else None
    if all(step % least == 0 for step in steps) and 2 * steps.count(least) >= len(steps):
        return Fraction(least)
    if least < _ROUNDED_FROM:
        return None
    single = [step for step in steps if step <= least + 1]
    usual = Fraction(sum(single), len(single))
    taken = [round(step / usual) for step in steps]
    usual = Fraction(sum(steps), sum(taken))
    off = [abs(at - usual * k) for at, k in zip(accumulate(steps), accumulate(taken), strict=True)]
    return usual if max(off) <= 1 and 2 * taken.count(1) >= len(taken) else None


def _unrolled(
    read: Mapping[str, tuple[Part, ...]],
) -> tuple[dict[str, tuple[Part, ...]], list[_Turn]]:
    """Names with their numbers counted on where a counter or a clock started again."""
    parts = dict(read)
    turns_found: list[_Turn] = []
    kinds: dict[tuple[str | None, ...], list[str]] = {}
    for name, pieces in parts.items():
        kinds.setdefault(_kind(pieces), []).append(name)
    for kind, members in kinds.items():
        for at in (k for k, text in enumerate(kind) if text is None):
            runs: dict[tuple[object, ...], list[str]] = {}
            for name in members:
                runs.setdefault(_sort_key(parts[name][:at]), []).append(name)
            for run in runs.values():
                numbers = {name: part for name in run if isinstance(part := read[name][at], Number)}
                turn = _turn(numbers)
                if turn is None:
                    continue
                turns_found.append(turn)
                for name, number in numbers.items():
                    if number.value <= turn.cut:
                        on = replace(number, value=number.value + turn.cycle)
                        parts[name] = (*parts[name][:at], on, *parts[name][at + 1 :])
    return parts, turns_found


def _turn(numbers: Mapping[str, Number]) -> _Turn | None:
    """Where a run of readings starts again: a gap of more than half of what can be counted."""
    values = sorted({number.value for number in numbers.values()})
    if len(values) < 2:
        return None
    cycle, end = _cycle(numbers, values)
    if cycle is None:
        return None
    gap, cut = max((after - before, before) for before, after in pairwise(values))
    across = cycle - (values[-1] - values[0])
    if gap <= Decimal(cycle) / 2 or across < 0:
        return None
    is_instant = end is None
    # Cameras count in four digits; two numbers, or a program's count, need to be near to the turn.
    is_camera = is_instant or (cycle in (9999, 10_000) and len(values) > 2)
    if not is_camera and across * _NEAR_THE_TURN > cycle:
        return None
    by_value = {number.value: name for name, number in sorted(numbers.items(), reverse=True)}
    what = "the time of day or the date" if is_instant else "the counter"
    return _Turn(
        cut, cycle, end, by_value[values[0]], by_value[values[-1]], f"{what} started again there"
    )


def _has_lead(name: str, number: Number) -> bool:
    """Whether a camera writes a folder or a day before the four digits of its counter."""
    digits = len(number.written)
    is_day = digits == _WITH_DAY and _MONTHS.search(composed(name)[: number.start])
    return digits in _WITH_LEAD or bool(is_day)


def _cycle(
    named: Mapping[str, Number], values: Sequence[Decimal]
) -> tuple[int | None, Decimal | None]:
    """After how many counts or seconds a reading comes again, and a counter's last count.

    Cameras count in four digits and start again at 0001, some at 0000; Sony's DSC09999 has a zero
    before them, Olympus' P1319999 and PA319999 the day and Panasonic's P1019999 the folder. Other
    counters start again when their digits are used up.
    """
    numbers = named.values()
    instants = [number.instant for number in numbers if number.instant]
    if instants:
        return instants[0].cycle_s, None
    widths = {len(number.written) for number in numbers}
    if len(widths) > 1 or not all(number.is_count for number in numbers):
        return None, None
    width, leads = widths.pop(), {number.written[:-4] for number in numbers}
    # Folders of cameras are numbered from 100 to 999 (DCF, JEITA CP-3461).
    if (width, values[0], values[-1]) == (3, 100, 999):
        return 900, Decimal(999)
    is_led = all(_has_lead(name, number) for name, number in named.items())
    if (width == 5 or is_led) and len(leads) == 1:
        width = 4
    if not 3 <= width <= 6:
        return None, None
    base = values[0] // 10**width * 10**width
    return 10**width - (base not in values), base + 10**width - 1


def _kind(parts: Sequence[Part]) -> tuple[str | None, ...]:
    """What names of one kind share: their texts, and where numbers stand."""
    return tuple(part.casefold() if isinstance(part, str) else None for part in parts)


def _sort_key(parts: Sequence[Part]) -> tuple[tuple[int, Decimal, str], ...]:
    """Numbers compare as numbers, texts without regard to case."""
    return tuple(
        (1, Decimal(0), part.casefold()) if isinstance(part, str) else (0, part.value, "")
        for part in parts
    )
