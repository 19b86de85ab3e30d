"""The commands of `python -m hardware`: the rig from the bench, in µm."""

from __future__ import annotations

import argparse
import math
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import Any

from hardware import optics
from hardware.bench.axis import Axis
from hardware.bench.marks import keep_marks, read_marks, state_path
from hardware.bench.rig import Rig, opened
from hardware.bench.rigfile import optics_of, planned_step_um, read_rig
from hardware.capture.exposure import Method
from hardware.capture.journal import Stack
from hardware.capture.session import capture
from hardware.errors import RailError, RigError
from hardware.frames import inspect
from hardware.rails.hand import Hand
from records import log


def main(argv: list[str]) -> None:
    """Run one command."""
    arguments = _parser().parse_args(argv)
    config = read_rig(arguments.rig)
    arguments.run(config, arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m hardware", description="Rail and camera at the bench; positions in µm."
    )
    parser.add_argument(
        "--rig", type=Path, default=Path("config/rig.yaml"), help="default: config/rig.yaml"
    )
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(name: str, run: object, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    command("status", _status, "what answers, where the rail stands, how the camera is set")
    command("jog", _jog, "move by a distance").add_argument("distance_um", type=_number)
    command("goto", _goto, "move to a position").add_argument("position_um", type=_number)
    command("here", _here, "declare the present place to be this position").add_argument(
        "position_um", type=_number
    )
    for name, text in (
        ("start", "make the present place, or the one given, the first frame's"),
        ("end", "make the present place, or the one given, the last frame's"),
    ):
        sub = command(name, _mark, text)
        sub.add_argument("position_um", type=_number, nargs="?")
        sub.set_defaults(mark=f"{name}_um")
    command("stop", _stop, "stop the rail")
    command("unlock", _unlock, "wake and unlock a controller after an alarm")
    command("home", _home, "run the controller's homing cycle")
    shot = command("shot", _shot, "take one test frame")
    shot.add_argument("--out", type=Path, default=Path("test-shots"), help="folder for the file")
    plan = command("plan", _plan, "depth of field, step, frames, time and disk space of a stack")
    _add_range(plan)
    for name in ("--magnification", "--aperture-f", "--na", "--overlap"):
        plan.add_argument(name, type=_number)
    whole = command("capture", _capture, "capture a stack, or go on with one")
    whole.add_argument("--specimen", required=True)
    whole.add_argument("--view", required=True)
    whole.add_argument("--raw", type=Path, required=True, help="folder for the raws")
    whole.add_argument("--out", type=Path, required=True, help="capture.json")
    _add_range(whole)
    whole.add_argument(
        "--card", type=Path, help="folder of the memory card, once all its frames are released"
    )
    whole.add_argument(
        "--rail-checked",
        action="store_true",
        help="go on although the rail was moved: you have checked that its count is right",
    )
    return parser


def _add_range(parser: argparse.ArgumentParser) -> None:
    for name, default in (
        ("--start-um", "set at the bench, else rig.yaml"),
        ("--end-um", "set at the bench, else rig.yaml"),
        ("--step-um", "rig.yaml, else from the optics"),
    ):
        parser.add_argument(name, type=_number, help=f"default: {default}")


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return number


def _status(config: dict[str, Any], _: argparse.Namespace) -> None:
    with opened(config, "status", with_camera=False) as rig:
        rail = rig.axis.rail.identity()
        print(f"rail      {rail.model} {rail.firmware} {rail.serial_number}".rstrip())
        print(f"position  {rig.axis.position_um():.1f} µm")
        for trouble in _troubles(rig):
            print(f"warning   {trouble}")
        print(f"travel    {rig.axis.lowest_um:.1f} to {rig.axis.highest_um:.1f} µm")
        for name in _ends(rig):
            print(f"{name[:-3]:9} {rig.marks[name]:.1f} µm")
        camera = rig.camera or rig.open_camera()
        found = camera.identity()
        print(f"camera    {found.model} {found.firmware} {found.serial_number}".rstrip())
        for name, value in camera.settings().items():
            print(f"  {name:13} {value}")


def _ends(rig: Rig) -> list[str]:
    """Which ends of the stack were set at the bench."""
    return [name for name in ("start_um", "end_um") if name in rig.marks]


def _troubles(rig: Rig) -> list[str]:
    """What keeps the rail from moving."""
    found = [rig.axis.lost] if rig.axis.lost else []
    if rig.refuse_unless_ready is not None:
        try:
            rig.refuse_unless_ready()
        except RailError as error:
            found.append(str(error))
    return found


def _jog(config: dict[str, Any], arguments: argparse.Namespace) -> None:
    with opened(config, "jog", with_camera=False) as rig:
        target_um = rig.axis.position_um() + arguments.distance_um
        print(f"{rig.axis.go(target_um):.1f} µm")


def _goto(config: dict[str, Any], arguments: argparse.Namespace) -> None:
    with opened(config, "goto", with_camera=False) as rig:
        print(f"{rig.axis.go(arguments.position_um):.1f} µm")


def _here(config: dict[str, Any], arguments: argparse.Namespace) -> None:
    with opened(config, "here", with_camera=False) as rig:
        declare = getattr(rig.axis.rail, "declare", None)
        if declare is not None:
            declare(arguments.position_um - rig.axis.offset_um)
        else:
            offset_um = arguments.position_um - rig.axis.rail.position_um()
            rig.marks["offset_um"] = round(offset_um, 3)
            rig.marks.pop("lost", None)
        keep_marks(config, rig.marks)
        told = "".join(f"; {name[:-3]} stays {rig.marks[name]:.1f} µm" for name in _ends(rig))
    print(f"the rail stands at {arguments.position_um:.1f} µm{told}")


def _mark(config: dict[str, Any], arguments: argparse.Namespace) -> None:
    with opened(config, "mark", with_camera=False) as rig:
        position_um = arguments.position_um
        if position_um is None:
            rig.axis.refuse_lost()
            position_um = rig.axis.position_um()
        rig.axis.refuse_outside(position_um)
        rig.marks[arguments.mark] = position_um
        keep_marks(config, rig.marks)
    print(f"{arguments.mark[:-3]} is {position_um:.1f} µm")


def _stop(config: dict[str, Any], _: argparse.Namespace) -> None:
    with opened(config, "stop", with_camera=False) as rig:
        rig.axis.rail.stop()
        print(f"{rig.axis.position_um():.1f} µm")


def _unlock(config: dict[str, Any], _: argparse.Namespace) -> None:
    with opened(config, "unlock", with_camera=False) as rig:
        if rig.unlock is None:
            raise RigError("rail: this kind of rail is never locked by an alarm")
        rig.unlock()
        print(f"{rig.axis.position_um():.1f} µm; check it, and declare it if it is wrong (here)")


def _home(config: dict[str, Any], _: argparse.Namespace) -> None:
    with opened(config, "home", with_camera=False) as rig:
        if rig.home is None:
            raise RigError("rail: this kind of rail has no homing cycle that we know")
        rig.home()
        rig.marks.pop("lost", None)
        rig.marks["offset_um"] = rig.axis.offset_um = 0.0
        print(f"{rig.axis.position_um():.1f} µm")


def _shot(config: dict[str, Any], arguments: argparse.Namespace) -> None:
    arguments.out.mkdir(parents=True, exist_ok=True)
    with opened(config, "test shot") as rig, tempfile.TemporaryDirectory() as folder:
        assert rig.camera is not None
        rig.camera.apply(_settings(config))
        for path in rig.camera.shoot(Path(folder), 0):
            facts = inspect(path)
            target = arguments.out / path.name
            for i in range(1, 10_000):
                if not target.exists():
                    break
                target = arguments.out / f"{path.stem}_{i}{path.suffix}"
            shutil.copy2(path, target)
            told = ", ".join(f"{name} {_short(value)}" for name, value in facts.told.items())
            print(f"{target}: {facts.width_px} × {facts.height_px} px, {told}")


def _short(value: float | str) -> str:
    return f"{value:.4g}" if isinstance(value, float) else value


def _plan(config: dict[str, Any], arguments: argparse.Namespace) -> None:
    changed = dict(config["optics"])
    for name in ("magnification", "aperture_f", "na", "overlap"):
        value = getattr(arguments, name)
        if value is not None:
            changed[name] = value
            changed.pop({"na": "aperture_f", "aperture_f": "na"}.get(name, ""), None)
    config = {**config, "optics": changed}
    lens, overlap, criterion = optics_of(config)
    follows_um = optics.step_um(optics.depth_of_field_um(lens, criterion), overlap)
    differs = changed != read_rig(arguments.rig)["optics"]
    if arguments.step_um is None and differs:
        arguments.step_um = round(follows_um, 1)
    plan = _planned(config, arguments)
    print(f"effective aperture        f/{optics.working_f_number(lens):.1f}")
    print(f"numerical aperture        {optics.object_na(lens):.4f}")
    print(f"depth of field, classic   {optics.classic_dof_um(lens):.1f} µm")
    print(f"depth of field, wave      {optics.wave_dof_um(lens):.1f} µm")
    print(f"step that follows         {follows_um:.1f} µm ({criterion}, overlap {overlap:g})")
    print(f"step                      {plan.step_um:.1f} µm")
    print(f"from, to                  {plan.start_um:.1f}, {plan.positions_um()[-1]:.1f} µm")
    print(f"frames                    {plan.frames}")
    print(f"time                      {plan.seconds / 60:.1f} min")
    print(f"disk space                {_size(plan.bytes)}")
    try:
        Axis(Hand(), **config["travel"]).refuse_stack(plan.positions_um())
    except RailError as error:
        print(f"warning: {error}")


def _size(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def _capture(config: dict[str, Any], arguments: argparse.Namespace) -> None:
    stack = Stack(arguments.specimen, arguments.view, arguments.raw, arguments.out)
    plan = _planned(config, arguments)
    log.note(_told(plan, config, arguments))
    camera = config["camera"]
    method = Method(
        kind=camera.get("file", "raw"),
        recycle_s=camera.get("recycle_s", 0.0),
        bytes_per_frame=camera.get("bytes_per_frame", 50_000_000),
        rail_checked=arguments.rail_checked,
        on_card=camera["kind"] == "card",
        card=arguments.card,
    )
    facts = {
        "name": config["name"],
        "moves": config["rail"].get("moves", "camera"),
        "travel": config["travel"],
        "optics": config["optics"],
    }
    with opened(config, f"capture of {stack.specimen}/{stack.view}") as rig:
        assert rig.camera is not None
        capture(stack, plan, rig.axis, rig.camera, _settings(config), facts, method, log.progress)


def _planned(config: dict[str, Any], arguments: argparse.Namespace) -> optics.Plan:
    """Range and step: from the command line, else set at the bench, else from rig.yaml."""
    ends = {}
    for name in ("start_um", "end_um"):
        ends[name], _ = _end_of_stack(name, config, arguments)
        if ends[name] is None:
            raise RigError(
                f"plan: {name} is not known. Give --{name.replace('_', '-')}, set it at the "
                f"bench (`python -m hardware {name[:-3]}`), or in rig.yaml (stack)."
            )
    camera = config["camera"]
    return optics.plan_stack(
        ends["start_um"],
        ends["end_um"],
        planned_step_um(config) if arguments.step_um is None else arguments.step_um,
        camera.get("seconds_per_frame", 5.0),
        camera.get("bytes_per_frame", 50_000_000),
    )


def _end_of_stack(
    name: str, config: dict[str, Any], arguments: argparse.Namespace
) -> tuple[float | None, str]:
    """One end of the stack in µm, None where nobody said it, and who did."""
    marks = state_path(config, "marks.json")
    sources = (
        (getattr(arguments, name), _asked(name)),
        (read_marks(config).get(name), f"set at the bench, {marks}"),
        (config.get("stack", {}).get(name), f"stack.{name} in {arguments.rig}"),
    )
    return next(((um, who) for um, who in sources if um is not None), (None, ""))


def _asked(name: str) -> str:
    return f"by the sheet or --{name.replace('_', '-')}"


def _told(plan: optics.Plan, config: dict[str, Any], arguments: argparse.Namespace) -> str:
    """What is about to be shot, and who says so."""
    ends = [
        f"{value:.1f} µm ({_end_of_stack(name, config, arguments)[1]})"
        for name, value in (("start_um", plan.start_um), ("end_um", plan.end_um))
    ]
    step = (
        _asked("step_um")
        if arguments.step_um is not None
        else f"stack.step_um in {arguments.rig}"
        if config.get("stack", {}).get("step_um")
        else "from the optics"
    )
    last_um = plan.positions_um()[-1]
    beyond = f", the last at {last_um:.1f} µm" if abs(last_um - plan.end_um) > 0.05 else ""
    return (
        f"from {ends[0]} to {ends[1]} in steps of {plan.step_um:.1f} µm ({step}): "
        f"{plan.frames} frames{beyond}"
    )


def _settings(config: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in config["camera"].get("settings", {}).items()}


def _end(number: int, _: FrameType | None) -> None:
    """Leave as after Ctrl-C: everything is stopped and closed on the way out."""
    raise KeyboardInterrupt(signal.Signals(number).name)


def run() -> None:
    """Run the command line; a person's mistake ends in one line."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    try:
        with log.logged("python", "-m", "hardware", *sys.argv[1:]):
            main(sys.argv[1:])
    except RigError as error:
        log.fail(str(error))
    except OSError as error:
        log.fail(
            f"{error}. What is captured is kept: put that right, then run the same command again."
        )
    except KeyboardInterrupt as stopped:
        log.progress(
            f"stopped ({str(stopped) or 'Ctrl-C'}); what is captured is kept, "
            "the same command goes on"
        )
        sys.exit(130)
