"""Publish archived specimens by IIIF: a folder for any web server, for the viewers of others.

A manifest for each specimen with all its views, and of each view the master, its depth and its
earlier versions as tiles. Pictures that are there already are not made again.
"""

from __future__ import annotations

from step import run

import argparse
import json
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from archived_stack import read_stack
from imaging.frames import tiff
from imaging.pictures import iiif_tiles, overlays
from imaging.pictures.crop import Crop
from imaging.pictures.head import size_px
from imaging.pictures.tiles import TILE_PX
from reading import RESULTS, add_archive, find_folders, find_root, going_on, refuse_failed, settings
from records.archive import ocfl
from records.archive.holding import Holding, name_of, open_holding
from records.errors import RecordError
from records.files import json_bytes, refuse_outputs, sha256_file, write_bytes
from records.handover import dwca, iiif
from records.handover.iiif import Image, View
from records.handover.stack import Stack
from records.layout import master_name
from records.log import progress
from records.record import told_name
from records.sheet.folder_names import specimen_of
from records.sheet.settings import add_settings
from records.sheet.spreadsheet import read_rows
from records.unfinished import beside

# Of `media` in the configuration, what holds here too.
SHARED = ("language", "rights", "address", "organisation", "dataset_title")
# Of a master, what an earlier one must have alike to be shown on the same canvas.
RECTANGLE = ("crop_px", "crop_angle_deg", "orientation_applied", "width_px", "height_px")
MOST_VERSIONS = 5
INFO = "info.json"
# Beside the depth in colours: what they mean.
SCALE = "depth.json"


def main(argv: list[str]) -> None:
    """Write what is not there yet of every specimen, or of those named."""
    options = arguments().parse_args(argv)
    refuse_outputs(options, "folder")
    if not options.base_url:
        raise RecordError(
            "a manifest holds the web addresses of its pictures, and none is configured: set "
            "iiif.base_url (or give --base-url) to where the folder will be on the web, such as "
            "https://pictures.example.org/iiif"
        )
    root = find_root(options)
    order = _order_of(options.sheet)
    failed: list[str] = []
    manifests = []
    for specimen, folders in groupby(_specimens(root, options.object), _specimen_of):
        with going_on(specimen, failed):
            views = [_view(found, root, options) for found in _stacks(folders)]
            if not views:
                continue
            views.sort(key=lambda view: _place(order, view.stack))
            manifests.append(_published(views, options))
    if not options.object:
        # What could not be read this time is still what it was.
        kept = [_read_json(_manifest_of(options.folder, one)) for one in failed]
        everything = sorted([*manifests, *filter(None, kept)], key=lambda one: str(one["id"]))
        title = options.dataset_title or options.organisation or "Specimens"
        listed = iiif.collection(options.base_url, everything, title)
        write_bytes(options.folder / iiif.COLLECTION, json_bytes(listed))
    progress(f"{len(manifests)} specimens are published in {options.folder}")
    refuse_failed(failed, "published")


def _specimens(root: Path, wanted: list[str]) -> Iterator[Path]:
    """Folders of all objects, or of those of the specimens of which a view is named, in order."""
    named = {_specimen_of(folder) for folder in find_folders(root, wanted)} if wanted else None
    found = (one for one in find_folders(root, []) if named is None or _specimen_of(one) in named)
    yield from sorted(found, key=name_of)


def _specimen_of(folder: Path) -> str:
    """The id of an object without its view."""
    return name_of(folder).rpartition("/")[0]


def _manifest_of(folder: Path, identifier: str) -> Path:
    """Where the manifest of a specimen lies, by its objects' id without the view."""
    return folder / identifier.removeprefix(ocfl.ID_PREFIX) / iiif.MANIFEST


def _stacks(folders: Iterator[Path]) -> Iterator[Holding]:
    for folder in folders:
        holding = open_holding(folder)
        if holding.master_path():
            yield holding


def _order_of(sheet: Path | None) -> Mapping[tuple[str, str], int]:
    """The place of each stack in the sheet; none where there is no sheet."""
    if sheet is None or not sheet.is_file():
        return {}
    _, rows = read_rows(sheet)
    return {(specimen_of(cells), cells.get("view", "")): row for row, cells in rows}


def _place(order: Mapping[tuple[str, str], int], stack: Stack) -> tuple[float, str]:
    return order.get((stack.specimen, stack.view), float("inf")), stack.view


def _view(holding: Holding, root: Path, options: argparse.Namespace) -> View:
    """A stack with its pictures, each of which is there afterwards."""
    stack, record = read_stack(holding, root, options.address), holding.master()
    if options.rights == "required" and not (stack.said("rights") or stack.said("licence_url")):
        raise RecordError(
            "it has neither rights nor licence_url; fill in the sheet, or publish without with "
            "--rights optional"
        )
    number = holding.inventory.head
    images = [_picture(holding, stack, stack.master.sha256, "Master", options)]
    if "depth" in options.also and record.get("depth"):
        images.append(_depth(holding, stack, record["depth"], options))
    if "versions" in options.also:
        for number_before, digest in _earlier_masters(holding, record):
            label = f"Version {number_before} of {number}"
            images.append(_picture(holding, stack, digest, label, options))
    return View(stack, ocfl.version_name(number), tuple(images))


