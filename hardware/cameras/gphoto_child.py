"""The process that holds a camera through libgphoto2, so that it can be killed.

Run by gphoto.GphotoCamera. One JSON request a line on standard input, one JSON reply a line on
standard output: `{"do": "settings"}` → `{"ok": …}` or `{"error": text, "busy": bool}`.
It ends when its input ends, and dies with its parent.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import gphoto2 as gp

# Names of a setting with Canon, Nikon, Sony and others; the first that a body has counts.
WIDGETS = {
    "aperture": ("aperture", "f-number"),
    "iso": ("iso",),
    "shutter": ("shutterspeed2", "shutterspeed"),
    "white_balance": ("whitebalance",),
    "format": ("imageformat", "imagequality"),
}
FOCUS_WIDGETS = ("manualfocusdrive", "manualfocus")
PR_SET_PDEATHSIG = 1


class Holder:
    """The camera and the files it had before each exposure."""

    def __init__(self, model: str) -> None:
        self._camera = gp.Camera()
        if model:
            cameras = [tuple(entry) for entry in _entries(gp.Camera.autodetect())]
            matching = [(name, port) for name, port in cameras if model.lower() in name.lower()]
            if len(matching) != 1:
                connected = ", ".join(f"{name} on {port}" for name, port in cameras) or "none"
                raise LookupError(f"{len(matching)} cameras match {model!r}; found: {connected}")
            ports = gp.PortInfoList()
            ports.load()
            self._camera.set_port_info(ports[ports.lookup_path(matching[0][1])])
        self._camera.init()

    def identity(self) -> dict[str, str]:
        """Model, firmware, serial number."""
        config = self._camera.get_config()

        def value(*names: str) -> str:
            for name in names:
                with contextlib.suppress(gp.GPhoto2Error):
                    return str(config.get_child_by_name(name).get_value())
            return ""

        return {
            "model": self._camera.get_abilities().model,
            "firmware": value("deviceversion"),
            "serial_number": value("eosserialnumber", "serialnumber"),
        }

    def choices(self, name: str) -> list[str] | None:
        """What the camera offers for a common name; None if it has no such setting."""
        widget = self._widget(WIDGETS[name])
        return None if widget is None else _choices(widget)

    def apply(self, name: str, value: str) -> None:
        """Set one common name to one of its choices."""
        widget = self._widget(WIDGETS[name])
        if widget is None:
            raise LookupError(f"the camera has no setting {name}")
        widget.set_value(value)
        self._camera.set_single_config(widget.get_name(), widget)

    def settings(self) -> dict[str, str]:
        """Common names the camera has, with the values of now."""
        settings = {}
        for name, widgets in WIDGETS.items():
            widget = self._widget(widgets)
            if widget is not None:
                settings[name] = str(widget.get_value())
        return settings

    def battery(self) -> str:
        """Battery level as the camera says it, or nothing."""
        widget = self._widget(("batterylevel",))
        return "" if widget is None else str(widget.get_value())

    def target(self, memory_card: bool) -> None:
        """Where the camera keeps a frame until it is fetched."""
        widget = self._widget(("capturetarget",))
        if widget is None:
            return
        for choice in _choices(widget):
            if ("card" in choice.lower()) == memory_card:
                widget.set_value(choice)
                self._camera.set_single_config("capturetarget", widget)
                return

    def shoot(self, folder: str, timeout_s: float) -> list[str]:
        """Expose, collect the files that are announced, save them in `folder`.

        RAW and JPEG are two announcements: after the first, more are awaited until the
        camera says that the exposure is complete, or for 2 s.
        """
        self._drain_events()
        self._camera.trigger_capture()
        until = time.monotonic() + timeout_s
        announced: list[tuple[str, str]] = []
        while time.monotonic() < until:
            kind, data = self._camera.wait_for_event(50)
            if kind == gp.GP_EVENT_FILE_ADDED:
                announced.append((data.folder, data.name))
                until = min(until, time.monotonic() + 2)
            elif kind == gp.GP_EVENT_CAPTURE_COMPLETE and announced:
                until = min(until, time.monotonic() + 0.3)
        saved = []
        for camera_folder, name in announced:
            camera_file = self._camera.file_get(camera_folder, name, gp.GP_FILE_TYPE_NORMAL)
            path = Path(folder) / name
            # It opens by name what it writes, through a link as well: where nobody can lay one.
            with tempfile.TemporaryDirectory(dir=folder) as own:
                camera_file.save(str(Path(own) / name))
                (Path(own) / name).replace(path)
            saved.append(str(path))
        return saved

    def focus(self, steps: int) -> None:
        """Turn the focus motor: Canon in smallest steps, Nikon and Sony by a number."""
        widget = self._widget(FOCUS_WIDGETS)
        if widget is None:
            raise LookupError("the camera has no focus motor that can be stepped")
        name = widget.get_name()
        choices = _choices(widget)
        if choices:
            wanted = "Far 1" if steps > 0 else "Near 1"
            for _ in range(abs(steps)):
                for value in (wanted, "None"):
                    if value in choices:
                        widget.set_value(value)
                        self._camera.set_single_config(name, widget)
            return
        most = int(widget.get_range()[1])
        while steps:
            part = max(-most, min(most, steps))
            widget.set_value(float(part))
            self._camera.set_single_config(name, widget)
            steps -= part

    def live_view(self, on: bool) -> None:
        """Focus motors turn only in live view."""
        widget = self._widget(("viewfinder",))
        if widget is not None:
            widget.set_value(int(on))
            self._camera.set_single_config("viewfinder", widget)

    def close(self) -> None:
        """Let go of the camera."""
        self._camera.exit()

    def _widget(self, names: tuple[str, ...]) -> gp.CameraWidget | None:
        for name in names:
            with contextlib.suppress(gp.GPhoto2Error):
                return self._camera.get_single_config(name)
        return None

    def _drain_events(self) -> None:
        for _ in range(100):
            kind, _ = self._camera.wait_for_event(1)
            if kind == gp.GP_EVENT_TIMEOUT:
                return


def _entries(listing: gp.CameraList) -> list[tuple[str, str]]:
    return [(listing.get_name(i), listing.get_value(i)) for i in range(listing.count())]


def _choices(widget: gp.CameraWidget) -> list[str]:
    if widget.get_type() not in (gp.GP_WIDGET_RADIO, gp.GP_WIDGET_MENU):
        return []
    return [str(choice) for choice in widget.get_choices()]


def main() -> None:
    """Answer requests until the input ends."""
    with contextlib.suppress(OSError, AttributeError):  # Linux only.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    # Drivers print: what they say goes to standard error, the replies stay clean.
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    holder: Holder | None = None
    for line in sys.stdin:
        request = json.loads(line)
        what = request.pop("do")
        try:
            if what == "open":
                holder = Holder(**request)
                result = None
            else:
                result = getattr(holder, what)(**request)
            reply = {"ok": result}
        except gp.GPhoto2Error as error:
            busy = error.code == gp.GP_ERROR_CAMERA_BUSY
            text = f"{what}: {error.string} ({error.code})"
            reply = {"error": text, "busy": busy or "busy" in error.string.lower()}
        except (LookupError, OSError) as error:
            reply = {"error": f"{what}: {error}", "busy": False}
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


if __name__ == "__main__":
    main()
