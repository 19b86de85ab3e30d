"""Any focus stage that Micro-Manager knows, through `pymmcore-plus`."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Any

from hardware.errors import RailError
from hardware.rails.rail import RailIdentity

POLL_S = 0.02


class MicroManager:
    """The focus stage of a Micro-Manager configuration; that it starts anew cannot be seen."""

    started_anew = False

    def __init__(self, configuration: Path, stage: str = "", timeout_s: float = 30.0) -> None:
        try:
            from pymmcore_plus import CMMCorePlus
        except ImportError as error:
            raise RailError(
                "rail: kind micromanager needs its library: pip install pymmcore-plus, "
                "then mmcore install"
            ) from error
        self._core: Any = CMMCorePlus()
        self._core.setTimeoutMs(int(timeout_s * 1000))
        self._timeout_s = timeout_s
        self._call("loadSystemConfiguration", str(configuration))
        self._stage = stage or self._call("getFocusDevice")
        if not self._stage:
            raise RailError(f"rail: {configuration} names no focus stage; set rail.stage")

    def identity(self) -> RailIdentity:
        """Adapter of the stage and version of the core."""
        library = self._call("getDeviceLibrary", self._stage)
        return RailIdentity(
            f"Micro-Manager {library}/{self._stage}", firmware=self._call("getVersionInfo")
        )

    def position_um(self) -> float:
        """Position of the stage."""
        return self._call("getPosition", self._stage)

    def move_to(self, target_um: float) -> float:
        """Move and wait until the stage is no longer busy."""
        self._call("setPosition", self._stage, target_um)
        until = time.monotonic() + self._timeout_s
        # The core's own waiting hears neither Ctrl-C nor a stop.
        while self._call("deviceBusy", self._stage):
            if time.monotonic() > until:
                raise RailError(
                    f"rail: Micro-Manager: {self._stage} is busy for {self._timeout_s:.0f} s"
                )
            time.sleep(POLL_S)
        return self.position_um()

    def stop(self) -> None:
        """Stop the stage; adapters that cannot are left to end their move."""
        with contextlib.suppress(RuntimeError):
            self._core.stop(self._stage)

    def close(self) -> None:
        """Unload the configuration."""
        self._core.reset()

    def _call(self, name: str, *arguments: object) -> Any:  # noqa: ANN401 - theirs
        try:
            return getattr(self._core, name)(*arguments)
        except (RuntimeError, OSError) as error:
            raise RailError(f"rail: Micro-Manager: {error}") from error
