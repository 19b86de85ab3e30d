"""A folder that another program fills: slowly, with too much, with too little, with the wrong."""

import io
import threading
import time

import numpy as np
import pytest
from PIL import Image

from hardware.bench.axis import Axis
from hardware.bench.config import TravelConfig
from hardware.cameras.hot_folder import HotFolder
from hardware.capture.session import capture
from hardware.errors import CameraError, DoubtfulReleaseError, RigError
from hardware.optics import plan_stack
from hardware.rails.link import SerialLink
from hardware.rails.stackshot import BAUD, STOP_ALL, StackShot
from hardware.virtual.dng import Facts, dng_bytes
from hardware.virtual.emulator import Carriage, PtyDevice
from hardware.virtual.emulator_stackshot import StackShotController
from hardware.virtual.sensor import Exposure, record
from tests.hardware.rigs import CAMERA, PLAN, raws, rig, stack_in

# A camera whose clock was never set writes blanks.
NO_TIME = "    :  :     :  :  "
FACTS = Facts("Make", "Model", "1", "Lens", 50, 8, 0.01, 100, NO_TIME, "firmware")


def raw(seed: int) -> bytes:
    rng = np.random.default_rng(seed)
    return dng_bytes(record(rng.random((32, 48, 3)), Exposure(8, 0.01, 100), rng), FACTS)


def jpeg() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (16, 16)).save(stream, "JPEG")
    return stream.getvalue()


