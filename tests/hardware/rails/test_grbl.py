"""GRBL: exact bytes, then against the emulator with every fault."""

import time

import pytest

from hardware.errors import PositionLostError, RailError
from hardware.rails.grbl import BAUD, JOG_CANCEL, Grbl
from hardware.rails.link import SerialLink
from hardware.virtual.emulator import Carriage, Fault, Faults, PtyDevice
from hardware.virtual.emulator_grbl import GrblController
from hardware.virtual.emulator_stackshot import StackShotController
from tests.hardware.exchanges import ExchangeLink

WELCOME = b"\r\nGrbl 1.1h ['$' for help]\r\n"
IDLE_0 = b"<Idle|MPos:0.000,0.000,0.000|FS:0,0|WCO:0.000,0.000,0.000>\r\n"
IDLE_1 = b"<Idle|MPos:1.000,0.000,0.000|FS:0,0|Ov:100,100,100>\r\n"
VERSION = b"[VER:1.1h.20190825:bench]\r\n[OPT:V,15,128]\r\nok\r\n"
SETTINGS = b"$10=1\r\n$100=250.000\r\n$110=60.000\r\nok\r\n"
FACTS = [(b"$I\n", VERSION)] * 2 + [(b"$$\n", SETTINGS)] * 2
WAKE = [(b"?", IDLE_0), (b"?", IDLE_0), *FACTS]
JOG_1 = b"$J=G53 G90 G21 X1.0000 F60\n"


def connected(exchanges):
    link = ExchangeLink(WAKE + exchanges)
    rail = Grbl(link, reply_s=0.02, poll_s=0)
    rail.connect()
    return rail, link


def test_identity_is_what_the_firmware_says():
    rail, link = connected([])
    assert rail.identity().firmware == "1.1h.20190825:bench V,15,128"
    assert link.finished()


def test_a_move_is_one_absolute_jog_and_reports_read_twice():
    rail, link = connected(
        [
            (b"?", IDLE_0),
            (b"?", IDLE_0),
            (JOG_1, b"ok\r\n"),
            (b"?", b"<Jog|MPos:0.500,0.000,0.000|FS:60,0>\r\n"),
            (b"?", IDLE_1),
            (b"?", IDLE_1),
            (b"?", IDLE_1),
        ]
    )
    assert rail.move_to(1000) == 1000
    assert link.finished()


def test_a_second_axis_is_jogged_in_degrees_by_its_own_settings_and_column():
    settings = b"$10=1\r\n$100=250.000\r\n$101=44.444\r\n$111=1200.000\r\nok\r\n"
    facts = [(b"$I\n", VERSION)] * 2 + [(b"$$\n", settings)] * 2
    at_90 = b"<Idle|MPos:0.000,90.000,0.000|FS:0,0>\r\n"
    rail, link = connected(
        [
            *((b"?", IDLE_0), (b"?", IDLE_0)),
            *facts,
            *((b"?", IDLE_0), (b"?", IDLE_0)),
            (b"$J=G53 G90 G21 Y90.0000 F600\n", b"ok\r\n"),
            (b"?", b"<Jog|MPos:0.000,45.000,0.000|FS:600,0>\r\n"),
            *[(b"?", at_90)] * 3,
        ]
    )
    turning = rail.other_axis("Y", 10_000)
    assert turning.move_to(90_000) == 90_000
    assert turning.identity().settings == "$101=44.444"
    assert link.finished()


def test_feed_is_held_to_the_highest_rate_of_the_controller():
    rail, _ = connected([])
    assert rail._feed_um_s == 1000


def test_a_report_with_a_lost_byte_is_not_believed():
    rail, link = connected(
        [
            (b"?", b"<Idle|MPos:-.372,-.000,0.000|FS:0,0>\r\n"),
            (b"?", IDLE_1),
            (b"?", IDLE_1),
        ]
    )
    assert rail.position_um() == 1000
    assert link.finished()


