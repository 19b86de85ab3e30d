"""Exif is found wherever it lies in a file, and no file holds its reader up."""

import struct
import time
import zlib

import pytest
from PIL import Image

from records.metadata.exif import Capture, read_capture
from tests.records.metadata.pictures import jpeg_with


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
