import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from hardware.virtual.emulator import Carriage, Faults, PtyDevice
from hardware.virtual.emulator_grbl import GrblController
from tests.web.benches import ROOT, served, virtual_rig


@pytest.mark.slow
def test_it_tells_rig_and_address_and_serves_until_it_is_ended(bench) -> None:
    assert bench.log().replace(f"port 8610 is in use: {bench.client.port} is taken\n", "") == (
        f"rig stand: open {bench.address}"
    )
    assert bench.state()["desk"]["rig"]["name"] == "stand"
    bench.process.send_signal(signal.SIGINT)
    assert bench.process.wait(15) == 0
    assert "Traceback" not in bench.log()
    # The next one need not wait, and goes where it was; at a port that no other test takes.
    with socket.create_server(("127.0.0.1", 0)) as free:
        own = free.getsockname()[1]
    for _ in range(2):
        rig = bench.folder / "config" / "rig.yaml"
        with served(bench.folder, rig, "--port", str(own)) as again:
            assert again.at_rest()["desk"]["lost"] == ""
            assert again.client.port == own


@pytest.mark.slow
def test_benches_beside_each_other_have_a_rig_a_port_and_a_cookie_each(bench, tmp_path) -> None:
    second_rig = virtual_rig(tmp_path / "second.yaml", "stand-2")
    with served(tmp_path, second_rig, "--port", str(bench.client.port)) as second:
        assert f"port {bench.client.port} is in use: {second.client.port} is taken" in second.lines
        assert second.at_rest()["desk"]["rig"]["name"] == "stand-2"
        assert bench.state()["desk"]["rig"]["name"] == "stand"
        names = {one.client.cookie.partition("=")[0] for one in (bench, second)}
        assert names == {f"holostack-{one.client.port}" for one in (bench, second)}
        # Neither's cookie opens the other.
        bench.client.cookie, second.client.cookie = second.client.cookie, bench.client.cookie
        assert bench.client.ask("/").status == second.client.ask("/").status == 403


@pytest.mark.slow
def test_a_rig_that_is_in_use_is_refused_in_a_line(bench) -> None:
    with served(bench.folder, bench.folder / "config" / "rig.yaml") as second:
        assert second.process.wait(15) == 1
    assert second.address == ""
    assert second.lines[-1].startswith("error: rig stand is in use: bench, by ")
    assert "Traceback" not in second.log()


@pytest.mark.slow
def test_a_mistake_in_the_command_is_told_in_a_line(tmp_path) -> None:
    for words, said in (
        (["--rig", tmp_path / "none.yaml"], f"error: rig: cannot read {tmp_path}/none.yaml: No su"),
        (["--port", "70000"], "argument --port: '70000' is no port (1 to 65535)"),
    ):
        command = [sys.executable, "-m", "web", "bench", "--directory", tmp_path, *words]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert run.returncode in (1, 2)
        assert said in run.stderr
        assert "Traceback" not in run.stderr


@pytest.fixture
def wired(tmp_path):
    """A bench at an emulated rail that outlives it, as a real one does; (bench, carriage)."""
    carriage = Carriage()
    device = PtyDevice(GrblController(carriage, Faults([])))
    port = {"port": device.port, "speed_um_s": 1000}
    rig = virtual_rig(tmp_path / "rig.yaml", f"wired-{tmp_path.name}", rail=port)
    with served(tmp_path, rig) as bench:
        bench.at_rest()
        assert bench.client.do("here", position_um=0).status == 202
        bench.wait_for(lambda state: state["desk"]["lost"] == "")
        yield bench, carriage
    device.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    "ending", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT, "end of its session"]
)
def test_the_rail_stops_when_the_process_ends_by_whatever_cause(wired, ending) -> None:
    bench, carriage = wired
    began = carriage.position_um(time.time())
    assert bench.client.do("goto", position_um=4500).status == 202
    while carriage.position_um(time.time()) < began + 200:
        time.sleep(0.01)
    if isinstance(ending, str):
        # A terminal that is closed: all of its processes are told.
        os.killpg(bench.process.pid, signal.SIGHUP)
    else:
        bench.process.send_signal(ending)
    bench.process.wait(15)
    # The guard of the port sends the stop within moments.
    stands_um = float("nan")
    until = time.monotonic() + 3
    while time.monotonic() < until:
        before, stands_um = stands_um, carriage.position_um(time.time())
        if before == stands_um:
            break
        time.sleep(0.1)
    assert before == stands_um
    assert stands_um < began + 2500
    assert "Traceback" not in bench.log()
