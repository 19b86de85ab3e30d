"""`python -m hardware` at the bench, on a small virtual rig."""

import fcntl
import json
import os

import pytest
import yaml

from hardware.commands import main
from hardware.errors import RigError
from hardware.rails.grbl import Grbl
from hardware.virtual.emulator import Carriage, Fault, Faults, PtyDevice
from hardware.virtual.emulator_grbl import GrblController
from tests.hardware.cameras.test_gphoto import jpeg
from tests.hardware.test_kill import ROOT, small_rig


@pytest.fixture
def bench(tmp_path, capsys):
    """A function that runs a command and gives what it printed."""
    rig = small_rig(tmp_path)

    def run(*words, **changes):
        if changes:
            config = yaml.safe_load(rig.read_text())
            for key, values in changes.items():
                config[key].update(values)
            rig.write_text(yaml.safe_dump(config))
        main(["--rig", str(rig), *map(str, words)])
        return capsys.readouterr().out

    run.folder = tmp_path
    return run


def captured(bench, *words):
    folder = bench.folder
    bench(
        *("capture", "--specimen", "S-1", "--view", "top", "--raw", folder / "raw"),
        *("--out", folder / "capture.json", *words),
    )
    return json.loads((folder / "capture.json").read_text())


def test_status_tells_rail_position_travel_and_camera(bench):
    bench("goto", "120")
    said = bench("status")
    assert "GRBL 1.1h.20190825" in said
    assert "position  120.0 µm" in said
    assert "travel    -500.0 to 5000.0 µm" in said
    assert "Holostack Virtual camera" in said
    assert "shutter       1/250" in said


def test_status_tells_the_rail_even_where_the_camera_fails(bench, capsys):
    camera = {"kind": "hot_folder", "folder": str(bench.folder / "nowhere"), "release": "hand"}
    with pytest.raises(RigError, match=r"hot folder .* does not exist"):
        bench("status", camera=camera)
    assert "position  0.0 µm" in capsys.readouterr().out


def test_jog_and_goto_remember_between_commands(bench):
    assert bench("goto", "200") == "200.0 µm\n"
    assert bench("jog", "-50") == "150.0 µm\n"


@pytest.mark.parametrize("words", [("goto", "5001"), ("goto", "-501"), ("jog", "9000")])
def test_moves_beyond_the_travel_are_refused(bench, words):
    with pytest.raises(RigError, match=r"outside the travel, -500\.0 to 5000\.0 µm"):
        bench(*words)
    assert "position  0.0 µm" in bench("status")


def test_start_and_end_set_at_the_bench_make_the_stack(bench):
    bench("goto", "300")
    assert bench("start") == "start is 300.0 µm\n"
    assert bench("end", "500") == "end is 500.0 µm\n"
    assert "frames                    3" in bench("plan")
    record = captured(bench)
    assert [entry["asked_um"] for entry in record["frames"]] == [300, 400, 500]


def test_the_command_line_has_the_last_word(bench):
    bench("start", "300")
    record = captured(bench, "--start-um=0", "--end-um=100", "--step-um=50")
    assert [entry["asked_um"] for entry in record["frames"]] == [0, 50, 100]


def test_a_mark_outside_the_travel_is_refused(bench):
    with pytest.raises(RigError, match="outside the travel"):
        bench("end", "9999")


def test_here_declares_a_position_that_was_lost(bench):
    bench("goto", "100")
    bench("start")
    assert bench("here", "1000") == "the rail stands at 1000.0 µm; start stays 100.0 µm\n"
    assert "position  1000.0 µm" in bench("status")
    assert bench("goto", "1200") == "1200.0 µm\n"


def test_a_rail_that_lost_power_is_not_moved_until_its_place_is_declared(bench):
    bench("goto", "700")
    world = bench.folder / "state" / "virtual-rig.world.json"
    world.unlink()
    for words in (("goto", "100"), ("jog", "5")):
        with pytest.raises(RigError, match=r"count is 0, but it was left at 700\.0 µm"):
            bench(*words)
    assert "warning   rail: its count is 0" in bench("status")
    bench("here", "700")
    assert bench("jog", "5") == "705.0 µm\n"


@pytest.fixture
def wired(bench, monkeypatch):
    """A function that plugs in an emulated GRBL rail with faults, as rail.port names it."""
    monkeypatch.setattr("tempfile.tempdir", str(bench.folder))
    devices = []

    def make(*planned):
        devices.append(PtyDevice(GrblController(Carriage(), Faults(list(planned)))))
        bench("plan", rail={"port": devices[-1].port})

    yield make
    for device in devices:
        device.close()


