"""Canon, Nikon, Sony and other cameras through libgphoto2, held in a process of their own.

libgphoto2 may never return from a transfer that was cut; the child is then killed, and a new
one starts afresh with the camera.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

from hardware.cameras import targeting
from hardware.cameras.automatics import WIDGETS, left_on, switch_off
from hardware.cameras.camera import AUTOFOCUS, CameraIdentity, longest_wait_s
from hardware.cameras.names import choose, number
from hardware.errors import CameraBusyError, CameraError

# A process has to start and a camera to wake: on a busy machine this takes its time.
START_S = 30.0
# Before a release, files that nobody waits for are let come until none has for so long …
QUIET_S = 0.1
# … and so long where one is owed: the camera was just opened, or a release gave nothing.
OWED_S = 3.0
WARY_RELEASES = 3
# … and so long after the last frame of a stack, for a JPEG that comes late.
LAST_S = 1.5
# A transfer that is under way ends before a camera can be closed.
CLOSE_S = 20.0
# A mirror goes up before the first preview, and a body may wait for its sensor.
PREVIEW_S = 15.0
MOST_SAID = 3
CHILD = Path(__file__).with_name("gphoto_child.py")


class GphotoCamera:
    """A tethered camera.

    Parameters
    ----------
    model
        Part of the model's name, where more than one camera is connected.
    timeout_s
        Longest time from release to the file's arrival.
    memory_card
        Keep frames on the card too (true), or only fetch them (false).
    least_battery_percent
        Refuse to start an exposure below it, on bodies that tell a percentage.
    allow
        What the body may do by itself: names of `automatics.AUTOMATICS`.
    """

    keeps_time = True

    def __init__(
        self,
        model: str = "",
        timeout_s: float = 30.0,
        memory_card: bool = True,
        least_battery_percent: float = 5.0,
        allow: Collection[str] = (),
    ) -> None:
        self._model = model
        self._timeout_s = timeout_s
        self._memory_card = memory_card
        self._least_battery_percent = least_battery_percent
        self._allow = allow
        self._child: subprocess.Popen | None = None
        self._widgets: Collection[str] = WIDGETS
        self._asked = 0
        self._unread = b""
        self._said: list[str] = []
        self._wary = 0
        self._applied: dict[str, str] | None = None
        # Whether live view was switched on here, which outlives the child.
        self._live = False
        self._start()

    def identity(self) -> CameraIdentity:
        """As the body tells it."""
        return CameraIdentity(**self._ask("identity"))

    def apply(self, wanted: dict[str, str]) -> None:
        """Have the body do nothing by itself, then set what differs, from what it offers."""
        self._end_live_view()
        # First the mode: what else may be chosen follows from it.
        self._widgets = WIDGETS
        switch_off(self._look, self._put, self._allow)
        # Those that it has are looked at after every frame; the rest need not be asked for again.
        self._widgets = [widget["name"] for widget in self._look()]
        for name, value in wanted.items():
            offered = self._ask("choices", name=name)
            if offered is None:
                raise CameraError(
                    f"camera: this body tells no {name} over the cable; set it on the body "
                    f"and leave {name} out of camera.settings"
                )
            self._ask("apply", name=name, value=_as_offered(name, value, offered))
        self._applied = dict(wanted)

    def condition(self) -> dict[str, str]:
        """Battery, lens, shots left: those that the body tells."""
        return self._ask("condition")

    def automatics(self) -> list[str]:
        """What the body would do by itself."""
        return left_on(self._look(), self._allow)

    def settings(self) -> dict[str, str]:
        """As the body has them now."""
        return self._ask("settings")

    def strays(self, incoming: Path, last: bool = False) -> list[Path]:
        """Files that the camera announces unasked: late ones, companions, shots by hand.

        A body may keep a frame over a reconnect and give it out in the place of the next
        (libgphoto2 #1124): where one may be owed, it is waited for longer.
        """
        quiet_s = OWED_S if self._wary else LAST_S if last else QUIET_S
        wait_s = START_S + self._timeout_s
        saved = self._ask("drain", wait_s, folder=str(incoming), quiet_s=quiet_s)
        self._wary = max(0, self._wary - 1)
        return [Path(path) for path in saved]

    def shoot(self, incoming: Path, frame: int) -> list[Path]:
        """Release, wait for every file, save them; live view is off."""
        self._end_live_view()
        level = re.fullmatch(r"(\d+) ?%", self.condition().get("battery", ""))
        if level and float(level[1]) < self._least_battery_percent:
            raise CameraError(f"camera: battery at {level[1]} %. Change it.")
        exposure_s = number("shutter", self.settings().get("shutter", "")) or 0.0
        timeout_s = longest_wait_s(self._timeout_s, exposure_s)
        try:
            saved = self._ask("shoot", 2 * timeout_s, folder=str(incoming), timeout_s=timeout_s)
        except CameraBusyError:
            raise
        except CameraError:
            self._wary = WARY_RELEASES
            raise
        if not saved:
            self._wary = WARY_RELEASES
            raise CameraError(
                f"camera: no file came within {timeout_s:.0f} s of the release{self._reason()}. "
                "Card in, autofocus off, lens cap off?"
            )
        return [Path(path) for path in saved]

    def can(self) -> list[str]:
        """What this body can, as it is set now."""
        able = list(self._ask("abilities"))
        if targeting.way_of(self._ask("look", names=targeting.WIDGETS)) is not None:
            able.append(AUTOFOCUS)
        return able

    def preview(self) -> bytes:
        """What live view shows; it stays on until a frame is taken or settings are made."""
        if self._child is None:
            self.recover()
        self._live = True
        return base64.b64decode(self._ask("preview", PREVIEW_S))

    def focus(self, steps: int) -> None:
        """Turn the focus motor by `steps`, positive away from the camera."""
        if not self._live:
            self.live_view(True)
        self._ask("focus", steps=steps)

    def focus_at(self, x: float, y: float) -> None:
        """Autofocus once on a place of the preview."""
        found = targeting.way_of(self._ask("look", names=targeting.WIDGETS))
        if found is None:
            raise CameraError(
                "camera: it cannot be told where to focus: the body does not offer it over the "
                "cable, or a switch on body or lens is set to manual focus"
            )
        self.preview()
        targeting.focus_once(found, self._put, lambda s: self._ask("wait", seconds=s), x, y)

    def live_view(self, on: bool) -> None:
        """Switch live view, without which focus motors do not turn."""
        self._live = True
        self._ask("live_view", on=on)
        self._live = on

    def recover(self) -> None:
        """Kill the child, start another, set what was set."""
        self._kill()
        # The kernel needs a moment to let go of the device.
        time.sleep(0.5)
        self._start()
        self._wary = WARY_RELEASES
        if self._applied is not None:
            self.apply(self._applied)

    def close(self) -> None:
        """Leave the camera as it was found: usable by others."""
        if self._child is not None and self._child.poll() is None:
            # It is killed below; a camera that is gone needs no farewell.
            with contextlib.suppress(CameraError):
                self._end_live_view()
                self._ask("close", CLOSE_S)
        self._kill()

    def _end_live_view(self) -> None:
        """What was switched on here goes off again: frames are taken without it."""
        if self._live:
            self.live_view(False)

    def _start(self) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-P", str(CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._wary = 1
        self._unread = b""
        self._ask("open", START_S, model=self._model)
        self._ask("target", START_S, memory_card=self._memory_card)

    def _kill(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            for pipe in (self._child.stdin, self._child.stdout):
                assert pipe is not None
                with contextlib.suppress(OSError):
                    pipe.close()
            self._child = None

    def _look(self) -> list[dict[str, Any]]:
        return self._ask("look", names=self._widgets)

    def _put(self, widget: str, value: str) -> None:
        self._ask("put", widget=widget, value=value)

    def _ask(self, what: str, wait_s: float | None = None, **arguments: object) -> Any:  # noqa: ANN401
        """Reply to one request; those to requests before it that nobody waited for are skipped."""
        if self._child is None:
            raise CameraError("camera: connection is closed")
        assert self._child.stdin is not None and self._child.stdout is not None
        wait_s = wait_s or self._timeout_s
        self._asked += 1
        request = json.dumps({"id": self._asked, "do": what, **arguments}) + "\n"
        try:
            self._child.stdin.write(request.encode())
            self._child.stdin.flush()
        except OSError as error:
            self._kill()
            raise CameraError(f"camera: its process ended at {what!r} ({error})") from error
        until = time.monotonic() + wait_s
        reply: dict[str, Any] = {}
        while reply.get("id") != self._asked:
            line = self._line(until)
            if line is None:
                self._kill()
                raise CameraError(
                    f"camera: no answer to {what!r} within {wait_s:.0f} s; it was given up. "
                    "Check the cable and switch the camera off and on."
                )
            if not line:
                self._kill()
                raise CameraError(f"camera: its process ended at {what!r}")
            reply = json.loads(line)
        self._said = reply["said"]
        if "error" in reply:
            kind = CameraBusyError if reply["busy"] else CameraError
            raise kind(
                f"camera: {reply['error']}{self._reason()}. Check that it is on and connected, "
                "that no other program (gvfs, a tethering program) holds it, and that card and "
                "disk have room."
            )
        return reply["ok"]

    def _line(self, until: float) -> bytes | None:
        """One reply line, nothing if the process ended, None after `until`.

        What was read of the next is kept, whatever interrupts the wait.
        """
        assert self._child is not None and self._child.stdout is not None
        while b"\n" not in self._unread:
            left = until - time.monotonic()
            readable, _, _ = select.select([self._child.stdout], [], [], max(0.0, left))
            if not readable:
                return None
            chunk = os.read(self._child.stdout.fileno(), 65536)
            if not chunk:
                return b""
            self._unread += chunk
        line, _, self._unread = self._unread.partition(b"\n")
        return line

    def _reason(self) -> str:
        """What libgphoto2 said of the last request in its log, where the true reason stands."""
        said = list(dict.fromkeys(" ".join(text.split()).rstrip(".") for text in self._said))
        return f" ({'; '.join(said[-MOST_SAID:])})" if said else ""


def _as_offered(name: str, value: str, offered: dict[str, list]) -> str | float:
    """A wanted value as the body writes it; CameraError where it does not offer it."""
    if "range" not in offered:
        choices = offered["choices"]
        return choose(name, value, choices) if choices else value
    least, greatest, _ = offered["range"]
    wanted = number(name, value)
    if wanted is None or not least <= wanted <= greatest:
        raise CameraError(
            f"camera: {name} {value!r} is not offered; it may be {least:g} to {greatest:g}"
        )
    return wanted
