"""Development of raws: the same for every frame, true in colour, clear about what it cannot do."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
import rawpy
import tifffile
from scipy.ndimage import binary_erosion

from hardware.virtual import dng, sensor
from imaging.errors import ImagingError
from imaging.frames import camera_colour, colour, photographs, quick_look, raws
from imaging.frames.conversion import by_settings
from imaging.frames.inspection import inspect
from imaging.frames.profile_writer import colorants

FACTS = dng.Facts("Holostack", "T", "1", "none", 50.0, 4.0, 1 / 60, 100, "2026:01:01 12:00:00", "")


def test_a_raw_derived_from_a_photograph_develops_to_that_photograph(shared_data):
    path = shared_data / "raw-derived-pcb" / "pcb_001.dng"
    developed = raws.develop(path, raws.decide(path, colour_space="srgb"))
    wanted = photographs.read(shared_data / "stack-pcb-usb" / "pcb_001.jpg").pixels
    error = np.mean((developed.astype(np.float64) - wanted) ** 2)
    assert 10 * np.log10(65535.0**2 / error) > 40.0
    # No cast: the mean of each channel agrees to half a percent of the range.
    assert np.abs(developed.mean((0, 1)) - wanted.mean((0, 1))).max() < 0.005 * 65535


@pytest.mark.parametrize(
    "name",
    [
        "rawpipe_colorchecker_realsensor_cfa.dng",
        "RAW_KODAK_DC50.KDC",
        "canon_eos6d_lossy_linear.dng",
    ],
)
def test_fixing_the_levels_changes_nothing_for_the_frame_they_come_from(shared_data, name):
    path = shared_data / "raw" / name
    development = raws.decide(path, colour_space="srgb")
    with rawpy.imread(str(path)) as plain:
        wanted = plain.postprocess(
            user_wb=list(development.white_balance),
            gamma=(2.4, 12.92),
            output_bps=16,
            no_auto_bright=True,
            adjust_maximum_thr=0.0,
            user_flip=0,
        )
    assert np.array_equal(raws.develop(path, development), wanted)


def test_all_that_libraw_would_decide_frame_by_frame_is_decided_once(demo):
    first, last = demo / "pcb-raw" / "pcb_001.dng", demo / "pcb-raw" / "pcb_007.dng"
    development = raws.decide(first)
    assert development.white_balance == (2.0, 1.0, 1.6, 1.0)
    assert development.black_level == (512, 512, 512, 512)
    assert development.white_level == 16383
    assert raws.decide(last) == development


def test_a_sensor_value_means_the_same_light_whatever_else_is_in_the_frame(tmp_path, demo):
    # LibRaw's automatic white level and brightness would make the darker frame brighter.
    path = demo / "pcb-raw" / "pcb_001.dng"
    with tifffile.TiffFile(path) as tif:
        offset, count = tif.pages.first.dataoffsets[0], tif.pages.first.databytecounts[0]
    content = bytearray(path.read_bytes())
    sensor = np.frombuffer(content, "<u2", count // 2, offset)
    sensor[:] = np.minimum(sensor, 6000)
    darker = tmp_path / "darker.dng"
    darker.write_bytes(content)
    development = raws.decide(path, demosaic="LINEAR")
    one, other = raws.develop(path, development), raws.develop(darker, development)
    dim = one.max(2) < 20000
    # Leave a margin round what was cut off: demosaicing looks at neighbours.
    dim = binary_erosion(dim, iterations=4)
    assert dim.sum() > 1000
    assert np.array_equal(one[dim], other[dim])


def test_without_a_white_balance_of_the_camera_daylight_is_taken_and_said(shared_data):
    development = raws.decide(shared_data / "raw" / "emubayer_cfa_1024.dng")
    assert development.white_balance_from == "daylight"
    assert min(development.white_balance) > 0


def test_multipliers_from_the_configuration_are_used(demo):
    path = demo / "pcb-raw" / "pcb_001.dng"
    development = raws.decide(path, white_balance=(1.0, 1.0, 1.6))
    assert development.white_balance == (1.0, 1.0, 1.6, 1.0)
    warm, cold = raws.develop(path, raws.decide(path)), raws.develop(path, development)
    assert warm[..., 0].mean() > 1.2 * cold[..., 0].mean()


def test_the_same_raw_gives_the_same_pixels(demo):
    path = demo / "pcb-raw" / "pcb_004.dng"
    development = raws.decide(path)
    assert np.array_equal(raws.develop(path, development), raws.develop(path, development))


def test_the_sensor_orientation_is_kept(shared_data):
    # The file asks for a turn by 90 degrees; the master makes it, not the conversion.
    path = shared_data / "raw" / "canon_eos6d_lossy_linear.dng"
    assert raws.develop(path, raws.decide(path)).shape == (816, 1224, 3)


@pytest.mark.parametrize("demosaic", raws.DEMOSAIC)
def test_every_offered_demosaic_is_in_this_libraw(demo, demosaic):
    path = demo / "pcb-raw" / "pcb_004.dng"
    assert raws.develop(path, replace(raws.decide(path), demosaic=demosaic)).shape == (600, 800, 3)


@pytest.fixture(scope="module")
def truth(demo):
    """A photograph's light, every px of which has three measured colours, (300, 400, 3)."""
    photograph = cv2.imread(str(demo / "pcb-jpeg" / "pcb_003.jpg"))[..., ::-1]
    light = cv2.resize((photograph / 255.0) ** 2.2, None, fx=0.5, fy=0.5, interpolation=3)
    return light.astype(np.float32)


