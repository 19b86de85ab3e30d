"""The same pixels with other versions of the libraries, and of Python? By hand: it installs.

    python3 envs/run.py python -m tests.torture.versions --work FOLDER [--python PROGRAM …] [NAME …]

For each version an environment is made in FOLDER from `envs/requirements.txt` with that one library
changed; two tiny stacks go from raws to masters in it. What a name was answered stays in
FOLDER/versions.json; without names all are asked that were not yet. The newest of most libraries is
the one pinned, so that the others are older.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.torture.elsewhere import ROOT, StepFailed, parts_at, pixels, software_told, tiny_stacks

PINS = ROOT / "envs" / "requirements.txt"
# The oldest of each that goes with the other pins on this Python, and some between.
VERSIONS = (
    "numpy==2.4.0",
    "numpy==2.2.6",
    "numpy==2.0.2",
    "scipy==1.17.0",
    "numba==0.67.0",
    "numba==0.64.0",
    "opencv-python-headless==4.14.0.94",
    "pyvips-binary==8.18.0",
    "pyvips-binary==8.16.0",
    "rawpy==0.27.0",
    "rawpy==0.25.1",
    "rawpy==0.23.2",
    "pillow==11.3.0",
    "tifffile==2025.6.1",
)
FRAMES, WIDTH_PX, HEIGHT_PX = 4, 300, 200


def main(argv: list[str]) -> None:
    """Ask each version, and print a table."""
    options = arguments().parse_args(argv)
    told = options.work / "versions.json"
    known = json.loads(told.read_text()) if told.is_file() else {}
    stacks = tiny_stacks(options.work / "frames", FRAMES, WIDTH_PX, HEIGHT_PX)
    asked = [("as pinned", sys.executable)]
    asked += [(name, sys.executable) for name in options.names or VERSIONS]
    asked += [(f"as pinned, {Path(python).name}", python) for python in options.python]
    for name, python in asked:
        if name not in known:
            print(f"{name} …", file=sys.stderr, flush=True)
            known[name] = answer(name, python, options.work, stacks)
            told.write_text(json.dumps(known, indent=1))
    print("| version | pixels | differs from | the record says |\n|---|---|---|---|")
    for name, one in known.items():
        print(f"| {name} | {verdict(one, known['as pinned'])} |")


def answer(name: str, python: str, work: Path, stacks: dict[str, Path]) -> dict:
    """What each step made of each stack with a version, and what its records say made it."""
    folder = work / re.sub(r"[^\w.]+", "-", name)
    try:
        program = environment(folder / "env", python, name)
    except subprocess.CalledProcessError as error:
        return {"refused": (error.stderr or "").strip().splitlines()[-1:]}
    caches = {"NUMBA_CACHE_DIR": str(folder / "kernels")}
    found: dict = {"made": {}, "software": {}}
    for stack, raw in stacks.items():
        try:
            found["made"][stack] = pixels([program], folder / stack, raw, caches)
            found["software"][stack] = software_told(folder / stack)
        except StepFailed as error:
            return {"refused": [str(error)]}
    return found


def environment(folder: Path, python: str, name: str) -> str:
    """Make an environment with one library in another version; return its interpreter."""
    lines = re.sub(r" \\\n(\s+--hash=\S+( \\)?\n)+", "\n", PINS.read_text("utf-8"))
    wheels = []
    if "==" in name:
        library = name.partition("==")[0]
        # Building it from its sources would take long, and need a compiler.
        wheels = [f"--only-binary={library}"]
        # What it needs in turn may have to be older too: its resolver decides.
        free = {"numba": "llvmlite"}.get(library, library)
        lines = re.sub(rf"^({library}|{free})==.*\n", "", lines, flags=re.M) + f"{name}\n"
    pins = folder.with_name("pins.txt")
    pins.parent.mkdir(parents=True, exist_ok=True)
    pins.write_text(lines)
    program = str(folder / "bin" / "python")
    uv = shutil.which("uv")
    install = (
        [uv, "pip", "install", "--python", program] if uv else [program, "-m", "pip", "install"]
    )
    for command in (
        [python, "-m", "venv", "--clear", *(["--without-pip"] if uv else []), str(folder)],
        [*install, "--quiet", *wheels, "-r", str(pins)],
    ):
        subprocess.run(command, capture_output=True, text=True, check=True)
    return program


def verdict(one: dict, here: dict) -> str:
    """The cells of a version's row: equal or not, the steps that part, and what is recorded."""
    if "refused" in one:
        return f"does not install or run | | {' '.join(one['refused'])}"
    parts = [
        f"{stack}: {', '.join(steps)}"
        for stack, made in one["made"].items()
        if (steps := parts_at(made, here["made"][stack]))
    ]
    changed = {
        f"{library} {here['software'][stack][step].get(library)} → {version}"
        for stack, told in one["software"].items()
        for step, libraries in told.items()
        for library, version in libraries.items()
        if here["software"][stack][step].get(library) != version
    }
    return " | ".join(
        ("differ" if parts else "equal", "; ".join(parts), ", ".join(sorted(changed)))
    )


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder for environments, kept")
    parser.add_argument("--python", nargs="*", default=[], help="other interpreters to ask as well")
    parser.add_argument("names", nargs="*", help="LIBRARY==VERSION; without, all of VERSIONS")
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
