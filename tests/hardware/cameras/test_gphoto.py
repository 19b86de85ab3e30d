"""Cameras through libgphoto2: with its own virtual camera, and with one that fails to order."""

import io
import json
import re
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from hardware.cameras.camera import AUTOFOCUS, FOCUS, LIVE, longest_wait_s
from hardware.cameras.gphoto import GphotoCamera
from hardware.capture.session import capture
from hardware.errors import CameraBusyError, CameraError, RigError
from hardware.optics import plan_stack
from hardware.rails.count import Count
from hardware.rails.focus_motor import FocusMotor
from tests.hardware.cameras.test_hot_folder import NO_TIME, raw
from tests.hardware.rigs import CAMERA, PLAN, raws, rig, stack_in

AT_F8 = replace(CAMERA, settings={"aperture": "8"})
FAKE = Path(__file__).parents[1] / "fake"


@pytest.fixture
def failing(tmp_path, monkeypatch):
    """A function that opens a camera whose releases end as the words say."""
    state = tmp_path / "state"
    opened = []
    monkeypatch.setenv("PYTHONPATH", str(FAKE))
    monkeypatch.setenv("FAKE_GPHOTO2_STATE", str(state))
    monkeypatch.setattr("hardware.cameras.camera.READOUT_S", 0.0)
    monkeypatch.setattr("hardware.cameras.gphoto.OWED_S", 0.5)

    def make(words="", **settings):
        state.write_text(words)
        camera = GphotoCamera(timeout_s=settings.pop("timeout_s", 2), **settings)
        opened.append(camera)
        return camera

    yield make
    for camera in opened:
        camera.close()


def test_settings_by_common_names(failing):
    camera = failing()
    camera.apply({"aperture": "f/8", "shutter": "1/125", "white_balance": "daylight"})
    camera.apply({"format": "raw"})
    assert camera.settings() == {
        "aperture": "8",
        "iso": "100",
        "shutter": "1/125",
        "white_balance": "Daylight",
        "format": "RAW",
    }
    assert camera.identity().model == "Fake Camera"


def test_raw_and_jpeg_of_one_release_both_arrive(failing, tmp_path):
    names = sorted(path.name for path in failing("pair").shoot(tmp_path, 1))
    assert names == ["A.DNG", "A.JPG"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("word", "kind", "says"),
    [
        ("busy", CameraBusyError, "I/O in progress"),
        ("full", CameraError, r"free space .*\(PTP_OC 0x100e .* PTP Store Full \(0x200c\)\)\."),
        ("gone", CameraError, "requested device"),
        ("nothing", CameraError, r"no file came within 2 s of the release \(Auto-Focus failed\)\."),
        ("dies", CameraError, "its process ended"),
        ("bug", CameraError, "shoot: ZeroDivisionError: nobody thought of this"),
    ],
)
def test_each_failure_is_one_sentence_with_its_true_reason(failing, tmp_path, word, kind, says):
    camera = failing(word)
    with pytest.raises(kind, match=says) as failed:
        camera.shoot(tmp_path, 1)
    assert "\n" not in str(failed.value)


def test_a_fault_of_the_child_itself_is_told_and_does_not_end_it(failing):
    camera = failing()
    child = camera._child.pid
    with pytest.raises(CameraError, match="focus: TypeError: "):
        camera._ask("focus", steps="many")
    assert camera.settings()["aperture"] == "5.6"
    assert camera._child.pid == child


def widgets(tmp_path, **about):
    """Give the body other widgets: name → what it is, None where it has it no more."""
    (tmp_path / "state.widgets").write_text(json.dumps(about))


SONY = {"f-number": {"value": 5.599999904632568, "range": [0.0, 655.35, 0.01]}, "aperture": None}


def test_a_range_is_set_by_a_number_and_reads_as_it_was_written(failing, tmp_path):
    widgets(tmp_path, **SONY)
    camera = failing()
    assert camera.settings()["aperture"] == "5.6"
    camera.apply({"aperture": "f/8"})
    assert camera.settings()["aperture"] == "8"
    with pytest.raises(CameraError, match=r"aperture '700' is not offered; it may be 0 to 655\.35"):
        camera.apply({"aperture": "700"})


