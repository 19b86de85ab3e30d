"""Test shots and focus sweeps at the desk: what they show comes into the state as it is seen."""

from __future__ import annotations

from pathlib import Path

from hardware.bench.rig import Rig
from hardware.bench.shot import take
from hardware.bench.sweep import Sweep, accept, sweep
from hardware.desk.desk import Desk
from hardware.errors import CameraError
from hardware.sentence import Sentence

TEST_SHOTS = Path("test-shots")
PICTURE, MAP = "/shot.jpg", "/shot/sharpness.png"


class Looking:
    """What is looked at before a stack is shot; each method asks the desk, and returns at once.

    RigError where the desk refuses it.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._found = Sweep()

    def shot(self) -> None:
        """Take a test shot into `TEST_SHOTS`, and judge it."""
        self._desk.ask("shot", self._shoot)

    def sweep(self) -> None:
        """Look for the range through all of the travel."""
        self._desk.ask("sweep", self._sweep)

    def sweep_accept(self) -> None:
        """Take the range that the last sweep proposed."""
        self._desk.ask("sweep_accept", lambda rig: accept(rig, self._found))

    def _shoot(self, rig: Rig) -> None:
        taken = take(rig, TEST_SHOTS)
        judgement = taken.judgement
        self._desk.give_picture(PICTURE, judgement.jpeg)
        self._desk.give_picture(MAP, judgement.sharpness_map)
        self._desk.put(shot={**taken.as_facts(), "picture": PICTURE, "sharpness_map": MAP})
        self._desk.show(judgement.jpeg, "shot")
        for line in taken.beside:
            self._desk.tell(line)
        if taken.refused:
            raise CameraError(f"camera: {taken.refused}; the file is {taken.file}")
        for sentence in judgement.warnings:
            self._desk.tell(sentence, "warning")
        self._desk.tell(
            Sentence(
                "shot",
                f"test shot {taken.file}: {taken.about}",
                file=str(taken.file),
                about=taken.about,
            )
        )

    def _sweep(self, rig: Rig) -> None:
        self._found = Sweep()
        self._desk.put(sweep=self._found.as_facts())

        def shown(position_um: float, jpeg: bytes) -> None:
            self._desk.put(position_um=position_um)
            if jpeg:
                self._desk.show(jpeg, "live")

        for self._found in sweep(rig, shown=shown):
            self._desk.put(sweep=self._found.as_facts())
        for sentence in self._found.told:
            self._desk.tell(sentence)
