"""A desk at a small virtual rig, run in the main thread while a test drives it from another."""

import threading
import time
from collections.abc import Callable

import pytest

from hardware.bench.rigfile import read_rig
from hardware.capture.journal import StackFolder
from hardware.desk.desk import Desk
from tests.hardware.test_kill import small_rig

LONGEST_S = 60


class Driver:
    """Asks a desk from another thread, and waits for what comes of it."""

    def __init__(self, desk: Desk, folder) -> None:
        self.desk, self.folder = desk, folder

    def now(self) -> dict:
        return self.desk.state()["desk"]

    def until(self, true: Callable[[dict], object]) -> dict:
        until = time.monotonic() + LONGEST_S
        while time.monotonic() < until:
            state = self.now()
            if true(state):
                return state
            time.sleep(0.005)
        raise AssertionError(state)

    def idle(self) -> dict:
        """The state once nothing is done, and nothing waits."""
        return self.until(lambda state: not state["doing"]["what"] and not self.desk.busy())

    def do(self, what, act) -> dict:
        self.desk.ask(what, act)
        return self.idle()

    def told(self, kind: str) -> list[str]:
        return [line["text"] for line in self.now()["told"] if line["kind"] == kind]

    def stack(self, view: str = "dorsal") -> StackFolder:
        place = self.folder / "S-1" / view
        return StackFolder("S-1", view, place / "raw", place / "capture.json")


@pytest.fixture
def desk(tmp_path, monkeypatch, request):
    """A desk; its rail is of kind grbl, or what a test is parametrized with."""
    monkeypatch.chdir(tmp_path)
    return Desk(read_rig(small_rig(tmp_path, getattr(request, "param", "grbl"))))


@pytest.fixture
def driven(desk, tmp_path):
    """A function that runs the desk while another function drives it, and ends it then."""

    def run(drive):
        wrong = []

        def whole():
            driver = Driver(desk, tmp_path)
            try:
                driver.idle()
                drive(driver)
            except BaseException as error:
                wrong.append(error)
            finally:
                desk.end()

        driving = threading.Thread(target=whole, daemon=True)
        driving.start()
        desk.run()
        driving.join(LONGEST_S)
        if wrong:
            raise wrong[0]

    return run