NIKON_AF = {"value": "AF-S", "choices": ["Manual", "AF-S", "AF-C"]}
CANON_AF = {"value": "One Shot", "choices": ["One Shot", "AI Servo"]}


@pytest.mark.parametrize(
    ("widget", "about", "then"),
    [
        ("focusmode", NIKON_AF, "Manual"),
        ("focusmode2", {"value": "AF-A", "choices": ["AF-A", "MF (fixed)"]}, "MF (fixed)"),
        ("drivemode", {"value": "Timer 2 sec", "choices": ["Single", "Timer 2 sec"]}, "Single"),
        ("capturemode", {"value": "Burst", "choices": ["Single Shot", "Burst"]}, "Single Shot"),
        ("bracketing", {"value": "On", "choices": ["On", "Off"]}, "Off"),
        ("aeb", {"value": "+/- 1", "choices": ["off", "+/- 1"]}, "off"),
        ("expprogram", {"value": "A", "choices": ["M", "P", "A"]}, "M"),
        ("autoexposuremode", {"value": "AV", "choices": ["P", "AV", "Manual"]}, "Manual"),
        ("imagestabilization", {"value": "On", "choices": ["Off", "On"]}, "Off"),
    ],
)
def test_what_a_body_does_by_itself_is_switched_off_where_it_can_be(
    failing, tmp_path, widget, about, then
):
    widgets(tmp_path, **{widget: about})
    camera = failing()
    assert len(camera.automatics()) == 1
    camera.apply({})
    assert json.loads((tmp_path / "state.widgets").read_text())[widget]["value"] == then
    assert camera.automatics() == []


@pytest.mark.parametrize(
    ("widget", "about", "says"),
    [
        ("focusmode", CANON_AF, r"focuses by itself \(focusmode is One Shot\)\. Set body and lens"),
        ("focusmode", {**NIKON_AF, "read_only": True}, r"focusmode is AF-S"),
        (
            "capturemode",
            {"value": "Timer", "choices": ["Single Shot", "Timer"], "read_only": True},
            r"self-timer.*capturemode is Timer.*Set the drive mode to single",
        ),
        (
            "autoexposuremode",
            {"value": "AV", "choices": ["AV", "Manual"], "stuck": True},
            r"autoexposuremode is AV.*Set the mode dial to M",
        ),
    ],
)
def test_what_it_would_do_by_itself_is_refused_where_it_cannot_be_switched_off(
    failing, tmp_path, widget, about, says
):
    widgets(tmp_path, **{widget: about})
    with pytest.raises(CameraError, match=says) as refused:
        failing().apply({})
    name = re.search(r"camera\.allow: \[(\w+)\]", str(refused.value))[1]
    failing(allow=(name,)).apply({})


def test_a_body_that_may_stay_at_autofocus_does_not_focus_before_each_release(failing, tmp_path):
    """For stacks with the lens's own motor; Sony's widget of that name is a button."""
    nikon = {"focusmode": NIKON_AF, "autofocus": {"value": "On", "choices": ["On", "Off"]}}
    widgets(tmp_path, **nikon)
    failing(allow=("autofocus",)).apply({})
    now = json.loads((tmp_path / "state.widgets").read_text())
    assert (now["focusmode"]["value"], now["autofocus"]["value"]) == ("AF-S", "Off")
    widgets(tmp_path, autofocus={"value": 0, "toggle": True})
    failing(allow=("autofocus",)).apply({})


@pytest.mark.parametrize(
    "body",
    [
        {"focusmode": {"value": "Manual", "choices": ["One Shot"]}},
        {"focusmode": {"value": "Unknown value 8013", "choices": ["AF-S", "Unknown value 8013"]}},
        # The dial is at C1, in which the mode is M.
        {
            "autoexposuremodedial": {"value": "Custom", "choices": ["Custom"]},
            "autoexposuremode": {"value": "Manual", "choices": ["AV", "Manual"]},
        },
    ],
)
def test_a_body_that_does_nothing_by_itself_or_does_not_say_is_left_alone(failing, tmp_path, body):
    widgets(tmp_path, **body)
    failing().apply({})
    now = json.loads((tmp_path / "state.widgets").read_text())
    assert {name: now[name] for name in body} == body


