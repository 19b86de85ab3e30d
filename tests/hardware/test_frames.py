"""Whole frames are known from broken ones, and told what they say."""

import shutil

import pytest

from hardware.errors import CameraError
from hardware.frames import inspect


def test_real_raws_open_and_tell(shared_data):
    canon = inspect(shared_data / "raw" / "canon_eos6d_lossy_linear.dng")
    assert (canon.kind, canon.width_px, canon.height_px) == ("raw", 1224, 816)
    assert canon.told["aperture_f"] == 5.6
    assert canon.told["iso"] == 1000
    assert inspect(shared_data / "raw" / "RAW_KODAK_DC50.KDC").kind == "raw"


def test_a_raw_without_exif_folder_tells_beside_it(shared_data):
    facts = inspect(shared_data / "raw-derived-pcb" / "pcb_001.dng")
    assert facts.told["aperture_f"] == 4.0
    assert facts.told["exposure_s"] == pytest.approx(1 / 60)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Canon-R6-pruned.CR3", "Canon-R6-pruned.CR3: truncated: LibRaw comes to the end"),
        ("02_jxl_linear_raw_float.dng", "compressed with JPEG XL"),
        ("iphone12pro_headeronly_decodes_black.dng", "truncated with nothing but its header left"),
    ],
)
def test_real_broken_raws_are_refused(shared_data, name, says):
    with pytest.raises(CameraError, match=says):
        inspect(shared_data / "raw-broken" / name)


@pytest.mark.parametrize("left", [-2, 3_000_000, 4000, 0])
def test_a_truncated_raw_is_refused(shared_data, tmp_path, left):
    short = tmp_path / "short.dng"
    shutil.copy(shared_data / "raw-derived-pcb" / "pcb_001.dng", short)
    short.chmod(0o644)
    short.write_bytes(short.read_bytes()[:left])
    with pytest.raises(CameraError, match=r"short\.dng: (truncated|the file is empty)"):
        inspect(short)
