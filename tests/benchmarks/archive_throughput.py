"""How fast archiving and verifying are, measured against `sha256sum` on the same files.

    python3 envs/run.py python tests/benchmarks/archive_throughput.py --folder DIR --frames 40

All three read from the disk, not from the kernel's cache.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

import archive  # noqa: E402
import verify  # noqa: E402
from tests.scripts.stack_folder import arguments, make_stack  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="on the disk to be measured")
    parser.add_argument("--frames", type=int, default=40)
    parser.add_argument("--frame-mb", type=int, default=25)
    asked = parser.parse_args()
    with TemporaryDirectory(dir=asked.folder) as folder:
        work = Path(folder)
        (work / "camera").mkdir()
        raws = [work / "camera" / f"frame_{number:04}.dng" for number in range(asked.frames)]
        for raw in raws:
            raw.write_bytes(os.urandom(asked.frame_mb * 1_000_000))
        stack = make_stack(work, raws)
        root = work / "archive"
        size = sum(raw.stat().st_size for raw in raws)
        files = [str(path) for path in stack.rglob("*") if path.is_file()]
        by_sha256sum = rate(
            "sha256sum", size, stack, lambda: subprocess.run(["sha256sum", *files], check=True,
                                                             stdout=subprocess.DEVNULL)
        )  # fmt: skip
        archived = rate("archive", size, stack, lambda: archive.main(arguments(stack, root)))
        report = ["--archive", str(root), "--report", str(work / "fixity.csv")]
        verified = rate("verify", size, root, lambda: verify.main(report))
    for name, found in (("archive", archived), ("verify", verified)):
        print(f"{name}: {found / by_sha256sum:.0%} of sha256sum")


def rate(name: str, size: int, folder: Path, work: Callable[[], object]) -> float:
    """MB/s of a piece of work on files that have to come from the disk."""
    os.sync()
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as opened:
                os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    started = time.monotonic()
    work()
    found = size / 1e6 / (time.monotonic() - started)
    print(f"{name}: {found:.0f} MB/s")
    return found


if __name__ == "__main__":
    main()