def test_battery_lens_and_shots_left_are_told_by_a_body_that_tells_them(failing, tmp_path):
    assert failing().condition() == {"battery": "80%"}
    widgets(
        tmp_path,
        lensname={"value": "EF100mm f/2.8L Macro IS USM"},
        availableshots={"value": "3526"},
    )
    assert failing().condition() == {
        "battery": "80%",
        "lens": "EF100mm f/2.8L Macro IS USM",
        "shots left": "3526",
    }


@pytest.mark.slow
def test_a_frame_is_waited_for_at_least_twice_its_exposure_and_its_reading(
    failing, tmp_path, monkeypatch
):
    monkeypatch.setattr("hardware.cameras.camera.READOUT_S", 1.0)
    widgets(tmp_path, shutterspeed={"value": '0"5', "choices": ['0"5', "1/60"]})
    began = time.monotonic()
    with pytest.raises(CameraError, match="no file came within 2 s"):
        failing("nothing", timeout_s=1).shoot(tmp_path, 1)
    assert time.monotonic() - began > 2
    assert longest_wait_s(30, 4) == 30
    monkeypatch.undo()
    assert longest_wait_s(30, 15) == 40


def test_ctrl_c_while_it_waits_for_a_frame_closes_the_camera_all_the_same(failing, tmp_path):
    camera = failing("slow", timeout_s=60)
    exposing = tmp_path / "state.exits"

    def press():
        while not (tmp_path / "state.kept").exists():
            time.sleep(0.02)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    threading.Thread(target=press).start()
    with pytest.raises(KeyboardInterrupt):
        camera.shoot(tmp_path, 1)
    began = time.monotonic()
    camera.close()
    assert exposing.read_text() == "exit\n"
    assert time.monotonic() - began < 30


def test_the_reply_to_a_request_that_was_given_up_is_no_reply_to_the_next(failing, tmp_path):
    camera = failing("good", timeout_s=5)
    camera._unread = json.dumps({"id": 0, "ok": ["old.DNG"], "said": []}).encode() + b"\n"
    assert camera.settings()["iso"] == "100"


@pytest.mark.slow
def test_a_transfer_that_never_returns_is_killed_and_started_afresh(failing, tmp_path):
    camera = failing("hangs good")
    camera.apply({"aperture": "11"})
    child = camera._child.pid
    began = time.monotonic()
    with pytest.raises(CameraError, match="it was given up"):
        camera.shoot(tmp_path, 1)
    assert time.monotonic() - began < 20
    assert not Path(f"/proc/{child}").exists()
    camera.recover()
    assert camera.settings()["aperture"] == "11"
    assert [path.name for path in camera.shoot(tmp_path, 1)] == ["A.DNG"]


@pytest.fixture
def loaded(tmp_path, monkeypatch):
    """Frames for the failing camera to deliver, in order."""
    folder = tmp_path / "frames"
    folder.mkdir()
    for number in range(1, 10):
        (folder / f"{number}.dng").write_bytes(raw(number))
    monkeypatch.setenv("FAKE_GPHOTO2_FRAMES", str(folder))


def shot(tmp_path, camera):
    with rig() as (axis, _, _):
        return capture(stack_in(tmp_path), PLAN, axis, camera, AT_F8, {}, lambda line: None)


