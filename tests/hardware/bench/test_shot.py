"""A test frame."""

import json

import pytest
from PIL import Image

from hardware.errors import CameraError


def test_a_test_shot_overwrites_none(bench):
    out = bench.folder / "shots"
    bench("shot", "--out", out)
    output = bench("shot", "--out", out)
    assert sorted(path.name for path in out.iterdir()) == ["VIRT0000.dng", "VIRT0000_1.dng"]
    assert "96 × 72 px, f/4, 1/60 s, ISO 100, 2024-01-01 12:00:00" in output


def test_a_test_shot_is_judged_in_words_bars_and_json(bench):
    out = bench.folder / "shots"
    output = bench("shot", "--out", out)
    for name in ("red", "green", "blue"):
        assert f"  {name:9} |" in output
    assert "settings  aperture 4, iso 100, shutter 1/60" in output
    facts = json.loads(bench("shot", "--out", out, "--json"))
    assert facts["file"] == str(out / "VIRT0000_1.dng")
    assert facts["settings"]["shutter"] == "1/60"
    assert not facts["is_black"]
    assert {len(counts) for counts in facts["histogram"].values()} == {256}


def test_settings_that_read_otherwise_are_warned_of(bench, monkeypatch):
    read = {"aperture": "5.6", "iso": "100", "format": "NEF (Raw)"}
    monkeypatch.setattr("hardware.virtual.camera.VirtualCamera.settings", lambda self: read)
    output = bench("shot", "--out", bench.folder / "shots")
    assert "warning: aperture was set to 4, but reads 5.6" in output
    assert "iso was" not in output
    assert "format was" not in output


def test_of_a_raw_and_a_jpeg_the_stacks_kind_is_judged(bench, monkeypatch):
    from hardware.virtual.camera import VirtualCamera

    shoot = VirtualCamera.shoot

    def both(self, incoming, frame):
        Image.new("RGB", (60, 40), (9, 200, 9)).save(incoming / "A.jpg")
        return [incoming / "A.jpg", *shoot(self, incoming, frame)]

    monkeypatch.setattr(VirtualCamera, "shoot", both)
    out = bench.folder / "shots"
    first, second, *_ = bench("shot", "--out", out).splitlines()
    assert first.startswith(f"{out}/A.jpg: 60 × 40 px")
    assert second.startswith(f"{out}/VIRT0000.dng: ")


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
