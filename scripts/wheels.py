"""Keep the libraries that this program runs with in the archive, for audits without a network.

They are fetched as the environment is made, each checked against its pinned hash, and lie once for
all objects in `extensions/holostack-wheels/` of the archive, in a folder named after the pins.
"""

from __future__ import annotations

from step import run

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from reading import WORKFLOW, find_root
from records.archive import kept_wheels
from records.errors import RecordError
from records.log import listed, progress
from records.unfinished import beside

# What builds libraries that have no wheel, as envs/installer.py has it.
BUILD_PINS = WORKFLOW / "envs" / "requirements-build.txt"
# Of what pip says, the last that is shown where it fails.
LAST_CHARACTERS = 300
README = """\
The libraries of Holostack, {pins}: named after the first letters of the
SHA-256 of the pins (`envs/requirements.txt`), the Python and the kind of machine that they are for.
Wheels, and the sources of those that had none.

To check them, in this folder:

    sha256sum --check {sums}

To run the program of an object that has these pins (`workflow/holostack.zip` in it) without a
network, in the folder in which it was unpacked:

    HOLOSTACK_WHEELS=THIS_FOLDER python3 envs/run.py python scripts/audit.py --archive ARCHIVE
"""


def main(argv: list[str]) -> None:
    """Fetch the libraries into the archive, unless they are there."""
    options = arguments().parse_args(argv)
    root = find_root(options)
    pins = options.pins.read_bytes()
    folder = root / kept_wheels.FOLDER / kept_wheels.folder_name(pins)
    if folder.is_dir():
        if faults := [one for one in kept_wheels.faults(root) if one.startswith(str(folder))]:
            raise RecordError(f"{faults[0]}; remove {folder}, then run this again")
        progress(f"{folder}: the libraries are there, and whole")
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        keep(options.pins, folder)
    finally:
        # An empty folder is a fault of an archive.
        with suppress(OSError):
            folder.parent.rmdir()
    wheels = list(folder.glob("*.whl"))
    size = sum(path.stat().st_size for path in folder.iterdir())
    progress(f"{folder}: {len(wheels)} libraries, {size / 1e6:.0f} MB")


def keep(pins: Path, folder: Path) -> None:
    """Make a folder of what pins name, whole or not at all."""
    with beside(folder) as work:
        made = work / folder.name
        made.mkdir()
        fetch(pins, made)
        note = README.format(pins=folder.name, sums=kept_wheels.SUMS)
        (made / "README.txt").write_text(note, encoding="utf-8")
        (made / kept_wheels.PINS).write_text(
            kept_wheels.requirements(made.glob("*.whl")), encoding="utf-8"
        )
        (made / kept_wheels.SUMS).write_text(kept_wheels.sums(made), encoding="utf-8")
        made.rename(folder)


def fetch(pins: Path, folder: Path) -> None:
    """Fill a folder with what pins name, by their hashes; of sources, wheels are built.

    The builders are pinned by their hashes as well, and kept nowhere.
    """
    hashed = ("--require-hashes", "--no-deps", "--requirement")
    with tempfile.TemporaryDirectory(prefix="holostack-build-") as builders:
        only = ("--only-binary", ":all:", "--no-compile")
        pip("install", *hashed, BUILD_PINS, *only, "--target", builders)
        # To download a source is to ask it for its name, by its builder.
        by = {"PYTHONPATH": builders}
        apart = ("--no-build-isolation", "--use-pep517")
        pip("download", *apart, *hashed, pins, "--dest", folder, environment=by)
        sources = [path for path in sorted(folder.iterdir()) if path.suffix != ".whl"]
        if sources:
            progress(f"building {listed([path.name for path in sources], 3)}, which had no wheel")
            pip("wheel", *apart, "--no-deps", "--wheel-dir", folder, *sources, environment=by)


def pip(command: str, *words: str | Path, environment: Mapping[str, str] | None = None) -> None:
    """Run pip of this environment, with more variables than there are.

    Raises
    ------
    RecordError : there is none, or it failed
    """
    if importlib.util.find_spec("pip") is None:
        raise RecordError(
            "this environment was made without pip, which fetches the libraries; on Debian and "
            "Ubuntu install python3-venv, remove .venv, and run this again"
        )
    line: Sequence[str | Path] = [sys.executable, "-m", "pip", command]
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    done = subprocess.run(
        [*line, *quiet, *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(environment or {})},
    )
    if done.returncode:
        said = done.stderr.strip().rpartition("\n")[2][-LAST_CHARACTERS:]
        raise RecordError(f"the libraries could not be had: pip {command}: {said}")


def arguments() -> argparse.ArgumentParser:
    """The command line of this script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--archive", type=Path, help="its folder (default: what the configuration here says)"
    )
    parser.add_argument(
        "--pins",
        type=Path,
        default=WORKFLOW / "envs" / "requirements.txt",
        help="requirements with hashes (default: those of this program)",
    )
    return parser


if __name__ == "__main__":
    run(main)
