"""What the bench in a terminal shows: a block of a few lines at its end, messages above."""

from __future__ import annotations

import os
import shutil
import textwrap
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TextIO

BARS = "▁▂▃▄▅▆▇█"
COLOURS = {"warning": "\x1b[33m", "error": "\x1b[31m"}
BOLD, PLAIN = "\x1b[1m", "\x1b[0m"
LEAST_COLUMNS = 40
# What lasts longer than this is shown with its time: it is not dead.
LASTS_S = 3


def block(desk: dict[str, Any], width: int, fine_um: float, prompt: str) -> list[str]:
    """The lines that tell how the rig is, the same number always; the second is the place.

    Parameters
    ----------
    desk : `desk` of the state
    fine_um : by how much an arrow key moves
    prompt : question with what is typed of its answer; empty where none is asked
    """
    rig, doing = desk["rig"], desk["doing"]
    head = " · ".join((rig["name"], rig["rail"], rig["camera"], *_settings(desk["settings"])))
    lines = [
        f"── {head} {'─' * width}",
        f"{_place(desk)}   {_doing(doing, desk['going_um'])}",
        _plan(desk["plan"], desk["marks"]),
        _frames(desk, width),
        *_in_two(prompt or _hint(desk), width),
        f"↑↓ {fine_um:g} µm  ←→ {10 * fine_um:g} µm  [ ] step  S start  E end  T shot  W sweep",
        "P plan  C capture  space STOP  ? help  Q end",
    ]
    return [line[:width] for line in lines]


def _in_two(text: str, width: int) -> list[str]:
    """A text in two lines; what does not fit is told above, whole."""
    lines = textwrap.wrap(text, width, max_lines=2, placeholder=" …")
    return [*lines, "", ""][:2]


def minutes(seconds: float) -> str:
    """A time as minutes and seconds."""
    return f"{int(seconds // 60)}:{int(seconds % 60):02d}"


