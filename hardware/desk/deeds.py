"""What can be asked of the desk, by the names that keys and pages have for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from hardware.bench import moving
from hardware.bench.config import StackConfig
from hardware.bench.posing import pose
from hardware.desk import adjusting
from hardware.desk.desk import Desk
from hardware.desk.looking import Looking

Deed = Callable[..., None]


def of(desk: Desk) -> dict[str, Deed]:
    """What is done at once or, at the rig, in its turn; each is called with its arguments by name.

    Raises
    ------
    RigError : by each, where it is refused
    """

    def at_rig(name: str, act: Callable[..., Iterable[str] | str | None]) -> Deed:
        def deed(**given: object) -> None:
            desk.ask(name, lambda rig: act(rig, **given))

        return deed

    def plan(start_um: float | None, end_um: float | None, step_um: float | None) -> None:
        desk.plan(StackConfig(start_um, end_um, step_um))

    looking = Looking(desk)
    return {
        "jog": at_rig("jog", moving.jog),
        "goto": at_rig("goto", moving.goto),
        "here": at_rig("here", moving.here),
        "home": at_rig("home", moving.home),
        "unlock": at_rig("unlock", moving.unlock),
        "pose": at_rig("pose", lambda rig, view: pose(rig, view)),
        "start": at_rig("start", partial(moving.mark, end="start")),
        "end": at_rig("end", partial(moving.mark, end="end")),
        "shot": looking.shot,
        "sweep": looking.sweep,
        "sweep_accept": looking.sweep_accept,
        "stop": desk.stop,
        "pause": desk.pause,
        "go_on": desk.go_on,
        "plan": plan,
        "answer": desk.answer,
        "reopen": desk.reopen,
        "settings": desk.set_camera,
        "focus": at_rig("focus", adjusting.focus),
        "focus_at": at_rig("focus_at", adjusting.focus_at),
    }
