"""How long a stack's page takes to open from disk, and a frame to be shown after the one before.

    python3 envs/run.py python tests/benchmarks/bench_stack_page.py
    python3 envs/run.py python tests/benchmarks/bench_stack_page.py --frames 300

The site holds what `scripts/review.py` writes for a master of 24 MP and 100 frames: tiles of the
master, a picture of each frame, depth and source in the page itself. Opening lasts until the master
is drawn whole at the size of the stage and everything answers.
"""

from __future__ import annotations

import argparse
import base64
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

import numpy as np  # noqa: E402
import pyvips  # noqa: E402
from playwright.sync_api import Page, sync_playwright  # noqa: E402

from records.reports.review_site import Site, put_static, write_stack  # noqa: E402

TILE_PX = 2048
GRID_PX = 1200
NEXT = 20


def main(argv: list[str]) -> None:
    options = arguments().parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        site = Site(Path(name) / "results", ROOT / "web" / "static")
        write(site, options)
        page = site.folder("S-1", "top") / "index.html"
        print(f"{options.width} × {options.height} px, {options.frames} frames:")
        print(f"  page {page.stat().st_size / 1e6:.1f} MB")
        with sync_playwright() as playwright:
            program = shutil.which("chromium") or shutil.which("chromium-browser")
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            # The first opens the browser's own files too.
            opened_s = [opening_s(browser.new_page(), page.as_uri()) for _ in range(6)][1:]
            told = ", ".join(f"{one:.2f}" for one in opened_s)
            print(f"  opens in {median(opened_s):.2f} s ({told})")
            shown = browser.new_page(viewport={"width": 1366, "height": 768})
            opening_s(shown, page.as_uri())
            print(f"  next frame in {1000 * median(steps_s(shown)):.0f} ms")
            browser.close()


def opening_s(page: Page, address: str) -> float:
    """From the address to a page that answers."""
    began = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_selector("body[data-ready=yes]", timeout=60_000)
    taken_s = time.perf_counter() - began
    assert page.get_attribute("#stage", "data-shown") == "master"
    return taken_s


def steps_s(page: Page) -> list[float]:
    """From the key to the next frame on the stage, as one does who looks at each."""
    page.keyboard.press(".")
    taken_s = []
    for _ in range(NEXT):
        page.wait_for_timeout(300)
        before = page.get_attribute("#stage", "data-shown")
        began = time.perf_counter()
        page.keyboard.press(".")
        page.wait_for_selector(f"#stage[aria-busy=false]:not([data-shown='{before}'])")
        taken_s.append(time.perf_counter() - began)
    return taken_s


def write(site: Site, options: argparse.Namespace) -> None:
    """The site of one stack; noise of the fineness of bristles makes files as large as they are."""
    folder = site.folder("S-1", "top")
    folder.mkdir(parents=True)
    width, height = options.width, options.height
    grain = pyvips.Image.gaussnoise(width, height, mean=120, sigma=60, seed=1).gaussblur(1.5)
    master = grain.bandjoin([grain, grain]).cast("uchar").copy(interpretation="srgb").copy_memory()
    share = options.frames_px / max(width, height)
    frame = master.resize(share)
    frame.write_to_file(str(folder / "frame.jpg"), Q=80)
    images = [master_tiles(master, folder)]
    for number in range(1, options.frames + 1):
        name = f"frame-{number:03d}"
        shutil.copy(folder / "frame.jpg", folder / f"{name}.jpg")
        file = {"url": f"{name}.jpg", "width_px": frame.width, "height_px": frame.height}
        one = {"id": name, "kind": "frame", "label": name, "frame": number, "file": file}
        images.append(one | {"position_um": 10.0 * number})
    rng = np.random.default_rng(1)
    shape = (GRID_PX * height // width, GRID_PX)
    depth = packed(rng.integers(0, 65535, shape)) | {"unit": "µm", "minimum": 0, "maximum": 1000}
    data = {
        "format": "holostack-review 1",
        "specimen": "S-1",
        "view": "top",
        "state": "archived",
        "width_px": width,
        "height_px": height,
        "pixel_size_um": 2.0,
        "pixel_size_from": "the sheet",
        "images": images,
        "depth": depth,
        "source": packed(rng.integers(1, options.frames, shape)),
        "frames": [
            {
                "frame": number,
                "file": f"raw_{number}.dng",
                "status": "used",
                "reason": "",
                "sharpness": float(rng.random()),
                "brightness": 1.0 + 0.01 * float(rng.random()),
                "residual_px": float(rng.random()),
                "magnification": 1 + number / 1e4,
            }
            for number in range(1, options.frames + 1)
        ],
    }
    write_stack(site, data)
    put_static(site)


def master_tiles(master: pyvips.Image, folder: Path) -> dict:
    """A master's tiles, as a site from disk has them."""
    pyramid = [master]
    while max(pyramid[0].width, pyramid[0].height) > TILE_PX:
        pyramid.insert(0, pyramid[0].shrink(2, 2).copy_memory())
    for level, one in enumerate(pyramid):
        for y in range(0, one.height, TILE_PX):
            for x in range(0, one.width, TILE_PX):
                size = min(TILE_PX, one.width - x), min(TILE_PX, one.height - y)
                target = folder / "master" / str(level) / f"{x // TILE_PX}_{y // TILE_PX}.jpg"
                target.parent.mkdir(parents=True, exist_ok=True)
                one.crop(x, y, *size).write_to_file(str(target), Q=85)
    levels = [[one.width, one.height] for one in pyramid]
    tiles = {"url": "master/{level}/{x}_{y}.jpg", "tile_px": TILE_PX, "levels": levels}
    return {"id": "master", "kind": "master", "label": "master", "tiles": tiles}


def packed(grid: np.ndarray) -> dict:
    """A grid as it stands in a page."""
    data = base64.b64encode(grid.astype("<u2").tobytes()).decode()
    return {"width": grid.shape[1], "height": grid.shape[0], "data": data}


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--width", type=int, default=6000, help="of the master, px")
    parser.add_argument("--height", type=int, default=4000, help="of the master, px")
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument(
        "--frames-px", type=int, default=1600, help="longest edge of a frame's picture"
    )
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