@pytest.mark.slow
@pytest.mark.parametrize("word", ["busy", "gone", "nothing", "dies", "hangs", "truncated", "pair"])
def test_a_session_rides_out_a_release_that_fails(failing, loaded, tmp_path, word):
    record = shot(tmp_path, failing(f"good good {word} good"))
    # A transfer that hung or was cut had exposed: its frame stays on the card.
    delivered = [1, 2, 4, 5, 6, 7] if word in ("hangs", "truncated") else [1, 2, 3, 4, 5, 6]
    assert list(raws(tmp_path).values()) == [raw(number) for number in delivered]
    assert record["status"] == "complete"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("full", "free space"),
        ("gone", "requested device"),
        ("nothing", "no file came"),
        ("dies", "its process ended"),
        ("hangs", "it was given up"),
    ],
)
def test_a_session_that_a_camera_ends_goes_on_with_a_sound_one(
    failing, loaded, tmp_path, word, says
):
    with pytest.raises(CameraError, match=rf"{says}.*same command again"):
        shot(tmp_path, failing(f"good good {word} {word}"))
    assert len(raws(tmp_path)) == 2
    with rig() as (axis, _, _):
        axis.go(100)
        record = capture(stack_in(tmp_path), PLAN, axis, failing(), AT_F8, {}, lambda line: None)
    assert [entry["frame"] for entry in record["frames"]] == [1, 2, 3, 4, 5, 6]


@pytest.fixture
def timed(loaded, monkeypatch):
    """The failing camera stamps its frames by a clock of its own, and gives some out late."""
    monkeypatch.setattr("hardware.cameras.gphoto.OWED_S", 2.0)
    monkeypatch.setenv("FAKE_GPHOTO2_CLOCK", "1")
    monkeypatch.setenv("FAKE_GPHOTO2_LATE_S", "2")


def numbers(tmp_path):
    """Which exposure of the body each raw is."""
    known = {raw(number): number for number in range(1, 10)}
    time_of = rb"\d{4}:\d\d:\d\d \d\d:\d\d:\d\d"
    return [known[re.sub(time_of, NO_TIME.encode(), data)] for data in raws(tmp_path).values()]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "shown"),
    [
        # The third exposure comes when nobody waits any more: it is no frame, nor shifts one.
        ("good good late", [1, 2, 4, 5, 6, 7]),
        # It stays in the body, over a reconnect, and is given out for the fourth; that is kept.
        ("good good kept", [1, 2, 5, 6, 7, 8]),
    ],
)
def test_a_frame_that_the_body_kept_is_never_taken_for_the_next(
    failing, timed, tmp_path, words, shown
):
    record = shot(tmp_path, failing(words, timeout_s=1))
    assert numbers(tmp_path) == shown
    assert record["releases"]["made"] == record["releases"]["came"] == shown[-1]
    reasons = [entry["reason"] for entry in record["unassigned"]]
    assert "came after its release was given up" in reasons
    assert len(reasons) == shown[-1] - 6


@pytest.mark.slow
def test_a_body_that_always_gives_out_the_frame_before_ends_the_session(
    failing, timed, tmp_path, monkeypatch
):
    """Nothing drains it: frames that are all older by about as much are no clock that was set."""
    monkeypatch.setenv("FAKE_GPHOTO2_KEEPS_S", "3600")
    old = r"by its own clock, .* was taken \d+ s before its release.*same command again"
    with pytest.raises(CameraError, match=old):
        shot(tmp_path, failing("good good kept", timeout_s=3))
    with rig() as (axis, _, _):
        axis.go(200)
        with pytest.raises(CameraError, match=old):
            capture(stack_in(tmp_path), PLAN, axis, failing(), AT_F8, {}, lambda line: None)
    assert numbers(tmp_path) == [1, 2]


@pytest.mark.slow
def test_a_frame_of_the_session_before_is_never_taken_for_one_of_this(failing, timed, tmp_path):
    """The child was killed in a transfer: what it left is given out for the next release."""
    with pytest.raises(CameraError, match="same command again"):
        shot(tmp_path, failing("good good kept dies dies", timeout_s=1))
    with rig() as (axis, _, _):
        axis.go(200)
        camera = failing()
        capture(stack_in(tmp_path), PLAN, axis, camera, AT_F8, {}, lambda line: None)
    assert numbers(tmp_path) == [1, 2, 5, 6, 7, 8]


@pytest.mark.slow
def test_a_stack_that_began_with_a_frame_kept_from_before_stops_and_stays_void(
    failing, timed, tmp_path
):
    """Its clock is not known yet: the second frame shows how old the first was."""
    hour_ago = time.time() - 3600
    camera = failing()
    (tmp_path / "state.kept").write_text(json.dumps([["A9.DNG", 9, hour_ago, None]]))
    with pytest.raises(RigError, match=r"before frame 2 are by 36\d\d s older.*begin anew"):
        shot(tmp_path, camera)
    with pytest.raises(RigError, match=r"older than their releases.*begin anew; nothing was shot"):
        shot(tmp_path, camera)


