"""StackShot: golden frames, then against the emulator with every fault."""

import struct
import time

import pytest

from hardware.bench.axis import Axis
from hardware.bench.config import TravelConfig
from hardware.errors import DoubtfulReleaseError, PositionLostError, RailError
from hardware.rails.link import SerialLink
from hardware.rails.stackshot import BAUD, STOP_ALL, StackShot, request
from hardware.virtual.emulator import Carriage, Fault, Faults, PtyDevice
from hardware.virtual.emulator_grbl import GrblController
from hardware.virtual.emulator_stackshot import StackShotController
from tests.hardware.exchanges import ExchangeLink

POSITION = bytes.fromhex("55100200010169")
STATUS = bytes.fromhex("551005000069")
MOVE_100_UM = bytes.fromhex("5510000107000100cdcccc3d69")
FIRE = bytes.fromhex("551004010a0100cdcc4c3e0000003f69")
OK_MOVE = bytes.fromhex("aa1000020000")
IDLE = bytes.fromhex("aa1005020400000000ff")


def at(millimetres):
    return b"\xaa\x10\x02\x02\x05\x01" + struct.pack("<f", millimetres) + b"\xff"


def rail_with(exchanges):
    link = ExchangeLink(exchanges)
    return StackShot(link, reply_s=0.02, poll_s=0), link


@pytest.mark.parametrize(
    ("frame", "golden"),
    [
        (request(0x1000, 0, 1, struct.pack("<BBBf", 0, 1, 0, 0.1)), MOVE_100_UM),
        (request(0x1005, 0, 0), STATUS),
        (request(0x1002, 0, 0, b"\x02"), bytes.fromhex("55100200010269")),
        (request(0x1004, 0, 1, struct.pack("<Hff", 1, 0.2, 0.5)), FIRE),
        (request(0x1006, 2, 1), bytes.fromhex("551006210069")),
        (request(0x110E, 0, 1), bytes.fromhex("55110e010069")),
    ],
)
def test_requests_are_the_golden_frames(frame, golden):
    assert frame == golden


def test_on_opening_every_axis_is_stopped_and_the_speed_set():
    speed_2_mm_s = bytes.fromhex("55108b0105010000004069")
    rail, link = rail_with(
        [(STOP_ALL, b""), (STATUS, IDLE), (speed_2_mm_s, bytes.fromhex("aa108b020000"))]
    )
    rail.connect()
    assert link.finished()


def test_a_second_axis_is_turned_in_degrees():
    def angle(degrees):
        return b"\xaa\x10\x02\x12\x05\x03" + struct.pack("<f", degrees) + b"\xff"

    where = bytes.fromhex("55100210010369")
    rail, link = rail_with(
        [
            (STOP_ALL, b""),
            (bytes.fromhex("551005100069"), bytes.fromhex("aa1005120400000000ff")),
            # 20 °/s, then 90° forward.
            (bytes.fromhex("55108b1105030000a04169"), bytes.fromhex("aa108b120000")),
            *[(where, angle(0))] * 2,
            (bytes.fromhex("55100011070003000000b44269"), bytes.fromhex("aa1000120000")),
            (bytes.fromhex("551005100069"), bytes.fromhex("aa1005120400000000ff")),
            *[(where, angle(90))] * 2,
        ]
    )
    turning = rail.other_axis("Y", 20_000)
    assert turning.move_to(90_000) == 90_000
    assert link.finished()


def test_a_release_is_waited_for():
    pressed = bytes.fromhex("aa1005020402000000ff")
    rail, link = rail_with(
        [(FIRE, bytes.fromhex("aa1004020000")), (STATUS, pressed), (STATUS, IDLE)]
    )
    rail.fire()
    assert link.finished()


def test_a_release_without_reply_is_sent_once_and_seen_in_the_status():
    pressed = bytes.fromhex("aa1005020402000000ff")
    rail, link = rail_with([(FIRE, b""), (STATUS, pressed), (STATUS, IDLE)])
    rail.fire()
    assert link.finished()


def test_a_release_of_which_nothing_is_seen_is_doubtful_and_not_repeated():
    rail, link = rail_with([(FIRE, b""), (STATUS, IDLE)])
    with pytest.raises(DoubtfulReleaseError, match="not known: the command was not acknowledged"):
        rail.fire()
    assert link.finished()


