"""A session with an emulated rail and a virtual camera, and with every fault."""

import errno
import hashlib
import json
import os
import shutil
import time
from dataclasses import replace

import numpy as np
import pytest
import rawpy

from hardware.errors import AskedToEnd, CameraError, RailError, RigError
from hardware.optics import plan_stack
from hardware.virtual.emulator import Fault
from records import locks
from records.errors import RecordError
from records.unfinished import LOCK
from tests.hardware.rigs import BENCH, PLAN, SETTINGS, raws, rig, run, stack_in


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Folder of a stack captured without any fault."""
    folder = tmp_path_factory.mktemp("whole")
    with rig() as (axis, camera, _):
        run(folder, axis, camera)
    return folder


def resumed_equals(folder, whole):
    """Go on with a session with a sound rig; the raws must be those of a whole one."""
    with rig(start_um=0, end_um=0) as (axis, camera, _):
        record = run(folder, axis, camera, rail_checked=True)
    assert raws(folder) == raws(whole)
    assert record["status"] == "complete"
    assert json.loads((folder / "capture.json").read_text()) == record


def test_record_names_every_frame_with_positions_and_hash(whole):
    record = json.loads((whole / "capture.json").read_text())
    assert [entry["frame"] for entry in record["frames"]] == [1, 2, 3, 4, 5, 6]
    assert [entry["asked_um"] for entry in record["frames"]] == [0, 100, 200, 300, 400, 500]
    for entry in record["frames"]:
        data = (whole / "raw" / entry["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == entry["sha256"]
        assert len(data) == entry["bytes"]
        assert entry["reported_um"] == entry["asked_um"]
        assert (entry["aperture_f"], entry["iso"]) == (4.0, 100.0)
    assert record["settings"]["shutter"] == "1/60"
    assert record["rig"]["rail"]["firmware"].startswith("1.1h")
    assert record["rig"]["camera"]["serial_number"] == "V000003"
    assert not (whole / ".incoming").exists()


def test_equal_captures_are_equal_bytes(whole, tmp_path):
    with rig() as (axis, camera, _):
        run(tmp_path, axis, camera)
    assert raws(tmp_path) == raws(whole)
    assert (tmp_path / "capture.json").read_bytes() == (whole / "capture.json").read_bytes()


@pytest.mark.parametrize("plan", [PLAN, plan_stack(500, 0, 100)])
def test_play_is_taken_up_so_that_the_carriage_is_where_the_record_says(tmp_path, plan):
    seen = []
    with rig(backlash_um=30) as (axis, camera, device):
        shoot = camera.shoot

        def watched(incoming, frame):
            seen.append(device.controller.carriage.position_um(time.time()))
            return shoot(incoming, frame)

        camera.shoot = watched
        axis.go(700)
        record = run(tmp_path, axis, camera, plan)
    off = np.array(seen) - [entry["reported_um"] for entry in record["frames"]]
    # Downwards the carriage lags by the play: always the same, never in between.
    assert np.ptp(off) == 0
    assert off[0] in (0, 30)


@pytest.mark.slow
def test_frames_are_focused_where_they_say(whole):
    """What lies at the height that a frame's record names is nearest to the truth in it."""
    with rig() as (_, camera, _):
        camera.apply(SETTINGS)
        sharp, depth = camera.truth(0)
    error = []
    for path in sorted((whole / "raw").iterdir()):
        with rawpy.imread(str(path)) as raw:
            green = (raw.raw_image[0::2, 1::2].astype(float) - 512) / (16383 - 512) / 0.55
        error.append(np.abs(green - sharp[0::2, 1::2, 1])[depth[0::2, 1::2] < 20].mean())
    assert int(np.argmin(error)) <= 1
    assert error[0] < 0.6 * error[5]


@pytest.mark.parametrize(
    "fault",
    ["busy", "truncated", "empty", "repeated", "no file came", "unplugged"],
)
def test_a_passing_camera_fault_costs_no_frame(tmp_path, whole, fault):
    with rig(camera_faults={3: [fault]}) as (axis, camera, _):
        record = run(tmp_path, axis, camera)
    assert raws(tmp_path) == raws(whole)
    assert camera.recoveries == (0 if fault == "busy" else 1)
    if fault != "busy":
        assert record["events"][0]["frame"] == 3


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("card full", "card full"),
        ("battery at 2 %", "battery"),
        ("unplugged", "unplugged"),
        ("no file came", "no file came"),
        ("truncated", "truncated|does not open"),
        ("repeated", "same file as frame 3"),
    ],
)
def test_a_lasting_camera_fault_is_a_resumable_stop(tmp_path, whole, fault, says):
    with (
        rig(camera_faults={4: [fault, fault]}) as (axis, camera, device),
        pytest.raises(CameraError, match=rf"({says}).*same command again") as stop,
    ):
        run(tmp_path, axis, camera)
    assert "\n" not in str(stop.value)
    assert len(raws(tmp_path)) == 3
    assert not (tmp_path / "capture.json").exists()
    assert not device.controller.carriage.moving(time.time())
    resumed_equals(tmp_path, whole)


