"""Quick fuses of stacks, as a page asks for them: one at a time for a stack; it can be stopped.

Each runs in a process of its own, and writes in a folder of its own that goes with it: nothing of
the stack is touched. What the ledger says of the frames is said by the step itself, with what the
row of the sheet says and what was chosen, its output beside the pictures.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from records.errors import RecordError
from records.layout import CAPTURE, RAW
from records.ledger.table import USED, read_ledger
from records.log import read_log
from records.sheet.settings import option_words
from web.review.cells import row_of
from web.review.choosing import METHODS
from web.review.frames import ListedFrame, frames_of, orientation_of
from web.review.names import Stack, Stacks

LONG_EDGE_PX = 1000
# Of the whole, where only a place of it is shown.
PLACE_LONG_EDGE_PX = 2400
Place = tuple[int, int, int, int] | None
CELLS = ("order", "direction", "raws_changed", "shared_source")
RUNNING, DONE, FAILED, CANCELLED = "running", "done", "failed", "cancelled"


@dataclass
class _Preview:
    """One quick fuse."""

    number: int
    folder: Path
    stack: Stack
    frames: Sequence[ListedFrame]
    state: str = RUNNING
    place: tuple[int, int, int, int] | None = None
    progress: float = 0.0
    scale: float | None = None
    pictures: list[dict[str, Any]] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    error: str = ""
    verdict: dict[str, Any] | None = None
    processes: list[subprocess.Popen[str]] = field(default_factory=list)


class Previews:
    """The quick fuses of a server; every method may be called from any thread.

    Parameters
    ----------
    stacks : of the data folder
    """

    def __init__(self, stacks: Stacks) -> None:
        self._stacks = stacks
        self._lock = threading.RLock()
        self._last: dict[str, _Preview] = {}
        self._count = 0
        self._home = Path(tempfile.mkdtemp(prefix="holostack-preview-"))

    def begin(
        self, stack: Stack, methods: Sequence[str], excluded: Sequence[int], place: Place = None
    ) -> int:
        """Begin one, in place of the stack's last; gives its number.

        Parameters
        ----------
        methods : the one of the sheet if there are none
        excluded : numbers of frames of `frames_of`
        place : x, y, width and height in px of the fused image, to be shown larger; None for all

        Raises
        ------
        RecordError : there is nothing to fuse, or what is chosen is not there
        """
        if unknown := [method for method in methods if method not in METHODS]:
            raise RecordError(f"there is no method {unknown[0]!r}; {', '.join(METHODS)} are")
        row = row_of(self._stacks, stack)
        raw = stack.folder / RAW
        frames = frames_of(stack)
        if not frames:
            raise RecordError(f"{stack.name}: {raw} holds no frame yet")
        wanted = [frame for frame in frames if frame.frame not in set(excluded)]
        if not wanted:
            raise RecordError("one frame at least is needed; do not leave out all of them")
        self.cancel(stack)
        config = row.config
        chosen = [config["fuse"]["method"]] if not methods else list(methods)
        with self._lock:
            self._count += 1
            folder = self._home / str(self._count)
            (folder / "frames").mkdir(parents=True)
            preview = _Preview(self._count, folder, stack, frames, place=place)
            self._last[stack.name] = preview
        job = {
            "raw": str(raw),
            "files": [frame.file for frame in wanted],
            "methods": [method if method in METHODS else METHODS[0] for method in chosen],
            "fuse": dict(config["fuse"]),
            "model": config["align"]["model"],
            "long_edge_px": LONG_EDGE_PX if place is None else PLACE_LONG_EDGE_PX,
            "place": place,
            "orientation": orientation_of(frames),
            "out": str(folder / "frames"),
        }
        out = [frame.file for frame in frames if frame.frame in set(excluded)]
        ledger = self._ledger_command(stack, row.cells, config, out, folder)
        for work in ((self._fuse, job), (self._judge, ledger)):
            threading.Thread(target=work[0], args=(preview, work[1]), daemon=True).start()
        return preview.number

    def cancel(self, stack: Stack) -> None:
        """Stop the one under way, if there is one; its pictures stay."""
        with self._lock:
            preview = self._last.get(stack.name)
            if preview is None:
                return
            if preview.state == RUNNING:
                preview.state = CANCELLED
            processes = list(preview.processes)
        for process in processes:
            _end(process)

    def state(self, stack: Stack) -> dict[str, Any]:
        """What a page shows of a stack's last preview; its number is 0 where there is none."""
        with self._lock:
            preview = self._last.get(stack.name)
            if preview is None:
                return {"n": 0, "state": "", "progress": 0, "pictures": []}
            return {
                "n": preview.number,
                "place": preview.place,
                "state": preview.state,
                "progress": preview.progress,
                "scale": preview.scale,
                "pictures": [dict(picture) for picture in preview.pictures],
                "error": preview.error,
                "left_out": dict(preview.left_out),
                "verdict": preview.verdict,
            }

    def picture(self, stack: Stack, number: int, method: str) -> Path | None:
        """A picture that its state tells of."""
        with self._lock:
            preview = self._last.get(stack.name)
            if preview is None or preview.number != number:
                return None
            if method not in [picture["method"] for picture in preview.pictures]:
                return None
            return preview.folder / "frames" / f"{method}.jpg"

    def end(self) -> None:
        """Stop all, and leave nothing behind."""
        with self._lock:
            processes = [one for preview in self._last.values() for one in preview.processes]
        for process in processes:
            _end(process)
        shutil.rmtree(self._home, ignore_errors=True)

    def _fuse(self, preview: _Preview, job: Mapping[str, Any]) -> None:
        workflow = self._stacks.workflow
        environment = {**os.environ, "PYTHONPATH": str(workflow / "scripts")}
        process = self._started(
            preview, [sys.executable, "-m", "web.review.quick"], workflow, environment
        )
        assert process.stdin and process.stdout
        with suppress(BrokenPipeError):
            json.dump(job, process.stdin)
            process.stdin.close()
        for line in process.stdout:
            with suppress(ValueError), self._lock:
                self._hear(preview, json.loads(line))
        code = process.wait()
        with self._lock:
            if preview.state != RUNNING:
                return
            preview.state = DONE if code == 0 else FAILED
            if code and not preview.error:
                preview.error = (
                    "the preview ended before its time"
                    + (f" (signal {-code})" if code < 0 else "")
                    + "; the terminal of the server says more. Your stack is as it was"
                )
        # Pictures stay; frames have done their work.
        for path in (preview.folder / "frames").glob("*.tif"):
            path.unlink(missing_ok=True)

    def _hear(self, preview: _Preview, told: Mapping[str, Any]) -> None:
        preview.progress = told.get("progress", preview.progress)
        preview.scale = told.get("scale", preview.scale)
        preview.error = told.get("error", preview.error)
        if left_out := told.get("left_out"):
            preview.left_out[left_out["file"]] = left_out["reason"]
        if picture := told.get("picture"):
            # Of more frames, it takes the place of that of some.
            others = [one for one in preview.pictures if one["method"] != picture["method"]]
            preview.pictures = [*others, dict(picture)]

    def _ledger_command(
        self,
        stack: Stack,
        cells: Mapping[str, str],
        config: Mapping[str, Any],
        excluded: Sequence[str],
        folder: Path,
    ) -> list[str]:
        """The step `ledger` as the workflow would call it for these choices, its output here."""
        words = dict(config["ledger"])
        words |= {name: cells[name] for name in CELLS if name in cells}
        if excluded:
            words |= {"exclude": "; ".join(excluded), "exclude_reason": "left out at the preview"}
        command = [
            *(sys.executable, str(self._stacks.workflow / "scripts" / "ledger.py")),
            *("--raw", str(stack.folder / RAW), "--out", str(folder / "frames.csv")),
            *option_words(words),
        ]
        # What an archived stack was made of. Frames of other stacks are looked for by the run
        # alone, which keeps an index of them.
        command += ["--archived-as", str(stack.archive), stack.specimen, stack.view]
        if "rig" in cells:
            capture = stack.folder / CAPTURE
            return command + (["--capture", str(capture)] if capture.is_file() else [])
        if "step_um" in cells:
            command += ["--step-um", cells["step_um"]]
        if "positions" in cells:
            command += ["--positions", str(self._placed(cells["positions"]))]
        return command

    def _placed(self, named: str) -> Path:
        """A file that the sheet names: of the data folder, else of the program's."""
        there = self._stacks.data / named
        here = self._stacks.workflow / named
        return here if here.exists() and not there.exists() else there

    def _judge(self, preview: _Preview, command: Sequence[str]) -> None:
        process = self._started(preview, command, self._stacks.data, None)
        assert process.stdout
        # Where it looked is gone soon; what it says is of the stack.
        words = process.stdout.read().replace(str(preview.folder), str(preview.stack.folder))
        (preview.folder / "ledger.log").write_text(words, "utf-8")
        process.wait()
        said = read_log(preview.folder / "ledger.log")
        frames = []
        for name in ("frames.csv", "frames.refused.csv"):
            if (preview.folder / name).is_file():
                by_file = {entry.file: entry for entry in read_ledger(preview.folder / name)}
                frames = [
                    {
                        "frame": frame.frame,
                        "file": frame.file,
                        "status": by_file[frame.file].status,
                        "reason": by_file[frame.file].reason or "",
                    }
                    for frame in preview.frames
                    if frame.file in by_file
                ]
        verdict = {
            "frames": frames,
            "used": sum(frame["status"] == USED for frame in frames),
            "warnings": list(said.warnings),
            "error": said.error or "",
        }
        with self._lock:
            preview.verdict = verdict

    def _started(
        self,
        preview: _Preview,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str] | None,
    ) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # The ledger's words are its log; what breaks in a fuse belongs in the terminal.
            stderr=None if environment else subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        with self._lock:
            preview.processes.append(process)
            is_over = preview.state == CANCELLED
        if is_over:
            _end(process)
        return process


def _end(process: subprocess.Popen[str]) -> None:
    """End a process and all that it started."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
