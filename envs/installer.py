"""Make a virtual environment and install pins into it: with uv where it is, with pip otherwise.

Nothing but wheels is installed, each by its pinned hash; what has sources alone is built before, by
builders that `requirements-build.txt` pins by hash as well and that stay in no environment.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Thread

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE.parent / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
# A folder that scripts/wheels.py filled: what it keeps is installed, and no network asked.
KEPT = os.environ.get("HOLOSTACK_WHEELS", "")
# What builds the packages that have no wheel anywhere, and these. What pyvips would build for speed
# needs a compiler and libvips' own headers; without them it is the same everywhere.
BUILD_PINS = HERE / "requirements-build.txt"
OF_SOURCES = ("bagit", "connection-pool", "pyvips")
# The same of what tests and checks need.
OF_SOURCES_TO_TEST = ("iiif-validator", "pairtree")
# Of an installer, what is shown when it fails: lines.
LAST_LINES = 30


def make() -> None:
    """Make a virtual environment anew, with pip in it where this Python can."""
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    if has("ensurepip"):
        follow([sys.executable, "-m", "venv", str(ENVIRONMENT)])
    elif has("pip") or shutil.which("uv"):
        # Debian splits ensurepip from Python; its own pip can fill an environment that has none.
        follow([sys.executable, "-m", "venv", "--without-pip", str(ENVIRONMENT)])
    else:
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        sys.exit(
            f"{sys.executable} brings nothing to install with, neither ensurepip nor pip. On "
            f"Debian and Ubuntu this helps: sudo apt install {version}-venv"
        )


def install(pins: Path, target: Path | None = None) -> None:
    """Install wheels of `pins` into the environment as it stands, or into a folder of their own."""
    options = ["--require-hashes", "-r", str(pins)]
    if KEPT:
        options = ["--no-index", "--find-links", KEPT, "--require-hashes", "-r", str(kept(pins))]
    options += ["--only-binary", ":all:"]
    if target:
        put([*options, "--target", str(target)], for_pip=["--no-compile"])
    else:
        put(options, for_uv=["--compile-bytecode"])


def build(pins: Path, names: Sequence[str] = OF_SOURCES) -> None:
    """Build and install what `pins` have of some packages; of the builders nothing remains."""
    sources = [
        requirement
        for requirement in re.split(r"^(?=\w)", pins.read_text("utf-8"), flags=re.M)
        if requirement.partition("==")[0] in names
    ]
    if KEPT or not sources:
        return
    with tempfile.TemporaryDirectory(dir=ENVIRONMENT, prefix="build-") as work:
        builders, wanted = Path(work) / "builders", Path(work) / "requirements.txt"
        install(BUILD_PINS, builders)
        wanted.write_text("".join(sources), "utf-8")
        # Where pip would fetch builders of today by itself. Those that are found by a path are no
        # part of the environment; and while they are, nothing but the sources is installed.
        paths = [str(builders), os.environ.get("PYTHONPATH", "")]
        put(
            ["--no-build-isolation", "--no-deps", "--require-hashes", "-r", str(wanted)],
            for_uv=["--compile-bytecode"],
            for_pip=["--use-pep517"],
            environment={"PYTHONPATH": os.pathsep.join(filter(None, paths))},
        )


def put(
    options: list[str],
    *,
    for_uv: Sequence[str] = (),
    for_pip: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> None:
    """Have uv, or pip where uv is not installed or fails, install what the options name."""
    pip = [str(PYTHON), "-m", "pip"]
    if not (ENVIRONMENT / "bin" / "pip").exists():
        pip = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    more = environment or {}
    if uv := shutil.which("uv"):
        try:
            # Many institutions look into TLS: uv is to trust what the system trusts. The switch
            # has changed its name.
            trusting = {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"}
            words = [uv, "pip", "install", "--python", str(PYTHON), *for_uv, *options]
            follow(words, {**trusting, **more})
            return
        except subprocess.CalledProcessError as error:
            if pip[0] != str(PYTHON) and not has("pip"):
                raise
            say(f"{error.output}\nuv could not do it, see above; trying pip …")
    quiet = ["--disable-pip-version-check", "--no-input"]
    follow([*pip, "install", *quiet, *for_pip, *options], more)


def kept(pins: Path) -> Path:
    """The pins of the wheels that are kept of these, by the hashes of the wheels themselves."""
    found = Path(KEPT) / pins.name
    if not found.is_file():
        sys.exit(f"{KEPT}: keeps no {pins.name}; this command needs it, and a network to fetch it")
    missing = named(found) - named(pins)
    if missing:
        sys.exit(
            f"{KEPT}: keeps {min(missing)}, which is not what {pins} pins; take the folder that is "
            "named after the first letters of the SHA-256 of that file"
        )
    return found


def named(pins: Path) -> set[str]:
    """Names and versions in a requirements file, as they are compared (PEP 503)."""
    found = re.findall(r"^([\w.-]+)==([^\s;]+)", pins.read_text("utf-8"), re.M)
    return {f"{re.sub('[-_.]+', '-', name).lower()}=={version}" for name, version in found}


def is_stamped(stamp: Path, wanted: str) -> bool:
    """Say whether what is installed is what the pins want."""
    return stamp.is_file() and stamp.read_text() == wanted


def has(module: str) -> bool:
    """Say whether this Python has a module, without loading it."""
    return importlib.util.find_spec(module) is not None


def follow(command: list[str], environment: Mapping[str, str] | None = None) -> None:
    """Run an installer and show what it is at: its last line, with the time since it started.

    On a terminal the line is rewritten in place; in a log there is one every ten seconds. What it
    wrote last is in the error where it fails.
    """
    terminal = sys.stderr.isatty()
    started = time.monotonic()
    lines: deque[str] = deque(maxlen=LAST_LINES)
    with subprocess.Popen(
        command,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout is not None
        reader = Thread(target=lines.extend, args=(process.stdout,), daemon=True)
        reader.start()
        while reader.is_alive():
            reader.join(0.5 if terminal else 10)
            if reader.is_alive() and lines:
                minutes, seconds = divmod(int(time.monotonic() - started), 60)
                # The names of all that is installed are no news.
                at = re.sub("^(Installing collected packages).*", r"\1", lines[-1].strip())
                line = f"  {minutes}:{seconds:02} {at}"
                width = shutil.get_terminal_size().columns - 1
                say(f"\r\033[K{line[:width]}" if terminal else line[:100], "" if terminal else "\n")
    if terminal:
        say("\r\033[K", "")
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, "".join(lines))


def say(text: str, end: str = "\n") -> None:
    """Tell the person at once, beside what the command itself will write."""
    print(text, end=end, file=sys.stderr, flush=True)
