"""WeMacro: golden frames, then against the emulator."""

import time

import pytest

from hardware.errors import DoubtfulReleaseError, RailError
from hardware.rails.count import Count
from hardware.rails.link import SerialLink
from hardware.rails.wemacro import BAUD, STOP, WeMacro, frame
from hardware.virtual.emulator import Carriage, Fault, Faults, PtyDevice
from hardware.virtual.emulator_grbl import GrblController
from hardware.virtual.emulator_wemacro import WeMacroController
from tests.hardware.exchanges import ExchangeLink

FORWARD_500 = bytes.fromhex("a55a40000000000001f4e011")
DONE = {"forward": b"\x5a\xa5\xf5", "back": b"\x5a\xa5\xf6", "shot": b"\x5a\xa5\xf7"}


def test_golden_frames():
    assert frame(0x40, 500) == FORWARD_500
    assert frame(0x04) == bytes.fromhex("a55a0400000000000000e5c5")


def test_controller_and_driver_are_brought_into_step_on_opening():
    nothing = bytes.fromhex("a55a400000000000") + frame(0x40)[8:]
    link = ExchangeLink(
        [(nothing, b""), (frame(STOP), DONE["forward"]), (nothing, DONE["forward"])]
    )
    WeMacro(link, 2.0, Count(0.0), reply_s=0.02).connect()
    assert link.finished()


def test_a_move_is_counted_once_its_end_is_reported():
    kept = []
    link = ExchangeLink([(FORWARD_500, DONE["forward"]), (frame(0x41, 100), DONE["back"])])
    rail = WeMacro(link, 2.0, Count(0.0, kept.append), reply_s=0.02)
    assert rail.move_to(1000) == 1000
    assert rail.move_to(800) == 800
    assert kept == [None, 1000, None, 800]
    assert link.finished()


def test_an_unreported_end_makes_the_place_unknown():
    kept = []
    link = ExchangeLink([(FORWARD_500, b""), (frame(STOP), b"")])
    rail = WeMacro(link, 2.0, Count(0.0, kept.append), slowest_um_s=1e6, reply_s=0.02)
    with pytest.raises(RailError, match="did not report the end"):
        rail.move_to(1000)
    assert kept == [None]
    with pytest.raises(RailError, match="hardware here"):
        rail.position_um()


@pytest.fixture
def bench():
    """A function that gives (rail, device) with faults planned."""
    opened = []

    def make(*planned):
        device = PtyDevice(
            WeMacroController(Carriage(), Faults(list(planned)), um_per_step=0.5, speed_um_s=2e4)
        )
        link = SerialLink(device.port, BAUD, frame(STOP))
        rail = WeMacro(link, 0.5, Count(0.0), slowest_um_s=1e4, reply_s=0.2)
        rail.connect()
        opened.append((rail, device))
        return rail, device

    yield make
    for rail, device in opened:
        rail.close()
        device.close()


def test_it_goes_where_it_is_sent(bench):
    rail, device = bench()
    assert rail.move_to(1234) == 1234
    assert device.controller.carriage.position_um(time.time()) == 1234


def test_the_release_port_fires_once(bench):
    rail, device = bench()
    rail.fire()
    assert device.controller.shots == 1


def test_a_release_whose_report_is_lost_is_doubtful_and_not_repeated(bench, monkeypatch):
    monkeypatch.setattr("hardware.rails.wemacro.SHUTTER_S", 0.2)
    rail, device = bench()
    device.controller.faults.planned.append(Fault("silent", move=0))
    with pytest.raises(DoubtfulReleaseError, match="did not report the release"):
        rail.fire()
    assert device.controller.shots == 1


@pytest.mark.parametrize("kind", ["silent", "stall", "deaf"])
def test_whatever_hides_the_end_of_a_move_is_told(bench, kind):
    rail, device = bench()
    device.controller.faults.planned.append(Fault(kind, move=0))
    with pytest.raises(RailError, match="did not report the end"):
        rail.move_to(500)


def test_unplugged_mid_move(bench):
    rail, device = bench(Fault("unplugged", move=1))
    with pytest.raises(RailError, match=r"connection to .* lost"):
        rail.move_to(5000)
    device.plug()


def test_another_device_on_the_port_is_told():
    device = PtyDevice(GrblController(Carriage()))
    link = SerialLink(device.port, BAUD)
    with pytest.raises(RailError, match="no WeMacro answers"):
        WeMacro(link, 1.0, Count(0.0), reply_s=0.1).connect()
    link.close()
    device.close()


def test_a_silent_port_is_told():
    device = PtyDevice(WeMacroController(Carriage(), Faults([Fault("silent", 0, 100)])))
    link = SerialLink(device.port, BAUD)
    with pytest.raises(RailError, match="no WeMacro answers"):
        WeMacro(link, 1.0, Count(0.0), reply_s=0.1).connect()
    link.close()
    device.close()
