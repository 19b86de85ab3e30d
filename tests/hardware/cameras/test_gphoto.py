"""Cameras through libgphoto2: with its own virtual camera, and with one that fails to order."""

import io
import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from hardware.cameras.gphoto import GphotoCamera
from hardware.capture.session import capture
from hardware.errors import CameraBusyError, CameraError
from hardware.optics import plan_stack
from hardware.rails.count import Count
from hardware.rails.focus_motor import FocusMotor
from tests.hardware.cameras.test_hot_folder import raw
from tests.hardware.rigs import CAMERA, PLAN, raws, rig, stack_in

AT_F8 = replace(CAMERA, settings={"aperture": "8"})
FAKE = Path(__file__).parents[1] / "fake"


@pytest.fixture
def failing(tmp_path, monkeypatch):
    """A function that opens a camera whose releases end as the words say."""
    state = tmp_path / "state"
    opened = []
    monkeypatch.setenv("PYTHONPATH", str(FAKE))
    monkeypatch.setenv("FAKE_GPHOTO2_STATE", str(state))

    def make(words="", **settings):
        state.write_text(words)
        camera = GphotoCamera(timeout_s=settings.pop("timeout_s", 2), **settings)
        opened.append(camera)
        return camera

    yield make
    for camera in opened:
        camera.close()


def test_settings_by_common_names(failing):
    camera = failing()
    camera.apply({"aperture": "f/8", "shutter": "1/125", "white_balance": "daylight"})
    camera.apply({"format": "raw"})
    assert camera.settings() == {
        "aperture": "8",
        "iso": "100",
        "shutter": "1/125",
        "white_balance": "Daylight",
        "format": "RAW",
    }
    assert camera.identity().model == "Fake Camera"


def test_raw_and_jpeg_of_one_release_both_arrive(failing, tmp_path):
    names = sorted(path.name for path in failing("pair").shoot(tmp_path, 1))
    assert names == ["A.DNG", "A.JPG"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("word", "kind", "says"),
    [
        ("busy", CameraBusyError, "I/O in progress"),
        ("full", CameraError, "free space"),
        ("gone", CameraError, "requested device"),
        ("nothing", CameraError, "no file came"),
        ("dies", CameraError, "its process ended"),
    ],
)
def test_each_failure_is_one_sentence(failing, tmp_path, word, kind, says):
    camera = failing(word)
    with pytest.raises(kind, match=says):
        camera.shoot(tmp_path, 1)


@pytest.mark.slow
def test_a_transfer_that_never_returns_is_killed_and_started_afresh(failing, tmp_path):
    camera = failing("hangs good")
    camera.apply({"aperture": "11"})
    child = camera._child.pid
    began = time.monotonic()
    with pytest.raises(CameraError, match="it was given up"):
        camera.shoot(tmp_path, 1)
    assert time.monotonic() - began < 20
    assert not Path(f"/proc/{child}").exists()
    camera.recover()
    assert camera.settings()["aperture"] == "11"
    assert [path.name for path in camera.shoot(tmp_path, 1)] == ["A.DNG"]


@pytest.fixture
def loaded(tmp_path, monkeypatch):
    """Frames for the failing camera to deliver, in order."""
    folder = tmp_path / "frames"
    folder.mkdir()
    for number in range(1, 10):
        (folder / f"{number}.dng").write_bytes(raw(number))
    monkeypatch.setenv("FAKE_GPHOTO2_FRAMES", str(folder))


def shot(tmp_path, camera):
    with rig() as (axis, _, _):
        return capture(stack_in(tmp_path), PLAN, axis, camera, AT_F8, {}, lambda line: None)


@pytest.mark.slow
@pytest.mark.parametrize("word", ["busy", "gone", "nothing", "dies", "hangs", "truncated", "pair"])
def test_a_session_rides_out_a_release_that_fails(failing, loaded, tmp_path, word):
    record = shot(tmp_path, failing(f"good good {word} good"))
    # A transfer that hung or was cut had exposed: its frame stays on the card.
    delivered = [1, 2, 4, 5, 6, 7] if word in ("hangs", "truncated") else [1, 2, 3, 4, 5, 6]
    assert list(raws(tmp_path).values()) == [raw(number) for number in delivered]
    assert record["status"] == "complete"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("full", "free space"),
        ("gone", "requested device"),
        ("nothing", "no file came"),
        ("dies", "its process ended"),
        ("hangs", "it was given up"),
    ],
)
def test_a_session_that_a_camera_ends_goes_on_with_a_sound_one(
    failing, loaded, tmp_path, word, says
):
    with pytest.raises(CameraError, match=rf"{says}.*same command again"):
        shot(tmp_path, failing(f"good good {word} {word}"))
    assert len(raws(tmp_path)) == 2
    with rig() as (axis, _, _):
        axis.go(100)
        record = capture(stack_in(tmp_path), PLAN, axis, failing(), AT_F8, {}, lambda line: None)
    assert [entry["frame"] for entry in record["frames"]] == [1, 2, 3, 4, 5, 6]


