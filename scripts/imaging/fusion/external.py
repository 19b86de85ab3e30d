"""Fusion by another program: it gets the aligned frames as files and writes one picture."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.frames import tiff
from imaging.fusion.blending import write_aligned
from imaging.fusion.frame import Frame

ANSWER_S = 20.0
# What Slurm, PBS and LSF tell their jobs.
OF_A_JOB = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID")


def run_program(
    command: str, out: Path, frames: Sequence[Frame], shape: tuple[int, int], icc: bytes | None
) -> None:
    """Write the aligned frames, run a program on them, and take over what it writes.

    Parameters
    ----------
    command : command line in which `{frames}` stands for the frames' paths, `{output}` for the
        TIFF to write and `{folder}` for the folder they lie in
    out : TIFF to write, with the frames' own profile
    shape : (rows, columns) of the reference frame

    Raises
    ------
    ImagingError : the program cannot be run, fails, or changes the picture's size
    """
    # Only this method waits for libvips to be loaded.
    from imaging.frames import photographs

    with tempfile.TemporaryDirectory(dir=scratch(out)) as folder:
        aligned = [Path(folder) / f"frame_{k + 1:04d}.tif" for k in range(len(frames))]
        for frame, target in zip(frames, aligned):
            with tiff.create_image(target, (*shape, 3), icc) as image:
                write_aligned(frame, shape, image.write)
        output = Path(folder) / "output.tif"
        _run(_words(command, aligned, output), output)
        fused: NDArray = photographs.read(output).pixels
    if fused.shape[:2] != shape:
        raise ImagingError(
            f"fuse.command: {_program(command)} wrote {fused.shape[1]} x {fused.shape[0]} px, but "
            f"the stack has {shape[1]} x {shape[0]}; tell it not to crop"
        )
    tiff.write_image(out, fused, icc)


def scratch(out: Path) -> Path:
    """Where frames lie for a while: on the node of a cluster's job, elsewhere beside the picture.

    Beside it there is room for a stack; what a machine of a person's has in /tmp may be memory.
    """
    of_a_job = any(name in os.environ for name in OF_A_JOB)
    return Path(tempfile.gettempdir()) if of_a_job and "TMPDIR" in os.environ else out.parent


def describe_program(command: str) -> str:
    """What a command's program says to `--version`, in a line; `unknown` where it says nothing."""
    try:
        answer = subprocess.run(
            [_program(command), "--version"],
            capture_output=True,
            encoding="utf-8",
            errors="backslashreplace",
            timeout=ANSWER_S,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return "unknown"
    lines = [line.strip() for line in (answer.stdout + answer.stderr).splitlines() if line.strip()]
    return lines[0] if lines and answer.returncode == 0 else "unknown"


def _program(command: str) -> str:
    return shlex.split(command)[0]


def _words(command: str, frames: Sequence[Path], output: Path) -> list[str]:
    words: list[str] = []
    for word in shlex.split(command):
        if word == "{frames}":
            words += map(str, frames)
        else:
            filled = word.replace("{output}", str(output))
            words.append(filled.replace("{folder}", str(output.parent)))
    return words


def _run(words: list[str], output: Path) -> None:
    try:
        done = subprocess.run(
            words,
            capture_output=True,
            encoding="utf-8",
            errors="backslashreplace",
            stdin=subprocess.DEVNULL,
        )
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise ImagingError(f"fuse.command: {words[0]} cannot be run ({why})") from None
    if done.returncode or not output.exists():
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["it said nothing"]
        raise ImagingError(
            f"fuse.command: {words[0]} ended with code {done.returncode} and "
            f"{'an' if output.exists() else 'no'} output: {last[0]}"
        )
