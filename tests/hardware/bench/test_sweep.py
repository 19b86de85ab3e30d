"""A focus sweep finds what is sharp, and proposes a range."""

import io
from dataclasses import replace

import numpy as np
import pytest
import yaml
from PIL import Image
from scipy import ndimage

from hardware import optics
from hardware.bench.kinds import virtual_bench
from hardware.bench.marks import read_marks
from hardware.bench.rig import opened
from hardware.bench.rigfile import read_rig
from hardware.bench.sweep import Sweep, accept, sweep
from hardware.commands import main
from hardware.errors import RailError, RigError
from hardware.rails.count import Count
from hardware.rails.hand import Hand
from hardware.virtual.camera import VirtualCamera
from tests.hardware.test_kill import small_rig


@pytest.fixture
def config(tmp_path):
    return make(tmp_path)


def make(tmp_path, seed=1):
    """A virtual rig of some 900 µm of relief, with a depth of field of 141 µm."""
    path = small_rig(tmp_path)
    about = yaml.safe_load(path.read_text())
    about["rail"]["speed_um_s"] = 50_000
    about["virtual"].update(seed=seed, width_px=320, height_px=240, relief_um=900)
    about["optics"].update(sensor_width_px=320, sensor_width_mm=1.28)
    about["travel"].update(lowest_um=-900, highest_um=4000)
    path.write_text(yaml.safe_dump(about))
    return read_rig(path)


def found(config, **part):
    with opened(config, "test") as rig:
        *_, last = sweep(rig, **part)
    return last


def truth(config):
    """Lowest and highest of what the camera sees, but for the last px of a hair; depth of field."""
    _, depth_um = VirtualCamera(virtual_bench(config), lambda: 0.0).truth(0.0)
    dof_um = optics.depth_of_field_um(config.optics.lens, config.optics.criterion)
    return *np.quantile(depth_um, [0.0005, 0.9995]), dof_um


def covers(config, last):
    """Whether a range covers the specimen to a coarse step, and little more is in it."""
    lowest_um, highest_um, dof_um = truth(config)
    coarse_um = 2 * dof_um
    assert lowest_um - 2 * dof_um <= last.start_um <= lowest_um + coarse_um
    assert highest_um - coarse_um <= last.end_um <= highest_um + 2 * dof_um
    return True


def noisy(self):
    """A live view with the noise of an amplified, smoothed signal."""
    with Image.open(io.BytesIO(PREVIEW(self))) as picture:
        pixels = np.asarray(picture, np.float32)
    grain = ndimage.gaussian_filter(
        np.random.default_rng().normal(0, 6, pixels.shape), (0.6, 0.6, 0)
    )
    stream = io.BytesIO()
    Image.fromarray(np.uint8(np.clip(pixels + grain, 0, 255))).save(stream, "JPEG", quality=85)
    return stream.getvalue()


PREVIEW = VirtualCamera.preview


@pytest.mark.slow
def test_noise_in_the_live_view_does_not_widen_the_range(config, monkeypatch):
    monkeypatch.setattr(VirtualCamera, "preview", noisy)
    assert covers(config, found(config))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 7])
def test_the_range_found_covers_the_specimen_and_little_more(tmp_path, seed):
    config = make(tmp_path, seed)
    last = found(config)
    assert covers(config, last)
    assert last.done
    assert list(last.positions_um) == sorted(last.positions_um)
    assert last.told[0].startswith("sharp from ")


@pytest.mark.slow
def test_without_live_view_it_looks_at_frames_and_keeps_none(config, tmp_path, monkeypatch):
    monkeypatch.setattr("hardware.bench.sweep.of_camera", lambda camera: [])
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert covers(config, found(config, from_um=-600, to_um=1500))
    assert list(tmp_path.rglob("*.dng")) == []


@pytest.mark.slow
def test_it_is_seen_as_it_goes_and_sets_nothing_by_itself(config):
    shown = []
    with opened(config, "test") as rig:
        stood_um = rig.axis.position_um()
        steps = list(sweep(rig, shown=lambda um, jpeg: shown.append((um, jpeg[:2]))))
        assert rig.axis.position_um() == stood_um
    assert [len(one.positions_um) for one in steps[:-1]] == list(range(1, len(steps)))
    assert [one.done for one in steps] == [False] * (len(steps) - 1) + [True]
    assert [um for um, _ in shown[:3]] == list(steps[2].positions_um)
    assert {start for _, start in shown} == {b"\xff\xd8"}
    assert read_marks(config).ends() == {}


