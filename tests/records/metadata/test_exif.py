"""Capture facts: as the camera wrote them, or unknown."""

import struct
from fractions import Fraction
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from records.metadata import exif
from records.metadata.exif import Capture, read_capture
from tests.records.metadata.pictures import EXIF_IFD, jpeg_with, raf_around


def test_jpeg_with_all_facts(shared_data):
    found = read_capture(shared_data / "negative-unrelated-frames" / "misaligned1.jpg")
    assert found == Capture(
        make="SONY",
        model="ILCE-7RM5",
        lens="FE 16-35mm F2.8 GM II",
        software="Adobe Bridge 2024",
        copyright=found.copyright,
        artist=found.artist,
        aperture=Fraction(11),
        exposure_s=Fraction(1, 160),
        focal_length_mm=Fraction(18),
        iso=100,
        exposure_bias_ev=Fraction(0),
        exposure_program=1,
        metering_mode=5,
        flash=16,
        white_balance="auto",
        date_time_original="2024:08:31 13:06:48",
        subsec_time_original="183",
        offset_time_original="-07:00",
        orientation=1,
    )
    assert found.camera == "SONY ILCE-7RM5"
    assert found.taken_at == "2024-08-31T13:06:48.183-07:00"


def test_dng_with_its_tags_in_ifd_0(shared_data):
    found = read_capture(shared_data / "raw-derived-pcb" / "pcb_003.dng")
    assert (found.camera, found.iso, found.aperture) == ("DerivedCam RGGB14", 200, Fraction(4))
    assert found.exposure_s == Fraction(1, 60)
    assert found.white_balance == "2.0000 1.0000 1.6000"
    assert found.taken_at == "2019-10-01T12:00:02"


def test_adobe_dng(shared_data):
    found = read_capture(shared_data / "raw" / "canon_eos6d_lossy_linear.dng")
    assert found.camera == "Canon EOS 6D"
    assert found.lens == "EF24-105mm f/4L IS USM"
    assert (found.aperture, found.exposure_s) == (Fraction(28, 5), Fraction(1, 60))
    assert (found.focal_length_mm, found.iso) == (Fraction(65), 1000)
    assert found.taken_at == "2019-06-06T07:29:51.00"
    assert (found.serial_number, found.lens_serial_number) == ("033024001432", "00001066ba")


def test_cr3(shared_data):
    found = read_capture(shared_data / "raw-broken" / "Canon-R6-pruned.CR3")
    assert found.camera == "Canon EOS R6"
    assert found.lens == "RF70-200mm F2.8 L IS USM"
    assert (found.aperture, found.exposure_s, found.iso) == (Fraction(25), Fraction(1, 4), 100)
    assert found.taken_at == "2021-05-12T12:21:21.92+02:00"


def test_raf_is_read_through_its_jpeg(shared_data, tmp_path):
    jpeg = shared_data / "stack-beetle-flicker" / "DSC_0356.jpg"
    raf = raf_around(tmp_path / "a.raf", jpeg.read_bytes())
    assert read_capture(raf) == read_capture(jpeg)


def test_f_0_of_a_bellows_is_unknown(shared_data):
    found = read_capture(shared_data / "stack-beetle-flicker" / "DSC_0356.jpg")
    assert found.camera == "NIKON D3300"
    assert found.aperture is None
    assert found.focal_length_mm is None
    assert (found.exposure_s, found.iso) == (Fraction(1, 200), 400)


def test_exact_fraction_of_an_exposure(shared_data):
    found = read_capture(shared_data / "stack-sphere-rpi" / "image03.jpg")
    assert found.exposure_s.as_integer_ratio() == (106363, 1000000)


def test_time_of_change_is_not_taken_for_that_of_exposure(shared_data):
    assert read_capture(shared_data / "raw" / "RAW_KODAK_DC50.KDC").taken_at is None
    assert read_capture(shared_data / "stack-amber-midge-jpg" / "0000.jpg").taken_at is None


