"""Range and step of a stack: from the command line, else set at the bench, else from rig.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from hardware import optics
from hardware.bench.axis import Axis
from hardware.bench.config import OpticsConfig, RigConfig, StackConfig
from hardware.bench.marks import read_marks
from hardware.errors import RailError, RigError
from hardware.optics import Plan, plan_stack
from hardware.rails.count import Count
from hardware.rails.hand import Hand


@dataclass(frozen=True)
class Planned:
    """A stack before it is shot; `sources` tells from where start_um, end_um and step_um are."""

    plan: Plan
    sources: dict[str, str]

    def note(self) -> str:
        """What is about to be shot, and who wants it so."""
        plan, sources = self.plan, self.sources
        last_um = plan.positions_um()[-1]
        beyond = f", the last at {last_um:.1f} µm" if abs(last_um - plan.end_um) > 0.05 else ""
        return (
            f"from {plan.start_um:.1f} µm ({sources['start_um']}) to {plan.end_um:.1f} µm "
            f"({sources['end_um']}) in steps of {plan.step_um:.1f} µm ({sources['step_um']}): "
            f"{plan.frames} frames{beyond}"
        )


def planned(config: RigConfig, given: StackConfig) -> Planned:
    """Plan a stack; `given` is what the command line gives of it.

    Raises
    ------
    RigError : an end of the stack is given nowhere, or the step is none
    """
    marks = read_marks(config)
    remembered = f"set at the bench, {config.state_path('marks.json')}"
    positions, sources = {}, {}
    for name in ("start_um", "end_um", "step_um"):
        by_option = f"by the sheet or --{name.replace('_', '-')}"
        candidates = [
            (getattr(given, name), by_option),
            (getattr(marks, name, None), remembered),
            (getattr(config.stack, name), f"stack.{name} in {config.path}"),
        ]
        if name == "step_um":
            candidates.append((round(config.optics.step_um(), 1), "from the optics"))
        known = [(um, source) for um, source in candidates if um is not None]
        if not known:
            raise RigError(
                f"plan: {name} is not known. Give --{name.replace('_', '-')}, set it at the "
                f"bench (`python -m hardware {name[:-3]}`), or in rig.yaml (stack)."
            )
        positions[name], sources[name] = known[0]
    camera = config.camera
    plan = plan_stack(
        positions["start_um"],
        positions["end_um"],
        float(positions["step_um"]),
        camera.seconds_per_frame,
        camera.bytes_per_frame,
    )
    return Planned(plan, sources)


def plan(config: RigConfig, given: StackConfig, changed: OpticsConfig) -> Iterator[str]:
    """Lines about depth of field, step, frames, time and disk space, with other optics."""
    follows_um = changed.step_um()
    if given.step_um is None and changed != config.optics:
        given = replace(given, step_um=round(follows_um, 1))
    stack = planned(config, given).plan
    lens, by = changed.lens, f"{changed.criterion}, overlap {changed.overlap:g}"
    yield f"effective aperture        f/{optics.working_f_number(lens):.1f}"
    yield f"numerical aperture        {optics.object_na(lens):.4f}"
    yield f"depth of field, classic   {optics.classic_dof_um(lens):.1f} µm"
    yield f"depth of field, wave      {optics.wave_dof_um(lens):.1f} µm"
    yield f"step that follows         {follows_um:.1f} µm ({by})"
    yield f"step                      {stack.step_um:.1f} µm"
    yield f"from, to                  {stack.start_um:.1f}, {stack.positions_um()[-1]:.1f} µm"
    yield f"frames                    {stack.frames}"
    yield f"time                      {stack.seconds / 60:.1f} min"
    yield f"disk space                {_size(stack.bytes)}"
    try:
        Axis(Hand(Count()), config.travel).refuse_stack(stack.positions_um())
    except RailError as error:
        yield f"warning: {error}"


def with_other(
    known: OpticsConfig,
    magnification: float | None,
    aperture_f: float | None,
    na: float | None,
    overlap: float | None,
) -> OpticsConfig:
    """The optics with what is given in the place of what rig.yaml names.

    Raises
    ------
    RigError : no such optical system can be
    """
    lens = known.lens
    if aperture_f is not None or na is not None:
        lens = replace(lens, aperture_f=aperture_f, na=na)
    if magnification is not None:
        lens = replace(lens, magnification=magnification)
    return replace(known, lens=lens, overlap=known.overlap if overlap is None else overlap)


def _size(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