def test_a_camera_that_stays_busy_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("hardware.capture.exposure.BUSY_WAITS_S", (0.01, 0.01))
    with (
        rig(camera_faults={2: ["busy"] * 9}) as (axis, camera, _),
        pytest.raises(CameraError, match="Busy"),
    ):
        run(tmp_path, axis, camera)
    assert len(raws(tmp_path)) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("drift", "aperture was set to 4, but reads 5.6"),
        ("file drift", r"iso was 100\.0, is 200\.0"),
    ],
)
def test_drifting_settings_stop_and_the_frame_is_set_aside(tmp_path, whole, fault, says):
    with (
        rig(camera_faults={3: [fault]}) as (axis, camera, _),
        pytest.raises(RigError, match=says),
    ):
        run(tmp_path, axis, camera)
    assert camera.recoveries == 0
    assert len(raws(tmp_path)) == 2
    assert len(list((tmp_path / "unassigned").iterdir())) == 1
    resumed_equals(tmp_path, whole)


def test_a_setting_that_does_not_take_is_told_before_the_first_frame(tmp_path):
    with rig() as (axis, camera, _):
        camera.apply = lambda wanted: None
        with pytest.raises(CameraError, match="shutter was set to 1/60, but reads 1/250"):
            run(tmp_path, axis, camera, settings={"shutter": "1/60"})
        assert camera.releases == 0


def test_a_setting_that_is_not_offered_names_the_choices(tmp_path):
    with (
        rig() as (axis, camera, _),
        pytest.raises(CameraError, match=r"aperture '3\.5' is not offered; choices are 2\.8, 4"),
    ):
        run(tmp_path, axis, camera, settings={"aperture": "3.5"})


def test_a_jpeg_beside_the_raw_is_kept_but_is_no_frame(tmp_path, whole):
    with rig(camera_faults={2: ["jpeg beside"]}) as (axis, camera, _):
        record = run(tmp_path, axis, camera)
    assert raws(tmp_path) == raws(whole)
    assert record["unassigned"] == [{"file": "VIRT0002.jpg", "reason": "came beside the frame"}]
    assert (tmp_path / "unassigned" / "VIRT0002.jpg").exists()


def test_the_same_frame_delivered_twice_counts_once(tmp_path, whole):
    with rig(camera_faults={2: ["twice the same"]}) as (axis, camera, _):
        run(tmp_path, axis, camera)
    assert raws(tmp_path) == raws(whole)


def test_two_frames_for_one_release_are_never_guessed_at(tmp_path, whole):
    with (
        rig(camera_faults={2: ["two frames"]}) as (axis, camera, _),
        pytest.raises(RigError, match="2 frames came for one release"),
    ):
        run(tmp_path, axis, camera)
    assert len(list((tmp_path / "unassigned").iterdir())) == 2
    resumed_equals(tmp_path, whole)


@pytest.mark.parametrize("kind", ["silent", "garbled", "dropped", "deaf", "busy"])
def test_a_passing_rail_fault_costs_no_frame(tmp_path, whole, kind):
    with rig(Fault(kind, move=4)) as (axis, camera, _):
        run(tmp_path, axis, camera)
    assert raws(tmp_path) == raws(whole)


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    [
        *(Fault(kind, move=4) for kind in ("stall", "hung", "limit", "alarm", "reset")),
        Fault("unplugged", move=4),
        *(Fault(kind, move=4, times=10**6) for kind in ("silent", "garbled", "dropped", "busy")),
    ],
    ids=lambda fault: fault.kind,
)
def test_a_lasting_rail_fault_is_a_resumable_stop(tmp_path, whole, fault):
    with (
        rig(fault) as (axis, camera, device),
        pytest.raises(RailError, match="same command again"),
    ):
        run(tmp_path, axis, camera)
    assert 1 <= len(raws(tmp_path)) < 6
    assert not device.controller.carriage.moving(time.time())
    resumed_equals(tmp_path, whole)


def test_a_carriage_that_slips_unreported_is_seen_by_the_frames(tmp_path, capsys):
    """An open-loop rail cannot report it."""
    with rig(Fault("slipped", move=4)) as (axis, camera, _):
        record = run(tmp_path, axis, camera)
    said = capsys.readouterr().err.splitlines()
    warned = [line for line in said if "does the carriage stand still" in line]
    assert [line.split()[2] for line in warned] == ["3", "4", "5", "6"]
    assert len(record["events"]) == 4