def test_a_low_battery_is_told_before_the_release(failing, tmp_path):
    camera = failing("good", least_battery_percent=90)
    with pytest.raises(CameraError, match="battery at 80 %"):
        camera.shoot(tmp_path, 1)


def test_the_focus_motor_in_the_place_of_a_rail(failing, tmp_path):
    kept = []
    motor = FocusMotor(failing(), 20.0, Count(0.0, kept.append))
    assert motor.move_to(40) == 40
    assert motor.move_to(20) == 20
    log = (tmp_path / "state.focus").read_text().split("\n")
    assert log[:6] == ["Far 1", "None", "Far 1", "None", "Near 1", "None"]
    assert kept[-1] == 20


def test_the_child_ends_with_its_parent(failing):
    camera = failing()
    camera._child.stdin.close()
    assert camera._child.wait(timeout=10) is not None


@pytest.fixture
def store(tmp_path, monkeypatch):
    """The folder whose file libgphoto2's virtual camera delivers."""
    folder = tmp_path / "store"
    folder.mkdir()
    monkeypatch.setenv("VCAMERADIR", str(folder))
    (folder / "a.jpg").write_bytes(jpeg(0))
    return folder


def jpeg(number: int) -> bytes:
    """A picture by number, always of one size: the virtual camera remembers its file's."""
    stream = io.BytesIO()
    Image.linear_gradient("L").rotate(7 * number).convert("RGB").save(stream, "JPEG")
    return stream.getvalue().ljust(20_000, b"\0")


@pytest.fixture
def virtual(store):
    camera = GphotoCamera(timeout_s=10)
    yield camera
    camera.close()


def test_real_libgphoto2_sets_and_reads_back(virtual):
    virtual.apply({"aperture": "8", "shutter": "1/100"})
    assert virtual.settings() == {"aperture": "f/8", "shutter": "0.0100s"}
    assert virtual.identity().model == "Nikon DSC D750"
    assert virtual.identity().serial_number == "0.1"


def test_real_libgphoto2_names_the_choices(virtual):
    with pytest.raises(CameraError, match=r"choices are f/2\.8, f/3\.5"):
        virtual.apply({"aperture": "7"})


def test_a_setting_that_a_body_does_not_tell_is_named(virtual):
    with pytest.raises(CameraError, match="tells no iso"):
        virtual.apply({"iso": "100"})


def test_a_model_that_is_not_there_lists_what_is(store):
    with pytest.raises(CameraError, match="0 cameras match 'EOS'; found: Nikon DSC D750"):
        GphotoCamera(model="EOS")


@pytest.mark.slow
def test_a_session_with_real_libgphoto2_and_an_emulated_rail(tmp_path, store, virtual):
    """28 frames: the virtual card is full after 26, and the camera is started afresh."""
    lines = []

    def progress(text):
        lines.append(text)
        (store / "a.jpg").write_bytes(jpeg(len(lines)))

    plan = plan_stack(0, 270, 10)
    settings = {"aperture": "8", "shutter": "1/100"}
    wanted = replace(CAMERA, file="jpeg", settings=settings)
    with rig() as (axis, _, _):
        record = capture(stack_in(tmp_path), plan, axis, virtual, wanted, {}, progress)
    assert len(raws(tmp_path)) == 28
    assert len({entry["sha256"] for entry in record["frames"]}) == 28
    assert [event["frame"] for event in record["events"]][:1] == [27]
    assert record["rig"]["camera"]["model"] == "Nikon DSC D750"
    assert json.loads((tmp_path / "capture.json").read_text()) == record


@pytest.mark.slow
def test_the_same_file_delivered_again_is_noticed(tmp_path, store, virtual):
    with (
        rig() as (axis, _, _),
        pytest.raises(CameraError, match="same file as frame 1"),
    ):
        capture(
            stack_in(tmp_path),
            plan_stack(0, 100, 10),
            axis,
            virtual,
            replace(CAMERA, file="jpeg"),
            {},
            lambda line: None,
        )
    assert list(raws(tmp_path)) == ["S-1_dorsal_0001.jpg"]
