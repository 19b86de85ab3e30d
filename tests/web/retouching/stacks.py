"""A small stack to retouch, of three frames whose px are known, and a server for it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from imaging.frames import colour, tiff
from records.record import write_record
from tests.records import whole

ROOT = Path(__file__).resolve().parents[3]
WIDTH, HEIGHT = 640, 420
# Of the fused image, and of each frame.
FUSED, FRAMES = 20000, (30000, 40000, 50000)
PAGE = "/stack/beetle/dorsal/retouch"


def make_stack(
    data: Path,
    width: int = WIDTH,
    height: int = HEIGHT,
    orientation: int = 1,
    specimen: str = "beetle",
) -> Path:
    """A stack of view `dorsal`; in thirds, from the left, frame 1, 2 and 3 are in focus."""
    folder = data / "specimens" / specimen / "dorsal"
    for name in ("stack", "tiff", "archival"):
        (folder / name).mkdir(parents=True)
    icc = colour.profile("srgb")

    def picture(path: Path, level: int) -> str:
        pixels = np.full((height, width, 3), level, np.uint16)
        # Something to see, that dabs do not even out.
        pixels[::16] += 300
        tiff.write_image(path, pixels, icc)
        return tiff.pixel_digest(path)

    picture(folder / "stack" / "fused.tif", FUSED)
    digests = [picture(folder / "tiff" / f"{k}.tif", level) for k, level in enumerate(FRAMES, 1)]
    thirds = np.repeat(np.arange(1, 4, dtype=np.uint16), -(-width // 3))[:width]
    tiff.write_image(folder / "stack" / "source.tif", np.tile(thirds, (height, 1)))
    size = {"folder": "../tiff", "width_px": width, "height_px": height}
    frames = [{"frame": k, "file": f"{k}.dng", "tiff": f"{k}.tif"} for k in (1, 2, 3)]
    write_record(
        folder / "stack" / "convert.json",
        "convert",
        {
            **size,
            "frames": [
                {**one, "pixel_sha256": sha} for one, sha in zip(frames, digests, strict=True)
            ],
        },
    )
    write_transforms(folder)
    master = {"crop_px": [20, 10, width - 40, height - 20], "orientation_applied": orientation}
    (folder / "archival" / f"{specimen}_dorsal.json").write_text(json.dumps(whole.master(**master)))
    return folder


def write_transforms(folder: Path, gain: float = 1.0) -> None:
    """How the frames lie; another gain of frame 2 makes it another source."""
    with tiff.open_rows(folder / "stack" / "fused.tif") as rows:
        height, width = rows.extent
    write_record(
        folder / "stack" / "transforms.json",
        "transforms",
        {
            "reference": 2,
            "folder": "../tiff",
            "width_px": width,
            "height_px": height,
            "warnings": [],
            "sensor_defects_px": [],
            "sensor_dust": [],
            "frames": [
                {
                    "frame": k,
                    "file": f"{k}.dng",
                    "tiff": f"{k}.tif",
                    "status": "used",
                    "matrix": np.eye(3).tolist(),
                    "gain": [gain if k == 2 else 1.0] * 3,
                }
                for k in (1, 2, 3)
            ],
        },
    )


@dataclass
class Server:
    """A server that can be killed and started again at the same address."""

    data: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def page_of(self, stack: Path) -> str:
        return f"http://127.0.0.1:{self.port}/stack/{stack.parent.name}/{stack.name}/retouch"

    def start(self) -> None:
        path = os.pathsep.join([str(ROOT), str(ROOT / "scripts")])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.web.retouching.serve", self.data, str(self.port)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": path, "NUMBA_NUM_THREADS": "1"},
        )
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with socket.socket() as asking:
                if asking.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert self.process.poll() is None, "the server ended"
            time.sleep(0.05)
        raise AssertionError("the server did not start")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@contextmanager
def served(data: Path) -> Iterator[Server]:
    """A server of a data folder; gone on the way out."""
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        port = asking.getsockname()[1]
    server = Server(data, port)
    server.start()
    try:
        yield server
    finally:
        server.kill()
