"""A photograph's values mean what its file says: profile, Exif of DCF, PNG chunks; else sRGB."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from imaging.errors import ImagingError
from imaging.frames import colour, photographs, profiles
from imaging.frames.inspection import inspect
from imaging.frames.profile_writer import build_profile, colorants
from tests.imaging.frames.pictures import GREY8, GREY16, RGB8, exif, grey_icc, icc, write_png


def jpeg(path, pixels=RGB8, told=None, **options):
    extra = {"exif": b"Exif\0\0" + told} if told else {}
    Image.fromarray(pixels).save(path, "JPEG", **extra, **options)
    return path


@pytest.mark.parametrize(
    ("color_space", "index", "name"),
    [
        (1, None, "sRGB"),
        (1, b"R98", "sRGB"),
        (65535, b"R03", "Adobe RGB"),
        (65535, b"R98", "sRGB"),
        (2, None, "Adobe RGB"),
        (65535, None, "sRGB (assumed, though Exif says uncalibrated)"),
        (65535, b"XYZ", "sRGB (assumed, though Exif says uncalibrated)"),
        (None, None, "sRGB (assumed)"),
        # A camera that says sRGB is believed, whatever its interoperability says.
        (1, b"R03", "sRGB"),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_exif_of_dcf_names_the_space(tmp_path, kind, color_space, index, name):
    path, told = tmp_path / "a", exif(color_space, index)
    if kind == "JPEG":
        jpeg(path, told=told)
    else:
        write_png(path, RGB8, (b"eXIf", told))
    assert inspect(path).colour == name
    wanted = "adobe-rgb" if name == "Adobe RGB" else "srgb"
    assert photographs.read(path).icc == colour.profile(wanted)


def test_a_thumbnails_exif_says_nothing_of_the_picture(tmp_path):
    path = jpeg(tmp_path / "a.jpg", told=exif(1, b"R98", 3, thumbnail_index=b"R03"))
    assert (inspect(path).colour, inspect(path).orientation) == ("sRGB", 3)


def test_a_profile_goes_before_exif(tmp_path):
    path = jpeg(tmp_path / "a.jpg", told=exif(1), icc_profile=colour.profile("prophoto"))
    assert inspect(path).colour == "ProPhoto RGB"


def dated(profile, year, ident=b"\0" * 16):
    changed = bytearray(profile)
    struct.pack_into(">6H", changed, 24, year, 3, 4, 5, 6, 7)
    changed[84:100] = ident
    return bytes(changed)


def test_date_and_identifier_of_a_profile_make_no_difference(tmp_path):
    own = icc(tags=wide_gamut_tags())
    names = {
        inspect(
            jpeg(tmp_path / "a.jpg", icc_profile=dated(own, year, bytes([year % 256] * 16)))
        ).colour
        for year in (2024, 2025)
    }
    assert len(names) == 1


def wide_gamut_tags():
    space = colour.ColourSpace(
        "wide", ((0.7, 0.29), (0.18, 0.8), (0.14, 0.05)), (0.3127, 0.329), 1.9, 0.0
    )
    return colour.profile_tags(build_profile(space))


def test_names_and_remarks_of_a_profile_make_no_difference_but_colour_does():
    tags = wide_gamut_tags()
    other = {
        **tags,
        b"cprt": b"text\0\0\0\0by another hand\0",
        b"desc": tags[b"desc"][:-4] + b"abcd",
    }
    assert profiles.fingerprint(icc(tags=tags)) == profiles.fingerprint(icc(tags=other))
    redder = {**tags, b"rXYZ": tags[b"gXYZ"]}
    assert profiles.fingerprint(icc(tags=tags)) != profiles.fingerprint(icc(tags=redder))
    steeper = {**tags, b"gTRC": b"curv\0\0\0\0" + struct.pack(">IH", 1, 600)}
    assert profiles.fingerprint(icc(tags=tags)) != profiles.fingerprint(icc(tags=steeper))


def test_the_same_space_by_other_makers_is_the_same():
    by_lcms = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert by_lcms != colour.profile("srgb")
    assert profiles.known_space(by_lcms) == "srgb"
    assert profiles.known_space(colour.profile("adobe-rgb")) == "adobe-rgb"
    assert profiles.known_space(icc(tags=wide_gamut_tags())) is None


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        (grey_icc(), "an RGB picture with a colour profile for GRAY pictures"),
        (icc(b"CMYK", b"prtr"), "an RGB picture with a colour profile for CMYK pictures"),
        (icc(b"Lab "), "an RGB picture with a colour profile for Lab pictures"),
        (icc(kind=b"link"), "of class 'link', not one of pictures"),
        (icc(kind=b"abst"), "of class 'abst', not one of pictures"),
        (icc(kind=b"nmcl"), "of class 'nmcl', not one of pictures"),
        (icc()[:200], "damaged"),
        (b"no profile", "its embedded colour profile is damaged"),
        (icc(tags={b"desc": colour.profile_tags(icc())[b"desc"]}), "says nothing of colour"),
        (
            icc(tags={**wide_gamut_tags(), b"gTRC": b"curv\0\0\0\0\0\0\0\x40"}),
            "damaged curve",
        ),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_a_profile_of_another_kind_is_refused_with_the_reason(tmp_path, kind, profile, words):
    path = tmp_path / "a"
    if kind == "JPEG":
        jpeg(path, icc_profile=profile)
    elif kind == "PNG":
        write_png(path, RGB8, (b"iCCP", b"p\0\0" + zlib.compress(profile)))
    else:
        tifffile.imwrite(path, RGB8, photometric="rgb", metadata=None, iccprofile=profile)
    for step in (inspect, photographs.read):
        with pytest.raises(ImagingError, match=words):
            step(path)


@pytest.mark.parametrize("gamma", [1.0, 1.8, 2.2])
@pytest.mark.parametrize("kind", ["JPEG", "PNG, 16 bits", "TIFF, 16 bits"])
def test_a_grey_picture_is_what_its_grey_profile_says(tmp_path, kind, gamma):
    path, profile = tmp_path / "a", grey_icc(gamma)
    if kind == "JPEG":
        jpeg(path, GREY8, icc_profile=profile, quality=100)
        with Image.open(path) as image:
            stored = np.asarray(image) / 255
    elif kind == "PNG, 16 bits":
        write_png(path, GREY16, (b"iCCP", b"p\0\0" + zlib.compress(profile)))
        stored = GREY16 / 65535
    else:
        tifffile.imwrite(path, GREY16, metadata=None, iccprofile=profile)
        stored = GREY16 / 65535
    assert inspect(path).colour.endswith(", as sRGB")
    found = photographs.read(path)
    assert found.icc == colour.profile("srgb")
    light = colour.decode(colour.SPACES["srgb"], found.pixels / 65535)
    assert np.abs(light - (stored ** (round(gamma * 256) / 256))[..., None]).max() < 3e-5
    assert np.array_equal(found.pixels[..., 0], found.pixels[..., 2])


def test_grey_by_lightness_is_what_lcms_makes_of_it():
    profile = grey_icc(1.0, pcs=b"Lab ")
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8).reshape(1, 256))
    wanted = ImageCms.profileToProfile(
        ramp,
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
        outputMode="RGB",
    )
    found = profiles.grey_to_srgb(profile)[np.arange(256) * 257] / 257
    assert np.abs(found - np.asarray(wanted)[0, :, 1]).max() < 1.1


def test_a_grey_picture_with_an_rgb_profile_has_equal_values_in_it(tmp_path):
    path = jpeg(tmp_path / "a.jpg", GREY8, icc_profile=colour.profile("adobe-rgb"))
    found = photographs.read(path)
    assert (inspect(path).colour, found.icc) == ("Adobe RGB", colour.profile("adobe-rgb"))
    assert np.array_equal(found.pixels[..., 0], found.pixels[..., 1])


SRGB_POINTS = struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
ADOBE_POINTS = struct.pack(">8I", 31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)


@pytest.mark.parametrize(
    ("chunks", "name"),
    [
        ([], "sRGB (assumed)"),
        ([(b"sRGB", b"\0")], "sRGB"),
        ([(b"gAMA", struct.pack(">I", 45455))], "sRGB"),
        ([(b"gAMA", struct.pack(">I", 45455)), (b"cHRM", SRGB_POINTS)], "sRGB"),
        # What a profile or sRGB says goes before gamma and primaries.
        ([(b"sRGB", b"\0"), (b"gAMA", struct.pack(">I", 100_000))], "sRGB"),
        ([(b"gAMA", struct.pack(">I", 100_000)), (b"cHRM", SRGB_POINTS)], "PNG gAMA 1"),
        (
            [(b"iCCP", b"p\0\0" + zlib.compress(colour.profile("adobe-rgb"))), (b"sRGB", b"\0")],
            "Adobe RGB",
        ),
        ([(b"cICP", bytes([1, 13, 0, 1])), (b"gAMA", struct.pack(">I", 100_000))], "sRGB"),
        ([(b"cICP", bytes([12, 13, 0, 1]))], "PNG cICP 12/13/0/1"),
    ],
)
def test_a_png_says_its_space_in_chunks(tmp_path, chunks, name):
    assert inspect(write_png(tmp_path / "a.png", RGB8, *chunks)).colour == name


@pytest.mark.parametrize(
    "chunks",
    [
        [(b"cICP", bytes([9, 16, 0, 1]))],
        [(b"cICP", bytes([9, 18, 0, 1]))],
        [(b"cICP", bytes([1, 13, 0, 0]))],
        [(b"gAMA", struct.pack(">I", 1))],
        [(b"cHRM", struct.pack(">8I", 31270, 32900, *[30000] * 6))],
    ],
)
def test_a_png_in_a_space_that_no_profile_can_say_is_refused(tmp_path, chunks):
    path = write_png(tmp_path / "a.png", RGB8, *chunks)
    for step in (inspect, photographs.read):
        with pytest.raises(ImagingError, match="a PNG"):
            step(path)


def test_gamma_and_primaries_of_a_png_become_a_profile_that_says_the_same(tmp_path):
    chunks = [(b"gAMA", struct.pack(">I", 55556)), (b"cHRM", ADOBE_POINTS)]
    found = photographs.read(write_png(tmp_path / "a.png", RGB8, *chunks))
    # Values stay; of light they mean what gamma says, to the 256th that ICC's curves have.
    assert np.array_equal(found.pixels, RGB8.astype(np.uint16) * 257)
    value = np.linspace(0, 1, colour.SAMPLES)
    assert np.abs(colour.light_curve(found.icc)[1] - value ** (461 / 256)).max() < 1e-4
    for tag in (b"rXYZ", b"gXYZ", b"bXYZ"):
        wanted = colour.profile_tags(colour.profile("adobe-rgb"))[tag]
        assert colour.profile_tags(found.icc)[tag] == wanted


def test_pixels_of_adobe_rgb_become_the_right_srgb(tmp_path):
    # A camera's Adobe RGB green, taken for sRGB, would be as dull as the values look there.
    pixels = np.full((64, 64, 3), (90, 200, 60), np.uint8)
    pixels[0, 0] = 0
    path = jpeg(tmp_path / "_DSC0001.JPG", pixels, exif(65535, b"R03"), quality=100, subsampling=0)
    found = photographs.read(path)
    moved = ImageCms.profileToProfile(
        Image.fromarray((found.pixels >> 8).astype(np.uint8)),
        ImageCms.ImageCmsProfile(io.BytesIO(found.icc)),
        ImageCms.createProfile("sRGB"),
    )
    linear = colour.decode(
        colour.SPACES["adobe-rgb"], found.pixels[32, 32].astype(np.float64) / 65535
    )
    to_srgb = np.linalg.solve(*(colorants(colour.SPACES[name]) for name in ("srgb", "adobe-rgb")))
    wanted = 255 * colour.encode(colour.SPACES["srgb"], np.clip(to_srgb @ linear, 0, 1))
    assert np.abs(np.asarray(moved)[32, 32] - wanted).max() < 1.5


def in_pieces(path, pieces):
    """A JPEG with these pieces of a profile: number, count, content."""
    Image.fromarray(RGB8).save(path, quality=95)
    segments = b""
    for number, count, content in pieces:
        content = b"ICC_PROFILE\0" + bytes([number, count]) + content
        segments += b"\xff\xe2" + struct.pack(">H", 2 + len(content)) + content
    whole = path.read_bytes()
    path.write_bytes(whole[:2] + segments + whole[2:])
    return path


ADOBE, OTHER = colour.profile("adobe-rgb"), colour.profile("prophoto")


def test_pieces_of_a_profile_in_any_order(tmp_path):
    path = in_pieces(
        tmp_path / "a.jpg", [(3, 3, ADOBE[300:]), (1, 3, ADOBE[:150]), (2, 3, ADOBE[150:300])]
    )
    assert photographs.read(path).icc == ADOBE


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        ([(1, 3, ADOBE[:150]), (3, 3, ADOBE[300:])], "3 pieces, .* has those of number 1, 3"),
        ([(0, 1, ADOBE)], "in 1 piece, numbered from 1, and has those of number 0"),
        ([(1, 1, ADOBE), (1, 1, OTHER)], "two colour profiles"),
        ([(1, 1, ADOBE[:200])], "profile is damaged"),
    ],
)
def test_a_profile_that_is_not_whole_is_refused_with_what_to_do(tmp_path, pieces, words):
    with pytest.raises(ImagingError, match=rf"{words}.*; (copy|save) (it|the picture) again"):
        photographs.read(in_pieces(tmp_path / "a.jpg", pieces))