def far_from(truth, developed):
    """Decibels of the error in what is seen, the frame's border left out."""
    seen = np.clip(developed / 65535.0, 0, 1) ** (1 / 2.2) - truth ** (1 / 2.2)
    return -10 * np.log10(np.mean(seen[8:-8, 8:-8] ** 2))


@pytest.mark.parametrize("iso", [100, 1600])
def test_directional_is_nearer_to_the_truth_than_ahd(tmp_path, truth, iso):
    path = tmp_path / "frame.dng"
    light = truth / np.float32(0.55 * iso / 100)
    mosaic = sensor.record(light, sensor.Exposure(4.0, 1 / 60, iso), np.random.default_rng(1))
    path.write_bytes(dng.dng_bytes(mosaic, FACTS))
    directional = raws.decide(path, "DIRECTIONAL", colour_space="srgb")
    assert directional.demosaic == "DIRECTIONAL"
    gained = [
        far_from(truth, light_of(raws.develop(path, replace(directional, demosaic=name))))
        for name in ("DIRECTIONAL", "AHD")
    ]
    assert gained[0] > gained[1] + 1.5


def light_of(developed):
    return colour.decode(colour.SPACES["srgb"], developed / 65535.0) * 65535.0


@pytest.mark.parametrize("space", colour.SPACES)
@pytest.mark.parametrize("highlights", raws.HIGHLIGHTS)
@pytest.mark.parametrize("white_balance", ["camera", "none", (2.5, 1.0, 0.7)])
def test_directional_has_libraws_colours(tmp_path, space, highlights, white_balance):
    # Fields so large that there is nothing to interpolate within, some over white, some black.
    rng = np.random.default_rng(3)
    fields = rng.integers(200, 16383, (8, 8, 2, 2))
    fields[..., 1, 0] = fields[..., 0, 1]
    fields[0], fields[1, :4] = 16383, 300
    mosaic = np.tile(fields, (1, 1, 8, 8)).transpose(0, 2, 1, 3).reshape(128, 128)
    path = tmp_path / "frame.dng"
    path.write_bytes(dng.dng_bytes(mosaic.astype(np.uint16), FACTS))
    directional = raws.decide(path, "DIRECTIONAL", highlights, space, white_balance)
    assert directional.demosaic == "DIRECTIONAL"
    found = raws.develop(path, directional).astype(int)
    wanted = raws.develop(path, replace(directional, demosaic="LINEAR"))
    inside = np.arange(128) % 16 // 2 == 4
    difference = np.abs(found - wanted)[inside][:, inside]
    # One of the last bit before the curve, which is steep in the dark.
    exact = space == "srgb" and highlights == "clip"
    # LibRaw has no eciRGB; there its picture goes by another space, which is rounded too.
    assert (difference > 0).mean() <= (0 if exact else 0.5 if space == "eci-rgb" else 0.1)
    assert difference.max() <= (0 if exact else 40)