def test_after_a_reset_nothing_moves_until_the_place_is_declared(bench, wired):
    wired(Fault("reset"))
    with pytest.raises(RigError, match="controller was reset; its position is lost"):
        bench("goto", "500")
    assert "warning   rail: the controller was reset" in bench("status")
    with pytest.raises(RigError, match="controller was reset; its position is lost"):
        bench("jog", "5")
    bench("here", "300")
    assert "warning" not in bench("status")
    assert bench("goto", "400") == "400.0 µm\n"


def test_a_limit_switch_locks_until_unlock_and_here(bench, wired):
    wired(Fault("limit"))
    with pytest.raises(RigError, match=r"alarm 1: a limit switch was hit; the position is lost"):
        bench("goto", "500")
    assert "warning   rail: GRBL is locked by an alarm" in bench("status")
    bench("here", "100")
    with pytest.raises(RigError, match=r"locked by an alarm.*unlock"):
        bench("goto", "200")
    bench("unlock")
    assert bench("goto", "200") == "200.0 µm\n"


def test_a_kill_during_which_the_controller_started_anew_is_a_lost_position(
    bench, wired, monkeypatch
):
    wired()
    bench("goto", "0")
    marks = bench.folder / "state" / "virtual-rig.marks.json"
    marks.write_text(json.dumps({"left_um": None}))
    assert "warning" not in bench("status")
    marks.write_text(json.dumps({"left_um": None}))
    connect = Grbl.connect

    def started(rail):
        connect(rail)
        rail.started_anew = True

    monkeypatch.setattr(Grbl, "connect", started)
    with pytest.raises(RigError, match="count is 0, but it was in use: it lost power"):
        bench("goto", "100")


def test_plan_prints_both_depths_of_field_and_what_follows(bench):
    said = bench("plan", "--magnification", "2.5", "--aperture-f", "4", "--overlap", "0.5")
    assert "effective aperture        f/14.0" in said
    assert "depth of field, wave      69.0 µm" in said
    assert "step                      34.5 µm" in said
    assert "frames                    22" in said


def test_plan_by_numerical_aperture(bench):
    said = bench("plan", "--magnification", "10", "--na", "0.25")
    assert "depth of field, wave      8.8 µm" in said


def test_the_step_follows_from_the_optics_where_none_is_given(bench):
    config = yaml.safe_load((bench.folder / "rig.yaml").read_text())
    del config["stack"]["step_um"]
    (bench.folder / "rig.yaml").write_text(yaml.safe_dump(config))
    assert "step                      98.6 µm" in bench("plan")


def test_a_plan_beyond_the_travel_is_warned_of(bench):
    assert "warning" not in bench("plan")
    said = bench("plan", "--start-um", "0", "--end-um", "9000")
    assert "warning: rail: 9000.0 µm is outside the travel" in said


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


@pytest.mark.parametrize("words", [("goto", "nan"), ("jog", "inf"), ("plan", "--step-um=nan")])
def test_what_is_no_number_is_refused(bench, words, capsys):
    with pytest.raises(SystemExit):
        bench(*words)
    assert "invalid _number value" not in capsys.readouterr().err


def test_names_that_make_no_file_name_are_refused(bench):
    with pytest.raises(RigError, match="specimen: 'a/b' is part of file names"):
        bench(
            *("capture", "--specimen", "a/b", "--view", "top"),
            *("--raw", bench.folder / "raw", "--out", bench.folder / "capture.json"),
        )


def test_homing_where_it_is_switched_off_is_told(bench):
    with pytest.raises(RigError, match="homing is switched off"):
        bench("home")


def test_a_range_that_nobody_set_is_asked_for(bench):
    config = yaml.safe_load((bench.folder / "rig.yaml").read_text())
    del config["stack"]
    (bench.folder / "rig.yaml").write_text(yaml.safe_dump(config))
    with pytest.raises(RigError, match=r"start_um is not known\. Give --start-um"):
        bench("plan")


def test_a_test_shot_overwrites_none(bench):
    out = bench.folder / "shots"
    bench("shot", "--out", out)
    said = bench("shot", "--out", out)
    assert sorted(path.name for path in out.iterdir()) == ["VIRT0000.dng", "VIRT0000_1.dng"]
    assert "64 × 48 px, aperture_f 4, exposure_s 0.01667, iso 100" in said


