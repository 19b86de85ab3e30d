"""Sessions' shots of a target are measured as frames are developed, judged, and compared."""

from __future__ import annotations

import csv
import json
import shlex
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

import target
from imaging.frames import colour, tiff
from imaging.targets import lab
from imaging.targets.charts import chart
from reading import WORKFLOW
from records.errors import RecordError
from records.sheet.settings import flags
from records.targets.sessions import DEVELOPING
from tests.imaging.targets.made_charts import CORNERS, chart_picture, chart_raw
from web.review.templates import data_of

KNOWN = chart("colorchecker24")
CELL = '"{}"'.format(" ".join(f"{x:.0f},{y:.0f}" for x, y in CORNERS))
HEAD = "session,shot,target,corners,edge,width_mm,target_date\n"


def shot(path, off=None, edge=False):
    picture = chart_picture(KNOWN, off)
    if edge:
        # Light beside dark, slanted by 5 degrees, in the lower left of the picture.
        y, x = np.mgrid[:60, :60]
        share = np.clip(x - 30 - np.tan(np.radians(5)) * (y - 30) + 0.5, 0, 1)
        values = colour.encode(colour.SPACES["adobe-rgb"], 0.05 + 0.6 * share) * 65535
        picture[575:635, 5:65] = values[..., None].astype(np.uint16)
    tiff.write_image(path, picture, colour.profile("adobe-rgb"))
    return path


def run(folder, *rows, more=()):
    table = folder / "sessions.csv"
    table.write_text(HEAD + "".join(f"{row}\n" for row in rows))
    options = ["--out", str(folder / "targets"), "--table", str(folder / "targets.csv")]
    target.main(["--sessions", str(table), *options, *more])
    with (folder / "targets.csv").open() as file:
        return list(csv.DictReader(file))


def record(folder, session):
    return json.loads((folder / "targets" / f"{session}.json").read_text())


def test_a_true_shot_reaches_every_best_level(tmp_path, capsys):
    path = shot(tmp_path / "a.tif")
    (row,) = run(tmp_path, f"s-1,{path},colorchecker24,,,,")
    assert (row["level_fadgi"], row["level_iso19264"]) == ("4 stars", "level A")
    assert row["level_metamorfoze"] == "full"
    assert float(row["color_mean_de2000"]) < 0.05
    assert "session s-1: FADGI 2023: 4 stars\n" in capsys.readouterr().err
    # Found by itself, to a few px.
    corners = np.array(record(tmp_path, "s-1")["corners_px"])
    assert np.abs(corners - CORNERS).max() < 3


def test_a_shot_that_is_off_is_told_by_how_much_and_which_level_that_is(tmp_path, capsys):
    off = np.zeros((24, 3))
    off[:, 0] = -3.7
    path = shot(tmp_path / "a.tif", off)
    (row,) = run(tmp_path, f"s-1,{path},colorchecker24,{CELL},,,")
    assert float(row["tone_dl"]) == pytest.approx(3.7, abs=0.05)
    assert (row["level_fadgi"], row["level_iso19264"]) == ("2 stars", "level C")
    wanted = lab.delta_e_2000(KNOWN.lab, KNOWN.lab + off)
    found = record(tmp_path, "s-1")
    assert [one["de2000"] for one in found["patches"]] == pytest.approx(wanted, abs=0.05)
    assert "ΔL* of the greys is 3.7, 3 stars has below 3" in capsys.readouterr().err
    with Image.open(tmp_path / "targets" / found["picture"]) as picture:
        assert picture.size == (900, 640)


def test_a_raw_is_developed_as_frames_are(tmp_path):
    path = chart_raw(tmp_path / "a.dng", KNOWN)
    (row,) = run(tmp_path, f"s-1,{path},colorchecker24,{CELL},,,", more=["--colour-space=prophoto"])
    assert row["shot_date"] == "2026-03-14"
    found = record(tmp_path, "s-1")
    assert found["conversion"]["development"]["colour_space"] == "prophoto"
    # Cyan lies outside sRGB, in which this camera sees; all is a tenth darker than true.
    off = {one["patch"]: one["de2000"] for one in found["patches"]}
    assert sorted(off, key=off.__getitem__)[-1] == "F3"
    assert float(row["exposure_dl"]) == pytest.approx(-2.5, abs=0.5)
    assert float(row["white_balance_de"]) < 1.0
    assert 1.0 < float(row["color_mean_de2000"]) < 2.5


