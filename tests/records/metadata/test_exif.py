"""Capture facts: as the camera wrote them, or unknown."""

import struct
import time
import zlib
from fractions import Fraction
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from records.metadata import exif
from records.metadata.exif import Capture, read_capture

EXIF_IFD = 0x8769


def jpeg_with(path, image=(), exif=()):
    """A JPEG with some tags in IFD 0 and in the Exif IFD."""
    tags = Image.Exif()
    for code, value in dict(image).items():
        tags[code] = value
    tags.get_ifd(EXIF_IFD).update(dict(exif))
    Image.new("RGB", (8, 8), "grey").save(path, "JPEG", exif=tags)
    return path


def raf_around(path, jpeg):
    """A RAF as far as its Exif goes: the header, then the JPEG."""
    header = bytearray(160)
    header[:15] = b"FUJIFILMCCD-RAW"
    struct.pack_into(">II", header, 84, len(header), len(jpeg))
    path.write_bytes(bytes(header) + jpeg)
    return path


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


def segment(marker, content):
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def exif_of(path):
    """The block of Exif of a JPEG, without the header by which a JPEG knows it."""
    with Image.open(path) as image:
        return image.info["exif"][6:]


XMP = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + b" " * 60_000)
PROFILE = segment(0xE2, b"ICC_PROFILE\0\1\1" + bytes(50_000))
EMPTY_EXIF = segment(0xE1, b"Exif\0\0" + b"II*\0\x08\0\0\0\0\0\0\0\0\0")
BROKEN_EXIF = segment(0xE1, b"Exif\0\0" + b"II*\0\xff\xff\xff\xff")


@pytest.mark.parametrize(
    "before",
    [XMP, XMP * 5, PROFILE + XMP, EMPTY_EXIF, BROKEN_EXIF, b"\xff" * 9, segment(0xFE, b"x" * 9000)],
    ids=["XMP", "long XMP", "profile", "empty Exif", "broken Exif", "fill bytes", "comment"],
)
def test_exif_is_found_wherever_it_lies_in_a_jpeg(tmp_path, before):
    plain = jpeg_with(tmp_path / "plain", {271: "Canon", 315: "Ann Lee"}, {34855: 6400})
    start, rest = plain.read_bytes()[:2], plain.read_bytes()[2:]
    moved = tmp_path / "moved"
    moved.write_bytes(start + before + rest)
    assert read_capture(moved) == read_capture(plain)
    assert (read_capture(moved).iso, read_capture(moved).artist) == (6400, "Ann Lee")


def test_of_two_blocks_of_exif_the_first_has_the_word(tmp_path):
    one = jpeg_with(tmp_path / "one", {271: "Canon"}, {34855: 100})
    other = jpeg_with(tmp_path / "other", {271: "Sony", 272: "X"}, {34855: 200})
    block = segment(0xE1, b"Exif\0\0" + exif_of(other))
    content = one.read_bytes()
    at = content.index(b"Exif\0\0") - 4
    end = at + 2 + struct.unpack(">H", content[at + 2 : at + 4])[0]
    both = tmp_path / "both"
    both.write_bytes(content[:end] + block + content[end:])
    found = read_capture(both)
    assert (found.make, found.model, found.iso) == ("Canon", "X", 100)


def png_with(path, kind, content):
    """A PNG with a chunk after its pixels."""
    Image.new("RGB", (8, 8), "grey").save(path, "PNG")
    chunk = struct.pack(">I4s", len(content), kind) + content
    chunk += struct.pack(">I", zlib.crc32(kind + content))
    whole = path.read_bytes()
    at = whole.rindex(b"IEND") - 4
    path.write_bytes(whole[:at] + chunk + whole[at:])
    return path


def test_exif_of_a_png_in_its_chunk_and_in_older_programs_texts(tmp_path):
    jpeg = jpeg_with(tmp_path / "jpeg", {271: "Leica"}, {34855: 320, 33434: 0.25})
    block, known = exif_of(jpeg), read_capture(jpeg)
    headed = b"Exif\0\0" + block
    text = f"\nexif\n{len(headed):8}\n{headed.hex()}\n".encode()
    name = b"Raw profile type exif\0"
    for kind, content in (
        (b"eXIf", block),
        (b"eXIf", headed),
        (b"tEXt", name + text),
        (b"zTXt", name + b"\0" + zlib.compress(text)),
    ):
        assert read_capture(png_with(tmp_path / "png", kind, content)) == known


def test_exif_of_a_tiff(tmp_path):
    jpeg = jpeg_with(tmp_path / "jpeg", {271: "Canon", 33432: "(c) Museum"}, {34855: 400})
    (tmp_path / "tiff").write_bytes(exif_of(jpeg))
    found = read_capture(tmp_path / "tiff")
    assert (found.make, found.copyright, found.iso) == ("Canon", "(c) Museum", 400)


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


def directory(*entries):
    """A little-endian TIFF of one directory, entries (tag, type, count, value or offset)."""
    packed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + packed + bytes(4)


HOSTILE = {
    "directories that name each other and themselves": directory(
        *[(tag, 4, 1, 8) for tag in (0x8769, 0x8825, 0xA005) for _ in range(20)]
    ),
    "one text of 16 MB a hundred times": directory(*[(0x10F, 2, 1 << 24, 8)] * 100)
    + bytes(1 << 24),
    "a next directory that is this one": directory((0x112, 3, 1, 6))[:-4] + b"\x08\0\0\0",
    "65,535 entries that are not there": b"II*\0\x08\0\0\0\xff\xff",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("wrap", [bytes, lambda block: b"\xff\xd8" + segment(0xE1, b"Exif\0\0"
                                                                          + block[:60_000])],
                         ids=["TIFF", "JPEG"])  # fmt: skip
def test_no_file_holds_its_reader_up(tmp_path, content, wrap):
    path = tmp_path / "a"
    path.write_bytes(wrap(content))
    began = time.process_time()
    assert isinstance(read_capture(path), Capture)
    assert time.process_time() - began < 5


def test_two_million_empty_segments_are_given_up(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"\xff\xd8" + b"\xff\xe3\0\2" * 2_000_000)
    began = time.process_time()
    assert read_capture(path) == Capture()
    assert time.process_time() - began < 5


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_a_number_that_is_none_is_unknown(value):
    tags = {"EXIF FNumber": SimpleNamespace(values=[value])}
    assert exif._ratio(tags, "EXIF FNumber") is None
