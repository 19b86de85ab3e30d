"""The process that holds a camera through libgphoto2, so that it can be killed.

Run by gphoto.GphotoCamera. One JSON request a line on standard input, one JSON reply a line on
standard output: `{"id": 7, "do": "settings"}` → `{"id": 7, "ok": …, "said": […]}` or
`{"id": 7, "error": text, "busy": bool, "said": […]}`. `said` is what libgphoto2 put into its log
as errors meanwhile: the true reason stands there only. Whatever goes wrong is told; it ends when
its input ends, and dies with its parent.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import json
import os
import select
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gphoto2 as gp

# Names of a setting with Canon, Nikon, Sony and others; the first that a body has counts.
WIDGETS: dict[str, tuple[str, ...]] = {
    "aperture": ("aperture", "f-number"),
    "iso": ("iso",),
    "shutter": ("shutterspeed2", "shutterspeed"),
    "white_balance": ("whitebalance",),
    "format": ("imageformat", "imagequality"),
}
CONDITION: dict[str, tuple[str, ...]] = {
    "battery": ("batterylevel",),
    "lens": ("lensname",),
    "shots left": ("availableshots",),
}
FOCUS_WIDGETS = ("manualfocusdrive", "manualfocus")
PR_SET_PDEATHSIG = 1
# After the first file of an exposure, its companion is waited for so long.
COMPANION_S = 2.0
COMPLETE_S = 0.3
MOST_SAID = 20


class GivenUpError(Exception):
    """Another request came while this one waited for the camera."""


class Requests:
    """Lines of standard input, and whether one more waits while another is worked on."""

    def __init__(self, stream: int) -> None:
        self._stream = stream
        self._pending = b""
        self._ended = False

    def next(self) -> dict[str, Any] | None:
        """The next request, waited for; None when the input has ended."""
        while b"\n" not in self._pending:
            self._read(None)
            if self._ended:
                return None
        line, _, self._pending = self._pending.partition(b"\n")
        return json.loads(line)

    def refuse_to_wait(self) -> None:
        """GivenUpError if the parent wants something else, or is gone."""
        self._read(0)
        if self._ended or b"\n" in self._pending:
            raise GivenUpError("given up, as something else was asked for")

    def _read(self, wait_s: float | None) -> None:
        if not self._ended and select.select([self._stream], [], [], wait_s)[0]:
            chunk = os.read(self._stream, 65536)
            self._pending += chunk
            self._ended = not chunk


class Holder:
    """The camera and the files that it announces.

    `refuse_to_wait` ends a wait for the camera, by an error.
    """

    def __init__(self, model: str, refuse_to_wait: Callable[[], None]) -> None:
        self._refuse_to_wait = refuse_to_wait
        self._has_preview = True
        # Files that were announced while something else was waited for: the next drain has them.
        self._kept: list[tuple[str, str]] = []
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

    def choices(self, name: str) -> dict[str, list] | None:
        """What the camera offers for a common name; None if it has no such setting.

        `choices`, empty where any text goes, or `range`: least, greatest, step.
        """
        widget = self._widget(WIDGETS[name])
        if widget is None:
            return None
        if widget.get_type() == gp.GP_WIDGET_RANGE:
            return {"range": [float(end) for end in widget.get_range()]}
        return {"choices": _choices(widget)}

    def apply(self, name: str, value: str | float) -> None:
        """Set one common name to one of its choices, or to a number of its range."""
        widget = self._widget(WIDGETS[name])
        if widget is None:
            raise LookupError(f"the camera has no setting {name}")
        self._set(widget, value)

    def settings(self) -> dict[str, str]:
        """Common names the camera has, with the values of now."""
        return self._values(WIDGETS)

    def condition(self) -> dict[str, str]:
        """Battery, lens, shots left: those that the camera tells."""
        return {name: value for name, value in self._values(CONDITION).items() if value.strip()}

    def look(self, names: list[str]) -> list[dict[str, Any]]:
        """Those of some widgets that the camera has."""
        seen = []
        for name in names:
            widget = self._widget((name,))
            if widget is not None:
                with contextlib.suppress(gp.GPhoto2Error):
                    seen.append(
                        {
                            "name": name,
                            "value": _text(widget.get_value()),
                            "choices": _choices(widget),
                            "read_only": bool(widget.get_readonly()),
                        }
                    )
        return seen

    def put(self, widget: str, value: str) -> None:
        """Set a widget by its own name."""
        found = self._widget((widget,))
        if found is None:
            raise LookupError(f"the camera has no setting {widget}")
        self._set(found, value)

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

    def drain(self, folder: str, quiet_s: float) -> list[str]:
        """Save every file that is announced unasked, until none has been for `quiet_s`."""
        announced, self._kept = self._kept, []
        until = time.monotonic() + quiet_s
        while time.monotonic() < until:
            self._refuse_to_wait()
            kind, data = self._camera.wait_for_event(20)
            if kind == gp.GP_EVENT_FILE_ADDED:
                announced.append((data.folder, data.name))
                until = time.monotonic() + quiet_s
        return self._save(announced, folder)

    def shoot(self, folder: str, timeout_s: float) -> list[str]:
        """Expose, collect the files that are announced, save them in `folder`.

        RAW and JPEG are two announcements: after the first, more are awaited until the
        camera says that the exposure is complete, or for 2 s.
        """
        self._camera.trigger_capture()
        until = time.monotonic() + timeout_s
        announced: list[tuple[str, str]] = []
        while time.monotonic() < until:
            self._refuse_to_wait()
            kind, data = self._camera.wait_for_event(50)
            if kind == gp.GP_EVENT_FILE_ADDED:
                announced.append((data.folder, data.name))
                until = min(until, time.monotonic() + COMPANION_S)
            elif kind == gp.GP_EVENT_CAPTURE_COMPLETE and announced:
                until = min(until, time.monotonic() + COMPLETE_S)
        return self._save(announced, folder)

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

    def abilities(self) -> list[str]:
        """Of live view and a focus motor, what this body has."""
        previews = self._camera.get_abilities().operations & gp.GP_OPERATION_CAPTURE_PREVIEW
        has = {
            "live": bool(previews) and self._has_preview,
            "focus": self._widget(FOCUS_WIDGETS) is not None,
        }
        return [name for name, one in has.items() if one]

    def preview(self) -> str:
        """A JPEG of live view, which comes on by it, in base 64."""
        try:
            camera_file = self._camera.capture_preview()
        except gp.GPhoto2Error as error:
            if error.code != gp.GP_ERROR_NOT_SUPPORTED:
                raise
            # It was told by the model; this body has none.
            self._has_preview = False
            raise LookupError("this body has no live view over its cable") from error
        # The file must live as long as the view of its bytes.
        jpeg = bytes(memoryview(camera_file.get_data_and_size()))
        if not jpeg.startswith(b"\xff\xd8"):
            raise OSError(f"live view gave {len(jpeg)} bytes that are no JPEG")
        return base64.b64encode(jpeg).decode("ascii")

    def wait(self, seconds: float) -> None:
        """Let the camera go on; what it announces meanwhile is kept for `drain`."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._refuse_to_wait()
            kind, data = self._camera.wait_for_event(20)
            if kind == gp.GP_EVENT_FILE_ADDED:
                self._kept.append((data.folder, data.name))

    def close(self) -> None:
        """Let go of the camera."""
        self._camera.exit()

    def _widget(self, names: tuple[str, ...]) -> gp.CameraWidget | None:
        for name in names:
            with contextlib.suppress(gp.GPhoto2Error):
                return self._camera.get_single_config(name)
        return None

    def _values(self, table: dict[str, tuple[str, ...]]) -> dict[str, str]:
        values = {}
        for name, widgets in table.items():
            widget = self._widget(widgets)
            if widget is not None:
                values[name] = _text(widget.get_value())
        return values

    def _set(self, widget: gp.CameraWidget, value: str | float) -> None:
        kind = widget.get_type()
        if kind == gp.GP_WIDGET_RANGE:
            value = float(value)
        elif kind in (gp.GP_WIDGET_TOGGLE, gp.GP_WIDGET_DATE):
            value = int(value)
        widget.set_value(value)
        self._camera.set_single_config(widget.get_name(), widget)

    def _save(self, announced: list[tuple[str, str]], folder: str) -> list[str]:
        """Fetch files of the camera into `folder`, each under a name that is free there."""
        saved = []
        for camera_folder, name in dict.fromkeys(announced):
            camera_file = self._camera.file_get(camera_folder, name, gp.GP_FILE_TYPE_NORMAL)
            path = Path(folder) / name
            for i in range(1, 10_000):
                if not os.path.lexists(path):
                    break
                path = Path(folder) / f"{Path(name).stem}_{i}{Path(name).suffix}"
            # It opens by name what it writes, through a link as well: where nobody can lay one.
            with tempfile.TemporaryDirectory(dir=folder) as own:
                camera_file.save(str(Path(own) / path.name))
                (Path(own) / path.name).replace(path)
            saved.append(str(path))
        return saved


