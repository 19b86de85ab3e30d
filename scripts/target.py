"""Measure each session's shot of a colour target: colour, white balance, tone, noise, sharpness.

A shot is developed as the frames are. What it shows is held against FADGI, ISO 19264 and
Metamorfoze, told in a record for each session, and compared from session to session in one table.
"""

from __future__ import annotations

from step import run

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.frames import colour, raws
from imaging.frames.conversion import by_settings
from imaging.frames.inspection import inspect
from imaging.targets import charts, detail, figures, finding, lab, patches, shown
from imaging.targets.developing import developed
from reading import RESULTS, WORKFLOW, going_on, settings
from records.errors import RecordError
from records.files import refuse_outputs, replacing, sha256_file, write_table
from records.log import listed, progress, software, warn
from records.machine import reason_of
from records.metadata.exif import Capture, read_capture
from records.program import VERSION
from records.record import read_record, write_record
from records.reports.review_site import Site, write_targets
from records.sheet.settings import add_settings
from records.targets import drift, levels
from records.targets.page import page_of
from records.targets.sessions import DEVELOPING, Session, read_sessions

# What pages show with.
STATIC = WORKFLOW / "web" / "static"
_DAYS_A_YEAR = 365.25


def main(argv: list[str]) -> None:
    """Measure what is new or changed, and write the table of all sessions."""
    options = arguments().parse_args(argv)
    refuse_outputs(options, "out", "table")
    if options.sessions is None:
        raise RecordError(
            "no table of sessions is named; set target.sessions in config.yaml to a CSV with the "
            "columns session, shot, target (docs/targets.md), or use --sessions"
        )
    sessions = read_sessions(options.sessions)
    failed: list[str] = []
    records = []
    unmeasured: dict[str, str] = {}
    for session in sessions:
        with going_on(f"session {session.name}", failed):
            try:
                records.append(_record_of(session, options))
            except Exception as error:
                unmeasured[session.name] = reason_of(error)
                raise
    rows = drift.rows(records, _difference)
    for row in rows:
        moved = row.get("drift_from_first_de2000")
        if isinstance(moved, float) and moved > drift.MOST_DRIFT:
            warn(
                f"session {row['session']}: its colours differ by {moved:.1f} ΔE2000 on average "
                f"from those of the first session with this {row['target']}; light, lens, settings "
                "or the target have changed"
            )
    write_table(options.table, drift.COLUMNS, rows)
    seen = options.out / "index.html"
    write_targets(Site(options.out.parent, STATIC), seen, page_of(records, rows, unmeasured))
    progress(f"{len(records)} of {len(sessions)} sessions; look at them in {seen}")
    if failed:
        raise RecordError(
            f"{len(failed)} of {len(sessions)} sessions could not be measured, {failed[0]} first; "
            "see the warnings above"
        )


def _record_of(session: Session, options: argparse.Namespace) -> dict[str, Any]:
    """The record of a session, made where there is none of this shot and these settings."""
    if not session.shot.is_file():
        raise RecordError(
            f"{session.shot}: no such file; its shot of the target is looked for there"
        )
    out = options.out / f"{session.name}.json"
    asked: dict[str, object] = {
        "shot_sha256": sha256_file(session.shot),
        "reference_sha256": sha256_file(session.reference) if session.reference else None,
        "white_frame_sha256": sha256_file(options.white_frame) if options.white_frame else None,
        "settings": {name: getattr(options, name) for name in (*DEVELOPING, "max_age_years")},
        "row": {name: _plain(value) for name, value in asdict(session).items()},
        "version": VERSION,
    }
    if out.is_file():
        known = read_record(out, "target")
        if known["asked"] == asked:
            _tell(known)
            return known
    record = _measured(session, options, asked)
    write_record(out, "target", record)
    _tell(record)
    return record


def _measured(
    session: Session, options: argparse.Namespace, asked: dict[str, object]
) -> dict[str, Any]:
    chart = charts.chart(session.target, session.reference)
    looked = inspect(session.shot)
    pictures = None if looked.kind == "raw" else [looked]
    conversion = by_settings(session.shot, pictures, vars(options))
    white = options.white_frame
    pixels = developed(session.shot, conversion.develop, conversion.icc, white)
    corners = (
        finding.find(pixels, conversion.icc, chart)
        if session.corners is None
        else np.array(session.corners)
    )
    found = patches.measure(pixels, conversion.icc, chart, corners)
    told = figures.figures(found)
    warnings = [*conversion.warnings, *_faults(found, told)]
    if session.width_mm is not None:
        told |= detail.sampling(found, session.width_mm)
    if session.edge:
        try:
            told |= detail.sharpness(pixels, conversion.icc, session.edge, told.get("px_per_mm"))
        except ImagingError as error:
            warnings.append(f"edge {','.join(map(str, session.edge))} {error}: no MTF is told")
    capture = read_capture(session.shot)
    shot_date = _shot_date(capture)
    age = _age_years(session.target_date, shot_date)
    if age is not None and age > options.max_age_years:
        warnings.append(
            f"the target is {age:.1f} years old, more than target.max_age_years allows "
            f"({options.max_age_years:g}), and its colours fade; have it measured again (columns "
            "reference and target_date) or replace it"
        )
    picture = options.out / f"{session.name}.jpg"
    _draw(picture, shown.shown(pixels, conversion.icc, found))
    profile = None
    if conversion.development is not None:
        profile = _profile(session.shot, conversion.development, chart, corners, white, warnings)
    judged = [one for name in levels.GUIDELINES if (one := levels.judge(told, name))]
    differences = lab.delta_e_2000(found.chart.lab, found.lab)
    return {
        "session": session.name,
        "shot": str(session.shot),
        "shot_date": shot_date,
        "camera": capture.model,
        "target": session.target,
        "target_age_years": None if age is None else round(age, 2),
        "reference_sha256": asked["reference_sha256"],
        "corners_px": corners.round(2).tolist(),
        "picture": picture.name,
        "figures": {name: round(value, 4) for name, value in told.items()},
        "levels": [
            {
                "guideline": one.guideline,
                "level": one.level,
                "by_figure": dict(one.by_figure),
                "in_words": levels.in_words(one, told),
            }
            for one in judged
        ],
        "warnings": warnings,
        "profile": profile,
        "patches": [
            {
                "patch": name,
                "lab": found.lab[k].round(3).tolist(),
                "reference_lab": found.chart.lab[k].tolist(),
                "de2000": round(float(differences[k]), 3),
                "noise_dl": round(float(found.noise[k]), 3),
            }
            for k, name in enumerate(found.chart.patches)
        ],
        "conversion": conversion.record,
        "asked": asked,
        "software": software(),
    }


