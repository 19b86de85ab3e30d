"""What records hold that steps read: keys, types and ranges, each kind once.

A record that its reader accepts has all that a step takes from it, of the type that it takes it
for; further keys are free, so that a later program may tell more. `NotRequired` are keys that older
programs did not write.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, NotRequired, TypedDict

from records.json_types import Where, check_of

# Every whole number up to this is one to every reader of JSON (RFC 8259, section 6).
_LARGEST = 2**53


def _is_name(text: str) -> bool:
    return text not in ("", ".", "..") and not set("/\0") & set(text)


def _is_matrix(rows: list) -> bool:
    """Whether three rows of three numbers map a plane to a plane."""
    if len(rows) != 3 or any(len(row) != 3 for row in rows):
        return False
    (a, b, c), (d, e, f), (g, h, i) = rows
    size = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    return math.isfinite(size) and abs(size) > 1e-12


Number = Annotated[float, Where("a finite number", math.isfinite)]
Whole = Annotated[int, Where("a whole number from 0 on", lambda n: 0 <= n <= _LARGEST)]
Count = Annotated[int, Where("a whole number from 1 on", lambda n: 1 <= n <= _LARGEST)]
# No sensor has more px in a row.
Px = Annotated[int, Where("a number of px from 1 to 1000000", lambda n: 1 <= n <= 1_000_000)]
Place = Annotated[int, Where("a place in px from 0 to 1000000", lambda n: 0 <= n <= 1_000_000)]
# A turned rectangle may lie in a picture that it left if it were straight.
Corner = Annotated[
    int, Where("a place in px from -1000000 to 1000000", lambda n: abs(n) <= 1_000_000)
]
Sha256 = Annotated[str, Where("a SHA-256", re.compile("[0-9a-f]{64}").fullmatch)]
Blake3 = Annotated[str, Where("a BLAKE3 digest", re.compile("[0-9a-f]{64}").fullmatch)]
Digest = Annotated[str, Where("a digest", re.compile("[0-9a-fA-F]{32,128}").fullmatch)]
Version = Annotated[str, Where("a version such as v1", re.compile("v0*[1-9][0-9]{0,8}").fullmatch)]
Name = Annotated[str, Where("the name of a file", _is_name)]
Path = Annotated[str, Where("a path", lambda text: text != "" and "\0" not in text)]
Row = Annotated[list[Number], Where("three numbers", lambda row: len(row) == 3)]
Matrix = Annotated[list[Row], Where("a transform, 3 x 3 numbers with an inverse", _is_matrix)]
Way = Annotated[list[Number], Where("where from and where to", lambda way: len(way) == 2)]
Spot = Annotated[list[Place], Where("x and y", lambda spot: len(spot) == 2)]
Crop = Annotated[list[Corner], Where("x, y, width and height", lambda box: len(box) == 4)]
Box = Annotated[list[Place], Where("x, y, width and height", lambda box: len(box) == 4)]


class ImportedFile(TypedDict):
    """A file as it was copied."""

    file: Name
    sha256: Sha256
    bytes: Whole


class Import(TypedDict):
    """`import.json`."""

    source: NotRequired[str]
    files: list[ImportedFile]


class Exposure(TypedDict):
    """A frame of a capture session."""

    frame: Count
    file: Name
    sha256: Sha256
    bytes: Whole
    reported_um: Number


class Released(TypedDict):
    """A frame that is on the camera's card."""

    frame: Count
    asked_um: Number
    reported_um: Number


class Releases(TypedDict):
    """How often a camera was released, and how many frames came."""

    made: Whole
    came: Whole


class Journal(TypedDict):
    """`capture.journal.json`, and `capture.json` where capture goes on with it."""

    frames: list[Exposure]
    unassigned: list[dict[str, Any]]
    released: NotRequired[list[Released]]
    doubtful: NotRequired[list[Count]]
    releases: NotRequired[Releases]
    camera_clock_ahead_s: NotRequired[Number | None]
    void: NotRequired[str]
    events: NotRequired[list[dict[str, Any]]]


class Marks(TypedDict):
    """What a rig remembers between runs."""

    start_um: NotRequired[Number | None]
    end_um: NotRequired[Number | None]
    start_for: NotRequired[str]
    end_for: NotRequired[str]
    offset_um: NotRequired[Number]
    counted_um: NotRequired[Number | None]
    left_um: NotRequired[Number | None]
    going_um: NotRequired[Way | None]
    rail: NotRequired[str]
    token: NotRequired[Whole | None]
    lost: NotRequired[str]
    stopped_run: NotRequired[str]
    stopped_at: NotRequired[str]
    seconds_per_frame: NotRequired[Number | None]