def test_a_plausible_wrong_report_is_outvoted():
    wrong = b"<Idle|MPos:1.00,0.000,0.000|FS:0,0>\r\n".replace(b"1.00,", b"11.000,")
    rail, _ = connected([(b"?", wrong), (b"?", IDLE_1), (b"?", IDLE_1)])
    assert rail.position_um() == 1000


def test_a_garbled_command_is_sent_again():
    rail, link = connected(
        [
            (b"?", IDLE_0),
            (b"?", IDLE_0),
            (JOG_1, b"error:2\r\n"),
            (JOG_1, b"ok\r\n"),
            (b"?", IDLE_1),
            (b"?", IDLE_1),
            (b"?", IDLE_1),
        ]
    )
    rail.move_to(1000)
    assert link.finished()


def test_a_target_beyond_the_controllers_travel_is_told():
    rail, _ = connected([(b"?", IDLE_0), (b"?", IDLE_0), (JOG_1, b"error:15\r\n")])
    with pytest.raises(RailError, match="beyond the travel"):
        rail.move_to(1000)


def test_a_jog_whose_decimal_point_was_lost_is_cancelled_and_sent_again():
    far = b"<Jog|MPos:1.400,0.000,0.000|FS:60,0>\r\n"
    halted = IDLE_1.replace(b"1.000", b"1.450")
    rail, link = connected(
        [
            (b"?", IDLE_0),
            (b"?", IDLE_0),
            (JOG_1, b"ok\r\n"),
            (b"?", far),
            (b"?", far),
            (b"?", far),
            (b"?", far),
            (JOG_CANCEL, b""),
            *[(b"?", halted)] * 4,
            (JOG_1, b"ok\r\n"),
            *[(b"?", IDLE_1)] * 3,
        ]
    )
    assert rail.move_to(1000) == 1000
    assert link.finished()


def test_stop_is_one_byte():
    rail, link = connected([(JOG_CANCEL, b"")])
    rail.stop()
    assert link.finished()


def test_settings_that_say_what_a_position_means_are_part_of_what_it_is():
    settings = b"$3=2\r\n$10=1\r\n$13=0\r\n$100=250.125\r\n$110=60.000\r\nok\r\n"
    link = ExchangeLink([*WAKE[:4], (b"$$\n", settings), (b"$$\n", settings)])
    rail = Grbl(link, reply_s=0.02)
    rail.connect()
    assert rail.identity().settings == "$3=2 $13=0 $100=250.125"


def modes(tool):
    return b"[GC:G0 G54 G17 G21 G90 G94 M5 M9 T%d F0 S0]\r\nok\r\n" % tool


def test_a_token_is_the_tool_number_and_every_line_of_ours_repeats_it():
    """A line without a T makes it 0, as the release of the shutter would."""
    rail, link = connected(
        [
            (b"?", IDLE_0),
            (b"T77\n", b"ok\r\n"),
            (b"$G\n", modes(77)),
            *[(line, b"ok\r\n") for line in (b"M8 T77\n", b"G4 P0.3 T77\n", b"M9 T77\n")],
        ]
    )
    assert rail.give_token(77)
    rail.fire()
    assert link.finished()


def test_a_token_that_is_gone_is_asked_for_until_two_answers_agree():
    rail, link = connected([(b"$G\n", modes(7)), *[(b"$G\n", modes(0))] * 2])
    assert not rail.has_token(77)
    assert link.finished()


def test_a_firmware_that_does_not_take_the_tool_number_keeps_no_token():
    rail, _ = connected([(b"?", IDLE_0), (b"T77\n", b"ok\r\n"), *[(b"$G\n", modes(0))] * 3])
    assert not rail.give_token(77)


def test_a_silent_controller_is_reset_once():
    link = ExchangeLink(
        [
            *[(b"?", b"")] * 3,
            (b"\x18", WELCOME),
            (b"?", IDLE_0),
            (b"?", IDLE_0),
            *FACTS,
        ]
    )
    rail = Grbl(link, reply_s=0.02)
    rail.connect()
    assert link.finished()
    assert not rail.started_anew


