"""A stand-in for python-gphoto2 that fails as FAKE_GPHOTO2 says, one word per release.

What is left of the words is kept in the file FAKE_GPHOTO2_STATE, over restarts of the child.
The n-th release that exposes delivers the n-th file of the folder FAKE_GPHOTO2_FRAMES, if given.
"""

import os
import sys
import time
from pathlib import Path

GP_EVENT_TIMEOUT, GP_EVENT_FILE_ADDED, GP_EVENT_CAPTURE_COMPLETE = 1, 2, 4
GP_FILE_TYPE_NORMAL = 1
GP_WIDGET_RADIO, GP_WIDGET_MENU, GP_WIDGET_RANGE = 5, 6, 3
GP_ERROR_CAMERA_BUSY = -110
FRAMES = os.environ.get("FAKE_GPHOTO2_FRAMES")
STATE = Path(os.environ["FAKE_GPHOTO2_STATE"])
CONFIG = {
    "aperture": ["5.6", "8", "11"],
    "iso": ["100", "200"],
    "shutterspeed": ["1/60", "1/125"],
    "whitebalance": ["Auto", "Daylight"],
    "imageformat": ["L", "RAW", "RAW + L"],
    "capturetarget": ["Internal RAM", "Memory card"],
}
VALUES = {name: choices[0] for name, choices in CONFIG.items()}
VALUES.update(batterylevel="80%", manualfocusdrive="None", viewfinder=0)
CONFIG["manualfocusdrive"] = ["None", "Near 1", "Far 1"]


class GPhoto2Error(Exception):
    def __init__(self, code, string):
        super().__init__(string)
        self.code, self.string = code, string


class CameraWidget:
    def __init__(self, name):
        self.name = name

    def get_name(self):
        return self.name

    def get_value(self):
        return VALUES[self.name]

    def set_value(self, value):
        self.value = value

    def get_type(self):
        return GP_WIDGET_RADIO if self.name in CONFIG else GP_WIDGET_RANGE

    def get_choices(self):
        return CONFIG[self.name]

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


class Data:
    def __init__(self, name):
        self.folder, self.name = "/card", name


class Camera:
    def __init__(self):
        self.events, self.fault = [], ""

    def init(self):
        print("a driver that chatters on standard output", flush=True)
        os.system("echo and its library too")

    def exit(self):
        pass

    def get_config(self):
        return CameraWidget("iso")

    def get_abilities(self):
        return type("Abilities", (), {"model": "Fake Camera"})

    def get_single_config(self, name):
        if name not in VALUES:
            raise GPhoto2Error(-2, "Bad parameters")
        return CameraWidget(name)

    def set_single_config(self, name, widget):
        VALUES[name] = widget.value
        if name == "manualfocusdrive":
            with STATE.with_suffix(".focus").open("a") as log:
                log.write(f"{widget.value}\n")

    def trigger_capture(self):
        words = STATE.read_text().split()
        self.fault = words.pop(0) if words else "good"
        STATE.write_text(" ".join(words))
        if self.fault == "busy":
            raise GPhoto2Error(-110, "I/O in progress")
        if self.fault == "full":
            raise GPhoto2Error(-115, "Not enough free space")
        if self.fault == "gone":
            raise GPhoto2Error(-52, "Could not find the requested device on the USB port")
        if self.fault == "dies":
            os._exit(11)
        if self.fault == "nothing":
            return
        count = STATE.with_suffix(".count")
        count.write_text(str(int(count.read_text()) + 1) if count.exists() else "1")
        names = ["A.DNG", "A.JPG"] if self.fault == "pair" else ["A.DNG"]
        self.events = [(GP_EVENT_FILE_ADDED, Data(name)) for name in names]
        self.events.append((GP_EVENT_CAPTURE_COMPLETE, None))

    def wait_for_event(self, milliseconds):
        if self.events:
            return self.events.pop(0)
        time.sleep(milliseconds / 1000)
        return GP_EVENT_TIMEOUT, None

    def file_get(self, folder, name, kind):
        if self.fault == "hangs":
            sys.stderr.write("hanging\n")
            time.sleep(3600)
        content = name.encode()
        if FRAMES and name.endswith("DNG"):
            number = int(STATE.with_suffix(".count").read_text())
            content = sorted(Path(FRAMES).iterdir())[number - 1].read_bytes()
        if self.fault == "truncated":
            content = content[: len(content) // 2]
        return File(content)
