"""Rails and cameras, opened as rig.yaml describes them."""

import pytest

from hardware.bench import moving
from hardware.bench.rig import opened
from hardware.bench.rigfile import read_rig
from hardware.bench.shot import shot
from hardware.bench.status import of_open
from hardware.errors import RigError
from tests.hardware.cameras.test_gphoto import jpeg
from tests.hardware.rigs import captured
from tests.hardware.test_kill import small_rig


@pytest.mark.parametrize("kind", ["grbl", "stackshot", "wemacro"])
def test_every_emulated_rail_captures(bench, kind):
    rail = {"kind": kind, "um_per_step": 1.0}
    bench("plan", rail=rail)
    if kind == "wemacro":
        with pytest.raises(RigError, match="hardware here 0"):
            bench("goto", "0")
        output = bench("status")
        assert "position  not known\nwarning   rail: where the WeMacro stands" in output
        assert "camera    Holostack Virtual camera" in output
        bench("here", "0")
    record = captured(bench, "--start-um=0", "--end-um=200")
    assert len(record["frames"]) == 3
    for entry in record["frames"]:
        assert entry["reported_um"] == pytest.approx(entry["asked_um"], abs=0.5)


@pytest.mark.slow
def test_a_real_libgphoto2_camera_from_rig_yaml(bench, monkeypatch):
    store = bench.folder / "store"
    store.mkdir()
    (store / "a.jpg").write_bytes(jpeg(1))
    monkeypatch.setenv("VCAMERADIR", str(store))
    camera = {"kind": "gphoto2", "file": "jpeg", "settings": {"aperture": 5.6}}
    output = bench("status", camera=camera)
    assert "Nikon DSC D750" in output
    bench("shot", "--out", bench.folder / "shots")
    record = captured(bench, "--start-um=0", "--end-um=0")
    assert record["settings"]["aperture"] == "f/5.6"
    assert len(record["frames"]) == 1


def test_an_open_rig_serves_many_commands_under_one_lock(tmp_path):
    config = read_rig(small_rig(tmp_path))
    with opened(config, "bench") as rig:
        assert moving.goto(rig, 300) == "300.0 µm"
        assert moving.mark(rig, "start", None) == "start is 300.0 µm"
        assert moving.jog(rig, 100) == "400.0 µm"
        assert moving.here(rig, 1000) == "the rail stands at 1000.0 µm; start stays 300.0 µm"
        assert moving.goto(rig, 1100) == "1100.0 µm"
        line, *_ = shot(rig, tmp_path / "shots")
        assert "VIRT0000.dng: 96 × 72 px" in line
        assert "position  1100.0 µm" in list(of_open(rig))
        with pytest.raises(RigError, match="in use: bench, by"), opened(config, "another"):
            pass
    with opened(config, "after") as rig:
        assert rig.axis.position_um() == 1100
        assert rig.axis.lost == ""


def test_a_port_that_is_not_there_is_told(bench):
    with pytest.raises(RigError, match=r"cannot open /dev/nowhere.*dialout"):
        bench("status", rail={"port": "/dev/nowhere"})