class Head(TypedDict):
    """What stands in the file of a converted frame in front of its px."""

    # A TIFF of this workflow leaves so much room for it.
    bytes: Annotated[int, Where("a number of bytes up to 16 MiB", lambda n: 0 < n <= 1 << 24)]
    blake3: NotRequired[Blake3]
    sha256: NotRequired[Sha256]


class ConvertedFrame(TypedDict):
    """A frame and the file that was made of it: that of its px, and of its head or of it whole."""

    frame: Count
    file: Name
    tiff: Name
    pixel_blake3: NotRequired[Blake3]
    pixel_sha256: NotRequired[Sha256]
    head: NotRequired[Head]
    blake3: NotRequired[Blake3]
    sha256: NotRequired[Sha256]


class White(TypedDict):
    """The white frame that frames were divided by."""

    file: Annotated[
        str,
        Where(
            "a white frame in the stack",
            re.compile(r"white/white_[0-9a-f]{64}(\.[a-z0-9]{1,8})?").fullmatch,
        ),
    ]
    sha256: Sha256


class Convert(TypedDict):
    """`convert.json`."""

    folder: Path
    width_px: Px
    height_px: Px
    colour_space: NotRequired[str]
    white_frame: NotRequired[White]
    frames: Annotated[list[ConvertedFrame], Where("a list with a frame at least", len)]
    software: NotRequired[dict[str, str]]
    made_from: NotRequired[dict[str, str]]


class AlignedFrame(TypedDict):
    """How a frame lies to the reference frame."""

    frame: Count
    file: Name
    tiff: Name
    pixel_blake3: NotRequired[Blake3]
    pixel_sha256: NotRequired[Sha256]
    head: NotRequired[Head]
    blake3: NotRequired[Blake3]
    sha256: NotRequired[Sha256]
    status: Annotated[str, Where("used or failed", {"used", "failed"}.__contains__)]
    reason: NotRequired[str | None]
    matrix: Matrix
    gain: Row
    sharpness: NotRequired[Number | None]
    residual_px: NotRequired[Number | None]
    uncertainty_px: NotRequired[Number | None]
    uncertainty_beside_px: NotRequired[Number | None]
    largest_motion_px: NotRequired[Number | None]


# How focus was moved in a captured stack: camera and specimen against each other, or perhaps in
# the lens. These models of rails, in `capture.json`, are none.
RAIL, LENS = "rail", "lens"
FOCUS_MOTOR, BY_HAND = "focus motor of the camera", "by hand"


class Warned(TypedDict):
    """What alignment warned of."""

    code: str
    message: str
    frames: NotRequired[list[Count]]
    evidence: NotRequired[dict[str, Any]]


class Speck(TypedDict):
    """A speck of dust on the sensor."""

    x_px: Place
    y_px: Place
    cell_px: Px
    loss: Annotated[
        list[list[Number]],
        Where("rows of one length", lambda rows: len({len(row) for row in rows}) == 1 and rows[0]),
    ]


class Transforms(TypedDict):
    """`transforms.json`."""

    reference: Count
    folder: Path
    width_px: Px
    height_px: Px
    frames: Annotated[list[AlignedFrame], Where("a list with a frame at least", len)]
    warnings: list[Warned]
    sensor_defects_px: list[Spot]
    sensor_dust: list[Speck]
    made_from: NotRequired[dict[str, str]]


class Fuse(TypedDict):
    """`fuse.json`."""

    method: NotRequired[str]
    parameters: NotRequired[dict[str, Any]]
    frames: NotRequired[list[Count]]
    near_end: NotRequired[str | None]
    near_end_known_by: NotRequired[str | None]
    pixel_sha256: NotRequired[dict[Name, Sha256]]
    software: NotRequired[dict[str, str]]
    blake3: NotRequired[dict[str, str]]
    sha256: NotRequired[dict[str, str]]
    made_from: NotRequired[dict[str, str]]


class Painter(TypedDict):
    """Who retouched, how often, when and why."""

    person: str
    strokes: Whole
    first: str
    last: str
    reasons: list[str]


