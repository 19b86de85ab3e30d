"""A test frame."""

import pytest
from PIL import Image

from hardware.errors import CameraError


def test_a_test_shot_overwrites_none(bench):
    out = bench.folder / "shots"
    bench("shot", "--out", out)
    output = bench("shot", "--out", out)
    assert sorted(path.name for path in out.iterdir()) == ["VIRT0000.dng", "VIRT0000_1.dng"]
    assert "64 × 48 px, aperture_f 4, exposure_s 0.01667, iso 100" in output


def test_a_black_test_frame_is_refused_in_the_words_of_the_ledger_and_kept(bench, monkeypatch):
    """Lens covered, or the light off."""

    def black(self, incoming, frame):
        path = incoming / "DARK.jpg"
        Image.new("RGB", (60, 40)).save(path)
        return [path]

    monkeypatch.setattr("hardware.virtual.camera.VirtualCamera.shoot", black)
    out = bench.folder / "shots"
    with pytest.raises(
        CameraError, match=r"DARK\.jpg: decodes to nothing: every pixel is black"
    ) as dark:
        bench("shot", "--out", out)
    assert str(out / "DARK.jpg") in str(dark.value)
    assert (out / "DARK.jpg").exists()
