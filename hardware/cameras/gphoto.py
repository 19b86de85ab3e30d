"""Canon, Nikon, Sony and other cameras through libgphoto2, held in a process of their own.

libgphoto2 may never return from a transfer that was cut; the child is then killed, and a new
one starts afresh with the camera.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from hardware.cameras.camera import CameraIdentity
from hardware.cameras.names import choose
from hardware.errors import CameraBusyError, CameraError

# A process has to start and a camera to wake: on a busy machine this takes its time.
START_S = 30.0
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
    """

    def __init__(
        self,
        model: str = "",
        timeout_s: float = 30.0,
        memory_card: bool = True,
        least_battery_percent: float = 5.0,
    ) -> None:
        self._model = model
        self._timeout_s = timeout_s
        self._memory_card = memory_card
        self._least_battery_percent = least_battery_percent
        self._child: subprocess.Popen | None = None
        self._applied: dict[str, str] = {}
        self._start()

    def identity(self) -> CameraIdentity:
        """As the body tells it."""
        return CameraIdentity(**self._ask("identity"))

    def apply(self, wanted: dict[str, str]) -> None:
        """Set what differs, from the choices that the body offers."""
        for name, value in wanted.items():
            choices = self._ask("choices", name=name)
            if choices is None:
                raise CameraError(
                    f"camera: this body tells no {name} over the cable; set it on the body "
                    f"and leave {name} out of camera.settings"
                )
            self._ask("apply", name=name, value=choose(name, value, choices) if choices else value)
        self._applied = dict(wanted)

    def settings(self) -> dict[str, str]:
        """As the body has them now."""
        return self._ask("settings")

    def strays(self) -> list[Path]:
        """Frames that someone fired by hand stay on the card."""
        return []

    def shoot(self, incoming: Path, frame: int) -> list[Path]:
        """Release, wait for every file, save them."""
        level = re.fullmatch(r"(\d+) ?%", self._ask("battery"))
        if level and float(level[1]) < self._least_battery_percent:
            raise CameraError(f"camera: battery at {level[1]} %. Change it.")
        saved = self._ask(
            "shoot",
            wait_s=2 * self._timeout_s,
            folder=str(incoming),
            timeout_s=self._timeout_s,
        )
        if not saved:
            raise CameraError(
                f"camera: no file came within {self._timeout_s:.0f} s of the release. Card in, "
                "autofocus off, lens cap off?"
            )
        return [Path(path) for path in saved]

    def focus(self, steps: int) -> None:
        """Turn the focus motor by `steps`, positive away from the camera."""
        self._ask("focus", steps=steps)

    def live_view(self, on: bool) -> None:
        """Switch live view, without which focus motors do not turn."""
        self._ask("live_view", on=on)

    def recover(self) -> None:
        """Kill the child, start another, set what was set."""
        self._kill()
        # The kernel needs a moment to let go of the device.
        time.sleep(0.5)
        self._start()
        self.apply(self._applied)

    def close(self) -> None:
        """Leave the camera as it was found: usable by others."""
        if self._child is not None and self._child.poll() is None:
            # It is killed below; a camera that is gone needs no farewell.
            with contextlib.suppress(CameraError):
                self._ask("close", wait_s=5)
        self._kill()

    def _start(self) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-P", str(CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._ask("open", wait_s=START_S, model=self._model)
        self._ask("target", wait_s=START_S, memory_card=self._memory_card)

    def _kill(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            for pipe in (self._child.stdin, self._child.stdout):
                assert pipe is not None
                with contextlib.suppress(OSError):
                    pipe.close()
            self._child = None

    def _ask(self, what: str, wait_s: float | None = None, **arguments: object) -> Any:  # noqa: ANN401
        if self._child is None:
            raise CameraError("camera: connection is closed")
        assert self._child.stdin is not None and self._child.stdout is not None
        wait_s = wait_s or self._timeout_s
        request = json.dumps({"do": what, **arguments}) + "\n"
        try:
            self._child.stdin.write(request.encode())
            self._child.stdin.flush()
        except OSError as error:
            self._kill()
            raise CameraError(f"camera: its process ended at {what!r} ({error})") from error
        line = self._line(wait_s)
        if line is None:
            self._kill()
            raise CameraError(
                f"camera: no answer to {what!r} within {wait_s:.0f} s; it was given up. "
                "Check the cable and switch the camera off and on."
            )
        if not line.endswith(b"\n"):
            self._kill()
            raise CameraError(f"camera: its process ended at {what!r}")
        reply = json.loads(line)
        if "error" in reply:
            kind = CameraBusyError if reply["busy"] else CameraError
            raise kind(
                f"camera: {reply['error']}. Check that it is on and connected, that no other "
                "program (gvfs, a tethering program) holds it, and that card and disk have room."
            )
        return reply["ok"]

    def _line(self, wait_s: float) -> bytes | None:
        """One reply line, what there is of it if the process ended, None after `wait_s`."""
        assert self._child is not None and self._child.stdout is not None
        until = time.monotonic() + wait_s
        line = b""
        while not line.endswith(b"\n"):
            left = until - time.monotonic()
            readable, _, _ = select.select([self._child.stdout], [], [], max(0.0, left))
            if not readable:
                return None
            chunk = os.read(self._child.stdout.fileno(), 65536)
            if not chunk:
                return line
            line += chunk
        return line
