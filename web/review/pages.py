"""What the served pages show: what the last run wrote, and what has become of it since.

Stack and collection are told as a run told them (`stack.json`, the collection's own page). What
only a server can give is added: tiles of every picture, acknowledged warnings and choices that the
sheet has by now, addresses of files.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urljoin

from imaging.errors import ImagingError
from records.errors import RecordError
from records.layout import LEDGER, RAW
from records.ledger.table import USED, read_ledger
from records.reports.review_facts import CAPTURED, WAITING
from records.reports.review_rows import COLUMNS
from records.reports.review_surface import surface_file_of, surface_page_of
from records.sheet.acknowledged import parse_acknowledged
from records.sheet.entering import known_stacks
from web.review.cells import row_of
from web.review.choosing import METHODS, size_of
from web.review.frames import ListedFrame, frames_of, orientation_of
from web.review.names import DATA, ONE_NAME, PAGES, Stack, Stacks, inside
from web.review.pictures import Picture, Pictures
from web.review.templates import data_of
from web.review.tiles import TILE_PX, Pyramid

FORMAT = "holostack-review 1"


def collection(stacks: Stacks) -> dict[str, Any]:
    """What the collection's page shows.

    Raises
    ------
    RecordError : the sheet or the page that a run wrote cannot be read
    """
    page = stacks.results / "index.html"
    if page.is_file():
        data = data_of(page)
    else:
        data = {"columns": list(COLUMNS), "stacks": _of_the_sheet(stacks), "run": None}
    told = data | {"format": data.get("format", FORMAT), "made": data.get("made", _now())}
    told["targets"] = targets_file(stacks, "index.html") is not None
    columns = told["columns"]
    if {"specimen", "view"} <= set(columns):
        told["stacks"] = [alive(dict(zip(columns, row)), columns) for row in told["stacks"]]
    return told


def targets_file(stacks: Stacks, name: str) -> Path | None:
    """The page of colour targets that a command wrote, or a picture beside it; None without it."""
    folder = stacks.results / "targets"
    return inside(folder / name, folder) if ONE_NAME.fullmatch(name) else None


def targets_page(stacks: Stacks) -> dict[str, Any]:
    """What the page of colour targets shows.

    Raises
    ------
    RecordError : nobody has measured any, or what was written cannot be read
    """
    page = targets_file(stacks, "index.html")
    if page is None:
        raise RecordError("no colour target was measured yet; docs/targets.md tells how")
    return data_of(page)


def stack_page(stacks: Stacks, stack: Stack) -> dict[str, Any]:
    """What a stack's page shows.

    Raises
    ------
    RecordError : no run has written of it yet, or what it wrote cannot be read
    """
    path = stack.pages / DATA
    try:
        data = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise RecordError(
            f"{stack.name}: no run has made its page yet; run the workflow, then look again"
        ) from None
    except ValueError:
        raise RecordError(f"{path}: is no page's data; let a run write it again") from None
    data["images"] = _images(stack, data.get("images", []))
    data["files"] = [
        {**file, "url": file_address(stack, number)} if leads_to(stacks, stack, file) else file
        for number, file in enumerate(data.get("files", []))
    ]
    data["home"] = "/"
    own = f"/stack/{quote(stack.specimen)}/{quote(stack.view)}"
    data["surface_page"] = f"{own}/surface" if _surface_of(stack) else None
    # What was acknowledged since that run.
    reasons = _acknowledged(stacks, stack)
    for warning in data.get("warnings", []):
        if not warning.get("acknowledged"):
            warning["acknowledged"] = reasons.get(warning.get("kind"), "")
        for evidence in warning.get("evidence", []):
            evidence["url"] = _address(stack, evidence.get("url", ""))
    return data


def surface_page(stack: Stack) -> dict[str, Any]:
    """What the page shows on which a stack's surface is turned and measured.

    Raises
    ------
    RecordError : it has none
    """
    if not _surface_of(stack):
        raise RecordError(
            f"{stack.name}: has no surface to show; make a derivative of format glb, as "
            "docs/relief.md tells"
        )
    return surface_page_of(stack.folder)


def preview_page(stacks: Stacks, stack: Stack) -> dict[str, Any]:
    """What the page shows on which a stack is tried before its run.

    Raises
    ------
    RecordError : it has no row in the sheet, or that is wrong
    """
    row = row_of(stacks, stack)
    frames = frames_of(stack)
    chosen = row.cells.get("crop", row.config["master"]["crop"])
    ledger = inside(stack.folder / LEDGER, stack.folder)
    left_out = (
        {entry.file for entry in read_ledger(ledger) if entry.status != USED} if ledger else ()
    )
    named = set(filter(None, map(str.strip, row.cells.get("exclude", "").split(";"))))
    width, height = size_of(frames) or (0, 0)
    return {
        "format": FORMAT,
        "stack": stack.name,
        "specimen": stack.specimen,
        "view": stack.view,
        "width_px": width,
        "height_px": height,
        "frames": [
            {
                "frame": frame.frame,
                "file": frame.file,
                "status": frame.status,
                "reason": frame.reason,
                "picture": "",
            }
            for frame in frames
        ],
        "methods": list(METHODS),
        "method": row.config["fuse"]["method"],
        "orientation": orientation_of(frames),
        "crop": [float(n) for n in chosen.split(",")] if "," in chosen else chosen,
        "exclude": [
            frame.frame for frame in frames if frame.file in named or _left_out(frame, left_out)
        ],
        "home": "/",
    }


def _left_out(frame: ListedFrame, left_out: Collection[str]) -> bool:
    """Whether the ledger has left a frame out because the sheet says so."""
    return frame.file in left_out and frame.reason.startswith("excluded")


def file_address(stack: Stack, number: int) -> str:
    """Where a file that a page tells of is had from."""
    return f"/files/{quote(stack.specimen)}/{quote(stack.view)}/{number}"


def file_of(stacks: Stacks, stack: Stack, number: int) -> Path | None:
    """The file that a stack's page tells of under this number; None where it has none."""
    try:
        files = json.loads((stack.pages / DATA).read_text("utf-8"))["files"]
    except (OSError, ValueError, KeyError):
        return None
    return leads_to(stacks, stack, files[number]) if number < len(files) else None


