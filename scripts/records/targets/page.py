"""What the page of all sessions' targets shows: how true, where they drift, what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from records.targets import levels
from records.targets.drift import MOST_DRIFT
from records.text import cleaned

# Of the table of sessions, what is on the page, by what the page calls it.
_COLUMNS = {
    **{name: name for name in ("session", "shot_date", "target", "level_fadgi")},
    **{"level_iso": "level_iso19264", "level_metamorfoze": "level_metamorfoze"},
    **{"color_mean_de": "color_mean_de2000", "white_balance_de": "white_balance_de"},
    **{name: name for name in ("tone_dl", "noise_dl")},
    **{"mtf_cy_per_px": "mtf50_cy_per_px", "drift_de": "drift_from_first_de2000"},
}
# The patches that are furthest off, of each session.
_WORST = 5


def page_of(
    records: Sequence[Mapping[str, Any]],
    rows: Sequence[Mapping[str, object]],
    unmeasured: Mapping[str, str],
) -> dict[str, Any]:
    """The page's data, as `web/static/targets/main.js` takes them.

    Parameters
    ----------
    records : of the sessions, with `picture` beside the page
    rows : of the table of sessions, in the order of time
    unmeasured : why the others could not be measured, by the names of their sessions
    """
    return {
        "most_drift": MOST_DRIFT,
        "rows": [{name: row.get(column) for name, column in _COLUMNS.items()} for row in rows],
        "sessions": {record["session"]: _session(record) for record in records},
        "unmeasured": {session: cleaned(reason) for session, reason in unmeasured.items()},
    }


def _session(record: Mapping[str, Any]) -> dict[str, Any]:
    worst = sorted(record["patches"], key=lambda one: -one.get("de2000", 0.0))[:_WORST]
    return {
        "session": record["session"],
        "warnings": [cleaned(said) for said in record["warnings"]],
        "levels": [_level(judged, record.get("figures", {})) for judged in record["levels"]],
        "picture": record.get("picture"),
        "worst": [[one["patch"], one.get("de2000", 0.0)] for one in worst],
        "profile": record.get("profile"),
    }


def _level(judged: Mapping[str, Any], figures: Mapping[str, float]) -> dict[str, Any]:
    """A judgement in parts that a page says in its language; in the record's words if it cannot."""
    judgement = levels.recorded(judged)
    if judgement is None or not {*judgement.holding_back} <= {*figures}:
        return {"in_words": judged["in_words"]}
    return {
        "guideline": levels.GUIDELINES[judgement.guideline],
        "level": judgement.level,
        "lacks": [asdict(lack) for lack in levels.lacks(judgement, figures)],
    }
