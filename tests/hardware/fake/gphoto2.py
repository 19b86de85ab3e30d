"""A stand-in for python-gphoto2 that fails as FAKE_GPHOTO2 says, one word per release.

What is left of the words is kept in the file FAKE_GPHOTO2_STATE, over restarts of the child.
The n-th release that exposes delivers the n-th file of the folder FAKE_GPHOTO2_FRAMES, if given;
blanks in the place of a time in it become the time of the exposure by the body's own clock.

The body itself, what it keeps and what its widgets are, lives in files beside that state: a frame
that was exposed and not yet given out survives the child, and a cable that is pulled. What live
view, autofocus and releases did, in order, stands in the file `.live`.
"""

import json
import os
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

GP_EVENT_TIMEOUT, GP_EVENT_FILE_ADDED, GP_EVENT_CAPTURE_COMPLETE = 1, 2, 4
GP_FILE_TYPE_NORMAL = 1
GP_LOG_ERROR = 0
GP_WIDGET_RADIO, GP_WIDGET_MENU, GP_WIDGET_RANGE = 5, 6, 3
GP_WIDGET_TEXT, GP_WIDGET_TOGGLE, GP_WIDGET_DATE = 2, 4, 8
GP_ERROR_CAMERA_BUSY, GP_ERROR_NOT_SUPPORTED = -110, -6
GP_OPERATION_CAPTURE_PREVIEW = 8
FRAMES = os.environ.get("FAKE_GPHOTO2_FRAMES")
STATE = Path(os.environ["FAKE_GPHOTO2_STATE"])
# Widgets that a test wants: name → {value, choices, range, read_only, stuck}.
WIDGETS = STATE.with_suffix(".widgets")
# Frames that were exposed and not given out: [name, number, exposed at, told unasked from]; the
# last is null for one that only a release gives out, in the place of its own.
KEPT = STATE.with_suffix(".kept")
COUNT = STATE.with_suffix(".count")
LIVE = STATE.with_suffix(".live")
# What live view shows; without the file, the body has none.
PREVIEW = STATE.with_suffix(".preview")
# The body's clock is set to another zone, and not to the second.
AHEAD_S = 3600.3
# Until then, a release gives out what is kept in the place of its own frame.
GIVEN_OUT_S = float(os.environ.get("FAKE_GPHOTO2_KEEPS_S", "1.5"))
BLANK = b"    :  :     :  :  "
CONFIG = {
    "aperture": ["5.6", "8", "11"],
    "iso": ["100", "200"],
    "shutterspeed": ["1/60", "1/125"],
    "whitebalance": ["Auto", "Daylight"],
    "imageformat": ["L", "RAW", "RAW + L"],
    "capturetarget": ["Internal RAM", "Memory card"],
}
BODY = {name: {"value": choices[0], "choices": choices} for name, choices in CONFIG.items()}
BODY["batterylevel"] = {"value": "80%"}
BODY["manualfocusdrive"] = {"value": "None", "choices": ["None", "Near 1", "Far 1"]}
BODY["viewfinder"] = {"value": 0, "toggle": True}
PLACES = ("eoszoomposition", "changeafarea", "spotfocusarea")
DRIVES = ("autofocusdrive", "cancelautofocus")
LISTENERS = []


class GPhoto2Error(Exception):
    def __init__(self, code, string):
        super().__init__(string)
        self.code, self.string = code, string


def gp_log_add_func(level, listener):
    LISTENERS.append(listener)
    return [0, listener]


def check_result(result):
    return result[1]


def log(text):
    for listener in LISTENERS:
        listener(GP_LOG_ERROR, "fake", text)


def live(text):
    with LIVE.open("a") as story:
        story.write(f"{text}\n")


def body():
    wanted = json.loads(WIDGETS.read_text()) if WIDGETS.exists() else {}
    return {name: one for name, one in {**BODY, **wanted}.items() if one is not None}


class CameraWidget:
    def __init__(self, name):
        self.name, self.about = name, body()[name]

    def get_name(self):
        return self.name

    def get_value(self):
        return self.about["value"]

    def set_value(self, value):
        if "range" in self.about and not isinstance(value, float):
            raise TypeError("in method 'CameraWidget_set_value', argument 2 of type 'float'")
        self.value = value

    def get_type(self):
        if "range" in self.about:
            return GP_WIDGET_RANGE
        if "choices" in self.about:
            return GP_WIDGET_RADIO
        return GP_WIDGET_TOGGLE if "toggle" in self.about else GP_WIDGET_TEXT

    def get_choices(self):
        return self.about["choices"]

    def get_range(self):
        return self.about["range"]

    def get_readonly(self):
        return int(self.about.get("read_only", False))

    def get_child_by_name(self, name):
        if name == "serialnumber":
            return CameraWidget("iso")
        raise GPhoto2Error(-2, "Bad parameters")


class CameraList:
    pass


class File:
    def __init__(self, content):
        self.content = content

    def save(self, path):
        Path(path).write_bytes(self.content)

    def get_data_and_size(self):
        return self.content


class Data:
    def __init__(self, name):
        self.folder, self.name = "/card", name