def _entries(listing: gp.CameraList) -> list[tuple[str, str]]:
    return [(listing.get_name(i), listing.get_value(i)) for i in range(listing.count())]


def _choices(widget: gp.CameraWidget) -> list[str]:
    if widget.get_type() not in (gp.GP_WIDGET_RADIO, gp.GP_WIDGET_MENU):
        return []
    return [str(choice) for choice in widget.get_choices()]


def _text(value: object) -> str:
    # A range is a C float: 5.6 would read 5.599999904632568.
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def main() -> None:
    """Answer requests until the input ends."""
    with contextlib.suppress(OSError, AttributeError):  # Linux only.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    # Drivers print: what they say goes to standard error, the replies stay clean.
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    said: list[str] = []

    def hear(level: int, domain: str, text: str, data: object = None) -> None:
        said.append(text)
        del said[:-MOST_SAID]

    listener = gp.check_result(gp.gp_log_add_func(gp.GP_LOG_ERROR, hear))
    requests = Requests(0)
    holder: Holder | None = None
    while (request := requests.next()) is not None:
        number, what = request.pop("id"), request.pop("do")
        said.clear()
        try:
            if what == "open":
                holder = Holder(**request, refuse_to_wait=requests.refuse_to_wait)
                result = None
            else:
                result = getattr(holder, what)(**request)
            reply = {"ok": result}
        except gp.GPhoto2Error as error:
            busy = error.code == gp.GP_ERROR_CAMERA_BUSY
            text = f"{what}: {error.string} ({error.code})"
            reply = {"error": text, "busy": busy or "busy" in error.string.lower()}
        except (LookupError, OSError, GivenUpError) as error:
            reply = {"error": f"{what}: {error}", "busy": False}
        except Exception as error:  # Whatever it is, the parent has to know.
            reply = {"error": f"{what}: {type(error).__name__}: {error}", "busy": False}
        replies.write(json.dumps({"id": number, **reply, "said": said}) + "\n")
        replies.flush()
    del listener


if __name__ == "__main__":
    main()
