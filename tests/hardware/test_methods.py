"""Every way of working that the bench guide lists, from rig.yaml to a complete record."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from hardware.commands import main
from hardware.errors import RigError
from tests.hardware.cameras.test_gphoto import FAKE
from tests.hardware.cameras.test_hot_folder import raw
from tests.hardware.test_kill import small_rig


@dataclass
class Bench:
    """A rig.yaml whose rail and camera are set anew, and its commands."""

    rig: Path

    def use(self, rail: dict, camera: dict) -> None:
        """Describe the rail and the camera."""
        config = yaml.safe_load(self.rig.read_text())
        config["rail"], config["camera"] = rail, {"bytes_per_frame": 1000, **camera}
        config["stack"]["end_um"] = 200
        self.rig.write_text(yaml.safe_dump(config))

    def run(self, *words: str) -> None:
        """Run one command."""
        main(["--rig", str(self.rig), *words])

    def capture(self) -> dict:
        """Capture the three frames of the stack; the record."""
        folder = self.rig.parent
        out = folder / "capture.json"
        self.run(
            *("capture", "--specimen", "S-1", "--view", "top"),
            *("--raw", str(folder / "raw"), "--out", str(out)),
        )
        record = json.loads(out.read_text())
        files = [(folder / "raw" / entry["file"]).read_bytes() for entry in record["frames"]]
        assert files == [raw(1), raw(2), raw(3)]
        assert [entry["asked_um"] for entry in record["frames"]] == [0, 100, 200]
        return record


@pytest.fixture
def bench(tmp_path):
    return Bench(small_rig(tmp_path))


@pytest.fixture
def tethered(tmp_path, monkeypatch):
    """What rig.yaml says of a camera on a cable; the stand-in delivers raw 1, 2, 3 …"""
    frames = tmp_path / "frames"
    frames.mkdir()
    for number in range(1, 9):
        (frames / f"{number}.dng").write_bytes(raw(number))
    (tmp_path / "state-of-camera").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(FAKE))
    monkeypatch.setenv("FAKE_GPHOTO2_STATE", str(tmp_path / "state-of-camera"))
    monkeypatch.setenv("FAKE_GPHOTO2_FRAMES", str(frames))
    return {"kind": "gphoto2", "settings": {"aperture": 8, "format": "raw"}}


class Person:
    """Somebody at the terminal who does what is asked, then presses Enter."""

    def __init__(self, hot: Path | None = None) -> None:
        self.hot, self.presses = hot, 0

    def readline(self) -> str:
        """Focus and release take turns; a release lets the camera's program save a file."""
        self.presses += 1
        if self.hot is not None and self.presses % 2 == 0:
            number = self.presses // 2
            (self.hot / f"IMG_{number}.DNG").write_bytes(raw(number))
        return "\n"


@pytest.mark.slow
@pytest.mark.parametrize("moves", ["camera", "subject"])
def test_a_rail_moves_the_camera_or_the_subject(bench, tethered, moves):
    bench.use({"kind": "grbl", "port": "virtual", "speed_um_s": 20000, "moves": moves}, tethered)
    record = bench.capture()
    assert record["rig"]["moves"] == moves
    assert record["settings"]["format"] == "RAW"
    assert [entry["reported_um"] for entry in record["frames"]] == [0, 100, 200]


@pytest.mark.slow
def test_the_focus_motor_of_the_camera_steps(bench, tethered, tmp_path):
    bench.use({"kind": "focus_motor", "um_per_step": 50}, tethered)
    # The motor turns at autofocus only.
    focusmode = {"focusmode": {"value": "One Shot", "choices": ["One Shot"]}}
    (tmp_path / "state-of-camera.widgets").write_text(json.dumps(focusmode))
    bench.run("here", "0")
    record = bench.capture()
    assert record["rig"]["rail"]["model"] == "focus motor of the camera"
    turned = (tmp_path / "state-of-camera.focus").read_text().split()
    # Play is taken up first, by one step back and one forth; then two steps to a frame.
    assert [word for word in turned if word in ("Near", "Far")] == ["Near"] + 5 * ["Far"]


@pytest.mark.slow
def test_focus_by_hand_with_a_tethered_camera(bench, tethered, monkeypatch):
    person = Person()
    monkeypatch.setattr(sys, "stdin", person)
    bench.use({"kind": "hand"}, tethered)
    record = bench.capture()
    assert record["rig"]["rail"]["model"] == "by hand"
    assert person.presses == 3


@pytest.mark.slow
def test_focus_by_hand_goes_on_after_an_interruption(bench, tethered, monkeypatch):
    class Leaves(Person):
        def readline(self) -> str:
            return super().readline() if self.presses < 2 else ""

    bench.use({"kind": "hand"}, tethered)
    monkeypatch.setattr(sys, "stdin", Leaves())
    with pytest.raises(RigError, match="nobody answers at the terminal"):
        bench.capture()
    monkeypatch.setattr(sys, "stdin", Person())
    bench.capture()


def test_focus_and_release_by_hand_into_a_hot_folder(bench, tmp_path, monkeypatch):
    hot = tmp_path / "hot"
    hot.mkdir()
    monkeypatch.setattr(sys, "stdin", Person(hot))
    hot_folder = {"kind": "hot_folder", "folder": str(hot), "release": "hand"}
    bench.use({"kind": "hand"}, {**hot_folder, "quiet_s": 0.1, "poll_s": 0.02})
    bench.capture()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["stackshot", "wemacro"])
def test_the_rail_releases_and_the_card_is_read_afterwards(bench, tmp_path, kind):
    bench.use(
        {"kind": kind, "port": "virtual", "um_per_step": 1.0, "speed_um_s": 20000},
        {"kind": "card", "release": "rail"},
    )
    bench.run("here", "0")
    with pytest.raises(RigError, match="3 frames are released and on the card"):
        bench.capture()
    card = tmp_path / "DCIM"
    card.mkdir()
    for number in (1, 2, 3):
        (card / f"IMG_{number}.DNG").write_bytes(raw(number))
    bench.run(
        *("capture", "--specimen", "S-1", "--view", "top", "--card", str(card)),
        *("--raw", str(tmp_path / "raw"), "--out", str(tmp_path / "capture.json")),
    )
    assert sorted(path.read_bytes() for path in (tmp_path / "raw").iterdir()) == sorted(
        raw(number) for number in (1, 2, 3)
    )
