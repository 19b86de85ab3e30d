"""What answers at the rig, where the rail stands, how the camera is set."""

from __future__ import annotations

from collections.abc import Iterator

from hardware.bench.config import RigConfig
from hardware.bench.lock import holder_of
from hardware.bench.marks import Marks, read_marks
from hardware.bench.rig import Rig, lock_of, opened
from hardware.cameras.automatics import STABILISED
from hardware.cameras.camera import CameraIdentity, Tells
from hardware.errors import RailError
from hardware.rails.rail import Locks, RailIdentity


def status(config: RigConfig) -> Iterator[str]:
    """Lines about the rig; while another holds it, who that is and where it last noted the rail."""
    holder = holder_of(lock_of(config), f"rig {config.name}")
    if holder is not None:
        yield f"in use    {holder.told}"
        yield f"position  {_noted(read_marks(config))}"
        yield "stop it   python -m hardware stop"
        return
    with opened(config, "status") as rig:
        yield from of_open(rig)


def of_open(rig: Rig) -> Iterator[str]:
    """Lines about rail and camera of an open rig, the rail's before the camera is opened."""
    axis = rig.axis
    yield f"rail      {_named(axis.rail.identity())}"
    try:
        position = f"{axis.position_um():.1f} µm"
        yield f"position  {f'not known; the rail counts {position}' if axis.lost else position}"
        doubt = axis.lost
    except RailError as error:
        yield "position  not known"
        doubt = str(error)
    if doubt:
        yield f"warning   {doubt}"
    if isinstance(axis.rail, Locks):
        try:
            axis.rail.refuse_unless_ready()
        except RailError as error:
            yield f"warning   {error}"
    if rig.turntable is not None:
        doubt = rig.turntable.lost()
        yield f"pose      {'not known' if doubt else f'{rig.turntable.angle_deg():.4g}°'}"
        if doubt:
            yield f"warning   {doubt}"
    yield f"travel    {axis.travel.lowest_um:.1f} to {axis.travel.highest_um:.1f} µm"
    for name, end_um in read_marks(rig.config).ends().items():
        yield f"{name:9} {end_um:.1f} µm"
    camera = rig.camera()
    yield f"camera    {_named(camera.identity())}"
    for name, value in camera.settings().items():
        yield f"  {name:13} {value}"
    if isinstance(camera, Tells):
        condition = camera.condition()
        for name, value in condition.items():
            yield f"  {name:13} {value}"
        for sentence in camera.automatics():
            yield f"warning   the camera: {sentence}"
        if STABILISED.search(condition.get("lens", "")):
            yield "warning   the lens has a stabiliser: switch it off on the lens"


def _noted(marks: Marks) -> str:
    """Where the rail was last noted to be, or to go."""
    between_um = marks.between_um()
    if marks.lost or between_um is None:
        return "not known"
    from_um, to_um = (um + marks.offset_um for um in between_um)
    if from_um == to_um:
        return f"{from_um:.1f} µm, as last noted"
    return f"going from {from_um:.1f} to {to_um:.1f} µm"


def _named(identity: RailIdentity | CameraIdentity) -> str:
    return f"{identity.model} {identity.firmware} {identity.serial_number}".rstrip()
