"""The same pixels on another architecture: arm64, by qemu, on a tiny stack. By hand: it downloads.

    sudo apt install qemu-user-static
    python3 envs/run.py python -m tests.torture.arm64 --work FOLDER

FOLDER gets a Python of Debian's for arm64 and the arm64 wheels of the same pins; nothing more is
installed on the machine. Compiling kernels under qemu takes most of the time; they are kept.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from tests.torture.elsewhere import ROOT, parts_at, pixels, tiny_stacks

PINS = ROOT / "envs" / "requirements.txt"
QEMU = "qemu-aarch64-static"
# What the steps from raws to master load, and what that needs.
LIBRARIES = {
    *("numpy", "scipy", "numba", "llvmlite", "opencv-python-headless", "rawpy", "tifffile"),
    *("pillow", "pyvips-binary", "cffi", "pycparser", "exifread", "pyyaml", "zxing-cpp"),
    *("jsonschema", "jsonschema-specifications", "referencing", "attrs", "rpds-py"),
    "typing-extensions",
}
# Of these there are sources alone, which are the same on every architecture.
COPIED = ("pyvips",)
FRAMES, WIDTH_PX, HEIGHT_PX = 3, 300, 200


def main(argv: list[str]) -> None:
    """Make what is missing, run the steps here and there, print what parts."""
    options = arguments().parse_args(argv)
    if shutil.which(QEMU) is None:
        sys.exit(f"{QEMU}: not found; sudo apt install qemu-user-static")
    system, site = options.work / "system", options.work / "site"
    if not (system / "usr/bin/python3.11").exists():
        debian(options.work / "apt", system)
    if not site.exists():
        wheels(site)
    there = [QEMU, "-L", str(system), str(system / "usr/bin/python3.11")]
    # What picks a kernel of OpenBLAS here means nothing there.
    far = {
        "OPENBLAS_CORETYPE": "",
        "OPENBLAS_L2_SIZE": "",
        "PYTHONPATH": str(site),
        "PYTHONHOME": str(system / "usr"),
        "NUMBA_CACHE_DIR": str(options.work / "kernels"),
        "NUMBA_NUM_THREADS": "1",
    }
    differs = False
    for stack, raw in tiny_stacks(options.work / "frames", FRAMES, WIDTH_PX, HEIGHT_PX).items():
        here = pixels([sys.executable], options.work / "here" / stack, raw, {})
        made = pixels(there, options.work / "there" / stack, raw, far)
        parts = parts_at(made, here)
        differs |= bool(parts)
        for step, digest in here.items():
            print(f"{stack:4} {step:20} {digest} {made[step]} {'differs' * (step in parts)}")
    sys.exit(differs)


def debian(apt: Path, system: Path) -> None:
    """Unpack Debian's Python for arm64 and all that it needs, with an apt of its own."""
    for name in ("state/lists/partial", "cache/archives/partial"):
        (apt / name).mkdir(parents=True, exist_ok=True)
    (apt / "status").touch()
    settings = [
        *("APT::Architecture=arm64", "APT::Architectures=arm64", "Debug::NoLocking=1"),
        *(f"Dir::State={apt / 'state'}", f"Dir::Cache={apt / 'cache'}"),
        *(f"Dir::State::status={apt / 'status'}", "APT::Sandbox::User=root"),
    ]
    command = ["apt-get", "--quiet", *(word for one in settings for word in ("-o", one))]
    subprocess.run([*command, "update"], check=True)
    wanted = ["python3.11", "libstdc++6", "libgomp1"]
    download = [*command, "--yes", "--download-only", "--no-install-recommends", "install"]
    subprocess.run([*download, *wanted], check=True)
    for package in sorted((apt / "cache/archives").glob("*.deb")):
        subprocess.run(["dpkg", "-x", str(package), str(system)], check=True)


def wheels(site: Path) -> None:
    """Put the arm64 wheels of the pins where the Python there looks for them."""
    blocks = re.split(r"^(?=\w)", PINS.read_text("utf-8"), flags=re.M)
    pins = site.with_name("pins.txt")
    pins.write_text(
        "".join(
            block
            for block in blocks
            if (name := re.match(r"[\w.-]+", block)) and name[0] in LIBRARIES
        )
    )
    partial = site.with_name("site.partial")
    shutil.rmtree(partial, ignore_errors=True)
    platforms = [f"manylinux_2_{glibc}_aarch64" for glibc in (17, 24, 26, 27, 28, 31, 34, 35)]
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(partial)]
        + [word for one in ("manylinux2014_aarch64", *platforms) for word in ("--platform", one)]
        + ["--python-version", "3.11", "--implementation", "cp", "--only-binary=:all:"]
        + ["--no-deps", "--require-hashes", "-r", str(pins)],
        check=True,
    )
    for name in COPIED:
        found = importlib.util.find_spec(name)
        assert found is not None and found.origin is not None
        shutil.copytree(Path(found.origin).parent, partial / name)
        # The records ask it which version it is.
        info = Path(str(metadata.distribution(name)._path))  # type: ignore[attr-defined]
        shutil.copytree(info, partial / info.name)
    partial.rename(site)


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder for all of it, kept")
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