class Program:
    """The camera program: each release saves what is next in `plan` into the folder.

    An entry is a list of (name, bytes, seconds that writing takes).
    """

    def __init__(self, folder, plan=None):
        self.folder = folder
        self.plan = plan or {}
        self.count = 0
        self.writers = []

    def release(self):
        self.count += 1
        default = [(f"IMG_{self.count:04d}.DNG", raw(self.count), 0.0)]
        for name, data, seconds in self.plan.get(self.count, default):
            writer = threading.Thread(target=self._write, args=(name, data, seconds))
            writer.start()
            self.writers.append(writer)

    def _write(self, name, data, seconds):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        pieces = 6 if seconds else 1
        with path.open("wb") as stream:
            for i in range(pieces):
                stream.write(data[i * len(data) // pieces : (i + 1) * len(data) // pieces])
                stream.flush()
                time.sleep(seconds / pieces)

    def join(self):
        for writer in self.writers:
            writer.join()


@pytest.fixture
def hot(tmp_path, monkeypatch):
    """A function that gives (camera, program) with the program's plan."""
    monkeypatch.setattr("hardware.cameras.camera.READOUT_S", 0.0)
    folder = tmp_path / "hot"
    folder.mkdir()
    programs = []

    def make(plan=None, timeout_s=1.5):
        program = Program(folder, plan)
        programs.append(program)
        camera = HotFolder(folder, "raw", program.release, timeout_s, quiet_s=0.2, poll_s=0.02)
        return camera, program

    yield make
    for program in programs:
        program.join()


def session(tmp_path, camera):
    with rig() as (axis, _, _):
        return capture(stack_in(tmp_path), PLAN, axis, camera, CAMERA, {}, lambda line: None)


@pytest.mark.slow
def test_every_release_gives_its_frame(hot, tmp_path):
    camera, _ = hot()
    done = session(tmp_path, camera)
    assert list(raws(tmp_path).values()) == [raw(i) for i in range(1, 7)]
    assert done["frames"][0]["camera_file"] == "IMG_0001.DNG"
    assert len(list((tmp_path / "hot").iterdir())) == 6


def test_a_slow_file_is_waited_for(hot, tmp_path):
    camera, _ = hot({1: [("A.DNG", raw(1), 0.5)]})
    assert [path.read_bytes() for path in camera.shoot(tmp_path, 1)] == [raw(1)]


def test_a_file_in_a_folder_of_the_day_is_found(hot, tmp_path):
    camera, _ = hot({1: [("2024_01_01/A.DNG", raw(1), 0.0)]})
    assert [path.name for path in camera.shoot(tmp_path, 1)] == ["A.DNG"]


@pytest.mark.slow
@pytest.mark.parametrize("beside", ["IMG_0002.JPG", "notes.txt"])
def test_what_comes_beside_a_raw_is_set_aside(hot, tmp_path, beside):
    data = jpeg() if beside.endswith("JPG") else b"no picture"
    camera, _ = hot({2: [("IMG_0002.DNG", raw(2), 0.0), (beside, data, 0.0)]})
    done = session(tmp_path, camera)
    assert [entry["file"] for entry in done["unassigned"]] == [beside]
    assert list(raws(tmp_path).values()) == [raw(i) for i in range(1, 7)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "files", [[], [("A.JPG", jpeg(), 0.0)], [("A.DNG", b"", 0.0)], [("A.DNG", raw(9)[:900], 0.0)]]
)
def test_a_release_without_a_whole_raw_is_tried_again(hot, tmp_path, files):
    camera, _ = hot({2: files})
    done = session(tmp_path, camera)
    assert len(raws(tmp_path)) == 6
    assert done["events"][0]["frame"] == 2


@pytest.mark.slow
def test_too_few_frames_are_a_resumable_stop(hot, tmp_path):
    camera, program = hot({2: [], 3: []}, timeout_s=1.0)
    with pytest.raises(CameraError, match=r"no whole raw frame came .* nothing\. .*again"):
        session(tmp_path, camera)
    program.plan.clear()
    session(tmp_path, camera)
    assert len(raws(tmp_path)) == 6


@pytest.mark.slow
def test_too_many_frames_are_a_resumable_stop(hot, tmp_path):
    camera, _ = hot({2: [("A.DNG", raw(50), 0.0), ("B.DNG", raw(51), 0.0)]})
    with pytest.raises(RigError, match="2 frames came for one release"):
        session(tmp_path, camera)
    session(tmp_path, camera)
    assert len(raws(tmp_path)) == 6
    assert len(list((tmp_path / "unassigned").iterdir())) == 2


@pytest.mark.slow
def test_the_same_frame_saved_twice_counts_once(hot, tmp_path):
    camera, _ = hot({2: [("IMG_0002.DNG", raw(2), 0.0), ("COPY.DNG", raw(2), 0.0)]})
    done = session(tmp_path, camera)
    assert list(raws(tmp_path).values()) == [raw(i) for i in range(1, 7)]
    assert len(done["unassigned"]) == 1


@pytest.mark.slow
def test_a_frame_that_comes_between_releases_is_no_frame_of_the_stack(hot, tmp_path):
    camera, program = hot()
    strays = camera.strays

    def somebody_fires(incoming, last):
        if program.count == 2:
            program._write("LATE.DNG", raw(70), 0.0)
        return strays(incoming, last)

    camera.strays = somebody_fires
    done = session(tmp_path, camera)
    assert [entry["file"] for entry in done["unassigned"]] == ["LATE.DNG"]
    assert list(raws(tmp_path).values()) == [raw(i) for i in range(1, 7)]


@pytest.mark.slow
def test_the_rail_releases_by_its_own_port(tmp_path):
    """A StackShot fires the camera, whose program saves what it took."""
    folder = tmp_path / "hot"
    folder.mkdir()
    device = PtyDevice(StackShotController(Carriage()))
    rail = StackShot(SerialLink(device.port, BAUD, STOP_ALL), speed_um_s=20_000, poll_s=0.02)
    rail.connect()
    ended = threading.Event()

    def program():
        saved = 0
        while not ended.is_set():
            if device.controller.shots > saved:
                saved += 1
                (folder / f"IMG_{saved}.DNG").write_bytes(raw(saved))
            time.sleep(0.01)

    saver = threading.Thread(target=program)
    saver.start()
    camera = HotFolder(folder, "raw", rail.fire, 5, quiet_s=0.05, poll_s=0.02)
    axis = Axis(rail, TravelConfig(-100, 5000, settle_s=0))
    done = capture(
        stack_in(tmp_path), plan_stack(0, 200, 100), axis, camera, CAMERA, {}, lambda line: None
    )
    ended.set()
    saver.join()
    rail.close()
    device.close()
    assert device.controller.shots == 3
    assert list(raws(tmp_path).values()) == [raw(1), raw(2), raw(3)]
    assert done["rig"]["rail"]["serial_number"] == "SS0042"


def test_a_copy_that_is_not_what_was_in_the_folder_is_no_frame(hot, tmp_path, monkeypatch):
    def bad_drive(source, target):
        target.write_bytes(source.read_bytes()[:-1] + b"?")
        return target

    monkeypatch.setattr("hardware.cameras.hot_folder.copy_new", bad_drive)
    camera, _ = hot()
    with pytest.raises(CameraError, match=r"IMG_0001\.DNG changed while it was copied"):
        camera.shoot(tmp_path, 1)


def test_where_the_rail_cannot_tell_whether_it_fired_the_file_tells(hot, tmp_path):
    camera, program = hot()

    def doubtful():
        program.release()
        raise DoubtfulReleaseError("rail: whether it released is not known")

    camera._release = doubtful
    assert [path.name for path in camera.shoot(tmp_path, 1)] == ["IMG_0001.DNG"]


@pytest.mark.slow
def test_a_long_exposure_is_waited_for_by_what_the_last_frame_tells(hot, tmp_path, monkeypatch):
    monkeypatch.setattr("hardware.cameras.camera.READOUT_S", 1.0)
    camera, _ = hot({2: [("A.DNG", raw(2), 0.9)]}, timeout_s=0.3)
    camera.shoot(tmp_path, 1)
    assert [path.name for path in camera.shoot(tmp_path, 2)] == ["A.DNG"]


def test_what_was_there_before_is_left_alone(hot, tmp_path):
    (tmp_path / "hot" / "OLD.DNG").write_bytes(raw(99))
    camera, _ = hot()
    assert [path.name for path in camera.shoot(tmp_path, 1)] == ["IMG_0001.DNG"]


def test_settings_cannot_be_set_and_that_is_told(hot):
    camera, _ = hot()
    with pytest.raises(CameraError, match="cannot set aperture"):
        camera.apply({"aperture": "8"})


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(CameraError, match="does not exist"):
        HotFolder(tmp_path / "nowhere", "raw", lambda: None)