def test_a_move_forward():
    rail, link = rail_with(
        [
            (POSITION, at(0)),
            (POSITION, at(0)),
            (MOVE_100_UM, OK_MOVE),
            (STATUS, IDLE),
            (POSITION, at(0.1)),
            (POSITION, at(0.1)),
        ]
    )
    assert rail.move_to(100) == pytest.approx(100, abs=0.001)
    assert link.finished()


def test_a_move_without_reply_is_not_repeated_when_it_was_carried_out():
    rail, link = rail_with(
        [
            (POSITION, at(0)),
            (POSITION, at(0)),
            (MOVE_100_UM, b""),
            (STATUS, IDLE),
            (POSITION, at(0.1)),
            (POSITION, at(0.1)),
        ]
    )
    rail.move_to(100)
    assert link.finished()


def test_stop_goes_to_every_axis():
    rail, link = rail_with([(STOP_ALL, b"")])
    rail.stop()
    assert link.finished()
    assert STOP_ALL.hex() == "551006010069551006110069551006210069"


def test_closing_says_good_bye():
    rail, link = rail_with([(bytes.fromhex("55110e010069"), b"")])
    rail.close()
    assert link.closed


def test_a_refused_command_is_told():
    rail, _ = rail_with([(POSITION, bytes.fromhex("aa1002050000"))] * 3)
    with pytest.raises(RailError, match="command not supported"):
        rail.position_um()


@pytest.fixture
def bench():
    """A function that gives (rail, device) with faults planned."""
    opened = []

    def make(*planned, **carriage):
        device = PtyDevice(StackShotController(Carriage(**carriage), Faults(list(planned))))
        link = SerialLink(device.port, BAUD, STOP_ALL)
        rail = StackShot(link, speed_um_s=20_000, poll_s=0.01, reply_s=0.2, stall_s=0.3)
        rail.connect()
        opened.append((rail, device))
        return rail, device

    yield make
    for rail, device in opened:
        rail.close()
        device.close()


def test_it_goes_where_it_is_sent_and_knows_its_numbers(bench):
    rail, device = bench()
    assert rail.move_to(1234) == pytest.approx(1234, abs=0.5)
    assert device.controller.carriage.position_um(time.time()) == pytest.approx(1234, abs=0.5)
    assert rail.move_to(-20) == pytest.approx(-20, abs=0.5)
    assert rail.identity().serial_number == "SS0042"


@pytest.mark.parametrize("kind", ["silent", "garbled", "dropped", "deaf", "busy"])
def test_a_passing_fault_is_ridden_out(bench, kind):
    rail, device = bench(Fault(kind, move=2))
    rail.move_to(500)
    rail.move_to(1000)
    assert device.controller.carriage.position_um(time.time()) == pytest.approx(1000, abs=1)


def test_a_stall_is_told(bench):
    rail, device = bench(Fault("stall", move=1))
    with pytest.raises(RailError, match="stalled"):
        rail.move_to(500)
    assert not device.controller.carriage.moving(time.time())


def test_a_reset_mid_move_is_a_lost_position(bench):
    rail, _ = bench(Fault("reset", move=2))
    rail.move_to(5000)
    with pytest.raises(RailError, match="position is lost"):
        rail.move_to(10_000)


def test_a_power_cut_between_two_moves_is_noticed_before_the_next(bench):
    """It says nothing of it: only its count is 0 again."""
    rail, device = bench()
    axis = Axis(rail, TravelConfig(-1000, 20_000))
    axis.go(5000)
    device.controller.restart(time.time())
    with pytest.raises(PositionLostError, match="count is 0, but it was left at 5000"):
        axis.go(5100)
    assert device.controller.faults.moves == 1


def test_unplugged_mid_move(bench):
    rail, device = bench(Fault("unplugged", move=1))
    with pytest.raises(RailError, match=r"connection to .* lost"):
        rail.move_to(5000)
    device.plug()


def test_the_release_port_fires_once(bench):
    rail, device = bench()
    rail.fire()
    assert device.controller.shots == 1


@pytest.mark.parametrize("kind", ["silent", "garbled", "dropped"])
def test_a_release_whose_reply_is_lost_fires_once(bench, kind):
    rail, device = bench(Fault(kind, move=1))
    rail.move_to(500)
    device.controller.faults.planned = [Fault(kind, move=1)]
    rail.fire()
    assert device.controller.shots == 1


def test_another_device_on_the_port_is_told():
    device = PtyDevice(GrblController(Carriage()))
    link = SerialLink(device.port, BAUD)
    with pytest.raises(RailError, match="no StackShot answers"):
        StackShot(link, reply_s=0.1).connect()
    link.close()
    device.close()