@pytest.mark.slow
def test_a_switch_to_autofocus_during_a_stack_is_noticed(failing, loaded, tmp_path):
    canon = {"focusmode": {**CANON_AF, "value": "Manual"}}
    widgets(tmp_path, **canon)
    lines = []

    def progress(text):
        lines.append(text)
        if text.startswith("frame 3 of 6"):
            widgets(tmp_path, focusmode=CANON_AF, aperture={"value": "8", "choices": ["8"]})

    with (
        rig() as (axis, _, _),
        pytest.raises(RigError, match=r"changed.*focuses by itself \(focusmode is One Shot\)"),
    ):
        capture(stack_in(tmp_path), PLAN, axis, failing(), AT_F8, {}, progress)
    assert len(raws(tmp_path)) == 3
    assert len(list((tmp_path / "unassigned").iterdir())) == 1


@pytest.mark.slow
def test_a_jpeg_that_comes_late_is_not_left_in_the_camera(failing, loaded, tmp_path):
    record = shot(tmp_path, failing("good late-jpeg good good good late-jpeg"))
    assert [entry["file"] for entry in record["unassigned"]] == ["A2.JPG", "A6.JPG"]
    assert json.loads((tmp_path / "state.kept").read_text()) == []
    assert list(raws(tmp_path).values()) == [raw(number) for number in range(1, 7)]


def test_a_low_battery_is_told_before_the_release(failing, tmp_path):
    camera = failing("good", least_battery_percent=90)
    with pytest.raises(CameraError, match="battery at 80 %"):
        camera.shoot(tmp_path, 1)


def test_the_focus_motor_in_the_place_of_a_rail(failing, tmp_path):
    kept = []
    motor = FocusMotor(failing(), 20.0, Count(0.0, kept.append))
    assert motor.move_to(40) == 40
    assert motor.move_to(20) == 20
    log = (tmp_path / "state.focus").read_text().split("\n")
    assert log[:6] == ["Far 1", "None", "Far 1", "None", "Near 1", "None"]
    assert kept[-1] == 20


@pytest.fixture
def showing(failing, tmp_path):
    """A function that opens a camera with a live view of 300 kB; `seen` is what it shows."""
    (tmp_path / "state.preview").write_bytes(seen := jpeg(1).ljust(300_000, b"\n"))

    def make(words="", **about):
        widgets(tmp_path, **about)
        return failing(words)

    make.seen = seen
    return make


def story(tmp_path):
    """What the body did of live view, autofocus and releases, in order."""
    return (tmp_path / "state.live").read_text().splitlines()


def test_live_view_gives_its_jpeg_whole_and_is_off_when_a_frame_is_taken(showing, tmp_path):
    camera = showing()
    assert [camera.preview(), camera.preview()] == [showing.seen] * 2
    camera.shoot(tmp_path, 1)
    camera.preview()
    camera.apply({"aperture": "8"})
    camera.preview()
    camera.close()
    told = ["preview", "preview", "viewfinder 0", "release"]
    assert story(tmp_path) == [*told, *["preview", "viewfinder 0"] * 2]


def test_live_view_that_a_killed_child_left_on_is_off_when_a_frame_is_taken(showing, tmp_path):
    camera = showing()
    camera.preview()
    camera._child.kill()
    with pytest.raises(CameraError, match="its process ended"):
        camera.preview()
    assert camera.preview() == showing.seen
    camera.shoot(tmp_path, 1)
    assert story(tmp_path)[-2:] == ["viewfinder 0", "release"]


def test_a_camera_without_preview_is_left_alone_before_a_frame(failing, tmp_path):
    failing().shoot(tmp_path, 1)
    assert story(tmp_path) == ["release"]


