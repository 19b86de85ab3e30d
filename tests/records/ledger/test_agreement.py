"""Whether frames belong together: each property in which they differ, both values named."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.ledger.properties import MAY_DIFFER, PROPERTIES
from records.ledger.verdict import judge
from records.metadata.exif import Capture
from tests.records.ledger.stacks import frame, rows, series, shot_with


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
    # What the value itself says is not said twice.
    named = other if other.startswith("ISO ") else f"{PROPERTIES[name]} {other}"
    reason = f"{named}, where most frames have {usual}"
    assert rows(verdict)[4] == (None, "DSC_0003.NEF", reason)
    assert [entry.frame for entry in verdict.entries] == [1, 2, 3, 4, None]
    if name in MAY_DIFFER:
        assert judge(files, allow=[name]).problems == ()


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


def test_two_spellings_of_one_name_are_one_file_to_other_systems():
    (problem,) = judge([frame("K\u00e4fer.NEF"), frame("Ka\u0308fer.NEF")]).problems
    assert "have the same name but for" in problem


def test_turned_frames_are_told():
    files = series(3)
    files[2] = replace(files[2], orientation=6)
    (warning,) = judge(files).warnings
    assert warning.startswith("frames 1 and 3 (DSC_0003.NEF) have orientation 1 and 6")
    assert warning.endswith("the master alone is turned, as the frame says that the others are "
                            "aligned to")  # fmt: skip


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


def test_profiles_under_other_names_that_say_the_same_of_colour_agree():
    colours = ["Display P3 [30d6801b]", "P3 of the lab [30d6801b]", "Display P3 [11111111]"]
    frames = [frame(f"a_{k}.tif", colour=name) for k, name in enumerate(colours, start=1)]
    assert judge(frames[:2]).problems == ()
    (problem,) = judge([*frames[:2], frames[2]]).problems
    assert "colour space differs" in problem
    assert "a_3.tif" in problem


@pytest.mark.parametrize(
    ("name", "facts", "usual", "other"),
    [
        ("shutter", {"exposure_s": Fraction(10, 43)}, "1/4.3 s", "1/4.4 s"),
        ("shutter", {"exposure_s": Fraction(1, 133)}, "1/133 s", "1/134 s"),
        ("shutter", {"exposure_s": Fraction(25, 10)}, "2.5 s", "2.6 s"),
        ("aperture", {"aperture": Fraction(28, 10)}, "f/2.8", "f/2.9"),
        ("ISO", {"iso": 64}, "ISO 64", "ISO 65"),
    ],
)
def test_one_step_of_rounding_agrees_and_the_ledger_says_so(name, facts, usual, other):
    ((fact, value),) = facts.items()
    near = {
        Fraction(10, 43): Fraction(10, 44),
        Fraction(1, 133): Fraction(1, 134),
        Fraction(25, 10): Fraction(26, 10),
        Fraction(28, 10): Fraction(29, 10),
        64: 65,
    }[value]
    files = [replace(one, capture=shot_with(**facts)) for one in series(5)]
    files[2] = replace(files[2], capture=shot_with(**{fact: near}))
    verdict = judge(files)
    assert verdict.problems == verdict.warnings == ()
    assert [entry.status for entry in verdict.entries] == ["used"] * 5
    named = other if other.startswith(name) else f"{name} {other}"
    said = f"{named}, where most frames have {usual}: taken as equal, one step of rounding"
    assert [entry.reason for entry in verdict.entries] == [None, None, said, None, None]
    assert (
        f"{name} is taken as equal (one step of rounding): {usual} in 4 frames such as 1 "
        f"(DSC_0001.NEF), {other} in frame 3 (DSC_0003.NEF)"
    ) in verdict.notes


@pytest.mark.parametrize(
    ("fact", "usual", "other"),
    [
        # A third of a stop, and a sixth.
        ("exposure_s", Fraction(10, 43), Fraction(10, 54)),
        ("exposure_s", Fraction(1), Fraction(11, 10)),
        ("exposure_s", Fraction(1, 4), Fraction(10, 45)),
        # Two steps of rounding, and what no rounding explains.
        ("exposure_s", Fraction(10, 43), Fraction(10, 45)),
        ("exposure_s", Fraction(1, 134), Fraction(1, 142)),
        ("exposure_s", Fraction(106363, 1000000), Fraction(107611, 1000000)),
        ("aperture", Fraction(28, 10), Fraction(30, 10)),
        ("aperture", Fraction(1), Fraction(11, 10)),
        ("iso", 100, 125),
        ("iso", 10, 11),
    ],
)
def test_a_real_difference_stops_the_stack(fact, usual, other):
    files = [replace(one, capture=shot_with(**{fact: usual})) for one in series(4)]
    files[1] = replace(files[1], capture=shot_with(**{fact: other}))
    assert len(judge(files).problems) == 1


def test_what_the_configuration_tolerates_is_named_in_the_ledger():
    files = series(3)
    files[1] = replace(files[1], capture=shot_with(exposure_s=Fraction(1, 66)))
    verdict = judge(files, tolerance={"exposure": 0.1})
    assert verdict.entries[1].reason == (
        "shutter 1/66 s, where most frames have 1/60 s: taken as equal, within "
        "ledger.exposure_tolerance"
    )


def test_multipliers_of_white_balance_are_rounded_to_parts_of_256():
    files = series(3)
    files[1] = replace(files[1], white_balance="1.9039 1.0000 1.4961")
    assert judge(files).problems == ()
    files[1] = replace(files[1], white_balance="1.9100 1.0000 1.5000")
    assert len(judge(files).problems) == 1
