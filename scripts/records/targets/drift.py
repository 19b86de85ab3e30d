"""How colour and detail change from session to session, as one table tells it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

COLUMNS = (
    *("session", "shot_date", "target", "target_age_years", "level_fadgi", "level_iso19264"),
    *("level_metamorfoze", "color_mean_de2000", "color_max_de2000", "color_p90_de2000"),
    *("white_balance_de", "tone_dl", "exposure_dl", "noise_dl", "unevenness_percent"),
    *("mtf50_cy_per_px", "mtf10_cy_per_px", "sampling_efficiency_percent", "px_per_mm", "ppi"),
    *("smallest_detail_um", "drift_from_first_de2000", "drift_from_last_de2000"),
)
# Column of the table → figure of the record.
_FIGURES = {
    "color_mean_de2000": "color_mean",
    "color_max_de2000": "color_max",
    "color_p90_de2000": "color_p90",
    "white_balance_de": "white_balance",
    "tone_dl": "tone",
    "exposure_dl": "exposure",
    "noise_dl": "noise",
    **{name: name for name in ("unevenness_percent", "mtf50_cy_per_px", "mtf10_cy_per_px")},
    **{name: name for name in ("sampling_efficiency_percent", "px_per_mm", "ppi")},
    "smallest_detail_um": "smallest_detail_um",
}
# Further than this from the first session, light, lens or target have changed: as much as the
# strictest guideline lets a picture be off as a whole (levels.csv).
MOST_DRIFT = 2.0

Lab = Mapping[str, Sequence[float]]
Difference = Callable[[Sequence[Sequence[float]], Sequence[Sequence[float]]], float]


def rows(records: Sequence[Mapping[str, Any]], difference: Difference) -> list[dict[str, object]]:
    """A row for each session, in the order of time.

    Parameters
    ----------
    records : of the sessions
    difference : mean ΔE2000 of two lists of L*a*b*
    """
    table: list[dict[str, object]] = []
    first: dict[tuple[str, str | None], Lab] = {}
    last: dict[tuple[str, str | None], Lab] = {}
    for record in sorted(records, key=lambda one: (one["shot_date"] or "", one["session"])):
        row: dict[str, object] = {name: record.get(name) for name in COLUMNS[:4]}
        for judged in record["levels"]:
            row[f"level_{judged['guideline']}"] = judged["level"]
        for column, name in _FIGURES.items():
            row[column] = _rounded(record["figures"].get(name))
        target = record["target"], record["reference_sha256"]
        patches = {one["patch"]: one["lab"] for one in record["patches"]}
        for column, known in (("first", first), ("last", last)):
            if target in known:
                row[f"drift_from_{column}_de2000"] = _between(known[target], patches, difference)
        first.setdefault(target, patches)
        last[target] = patches
        table.append(row)
    return table


def _between(one: Lab, other: Lab, difference: Difference) -> float | None:
    both = [name for name in one if name in other]
    if not both:
        return None
    return _rounded(difference([one[name] for name in both], [other[name] for name in both]))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
