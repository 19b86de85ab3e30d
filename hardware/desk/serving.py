"""The main thread of a desk: holds the rig, does one thing at a time, outlasts whatever fails."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Iterable
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from hardware.bench.lock import BENCH
from hardware.bench.marks import change_marks
from hardware.bench.rig import Rig, opened
from hardware.cameras.camera import Previews
from hardware.desk.asked import OPENING, REOPEN, Asked, Queue
from hardware.desk.facts import OF_THE_CAMERA, Facts
from hardware.desk.interrupts import Interrupts
from hardware.desk.live import Live, Previewing
from hardware.desk.slate import Slate, now
from hardware.errors import PositionLostError, RigError
from hardware.rails.hand import asked_by
from hardware.sentence import Sentence
from records.errors import RecordError
from records.machine import in_words

IDLE_S = 0.2
# How soon a pause that ends, or an answer, is seen.
SEEN_S = 0.05
# While the rail is on its way the camera is free, but where its motor is the rail.
ON_THE_WAY = ("jog", "goto", "home")


class Serving:
    """Does what is asked at an open rig.

    Attributes
    ----------
    goes : set while a capture is not paused
    """

    def __init__(
        self, facts: Facts, slate: Slate, live: Live, queue: Queue, interrupts: Interrupts
    ) -> None:
        self.goes = threading.Event()
        self.goes.set()
        self._facts = facts
        self._slate = slate
        self._live = live
        self._queue = queue
        self._interrupts = interrupts
        self._previewing: Previewing | None = None

    def run(self) -> None:
        """As `Desk.run`."""
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
                self._queue.ended = True
                for asked in self._queue.drop():
                    self._end(asked, "the bench was closed before it began")
                self._slate.put(doing=doing("closed"))

    def _is_over(self) -> bool:
        return self._queue.ended or bool(self._interrupts.ending)

    def _serve_opened(self) -> None:
        with ExitStack() as closing:
            try:
                entering = opened(self._facts.config, BENCH)
                rig = self._interrupts.run(lambda: closing.enter_context(entering))
            except KeyboardInterrupt:
                self._acknowledge(self._interrupts.take_stop())
                return
            self._facts.follow(rig)
            self._previewing = None
            self._do(rig, Asked(OPENING, self._facts.read_all))
            self._previewing = self._look_live(rig)
            while not self._is_over():
                if stopped := self._interrupts.take_stop():
                    self._stand(rig, stopped)
                elif (asked := self._queue.next()) is not None:
                    if asked.what == REOPEN:
                        self._done()
                        return
                    self._do(rig, asked)
                else:
                    self._idle()
            self._slate.put(doing=doing("closing"))

    def _wait_for_rig(self, why: str) -> None:
        """Without an open rig: whatever is asked but to open it anew fails, and why."""
        self._slate.tell(why, "error")
        self._slate.put(doing=doing(""), position_um=None, lost=f"{why} Then open it anew.")
        while not self._is_over():
            self._acknowledge(self._interrupts.take_stop())
            asked = self._queue.next()
            if asked is None:
                self._queue.wait(IDLE_S)
                continue
            self._done()
            if asked.what == REOPEN:
                return
            self._slate.tell(why, "error")
            self._end(asked, why)

    def _do(self, rig: Rig, asked: Asked) -> None:
        """Do one thing; whatever comes of it, the desk is there afterwards."""
        self._slate.put(doing=doing(asked.what, asked.stack))
        failed = ""
        try:
            try:
                with self._beside(asked):
                    now_so = replace(rig, config=self._facts.config)
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
            # Before anything else, whatever drove it.
            with suppress(RigError):
                rig.axis.rail.stop()
            failed = f"{asked.what} {asked.stack}".rstrip() + f": interrupted ({reason})"
            self._slate.tell(failed, "warning")
        else:
            if failed:
                self._slate.tell(failed, "error")
        self._look_again(rig, asked)
        self._done()
        self._end(asked, failed)

    def _end(self, asked: Asked, failed: str) -> None:
        if asked.ended is None:
            return
        try:
            asked.ended(failed)
        except (RigError, RecordError) as error:
            self._slate.tell(str(error), "error")
        except Exception as error:
            self._slate.tell(_of_ours(error), "error")

    def _tell_all(self, lines: Iterable[str] | str | None) -> None:
        for line in [lines] if isinstance(lines, str) else lines or ():
            self._slate.tell(line)

    def _look_again(self, rig: Rig, asked: Asked) -> None:
        """Read what may have changed; where that fails too, what is shown stays."""
        with suppress(KeyboardInterrupt):
            try:
                self._interrupts.run(lambda: self._read_after(rig, asked.what))
            except (RigError, OSError) as error:
                self._slate.tell(str(error), "error")
        self._facts.plan()

    def _read_after(self, rig: Rig, what: str) -> None:
        self._facts.read_after(rig, what)
        if self._previewing is None and what in OF_THE_CAMERA:
            # It may have been switched on just now.
            self._facts.read_abilities(rig)
            self._previewing = self._look_live(rig)

    def _done(self) -> None:
        self._queue.done()
        self.goes.set()
        self._slate.put(doing=doing(""))

    def _stand(self, rig: Rig, reason: str) -> None:
        """Stop the rail, whatever it does; say so to who stopped it."""
        self._slate.put(doing=doing("stopping"))
        try:
            rig.axis.stop()
            self._facts.read_place(rig)
            if not rig.axis.lost:
                at_um = rig.axis.position_um()
                text = f"stopped; the rail stands at {at_um:.1f} µm"
                self._slate.tell(Sentence("stopped", text, at_um=at_um))
        except PositionLostError as error:
            rig.axis.lose(str(error))
            self._slate.tell(str(error), "error")
        except RigError as error:
            self._slate.tell(str(error), "error")
        self._acknowledge(reason)
        self._slate.put(doing=doing(""))

    def _acknowledge(self, reason: str) -> None:
        if reason:
            with suppress(RigError):
                change_marks(self._facts.config, stopped_at=now(precise=True))

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

    def _beside(self, asked: Asked) -> AbstractContextManager[None]:
        """Live pictures while the rail is on its way."""
        is_free = asked.what in ON_THE_WAY and self._facts.config.rail.kind != "focus_motor"
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
        self._queue.wait(wait_s)

    def between_frames(self) -> bool:
        """Between two frames: wait while the capture is paused; False, as it is not to end."""
        while not self.goes.is_set():
            if self._previewing is not None and self._previewing.is_due():
                self._previewing.take()
            else:
                # An `Event` whose wait is interrupted may stay locked.
                time.sleep(SEEN_S)
        return False

    def _ask_person(self, question: str) -> None:
        """Ask for something that a person does at the rig, and wait until it is done."""
        self._slate.put(asks=question)
        try:
            while self._slate.part("asks"):
                time.sleep(SEEN_S)
        finally:
            self._slate.put(asks="")


def doing(what: str, stack: str = "") -> dict[str, Any]:
    """What is being done, as the state has it."""
    return {"what": what, "stack": stack, "since": now() if what else "", "paused": False}


def _of_ours(error: Exception) -> str:
    """A sentence for a fault of the program: what, and where in it."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"bench: a fault of this program, please report it: {type(error).__name__}: {error} "
        f"({Path(place.filename).name}, line {place.lineno})"
    )
