"""What a person says of a stack: its list and what is left out."""

from dataclasses import replace

from records.ledger.arrangement import Arrangement
from records.ledger.verdict import judge
from tests.records.ledger.stacks import frame, listed, placed, rows, series, shot_with, unreadable


def test_a_list_finds_files_whose_accents_a_system_took_apart():
    files = [frame("Ka\u0308fer-2.nef"), frame("Ka\u0308fer-1.nef")]
    rows = listed(("K\u00e4fer-2.nef", 0.0), ("K\u00e4fer-1.nef", 7.0))
    verdict = judge(files, Arrangement(listed=rows))
    assert placed(verdict) == [("Ka\u0308fer-2.nef", 0.0), ("Ka\u0308fer-1.nef", 7.0)]
    assert verdict.problems == ()


def test_excluded_frames_are_rejected_with_the_reason_and_keep_their_place():
    arrangement = Arrangement(
        step_um=10.0, exclude="DSC_0002.NEF; 4", exclude_reason="a step on the floor"
    )
    verdict = judge(series(5), arrangement)
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
    arrangement = Arrangement(exclude="2; DSC_0004", exclude_reason="test shots")
    assert judge(files, arrangement).problems == ()


def test_the_frame_that_shows_a_ruler_is_none_of_the_stack():
    files = series(3)
    files[0] = replace(files[0], capture=shot_with(iso=6400))
    verdict = judge(files, Arrangement(scale_frame="DSC_0001.NEF"))
    assert [row[1] for row in rows(verdict) if row[0]] == ["DSC_0002.NEF", "DSC_0003.NEF"]
    reason = "shows the ruler, as the sheet's scale_frame says"
    assert (verdict.problems, rows(verdict)[2]) == ((), (None, "DSC_0001.NEF", reason))
    # Numbers count the frames with it.
    both = Arrangement(scale_frame="DSC_0001.NEF", exclude="2", exclude_reason="blurred")
    assert [row[1] for row in rows(judge(files, both)) if row[0]] == ["DSC_0003.NEF"]


def test_excluding_what_is_not_there_or_everything_is_refused():
    arrangement = Arrangement(exclude="DSC_0009", exclude_reason="x")
    (problem,) = judge(series(2), arrangement).problems
    assert problem == (
        "exclude: DSC_0009 is not there. There are the frames 1 (DSC_0001.NEF), 2 (DSC_0002.NEF)"
    )
    arrangement = Arrangement(exclude="1-2", exclude_reason="x")
    assert "exclude: leaves no frame of the stack" in judge(series(2), arrangement).problems