def test_it_can_be_stopped_after_any_position(config):
    with opened(config, "test") as rig:
        under_way = sweep(rig)
        some = [next(under_way) for _ in range(4)]
        under_way.close()
        with pytest.raises(RigError, match="run a sweep to its end first"):
            accept(rig, some[-1])
    assert read_marks(config).ends() == {}


def empty(self):
    """A card without any structure: all that is seen is noise."""
    scene = SCENE(self)
    card = scene.layers[0]
    bare = replace(
        card,
        height_um=np.zeros_like(card.height_um),
        rgb=np.full_like(card.rgb, 0.4),
        cover=np.ones_like(card.cover),
    )
    return replace(scene, layers=(bare,))


SCENE = VirtualCamera.scene


def noise(self):
    """A live view of noise alone."""
    pixels = np.random.default_rng().normal(120, 6, (240, 320))
    stream = io.BytesIO()
    Image.fromarray(np.uint8(np.clip(pixels, 0, 255))).save(stream, "JPEG", quality=80)
    return stream.getvalue()


@pytest.mark.parametrize("looks", ["live", pytest.param("frames", marks=pytest.mark.slow)])
def test_where_nothing_is_sharp_it_says_so_and_proposes_nothing(config, monkeypatch, looks):
    monkeypatch.setattr(VirtualCamera, "scene", empty)
    monkeypatch.setattr(VirtualCamera, "preview", noise)
    if looks == "frames":
        monkeypatch.setattr("hardware.bench.sweep.of_camera", lambda camera: [])
    last = found(config)
    assert (last.start_um, last.end_um, last.done) == (None, None, True)
    assert last.told[0].startswith("nothing is sharp anywhere from -840.0 to 4000.0 µm")


@pytest.mark.slow
def test_a_part_that_cuts_the_specimen_says_at_which_end(config):
    last = found(config, from_um=300)
    assert any("still sharp at the lowest position" in line for line in last.told)
    assert not any("highest position" in line for line in last.told)


@pytest.mark.slow
def test_long_steps_are_told_and_looked_closer_between_where_it_is_sharpest(config):
    last = found(config, step_um=900)
    assert any("thin parts may be missed" in line for line in last.told)
    assert covers(config, last)


@pytest.mark.parametrize(
    ("part", "error", "says"),
    [
        ({"from_um": 500, "to_um": 500}, RigError, "is no way"),
        ({"from_um": 0, "to_um": 9000}, RailError, "outside the travel"),
        ({"from_um": -900}, RailError, "outside the travel"),
        ({"step_um": -5.0}, RigError, "is no way"),
    ],
)
def test_what_cannot_be_looked_through_is_refused_before_anything_moves(config, part, error, says):
    with opened(config, "test") as rig:
        before_um = rig.axis.position_um()
        with pytest.raises(error, match=says):
            next(sweep(rig, **part))
        assert rig.axis.position_um() == before_um


def test_a_rail_that_is_moved_by_hand_is_refused(config):
    with opened(config, "test") as rig:
        rig.axis.rail = Hand(Count())
        with pytest.raises(RigError, match="moved by hand"):
            next(sweep(rig))


@pytest.mark.parametrize(("kind", "release"), [("card", "rail"), ("hot_folder", "hand")])
def test_a_camera_without_frames_of_its_own_is_not_released_for_a_look(
    config, monkeypatch, kind, release
):
    def released(self, incoming, frame):
        raise AssertionError

    monkeypatch.setattr(VirtualCamera, "shoot", released)
    monkeypatch.setattr("hardware.bench.sweep.of_camera", lambda camera: [])
    with opened(config, "test") as rig:
        camera = replace(config.camera, kind=kind, release=release)
        other = replace(rig, config=replace(config, camera=camera))
        with pytest.raises(RigError, match="needs live view, or frames"):
            next(sweep(other))
        assert rig.axis.position_um() == 0


@pytest.mark.slow
def test_the_command_shows_the_curve_and_sets_the_range_only_when_told_to(config, capsys):
    part = ("--from-um", "-600", "--to-um", "1500", "--step-um", "300")
    main(["--rig", str(config.path), "sweep", *part])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:2] == ["-600.0", "µm"]
    assert "█" in "".join(lines)
    assert lines[-1].startswith("to take it: python -m hardware start ")
    assert read_marks(config).ends() == {}
    main(["--rig", str(config.path), "sweep", *part, "--accept"])
    lines = capsys.readouterr().out.splitlines()
    ends = read_marks(config).ends()
    assert lines[-2:] == [f"{name} is {um:.1f} µm" for name, um in ends.items()]
    assert covers(config, Sweep(start_um=ends["start"], end_um=ends["end"]))
