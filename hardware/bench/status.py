"""What answers at the rig, where the rail stands, how the camera is set."""

from __future__ import annotations

from collections.abc import Iterator

from hardware.bench.config import RigConfig
from hardware.bench.marks import read_marks
from hardware.bench.rig import opened
from hardware.cameras.camera import CameraIdentity
from hardware.errors import RailError
from hardware.rails.rail import Locks, RailIdentity


def status(config: RigConfig) -> Iterator[str]:
    """Lines about rail and camera, the rail's before the camera is opened."""
    with opened(config, "status") as rig:
        axis = rig.axis
        yield f"rail      {_named(axis.rail.identity())}"
        yield f"position  {axis.position_um():.1f} µm"
        if axis.lost:
            yield f"warning   {axis.lost}"
        if isinstance(axis.rail, Locks):
            try:
                axis.rail.refuse_unless_ready()
            except RailError as error:
                yield f"warning   {error}"
        yield f"travel    {axis.travel.lowest_um:.1f} to {axis.travel.highest_um:.1f} µm"
        for name, end_um in read_marks(config).ends().items():
            yield f"{name:9} {end_um:.1f} µm"
        camera = rig.camera()
        yield f"camera    {_named(camera.identity())}"
        for name, value in camera.settings().items():
            yield f"  {name:13} {value}"


def _named(identity: RailIdentity | CameraIdentity) -> str:
    return f"{identity.model} {identity.firmware} {identity.serial_number}".rstrip()
