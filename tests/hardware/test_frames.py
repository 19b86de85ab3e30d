"""Whole frames are known from broken ones, and told what they say."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import hardware
from hardware.errors import CameraError
from hardware.frames import inspect
from imaging.errors import ImagingError
from imaging.frames import inspection


def test_real_raws_open_and_tell(shared_data):
    canon = inspect(shared_data / "raw" / "canon_eos6d_lossy_linear.dng")
    assert (canon.kind, canon.width_px, canon.height_px) == ("raw", 1224, 816)
    assert canon.exif["aperture_f"] == 5.6
    assert canon.exif["iso"] == 1000
    assert inspect(shared_data / "raw" / "RAW_KODAK_DC50.KDC").kind == "raw"


def test_a_raw_without_exif_folder_tells_beside_it(shared_data):
    facts = inspect(shared_data / "raw-derived-pcb" / "pcb_001.dng")
    assert facts.exif["aperture_f"] == 4.0
    assert facts.exif["exposure_s"] == pytest.approx(1 / 60)


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


def test_the_bench_refuses_what_the_ledger_refuses_and_in_its_words(tmp_path):
    path = tmp_path / "DSC00001.JPG"
    picture = np.random.default_rng(1).integers(0, 256, (40, 60, 3), np.uint8)
    Image.fromarray(picture).save(path, icc_profile=b"no profile")
    with pytest.raises(ImagingError) as by_ledger:
        inspection.inspect(path)
    with pytest.raises(CameraError) as at_bench:
        inspect(path)
    assert str(at_bench.value) == f"DSC00001.JPG: {by_ledger.value}"


def test_the_first_frame_with_the_lens_covered_is_known_at_the_bench(tmp_path):
    path = tmp_path / "dark.jpg"
    Image.fromarray(np.random.default_rng(1).integers(0, 2, (40, 60, 3), np.uint8)).save(path)
    with pytest.raises(CameraError, match="was the lens covered or the light off"):
        inspect(path)


@pytest.mark.slow
def test_the_bench_starts_by_hand_without_a_path_to_the_libraries():
    root = Path(hardware.__file__).resolve().parents[1]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-m", "hardware", "--help"]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    assert done.returncode == 0 and "usage: python -m hardware" in done.stdout