def test_what_is_no_plain_bayer_raw_is_demosaiced_by_libraw(shared_data, monochrome):
    names = ["canon_eos6d_lossy_linear.dng", "RAW_KODAK_C330_FORMAT_NONE_YRGB.raw"]
    # The latter has no matrix from its colours to others.
    names += ["adobe_hdr_sdr_profiles_1000x100.dng", "RAW_KODAK_DC50.KDC"]
    for path in [*(shared_data / "raw" / name for name in names), monochrome[0]]:
        assert raws.decide(path, "DIRECTIONAL").demosaic == "AHD"


def test_a_raw_whose_values_libraw_mends_is_demosaiced_by_libraw(demo, monkeypatch):
    path = demo / "pcb-raw" / "pcb_004.dng"
    assert raws.decide(path, "DIRECTIONAL").demosaic == "DIRECTIONAL"
    # As of cameras whose zeros LibRaw fills up: what it starts from is not what is stored.
    libraws = camera_colour.scales

    def others(*given, **options):
        scale, end = libraws(*given, **options)
        return scale * np.float32(1.0001), end

    monkeypatch.setattr(camera_colour, "scales", others)
    assert raws.decide(path, "DIRECTIONAL").demosaic == "AHD"


def test_a_frame_of_another_kind_than_the_first_is_refused(demo, shared_data):
    development = raws.decide(demo / "pcb-raw" / "pcb_004.dng", "DIRECTIONAL")
    with pytest.raises(ImagingError, match=r"canon_.*: its sensor values are of another kind"):
        raws.develop(shared_data / "raw" / "canon_eos6d_lossy_linear.dng", development)


def test_a_file_that_libraw_cannot_read_is_named(shared_data):
    with pytest.raises(ImagingError, match=r"raw_float.dng: a DNG compressed with JPEG XL"):
        raws.decide(shared_data / "raw-broken" / "02_jxl_linear_raw_float.dng")


@pytest.fixture
def monochrome(tmp_path):
    """A linear raw of one channel, as Leica's and Pentax's monochrome cameras write it."""
    values = np.random.default_rng(5).integers(256, 16384, (60, 80), dtype=np.uint16)
    values[0, :2] = 256, 16383
    tags = [
        (50706, 1, 4, bytes([1, 4, 0, 0]), False),
        (50707, 1, 4, bytes([1, 1, 0, 0]), False),
        (50708, 2, 0, "Example Monochrom", False),
        (50713, 3, 2, (1, 1), False),
        (50714, 4, 1, 256, False),
        (50717, 4, 1, 16383, False),
    ]
    path = tmp_path / "L0001.dng"
    tifffile.imwrite(path, values, photometric="minisblack", extratags=tags, metadata=None)
    with tifffile.TiffFile(path, mode="r+") as tif:
        tif.pages.first.tags[262].overwrite(34892)
    return path, values


@pytest.mark.parametrize("white_balance", ["camera", "none", (2.1, 1.0, 1.6)])
def test_a_monochrome_raw_becomes_a_grey_picture(monochrome, white_balance):
    path, values = monochrome
    found = inspect(path)
    assert (found.format, found.kind, found.white_balance) == ("dng", "raw", None)
    development = raws.decide(path, white_balance=white_balance)
    assert development.white_balance == (1.0, 1.0, 1.0, 1.0)
    pixels = raws.develop(path, development)
    assert pixels.shape == (60, 80, 3)
    assert np.array_equal(pixels[..., 0], pixels[..., 1])
    assert np.array_equal(pixels[..., 0], pixels[..., 2])
    light = (values.astype(np.float64) - 256) / (16383 - 256)
    found_light = (pixels[..., 0] / 65535) ** (563 / 256)
    assert np.abs(found_light - light).max() < 2e-4


