"""The order of a stack, and what stands against it."""

from dataclasses import replace

from records.ledger.arrangement import Arrangement
from records.ledger.shots import Shot
from records.ledger.verdict import judge
from tests.records.ledger.stacks import dated, frame, listed, placed, series, shot_with


def test_times_against_numbers_are_told():
    files = series(3)
    files[0] = replace(files[0], capture=shot_with(date_time_original="2024:05:06 10:00:09"))
    (warning,) = judge(files).warnings
    assert warning.startswith(
        "order and times disagree: frame 1 (DSC_0001.NEF, 2024-05-06T10:00:09) was taken at "
        "another time than the order says: frame 2 (DSC_0002.NEF, 2024-05-06T10:00:00) comes after"
    )


def test_the_order_of_times_is_used_where_the_sheet_says_so_and_stands_in_the_ledger():
    files = dated(20, 0, 10)
    verdict = judge(files, Arrangement(step_um=5.0, order="time"))
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
    (problem,) = judge(files, Arrangement(order="time")).problems
    assert problem.startswith("order time: no time of exposure is written in DSC_0002.NEF")
    arrangement = Arrangement(order="time", exclude="DSC_0002", exclude_reason="blurred")
    assert judge(files, arrangement).problems == ()


def test_a_person_who_decided_on_the_order_is_not_warned_but_told():
    verdict = judge(dated(20, 0, 10), Arrangement(order="name"))
    assert verdict.warnings == ()
    assert "DSC_0001.NEF" in verdict.notes[0]


def test_a_clock_that_was_set_back_once_is_no_alarm():
    verdict = judge(dated(3000, 3010, 3020, 30, 40, 50))
    assert verdict.warnings == ()
    assert verdict.notes[0].startswith("the camera's clock was set back by about 0:49:50 before")


def test_names_that_would_order_the_frames_otherwise_are_told():
    verdict = judge(dated(20, 0, 10), Arrangement(order="time"))
    assert verdict.notes == (
        "by their names the frames would come in another order: DSC_0001.NEF before DSC_0002.NEF",
    )


def test_an_order_of_times_over_a_clock_that_was_set_back_is_warned_of():
    verdict = judge(dated(3000, 3010, 3020, 30, 40, 50), Arrangement(order="time"))
    (warning,) = verdict.warnings
    assert warning.startswith("order time, but by the names the camera's clock was set back by")


def test_the_session_gives_order_and_focus():
    files = series(3)
    shots = [Shot("DSC_0002.NEF", None, 0.0), Shot("DSC_0001.NEF", None, 4.5)]
    shots.append(Shot("DSC_0003.NEF", "DSC_0003.NEF", None))
    verdict = judge(files, Arrangement(shots=shots, step_um=100.0))
    assert [(entry.file, entry.focus_um) for entry in verdict.entries] == [
        ("DSC_0002.NEF", 0.0),
        ("DSC_0001.NEF", 4.5),
        ("DSC_0003.NEF", None),
    ]
    assert (verdict.problems, verdict.warnings) == ((), ())


def test_a_list_gives_order_and_positions():
    rows = listed(("DSC_0003.NEF", 40.0), ("DSC_0001.NEF", 30.5), ("DSC_0002.NEF", 10.0))
    verdict = judge(series(3), Arrangement(listed=rows))
    assert placed(verdict) == [
        ("DSC_0003.NEF", 40.0),
        ("DSC_0001.NEF", 30.5),
        ("DSC_0002.NEF", 10.0),
    ]
    assert {entry.ordered_by for entry in verdict.entries} == {"listed"}


def test_two_series_in_one_folder_are_a_guess_unless_times_or_a_person_say_otherwise():
    names = ["A_1.NEF", "A_2.NEF", "B_1.NEF", "B_2.NEF"]
    alike = [frame(name) for name in names]
    (warning,) = judge(alike).warnings
    assert warning.startswith("the order is a guess: B_1.NEF comes after A_2.NEF by the letters")
    assert "order name" in warning and "order time" in warning and "folder of its own" in warning
    assert judge(alike, Arrangement(order="name")).warnings == ()
    timed = [replace(one, name=name) for one, name in zip(dated(0, 10, 20, 30), names, strict=True)]
    assert judge(timed).warnings == ()