def test_a_body_without_live_view_says_so_and_offers_it_no_more(failing):
    camera = failing()
    assert camera.can() == [LIVE, FOCUS]
    with pytest.raises(CameraError, match="this body has no live view over its cable"):
        camera.preview()
    assert camera.can() == [FOCUS]


def test_what_live_view_gives_must_be_a_jpeg(showing, tmp_path):
    (tmp_path / "state.preview").write_bytes(b"not yet")
    with pytest.raises(CameraError, match="gave 7 bytes that are no JPEG"):
        showing().preview()


CANON_PLACE = {
    "eoszoomposition": {"value": "0,0"},
    "autofocusdrive": {"value": 0, "toggle": True},
    "cancelautofocus": {"value": 0, "toggle": True},
    "focusinfo": {"value": "eosversion=2,size=5184x3456,size2=5184x3456,points={}"},
}
NIKON_PLACE = {
    "changeafarea": {"value": "0x0"},
    "autofocusdrive": {"value": 0, "toggle": True},
    "imagesize": {"value": "4496x3000", "choices": ["6000x4000", "4496x3000"]},
}


def test_a_nikon_focuses_once_at_a_place_and_is_at_manual_again(showing, tmp_path):
    camera = showing(focusmode={**NIKON_AF, "value": "Manual"}, **NIKON_PLACE)
    assert camera.can() == [LIVE, FOCUS, AUTOFOCUS]
    camera.focus_at(0.5, 0.25)
    assert story(tmp_path) == [
        *("preview", "focusmode AF-S", "changeafarea 3000x1000", "autofocusdrive 1"),
        "focusmode Manual",
    ]


def test_a_canon_focuses_in_the_box_round_a_place_and_lets_go(showing, tmp_path, monkeypatch):
    monkeypatch.setattr("hardware.cameras.targeting.HALF_PRESS_S", 0.1)
    camera = showing(focusmode=CANON_AF, **CANON_PLACE)
    camera.focus_at(0.5, 1)
    assert story(tmp_path) == [
        *("preview", "eoszoomposition 2074,2765", "autofocusdrive 1", "cancelautofocus 1"),
    ]


@pytest.mark.slow
def test_what_comes_while_it_focuses_is_no_frame_and_not_lost(showing, tmp_path, monkeypatch):
    monkeypatch.setattr("hardware.cameras.targeting.HALF_PRESS_S", 0.3)
    drive = {**CANON_PLACE["autofocusdrive"], "exposes": True}
    camera = showing(focusmode=CANON_AF, **{**CANON_PLACE, "autofocusdrive": drive})
    camera.focus_at(0.5, 0.5)
    (stray,) = camera.strays(tmp_path)
    (frame,) = camera.shoot(tmp_path, 1)
    assert (stray.name, frame.name) == ("B.DNG", "A.DNG")


def test_where_nothing_comes_in_focus_it_is_told_and_at_manual_again(showing, tmp_path):
    place = {**NIKON_PLACE, "autofocusdrive": {"value": 0, "toggle": True, "unfocused": True}}
    camera = showing(focusmode={**NIKON_AF, "value": "Manual"}, **place)
    with pytest.raises(CameraError, match=r"Out of Focus"):
        camera.focus_at(0.5, 0.25)
    assert story(tmp_path)[-1] == "focusmode Manual"


@pytest.mark.parametrize(
    "about",
    [
        {"focusmode": {**CANON_AF, "value": "Manual", "read_only": True}, **CANON_PLACE},
        {"focusmode": CANON_AF, **CANON_PLACE, "focusinfo": {"value": "0"}},
        {"focusmode": NIKON_AF, "autofocusdrive": NIKON_PLACE["autofocusdrive"]},
    ],
    ids=["the lens is at manual", "its measure is not told", "no place can be given"],
)
def test_a_body_that_cannot_be_told_where_to_focus_does_not_offer_it(showing, tmp_path, about):
    camera = showing(**about)
    assert camera.can() == [LIVE, FOCUS]
    with pytest.raises(CameraError, match="cannot be told where to focus"):
        camera.focus_at(0.5, 0.5)


def test_the_child_ends_with_its_parent(failing):
    camera = failing()
    camera._child.stdin.close()
    assert camera._child.wait(timeout=10) is not None


