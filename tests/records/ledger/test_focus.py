"""Where the focus of each frame was: by session, list, step and numbers in names."""

from records.ledger.arrangement import Arrangement
from records.ledger.shots import Shot
from records.ledger.verdict import judge
from tests.records.ledger.stacks import frame, listed, placed, series, stray, unreadable


def test_steps_are_counted_over_frames_alone():
    jpegs = [frame(f"DSC_{k:04d}.JPG", kind="photo", format="jpeg") for k in range(1, 4)]
    verdict = judge([*series(3), *jpegs, stray("DSC_0001.txt")], Arrangement(step_um=2.5))
    assert [entry.focus_um for entry in verdict.entries[:3]] == [0.0, 2.5, 5.0]


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


def test_a_session_without_positions_leaves_the_step():
    shots = [Shot(one.name, None, None) for one in series(3)]
    verdict = judge(series(3), Arrangement(shots=shots, step_um=3.0))
    assert [entry.focus_um for entry in verdict.entries] == [0.0, 3.0, 6.0]


def test_a_gap_leaves_its_place_empty_and_is_told_so():
    files = series(4)
    del files[1]
    verdict = judge(files, Arrangement(step_um=50.0))
    assert [um for _, um in placed(verdict)] == [0.0, 100.0, 150.0]
    assert "DSC_0002 missing; what is missing leaves its place empty" in verdict.warnings[0]


def test_focus_that_moves_away_from_the_camera_falls():
    verdict = judge(series(3), Arrangement(step_um=50.0, direction="away"))
    assert [um for _, um in placed(verdict)] == [0.0, -50.0, -100.0]
    verdict = judge(series(3), Arrangement(step_um=50.0, direction="toward"))
    assert [um for _, um in placed(verdict)] == [0.0, 50.0, 100.0]


def test_positions_in_names_become_no_focus_but_are_held_against_it():
    files = [frame(f"z_{um}um.nef") for um in ("0", "12.5", "25")]
    assert [um for _, um in placed(judge(files))] == [None, None, None]
    assert judge(files, Arrangement(step_um=12.5)).warnings == ()
    (warning,) = judge(files, Arrangement(step_um=50)).warnings
    assert warning.startswith(
        "the names have z_12.5um.nef 12.5 µm from z_0um.nef, the sheet or the capture 50 µm"
    )
    rows = listed(("z_25um.nef", 3.0), ("z_12.5um.nef", -9.5), ("z_0um.nef", -22.0))
    assert judge(files, Arrangement(listed=rows)).warnings == ()


def test_a_list_without_positions_gives_the_order_to_the_step():
    rows = listed(("DSC_0003.NEF", None), ("DSC_0001.NEF", None), ("DSC_0002.NEF", None))
    verdict = judge(series(3), Arrangement(step_um=5.0, order="listed", listed=rows))
    assert placed(verdict) == [
        ("DSC_0003.NEF", 0.0),
        ("DSC_0001.NEF", 5.0),
        ("DSC_0002.NEF", 10.0),
    ]


def test_a_list_and_a_folder_of_other_frames_are_each_told():
    rows = listed(("DSC_0001.NEF", 0.0), ("DSC_0009.NEF", 5.0))
    problems = judge(series(2), Arrangement(listed=rows, list_path="p.csv")).problems
    assert problems == (
        "p.csv, row 3: DSC_0009.NEF is not in the folder",
        "p.csv: has no row for DSC_0002.NEF; add one, or exclude what is no frame of the stack",
    )


def test_the_order_of_names_and_positions_that_turn_back_contradict_each_other():
    rows = listed(("DSC_0002.NEF", 0.0), ("DSC_0001.NEF", 5.0), ("DSC_0003.NEF", 9.0))
    arrangement = Arrangement(order="name", listed=rows, list_path="p.csv")
    (problem,) = judge(series(3), arrangement).problems
    assert "DSC_0002.NEF at 0 µm after DSC_0001.NEF at 5 µm" in problem