def bars(values: Sequence[float | None], width: int) -> str:
    """A curve in one line, its maximum a full bar; the last ones where not all fit."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, high = min(known), max(known)
    scale = (len(BARS) - 1) / (high - low) if high > low else 0.0
    marks = ["·" if v is None else BARS[round((v - low) * scale)] for v in values]
    return "".join(marks[-max(width, 1) :])


def _settings(settings: dict[str, str]) -> list[str]:
    named = {"aperture": "f/{}", "shutter": "{} s", "iso": "ISO {}"}
    return [
        form.format(settings[name].removeprefix("f/"))
        for name, form in named.items()
        if name in settings
    ]


def _place(desk: dict[str, Any]) -> str:
    if desk["lost"]:
        return "place not known (H declares it)"
    position_um = desk["position_um"]
    return "         " if position_um is None else f"{position_um:9.1f} µm"


def _doing(doing: dict[str, Any], going_um: float | None) -> str:
    what = f"{doing['what']} {doing['stack']}".strip()
    if not what:
        return "ready"
    to = "" if going_um is None else f", to {going_um:.1f} µm"
    if doing["paused"]:
        return f"{what}{to}  PAUSED, P goes on"
    lasts_s = (datetime.now().astimezone() - datetime.fromisoformat(doing["since"])).seconds
    return f"{what}{to}" + (f"  {minutes(lasts_s)}" if lasts_s >= LASTS_S else "")


def _plan(plan: dict[str, Any] | None, marks: dict[str, Any]) -> str:
    if plan is None:
        return ""
    if "refused" in plan:
        ends = (
            f"{end} {marks[f'{end}_um']:.1f}" for end in ("start", "end") if f"{end}_um" in marks
        )
        return f"{', '.join(ends)}  {plan['refused']}".strip()
    size = plan["bytes"]
    room = f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
    return (
        f"plan  {plan['start_um']:.1f} to {plan['end_um']:.1f} µm, step {plan['step_um']:.1f}: "
        f"{plan['frames']} frames, {minutes(plan['seconds'])}, {room}"
    )


def _frames(desk: dict[str, Any], width: int) -> str:
    """The stack under way or shot last; before the first, the sweep."""
    capture, sweep = desk["capture"], desk["sweep"]
    if sweep is not None and (capture is None or desk["doing"]["what"] == "sweep"):
        return f"sweep  {bars(sweep['sharpness'], width - 8)}"
    if capture is None:
        return "no stack yet"
    taken = sorted(capture["taken"], key=lambda entry: int(entry["frame"]))
    left = f", {minutes(capture['seconds_left'])} left" if len(taken) < capture["frames"] else ""
    head = f"{capture['stack']}  {len(taken)} of {capture['frames']}{left}  "
    return head + bars([entry["sharpness"] for entry in taken], width - len(head))


def _hint(desk: dict[str, Any]) -> str:
    """What a person may want to do, or know, next."""
    if desk["asks"]:
        return str(desk["asks"])
    if desk["lost"]:
        return str(desk["lost"])
    capture, sweep = desk["capture"], desk["sweep"]
    if capture and capture["range"]:
        return str(capture["range"])
    found = [sweep[f"{end}_um"] for end in ("start", "end")] if sweep and sweep["done"] else []
    taken = [desk["marks"].get(f"{end}_um") for end in ("start", "end")]
    if None not in found and found not in ([], taken):
        return f"A takes {found[0]:.1f} to {found[1]:.1f} µm of the sweep"
    warnings = [*desk["warnings"], *((desk["plan"] or {}).get("warnings") or ())]
    return f"warning: {warnings[0]}" if warnings else ""


class Screen:
    """A terminal that is written to by one thread.

    On one that cannot move its cursor, or is none, only messages and changes are written.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        is_terminal = out.isatty()
        self._moves = is_terminal and os.environ.get("TERM", "dumb") not in ("dumb", "")
        self._colours = self._moves and "NO_COLOR" not in os.environ
        self._drawn: list[str] = []

    def width(self) -> int:
        """Columns that may be written, the last one left free: some terminals go on at it."""
        return max(LEAST_COLUMNS, shutil.get_terminal_size().columns - 1)

    def show(self, messages: Sequence[tuple[str, str]], lines: list[str]) -> None:
        """Write messages (kind, text) above, and the block below them anew."""
        said = [line for kind, text in messages for line in self._message(kind, text)]
        if not self._moves:
            # Place, plan, and a question or what to do; not the curve, nor what keys there are.
            before = self._drawn or [""] * len(lines)
            said += [lines[i] for i in (1, 2, 4, 5) if lines[i] != before[i] and lines[i].strip()]
            self._drawn = lines
            self._write("".join(f"{line}\n" for line in said))
            return
        if not said and lines == self._drawn:
            return
        up = f"\x1b[{len(self._drawn) - 1}A" if len(self._drawn) > 1 else ""
        back = f"\r{up}\x1b[J" if self._drawn else ""
        shown = [self._bold(line) if i == 1 else line for i, line in enumerate(lines)]
        self._drawn = lines
        self._write(back + "".join(f"{line}\n" for line in said) + "\n".join(shown))

    def leave(self) -> None:
        """Put the cursor below the block."""
        if self._moves and self._drawn:
            self._write("\n")

    def _message(self, kind: str, text: str) -> list[str]:
        whole = text if kind == "note" else f"{kind}: {text}"
        lines = textwrap.wrap(whole, self.width(), subsequent_indent="  ") or [""]
        if not self._colours or kind not in COLOURS:
            return lines
        return [f"{COLOURS[kind]}{line}{PLAIN}" for line in lines]

    def _bold(self, line: str) -> str:
        return f"{BOLD}{line}{PLAIN}" if self._colours else line

    def _write(self, text: str) -> None:
        encoding = self._out.encoding or "utf-8"
        self._out.write(text.encode(encoding, "replace").decode(encoding))
        self._out.flush()