def test_a_report_that_lost_a_byte_costs_no_reset():
    link = ExchangeLink([(b"?", IDLE_0[1:]), *WAKE])
    Grbl(link, reply_s=0.02).connect()
    assert link.finished()


def test_a_controller_that_starts_when_the_port_is_opened_has_started_anew():
    link = ExchangeLink([(b"?", WELCOME), *WAKE])
    rail = Grbl(link, reply_s=0.02)
    rail.connect()
    assert rail.started_anew


def test_an_answer_that_lost_a_byte_is_asked_for_again():
    """Else the record would name a firmware that does not exist, and resuming refuse it."""
    short = VERSION.replace(b"15,128", b"15128")
    exchanges = [*WAKE[:2], (b"$I\n", short), *FACTS]
    link = ExchangeLink(exchanges)
    rail = Grbl(link, reply_s=0.02)
    rail.connect()
    assert rail.identity().firmware == "1.1h.20190825:bench V,15,128"
    assert link.finished()


def test_another_version_of_grbl_is_refused():
    other = VERSION.replace(b"1.1h", b"1.2a")
    link = ExchangeLink([*WAKE[:2], (b"$I\n", other), (b"$I\n", other)])
    with pytest.raises(RailError, match=r"this is GRBL 1\.2a.*1\.1 is needed"):
        Grbl(link, reply_s=0.02).connect()


def test_a_controller_that_reports_work_positions_is_refused_with_the_remedy():
    link = ExchangeLink([(b"?", b"<Idle|WPos:0.000,0.000,0.000|FS:0,0>\r\n")])
    with pytest.raises(RailError, match=r"\$10=1"):
        Grbl(link, reply_s=0.02).connect()


@pytest.fixture
def bench():
    """A function that gives (rail, device) with faults planned."""
    opened = []

    def make(*planned, **carriage):
        controller = GrblController(Carriage(**carriage), Faults(list(planned)))
        device = PtyDevice(controller)
        rail = Grbl(
            SerialLink(device.port, BAUD, JOG_CANCEL),
            feed_um_s=20_000,
            poll_s=0.01,
            reply_s=0.3,
            stall_s=0.3,
        )
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


def test_backlash_is_physical(bench):
    rail, device = bench(backlash_um=30)
    rail.move_to(500)
    rail.move_to(400)
    assert device.controller.carriage.position_um(time.time()) == 430
    rail.move_to(300)
    rail.move_to(400)
    assert device.controller.carriage.position_um(time.time()) == 400


@pytest.mark.parametrize("kind", ["silent", "garbled", "dropped", "deaf", "busy"])
def test_a_passing_fault_is_ridden_out(bench, kind):
    rail, device = bench(Fault(kind, move=2))
    rail.move_to(500)
    assert rail.move_to(1000) == 1000
    assert device.controller.carriage.position_um(time.time()) == 1000


@pytest.mark.slow
def test_a_controller_that_stays_silent_is_told(bench):
    rail, _ = bench(Fault("silent", move=1, times=10**6))
    with pytest.raises(RailError, match="answer"):
        rail.move_to(500)


def test_a_stall_is_told_with_the_place(bench):
    rail, device = bench(Fault("stall", move=1))
    with pytest.raises(RailError, match=r"stalled at 250\.0 µm"):
        rail.move_to(500)
    assert not device.controller.carriage.moving(time.time())


@pytest.mark.slow
def test_a_controller_that_cannot_be_stopped_is_reset(bench):
    rail, _ = bench(Fault("hung", move=1))
    rail._halt_s = 0.2
    with pytest.raises(PositionLostError, match="did not stop when told to and was reset"):
        rail.move_to(500)
    rail.unlock()
    here = rail.position_um()
    assert rail.move_to(here + 10) == pytest.approx(here + 10, abs=1)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "code"), [("limit", 1), ("alarm", 2)])
