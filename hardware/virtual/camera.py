"""The camera of the virtual rig: looks at the virtual specimen from where the rail stands."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np

from hardware.cameras.camera import CameraIdentity
from hardware.cameras.names import choose, number
from hardware.errors import CameraError
from hardware.optics import effective_f_number
from hardware.virtual import dng, preview
from hardware.virtual.beetle import beetle
from hardware.virtual.flaws import Flaws, flicker, shading, shaken
from hardware.virtual.lens import Lens, Subject, expose, subject, truth
from hardware.virtual.mark import marked
from hardware.virtual.scene import Scene
from hardware.virtual.sensor import Exposure, develop_level, record

CHOICES = {
    "aperture": ("2.8", "4", "5.6", "8", "11", "16"),
    "iso": ("100", "200", "400", "800"),
    "shutter": ("1/250", "1/125", "1/60", "1/30", "1/15", "1/8"),
    "white_balance": ("daylight",),
    "format": ("raw",),
}
FOCAL_LENGTH_MM = 30.0
SECONDS_PER_FRAME = 2


@dataclass(frozen=True)
class Bench:
    """What the virtual camera looks through and at.

    `epoch` is the time on the camera's clock at frame 0, ISO 8601: the clock of a camera that
    does not exist, so that equal captures give equal bytes. `mark_um` : distance of two dots on the
    card; 0 for none.
    """

    seed: int
    width_px: int
    height_px: int
    pixel_um: float
    magnification: float
    pupil_ratio: float
    relief_um: float
    epoch: str
    flaws: Flaws = field(default_factory=Flaws)
    mark_um: float = 0.0


# Drawn once for all cameras that look at the same: a session opens one anew.
@lru_cache(maxsize=1)
def _scene(bench: Bench, side: int) -> Scene:
    pitch_um = bench.pixel_um / bench.magnification
    scene = beetle(bench.width_px, bench.height_px, pitch_um, bench.relief_um, bench.seed + side)
    return marked(scene, bench.mark_um, bench.height_px)


# In full and in the size of previews; of other apertures no more pictures are taken.
@lru_cache(maxsize=2)
def _blurred(scene: Scene, factor: int, lens: Lens) -> Subject:
    return subject(scene.binned(factor), lens)


class VirtualCamera:
    """Renders one DNG per exposure. `position_um` gives the height of the plane in focus."""

    # Its time is counted in frames, so that equal captures are equal bytes.
    keeps_time = False

    def __init__(self, bench: Bench, position_um: Callable[[], float]) -> None:
        self._bench = bench
        self._position_um = position_um
        self._settings = {name: choices[0] for name, choices in CHOICES.items()}
        self._stack = ""
        self._side = 0
        self._shadings: dict[tuple[int, int], np.ndarray] = {}
        self._shown: tuple[object, bytes] | None = None

    def identity(self) -> CameraIdentity:
        """What stands in the files too."""
        return CameraIdentity("Holostack Virtual camera", "1", f"V{self._bench.seed:06d}")

    def apply(self, wanted: dict[str, str]) -> None:
        """Set what is offered; refuse what is not."""
        for name, value in wanted.items():
            if name not in CHOICES:
                raise CameraError(f"camera: it has no setting {name!r}")
            self._settings[name] = choose(name, value, CHOICES[name])

    def settings(self) -> dict[str, str]:
        """All common settings."""
        return dict(self._settings)

    def look_at(self, stack: str) -> None:
        """Give the frames of a stack noise of their own; another's frames would be refused."""
        self._stack = stack

    def strays(self, incoming: Path, last: bool = False) -> list[Path]:
        """Nobody else fires this camera."""
        return []

    def shoot(self, incoming: Path, frame: int) -> list[Path]:
        """Expose once where the rail stands."""
        bench = self._bench
        focus_um = self._position_um()
        exposure = self._exposure()
        lens = self.lens()
        radiance = expose(self._subject(), lens, focus_um, bench.width_px, bench.height_px)
        radiance = shaken(radiance, bench.flaws, bench.seed, frame)
        radiance *= self._shading(bench.width_px, bench.height_px)
        radiance *= np.float32(flicker(bench.flaws, bench.seed, frame))
        noise = np.random.default_rng(
            [bench.seed, 1, zlib.crc32(self._stack.encode()), round(focus_um * 1000) % 2**32]
        )
        mosaic = record(radiance, exposure, noise)
        taken_at = datetime.fromisoformat(bench.epoch) + timedelta(
            seconds=SECONDS_PER_FRAME * frame
        )
        facts = dng.Facts(
            make="Holostack",
            model="Virtual camera",
            serial_number=self.identity().serial_number,
            lens=f"Virtual macro {FOCAL_LENGTH_MM:.0f} mm",
            focal_length_mm=FOCAL_LENGTH_MM,
            aperture_f=exposure.aperture_f,
            exposure_s=exposure.exposure_s,
            iso=exposure.iso,
            taken_at=taken_at.strftime("%Y:%m:%d %H:%M:%S"),
            software="Holostack virtual camera 1",
        )
        path = incoming / f"VIRT{frame:04d}.dng"
        path.write_bytes(dng.dng_bytes(mosaic, facts))
        return [path]

    def preview(self) -> bytes:
        """JPEG of what the lens shows where the rail stands; the same one while nothing changes."""
        bench, exposure, focus_um = self._bench, self._exposure(), self._position_um()
        if self._shown is None or self._shown[0] != (focus_um, exposure):
            factor = preview.factor(bench.width_px)
            width_px, height_px = bench.width_px // factor, bench.height_px // factor
            of, light = self._subject(factor), develop_level(exposure)
            radiance = expose(of, self.lens(), focus_um, width_px, height_px)
            if bench.flaws != Flaws():
                radiance *= self._shading(width_px, height_px)
            jpeg = preview.jpeg(radiance, light)
            self._shown = (focus_um, exposure), jpeg
        return self._shown[1]

    def posed(self, angle_deg: float) -> None:
        """Look at another side: for want of one, at another specimen of its kind for each angle."""
        side = round(angle_deg * 10) % 3600
        if side != self._side:
            self._side, self._shown = side, None

    def recover(self) -> None:
        """Nothing to start afresh."""

    def close(self) -> None:
        """Nothing to let go of."""

    def scene(self) -> Scene:
        """The specimen, as it is posed."""
        # Drawn once, whatever is wrong with the bench.
        return _scene(replace(self._bench, flaws=Flaws()), self._side)

    def lens(self) -> Lens:
        """The lens at the aperture that is set."""
        bench = self._bench
        working_f = effective_f_number(
            self._exposure().aperture_f, bench.magnification, bench.pupil_ratio
        )
        distance_um = FOCAL_LENGTH_MM * 1000 * (1 + 1 / bench.magnification)
        curvature_um = bench.flaws.field_curvature_um
        return Lens(bench.magnification / (2 * working_f), distance_um, curvature_um)

    def truth(self, focus_um: float) -> tuple[np.ndarray, np.ndarray]:
        """Sharp image and depth_um in the geometry of the frame focused at `focus_um`."""
        bench = self._bench
        return truth(self._subject(), self.lens(), focus_um, bench.width_px, bench.height_px)

    def _subject(self, factor: int = 1) -> Subject:
        """The specimen as the lens at this aperture blurs it, in means of so many px."""
        return _blurred(self.scene(), factor, self.lens())

    def _shading(self, width_px: int, height_px: int) -> np.ndarray:
        bench = self._bench
        if (width_px, height_px) not in self._shadings:
            light = shading(bench.flaws, bench.seed, width_px, height_px)
            self._shadings[width_px, height_px] = light
        return self._shadings[width_px, height_px]

    def _exposure(self) -> Exposure:
        values = {name: number(name, self._settings[name]) for name in self._settings}
        return Exposure(
            aperture_f=values["aperture"] or 0.0,
            exposure_s=values["shutter"] or 0.0,
            iso=int(values["iso"] or 0),
        )
