"""Make Holostack's environment if it is missing or its pins changed, then run a command in it.

    python3 envs/run.py snakemake --cores all
    python3 envs/run.py pytest

Standard library only. The environment lies in `.venv` beside this folder; it is made with uv where
uv is installed, with pip otherwise, and holds exactly what `requirements.txt` pins by hash. On top
of it comes, when it is first used, `requirements-web.txt` for `python -m web`,
`requirements-slurm.txt` for a profile whose executor is slurm, `requirements-batch.txt` for one of
PBS or LSF, `requirements-layers.txt` for `scripts/layers.py` and what it makes, and
`requirements-dev.txt` for a command that `requirements-dev.in` names (pytest, ruff, mypy …) or a
program in `tests/`. What the pages for a browser take from others, and `web/package-lock.json`
pins by hash, comes from npm into `.venv/web`; a machine that cannot have it goes on without. Then
kernels are compiled for this kind of processor, so that the first stack need not wait for that; a
tool of the tests and checks does not ask for it.

`HOLOSTACK_WHEELS=FOLDER` takes the libraries from a folder that `scripts/wheels.py` filled, without
a network and without what pages take from npm.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from itertools import pairwise
from pathlib import Path

from environment import (
    BATCH_PINS,
    DEV_PINS,
    LAYERS_PINS,
    SLURM_PINS,
    WEB_PINS,
    ensure_environment,
)
from installer import ENVIRONMENT, HERE, PYTHON

DEV_COMMANDS = re.findall(r"^\w[\w-]*", (HERE / "requirements-dev.in").read_text("utf-8"), re.M)
# By what a profile calls the executor that submits its jobs.
OF_EXECUTORS = {"slurm": SLURM_PINS, "cluster-generic": BATCH_PINS}
LEAST_PYTHON = (3, 11)


def main(command: list[str]) -> None:
    """Run `command` in the environment; the process becomes the command's."""
    if not command or command[0] in ("-h", "--help"):
        print(__doc__.strip())
        return
    if sys.platform == "win32":
        sys.exit(
            "On Windows, Holostack runs in WSL: `wsl --install` in a terminal, then this command "
            "in the Linux that it opens"
        )
    if sys.version_info < LEAST_PYTHON:
        sys.exit(
            f"Holostack needs Python {LEAST_PYTHON[0]}.{LEAST_PYTHON[1]} or newer; "
            f"this is {platform.python_version()} ({sys.executable})"
        )
    extra = []
    to_develop = is_for_development(command)
    if to_develop:
        extra.append(DEV_PINS)
    if is_for_web(command):
        extra.append(WEB_PINS)
    extra += [pins for name, pins in OF_EXECUTORS.items() if submits_by(name, command)]
    # The tests of layers are not worth pins of their own.
    if to_develop or is_for_layers(command):
        extra.append(LAYERS_PINS)
    ensure_environment(extra, not to_develop)
    programs = PYTHON.parent
    os.environ["PATH"] = f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"
    os.environ["VIRTUAL_ENV"] = str(ENVIRONMENT)
    os.environ.pop("PYTHONHOME", None)
    program = shutil.which(command[0])
    if program is None:
        sys.exit(f"{command[0]}: no such command in {programs} or on the PATH")
    os.execv(program, command)


def is_for_development(command: list[str]) -> bool:
    """Whether a command is a tool of the tests and checks, or runs what lies in `tests/`."""
    program, *words = command
    if program.startswith("python") and words[:1] == ["-m"]:
        program, *words = words[1:] or [program]
    return program in DEV_COMMANDS or any(
        word.startswith("tests") for word in (program, *words[:1])
    )


def is_for_web(command: list[str]) -> bool:
    """Whether a command serves pages to a browser: `python -m web`."""
    program, *words = command
    return program.startswith("python") and words[:2] == ["-m", "web"]


def is_for_layers(command: list[str]) -> bool:
    """Whether a command makes a layered picture: `scripts/layers.py`, or a `layers.tif`."""
    return any(Path(word).name in ("layers.py", "layers.tif") for word in command)


def submits_by(executor: str, command: list[str]) -> bool:
    """Whether Snakemake is asked, by an option or in its profile, to submit by an executor."""
    words = [part for word in command for part in word.split("=", 1)]
    for option, value in pairwise(words):
        if option in ("-e", "--executor") and value == executor:
            return True
        if option in ("--profile", "--workflow-profile"):
            of_user = Path.home() / ".config" / "snakemake" / value
            for path in (*Path(value).glob("*.yaml"), *of_user.glob("*.yaml")):
                said = path.read_text("utf-8", "replace")
                if re.search(rf"^executor:\s*{executor}\s*$", said, re.M):
                    return True
    return False


if __name__ == "__main__":
    main(sys.argv[1:])