def test_an_alarm_mutes_until_unlock(bench, kind, code):
    rail, _ = bench(Fault(kind, move=1))
    with pytest.raises(RailError, match=rf"alarm {code}.*unlock") as stopped:
        rail.move_to(50_000)
    assert isinstance(stopped.value, PositionLostError) == (code == 1)
    with pytest.raises(RailError, match=r"does not answer.*unlock"):
        rail.position_um()
    rail.unlock()
    here = rail.position_um()
    assert rail.move_to(here + 100) == pytest.approx(here + 100, abs=1)


def test_a_soft_limit_refuses_and_raises_no_alarm():
    controller = GrblController(Carriage(), soft_limits_um=(-500, 500))
    device = PtyDevice(controller)
    rail = Grbl(SerialLink(device.port, BAUD, JOG_CANCEL), feed_um_s=20_000, poll_s=0.01)
    rail.connect()
    with pytest.raises(RailError, match="beyond the travel set in the controller"):
        rail.move_to(600)
    assert controller.faults.moves == 1
    assert rail.move_to(400) == 400
    rail.close()
    device.close()


def test_the_end_of_the_travel_is_a_hard_limit(bench):
    rail, _ = bench(highest_um=800)
    with pytest.raises(RailError, match="limit switch"):
        rail.move_to(1000)


def test_a_reset_mid_move_is_a_lost_position(bench):
    rail, _ = bench(Fault("reset", move=2))
    rail.move_to(100)
    with pytest.raises(PositionLostError, match="position is lost"):
        rail.move_to(5000)
    rail.unlock()
    assert rail.move_to(100) == 100


def test_unplugged_mid_move(bench):
    rail, device = bench(Fault("unplugged", move=1))
    with pytest.raises(RailError, match=r"connection to .* lost"):
        rail.move_to(5000)
    device.plug()


def test_a_move_that_an_earlier_program_left_is_ended():
    carriage = Carriage()
    device = PtyDevice(GrblController(carriage))
    carriage.move_to(40_000, 1000, time.time())
    rail = Grbl(SerialLink(device.port, BAUD, JOG_CANCEL), poll_s=0.01)
    rail.connect()
    assert not carriage.moving(time.time())
    assert rail.move_to(50) == 50
    rail.close()
    device.close()


def test_a_controller_that_reports_inches_is_refused_with_the_remedy():
    inches = SETTINGS.replace(b"$10=1", b"$13=1")
    link = ExchangeLink([*WAKE[:4], (b"$$\n", inches), (b"$$\n", inches)])
    with pytest.raises(RailError, match=r"\$13=0"):
        Grbl(link, reply_s=0.02).connect()


def test_a_token_lasts_through_moves_and_releases_until_the_controller_is_reset(bench):
    rail, device = bench()
    assert rail.give_token(200)
    rail.move_to(500)
    rail.fire()
    assert rail.has_token(200)
    assert not rail.has_token(20)
    rail.unlock()
    assert not rail.has_token(200)
    assert rail.position_um() == 500
    rail.give_token(201)
    device.controller.restart(time.time())
    assert not rail.has_token(201)
    assert rail.position_um() == 0


@pytest.mark.parametrize(
    ("line", "tool"),
    [(b"M9\n", 0), (b"G4 P0.1\n", 0), (b"M9 T5\n", 5), (b"$I\n", 7), (b"T300\n", 7)],
)
def test_the_emulator_keeps_the_tool_number_as_the_firmware_does(line, tool):
    controller = GrblController(Carriage())
    controller.receive(b"T7\n", 0.0)
    controller.receive(line, 0.0)
    assert b" T%d " % tool in controller.receive(b"$G\n", 0.0)


@pytest.mark.slow
def test_another_device_on_the_port_is_told():
    device = PtyDevice(StackShotController(Carriage()))
    link = SerialLink(device.port, BAUD)
    with pytest.raises(RailError, match=r"no GRBL 1.1 answers"):
        Grbl(link, reply_s=0.1).connect()
    link.close()
    device.close()
