"""Range and step of a stack, and who wants them so."""

import json

import pytest
import yaml

from hardware.commands import main
from hardware.errors import RigError
from tests.hardware.rigs import captured


@pytest.mark.slow
def test_start_and_end_set_at_the_bench_make_the_stack(bench):
    bench("goto", "300")
    assert bench("start") == "start is 300.0 µm\n"
    assert bench("end", "500") == "end is 500.0 µm\n"
    assert "frames                    3" in bench("plan")
    record = captured(bench)
    assert [entry["asked_um"] for entry in record["frames"]] == [300, 400, 500]
    # To the letter: a capture goes on only where the plan is as it was.
    plan = '{"start_um": 300.0, "end_um": 500.0, "step_um": 100.0, "frames": 3}'
    assert json.dumps(record["plan"]) == plan


def test_the_command_line_has_the_last_word(bench):
    bench("start", "300")
    record = captured(bench, "--start-um=0", "--end-um=100", "--step-um=50")
    assert [entry["asked_um"] for entry in record["frames"]] == [0, 50, 100]


def test_plan_prints_both_depths_of_field_and_what_follows(bench):
    output = bench("plan", "--magnification", "2.5", "--aperture-f", "4", "--overlap", "0.5")
    assert "effective aperture        f/14.0" in output
    assert "depth of field, wave      69.0 µm" in output
    assert "step                      34.5 µm" in output
    assert "frames                    22" in output


def test_plan_by_numerical_aperture(bench):
    output = bench("plan", "--magnification", "10", "--na", "0.25")
    assert "depth of field, wave      8.8 µm" in output


def test_the_step_follows_from_the_optics_where_none_is_given(bench):
    config = yaml.safe_load((bench.folder / "rig.yaml").read_text())
    del config["stack"]["step_um"]
    (bench.folder / "rig.yaml").write_text(yaml.safe_dump(config))
    assert "step                      98.6 µm" in bench("plan")


def test_a_plan_beyond_the_travel_is_warned_of(bench):
    assert "warning" not in bench("plan")
    output = bench("plan", "--start-um", "0", "--end-um", "9000")
    assert "warning: rail: 9000.0 µm is outside the travel" in output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--step-um", "0"), "step_um is 0.0; it must be above 0"),
        (("--step-um", "-5"), "step_um is -5.0; it must be above 0"),
        (("--overlap", "1.5"), "overlap is 1.5"),
        (("--magnification", "0"), "magnification is 0.0; it must be above 0"),
        (("--na", "2"), "na is 2.0; it must be below"),
    ],
)
def test_a_plan_of_nonsense_is_refused(bench, words, says):
    with pytest.raises(RigError, match=says):
        bench("plan", *words)


def test_an_aperture_and_a_numerical_aperture_are_not_both_the_lens_s(bench):
    with pytest.raises(RigError, match="either aperture_f or na, and not both"):
        bench("plan", "--na", "0.25", "--aperture-f", "4")


def test_a_plan_of_more_frames_than_a_stack_can_have_is_refused(bench):
    with pytest.raises(RigError, match=r"7000000 frames; at most 9999"):
        bench("plan", "--step-um", "0.0001")


def test_a_plan_behind_a_teleconverter_and_with_a_lens_reversed(bench):
    output = bench("plan", "--magnification", 2, "--aperture-f", 5.6, "--teleconverter", 2)
    assert "depth of field, wave      69.0 µm" in output
    output = bench(
        *("plan", "--magnification", 3, "--aperture-f", 4, "--pupil-ratio", 2, "--reversed")
    )
    assert "effective aperture        f/14.0" in output


def test_a_plan_says_what_smaller_costs_beside_wave_optics(bench):
    assert "Zerene" not in bench("plan")
    # A sensor of fine pixels and a circle of 3 of them.
    fine = {"criterion": "smaller", "circle_um": 12}
    output = bench("plan", "--magnification", 1, "--aperture-f", 16, optics=fine)
    assert "step that follows         537.6 µm (smaller, overlap 0.3)" in output
    assert "1577.0 µm, as in Zerene's table: 2 frames where smaller takes 3" in output


def ends_of_others(bench, capsys, specimen, *words):
    """What the capture of a specimen says of ends that were set for another."""
    folder = bench.folder / specimen
    main(
        [
            *("--rig", str(bench.folder / "rig.yaml"), "capture", "--specimen", specimen),
            *("--view", "top", "--raw", str(folder / "raw"), "--out", str(folder / "capture.json")),
            *words,
        ]
    )
    said = capsys.readouterr().err.splitlines()
    return [line for line in said if " set at the bench for " in line]


@pytest.mark.slow
def test_ends_set_for_one_specimen_are_not_used_for_the_next_without_a_word(bench, capsys):
    bench("start", 100)
    bench("end", 150)
    assert ends_of_others(bench, capsys, "S-1") == []
    assert ends_of_others(bench, capsys, "S-1") == []
    assert (
        "warning: start 100.0 µm and end 150.0 µm were set at the bench for S-1/top; where that is "
        "not right for this stack, set them anew (`start`, `end`)"
    ) in bench("plan")
    bench("start", 50)
    (warned,) = ends_of_others(bench, capsys, "S-2")
    assert warned.startswith("warning: end 150.0 µm was set at the bench for S-1/top; where ")
    assert ends_of_others(bench, capsys, "S-2") == []
    # Those of the command line are nobody's.
    assert ends_of_others(bench, capsys, "S-3", "--start-um=0", "--end-um=0") == []
    bench("end", 100)
    assert ends_of_others(bench, capsys, "S-4", "--start-um=50") == []


def test_a_range_that_nobody_set_is_asked_for(bench):
    config = yaml.safe_load((bench.folder / "rig.yaml").read_text())
    del config["stack"]
    (bench.folder / "rig.yaml").write_text(yaml.safe_dump(config))
    with pytest.raises(RigError, match=r"start_um is not known\. Give --start-um"):
        bench("plan")


def test_capture_tells_range_and_step_and_who_said_them_before_it_moves(bench, capsys, tmp_path):
    bench("start", 100)
    main(
        [
            *("--rig", str(tmp_path / "rig.yaml"), "capture", "--specimen", "S-1", "--view", "top"),
            *("--raw", str(tmp_path / "raw"), "--out", str(tmp_path / "capture.json")),
            *("--end-um", "350"),
        ]
    )
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == (
        f"note: from 100.0 µm (set at the bench, {tmp_path / 'state/virtual-rig.marks.json'}) to "
        "350.0 µm (by the sheet or --end-um) in steps of 100.0 µm (stack.step_um in "
        f"{tmp_path / 'rig.yaml'}): 4 frames, the last at 400.0 µm"
    )
    assert lines[1].startswith("frame 1 of 4 at 100.0 µm")


def test_a_step_from_the_optics_is_told_as_that(bench, capsys, tmp_path):
    rig = tmp_path / "rig.yaml"
    config = yaml.safe_load(rig.read_text())
    del config["stack"]["step_um"]
    rig.write_text(yaml.safe_dump(config))
    with pytest.raises(RigError, match="outside the travel"):
        captured(bench, "--end-um", 99_999)
    assert f"from 0.0 µm (stack.start_um in {rig}) to 99999.0 µm (by the sheet" in (
        error := capsys.readouterr().err
    )
    assert "(from the optics)" in error
