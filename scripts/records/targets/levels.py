"""Which level of a guideline the figures of a colour target reach: FADGI, ISO 19264, Metamorfoze.

The limits are in levels.csv beside this file, with their sources.
"""

from __future__ import annotations

import csv
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

GUIDELINES = {"fadgi": "FADGI 2023", "iso19264": "ISO 19264-1", "metamorfoze": "Metamorfoze 2.0"}
NONE = "below all levels"
# What each figure is to a person.
FIGURES = {
    "color_mean": "mean ΔE2000",
    "color_max": "largest ΔE2000",
    "color_p90": "90th percentile of ΔE2000",
    "color_sl1_mean": "mean ΔE2000 (S_L = 1)",
    "color_sl1_max": "largest ΔE2000 (S_L = 1)",
    "white_balance": "ΔE(a*b*) of the greys",
    "tone": "ΔL* of the greys",
    "noise": "noise in L*",
    "sampling_efficiency_percent": "sampling efficiency in %",
}

# How limits are written in the table: in words, and as a comparison.
_BOUNDS: dict[str, tuple[str, Callable[[float, float], bool]]] = {
    "below": ("below", operator.lt),
    "most": ("at most", operator.le),
    "above": ("above", operator.gt),
    "least": ("at least", operator.ge),
}


@dataclass(frozen=True)
class Judgement:
    """What a guideline says.

    Attributes
    ----------
    guideline : one of `GUIDELINES`
    level : the best whose limits all hold, or `NONE`
    by_figure : the best level that each figure reaches, or `NONE`
    holding_back : the figures that reach no more than `level`, where a better one is to be had
    """

    guideline: str
    level: str
    by_figure: Mapping[str, str]
    holding_back: tuple[str, ...]


@dataclass(frozen=True)
class Lack:
    """What keeps a picture from the next level.

    Attributes
    ----------
    figure, value : what is not good enough
    better : the level that asks for more
    bound, limit : how the figure must lie to the limit there: below, most, above or least
    """

    figure: str
    value: float
    better: str
    bound: str
    limit: float


def judge(figures: Mapping[str, float], guideline: str) -> Judgement | None:
    """Judge by one guideline; None where no figure that it limits is known."""
    levels = _limits()[guideline]
    named = {name for limits in levels.values() for name in limits}
    known = [name for name in FIGURES if name in named and name in figures]
    if not known:
        return None
    order = [*levels, NONE]
    reached = {}
    for name in known:
        # A level that has no limit for a figure lets it pass.
        fits = (level for level in levels if _holds(figures[name], levels[level].get(name)))
        reached[name] = next(fits, NONE)
    worst = max(map(order.index, reached.values()))
    back = tuple(name for name in known if worst and order.index(reached[name]) == worst)
    return Judgement(guideline, order[worst], reached, back)


def recorded(levels: Mapping[str, Any]) -> Judgement | None:
    """A judgement as a session's record has it; None of a guideline or level that is no more."""
    guideline, level, reached = levels["guideline"], levels["level"], levels["by_figure"]
    known = _limits().get(guideline, {})
    order = [*known, NONE]
    if not known or level not in order:
        return None
    place = order.index(level)
    back = tuple(name for name in FIGURES if place and reached.get(name) == level)
    # The table may have changed since.
    if back and not {*back} <= {*known[order[place - 1]]}:
        return None
    return Judgement(guideline, level, reached, back)


def lacks(judgement: Judgement, figures: Mapping[str, float]) -> list[Lack]:
    """What would have to be better for the next level, and how much."""
    levels = _limits()[judgement.guideline]
    order = [*levels, NONE]
    better = order[order.index(judgement.level) - 1]
    return [
        Lack(name, figures[name], better, *levels[better][name]) for name in judgement.holding_back
    ]


def in_words(judgement: Judgement, figures: Mapping[str, float]) -> str:
    """The judgement in one sentence, with what would have to be better, and how much."""
    parts = [
        f"{FIGURES[lack.figure]} is {lack.value:.1f}, {lack.better} has "
        f"{_BOUNDS[lack.bound][0]} {lack.limit:g}"
        for lack in lacks(judgement, figures)
    ]
    return "; ".join([f"{GUIDELINES[judgement.guideline]}: {judgement.level}", *parts])


def _holds(value: float, limit: tuple[str, float] | None) -> bool:
    return limit is None or _BOUNDS[limit[0]][1](value, limit[1])


@cache
def _limits() -> dict[str, dict[str, dict[str, tuple[str, float]]]]:
    """By guideline, level (the best first) and figure."""
    path = Path(__file__).with_name("levels.csv")
    lines = path.read_text(encoding="utf-8").splitlines()
    found: dict[str, dict[str, dict[str, tuple[str, float]]]] = {}
    for row in csv.DictReader(line for line in lines if not line.startswith("#")):
        limits = found.setdefault(row["guideline"], {}).setdefault(row["level"], {})
        limits[row["figure"]] = row["limit"], float(row["value"])
    return found
