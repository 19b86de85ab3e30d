"""What colour space a photograph's values are in, by its own word, in the order that viewers ask.

A profile goes before all else. A camera set to Adobe RGB writes none: by the Design rule for Camera
File system (CIPA DC-009, DCF 2.0) its JPEGs say ColorSpace "uncalibrated" and interoperability
index "R03" in Exif. A PNG says it in chunks (W3C PNG, Third Edition, 4.3: cICP, iCCP, sRGB, then
cHRM and gAMA).
"""

from __future__ import annotations

from dataclasses import dataclass

from imaging.errors import ImagingError
from imaging.frames import colour, profiles
from imaging.frames.colour import ColourSpace
from imaging.frames.png_chunks import PngHeader
from imaging.frames.profile_writer import build_profile
from imaging.frames.tiff_directory import EXIF_IFD, INTEROPERABILITY_IFD, Directory

_COLOR_SPACE, _INTEROPERABILITY_INDEX = 40961, 1
# Exif's ColorSpace. 2 is in no standard; cameras write it, and exiftool and darktable know it.
_SRGB, _ADOBE_RGB, _UNCALIBRATED = 1, 2, 65535
# DCF 2.0, 5.3: Adobe RGB of the optional file format, sRGB of the basic one.
_BY_INDEX = {"R03": "adobe-rgb", "R98": "srgb"}
NAMES = {
    "srgb": "sRGB",
    "adobe-rgb": "Adobe RGB",
    "prophoto": "ProPhoto RGB",
    "eci-rgb": "eciRGB v2",
}
ASSUMED = "sRGB (assumed)"
UNCALIBRATED = "sRGB (assumed, though Exif says uncalibrated)"
# Encoders that write gAMA 45455 mean the curve of sRGB (W3C PNG, 11.3.2.5).
_SRGB_GAMMA, _GAMMA_TOLERANCE = 1 / 2.2, 0.01
LEAST_GAMMA, MOST_GAMMA = 0.1, 10.0
_XY_TOLERANCE = 0.002
_D65 = (0.3127, 0.3290)
# ITU-T H.273, tables 2 and 3: primaries of BT.709, BT.2020 and P3 with white D65; transfers that
# an ICC curve can have. Those of HDR (16 and 18) and of video mean something else.
_PRIMARIES = {
    1: colour.SPACES["srgb"].primaries,
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
_TRANSFERS = {4: (2.2, 0.0), 5: (2.8, 0.0), 8: (1.0, 0.0), 13: (2.4, 12.92)}


@dataclass(frozen=True)
class Colour:
    """What a photograph's values mean.

    Attributes
    ----------
    name : for people and for comparing: frames of one name mean the same by their values
    icc : RGB profile that a converted frame carries
    grey_icc : the picture's own profile for grey, by which values become those of `icc`
    """

    name: str
    icc: bytes
    grey_icc: bytes | None = None

    @property
    def assumed(self) -> bool:
        """Whether the file does not say what its colour space is."""
        return self.name in (ASSUMED, UNCALIBRATED)


def same_meaning(first: Colour, second: Colour) -> bool:
    """Whether values mean the same, whatever the profiles are called."""
    names = first.name, second.name
    # What stands in brackets is made of what a profile says of colour.
    prints = [bracket + digits for _, bracket, digits in (name.rpartition("[") for name in names)]
    return names[0] == names[1] or ("[" in names[0] and prints[0] == prints[1])


def _space(name: str) -> Colour:
    return Colour(NAMES[name], colour.profile(name))


def by_profile(icc: bytes, colours: int) -> Colour:
    """The colour space of an embedded profile.

    Raises
    ------
    ImagingError : it cannot say what the picture's values mean; the reason alone
    """
    profiles.require_fitting(icc, colours)
    if profiles.is_grey(icc):
        return Colour(f"{_titled(icc)}, as sRGB", colour.profile("srgb"), icc)
    known = profiles.known_space(icc)
    return Colour(NAMES[known] if known else _titled(icc), icc)


def _titled(icc: bytes) -> str:
    """A profile's name, and what tells it from others of that name."""
    return f"{' '.join(colour.describe(icc).split())} [{profiles.fingerprint(icc)}]"


def by_exif(main: Directory | None) -> Colour | None:
    """The colour space that Exif names, None where it says nothing.

    Parameters
    ----------
    main : the directory of the picture itself; that of a thumbnail has none of its own to say
    """
    exif = main.first(EXIF_IFD) if main else None
    if exif is None:
        return None
    stated = exif.number(_COLOR_SPACE)
    if stated == _SRGB:
        return _space("srgb")
    if stated == _ADOBE_RGB:
        return _space("adobe-rgb")
    interoperability = exif.first(INTEROPERABILITY_IFD)
    if stated == _UNCALIBRATED and interoperability:
        index = interoperability.text(_INTEROPERABILITY_INDEX)
        if index in _BY_INDEX:
            return _space(_BY_INDEX[index])
    if stated == _UNCALIBRATED:
        return Colour(UNCALIBRATED, colour.profile("srgb"))
    return None


def by_png_chunks(png: PngHeader) -> Colour | None:
    """The colour space that a PNG's chunks name, None where they name none.

    Raises
    ------
    ImagingError : one that no profile can describe; the reason alone
    """
    if png.cicp:
        return _by_cicp(*png.cicp)
    if png.icc:
        return by_profile(png.icc, png.colours)
    if png.srgb:
        return _space("srgb")
    if png.gamma is None and png.chromaticities is None:
        return None
    return _by_gamma(png.gamma, png.chromaticities)


def _by_cicp(primaries: int, transfer: int, matrix: int, full_range: int) -> Colour:
    """The space of code points for video (ITU-T H.273)."""
    code = f"cICP {primaries}/{transfer}/{matrix}/{full_range}"
    if primaries not in _PRIMARIES or transfer not in _TRANSFERS or (matrix, full_range) != (0, 1):
        raise ImagingError(
            f"a PNG in a colour space of video or HDR ({code}), which no profile of a master can "
            "say; export it as sRGB or Adobe RGB"
        )
    power, slope = _TRANSFERS[transfer]
    return _built(ColourSpace(f"PNG {code}", _PRIMARIES[primaries], _D65, power, slope))


def _by_gamma(
    gamma: float | None, chromaticities: tuple[tuple[float, float], ...] | None
) -> Colour:
    standard = colour.SPACES["srgb"]
    space = standard._replace(title="PNG")
    if chromaticities:
        white, *primaries = chromaticities
        if min(y for _, y in chromaticities) <= 0 or _flat(primaries):
            raise ImagingError(
                f"a PNG whose primaries are no colours (cHRM {chromaticities}); export it again"
            )
        near = zip((white, *primaries), (standard.white, *standard.primaries))
        if any(abs(a - b) > _XY_TOLERANCE for pair in near for a, b in zip(*pair)):
            points = " ".join(f"{x:g},{y:g}" for x, y in chromaticities)
            space = space._replace(
                title=f"PNG cHRM {points}", white=white, primaries=tuple(primaries)
            )
    if gamma is not None and not LEAST_GAMMA <= gamma <= MOST_GAMMA:
        raise ImagingError(f"a PNG of gamma {gamma:g}, which cannot be true; export it again")
    if gamma is not None and abs(gamma - _SRGB_GAMMA) > _GAMMA_TOLERANCE:
        title = f"PNG gAMA {gamma:g}" + space.title.removeprefix("PNG")
        space = space._replace(title=title, power=1.0 / gamma, slope=0.0)
    return _built(space)


def _flat(primaries: list[tuple[float, float]]) -> bool:
    """Whether three points of the diagram lie on a line: no colours could be mixed of them."""
    (x1, y1), (x2, y2), (x3, y3) = primaries
    return abs((x2 - x1) * (y3 - y1) - (x3 - x1) * (y2 - y1)) < 1e-4


def _built(space: ColourSpace) -> Colour:
    """A space as a profile; that of ours where it is the same."""
    icc = build_profile(space)
    known = profiles.known_space(icc)
    return _space(known) if known else Colour(space.title, icc)


def assumed() -> Colour:
    """sRGB, which viewers take where a file says nothing."""
    return Colour(ASSUMED, colour.profile("srgb"))