def test_a_rig_in_use_says_by_whom(bench):
    bench("status")
    lock = os.open(bench.folder / "state" / "virtual-rig.lock", os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.pwrite(lock, b"capture of S-9/dorsal, by anna on bench-2, process 42, since noon", 0)
    with pytest.raises(RigError, match=r"virtual-rig is in use: capture of S-9/dorsal, by anna"):
        bench("status")
    os.close(lock)


@pytest.mark.parametrize("kind", ["grbl", "stackshot", "wemacro"])
def test_every_emulated_rail_captures(bench, kind):
    rail = {"kind": kind, "um_per_step": 1.0}
    bench("plan", rail=rail)
    if kind == "wemacro":
        with pytest.raises(RigError, match="hardware here 0"):
            bench("status")
        bench("here", "0")
    record = captured(bench, "--start-um=0", "--end-um=200")
    assert len(record["frames"]) == 3
    for entry in record["frames"]:
        assert entry["reported_um"] == pytest.approx(entry["asked_um"], abs=0.5)


def test_a_real_libgphoto2_camera_from_rig_yaml(bench, monkeypatch):
    store = bench.folder / "store"
    store.mkdir()
    (store / "a.jpg").write_bytes(jpeg(1))
    monkeypatch.setenv("VCAMERADIR", str(store))
    camera = {"kind": "gphoto2", "file": "jpeg", "settings": {"aperture": 5.6}}
    said = bench("status", camera=camera)
    assert "Nikon DSC D750" in said
    bench("shot", "--out", bench.folder / "shots")
    record = captured(bench, "--start-um=0", "--end-um=0")
    assert record["settings"]["aperture"] == "f/5.6"
    assert len(record["frames"]) == 1


def test_unlock_where_nothing_locks_is_told(bench):
    bench("unlock")
    with pytest.raises(RigError, match="never locked"):
        bench("unlock", rail={"kind": "stackshot"})


def test_the_rig_of_the_repository_is_sound_and_plans_16_frames(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    main(["--rig", str(ROOT / "config" / "rig.yaml"), "plan"])
    assert "frames                    16" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("section", "values", "says"),
    [
        ("rail", {"kind": "hydraulic"}, r"rail\.kind: 'hydraulic' is not one of"),
        ("rail", {"kind": "wemacro"}, "'um_per_step' is a required property"),
        ("travel", {"lowest_um": "low"}, r"travel\.lowest_um: 'low' is not of type 'number'"),
        ("camera", {"settings": {"aperature": 8}}, "'aperature' was unexpected"),
        ("optics", {"na": 0.1}, "optics: .* is valid under each of"),
        ("camera", {"kind": "hot_folder"}, "'folder' is a required property"),
    ],
)
def test_a_wrong_rig_file_says_where(bench, section, values, says):
    with pytest.raises(RigError, match=says):
        bench("plan", **{section: values})


def test_a_rig_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(RigError, match="cannot read"):
        main(["--rig", str(tmp_path / "none.yaml"), "plan"])


def test_a_port_that_is_not_there_is_told(bench):
    with pytest.raises(RigError, match=r"cannot open /dev/nowhere.*dialout"):
        bench("status", rail={"port": "/dev/nowhere"})


def test_capture_tells_range_and_step_and_who_said_them_before_it_moves(bench, capsys, tmp_path):
    bench("start", 100)
    main(
        [
            *("--rig", str(tmp_path / "rig.yaml"), "capture", "--specimen", "S-1", "--view", "top"),
            *("--raw", str(tmp_path / "raw"), "--out", str(tmp_path / "capture.json")),
            *("--end-um", "350"),
        ]
    )
    told = capsys.readouterr().err.splitlines()
    assert told[0] == (
        f"note: from 100.0 µm (set at the bench, {tmp_path / 'state/virtual-rig.marks.json'}) to "
        "350.0 µm (by the sheet or --end-um) in steps of 100.0 µm (stack.step_um in "
        f"{tmp_path / 'rig.yaml'}): 4 frames, the last at 400.0 µm"
    )
    assert told[1].startswith("frame 1 of 4 at 100.0 µm")


def test_a_step_from_the_optics_is_told_as_that(bench, capsys, tmp_path):
    rig = tmp_path / "rig.yaml"
    config = yaml.safe_load(rig.read_text())
    del config["stack"]["step_um"]
    rig.write_text(yaml.safe_dump(config))
    with pytest.raises(RigError, match="outside the travel"):
        captured(bench, "--end-um", 99_999)
    assert f"from 0.0 µm (stack.start_um in {rig}) to 99999.0 µm (by the sheet" in (
        told := capsys.readouterr().err
    )
    assert "(from the optics)" in told
