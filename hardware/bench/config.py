"""The rig's settings: what rig.yaml says, each with its type, and what holds where it is silent.

Lengths are µm, times s. `rigfile.read_rig` makes them from a file that has been checked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hardware import optics
from hardware.optics import Optics

# As `rail.port`: an emulated controller instead of one on a wire.
VIRTUAL = "virtual"


@dataclass(frozen=True)
class PoseConfig:
    """A second axis of the rail's controller, which turns the specimen; its angle for each view."""

    axis: str
    angles_deg: dict[str, float]
    speed_deg_s: float = 20.0


@dataclass(frozen=True)
class RailConfig:
    """The rail; None where a driver's own default holds.

    `moves` tells what rides on it, `rises` how focus moves where positions rise: for the record.
    """

    kind: str
    port: str | None = None
    axis: str = "X"
    speed_um_s: float = 2000.0
    poll_s: float | None = None
    reply_s: float | None = None
    stall_s: float | None = None
    moves: str = "camera"
    rises: str | None = None
    um_per_step: float = 0.0
    device: int = 1
    axis_number: int = 1
    configuration: Path = Path()
    stage: str = ""
    pose: PoseConfig | None = None

    def timing(self) -> dict[str, float]:
        """Those of a driver's times that are given."""
        times = {"poll_s": self.poll_s, "reply_s": self.reply_s, "stall_s": self.stall_s}
        return {name: time_s for name, time_s in times.items() if time_s is not None}


@dataclass(frozen=True)
class TravelConfig:
    """Where the rail may be sent, and how it gets there."""

    lowest_um: float
    highest_um: float
    backlash_um: float = 0.0
    tolerance_um: float = 5.0
    settle_s: float = 0.5


@dataclass(frozen=True)
class CameraConfig:
    """The camera. `settings` by their common names; `file` is raw or jpeg: which is the frame."""

    kind: str
    settings: dict[str, str] = field(default_factory=dict)
    file: str = "raw"
    recycle_s: float = 0.0
    seconds_per_frame: float = 5.0
    bytes_per_frame: int = 50_000_000
    model: str = ""
    timeout_s: float | None = None
    memory_card: bool = True
    least_battery_percent: float = 5.0
    allow: tuple[str, ...] = ()
    folder: Path = Path()
    release: str = "hand"
    quiet_s: float = 1.0
    poll_s: float = 0.5


@dataclass(frozen=True)
class OpticsConfig:
    """The optics, and how a step follows from them."""

    lens: Optics
    overlap: float = 0.3
    criterion: str = "smaller"

    def step_um(self) -> float:
        """Distance between frames that follows."""
        return optics.step_um(optics.depth_of_field_um(self.lens, self.criterion), self.overlap)


@dataclass(frozen=True)
class StackConfig:
    """Range and step where neither command line nor sheet nor bench says otherwise."""

    start_um: float | None = None
    end_um: float | None = None
    step_um: float | None = None


@dataclass(frozen=True)
class VirtualConfig:
    """The specimen that is not there; `backlash_um` is the play of the emulated rail.

    `mark_um` is the distance of two dots on the card behind it, 0 for none.

    What is wrong with lens, lamp, stand and sensor: `hardware.virtual.flaws`.
    """

    seed: int
    width_px: int
    height_px: int
    relief_um: float
    epoch: str
    backlash_um: float = 0.0
    mark_um: float = 0.0
    vignetting_percent: float = 0.0
    field_curvature_um: float = 0.0
    flicker_percent: float = 0.0
    vibration_px: float = 0.0
    dust_specks: int = 0


@dataclass(frozen=True)
class RigConfig:
    """One rig.

    `path` is its file, `record` what stands of it in the record of a capture, as it is written;
    `views` are shot of each specimen at the bench, in this order. `after` is a command with its
    words, run after each capture.
    """

    path: Path
    name: str
    state_dir: Path
    rail: RailConfig
    travel: TravelConfig
    camera: CameraConfig
    optics: OpticsConfig
    stack: StackConfig
    virtual: VirtualConfig | None
    record: dict[str, Any]
    views: tuple[str, ...] = ("dorsal",)
    after: tuple[str, ...] = ()

    def state_path(self, what: str) -> Path:
        """File in which the rig remembers something between runs."""
        return self.state_dir / f"{self.name}.{what}"
