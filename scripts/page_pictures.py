"""The pictures of a stack's page: drawn of its master, its frames and its maps."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyvips

from developed import at_hand
from imaging.errors import ImagingError
from imaging.frames import tiff
from imaging.frames.converted import read_profile
from imaging.fusion.frame import Frame
from imaging.fusion.methods import METHODS
from imaging.fusion.reduced import reduced_frame
from imaging.pictures import overlays, tiles
from imaging.pictures.crop import Crop, upright
from imaging.pictures.screen import as_image, write_jpeg
from imaging.pictures.turned import Cut, cut
from records.archive.holding import Holding, open_holding
from records.archive.ocfl import object_folder, object_id, version_name
from records.errors import RecordError
from records.layout import LEDGER, PAINTED, QC, RETOUCHED, TRANSFORMS, master_name
from records.ledger.depth import focus_positions
from records.log import warn
from records.record import read_record, told_folder
from records.reports.review_crop import CROP_PICTURE, crop_page_of

THUMBNAIL_PX = 400
# Values of a map that a page knows under the pointer, along the longer edge.
GRID_PX = 800
FRAME_QUALITY = 80
# Of a page's folder: an output of its own, for `snakemake --report`.
OVERLAYS = "overlays"
# Earlier masters that can be compared.
MOST_VERSIONS = 5


@dataclass
class Shown:
    """The pictures of a stack, as they are drawn.

    Attributes
    ----------
    stack, work : its folder, and the folder where pictures are drawn
    record : of the master
    images, legend, maps : as stack.json tells of them
    """

    stack: Path
    work: Path
    record: Mapping[str, Any]
    images: list[dict[str, Any]] = field(default_factory=list)
    legend: dict[str, Any] = field(default_factory=dict)
    maps: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, stack: Path, work: Path) -> Shown:
        """A stack that has a master."""
        path = stack / f"{master_name(stack.parent.name, stack.name)}.json"
        return cls(stack, work, read_record(path, "master"))

    @property
    def master(self) -> Path:
        """The master's file."""
        return self.stack / "archival" / Path(self.record["file"]).name

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the master."""
        return self.record["width_px"], self.record["height_px"]

    @property
    def crop(self) -> Crop:
        """What of the fused image is the master."""
        return Crop.of(self.record)

    @property
    def whole(self) -> Crop:
        """All of the master."""
        return Crop((0, 0, *self.size))

    @property
    def orientation(self) -> int:
        """How it was turned, as Exif counts."""
        return self.record["orientation_applied"]

    def add(self, name: str, kind: str, label: str, **where: Any) -> None:  # noqa: ANN401 - JSON
        """Tell of a picture."""
        known = {"id": name, "kind": kind, "label": label, "frame": None, "position_um": None}
        self.images.append(known | where)

    def told(self) -> dict[str, Any]:
        """What stack.json tells of pictures."""
        return {
            "images": self.images,
            "legend": self.legend,
            "depth": self.maps.get("depth"),
            "source": self.maps.get("source"),
            "picture": "thumbnail.jpg",
            "pictures_of": self.record["sha256"],
        }


def draw_master(shown: Shown, wanted: str) -> None:
    """The master, in tiles or as one picture, and its thumbnail."""
    draw(shown, "master", "master", "master", shown.master, shown.whole, 1, wanted != "none")
    if wanted == "none":
        smallest = shown.work / "master.jpg"
    else:
        smallest = shown.work / "master" / "0" / "0_0.jpg"
    thumbnail = pyvips.Image.thumbnail(str(smallest), THUMBNAIL_PX, height=THUMBNAIL_PX)
    write_jpeg(thumbnail, shown.work / "thumbnail.jpg", FRAME_QUALITY)


def draw_others(shown: Shown, wanted: str, long_edge_px: int, archive: Path) -> None:
    """What the master is compared with: before retouching, other methods, slabs, versions."""
    stack, crop, turn = shown.stack, shown.crop, shown.orientation
    in_tiles = wanted == "all"
    others = []
    if (stack / RETOUCHED).is_file():
        others.append(("fused", "fused", "before retouching", stack / "stack" / "fused.tif"))
    for path in sorted(stack.glob("stack/methods/[!.]*.tif")):
        others.append((f"method-{path.stem}", "method", path.stem, path))
    for number, path in enumerate(sorted(stack.glob("stack/slabs/[!.]*.tif")), start=1):
        others.append((f"slab-{number:03}", "slab", path.stem, path))
    for name, kind, label, path in others:
        draw(shown, name, kind, label, path, crop, turn, in_tiles, long_edge_px)
    folder = object_folder(archive, object_id(stack.parent.name, stack.name))
    if folder is not None and folder.is_dir():
        for name, path in earlier_masters(open_holding(folder), shown):
            picture = f"version-{name}", "version", name, path, shown.whole
            draw(shown, *picture, 1, in_tiles, long_edge_px)


def earlier_masters(held: Holding, shown: Shown) -> list[tuple[str, Path]]:
    """Masters of earlier versions that show the same rectangle, the newest first."""
    master = f"{master_name(shown.stack.parent.name, shown.stack.name)}.tif"
    record = f"{master.removesuffix('.tif')}.json"
    seen = {shown.record["sha256"]}
    found = []
    for number in range(held.inventory.head - 1, 0, -1):
        state = held.inventory.state(number)
        if master not in state or record not in state or state[master] in seen:
            continue
        seen.add(state[master])
        earlier = json.loads(held.inventory.content_file(held.folder, state[record]).read_bytes())
        same = ("crop_px", "crop_angle_deg", "orientation_applied", "width_px", "height_px")
        if all(earlier.get(key) == shown.record.get(key) for key in same):
            path = held.inventory.content_file(held.folder, state[master])
            found.append((version_name(number), path))
    return found[:MOST_VERSIONS]


def draw(
    shown: Shown,
    name: str,
    kind: str,
    label: str,
    path: Path,
    crop: Crop,
    orientation: int,
    in_tiles: bool,
    long_edge_px: int = tiles.TILE_PX,
) -> None:
    """One picture of the master's rectangle, in tiles or scaled down."""
    if in_tiles:
        sizes = write_tiles(shown, name, path, crop, orientation)
        url = f"{name}/{{level}}/{{x}}_{{y}}.jpg"
        known = {"url": url, "tile_px": tiles.TILE_PX, "levels": sizes}
        shown.add(name, kind, label, tiles=known)
        return
    step = max(1, -(-max(shown.size) // (long_edge_px or tiles.TILE_PX)))
    size = [-(-side // step) for side in shown.size]
    with tiff.open_rows(path) as rows:
        part = (0, 0, *crop.size)
        small = tiles.render(Cut(rows, crop), part, orientation, step, (0, 0, size[0], size[1]))
        write_jpeg(as_image(small, rows.icc), shown.work / f"{name}.jpg")
    known = {"url": f"{name}.jpg", "width_px": size[0], "height_px": size[1]}
    shown.add(name, kind, label, file=known)


def write_tiles(
    shown: Shown, name: str, path: Path, crop: Crop, orientation: int
) -> list[tuple[int, int]]:
    """Tiles of what a crop shows of a picture, in a folder of this name."""
    target = shown.work / name
    if not crop.angle_deg:
        return tiles.write_tiles(path, target, crop=crop.box, orientation=orientation)
    turned = shown.work / f".{name}.tif"
    with tiff.open_rows(path) as rows:
        tiff.write_image(turned, cut(rows, crop), rows.icc)
    sizes = tiles.write_tiles(turned, target, orientation=orientation)
    turned.unlink()
    return sizes


def draw_whole(shown: Shown, long_edge_px: int) -> dict[str, Any]:
    """The fused image uncropped, and what the page tells on which its crop is drawn; or nothing."""
    found = [shown.stack / RETOUCHED, shown.stack / "stack" / "fused.tif"]
    path = next((one for one in found if one.is_file()), None)
    if path is None or not long_edge_px:
        return {}
    with tiff.open_rows(path) as rows:
        height, width = rows.extent
        upright_size = (width, height) if shown.orientation < 5 else (height, width)
        step = max(1, -(-max(width, height) // long_edge_px))
        across, down = (-(-side // step) for side in upright_size)
        whole = (0, 0, width, height)
        small = tiles.render(rows, whole, shown.orientation, step, (0, 0, across, down))
        write_jpeg(as_image(small, rows.icc), shown.work / CROP_PICTURE, FRAME_QUALITY)
    methods = [name for name in METHODS if name != "external"]
    return crop_page_of(shown.stack, shown.record, (width, height), methods)


def draw_frames(shown: Shown, long_edge_px: int, threads: int) -> None:
    """The aligned frames, scaled down; converted ones that are gone are developed again."""
    aligned = read_record(shown.stack / TRANSFORMS, "transforms")
    home = told_folder(aligned["folder"], shown.stack / TRANSFORMS)
    rows = [row for row in aligned["frames"] if row["status"] == "used"]
    if not long_edge_px or len(rows) < 2:
        return
    are_there = home.is_dir()
    try:
        with at_hand(shown.stack, rows, home, shown.work / "frames", threads) as folder:
            draw_frames_of(shown, rows, folder, long_edge_px, threads)
    except (RecordError, ImagingError, OSError) as error:
        if are_there and not home.is_dir():
            # A run removed them meanwhile, for the run of this page was killed.
            draw_frames(shown, long_edge_px, threads)
        elif isinstance(error, OSError):
            raise
        else:
            # Of a stack whose raws are elsewhere, or that an earlier program made, all else is.
            warn(f"its frames are not shown: {error}")


def draw_frames_of(
    shown: Shown,
    rows: Sequence[Mapping[str, Any]],
    folder: Path,
    long_edge_px: int,
    threads: int,
) -> None:
    """Those of a folder that rows of `transforms.json` name."""
    positions = focus_positions(shown.stack / LEDGER, [row["frame"] for row in rows])
    icc = read_profile(folder / rows[0]["tiff"])
    factor = min(1.0, long_edge_px / max(shown.size))
    size = max(1, round(shown.size[0] * factor)), max(1, round(shown.size[1] * factor))
    (shown.work / "frames").mkdir(exist_ok=True)
    one = partial(draw_frame, shown, folder, icc, size)
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(one, rows):
            pass
    for k, row in enumerate(rows):
        name = f"frame-{row['frame']:03}"
        known = {"url": f"frames/{name}.jpg", "width_px": size[0], "height_px": size[1]}
        position = positions[k] if positions else None
        shown.add(name, "frame", row["file"], frame=row["frame"], position_um=position, file=known)


def draw_frame(
    shown: Shown, folder: Path, icc: bytes | None, size: tuple[int, int], row: Mapping[str, Any]
) -> None:
    """One aligned frame, upright, `size` being its width and height then."""
    inverse = np.linalg.inv(np.array(row["matrix"]))
    frame = Frame(folder / row["tiff"], inverse, icc, tuple(row.get("gain", (1.0, 1.0, 1.0))))
    stored = size if shown.orientation < 5 else size[::-1]
    small = reduced_frame(frame, shown.crop.matrix, shown.crop.size, stored)
    pixels = upright(small, shown.orientation)
    path = shown.work / "frames" / f"frame-{row['frame']:03}.jpg"
    write_jpeg(as_image(pixels, icc), path, FRAME_QUALITY)


def draw_maps(shown: Shown, long_edge_px: int) -> None:
    """Depth, source and confidence in colours, with legend and with values for the pointer."""
    (shown.work / OVERLAYS).mkdir()
    if (shown.stack / PAINTED).is_file():
        with tiff.open_rows(shown.stack / PAINTED) as rows:
            share = overlays.sampled(rows, shown.crop, shown.orientation, long_edge_px)
        draw_rgba(shown, "painted", overlays.painted(share))
    depth = shown.record.get("depth")
    if not depth:
        return
    unit = "µm" if depth["unit"] == "um" else "frame"
    with tiff.open_rows(shown.master.with_name(Path(depth["file"]).name)) as rows:
        values = overlays.sampled(rows, shown.whole, 1, long_edge_px)
        grid = overlays.sampled(rows, shown.whole, 1, GRID_PX)
    ends = overlays.ends_of(values)
    draw_map(shown, "depth", values, ends, overlays.DEPTH, unit)
    known = grid[np.isfinite(grid)]
    lowest, highest = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    shown.maps["depth"] = {
        "width": grid.shape[1],
        "height": grid.shape[0],
        "unit": unit,
        "minimum": lowest,
        "maximum": highest,
        "nan": overlays.UNKNOWN,
        "data": overlays.grid(overlays.depth_grid(grid, lowest, highest)),
    }
    maps = shown.stack / "stack"
    if (maps / "source.tif").is_file():
        with tiff.open_rows(maps / "source.tif") as rows:
            values = overlays.sampled(rows, shown.crop, shown.orientation, long_edge_px)
            grid = overlays.sampled(rows, shown.crop, shown.orientation, GRID_PX)
        ends = (float(values.min()), float(values.max()))
        draw_map(shown, "source", values.astype(np.float32), ends, overlays.SOURCE, "frame")
        shown.maps["source"] = {
            "width": grid.shape[1],
            "height": grid.shape[0],
            "data": overlays.grid(grid),
        }
    if (maps / "confidence.tif").is_file():
        with tiff.open_rows(maps / "confidence.tif") as rows:
            values = overlays.sampled(rows, shown.crop, shown.orientation, long_edge_px)
        share = values.astype(np.float32) / 65535.0
        draw_map(shown, "confidence", share, (0.0, 1.0), overlays.CONFIDENCE, "")


def draw_map(
    shown: Shown,
    name: str,
    values: np.ndarray,
    ends: tuple[float, float],
    colours: int,
    unit: str,
) -> None:
    """One map as a picture that shows nothing where nothing is known."""
    draw_rgba(shown, name, overlays.coloured(values, *ends, colours))
    shown.legend[name] = {
        "unit": unit,
        "minimum": ends[0],
        "maximum": ends[1],
        "colours": overlays.legend_colours(colours),
    }


def draw_rgba(shown: Shown, name: str, picture: np.ndarray) -> None:
    """A picture (h, w, 4) that is laid over the master."""
    picture = np.ascontiguousarray(picture)
    height, width = picture.shape[:2]
    image = pyvips.Image.new_from_memory(picture.data, width, height, 4, "uchar")
    image.copy(interpretation="srgb").pngsave(
        str(shown.work / OVERLAYS / f"{name}.png"), keep="none"
    )
    known = {"url": f"{OVERLAYS}/{name}.png", "width_px": width, "height_px": height}
    shown.add(name, "overlay", name, file=known)


def copy_evidence(shown: Shown) -> None:
    """The crops of what the checks found."""
    found = sorted((shown.stack / QC).with_suffix("").glob("[!.]*.jpg"))
    if found:
        (shown.work / "evidence").mkdir()
    for path in found:
        shutil.copyfile(path, shown.work / "evidence" / path.name)
