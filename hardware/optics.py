"""Depth of field, step and size of a stack, from the optics.

Lengths are micrometres (`_um`) at the specimen unless a name says otherwise.

Sources: the wave-optics rule (quarter-wave focus error) and its tables are Rik Littlefield's,
zerenesystems.com `docs/tables/macromicrodof`; the microscope formula is the usual sum of a
diffraction and a detector term (Nikon MicroscopyU, "Depth of Field and Depth of Focus").
The two criteria are alternatives, never added as a root of squares.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

from hardware.errors import RigError

GREEN_UM = 0.55
# Their files are told apart, and sorted, by four digits.
MOST_FRAMES = 9999


@dataclass(frozen=True)
class Optics:
    """What forms the image.

    Either `aperture_f` (the marked f-number; effective if `aperture_is_effective`, as some
    Nikon bodies report it) or `na` (object-side numerical aperture) must be given.
    `pupil_ratio` is that of the lens as it is usually mounted, also where it is `reversed`.
    Behind a `teleconverter`, `magnification` is that of the whole, and `aperture_f` what the body
    shows: the lens's own times the converter's factor.
    """

    magnification: float
    sensor_width_mm: float
    sensor_width_px: int
    aperture_f: float | None = None
    na: float | None = None
    pupil_ratio: float = 1.0
    aperture_is_effective: bool = False
    circle_um: float | None = None
    wavelength_um: float = GREEN_UM
    refractive_index: float = 1.0
    reversed: bool = False
    teleconverter: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what cannot be an optical system."""
        if (self.aperture_f is None) == (self.na is None):
            raise RigError("optics: give either aperture_f or na, and not both")
        for name, value in asdict(self).items():
            if isinstance(value, int | float) and not isinstance(value, bool) and value <= 0:
                raise RigError(f"optics: {name} is {value}; it must be above 0")
        if self.na is not None and self.na >= self.refractive_index:
            raise RigError(
                f"optics: na is {self.na}; it must be below the refractive index "
                f"({self.refractive_index})"
            )
        if self.na is not None and (self.reversed or self.teleconverter != 1):
            raise RigError(
                "optics: reversed and teleconverter say how aperture_f is meant; na is that of the "
                "objective, whatever is behind it: leave them out"
            )


def effective_f_number(
    f_number: float, magnification: float, pupil_ratio: float = 1.0, is_reversed: bool = False
) -> float:
    """f-number as the sensor sees it: N (1 + M / P), of a reversed lens N (1 / P + M)."""
    if is_reversed:
        return f_number * (1 / pupil_ratio + magnification)
    return f_number * (1 + magnification / pupil_ratio)


def working_f_number(optics: Optics) -> float:
    """Effective f-number of `optics`, from the aperture or from NA (N = M / 2 NA)."""
    if optics.na is not None:
        return optics.magnification / (2 * optics.na)
    assert optics.aperture_f is not None
    if optics.aperture_is_effective:
        return optics.aperture_f
    # A converter enlarges the lens's own image, and its f-number with it.
    of_lens = optics.magnification / optics.teleconverter
    return effective_f_number(optics.aperture_f, of_lens, optics.pupil_ratio, optics.reversed)


def object_na(optics: Optics) -> float:
    """Object-side numerical aperture: given, or M / 2 N_eff."""
    return optics.na or optics.magnification / (2 * working_f_number(optics))


def circle_of_confusion_um(optics: Optics) -> float:
    """Blur circle that still counts as sharp, at the sensor: given, or width / 1200 to 3 px.

    The smaller of the two, as a print is seen whole but a master is looked at closely.
    """
    if optics.circle_um is not None:
        return optics.circle_um
    width_um = optics.sensor_width_mm * 1000
    return min(width_um / 1200, 3 * width_um / optics.sensor_width_px)


def classic_dof_um(optics: Optics) -> float:
    """Depth of field by geometry alone: 2 C N_eff / M²."""
    circle = circle_of_confusion_um(optics)
    return 2 * circle * working_f_number(optics) / optics.magnification**2


def wave_dof_um(optics: Optics) -> float:
    """Depth of field by wave optics: 4 λ N_eff² / M², which is λ / NA²."""
    if optics.na is not None:
        return optics.wavelength_um * optics.refractive_index / optics.na**2
    return 4 * optics.wavelength_um * working_f_number(optics) ** 2 / optics.magnification**2


def microscope_dof_um(optics: Optics) -> float:
    """Depth of field of an objective: λ n / NA² + n e / (M NA), e the pixel pitch."""
    na = object_na(optics)
    pixel_um = optics.sensor_width_mm * 1000 / optics.sensor_width_px
    return (
        optics.wavelength_um * optics.refractive_index / na** 2
        + optics.refractive_index * pixel_um / (optics.magnification * na)
    )


def depth_of_field_um(optics: Optics, criterion: str = "smaller") -> float:
    """Depth of field by `criterion`: classic, wave, microscope, or the smaller of the first two."""
    if criterion == "smaller":
        return min(classic_dof_um(optics), wave_dof_um(optics))
    formulas = {"classic": classic_dof_um, "wave": wave_dof_um, "microscope": microscope_dof_um}
    if criterion not in formulas:
        raise RigError(
            f"criterion is {criterion!r}; allowed are smaller, {', '.join(sorted(formulas))}"
        )
    return formulas[criterion](optics)


def step_um(dof_um: float, overlap: float = 0.3) -> float:
    """Distance between frames that share `overlap` (0 to below 1) of their depth of field."""
    if not 0 <= overlap < 1:
        raise RigError(f"overlap is {overlap}; it must be 0 or more and below 1")
    return dof_um * (1 - overlap)


def frame_count(range_um: float, step_um: float) -> int:
    """Number of frames that cover `range_um` from end to end: ceil(range / step) + 1."""
    if step_um <= 0:
        raise RigError(f"step_um is {step_um}; it must be above 0")
    steps = abs(range_um) / step_um
    if not steps < MOST_FRAMES:
        raise RigError(
            f"a range of {abs(range_um):.1f} µm in steps of {step_um:g} µm would be "
            f"{steps:.0f} frames; at most {MOST_FRAMES}: take a longer step or a shorter range"
        )
    # A quotient a rounding error above a whole number must not cost a frame.
    return math.ceil(steps - 1e-9) + 1


@dataclass(frozen=True)
class Plan:
    """A stack before it is shot. Positions run from `start_um` towards `end_um`."""

    start_um: float
    end_um: float
    step_um: float
    frames: int
    seconds: float
    bytes: int

    def direction(self) -> int:
        """1 towards larger positions, -1 towards smaller ones."""
        return 1 if self.end_um >= self.start_um else -1

    def positions_um(self) -> list[float]:
        """Position of every frame, in shooting order, rounded to a nanometre."""
        step_um = self.direction() * self.step_um
        return [round(self.start_um + i * step_um, 3) for i in range(self.frames)]


def plan_stack(
    start_um: float,
    end_um: float,
    step_um: float,
    seconds_per_frame: float = 5.0,
    bytes_per_frame: int = 50_000_000,
) -> Plan:
    """Plan the frames between two positions.

    The last frame may lie up to a step beyond `end_um`, so that the whole range is covered
    with equal steps.
    """
    frames = frame_count(end_um - start_um, step_um)
    return Plan(
        start_um=start_um,
        end_um=end_um,
        step_um=round(step_um, 3),
        frames=frames,
        seconds=frames * seconds_per_frame,
        bytes=frames * bytes_per_frame,
    )
