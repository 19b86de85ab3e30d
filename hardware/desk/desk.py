"""The desk: one process that keeps a rig open, and does at it what it is asked, one after another.

The main thread holds the rig (`run`); whoever else wants something of it asks. So what stops a
command stops what runs here, by the same signal, and the desk goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from hardware.bench.config import RigConfig, StackConfig
from hardware.bench.rig import Rig
from hardware.capture.journal import StackFolder
from hardware.desk.adjusting import with_settings
from hardware.desk.asked import CAPTURE, OPENING, REOPEN, Act, Asked, Queue
from hardware.desk.facts import Facts, rig_facts
from hardware.desk.interrupts import Interrupts
from hardware.desk.live import Live, Picture
from hardware.desk.serving import Serving, doing
from hardware.desk.shooting import Shooting
from hardware.desk.slate import Slate
from hardware.errors import RigError


class Desk:
    """An open rig, what it is asked to do, and what there is to see of it.

    All but `run` may be called from any thread. Its state (`state`) is JSON: `rig`, `doing`,
    `position_um`, `going_um`, `asks`, `lost`, `marks`, `settings`, `condition`, `warnings`, `plan`,
    `capture`, `shot`, `sweep`, `told`.
    """

    def __init__(self, config: RigConfig) -> None:
        self._interrupts = Interrupts()
        self._slate = Slate(self._interrupts.deaf)
        self._live = Live(self._interrupts.deaf)
        self._facts = Facts(config, self._slate)
        self._queue = Queue(self._interrupts.deaf)
        self._serving = Serving(self._facts, self._slate, self._live, self._queue, self._interrupts)
        self._shooting: Shooting | None = None
        self._pictures: dict[str, bytes] = {}
        self._slate.put(
            rig=rig_facts(config),
            doing=doing(OPENING),
            **dict.fromkeys(("position_um", "going_um", "plan", "capture", "shot", "sweep")),
            asks="",
            lost="",
            marks={},
            settings={},
            condition={},
            warnings=[],
        )

    @property
    def config(self) -> RigConfig:
        """The rig by its file, with what was set at the desk."""
        return self._facts.config

    @config.setter
    def config(self, config: RigConfig) -> None:
        self._facts.config = config

    def run(self) -> None:
        """Open the rig and do what is asked, until the end is asked for or a signal brings it.

        In the main thread. The rail stands and everything is let go of when this returns.

        Raises
        ------
        RigError : the rig cannot be opened
        """
        self._serving.run()

    def ask(
        self,
        what: str,
        act: Act,
        stack: str = "",
        ended: Callable[[str], None] | None = None,
    ) -> None:
        """Have something done at the rig, after what was asked before; see `Asked`.

        Raises
        ------
        RigError : it is refused
        """
        self._queue.put(Asked(what, act, stack, ended))

    def capture(
        self,
        stack: StackFolder,
        given: StackConfig | None = None,
        card: Path | None = None,
        rail_checked: bool = False,
        ended: Callable[[str], None] | None = None,
    ) -> None:
        """Capture a stack, or go on with one; its frames come into the state as they come in.

        Parameters
        ----------
        given : range and step; None for those of the plan that is shown
        card, rail_checked : as the command has them
        ended : is called in the main thread with why it is not complete, empty where it is

        Raises
        ------
        RigError : it is refused
        """
        name = f"{stack.specimen}/{stack.view}"
        given = given or self._facts.given

        def act(rig: Rig) -> None:
            if self._shooting is not None:
                self._shooting.leave()
            self._shooting = Shooting(
                self._slate, self._live, self._pictures, self._serving.between_frames
            )
            self._serving.goes.set()
            self._shooting.shoot(rig, stack, given, card, rail_checked)

        self.ask(CAPTURE, act, name, ended)

    def stop(self) -> None:
        """Stop, at once: what runs is interrupted, what waits is dropped, the rail stands."""
        dropped = self._queue.drop()
        self._serving.goes.set()
        self._interrupts.stop()
        for asked in dropped:
            if asked.ended is not None:
                asked.ended("stopped before it began")

    def busy(self) -> bool:
        """Whether something is done or waits."""
        return self._queue.is_busy()

    def pause(self) -> None:
        """Have a capture wait before its next frame; RigError where none is on."""
        self._refuse_without_capture()
        self._serving.goes.clear()
        self._show_paused(True)

    def go_on(self) -> None:
        """Let a capture that was paused go on; RigError where none is on."""
        self._refuse_without_capture()
        self._serving.goes.set()
        self._show_paused(False)

    def end(self) -> None:
        """Close: what runs is interrupted, the rail stands, and `run` returns."""
        self._queue.ended = True
        self.stop()

    def plan(self, given: StackConfig) -> None:
        """Plan the next stack with this range and step; None in it for what holds without."""
        self._facts.given = given
        self._facts.plan()

    def set_camera(self, settings: dict[str, str]) -> None:
        """Set the camera by the common names; stacks are shot so from then on.

        Raises
        ------
        RigError : it is refused
        """

        def act(rig: Rig) -> str:
            rig.camera().apply(settings)
            self.config = with_settings(self.config, settings)
            return "set: " + ", ".join(f"{name} {value}" for name, value in settings.items())

        self.ask("settings", act)

    def state(self) -> dict[str, Any]:
        """What there is to see: `number`, larger with each change, and `desk`."""
        number, parts = self._slate.read()
        return {"number": number, "desk": parts}

    def changed(self, after: int, wait_s: float) -> dict[str, Any] | None:
        """The state once its number is above `after`; None where it is not within `wait_s`."""
        return self.state() if self._slate.wait(after, wait_s) else None

    def live(self, after: int, wait_s: float) -> Picture | None:
        """The newest picture with a number above `after`, waited for; None where none came."""
        return self._live.newest(after, wait_s)

    def picture(self, address: str) -> bytes | None:
        """A picture by the address that stands in the state; None where none is there."""
        return self._pictures.get(address)

    def give_picture(self, address: str, picture: bytes) -> None:
        """Have a picture at an address; whoever puts the address into the state does so after."""
        self._pictures[address] = picture

    def show(self, jpeg: bytes, source: str) -> None:
        """Show a picture that was taken where the rail stands, as the newest there is."""
        self._live.show(jpeg, self._slate.part("position_um"), source)

    def put(self, **parts: Any) -> None:  # noqa: ANN401 - what JSON can hold
        """Set parts of the state, by their names."""
        self._slate.put(**parts)

    def touch(self) -> None:
        """Wake who waits for a change: something was that is shown beside the state."""
        self._slate.touch()

    def tell(self, text: str, kind: str = "note") -> None:
        """Tell a line; of `kind` note, warning or error."""
        self._slate.tell(text, kind)

    def told_since(self, count: int) -> tuple[int, list[dict[str, Any]]]:
        """How many lines were ever told, and those after the first `count`; of many the last."""
        return self._slate.told_since(count)

    def reopen(self) -> None:
        """Let go of rail and camera, and open them anew: a cable was out, or power was."""
        self.ask(REOPEN, lambda _: None)

    def answer(self) -> None:
        """A person has done what `asks` of the state asks for; RigError where nothing is asked."""
        if not self._slate.part("asks"):
            raise RigError("bench: nothing is asked")
        self._slate.put(asks="")

    def _refuse_without_capture(self) -> None:
        running = self._queue.running()
        if running is None or running.what != CAPTURE:
            raise RigError("bench: no capture is on")

    def _show_paused(self, paused: bool) -> None:
        with self._slate.writing() as parts:
            parts["doing"] = {**parts["doing"], "paused": paused}