@pytest.mark.slow
def test_a_raw_tells_settings_by_which_the_next_is_true(tmp_path, capsys):
    sees = np.array([[0.75, 0.2, 0.05], [0.1, 0.75, 0.15], [0.05, 0.25, 0.7]]) * [0.9, 1, 1.1]
    path = chart_raw(tmp_path / "a.dng", KNOWN, exposure=0.95, sees=sees)
    row = f"s-1,{path},colorchecker24,{CELL},,,"
    space = "--colour-space=prophoto"
    (before,) = run(tmp_path, row, more=[space])
    made = record(tmp_path, "s-1")["profile"]
    assert "session s-1: with convert.white_balance and convert" in capsys.readouterr().err
    options = [
        f"--white-balance={made['white_balance']}",
        f"--camera-matrix={made['camera_matrix']}",
    ]
    (after,) = run(tmp_path, row, more=[space, *options])
    assert float(before["color_mean_de2000"]) > 5
    assert float(before["white_balance_de"]) > 5
    assert float(after["color_mean_de2000"]) < 1.5
    assert float(after["white_balance_de"]) < 1
    developed = record(tmp_path, "s-1")["conversion"]["development"]
    assert ",".join(f"{one:g}" for one in developed["camera_matrix"]) == made["camera_matrix"]


def test_sampling_and_sharpness_are_told_where_the_row_says_what_they_need(tmp_path):
    path = shot(tmp_path / "a.tif", edge=True)
    (row,) = run(tmp_path, f's-1,{path},colorchecker24,{CELL},"5,575,60,60",200,')
    width = (np.linalg.norm(CORNERS[1] - CORNERS[0]) + np.linalg.norm(CORNERS[2] - CORNERS[3])) / 2
    assert float(row["px_per_mm"]) == pytest.approx(width / 200, rel=0.03)
    assert float(row["ppi"]) == pytest.approx(float(row["px_per_mm"]) * 25.4, rel=1e-3)
    # An edge that each px sees as its share of it: sinc, half at 0.603 cycles a px.
    assert float(row["mtf50_cy_per_px"]) == pytest.approx(0.603, rel=0.05)
    assert float(row["sampling_efficiency_percent"]) == 100.0
    assert float(row["smallest_detail_um"]) == pytest.approx(2000 / float(row["px_per_mm"]), 1e-3)


def test_a_place_without_an_edge_costs_the_sharpness_alone(tmp_path, capsys):
    path = shot(tmp_path / "a.tif")
    (row,) = run(tmp_path, f's-1,{path},colorchecker24,{CELL},"5,575,60,60",,')
    assert row["mtf50_cy_per_px"] == ""
    assert row["level_fadgi"] == "4 stars"
    assert "edge 5,575,60,60 shows no edge with enough contrast" in capsys.readouterr().err


@pytest.mark.slow
def test_a_white_frame_takes_the_shading_out_as_of_frames(tmp_path):
    shade = np.linspace(1.0, 0.7, 900)[None, :, None] ** (256 / 563)
    icc = colour.profile("adobe-rgb")
    shot_path, white = tmp_path / "a.tif", tmp_path / "white.tif"
    tiff.write_image(shot_path, (chart_picture(KNOWN) * shade).astype(np.uint16), icc)
    field = np.broadcast_to(40000 * shade, (640, 900, 3)).astype(np.uint16)
    tiff.write_image(white, field, icc)
    row = f"s-1,{shot_path},colorchecker24,{CELL},,,"
    (before,) = run(tmp_path, row)
    (after,) = run(tmp_path, row, more=["--white-frame", str(white)])
    assert float(before["unevenness_percent"]) > 15
    assert float(after["unevenness_percent"]) < 1


