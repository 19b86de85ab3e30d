"""A specimen of two views in an archive, published by IIIF and served to whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import tifffile
from numpy.typing import NDArray

import iiif
from imaging.frames.colour import profile
from tests.scripts.stack_folder import (
    SPECIMEN,
    make_stack,
    put_in_archive,
    record_of,
    sha256,
    write_master,
)

# Of the master, and of the one before it.
GREEN, RED = (40, 160, 90), (180, 30, 30)
WIDTH, HEIGHT = 2200, 1100
PIXEL_UM = 2.5
SHEET = (
    "specimen,view,pixel_size_um,scientific_name,occurrence_id,creator,licence_url,caption\n"
    "{0},label,,Carabus auratus,https://example.org/1,A. B.,{1},\n"
    "{0},dorsal,2.5,Carabus auratus,https://example.org/1,A. B.,{1},Käfer\n"
)
LICENCE = "https://creativecommons.org/licenses/by/4.0/"


def plain(colour: tuple[int, int, int]) -> NDArray[np.uint16]:
    """A picture of one colour."""
    return np.full((HEIGHT, WIDTH, 3), np.array(colour) * 257, np.uint16)


def squares() -> NDArray[np.uint16]:
    """The picture by which IIIF's validator knows that it is shown the right part of it.

    Of one colour where the system has no libmagic, without which that validator cannot be loaded.
    """
    try:
        from iiif_validator.validator import ValidationInfo
    except ImportError:
        colours = np.full((10, 10, 3), 128, np.uint16)
    else:
        colours = np.array(ValidationInfo().colorInfo, np.uint16).transpose(1, 0, 2)
    return np.ascontiguousarray(colours.repeat(100, axis=0).repeat(100, axis=1) * 257)


def archived(folder: Path, photographs: list[Path]) -> Path:
    """Archive `dorsal`, twice, the second time with its depth, and `label`, which has `squares`."""
    root = folder / "archive"
    sheet = folder / "sheet.csv"
    sheet.write_text(SHEET.format(SPECIMEN, LICENCE), encoding="utf-8")
    words = ("--sheet", str(sheet), "--barcodes", "ignore")
    dorsal = make_stack(folder, photographs)
    told = {"width_px": WIDTH, "height_px": HEIGHT, "pixel_size_um": PIXEL_UM}
    told |= {"crop_px": [0, 0, WIDTH, HEIGHT], "orientation_applied": 1}
    for colour, more in ((RED, {}), (GREEN, {"depth": _depth(dorsal)})):
        write_master(dorsal, 0, icc=profile("srgb"), pixels=plain(colour), **told, **more)
        put_in_archive(dorsal, root, *words, "--reason", "Fused again")
    label = make_stack(folder, photographs, "label")
    told = {"width_px": 1000, "height_px": 1000}
    write_master(label, 0, icc=profile("srgb"), pixels=squares(), **told)
    put_in_archive(label, root, *words)
    return root


def _depth(stack: Path) -> dict[str, object]:
    """A map that rises from left to right, and what the record says of it."""
    path = record_of(stack).with_name(f"{SPECIMEN}_{stack.name}_depth.tif")
    rising = np.broadcast_to(np.linspace(0, 1000, WIDTH, dtype=np.float32), (HEIGHT, WIDTH)).copy()
    rising[:100] = np.nan
    tifffile.imwrite(path, rising)
    told = {"file": path.name, "sha256": sha256(path), "pixel_sha256": "0" * 64, "unit": "um"}
    told |= {"zero": "focus of frame 1", "direction": "toward"}
    return {**told, "larger_is": "nearer to the camera"}


def publish(root: Path, folder: Path, base_url: str, *more: str) -> None:
    """Have it published as a person does."""
    sheet = root.parent / "sheet.csv"
    words = ["--archive", root, "--folder", folder, "--base-url", base_url, "--sheet", sheet]
    iiif.main([*map(str, words), *more])


class _Open(SimpleHTTPRequestHandler):
    """What docs/iiif.md asks of a web server: anybody's page may read."""

    def end_headers(self) -> None:
        self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder on this computer; gives its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Open, directory=folder)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
