"""The verdict on a folder: used and rejected, problems together, warnings."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.ledger.verdict import MAY_DIFFER, PROPERTIES, Arrangement, Found, Shot, judge
from records.metadata.exif import Capture
from records.sheet.positions import Listed

SHOT = Capture(
    make="NIKON CORPORATION",
    model="NIKON D850",
    lens="60mm",
    aperture=Fraction(8),
    exposure_s=Fraction(1, 60),
    iso=64,
    white_balance="auto",
    date_time_original="2024:05:06 10:00:00",
)


def frame(name, **facts):
    """A good frame; its bytes are as its name."""
    start = {
        "sha256": name, "bytes": 100, "kind": "raw", "format": "nef", "width_px": 8256,
        "height_px": 5504, "orientation": 1, "white_balance": "1.9000 1.0000 1.5000",
        "capture": SHOT,
    }  # fmt: skip
    return Found(name, **(start | facts))


def series(count=5):
    return [frame(f"DSC_{k:04d}.NEF") for k in range(1, count + 1)]


def stray(name):
    return Found(name, name, 10, fault="stray file: not a picture", stray=True)


def unreadable(name):
    return Found(name, name, 10, kind="raw", fault="truncated")


def shot_with(**facts):
    return replace(SHOT, **facts)


def rows(verdict):
    return [(entry.frame, entry.file, entry.reason) for entry in verdict.entries]


def test_a_single_frame_is_used_with_a_warning():
    verdict = judge(series(1))
    assert verdict.problems == ()
    assert verdict.warnings == ("a single frame: there is nothing to be stacked",)


def test_good_frames_are_numbered_in_order():
    verdict = judge(series(3)[::-1])
    assert rows(verdict) == [
        (1, "DSC_0001.NEF", None),
        (2, "DSC_0002.NEF", None),
        (3, "DSC_0003.NEF", None),
    ]
    assert (verdict.problems, verdict.warnings) == ((), ())
    first = verdict.entries[0]
    assert (first.camera, first.lens, first.aperture_f) == ("NIKON D850", "60mm", 8.0)
    assert (first.iso, first.exposure_s) == (64, 1 / 60)
    assert first.white_balance == "1.9000 1.0000 1.5000"
    assert first.taken_at == "2024-05-06T10:00:00"
    assert first.focus_um is None


def test_one_frame_is_a_stack():
    assert judge(series(1)).problems == ()


def test_an_empty_folder_and_one_without_frames_are_refused():
    assert judge([]).problems == ("the folder is empty; put the stack's raws there",)
    assert judge([stray("notes.txt")]).problems[0].startswith("none of the 1 files")


def test_strays_are_listed_after_the_frames():
    verdict = judge([stray("A.txt"), *series(2)])
    assert rows(verdict)[2] == (None, "A.txt", "stray file: not a picture")
    assert verdict.entries[2].orientation is None
    assert verdict.problems == ()


def test_camera_jpeg_beside_its_raw_is_rejected():
    jpeg = frame("dsc_0002.jpg", kind="photo", format="jpeg")
    verdict = judge([*series(3), jpeg])
    assert rows(verdict)[3] == (None, "dsc_0002.jpg", "camera JPEG beside its raw DSC_0002.NEF")
    assert verdict.problems == ()


def test_duplicates_name_each_other():
    twice = replace(series(3)[1], name="copy of DSC_0002.NEF")
    verdict = judge([*series(3), twice])
    reason = "duplicate: the same bytes as DSC_0002.NEF"
    assert rows(verdict)[3] == (None, "copy of DSC_0002.NEF", reason)
    assert [entry.file for entry in verdict.entries[:3]] == [one.name for one in series(3)]
    assert verdict.problems == ()


def test_unreadable_frames_stop_the_stack():
    verdict = judge([*series(3), unreadable("DSC_0004.NEF")])
    assert verdict.problems == ("DSC_0004.NEF: truncated",)
    assert rows(verdict)[3] == (None, "DSC_0004.NEF", "truncated")


def test_unreadable_frames_are_rejected_on_request_and_keep_their_focus_step():
    files = series(4)
    files[1] = unreadable("DSC_0002.NEF")
    verdict = judge(files, unreadable="reject", step_um=5.0)
    assert verdict.problems == ()
    assert [(entry.frame, entry.file, entry.focus_um) for entry in verdict.entries] == [
        (1, "DSC_0001.NEF", 0.0),
        (2, "DSC_0003.NEF", 10.0),
        (3, "DSC_0004.NEF", 15.0),
        (None, "DSC_0002.NEF", None),
    ]


def test_nothing_left_after_rejecting_is_refused():
    verdict = judge([unreadable("DSC_0001.NEF")], unreadable="reject")
    assert verdict.problems[0].startswith("none of the 1 files in the folder can be a frame")


def test_a_camera_jpeg_beside_an_unreadable_raw_is_no_frame_either():
    jpeg = frame("DSC_0002.JPG", kind="photo", format="jpeg")
    verdict = judge([series(1)[0], unreadable("DSC_0002.NEF"), jpeg], unreadable="reject")
    assert [entry.frame for entry in verdict.entries] == [1, None, None]


def test_steps_are_counted_over_frames_alone():
    jpegs = [frame(f"DSC_{k:04d}.JPG", kind="photo", format="jpeg") for k in range(1, 4)]
    verdict = judge([*series(3), *jpegs, stray("DSC_0001.txt")], step_um=2.5)
    assert [entry.focus_um for entry in verdict.entries[:3]] == [0.0, 2.5, 5.0]


@pytest.mark.parametrize(
    ("name", "facts", "usual", "other"),
    [
        ("camera", {"capture": shot_with(model="NIKON D3300")}, "NIKON D850", "NIKON D3300"),
        ("lens", {"capture": shot_with(lens="105mm")}, "60mm", "105mm"),
        ("size", {"width_px": 8254}, "8256 x 5504 px", "8254 x 5504 px"),
        ("aperture", {"capture": shot_with(aperture=Fraction(56, 10))}, "f/8", "f/5.6"),
        ("iso", {"capture": shot_with(iso=100)}, "ISO 64", "ISO 100"),
        ("exposure", {"capture": shot_with(exposure_s=Fraction(5, 2))}, "1/60 s", "2.5 s"),
        (
            "white_balance",
            {"white_balance": "2.1000 1.0000 1.5000"},
            "1.9000 1.0000 1.5000",
            "2.1000 1.0000 1.5000",
        ),
        ("format", {"format": "dng"}, "nef", "dng"),
        ("iso", {"capture": shot_with(iso=None)}, "ISO 64", "unknown"),
    ],
)
def test_a_frame_that_differs_is_named_with_both_values(name, facts, usual, other):
    files = series(5)
    files[2] = replace(files[2], **facts)
    verdict = judge(files)
    (problem,) = verdict.problems
    assert problem.startswith(
        f"{PROPERTIES[name]} differs: {usual} in 4 frames such as 1 (DSC_0001.NEF), "
        f"but {other} in frame 3 (DSC_0003.NEF)."
    )
    assert ("ledger.allow_differences: [" + name + "]" in problem) == (name in MAY_DIFFER)
    reason = f"{PROPERTIES[name]} {other}, where most frames have {usual}"
    assert rows(verdict)[4] == (None, "DSC_0003.NEF", reason)
    assert [entry.frame for entry in verdict.entries] == [1, 2, 3, 4, None]
    if name in MAY_DIFFER:
        assert judge(files, allow=[name]).problems == ()


def test_all_problems_are_told_together():
    files = [*series(4), unreadable("DSC_0005.NEF")]
    files[1] = replace(files[1], width_px=100)
    files[2] = replace(files[2], capture=shot_with(iso=100))
    problems = judge(files).problems
    assert [problem.split(":")[0] for problem in problems] == [
        "DSC_0005.NEF", "pixel size differs", "ISO differs",
    ]  # fmt: skip


def test_what_no_frame_knows_does_not_differ():
    files = [replace(one, capture=Capture(), white_balance=None) for one in series(4)]
    assert judge(files).problems == ()


@given(st.floats(0.001, 0.3), st.sampled_from(["exposure", "aperture", "iso"]))
def test_tolerance_is_relative(part, name):
    field = {"exposure": "exposure_s", "aperture": "aperture", "iso": "iso"}[name]
    files = series(3)
    value = 1000 if name == "iso" else Fraction(8)
    near = value - int(value * part) if name == "iso" else value * (1 - Fraction(part) / 2)
    far = value * (1 + 2 * Fraction(part)) if name != "iso" else int(value * (1 + 3 * part)) + 1
    files = [replace(one, capture=shot_with(**{field: value})) for one in files]
    files[1] = replace(files[1], capture=shot_with(**{field: near}))
    assert judge(files, tolerance={name: part}).problems == ()
    files[1] = replace(files[1], capture=shot_with(**{field: far}))
    assert len(judge(files, tolerance={name: part}).problems) == 1


def test_white_balance_multipliers_have_a_tolerance():
    files = series(3)
    files[1] = replace(files[1], white_balance="1.9100 1.0000 1.4900")
    assert len(judge(files, tolerance={"white_balance": 0.001}).problems) == 1
    assert judge(files, tolerance={"white_balance": 0.01}).problems == ()
    files[1] = replace(files[1], white_balance="manual")
    assert len(judge(files, tolerance={"white_balance": 0.5}).problems) == 1


def test_raws_and_photos_cannot_be_mixed_whatever_is_allowed():
    files = [*series(2), frame("extra.jpg", kind="photo", format="jpeg")]
    for allow in ([], ["format"]):
        (problem,) = judge(files, allow=allow).problems
        assert problem.startswith("raws (2, such as DSC_0001.NEF) and developed pictures (1, such")


def test_names_that_differ_in_their_ending_alone():
    files = [
        frame("a1.jpg", kind="photo", format="jpeg"),
        frame("A1.jpeg", kind="photo", format="jpeg"),
    ]
    (problem,) = judge(files).problems
    assert "A1.jpeg and a1.jpg have the same name but for the ending" in problem


def test_gaps_are_told_and_do_not_stop():
    files = series(6)
    del files[3]
    verdict = judge(files)
    assert verdict.problems == ()
    assert verdict.warnings[0].startswith("gap in the numbering: DSC_0004 missing")


def test_a_rejected_frame_is_no_gap():
    files = series(4)
    files[1] = unreadable("DSC_0002.NEF")
    assert judge(files, unreadable="reject").warnings == ()


def test_times_against_numbers_are_told():
    files = series(3)
    files[0] = replace(files[0], capture=shot_with(date_time_original="2024:05:06 10:00:09"))
    (warning,) = judge(files).warnings
    assert warning.startswith(
        "order and times disagree: frame 1 (DSC_0001.NEF, 2024-05-06T10:00:09) was taken at "
        "another time than the order says: frame 2 (DSC_0002.NEF, 2024-05-06T10:00:00) comes after"
    )


def test_turned_frames_are_told():
    files = series(3)
    files[2] = replace(files[2], orientation=6)
    (warning,) = judge(files).warnings
    assert warning.startswith("frames 1 and 3 (DSC_0003.NEF) have orientation 1 and 6")
    assert warning.endswith("the master alone is turned, as the frame says that the others are "
                            "aligned to")  # fmt: skip


def test_what_no_frame_names_is_told_as_not_compared():
    assert judge(series(3)).unknown == ()
    nothing = [frame(f"{k}.png", kind="photo", format="png", white_balance=None, capture=Capture())
               for k in range(3)]  # fmt: skip
    verdict = judge(nothing)
    assert verdict.problems == ()
    assert verdict.unknown == (
        "camera", "lens", "aperture", "ISO", "shutter", "white balance", "time"
    )  # fmt: skip
    bellows = [replace(one, capture=shot_with(aperture=None, lens=None)) for one in series(3)]
    assert judge(bellows).unknown == ("lens", "aperture")


def test_a_fact_that_only_some_frames_name_is_a_disagreement_and_told_where_it_may_differ():
    files = series(4)
    for k in (1, 2):
        files[k] = replace(files[k], capture=shot_with(iso=None))
    assert "ISO differs: ISO 64 in 2 frames" in judge(files).problems[0]
    verdict = judge(files, allow=["iso"])
    assert verdict.problems == ()
    assert verdict.unknown == ()
    assert verdict.warnings == (
        "ISO is unknown in frame 2 (DSC_0002.NEF), frame 3 (DSC_0003.NEF), and written in the "
        "other 2",
    )


def test_photos_under_names_of_another_format_are_told():
    files = [frame(f"img_{k}.png", kind="photo", format="jpeg") for k in (1, 2)]
    (warning,) = judge(files).warnings
    assert warning.startswith("2 files such as img_1.png hold JPEG")


def test_the_session_gives_order_and_focus():
    files = series(3)
    shots = [Shot("DSC_0002.NEF", None, 0.0), Shot("DSC_0001.NEF", None, 4.5)]
    shots.append(Shot("DSC_0003.NEF", "DSC_0003.NEF", None))
    verdict = judge(files, shots=shots, step_um=100.0)
    assert [(entry.file, entry.focus_um) for entry in verdict.entries] == [
        ("DSC_0002.NEF", 0.0),
        ("DSC_0001.NEF", 4.5),
        ("DSC_0003.NEF", None),
    ]
    assert (verdict.problems, verdict.warnings) == ((), ())


def test_a_session_without_positions_leaves_the_step():
    shots = [Shot(one.name, None, None) for one in series(3)]
    verdict = judge(series(3), shots=shots, step_um=3.0)
    assert [entry.focus_um for entry in verdict.entries] == [0.0, 3.0, 6.0]


def test_frames_that_the_session_does_not_know():
    shots = [Shot(one.name, None, 1.0) for one in series(2)]
    verdict = judge([*series(3), stray("notes.txt")], shots=shots)
    assert rows(verdict)[2] == (None, "DSC_0003.NEF", "not among the frames of capture.json")
    assert rows(verdict)[3] == (None, "notes.txt", "stray file: not a picture")


def test_frames_that_changed_or_went_since_the_session():
    shots = [Shot("DSC_0001.NEF", "other", 0.0), Shot("DSC_0009.NEF", None, 1.0)]
    problems = judge(series(1), shots=shots).problems
    assert problems[0].startswith("DSC_0001.NEF: its bytes are not those that were captured")
    assert problems[1].startswith("DSC_0009.NEF: named in capture.json but not in the folder")


def dated(*seconds):
    """Frames of a series, each taken at so many seconds."""
    times = [f"2024:05:06 10:{second // 60:02d}:{second % 60:02d}" for second in seconds]
    return [
        replace(one, capture=shot_with(date_time_original=time))
        for one, time in zip(series(len(times)), times, strict=True)
    ]


def placed(verdict):
    return [(entry.file, entry.focus_um) for entry in verdict.entries if entry.frame]


def listed(*rows):
    return [Listed(k, name, um) for k, (name, um) in enumerate(rows, start=2)]


def test_a_gap_leaves_its_place_empty_and_is_told_so():
    files = series(4)
    del files[1]
    verdict = judge(files, step_um=50.0)
    assert [um for _, um in placed(verdict)] == [0.0, 100.0, 150.0]
    assert "DSC_0002 missing; what is missing leaves its place empty" in verdict.warnings[0]


def test_focus_that_moves_away_from_the_camera_falls():
    verdict = judge(series(3), step_um=50.0, arrangement=Arrangement(direction="away"))
    assert [um for _, um in placed(verdict)] == [0.0, -50.0, -100.0]
    verdict = judge(series(3), step_um=50.0, arrangement=Arrangement(direction="toward"))
    assert [um for _, um in placed(verdict)] == [0.0, 50.0, 100.0]


def test_the_order_of_times_is_used_where_the_sheet_says_so_and_stands_in_the_ledger():
    files = dated(20, 0, 10)
    verdict = judge(files, step_um=5.0, arrangement=Arrangement(order="time"))
    assert placed(verdict) == [
        ("DSC_0002.NEF", 0.0),
        ("DSC_0003.NEF", 5.0),
        ("DSC_0001.NEF", 10.0),
    ]
    assert {entry.ordered_by for entry in verdict.entries} == {"time"}
    assert verdict.problems == verdict.warnings == ()


def test_order_by_time_needs_the_time_of_every_frame():
    files = dated(0, 10, 20)
    files[1] = replace(files[1], capture=shot_with(date_time_original=None))
    (problem,) = judge(files, arrangement=Arrangement(order="time")).problems
    assert problem.startswith("order time: no time of exposure is written in DSC_0002.NEF")
    said = Arrangement(order="time", exclude="DSC_0002", exclude_reason="blurred")
    assert judge(files, arrangement=said).problems == ()


def test_a_person_who_decided_on_the_order_is_not_warned_but_told():
    verdict = judge(dated(20, 0, 10), arrangement=Arrangement(order="name"))
    assert verdict.warnings == ()
    assert "DSC_0001.NEF" in verdict.notes[0]


def test_a_clock_that_was_set_back_once_is_no_alarm():
    verdict = judge(dated(3000, 3010, 3020, 30, 40, 50))
    assert verdict.warnings == ()
    assert verdict.notes[0].startswith("the camera's clock was set back by about 0:49:50 before")


def test_names_that_would_order_the_frames_otherwise_are_told():
    verdict = judge(dated(20, 0, 10), arrangement=Arrangement(order="time"))
    assert verdict.notes == (
        "by their names the frames would come in another order: DSC_0001.NEF before DSC_0002.NEF",
    )


def test_positions_in_names_become_no_focus_but_are_held_against_it():
    files = [frame(f"z_{um}um.nef") for um in ("0", "12.5", "25")]
    assert [um for _, um in placed(judge(files))] == [None, None, None]
    assert judge(files, step_um=12.5).warnings == ()
    (warning,) = judge(files, step_um=50).warnings
    assert warning.startswith(
        "the names have z_12.5um.nef 12.5 µm from z_0um.nef, the sheet or the capture 50 µm"
    )
    rows = listed(("z_25um.nef", 3.0), ("z_12.5um.nef", -9.5), ("z_0um.nef", -22.0))
    assert judge(files, arrangement=Arrangement(listed=rows)).warnings == ()


def test_a_list_gives_order_and_positions():
    rows = listed(("DSC_0003.NEF", 40.0), ("DSC_0001.NEF", 30.5), ("DSC_0002.NEF", 10.0))
    verdict = judge(series(3), arrangement=Arrangement(listed=rows))
    assert placed(verdict) == [
        ("DSC_0003.NEF", 40.0),
        ("DSC_0001.NEF", 30.5),
        ("DSC_0002.NEF", 10.0),
    ]
    assert {entry.ordered_by for entry in verdict.entries} == {"listed"}


def test_a_list_finds_files_whose_accents_a_system_took_apart():
    files = [frame("Ka\u0308fer-2.nef"), frame("Ka\u0308fer-1.nef")]
    rows = listed(("K\u00e4fer-2.nef", 0.0), ("K\u00e4fer-1.nef", 7.0))
    verdict = judge(files, arrangement=Arrangement(listed=rows))
    assert placed(verdict) == [("Ka\u0308fer-2.nef", 0.0), ("Ka\u0308fer-1.nef", 7.0)]
    assert verdict.problems == ()


def test_a_list_without_positions_gives_the_order_to_the_step():
    rows = listed(("DSC_0003.NEF", None), ("DSC_0001.NEF", None), ("DSC_0002.NEF", None))
    verdict = judge(series(3), step_um=5.0, arrangement=Arrangement(order="listed", listed=rows))
    assert placed(verdict) == [
        ("DSC_0003.NEF", 0.0),
        ("DSC_0001.NEF", 5.0),
        ("DSC_0002.NEF", 10.0),
    ]


def test_an_order_of_times_over_a_clock_that_was_set_back_is_warned_of():
    verdict = judge(dated(3000, 3010, 3020, 30, 40, 50), arrangement=Arrangement(order="time"))
    (warning,) = verdict.warnings
    assert warning.startswith("order time, but by the names the camera's clock was set back by")


def test_a_list_and_a_folder_of_other_frames_are_each_told():
    rows = listed(("DSC_0001.NEF", 0.0), ("DSC_0009.NEF", 5.0))
    problems = judge(series(2), arrangement=Arrangement(listed=rows, list_path="p.csv")).problems
    assert problems == (
        "p.csv, row 3: DSC_0009.NEF is not in the folder",
        "p.csv: has no row for DSC_0002.NEF; add one, or exclude what is no frame of the stack",
    )


def test_the_order_of_names_and_positions_that_turn_back_contradict_each_other():
    rows = listed(("DSC_0002.NEF", 0.0), ("DSC_0001.NEF", 5.0), ("DSC_0003.NEF", 9.0))
    said = Arrangement(order="name", listed=rows, list_path="p.csv")
    (problem,) = judge(series(3), arrangement=said).problems
    assert "DSC_0002.NEF at 0 µm after DSC_0001.NEF at 5 µm" in problem


def test_excluded_frames_are_rejected_with_the_reason_and_keep_their_place():
    said = Arrangement(exclude="DSC_0002.NEF; 4", exclude_reason="a step on the floor")
    verdict = judge(series(5), step_um=10.0, arrangement=said)
    assert placed(verdict) == [
        ("DSC_0001.NEF", 0.0),
        ("DSC_0003.NEF", 20.0),
        ("DSC_0005.NEF", 40.0),
    ]
    assert rows(verdict)[3:] == [
        (None, "DSC_0002.NEF", "excluded in the sheet: a step on the floor (frame 2 of 5)"),
        (None, "DSC_0004.NEF", "excluded in the sheet: a step on the floor (frame 4 of 5)"),
    ]
    assert verdict.problems == verdict.warnings == ()


def test_an_excluded_frame_may_be_unreadable_or_differ():
    files = [*series(3), unreadable("DSC_0004.NEF")]
    files[1] = replace(files[1], capture=shot_with(iso=6400))
    said = Arrangement(exclude="2; DSC_0004", exclude_reason="test shots")
    assert judge(files, arrangement=said).problems == ()


def test_excluding_what_is_not_there_or_everything_is_refused():
    said = Arrangement(exclude="DSC_0009", exclude_reason="x")
    (problem,) = judge(series(2), arrangement=said).problems
    assert problem == (
        "exclude: DSC_0009 is not there. There are the frames 1 (DSC_0001.NEF), 2 (DSC_0002.NEF)"
    )
    said = Arrangement(exclude="1-2", exclude_reason="x")
    assert "exclude: leaves no frame of the stack" in judge(series(2), arrangement=said).problems


def test_profiles_under_other_names_that_say_the_same_of_colour_agree():
    colours = ["Display P3 [30d6801b]", "P3 of the lab [30d6801b]", "Display P3 [11111111]"]
    frames = [frame(f"a_{k}.tif", colour=name) for k, name in enumerate(colours, start=1)]
    assert judge(frames[:2]).problems == ()
    (problem,) = judge([*frames[:2], frames[2]]).problems
    assert "colour space differs" in problem
    assert "a_3.tif" in problem
