"""The desk: one process that keeps a rig open, and does at it what it is asked, one after another.

The main thread holds the rig (`run`); whoever else wants something of it asks. So what stops a
command stops what runs here, by the same signal, and the desk goes on.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hardware.bench.config import RigConfig, StackConfig
from hardware.bench.marks import change_marks
from hardware.bench.rig import Rig, opened
from hardware.bench.stopping import BENCH
from hardware.cameras.camera import Previews
from hardware.capture.journal import StackFolder
from hardware.desk.adjusting import with_settings
from hardware.desk.facts import Facts, plan_facts, rig_facts
from hardware.desk.interrupts import Interrupts
from hardware.desk.live import Live, Picture, Previewing
from hardware.desk.shooting import Shooting
from hardware.desk.slate import Slate, now
from hardware.errors import PositionLostError, RigError
from hardware.rails.hand import asked_by
from records.errors import RecordError
from records.machine import in_words

Act = Callable[[Rig], Iterable[str] | str | None]
# More is no plan but a key that is held down.
MOST_WAITING = 4
IDLE_S = 0.2
# While the rail is on its way the camera is free, but where its motor is the rail.
ON_THE_WAY = ("jog", "goto", "home")
CAPTURE, OPENING, REOPEN = "capture", "opening", "reopen"


@dataclass(frozen=True)
class _Asked:
    what: str
    act: Act
    stack: str = ""
    ended: Callable[[str], None] | None = None


class Desk:
    """An open rig, what it is asked to do, and what there is to see of it.

    Its state (`state`) is JSON: `rig`, `doing`, `position_um`, `going_um`, `lost`, `marks`,
    `settings`, `condition`, `warnings`, `plan`, `capture`, `shot`, `sweep`, `told`.
    """

    def __init__(self, config: RigConfig) -> None:
        self.config = config
        self._interrupts = Interrupts()
        self._slate = Slate(self._interrupts.deaf)
        self._live = Live(self._interrupts.deaf)
        self._facts = Facts(config, self._slate)
        self._pictures: dict[str, bytes] = {}
        self._lock = threading.Lock()
        self._waiting: deque[_Asked] = deque()
        self._running: _Asked | None = None
        self._awake = threading.Event()
        self._goes = threading.Event()
        self._goes.set()
        self._ended = False
        self._given = StackConfig()
        self._shooting: Shooting | None = None
        self._previewing: Previewing | None = None
        self._slate.put(
            rig=rig_facts(config),
            doing=_doing(OPENING),
            **dict.fromkeys(("position_um", "going_um", "plan", "capture", "shot", "sweep")),
            asks="",
            lost="",
            marks={},
            settings={},
            condition={},
            warnings=[],
        )

    # Asked by anybody, from any thread.

    def ask(
        self,
        what: str,
        act: Act,
        stack: str = "",
        ended: Callable[[str], None] | None = None,
    ) -> None:
        """Have something done at the rig, after what was asked before.

        Parameters
        ----------
        what : names it, as `doing` of the state
        act : does it, in the main thread; what it gives is told, line by line
        stack : it is for, as specimen/view
        ended : is called in the main thread with why it failed, empty where it did not

        Raises
        ------
        RigError : it is refused
        """
        with self._interrupts.deaf(), self._lock:
            if self._ended or self._interrupts.ending:
                raise RigError("bench: it is being closed; nothing more is done")
            for asked in (self._running, *self._waiting):
                if asked is not None and asked.what == CAPTURE:
                    raise RigError(
                        f"bench: the capture of {asked.stack} is on; wait for its end, or stop it"
                    )
            if len(self._waiting) >= MOST_WAITING:
                raise RigError(
                    f"bench: {MOST_WAITING} things are waiting already; let them be done first"
                )
            self._waiting.append(_Asked(what, act, stack, ended))
        self._awake.set()

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
        given = given or self._given

        def act(rig: Rig) -> None:
            if self._shooting is not None:
                self._shooting.leave()
            self._shooting = Shooting(self._slate, self._live, self._pictures, self._may_go_on)
            self._goes.set()
            self._shooting.shoot(rig, stack, given, card, rail_checked)

        self.ask(CAPTURE, act, name, ended)

    def stop(self) -> None:
        """Stop, at once: what runs is interrupted, what waits is dropped, the rail stands."""
        with self._interrupts.deaf(), self._lock:
            dropped, self._waiting = list(self._waiting), deque()
            self._goes.set()
        self._interrupts.stop()
        self._awake.set()
        for asked in dropped:
            if asked.ended is not None:
                asked.ended("stopped before it began")

    def busy(self) -> bool:
        """Whether something is done or waits."""
        with self._interrupts.deaf(), self._lock:
            return self._running is not None or bool(self._waiting)

    def pause(self) -> None:
        """Have a capture wait before its next frame; RigError where none is on."""
        self._refuse_without_capture()
        self._goes.clear()
        self._show_paused(True)

    def go_on(self) -> None:
        """Let a capture that was paused go on; RigError where none is on."""
        self._refuse_without_capture()
        self._goes.set()
        self._show_paused(False)

    def end(self) -> None:
        """Close: what runs is interrupted, the rail stands, and `run` returns."""
        self._ended = True
        self.stop()

    def plan(self, given: StackConfig) -> None:
        """Plan the next stack with this range and step; None in it for what holds without."""
        self._given = given
        self._slate.put(plan=plan_facts(self.config, given))

    def set_camera(self, settings: dict[str, str]) -> None:
        """Set the camera by the common names; stacks are shot so from then on.

        Raises
        ------
        RigError : it is refused
        """

        def act(rig: Rig) -> str:
            rig.camera().apply(settings)
            self.config = self._facts.config = with_settings(self.config, settings)
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

    def told_since(self, count: int) -> tuple[int, list[dict[str, str]]]:
        """How many lines were ever told, and those after the first `count`; of many the last."""
        return self._slate.told_since(count)

    # The main thread.

    def run(self) -> None:
        """Open the rig and do what is asked, until the end is asked for or a signal brings it.

        In the main thread. The rail stands and everything is let go of when this returns.

        Raises
        ------
        RigError : the rig cannot be opened
        """
        with self._interrupts.installed(), asked_by(self._ask_person):
            try:
                # One that cannot be opened at first is no bench; later a cable may be out.
                self._serve_opened()
                while not self._is_over():
                    try:
                        self._serve_opened()
                    except RigError as error:
                        self._wait_for_rig(str(error))
            finally:
                self._ended = True
                self._slate.put(doing=_doing("closed"))

    def reopen(self) -> None:
        """Let go of rail and camera, and open them anew: a cable was out, or power was."""
        self.ask(REOPEN, lambda _: None)

    def _is_over(self) -> bool:
        return self._ended or bool(self._interrupts.ending)

    def _serve_opened(self) -> None:
        with ExitStack() as closing:
            try:
                entering = opened(self.config, BENCH)
                rig = self._interrupts.run(lambda: closing.enter_context(entering))
            except KeyboardInterrupt:
                self._acknowledge(self._interrupts.take_stop())
                return
            self._facts.follow(rig)
            self._previewing = None
            self._do(rig, _Asked(OPENING, self._facts.read_all))
            self._previewing = self._look_live(rig)
            while not self._is_over():
                if stopped := self._interrupts.take_stop():
                    self._stand(rig, stopped)
                elif (asked := self._next()) is not None:
                    if asked.what == REOPEN:
                        self._done()
                        return
                    self._do(rig, asked)
                else:
                    self._idle()
            self._slate.put(doing=_doing("closing"))

    def _wait_for_rig(self, why: str) -> None:
        """Without an open rig: whatever is asked but to open it anew fails, and why."""
        self._slate.tell(why, "error")
        self._slate.put(doing=_doing(""), position_um=None, lost=f"{why} Then open it anew.")
        while not self._is_over():
            self._acknowledge(self._interrupts.take_stop())
            asked = self._next()
            if asked is None:
                self._awake.wait(IDLE_S)
                self._awake.clear()
                continue
            self._done()
            if asked.what == REOPEN:
                return
            self._slate.tell(why, "error")
            if asked.ended is not None:
                asked.ended(why)

    def _next(self) -> _Asked | None:
        with self._lock:
            self._running = self._waiting.popleft() if self._waiting else None
            return self._running

    def _do(self, rig: Rig, asked: _Asked) -> None:
        """Do one thing; whatever comes of it, the desk is there afterwards."""
        self._slate.put(doing=_doing(asked.what, asked.stack))
        failed = ""
        try:
            try:
                with self._beside(asked):
                    now_so = replace(rig, config=self.config)
                    self._interrupts.run(lambda: self._tell_all(asked.act(now_so)))
            except PositionLostError as error:
                rig.axis.lose(str(error))
                failed = str(error)
            except (RigError, RecordError) as error:
                failed = str(error)
            except OSError as error:
                failed = f"{in_words(error)}."
            except Exception as error:
                failed = _of_ours(error)
        except KeyboardInterrupt as reason:
            failed = f"{asked.what} {asked.stack}".rstrip() + f": interrupted ({reason})"
            self._slate.tell(failed, "warning")
        else:
            if failed:
                self._slate.tell(failed, "error")
        self._look_again(rig, asked)
        self._done()
        if asked.ended is not None:
            asked.ended(failed)

    def _tell_all(self, lines: Iterable[str] | str | None) -> None:
        for line in [lines] if isinstance(lines, str) else lines or ():
            self._slate.tell(line)

    def _look_again(self, rig: Rig, asked: _Asked) -> None:
        """Read what may have changed; where that fails too, what is shown stays."""
        with suppress(KeyboardInterrupt):
            try:
                self._interrupts.run(lambda: self._facts.read_after(rig, asked.what))
            except (RigError, OSError) as error:
                self._slate.tell(str(error), "error")
        self._slate.put(plan=plan_facts(self.config, self._given))

    def _done(self) -> None:
        with self._lock:
            self._running = None
        self._goes.set()
        self._slate.put(doing=_doing(""))

    def _stand(self, rig: Rig, reason: str) -> None:
        """Stop the rail, whatever it does; say so to who stopped it."""
        self._slate.put(doing=_doing("stopping"))
        try:
            rig.axis.stop()
            self._facts.read_place(rig)
            if not rig.axis.lost:
                self._slate.tell(f"stopped; the rail stands at {rig.axis.position_um():.1f} µm")
        except PositionLostError as error:
            rig.axis.lose(str(error))
            self._slate.tell(str(error), "error")
        except RigError as error:
            self._slate.tell(str(error), "error")
        self._acknowledge(reason)
        self._slate.put(doing=_doing(""))

    def _acknowledge(self, reason: str) -> None:
        if reason:
            with suppress(RigError):
                change_marks(self.config, stopped_at=now(precise=True))

    def _look_live(self, rig: Rig) -> Previewing | None:
        """What takes live pictures at an open rig; None where its camera takes none."""
        if not self._facts.has_live():
            return None
        camera = rig.camera()
        assert isinstance(camera, Previews)

        def place() -> float | None:
            state = self._slate.part("position_um"), self._slate.part("going_um")
            return state[0] if state[1] is None else None

        def failed(why: str) -> None:
            self._slate.tell(f"live view: {why}", "warning")

        return Previewing(self._live, camera.preview, place, failed)

    def _beside(self, asked: _Asked) -> AbstractContextManager[None]:
        """Live pictures while the rail is on its way."""
        is_free = asked.what in ON_THE_WAY and self.config.rail.kind != "focus_motor"
        if self._previewing is None or not is_free:
            return nullcontext()
        return self._previewing.beside()

    def _idle(self) -> None:
        """Take a live picture if one is due, else wait for something to do."""
        wait_s = IDLE_S
        if self._previewing is not None:
            if self._previewing.is_due():
                with suppress(KeyboardInterrupt):
                    self._interrupts.run(self._previewing.take)
                return
            left_s = self._previewing.wait_s()
            wait_s = IDLE_S if left_s is None else min(left_s, IDLE_S)
        self._awake.wait(wait_s)
        self._awake.clear()

    def _may_go_on(self) -> bool:
        """Between two frames: wait while the capture is paused; False, as it is not to end."""
        while not self._goes.is_set():
            if self._previewing is not None and self._previewing.is_due():
                self._previewing.take()
            else:
                # An `Event` whose wait is interrupted may stay locked.
                time.sleep(IDLE_S / 4)
        return False

    def answer(self) -> None:
        """A person has done what `asks` of the state asks for; RigError where nothing is asked."""
        if not self._slate.part("asks"):
            raise RigError("bench: nothing is asked")
        self._slate.put(asks="")

    def _ask_person(self, question: str) -> None:
        """Ask for something that a person does at the rig, and wait until it is done."""
        self._slate.put(asks=question)
        try:
            while self._slate.part("asks"):
                time.sleep(IDLE_S / 4)
        finally:
            self._slate.put(asks="")

    def _refuse_without_capture(self) -> None:
        running = self._running
        if running is None or running.what != CAPTURE:
            raise RigError("bench: no capture is on")

    def _show_paused(self, paused: bool) -> None:
        with self._slate.writing() as parts:
            parts["doing"] = {**parts["doing"], "paused": paused}


def _doing(what: str, stack: str = "") -> dict[str, Any]:
    return {"what": what, "stack": stack, "since": now() if what else "", "paused": False}


def _of_ours(error: Exception) -> str:
    """A sentence for a fault of the program: what, and where in it."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"bench: a fault of this program, please report it: {type(error).__name__}: {error} "
        f"({Path(place.filename).name}, line {place.lineno})"
    )
