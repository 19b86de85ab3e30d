"""Range and step of a stack: from the command line, else set at the bench, else from rig.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from hardware import optics
from hardware.bench.axis import Axis
from hardware.bench.config import OpticsConfig, RigConfig, StackConfig
from hardware.bench.marks import read_marks
from hardware.errors import RailError, RigError
from hardware.optics import Plan, plan_stack
from hardware.rails.count import Count
from hardware.rails.hand import Hand
from hardware.sentence import Sentence

# What of a lens may be given in the place of rig.yaml's.
LENS = ("magnification", "aperture_f", "na", "pupil_ratio", "teleconverter", "reversed")


@dataclass(frozen=True)
class Planned:
    """A stack before it is shot.

    `sources` tells from where start_um, end_um and step_um are, `ends_for` which stack an end that
    was set at the bench was used for last ("start" or "end" → specimen/view, "" for none yet).
    """

    plan: Plan
    sources: dict[str, str]
    ends_for: dict[str, str]

    def served(self, stack: str) -> dict[str, str]:
        """What the marks are to say once `stack` is shot with the ends set at the bench."""
        return {f"{end}_for": stack for end in self.ends_for}

    def ends_of_others(self, stack: str) -> list[str]:
        """A warning for each stack but `stack` for which ends in use were set at the bench."""
        positions_um = {"start": self.plan.start_um, "end": self.plan.end_um}
        by_other: dict[str, list[str]] = {}
        for end, other in self.ends_for.items():
            if other not in ("", stack):
                by_other.setdefault(other, []).append(end)
        return [
            f"{' and '.join(f'{end} {positions_um[end]:.1f} µm' for end in ends)} "
            f"{'was' if len(ends) == 1 else 'were'} set at the bench for {other}; where that is "
            f"not right for this stack, set {'it' if len(ends) == 1 else 'them'} anew "
            f"({', '.join(f'`{end}`' for end in ends)})"
            for other, ends in by_other.items()
        ]

    def note(self) -> str:
        """What is about to be shot, and who wants it so."""
        plan, sources = self.plan, self.sources
        last_um = plan.positions_um()[-1]
        beyond = f", the last at {last_um:.1f} µm" if abs(last_um - plan.end_um) > 0.05 else ""
        return Sentence(
            "planned",
            f"from {plan.start_um:.1f} µm ({sources['start_um']}) to {plan.end_um:.1f} µm "
            f"({sources['end_um']}) in steps of {plan.step_um:.1f} µm ({sources['step_um']}): "
            f"{plan.frames} frames{beyond}",
            start_um=plan.start_um,
            last_um=last_um,
            step_um=plan.step_um,
            frames=plan.frames,
        )


def planned(config: RigConfig, given: StackConfig) -> Planned:
    """Plan a stack; `given` is what the command line gives of it.

    Raises
    ------
    RigError : an end of the stack is given nowhere, or the step is none
    """
    marks = read_marks(config)
    remembered = f"set at the bench, {config.state_path('marks.json')}"
    positions: dict[str, float] = {}
    sources: dict[str, str] = {}
    ends_for: dict[str, str] = {}
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
        if sources[name] == remembered:
            ends_for[name[:-3]] = getattr(marks, f"{name[:-3]}_for")
    camera = config.camera
    plan = plan_stack(
        positions["start_um"],
        positions["end_um"],
        float(positions["step_um"]),
        marks.seconds_per_frame or camera.seconds_per_frame,
        camera.bytes_per_frame,
    )
    return Planned(plan, sources, ends_for)


def plan(config: RigConfig, given: StackConfig, changed: OpticsConfig) -> Iterator[str]:
    """Lines about depth of field, step, frames, time and disk space, with other optics."""
    follows_um = changed.step_um()
    if given.step_um is None and changed != config.optics:
        given = replace(given, step_um=round(follows_um, 1))
    wanted = planned(config, given)
    stack = wanted.plan
    lens, by = changed.lens, f"{changed.criterion}, overlap {changed.overlap:g}"
    yield f"effective aperture        f/{optics.working_f_number(lens):.1f}"
    yield f"numerical aperture        {optics.object_na(lens):.4f}"
    yield f"depth of field, classic   {optics.classic_dof_um(lens):.1f} µm"
    yield f"depth of field, wave      {optics.wave_dof_um(lens):.1f} µm"
    yield f"step that follows         {follows_um:.1f} µm ({by})"
    if dearer := _beside_wave(changed, stack):
        yield dearer
    yield f"step                      {stack.step_um:.1f} µm"
    yield f"from, to                  {stack.start_um:.1f}, {stack.positions_um()[-1]:.1f} µm"
    yield f"frames                    {stack.frames}"
    yield f"time                      {stack.seconds / 60:.1f} min"
    yield f"disk space                {_size(stack.bytes)}"
    try:
        Axis(Hand(Count()), config.travel).refuse_stack(stack.positions_um())
    except RailError as error:
        yield f"warning: {error}"
    for line in wanted.ends_of_others(""):
        yield f"warning: {line}"


def _beside_wave(chosen: OpticsConfig, stack: Plan) -> str:
    """What `smaller` costs where it is stricter than wave optics; "" where it is not."""
    wave = replace(chosen, criterion="wave")
    if chosen.criterion != "smaller" or chosen.step_um() >= wave.step_um():
        return ""
    range_um = stack.end_um - stack.start_um
    frames, fewer = (optics.frame_count(range_um, of.step_um()) for of in (chosen, wave))
    return (
        f"  by wave optics alone    {wave.step_um():.1f} µm, as in Zerene's table: {fewer} frames "
        f"where smaller takes {frames}"
    )


def with_other(
    known: OpticsConfig, overlap: float | None, given: dict[str, float | None]
) -> OpticsConfig:
    """The optics with what is given in the place of what rig.yaml names.

    Parameters
    ----------
    given : by the names of `LENS`, None for what stays

    Raises
    ------
    RigError : no such optical system can be
    """
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    # Each of these takes the place of the other.
    if "aperture_f" in changes or "na" in changes:
        changes = {"aperture_f": None, "na": None, **changes}
    lens = replace(known.lens, **changes)
    return replace(known, lens=lens, overlap=known.overlap if overlap is None else overlap)


def _size(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