def picture_of(stacks: Stacks, stack: Stack) -> Path | None:
    """The picture by which the collection shows a stack; None where its page tells of none here."""
    try:
        told = json.loads((stack.pages / DATA).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return leads_to(stacks, stack, {"url": told.get("picture")}) if isinstance(told, dict) else None


def leads_to(stacks: Stacks, stack: Stack, file: Mapping[str, Any]) -> Path | None:
    """Where an address of a page on disk leads: to a file of its stack, its page or its object.

    Whatever it says, no other file of the computer is given.
    """
    url = file.get("url")
    if not isinstance(url, str) or "\0" in url or ":" in url.partition("/")[0]:
        return None
    path = stack.pages / unquote(url)
    for home in (stack.folder, stack.pages, stack.archive):
        if found := inside(path, home):
            return found
    return None


def alive(row: dict[str, Any], columns: Sequence[str]) -> list[Any]:
    """A row of the collection, its addresses those of this server."""
    if row.get("page"):
        row["page"] = f"/stack/{quote(str(row['specimen']))}/{quote(str(row['view']))}"
    picture = str(row.get("picture") or "")
    if picture.startswith(f"{PAGES}/"):
        row["picture"] = urljoin("/", picture)
    elif picture:
        # A derivative in the stack's folder or the archive, where no pictures were drawn.
        row["picture"] = f"/picture/{quote(str(row['specimen']))}/{quote(str(row['view']))}"
    return [row[column] for column in columns]


def _of_the_sheet(stacks: Stacks) -> list[list[Any]]:
    """Rows of stacks of which no run has told yet."""
    config = stacks.config()
    tree = stacks.data / config["paths"]["specimens"]
    told = []
    for row in known_stacks(stacks.sheet(), config).values():
        has_raws = (tree / row.specimen / row.view / RAW).is_dir()
        known = {
            "specimen": row.specimen,
            "view": row.view,
            "catalog_number": row.cells.get("catalog_number", ""),
            "name": row.cells.get("scientificName", "") or row.cells.get("caption", ""),
            "state": CAPTURED if has_raws else WAITING,
            "warnings": [],
        }
        told.append([known.get(column, "") for column in COLUMNS])
    return told


def _images(stack: Stack, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The pictures of a page, with tiles of all that lie there now."""
    try:
        pictures = Pictures(stack)
        now = {picture.id: picture for picture in pictures}
    except (RecordError, ImagingError, OSError):
        # Nothing lies there that could be cut; what the run left is shown.
        return [_with_address(stack, image) for image in told]
    tiles = {key: _tiles(stack, pictures, picture) for key, picture in now.items()}
    images = []
    for image in told:
        if given := tiles.pop(str(image.get("id")), None):
            kept = {key: value for key, value in image.items() if key not in ("file", "tiles")}
            images.append({**kept, "tiles": given})
        else:
            images.append(_with_address(stack, image))
    known = {image.get("frame"): image for image in told if image.get("kind") == "frame"}
    for key, given in tiles.items():
        picture = now[key]
        images.append(
            {
                "id": key,
                "kind": picture.kind,
                "label": key.replace("-", " "),
                "frame": picture.frame,
                "position_um": known.get(picture.frame, {}).get("position_um"),
                "tiles": given,
            }
        )
    return images


def _tiles(stack: Stack, pictures: Pictures, picture: Picture) -> dict[str, Any]:
    pyramid = Pyramid(picture.source, pictures.placing)
    # Another picture has another address, so that a browser may keep what it has.
    version = f"{abs(hash((picture.source.stamp(), pictures.placing))):x}"
    names = f"{quote(stack.specimen)}/{quote(stack.view)}/{picture.id}"
    return {
        "url": f"/tiles/{names}/{{level}}/{{x}}_{{y}}.jpg?v={version}",
        "tile_px": TILE_PX,
        "levels": [list(size) for size in pyramid.levels],
    }


def _with_address(stack: Stack, image: dict[str, Any]) -> dict[str, Any]:
    """A picture as a run left it, its address that of this server."""
    changed = dict(image)
    for kind in ("file", "tiles"):
        if isinstance(image.get(kind), dict):
            url = _address(stack, image[kind].get("url", ""))
            changed[kind] = {**image[kind], "url": url}
    return changed


def _address(stack: Stack, url: str) -> str:
    """The address here of a picture that lies beside a page on disk."""
    return urljoin(f"/{PAGES}/{quote(stack.specimen)}/{quote(stack.view)}/", url)


def _acknowledged(stacks: Stacks, stack: Stack) -> dict[str, str]:
    """Reasons by code, as the sheet has them."""
    try:
        row = known_stacks(stacks.sheet(), stacks.config()).get((stack.specimen, stack.view))
        return parse_acknowledged(row.cells.get("acknowledge", "")) if row else {}
    except RecordError:
        return {}


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


def _surface_of(stack: Stack) -> Path | None:
    found = surface_file_of(stack.folder)
    return inside(found, stack.folder) if found else None