@pytest.fixture
def store(tmp_path, monkeypatch):
    """The folder whose file libgphoto2's virtual camera delivers."""
    folder = tmp_path / "store"
    folder.mkdir()
    monkeypatch.setenv("VCAMERADIR", str(folder))
    (folder / "a.jpg").write_bytes(jpeg(0))
    return folder


def jpeg(number: int) -> bytes:
    """A picture by number, always of one size: the virtual camera remembers its file's."""
    stream = io.BytesIO()
    Image.linear_gradient("L").rotate(7 * number).convert("RGB").save(stream, "JPEG")
    return stream.getvalue().ljust(20_000, b"\0")


@pytest.fixture
def virtual(store):
    camera = GphotoCamera(timeout_s=10)
    yield camera
    camera.close()


def test_real_libgphoto2_sets_and_reads_back(virtual):
    virtual.apply({"aperture": "8", "shutter": "1/100"})
    assert virtual.settings() == {"aperture": "f/8", "shutter": "0.0100s"}
    assert virtual.identity().model == "Nikon DSC D750"
    assert virtual.identity().serial_number == "0.1"


@pytest.mark.slow
def test_real_libgphoto2_gives_a_shot_from_outside_as_no_frame(virtual, tmp_path):
    assert virtual.strays(tmp_path) == []
    virtual._ask("put", widget="opcode", value="0x9999,0x0,0x64")
    time.sleep(0.5)
    (stray,) = virtual.strays(tmp_path)
    (frame,) = virtual.shoot(tmp_path, 1)
    assert virtual.strays(tmp_path) == []
    assert stray != frame


def test_real_libgphoto2_tells_its_battery(virtual):
    assert virtual.condition() == {"battery": "50%"}


def test_real_libgphoto2_without_live_view_shoots_as_before(virtual, tmp_path):
    with pytest.raises(CameraError, match="this body has no live view over its cable"):
        virtual.preview()
    assert virtual.can() == []
    assert len(virtual.shoot(tmp_path, 1)) == 1


def test_real_libgphoto2_names_the_choices(virtual):
    with pytest.raises(CameraError, match=r"choices are f/2\.8, f/3\.5"):
        virtual.apply({"aperture": "7"})


def test_a_setting_that_a_body_does_not_tell_is_named(virtual):
    with pytest.raises(CameraError, match="tells no iso"):
        virtual.apply({"iso": "100"})


def test_a_model_that_is_not_there_lists_what_is(store):
    with pytest.raises(CameraError, match="0 cameras match 'EOS'; found: Nikon DSC D750"):
        GphotoCamera(model="EOS")


@pytest.mark.slow
def test_a_session_with_real_libgphoto2_and_an_emulated_rail(tmp_path, store, virtual):
    """28 frames: the virtual card is full after 26, and the camera is started afresh."""
    lines = []

    def progress(text):
        lines.append(text)
        (store / "a.jpg").write_bytes(jpeg(len(lines)))

    plan = plan_stack(0, 270, 10)
    settings = {"aperture": "8", "shutter": "1/100"}
    wanted = replace(CAMERA, file="jpeg", settings=settings)
    with rig() as (axis, _, _):
        record = capture(stack_in(tmp_path), plan, axis, virtual, wanted, {}, progress)
    assert len(raws(tmp_path)) == 28
    assert len({entry["sha256"] for entry in record["frames"]}) == 28
    assert [event["frame"] for event in record["events"]][:1] == [27]
    assert record["rig"]["camera"]["model"] == "Nikon DSC D750"
    assert json.loads((tmp_path / "capture.json").read_text()) == record


@pytest.mark.slow
def test_the_same_file_delivered_again_is_noticed(tmp_path, store, virtual):
    with (
        rig() as (axis, _, _),
        pytest.raises(CameraError, match="same file as frame 1"),
    ):
        capture(
            stack_in(tmp_path),
            plan_stack(0, 100, 10),
            axis,
            virtual,
            replace(CAMERA, file="jpeg"),
            {},
            lambda line: None,
        )
    assert list(raws(tmp_path)) == ["S-1_dorsal_0001.jpg"]