def test_a_quick_look_is_the_green_of_each_quartet_as_libraw_has_it(demo):
    path = demo / "pcb-raw" / "pcb_001.dng"
    quick = quick_look.half_size_green(path)
    with rawpy.imread(str(path)) as raw:
        values, pattern = raw.raw_image_visible.astype(int), raw.raw_pattern
        whole = raw.postprocess(half_size=True, output_bps=8, user_flip=0)[..., 1]
    assert quick.shape == whole.shape == tuple(side // 2 for side in values.shape)
    assert np.corrcoef(quick.ravel(), whole.ravel())[0, 1] > 0.95
    assert quick.min() < 30 and np.median(quick) > 30 and (quick == 255).mean() > 0.005
    # Brighter where the two green px are, quartet by quartet.
    quartets = values.reshape(quick.shape[0], 2, quick.shape[1], 2)
    places = np.argwhere(np.isin(pattern, [1, 3]))
    green = sum(quartets[:, row, :, column] // 2 for row, column in places)
    order = np.argsort(green, axis=None)
    assert (np.diff(quick.ravel()[order].astype(int)) >= 0).all()


def test_a_quick_look_at_a_monochrome_raw_is_grey(monochrome):
    assert quick_look.half_size_green(monochrome[0]).ndim == 2


@pytest.mark.parametrize("fill", [b"\0", b"\xff"], ids=["zeros", "ones"])
@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_a_vendors_raw_whose_end_is_blank_is_refused_or_told(shared_data, tmp_path, kept, fill):
    for name in ("RAW_KODAK_DC50.KDC", "RAW_KODAK_C330_FORMAT_NONE_YRGB.raw"):
        whole = (shared_data / "raw" / name).read_bytes()
        at = int(len(whole) * kept) // 4096 * 4096
        (tmp_path / name).write_bytes(whole[:at] + fill * (len(whole) - at))
        try:
            said = " ".join(inspect(tmp_path / name).doubts)
        except ImagingError as error:
            said = str(error)
        assert f"from byte {at:,} on the file holds only" in said


def test_what_a_camera_fills_its_file_up_with_is_no_damage(shared_data, tmp_path):
    for name in ("RAW_KODAK_DC50.KDC", "rawpipe_colorchecker_realsensor_cfa.dng"):
        whole = (shared_data / "raw" / name).read_bytes()
        (tmp_path / name).write_bytes(whole + bytes(-len(whole) % 512 + 512))
        assert inspect(tmp_path / name).doubts == ()


@pytest.mark.parametrize("demosaic", ["DIRECTIONAL", "AHD"])
def test_ecirgb_is_another_way_to_write_the_same_colours(demo, demosaic):
    path = demo / "pcb-raw" / "pcb_004.dng"
    light = []
    for space in ("prophoto", "eci-rgb"):
        pixels = raws.develop(path, raws.decide(path, demosaic, colour_space=space))
        decoded = colour.decode(colour.SPACES[space], pixels[::4, ::4] / 65535.0)
        light.append(decoded @ colorants(colour.SPACES[space]).T)
    # In shares of white; where nothing lies outside either space, all but rounding is alike.
    assert np.quantile(np.abs(light[0] - light[1]), 0.99) < 1e-3
    assert light[0].std() > 0.05


def test_a_monochrome_raw_is_grey_in_ecirgb(monochrome):
    path = monochrome[0]
    grey, wanted = (
        raws.develop(path, raws.decide(path, colour_space=space)) for space in ("eci-rgb", "srgb")
    )
    assert (grey == grey[..., :1]).all()
    light = colour.decode(colour.SPACES["eci-rgb"], grey / 65535.0)
    assert light == pytest.approx(light_of(wanted) / 65535.0, abs=1e-3)


@pytest.mark.parametrize("demosaic", ["DIRECTIONAL", "AHD"])
@pytest.mark.parametrize("space", ["adobe-rgb", "eci-rgb"])
def test_a_matrix_of_ones_own_takes_the_place_of_libraws(demo, demosaic, space):
    path = demo / "pcb-raw" / "pcb_004.dng"
    usual = raws.decide(path, demosaic, colour_space=space)
    with rawpy.imread(str(path)) as raw:
        libraws = tuple(float(value) for value in raw.color_matrix[:, :3].ravel())
    again = raws.decide(path, demosaic, colour_space=space, camera_matrix=libraws)
    off = np.abs(raws.develop(path, usual).astype(int) - raws.develop(path, again))
    # A step of linear light, where the curve is steep.
    assert np.quantile(off, 0.99) <= (0 if demosaic == "DIRECTIONAL" else 40)
    grey = raws.decide(path, demosaic, colour_space=space, camera_matrix=(1 / 3,) * 9)
    pixels = raws.develop(path, grey).astype(int)
    assert np.abs(pixels - pixels[..., :1]).max() <= 200
    assert pixels.std() > 5000


def test_a_monochrome_raw_needs_no_matrix(monochrome):
    assert raws.decide(monochrome[0], camera_matrix=(1 / 3,) * 9).camera_matrix is None


def colour_dng(path, *, matrix=True, neutral=True, extra=()):
    """A linear raw of three colours, with or without what says what they are."""
    values = np.random.default_rng(6).integers(256, 16384, (60, 80, 3), dtype=np.uint16)
    tags = [
        (50706, 1, 4, bytes([1, 4, 0, 0]), False),
        (50708, 2, 0, "Example Unknown", False),
        (50717, 4, 1, 16383, False),
        *extra,
    ]
    if matrix:
        xyz = [6722, -635, -963, -4287, 12460, 2028, -908, 2162, 5668]
        tags.append((50721, 10, 9, [part for one in xyz for part in (one, 10_000)], False))
    if neutral:
        tags.append((50728, 5, 3, [1, 2, 1, 1, 1, 2], False))
    tifffile.imwrite(path, values, photometric="rgb", extratags=tags, metadata=None)
    with tifffile.TiffFile(path, mode="r+") as tif:
        tif.pages.first.tags[262].overwrite(34892)
    return path


def test_colours_that_nothing_says_are_told_and_end_by_a_matrix_and_a_balance(tmp_path):
    assert raws.decide(colour_dng(tmp_path / "whole.dng")).doubts == ()
    path = colour_dng(tmp_path / "matrix.dng", matrix=False)
    (doubt,) = raws.decide(path).doubts
    assert "no colour matrix" in doubt and "convert.camera_matrix" in doubt
    assert raws.decide(path, camera_matrix=tuple(np.eye(3).ravel())).doubts == ()
    path = colour_dng(tmp_path / "balance.dng", neutral=False)
    (doubt,) = raws.decide(path).doubts
    assert "that of daylight" in doubt and "convert.white_balance" in doubt
    for chosen in ("daylight", "none", (2.0, 1.0, 1.5)):
        assert raws.decide(path, white_balance=chosen).doubts == ()
    path = colour_dng(tmp_path / "neither.dng", matrix=False, neutral=False)
    assert "; none is taken" in raws.decide(path).doubts[1]
    assert "doubts" not in raws.decide(path).as_record()


def test_doubts_of_colour_are_warnings_of_the_conversion(tmp_path):
    path = colour_dng(tmp_path / "matrix.dng", matrix=False)
    settings = {"demosaic": "AHD", "highlights": "clip", "colour_space": "srgb"}
    settings |= {"white_balance": "camera", "camera_matrix": None}
    assert by_settings(path, None, settings).warnings == (raws.NO_MATRIX,)


def test_a_raw_whose_pixels_are_not_square_is_refused_with_what_to_do(tmp_path):
    path = colour_dng(tmp_path / "a.dng", extra=[(50718, 5, 2, [1, 1, 2, 1], False)])
    with pytest.raises(ImagingError, match=r"not square \(1 to 0\.5\).* 16-bit TIFF"):
        inspect(path)
