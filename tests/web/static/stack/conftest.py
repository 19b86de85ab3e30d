"""A small stack's page on disk: the virtual specimen as its scene has it, and grey frames."""

from __future__ import annotations

import base64
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import pyvips
from numpy.typing import NDArray

from hardware.virtual.beetle import beetle
from records.reports.review_site import Site, put_static, write_stack
from web.files import FROM_NPM, VENDOR

STATIC = Path(__file__).parents[4] / "web" / "static"
PITCH_UM = 5.0
FRAMES = 8
OSD = "vendor/openseadragon.min.js"


@dataclass(frozen=True)
class Made:
    """A page, its data, and what is true of the specimen.

    breadth_um : of the trunk where it is broadest, between the middles of its edges
    row : of the master, at which that is
    """

    page: Path
    data: dict
    breadth_um: float
    row: int

    @property
    def address(self) -> str:
        return self.page.as_uri()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The site, written once; pages do not change it."""
    scene = beetle(720, 540, PITCH_UM, 1200, 1)
    picture = scene.layers[0].rgb.copy()
    for layer in scene.layers[1:]:
        top, left = _corner(layer, picture.shape)
        rows, columns = layer.cover.shape
        here = picture[top : top + rows, left : left + columns]
        here += layer.cover[..., None] * (layer.rgb - here)
    trunk = scene.layers[2]
    cover = np.zeros(picture.shape[:2], np.float32)
    top, left = _corner(trunk, picture.shape)
    cover[top : top + trunk.cover.shape[0], left : left + trunk.cover.shape[1]] = trunk.cover
    row = int(np.argmax(cover.sum(axis=1)))
    site = Site(tmp_path_factory.mktemp("site") / "results", STATIC)
    data = _written(site, np.clip(picture, 0, 1) ** (1 / 2.2), cover)
    put_static(site)
    if (FROM_NPM / VENDOR[OSD]).is_file():
        target = site.results / "static" / OSD
        target.parent.mkdir(exist_ok=True)
        shutil.copy(FROM_NPM / VENDOR[OSD], target)
    page = site.folder("S-1", "top") / "index.html"
    return Made(page, data, float(cover[row].sum()) * PITCH_UM, row)


def _corner(layer, shape: tuple[int, ...]) -> tuple[int, int]:
    """Where a layer's first sample lies in the scene."""
    down, right = layer.shift_px
    rows, columns = layer.cover.shape
    return round((shape[0] - rows) / 2 - down), round((shape[1] - columns) / 2 - right)


def _written(site: Site, picture: NDArray, cover: NDArray) -> dict:
    folder = site.folder("S-1", "top")
    height, width = cover.shape
    images = [_tiled(picture, folder, "master", 256)]
    edges = np.repeat(cover[..., None], 3, axis=2)
    images.append(_file(edges, folder, "slab-001", "slab"))
    for number in range(1, FRAMES + 1):
        grey = np.full((height // 2, width // 2, 3), number / 10, np.float32)
        one = _file(grey, folder, f"frame-{number:03d}", "frame")
        images.append(one | {"frame": number, "position_um": 100.0 * number})
    images.append(_file(np.ones((64, 64, 3)) * [1, 0, 0], folder, "depth", "overlay"))
    # A slope of 2 µm of depth to each px across.
    slope = np.linspace(0.5, 99.5, 100) / 100 * 65534
    grid = np.repeat(np.round(slope)[None], 80, axis=0).astype("<u2")
    source = np.full((8, 10), 3, "<u2")
    source[:, 5:] = 6
    data = {
        "format": "holostack-review 1",
        "specimen": "S-1",
        "view": "top",
        "state": "made",
        "metadata": {"caption": "<b>not bold</b>"},
        "width_px": width,
        "height_px": height,
        "pixel_size_um": PITCH_UM,
        "pixel_size_from": "the scene",
        "images": images,
        "legend": {"depth": {"unit": "µm", "minimum": 0, "maximum": 9, "colours": ["red", "blue"]}},
        "depth": _packed(grid, unit="µm", minimum=0, maximum=2 * width, nan=65535),
        "source": _packed(source),
        "frames": [_frame(number) for number in range(1, FRAMES + 2)],
        "warnings": [
            {"step": "qc", "text": "Seen <i>here</i>.", "evidence": [{"url": "frame-002.png"}]},
            {"step": "qc", "text": "Bad link.", "evidence": [{"url": "javascript:alert(1)"}]},
        ],
        "files": [{"what": "archival master", "url": "../x.tif", "bytes": 11_145_926}],
    }
    write_stack(site, data)
    return data


def _frame(number: int) -> dict:
    return {
        "frame": number,
        "file": f"raw_{number}.dng",
        "status": "used" if number <= FRAMES else "rejected",
        "reason": "" if number <= FRAMES else "shaken",
        "sharpness": 0.1 * number,
        "position_um": 100.0 * number,
    }


def _packed(grid: NDArray, **more) -> dict:
    data = base64.b64encode(grid.tobytes()).decode()
    return {"width": grid.shape[1], "height": grid.shape[0], "data": data, **more}


def _put(picture: NDArray, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.ascontiguousarray(np.round(picture * 255).astype(np.uint8))
    height, width, bands = pixels.shape
    pyvips.Image.new_from_memory(pixels.tobytes(), width, height, bands, "uchar").write_to_file(
        str(path)
    )


def _file(picture: NDArray, folder: Path, name: str, kind: str) -> dict:
    _put(picture, folder / f"{name}.png")
    height, width = picture.shape[:2]
    file = {"url": f"{name}.png", "width_px": width, "height_px": height}
    return {"id": name, "kind": kind, "label": name, "file": file}


def _tiled(picture: NDArray, folder: Path, name: str, tile_px: int) -> dict:
    pyramid = [picture]
    while max(pyramid[0].shape[:2]) > tile_px:
        pyramid.insert(0, pyramid[0][::2, ::2])
    for level, one in enumerate(pyramid):
        for y in range(0, one.shape[0], tile_px):
            for x in range(0, one.shape[1], tile_px):
                place = folder / name / str(level) / f"{x // tile_px}_{y // tile_px}.png"
                _put(one[y : y + tile_px, x : x + tile_px], place)
    levels = [[one.shape[1], one.shape[0]] for one in pyramid]
    tiles = {"url": f"{name}/{{level}}/{{x}}_{{y}}.png", "tile_px": tile_px, "levels": levels}
    return {"id": name, "kind": "master", "label": name, "tiles": tiles}
