"""What a person retouched, as data: `retouch/strokes.json`, one stroke a line.

A stroke tells its source, path, brush and mode, and who painted it, when and why; from these it is
applied again at any time. The file's rules are in `config/schemas/strokes.schema.json`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

from records.errors import RecordError
from records.files import only_files, write_bytes

FORMAT = "holostack-strokes 1"
MODES = ("pixels", "detail", "restore", "heal")
# Places may lie beside the picture, where a brush's rim reaches into it.
_LEAST_PX, _MOST_PX, _MOST_POINTS = -10_000, 1_000_000, 100_000


@dataclass(frozen=True)
class Source:
    """Where a stroke's px come from.

    Attributes
    ----------
    kind : frame, slab, method, version or fused
    frame, slab : number, from 1
    method : name of a fusion method
    version : of the stack's object in the archive, such as v2
    sha256 : of all that decides the source's px; "" for fused
    """

    kind: str
    frame: int | None = None
    slab: int | None = None
    method: str | None = None
    version: str | None = None
    sha256: str = ""

    @property
    def words(self) -> str:
        """What it is to a person."""
        if self.kind == "fused":
            return "the fused image"
        return f"{self.kind} {self.frame or self.slab or self.method or self.version}"

    def as_record(self) -> dict[str, Any]:
        """Plain values for JSON, without what it has not."""
        told = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in told.items() if value not in (None, "")}


@dataclass(frozen=True)
class Brush:
    """A round brush.

    Attributes
    ----------
    diameter_px : of the fused image
    hardness : share of the radius that is opaque, 0..1
    opacity : 0..1
    """

    diameter_px: float
    hardness: float
    opacity: float


@dataclass(frozen=True)
class Edit:
    """Who gave a stroke another reason later, and when (ISO 8601)."""

    person: str
    time: str


@dataclass(frozen=True)
class Stroke:
    """One movement of the brush.

    Attributes
    ----------
    id : its own in the file
    source : where px come from
    mode : one of `MODES`
    match : whether brightness and colour are brought to those round the stroke
    brush : of the whole stroke
    path_px : x and y of the points that the brush passed, px of the fused image
    person, time, reason : who, when (ISO 8601), why
    reason_edited : who gave the reason, where that was later
    """

    id: str
    source: Source
    mode: str
    match: bool
    brush: Brush
    path_px: tuple[tuple[float, float], ...]
    person: str
    time: str
    reason: str
    reason_edited: Edit | None = None

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Read what `as_record` wrote, or a page sent, after `refuse_unfit`."""
        path = tuple((float(x), float(y)) for x, y in record["path_px"])
        told = {**record, "path_px": path}
        told["source"], told["brush"] = Source(**record["source"]), Brush(**record["brush"])
        if "reason_edited" in record:
            told["reason_edited"] = Edit(**record["reason_edited"])
        return cls(**told)

    def as_record(self) -> dict[str, Any]:
        """The same as plain values for JSON."""
        told = {one.name: getattr(self, one.name) for one in fields(self)}
        edited = told.pop("reason_edited")
        return {
            **told,
            **({"reason_edited": {"person": edited.person, "time": edited.time}} if edited else {}),
            "source": self.source.as_record(),
            "brush": {one.name: getattr(self.brush, one.name) for one in fields(self.brush)},
            "path_px": [list(point) for point in self.path_px],
        }


@dataclass(frozen=True)
class Strokes:
    """All strokes of a stack, in their order.

    Attributes
    ----------
    width_px, height_px : of the fused image
    strokes : in the order in which they were painted
    """

    width_px: int
    height_px: int
    strokes: tuple[Stroke, ...] = ()