def _faults(found: patches.Patches, told: dict[str, float]) -> list[str]:
    """What of the shot itself is wrong, in sentences."""
    said = []
    if found.missing:
        said.append(
            f"patch {listed(found.missing, 5)} of the target is not in the picture, and left out"
        )
    clipped = [name for name, at in zip(found.chart.patches, found.clipped, strict=True) if at]
    if clipped:
        said.append(
            f"patch {listed(clipped, 5)} of the target has a channel at its end, where colours are "
            "lost; expose less"
        )
    return said


def _profile(
    shot: Path,
    development: raws.Development,
    chart: charts.Chart,
    corners: NDArray[np.float64],
    white: Path | None,
    warnings: list[str],
) -> dict[str, object] | None:
    """Settings of convert by which a raw's colours come nearer to the truth under this light."""
    # Only raws wait for the optimizer to be loaded.
    from imaging.targets.camera import camera_of

    def develop(so: raws.Development) -> NDArray[np.uint16]:
        icc = colour.profile(so.colour_space)
        return developed(shot, lambda path: raws.develop(path, so), icc, white)

    try:
        made = camera_of(develop, development, chart, corners)
    except ImagingError as error:
        warnings.append(f"no camera_matrix is made of it: {error}")
        return None
    return {
        "white_balance": ",".join(f"{value:g}" for value in made.white_balance),
        "camera_matrix": ",".join(f"{value:g}" for value in made.matrix),
        "color_mean": round(made.color_mean, 3),
        "left_out_mean": round(made.left_out_mean, 3),
    }


def _tell(record: dict[str, Any]) -> None:
    name = record["session"]
    for judged in record["levels"]:
        progress(f"session {name}: {judged['in_words']}")
    if profile := record.get("profile"):
        progress(
            f"session {name}: with convert.white_balance and convert.camera_matrix of its record "
            f"(profile), colours would be {profile['color_mean']:.1f} ΔE2000 off on average, those "
            f"that it does not know {profile['left_out_mean']:.1f}"
        )
    for said in record["warnings"]:
        warn(f"session {name}: {said}")


def _shot_date(capture: Capture) -> str | None:
    if not capture.date_time_original:
        return None
    return capture.date_time_original[:10].replace(":", "-")


def _age_years(made: date | None, shot: str | None) -> float | None:
    if made is None:
        return None
    # Where the camera wrote no date, the target is as old as it is today.
    day = datetime.strptime(shot, "%Y-%m-%d").date() if shot else date.today()
    return (day - made).days / _DAYS_A_YEAR


def _difference(one: Sequence[Sequence[float]], other: Sequence[Sequence[float]]) -> float:
    return float(lab.delta_e_2000(np.array(one), np.array(other)).mean())


def _draw(target: Path, picture: NDArray[np.uint8]) -> None:
    from PIL import Image

    with replacing(target) as partial:
        Image.fromarray(picture).save(partial, "JPEG", quality=88)


def _plain(value: object) -> object:
    """What JSON gives back as it was given."""
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value if isinstance(value, str | int | float | None) else str(value)


def arguments() -> argparse.ArgumentParser:
    """The command line of this script."""
    parser = argparse.ArgumentParser(description=__doc__)
    named = settings("target").get("sessions")
    parser.add_argument(
        "--sessions",
        type=Path,
        default=Path(named) if named else None,
        help="CSV, one row per session (default: target.sessions of the configuration)",
    )
    add_settings(parser, "target", instead=settings("target"))
    add_settings(parser, "convert", only=DEVELOPING, instead=settings("convert"))
    white = settings("convert").get("white_frame")
    parser.add_argument(
        "--white-frame",
        type=Path,
        default=Path(white) if white else None,
        help="picture of an evenly lit white field (default: convert.white_frame)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=RESULTS / "targets",
        help="folder for records, pictures and their page, which shows with static/ beside it "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--table",
        type=Path,
        default=RESULTS / "targets.csv",
        help="CSV, one row per session (default: %(default)s)",
    )
    return parser


if __name__ == "__main__":
    run(main)