def _earlier_masters(holding: Holding, record: Mapping[str, Any]) -> list[tuple[int, str]]:
    """Masters of earlier versions that show the same rectangle, the newest first."""
    name = master_name(str(record["specimen"]), str(record["view"]))
    seen, found = {record["sha256"]}, []
    for number in range(holding.inventory.head - 1, 0, -1):
        state = holding.inventory.state(number)
        digest = state.get(f"{name}.tif")
        if digest is None or f"{name}.json" not in state or digest in seen:
            continue
        seen.add(digest)
        told = holding.inventory.content_file(holding.folder, state[f"{name}.json"]).read_bytes()
        earlier = json.loads(told)
        if all(earlier.get(key) == record.get(key) for key in RECTANGLE):
            found.append((number, digest))
    return found[:MOST_VERSIONS]


def _picture(
    holding: Holding, stack: Stack, digest: str, label: str, options: argparse.Namespace
) -> Image:
    """A master, newest or earlier, as tiles."""
    file = holding.inventory.content_file(holding.folder, digest)
    size = size_px(file)
    if size is None:
        raise RecordError(f"{file}: is no picture that can be read; verify the archive")

    def write(folder: Path) -> None:
        _refuse_changed(file, digest)
        iiif_tiles.write_picture(file, folder)

    return Image(label, _service(stack, digest, size, write, options))


def _depth(
    holding: Holding, stack: Stack, record: Mapping[str, Any], options: argparse.Namespace
) -> Image:
    """The depth map in colours, no longer than a tile: it has no finer detail to be looked at."""
    digest = holding.state[f"archival/{told_name(record['file'], holding.folder)}"]
    file = holding.inventory.content_file(holding.folder, digest)
    width, height = size_px(holding.file(stack.master.path)) or (1, 1)

    def write(folder: Path) -> None:
        _refuse_changed(file, digest)
        with tiff.open_rows(file) as rows:
            values = overlays.sampled(rows, Crop((0, 0, width, height)), 1, TILE_PX)
        lowest, highest = overlays.ends_of(values)
        picture = overlays.coloured(values, lowest, highest, overlays.DEPTH)
        iiif_tiles.write_map(picture, folder)
        told = {"darkest": lowest, "brightest": highest, "unit": record["unit"]}
        (folder / SCALE).write_bytes(json_bytes(told))

    size = iiif_tiles.within(width, height, TILE_PX)
    service = _service(stack, digest, size, write, options)
    told = json.loads((_folder(stack, digest, options) / SCALE).read_bytes())
    unit = "µm" if told["unit"] == "um" else "frames"
    ends = f"dark {told['darkest']:.0f}, bright {told['brightest']:.0f} {unit}"
    return Image(f"Depth: {ends}; larger is {record['larger_is']}", service)


def _service(
    stack: Stack,
    digest: str,
    size: tuple[int, int],
    write: Callable[[Path], None],
    options: argparse.Namespace,
) -> dict[str, Any]:
    """The `info.json` of a picture whose folder is named for its file's hash, so that it stays.

    Parameters
    ----------
    size : width and height in px
    write : makes the folder
    """
    folder = _folder(stack, digest, options)
    address = iiif.address(options.base_url, stack.specimen, stack.view, folder.name)
    known = iiif_tiles.info(*size, address)
    there = _read_json(folder / INFO)
    if {**there, "id": ""} != {**known, "id": ""}:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with beside(folder) as work:
            write(work / folder.name)
            (work / folder.name / INFO).write_bytes(json_bytes(known))
            if folder.exists():
                # Of a Holostack that laid pictures out otherwise.
                folder.rename(work / "before")
            (work / folder.name).rename(folder)
    elif there != known:
        write_bytes(folder / INFO, json_bytes(known))
    return known


def _folder(stack: Stack, digest: str, options: argparse.Namespace) -> Path:
    """Where a picture lies, by the SHA-256 of its file."""
    folder: Path = options.folder / stack.specimen / stack.view / digest[:16]
    return folder


def _refuse_changed(file: Path, digest: str) -> None:
    if sha256_file(file) != digest:
        raise RecordError(f"{file}: was changed since it was archived; verify the archive")


def _published(views: list[View], options: argparse.Namespace) -> dict[str, Any]:
    """The manifest of a specimen, as it is written."""
    sheets = [{"specimen": view.stack.specimen} | view.stack.words for view in views]
    (words,) = dwca.occurrence_rows(sheets)
    known = {
        "language": options.language,
        "organisation": options.organisation,
        "organisation_page": options.organisation_page,
    }
    content = iiif.manifest(options.base_url, views, words, known)
    write_bytes(options.folder / words["specimen"] / iiif.MANIFEST, json_bytes(content))
    return content


def _read_json(path: Path) -> dict[str, Any]:
    """What was published before; empty where that is nothing whole."""
    try:
        known = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def arguments() -> argparse.ArgumentParser:
    """The command line of this script."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_archive(parser)
    parser.add_argument(
        "--folder",
        type=Path,
        default=RESULTS / "iiif",
        help="to be put on the web (default: %(default)s)",
    )
    parser.add_argument(
        "--sheet",
        type=Path,
        default=_sheet_here(),
        help="by whose rows views are ordered (default: what the configuration here says, if it is "
        "there; without one, by name)",
    )
    add_settings(parser, "iiif", instead=settings("iiif"))
    add_settings(parser, "media", only=SHARED, instead=settings("media"))
    return parser


def _sheet_here() -> Path | None:
    here = Path(str(settings("sheet")))
    return here if here.is_file() else None


if __name__ == "__main__":
    run(main)