def read(path: Path) -> Strokes:
    """Read a stack's strokes.

    Raises
    ------
    RecordError : the file is missing, is no JSON, or does not keep to its schema
    """
    try:
        with open(path, "rb", opener=only_files) as file:
            content = json.loads(file.read())
    except FileNotFoundError:
        raise RecordError(f"{path}: missing; nothing was retouched in this stack") from None
    except OSError as error:
        raise RecordError(f"{path}: cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError) as error:
        raise RecordError(
            f"{path}: is damaged, no JSON ({error}); restore it: it holds what a person painted"
        ) from None
    return parse(content, path)


def parse(content: object, where: Path | str) -> Strokes:
    """The strokes of a file's content; `where` is for messages.

    Raises
    ------
    RecordError : it does not keep to its schema, or two strokes have one id
    """
    _refuse_unlike_schema(content, where)
    assert isinstance(content, dict)
    for number, record in enumerate(content["strokes"], 1):
        _refuse_path(record["path_px"], f"{where}: stroke {number} ({record['id']})")
    strokes = tuple(map(Stroke.from_record, content["strokes"]))
    seen: set[str] = set()
    for stroke in strokes:
        if stroke.id in seen:
            raise RecordError(f"{where}: two strokes have the id {stroke.id!r}; each has its own")
        seen.add(stroke.id)
    return Strokes(content["width_px"], content["height_px"], strokes)


def _refuse_unlike_schema(content: object, where: Path | str) -> None:
    # Loaded where strokes are read: plans look at whether there are any, and no more.
    from jsonschema.exceptions import best_match

    from records.sheet.schema import explain, validator_of

    # Thousands of points are looked at apart, which takes the schema a hundred times as long.
    if fault := best_match(validator_of("strokes").iter_errors(_with_short_paths(content))):
        raise RecordError(
            f"{where}: {explain(fault)}; see docs/retouching.md for what the file may hold"
        )


def _with_short_paths(content: object) -> object:
    if not isinstance(content, dict) or not isinstance(content.get("strokes"), list):
        return content
    short = [
        {**one, "path_px": one["path_px"][:1]}
        if isinstance(one, dict) and isinstance(one.get("path_px"), list)
        else one
        for one in content["strokes"]
    ]
    return {**content, "strokes": short}


def _refuse_path(path: Sequence[Any], where: str) -> None:
    fits = len(path) <= _MOST_POINTS and all(
        isinstance(point, list)
        and len(point) == 2
        and all(
            type(number) in (int, float)
            and math.isfinite(number)
            and _LEAST_PX <= number <= _MOST_PX
            for number in point
        )
        for point in path
    )
    if not fits:
        raise RecordError(
            f"{where}: path_px must be up to {_MOST_POINTS} points, each x and y in px from "
            f"{_LEAST_PX} to {_MOST_PX}"
        )


def as_text(strokes: Strokes) -> str:
    """The file's text: one stroke a line, so that two versions can be compared by line."""
    lines = ",\n".join(
        json.dumps(stroke.as_record(), ensure_ascii=False, allow_nan=False)
        for stroke in strokes.strokes
    )
    return (
        f'{{\n"format": "{FORMAT}",\n"width_px": {strokes.width_px},\n'
        f'"height_px": {strokes.height_px},\n"strokes": [\n{lines}{chr(10) if lines else ""}]\n}}\n'
    )


def write(path: Path, strokes: Strokes) -> None:
    """Write a stack's strokes, whole or not at all, flushed to disk.

    Raises
    ------
    RecordError : they do not keep to the schema; the file is left as it was
    """
    text = as_text(strokes)
    parse(json.loads(text), path)
    write_bytes(path, text.encode())


def append(path: Path, stroke: Stroke, shape: tuple[int, int]) -> Strokes:
    """Add a stroke at the end; when this returns it is on disk.

    Parameters
    ----------
    path : of the file, which is made if it is missing
    shape : (rows, columns) of the fused image

    Returns
    -------
    All strokes that the file now holds

    Raises
    ------
    RecordError : the file is of a picture of another size, or as `read` and `write`
    """
    known = read(path) if path.exists() else Strokes(shape[1], shape[0])
    if (known.height_px, known.width_px) != shape:
        raise RecordError(
            f"{path}: was painted on a fused image of {known.width_px} x {known.height_px} px, "
            f"which now has {shape[1]} x {shape[0]}; set the file aside to begin anew"
        )
    grown = Strokes(known.width_px, known.height_px, (*known.strokes, stroke))
    write(path, grown)
    return grown


def has_strokes(path: Path) -> bool:
    """Whether a file holds a stroke; also where it is damaged, which reading it then tells.

    Plans of thousands of stacks ask: a file that is not there costs one look.
    """
    try:
        raw = path.read_bytes()
    except OSError:
        return False
    try:
        return bool(json.loads(raw)["strokes"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return True


def people(strokes: Iterable[Stroke]) -> list[str]:
    """Who painted, in the order in which they first did."""
    return list(dict.fromkeys(stroke.person for stroke in strokes if stroke.person))