@pytest.mark.slow
def test_what_changed_from_the_first_session_is_told(tmp_path, capsys):
    off = np.zeros((24, 3))
    off[:, 2] = 6.0
    paths = [
        chart_raw(tmp_path / "a.dng", KNOWN),
        chart_raw(tmp_path / "b.dng", KNOWN, 0.6, taken_at="2026-05-01 09:00:00"),
    ]
    rows = run(
        tmp_path, *(f"s-{k},{path},colorchecker24,{CELL},,," for k, path in enumerate(paths))
    )
    assert rows[0]["drift_from_first_de2000"] == ""
    assert float(rows[1]["drift_from_first_de2000"]) > 5
    assert "session s-1: its colours differ by" in capsys.readouterr().err
    page = tmp_path / "targets" / "index.html"
    told = data_of(page)
    assert told["rows"][1]["drift_de"] == float(rows[1]["drift_from_first_de2000"])
    shown = told["sessions"]["s-1"]
    assert shown["picture"] == "s-1.jpg"
    assert shown["levels"][0]["guideline"] == "FADGI 2023"
    assert shown["profile"] == record(tmp_path, "s-1")["profile"]
    assert (page.parent / "../static/modules.js").is_file()


@pytest.mark.parametrize(("made", "is_old"), [("2024-03-13", True), ("2024-06", False)])
def test_a_target_that_is_too_old_on_the_day_of_the_shot_is_warned_of(
    tmp_path, capsys, made, is_old
):
    path = chart_raw(tmp_path / "a.dng", KNOWN, taken_at="2026-03-20 10:00:00")
    run(tmp_path, f"s-1,{path},colorchecker24,{CELL},,,{made}")
    said = capsys.readouterr().err
    assert ("the target is 2.0 years old" in said) == is_old


@pytest.mark.slow
def test_a_shot_is_measured_once_and_again_when_its_row_or_file_changes(tmp_path):
    path = shot(tmp_path / "a.tif")
    row = f"s-1,{path},colorchecker24,{CELL},,,"
    run(tmp_path, row)
    written = tmp_path / "targets" / "s-1.json"
    before = written.stat().st_mtime_ns
    run(tmp_path, row)
    assert written.stat().st_mtime_ns == before
    off = np.full((24, 3), [-3.0, 0, 0])
    shot(path, off)
    (after,) = run(tmp_path, row)
    assert float(after["tone_dl"]) == pytest.approx(3.0, abs=0.05)


def test_one_bad_session_stops_no_other(tmp_path, capsys):
    path = shot(tmp_path / "a.tif")
    with pytest.raises(RecordError, match="1 of 2 sessions could not be measured, session bad"):
        run(
            tmp_path,
            f"bad,{tmp_path / 'none.tif'},colorchecker24,,,,",
            f"s-1,{path},colorchecker24,{CELL},,,",
        )
    assert "none.tif: no such file" in capsys.readouterr().err
    assert record(tmp_path, "s-1")["levels"][0]["level"] == "4 stars"
    told = data_of(tmp_path / "targets" / "index.html")
    assert [*told["sessions"]] == ["s-1"]
    assert told["unmeasured"] == {
        "bad": f"{tmp_path / 'none.tif'}: no such file; its shot of the target is looked for there"
    }


def test_the_rule_gives_the_command_options_that_it_has():
    shipped = yaml.safe_load((WORKFLOW / "config" / "config.yaml").read_text(encoding="utf-8"))
    settings = shipped["target"] | {"sessions": "my targets.csv"}
    settings |= {key: shipped["convert"][key] for key in DEVELOPING} | {"white_frame": "w.nef"}
    options = target.arguments().parse_args(shlex.split(flags(settings)))
    assert options.sessions == Path("my targets.csv")
    assert (options.white_frame, options.max_age_years) == (Path("w.nef"), 2)


def test_a_session_whose_name_is_the_pages_is_refused(tmp_path):
    path = shot(tmp_path / "a.tif")
    with pytest.raises(RecordError, match="session is 'index'"):
        run(tmp_path, f"index,{path},colorchecker24,{CELL},,,")


def test_without_a_table_it_says_where_to_name_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecordError, match=r"set target.sessions in config.yaml"):
        target.main([])