@pytest.mark.parametrize("fault", ["interrupt", "crash"])
def test_whatever_ends_a_session_the_rail_stops_and_it_can_go_on(tmp_path, whole, fault):
    with rig(camera_faults={3: [fault]}) as (axis, camera, _):
        stops = []
        stop = axis.rail.stop
        axis.rail.stop = lambda: (stops.append(1), stop())
        with pytest.raises((KeyboardInterrupt, RuntimeError)):
            run(tmp_path, axis, camera)
        assert stops
    resumed_equals(tmp_path, whole)


def test_a_full_disk_is_a_resumable_stop(tmp_path, whole):
    with (
        rig(camera_faults={3: ["disk full"]}) as (axis, camera, _),
        pytest.raises(RigError, match=r"No space left.*Make room"),
    ):
        run(tmp_path, axis, camera)
    resumed_equals(tmp_path, whole)


def test_a_disk_that_is_too_full_for_the_record_is_a_resumable_stop(tmp_path, whole, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with rig() as (axis, camera, _):
        shoot = camera.shoot

        def fill(incoming, frame):
            if frame == 3:
                monkeypatch.setattr(os, "fsync", full)
            return shoot(incoming, frame)

        camera.shoot = fill
        with pytest.raises(RigError, match=r"cannot write: .*is full.*same command again"):
            run(tmp_path, axis, camera)
    monkeypatch.undo()
    resumed_equals(tmp_path, whole)


def test_a_disk_too_small_for_the_stack_is_told_before_the_first_frame(tmp_path):
    with rig() as (axis, camera, _):
        with pytest.raises(RigError, match=r"disk: .* GB are needed"):
            run(tmp_path, axis, camera, bytes_per_frame=10**15)
        assert camera.releases == 0


def test_a_stack_beyond_the_travel_moves_nothing(tmp_path):
    with rig() as (axis, camera, device):
        with pytest.raises(RailError, match=r"5500\.0 µm is outside the travel"):
            run(tmp_path, axis, camera, plan=plan_stack(5000, 5500, 100))
        assert device.controller.faults.moves == 0


def test_two_writers_of_one_stack(tmp_path, monkeypatch):
    monkeypatch.setattr(locks, "WAIT_S", 0)
    with (
        locks.writing(stack_in(tmp_path).raw.parent),
        rig() as (axis, camera, _),
        pytest.raises(RecordError, match=r"is in use by .* \(process \d+ on .*, by .*, since"),
    ):
        run(tmp_path, axis, camera)
    assert camera.releases == 0


@pytest.mark.parametrize("why", ["its starter is gone", "Ctrl-C"])
def test_a_session_that_is_ended_keeps_its_frames_says_so_and_goes_on(tmp_path, whole, why):
    faults = {4: ["interrupt"]} if why == "Ctrl-C" else {}
    with (
        rig(camera_faults=faults) as (axis, camera, _),
        pytest.raises((AskedToEnd, KeyboardInterrupt)),
    ):
        run(tmp_path, axis, camera, ends=lambda: not faults and camera.releases == 3)
    journal = json.loads((tmp_path / "capture.journal.json").read_text())
    assert [entry["frame"] for entry in journal["frames"]] == [1, 2, 3]
    (event,) = journal["events"]
    assert (event["frame"], event["what"]) == (4, f"interrupted ({why})")
    assert journal["status"] == "partial"
    resumed_equals(tmp_path, whole)


def test_a_complete_stack_is_confirmed_without_a_shot(tmp_path, whole):
    shutil.copytree(whole, tmp_path / "s")
    (tmp_path / "s" / "capture.json").unlink()
    with rig() as (axis, camera, _):
        run(tmp_path / "s", axis, camera)
        assert camera.releases == 0
    assert (tmp_path / "s" / "capture.json").read_bytes() == (whole / "capture.json").read_bytes()


def test_a_lost_raw_is_shot_again_and_only_that(tmp_path, whole):
    shutil.copytree(whole, tmp_path / "s")
    (tmp_path / "s" / "raw" / "S-1_dorsal_0003.dng").unlink()
    with rig() as (axis, camera, _):
        run(tmp_path / "s", axis, camera, rail_checked=True)
        assert camera.releases == 1
    assert raws(tmp_path / "s") == raws(whole)


def test_a_raw_that_was_changed_is_never_overwritten(tmp_path, whole):
    shutil.copytree(whole, tmp_path / "s")
    victim = tmp_path / "s" / "raw" / "S-1_dorsal_0003.dng"
    victim.write_bytes(victim.read_bytes()[:-1] + b"x")
    before = victim.read_bytes()
    with (
        rig() as (axis, camera, _),
        pytest.raises(RigError, match="not the file that was captured"),
    ):
        run(tmp_path / "s", axis, camera)
    assert victim.read_bytes() == before


def cut(folder, whole, frame, left):
    """As if power had gone just after `frame` was recorded: its file is not on disk yet."""
    shutil.copytree(whole, folder)
    (folder / "capture.json").unlink()
    journal = folder / "capture.journal.json"
    record = json.loads(journal.read_text())
    record.update(status="partial", frames=record["frames"][:frame])
    journal.write_text(json.dumps(record))
    for later in range(frame + 1, 7):
        (folder / "raw" / f"S-1_dorsal_{later:04d}.dng").unlink()
    last = folder / "raw" / f"S-1_dorsal_{frame:04d}.dng"
    data = last.read_bytes()
    last.unlink()
    (folder / ".incoming").mkdir()
    (folder / ".incoming" / last.name).write_bytes(left(data))


@pytest.mark.parametrize(
    ("left", "shot"),
    [
        (lambda data: data, 3),
        (lambda data: data[: len(data) // 2], 4),
        (lambda data: b"", 4),
        (lambda data: bytes(len(data)), 4),
    ],
    ids=["whole", "truncated", "empty", "zeros"],
)
def test_power_lost_while_a_frame_was_put_in_place(tmp_path, whole, left, shot):
    cut(tmp_path / "s", whole, 3, left)
    with rig() as (axis, camera, _):
        run(tmp_path / "s", axis, camera, rail_checked=True)
        assert camera.releases == shot
    assert raws(tmp_path / "s") == raws(whole)


def test_power_lost_while_the_record_was_written_costs_nothing(tmp_path, whole):
    cut(tmp_path / "s", whole, 3, lambda data: data)
    left = tmp_path / "s" / ".capture.journal.json.0123456789abcdef.partial"
    left.mkdir()
    (left / LOCK).touch()
    (left / "capture.journal.json").write_text('{"version": 1, "fra')
    resumed_equals(tmp_path / "s", whole)
    assert not left.exists()


def test_a_torn_record_is_told_and_touches_no_raw(tmp_path, whole):
    cut(tmp_path / "s", whole, 3, lambda data: data)
    (tmp_path / "s" / "capture.journal.json").write_text('{"version": 1, "fra')
    before = raws(tmp_path / "s")
    with (
        rig() as (axis, camera, _),
        pytest.raises(RigError, match=r"capture\.journal\.json is not readable"),
    ):
        run(tmp_path / "s", axis, camera)
    assert raws(tmp_path / "s") == before


def test_a_torn_journal_of_a_capture_that_was_complete_is_taken_from_its_record(tmp_path, whole):
    cut(tmp_path / "s", whole, 5, lambda data: data)
    journal = tmp_path / "s" / "capture.journal.json"
    (tmp_path / "s" / "capture.json").write_bytes(journal.read_bytes())
    journal.write_text("")
    resumed_equals(tmp_path / "s", whole)


def test_a_raw_of_unknown_origin_is_left_alone(tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "IMG_1.CR2").write_bytes(b"?")
    with (
        rig() as (axis, camera, _),
        pytest.raises(RigError, match=r"IMG_1\.CR2.*import them"),
    ):
        run(tmp_path, axis, camera)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"plan": plan_stack(0, 500, 50)}, r"another plan: frames was 6, now 11"),
        ({"settings": {**SETTINGS, "iso": "200"}}, r"another settings: iso was '100', now '200'"),
    ],
)
def test_a_stack_is_not_gone_on_with_otherwise(tmp_path, change, says):
    with rig(camera_faults={3: ["crash"]}) as (axis, camera, _):
        with pytest.raises(RuntimeError):
            run(tmp_path, axis, camera)
        with pytest.raises(RigError, match=says):
            run(tmp_path, axis, camera, **change)


def test_another_camera_is_noticed(tmp_path):
    with rig(camera_faults={3: ["crash"]}) as (axis, camera, _):
        with pytest.raises(RuntimeError):
            run(tmp_path, axis, camera)
        camera._bench = replace(BENCH, seed=4)
        with pytest.raises(RigError, match="serial_number was 'V000003', now 'V000004'"):
            run(tmp_path, axis, camera)


def test_a_rail_that_was_moved_is_noticed_on_resuming(tmp_path):
    with rig(camera_faults={3: ["crash"]}) as (axis, camera, _):
        with pytest.raises(RuntimeError):
            run(tmp_path, axis, camera)
        axis.go(3000)
        with pytest.raises(RigError, match=r"reports 3000\.0 µm, but was left between"):
            run(tmp_path, axis, camera)


def test_progress_counts_frames_and_time_left(tmp_path):
    lines = []
    with rig() as (axis, camera, _):
        run(tmp_path, axis, camera, lines=lines)
    assert lines[0].startswith("frame 1 of 6 at 0.0 µm, 0:")
    assert lines[-1] == "6 frames complete"