@pytest.mark.parametrize(
    "name",
    [
        "raw/RAW_KODAK_C330_FORMAT_NONE_YRGB.raw",
        "raw-derived-pcb/make_cfa_dng.py",
        "stack-algae/img_1.png",
        "gt-sources/motorcycle_left.png",
    ],
)
def test_nothing_is_known_where_nothing_is_written(shared_data, name):
    assert read_capture(shared_data / name) == Capture()


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("2020:02:29 23:59:59", "2020:02:29 23:59:59"),
        ("0000:00:00 00:00:00", None),
        ("2021:02:29 10:00:00", None),
        ("    :  :     :  :  ", None),
        ("yesterday", None),
    ],
)
def test_only_dates_that_exist(tmp_path, written, known):
    assert (
        read_capture(jpeg_with(tmp_path / "a", exif={36867: written})).date_time_original == known
    )


@pytest.mark.parametrize(
    ("written", "known"), [("+05:30", "+05:30"), ("   :  ", None), ("Z", None)]
)
def test_only_offsets_that_are_offsets(tmp_path, written, known):
    tags = {36867: "2020:02:29 23:59:59", 36881: written}
    found = read_capture(jpeg_with(tmp_path / "a", exif=tags))
    assert found.offset_time_original == known
    assert found.taken_at == "2020-02-29T23:59:59" + (known or "")


@pytest.mark.parametrize(
    ("tags", "iso"),
    [({34855: 800}, 800), ({34855: 0}, None), ({34855: 65535, 34866: 102400}, 102400), ({}, None)],
)
def test_iso(tmp_path, tags, iso):
    assert read_capture(jpeg_with(tmp_path / "a", exif=tags)).iso == iso


@pytest.mark.parametrize(("written", "known"), [(6, 6), (8, 8), (0, 1), (9, 1)])
def test_orientation(tmp_path, written, known):
    assert read_capture(jpeg_with(tmp_path / "a", image={274: written})).orientation == known


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("NIKON CORPORATION", "NIKON D850", "NIKON D850"),
        ("Canon", "Canon EOS R5", "Canon EOS R5"),
        ("SONY ", "ILCE-7RM5\0\0", "SONY ILCE-7RM5"),
        ("", "DSC", "DSC"),
        ("Leica", "", "Leica"),
        ("", "", None),
    ],
)
def test_camera_says_its_make_once(tmp_path, make, model, camera):
    assert read_capture(jpeg_with(tmp_path / "a", image={271: make, 272: model})).camera == camera


def test_zero_denominators_are_unknown(tmp_path):
    exif = {33434: (1, 0), 33437: (0, 0)}
    path = tmp_path / "a"
    Image.new("RGB", (8, 8)).save(path, "JPEG", exif=_exif_with_ratios(exif))
    found = read_capture(path)
    assert (found.exposure_s, found.aperture) == (None, None)


def _exif_with_ratios(ratios):
    """An Exif block written by hand: Pillow writes no zero denominators."""
    entries = b"".join(
        struct.pack("<HHII", code, 5, 1, 56 + 8 * k) for k, code in enumerate(sorted(ratios))
    )
    values = b"".join(struct.pack("<II", *ratios[code]) for code in sorted(ratios))
    ifd0 = struct.pack("<H", 1) + struct.pack("<HHII", EXIF_IFD, 4, 1, 26) + bytes(4)
    ifd1 = struct.pack("<H", len(ratios)) + entries + bytes(4)
    assert 8 + len(ifd0) == 26
    assert 26 + len(ifd1) == 56
    return b"Exif\0\0II*\0\x08\0\0\0" + ifd0 + ifd1 + values


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 3000), junk=st.binary(min_size=1, max_size=40))
def test_damage_never_raises(shared_data, tmp_path_factory, at, junk):
    for name in ("stack-pcb-usb/pcb_001.jpg", "raw-broken/Canon-R6-pruned.CR3"):
        content = bytearray((shared_data / name).read_bytes()[:40_000])
        content[at : at + len(junk)] = junk
        path = tmp_path_factory.getbasetemp() / "damaged"
        path.write_bytes(content)
        assert isinstance(read_capture(path), Capture)


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("Zoë Käfer".encode(), "Zoë Käfer"),
        ("Zoë Käfer".encode("latin-1"), "Zoë Käfer"),
        (b"Ann\x01Lee\0", "Ann Lee"),
        (b"   \0", None),
        (b"----\0", None),
    ],
)
def test_text_in_the_encodings_that_cameras_write(tmp_path, written, known):
    assert read_capture(jpeg_with(tmp_path / "a", image={315: written})).artist == known


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_a_number_that_is_none_is_unknown(value):
    tags = {"EXIF FNumber": SimpleNamespace(values=[value])}
    assert exif._ratio(tags, "EXIF FNumber") is None