class Camera:
    def __init__(self):
        self.events, self.fault, self.numbers = [], "", {}

    def init(self):
        print("a driver that chatters on standard output", flush=True)
        os.system("echo and its library too")

    def exit(self):
        with STATE.with_suffix(".exits").open("a") as exits:
            exits.write("exit\n")

    def get_config(self):
        return CameraWidget("iso")

    def get_abilities(self):
        about = {"model": "Fake Camera", "operations": 1 | GP_OPERATION_CAPTURE_PREVIEW}
        return type("Abilities", (), about)

    def get_single_config(self, name):
        if name not in body():
            raise GPhoto2Error(-2, "Bad parameters")
        return CameraWidget(name)

    def set_single_config(self, name, widget):
        if widget.about.get("stuck"):
            return
        if widget.about.get("read_only"):
            log(f"Sorry, the property {name!r} is currently read-only.")
            raise GPhoto2Error(-1, "Unspecified error")
        now = {**body(), name: {**widget.about, "value": widget.value}}
        changed = {key: one for key, one in now.items() if one != BODY.get(key)}
        if WIDGETS.exists():
            changed.update({k: v for k, v in json.loads(WIDGETS.read_text()).items() if v is None})
        WIDGETS.write_text(json.dumps(changed))
        if name in ("viewfinder", "focusmode", *PLACES, *DRIVES):
            live(f"{name} {widget.value}")
        if name in DRIVES and widget.value == 1 and "unfocused" in widget.about:
            log("PTP Out of Focus (0xa002)")
            raise GPhoto2Error(-1, "Unspecified error")
        if name in DRIVES and "exposes" in widget.about:
            # Somebody presses the shutter meanwhile.
            keep([*read_kept(), ["B.DNG", 0, time.time(), time.time()]])
        if name == "manualfocusdrive":
            with STATE.with_suffix(".focus").open("a") as log_of_focus:
                log_of_focus.write(f"{widget.value}\n")

    def capture_preview(self):
        if not PREVIEW.exists():
            raise GPhoto2Error(GP_ERROR_NOT_SUPPORTED, "Unsupported operation")
        live("preview")
        return File(PREVIEW.read_bytes())

    def trigger_capture(self):
        live("release")
        words = STATE.read_text().split()
        self.fault = words.pop(0) if words else "good"
        STATE.write_text(" ".join(words))
        if self.fault == "busy":
            raise GPhoto2Error(-110, "I/O in progress")
        if self.fault == "full":
            log("PTP_OC 0x100e receiving resp failed: PTP Store Full (0x200c)")
            raise GPhoto2Error(-115, "Not enough free space")
        if self.fault == "gone":
            raise GPhoto2Error(-52, "Could not find the requested device on the USB port")
        if self.fault == "bug":
            raise ZeroDivisionError("nobody thought of this")
        if self.fault == "dies":
            os._exit(11)
        if self.fault == "nothing":
            log("Auto-Focus failed\n")
            return
        number = int(COUNT.read_text()) + 1 if COUNT.exists() else 1
        COUNT.write_text(str(number))
        now = time.time()
        if self.fault in ("late", "slow"):
            # Its file comes when nobody waits any more, or long after.
            after_s = 60 if self.fault == "slow" else float(os.environ["FAKE_GPHOTO2_LATE_S"])
            keep([*read_kept(), [f"A{number}.DNG", number, now, now + after_s]])
            return
        if self.fault == "kept":
            # It is given out in the place of the next release only (libgphoto2 #1124).
            keep([*read_kept(), [f"A{number}.DNG", number, now, None]])
            return
        kept = read_kept()
        if old := next((one for one in kept if one[0].endswith("DNG")), None):
            # What is kept goes out first, and what is exposed now is kept in its place.
            kept.remove(old)
            keep([*kept, [f"A{number}.DNG", number, now, now + GIVEN_OUT_S]])
            self.announce([old[0]], old[1], old[2])
            return
        if self.fault == "late-jpeg":
            keep([*kept, [f"A{number}.JPG", number, now, now + 0.6]])
        self.announce(["A.DNG", "A.JPG"] if self.fault == "pair" else ["A.DNG"], number, now)

    def announce(self, names, number, at):
        for name in names:
            self.numbers[name] = number, at
            self.events.append((GP_EVENT_FILE_ADDED, Data(name)))
        self.events.append((GP_EVENT_CAPTURE_COMPLETE, None))

    def wait_for_event(self, milliseconds):
        kept = read_kept()
        due = [one for one in kept if one[3] is not None and one[3] <= time.time()]
        if not self.events and due:
            keep([one for one in kept if one != due[0]])
            self.announce([due[0][0]], due[0][1], due[0][2])
        if self.events:
            return self.events.pop(0)
        time.sleep(milliseconds / 1000)
        return GP_EVENT_TIMEOUT, None

    def file_get(self, folder, name, kind):
        if self.fault == "hangs":
            sys.stderr.write("hanging\n")
            time.sleep(3600)
        content = name.encode()
        number, at = self.numbers[name]
        if FRAMES and name.endswith("DNG"):
            content = sorted(Path(FRAMES).iterdir())[number - 1].read_bytes()
            if "FAKE_GPHOTO2_CLOCK" in os.environ:
                taken = datetime.fromtimestamp(at) + timedelta(seconds=AHEAD_S)
                content = content.replace(BLANK, f"{taken:%Y:%m:%d %H:%M:%S}".encode())
        if self.fault == "truncated":
            content = content[: len(content) // 2]
        return File(content)


def read_kept():
    return json.loads(KEPT.read_text()) if KEPT.exists() else []


def keep(kept):
    KEPT.write_text(json.dumps(kept))
