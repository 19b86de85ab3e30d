"""The bench in a terminal: one process, one lock, keys; for where there is no browser.

The main thread has the rig; one thread reads keys, another draws what the desk tells.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from hardware.bench.config import RigConfig
from hardware.capture.journal import StackFolder
from hardware.desk import deeds
from hardware.desk.asked import CAPTURE
from hardware.desk.desk import Desk
from hardware.desk.keys import each_key, pressed
from hardware.desk.screen import Screen, block
from hardware.errors import RigError
from records.layout import CAPTURE as RECORD
from records.layout import RAW

FINE_UM = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0)
COARSE = 10
# For a screen whose terminal takes nothing more.
LEAVE_S = 2.0
HELP = (
    "up, down      move by the fine step; up is to larger positions, to the top",
    "left, right   move ten times as far; page up, page down too",
    "[ ]           make the fine step smaller, larger",
    "S E           the stack starts, ends here         G  go to a position",
    "W A           sweep for start and end; accept what it found",
    "T             test shot                           P  plan a range and step",
    "C             capture a stack, or go on with one  P  meanwhile: pause, go on",
    "H             declare where the rail stands       O  run the homing cycle",
    "U             unlock after an alarm               R  open rail and camera anew",
    "space, Esc    STOP, always                        Q  end (Ctrl-C: at once)",
)


@dataclass
class _Question:
    """A question, what is typed of its answer, and what is done with that."""

    text: str
    typed: str
    answered: Callable[[str], None]


class Terminal:
    """Keys become deeds, and the desk's state lines."""

    def __init__(self, desk: Desk, out: TextIO, specimens: Path) -> None:
        self._desk = desk
        self._deeds = deeds.of(desk)
        self._screen = Screen(out)
        self._specimens = specimens
        self._fine = FINE_UM.index(10.0)
        self._question: _Question | None = None
        self._specimen = self._view = ""
        self._told = 0
        self._closed = False
        self._keys: dict[str, Callable[[], None]] = {
            "up": lambda: self._jog(1),
            "down": lambda: self._jog(-1),
            "right": lambda: self._jog(COARSE),
            "page up": lambda: self._jog(COARSE),
            "left": lambda: self._jog(-COARSE),
            "page down": lambda: self._jog(-COARSE),
            "[": lambda: self._finer(-1),
            "]": lambda: self._finer(1),
            "s": lambda: self._deeds["start"](position_um=None),
            "e": lambda: self._deeds["end"](position_um=None),
            "t": lambda: self._named("shot"),
            "w": lambda: self._named("sweep"),
            "a": lambda: self._named("sweep_accept"),
            "p": self._plan_or_pause,
            "c": self._capture,
            "g": lambda: self._ask_number("go to, µm: ", "goto"),
            "h": lambda: self._ask_number("the rail stands at, µm: ", "here"),
            "o": lambda: self._named("home"),
            "u": lambda: self._named("unlock"),
            "r": desk.reopen,
            "?": self._help,
            "q": self._end,
        }

    def key(self, key: str) -> None:
        """Do what a key asks for; why it is refused is told."""
        if key in (" ", "escape"):
            self._question = None
            self._desk.stop()
        elif key == "end of input":
            self._desk.end()
        elif self._question is not None:
            self._type(key)
        elif key == "enter" and self._desk.state()["desk"]["asks"]:
            self._try(self._desk.answer)
        elif (deed := self._keys.get(key.lower())) is not None:
            self._try(deed)
        self._desk.touch()

    def draw(self) -> None:
        """Write what changed; in one thread."""
        state = self._desk.state()["desk"]
        self._told, told = self._desk.told_since(self._told)
        asked = self._question
        prompt = "" if asked is None else f"{asked.text}{asked.typed}_"
        lines = block(state, self._screen.width(), FINE_UM[self._fine], prompt)
        self._screen.show([(line["kind"], line["text"]) for line in told], lines)

    def draw_on(self) -> None:
        """Write what changes, until `leave`."""
        number = 0
        while not self._closed:
            state = self._desk.changed(number, 0.5)
            if state is not None:
                number = state["number"]
            self.draw()

    def leave(self) -> None:
        """Write no more."""
        self._closed = True
        self._desk.touch()

    def last(self) -> None:
        """Write what came last, and go below it."""
        self.draw()
        self._screen.leave()

    def _try(self, deed: Callable[[], None]) -> None:
        try:
            deed()
        except RigError as error:
            self._desk.tell(str(error), "warning")

    def _type(self, key: str) -> None:
        asked = self._question
        assert asked is not None
        if key == "enter":
            self._question = None
            self._try(lambda: asked.answered(asked.typed))
        elif key == "back":
            asked.typed = asked.typed[:-1]
        elif len(key) == 1:
            asked.typed += key

    def _ask(self, text: str, typed: str, answered: Callable[[str], None]) -> None:
        self._question = _Question(text, typed, answered)

    def _ask_number(self, text: str, name: str) -> None:
        def answered(typed: str) -> None:
            position_um = _number(typed)
            if position_um is not None:
                self._deeds[name](position_um=position_um)

        self._ask(text, "", answered)

    def _jog(self, steps: int) -> None:
        # A key that is held down repeats faster than a rail moves.
        if not self._desk.busy():
            self._deeds["jog"](distance_um=steps * FINE_UM[self._fine])

    def _finer(self, by: int) -> None:
        self._fine = min(max(self._fine + by, 0), len(FINE_UM) - 1)

    def _named(self, name: str) -> None:
        if name not in self._deeds:
            raise RigError(f"bench: there is no {name} at this rig")
        self._deeds[name]()

    def _plan_or_pause(self) -> None:
        doing = self._desk.state()["desk"]["doing"]
        if doing["what"] == CAPTURE:
            self._deeds["go_on" if doing["paused"] else "pause"]()
            return
        given: dict[str, float | None] = {}

        def ask(names: list[str]) -> None:
            if not names:
                self._deeds["plan"](**given)
                return

            def answered(typed: str) -> None:
                given[names[0]] = _number(typed)
                ask(names[1:])

            self._ask(f"{names[0][:-3]}, µm (empty: as it is set): ", "", answered)

        ask(["start_um", "end_um", "step_um"])

    def _capture(self) -> None:
        def with_view(view: str) -> None:
            self._view = view
            place = self._specimens / self._specimen / view
            stack = StackFolder(self._specimen, view, place / RAW, place / RECORD)
            self._desk.capture(stack)

        def with_specimen(specimen: str) -> None:
            self._specimen = specimen
            self._ask("view: ", self._view, with_view)

        self._ask("specimen: ", self._specimen, with_specimen)

    def _help(self) -> None:
        for line in HELP:
            self._desk.tell(line)

    def _end(self) -> None:
        if self._desk.state()["desk"]["doing"]["what"] == CAPTURE:
            raise RigError("bench: a capture is on; stop it first (space), then end")
        self._desk.end()


def bench(config: RigConfig, specimens: Path) -> Iterator[str]:
    """Hold the rig, and serve the keys of this terminal, until it is ended.

    Parameters
    ----------
    specimens : folder into which stacks are captured, as `specimen/view`

    Raises
    ------
    RigError : the rig cannot be opened
    """
    desk = Desk(config)
    terminal = Terminal(desk, sys.stdout, specimens)
    source = sys.stdin.fileno()

    def read() -> None:
        for key in pressed(source):
            terminal.key(key)
        desk.end()

    with each_key(source):
        reading = threading.Thread(target=read, name="keys", daemon=True)
        drawing = threading.Thread(target=terminal.draw_on, name="screen", daemon=True)
        reading.start()
        drawing.start()
        try:
            desk.run()
        finally:
            terminal.leave()
            drawing.join(LEAVE_S)
            if not drawing.is_alive():
                terminal.last()
    yield "the bench is closed; the rail was stopped"


def _number(typed: str) -> float | None:
    """A number that was typed; None where nothing was."""
    if not typed:
        return None
    try:
        return float(typed.replace(",", "."))
    except ValueError as error:
        raise RigError(f"bench: {typed!r} is not a number") from error