class Retouch(TypedDict):
    """`retouch.json`."""

    base: str
    strokes: Whole
    people: list[Painter]
    painted_share: Number
    pixel_sha256: dict[Name, Sha256]
    sha256: dict[str, Sha256]
    made_from: NotRequired[dict[str, str]]


class Finding(TypedDict):
    """What a quality check found."""

    code: str
    level: str
    message: str
    do: str
    pictures: list[Name]
    places_px: NotRequired[list[Box]]
    acknowledged: str | None


class Qc(TypedDict):
    """`qc.json`."""

    thresholds: NotRequired[dict[str, Any]]
    findings: NotRequired[list[Finding]]
    made_from: NotRequired[dict[str, str]]


class Depth(TypedDict):
    """The depth map beside a master."""

    file: Name
    sha256: Sha256
    blake3: NotRequired[Blake3]
    pixel_sha256: Sha256
    unit: str
    zero: str
    larger_is: str


class Scale(TypedDict):
    """The ruler by which the size of a px was measured."""

    file: Annotated[
        str,
        Where(
            "a file of the stack",
            re.compile(r"raw/[^/\0]+|scale/scale_[0-9a-f]{64}(\.[a-z0-9]{1,8})?").fullmatch,
        ),
    ]
    sha256: Sha256
    holds_for: str


class Master(TypedDict):
    """The record of a master."""

    specimen: Name
    view: Name
    file: Name
    sha256: Sha256
    blake3: NotRequired[Blake3]
    bytes: NotRequired[Whole]
    pixel_sha256: Sha256
    width_px: Px
    height_px: Px
    crop_px: NotRequired[Crop]
    crop_angle_deg: NotRequired[Number]
    pixel_size_um: NotRequired[Number | None]
    pixel_size_uncertainty_um: NotRequired[Number]
    scale: NotRequired[Scale]
    frames: Count
    technique: str
    metadata: dict[str, str]
    metadata_of_camera: NotRequired[list[str]]
    depth: NotRequired[Depth | None]
    made_from: NotRequired[dict[str, str]]


class Receipt(TypedDict):
    """`archive.json`."""

    object: str
    version: Version
    inventory_sha256: Digest
    path: Path
    description_sha256: NotRequired[Sha256]
    code: NotRequired[dict[str, str]]


class External(TypedDict):
    """A picture that a person finished in another program."""

    sha256: Sha256
    pixel_sha256: Sha256
    width_px: Px
    height_px: Px
    person: str
    finished_with: str
    when: str
    note: NotRequired[str]


class Made(TypedDict):
    """What a step made in a folder of its own."""

    files: list[Name]


# Keys of JSON-LD are no names of Python.
Entity = TypedDict(
    "Entity",
    {
        "@id": str,
        "@type": Annotated[Any, Where("a type, or a list", lambda v: isinstance(v, str | list))],
        "name": NotRequired[str],
        "version": NotRequired[str],
        "softwareVersion": NotRequired[str],
    },
)
Crate = TypedDict("Crate", {"@graph": list[Entity]})


# Kinds of records as `records.files` names them, and others; a finished capture's is checked where
# the ledger reads it.
class Patch(TypedDict):
    """A patch of a colour target."""

    patch: str
    lab: Row


class TargetLevel(TypedDict):
    """What a guideline says of a target."""

    guideline: str
    level: str
    in_words: str


class Target(TypedDict):
    """The record of a session's colour target."""

    session: str
    shot_date: str | None
    target: str
    target_age_years: Number | None
    reference_sha256: Sha256 | None
    figures: dict[str, Number]
    levels: list[TargetLevel]
    warnings: list[str]
    patches: list[Patch]
    asked: dict[str, Any]


SHAPES: Mapping[str, Any] = {
    "import": Import,
    "journal": Journal,
    "marks": Marks,
    "convert": Convert,
    "transforms": Transforms,
    "fuse": Fuse,
    "retouch": Retouch,
    "qc": Qc,
    "external": External,
    "master": Master,
    "receipt": Receipt,
    "sheet": dict[str, str],
    "settings": dict[str, dict[str, Any]],
    "code": dict[str, str],
    "made": Made,
    "crate": Crate,
    "target": Target,
}


def fault(kind: str, content: object) -> str:
    """What is wrong with the content of a record of a kind: where, what, and what it must be.

    Empty where nothing is, or nothing is known of the kind.
    """
    return check_of(SHAPES[kind])(content, "") if kind in SHAPES else ""
