"""An archived stack and its pictures as those are told of it who take them over."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from records.layout import maker_of, name_of
from records.sheet.folder_names import catalog_number

JPEG, TIFF = "image/jpeg", "image/tiff"
# Types that browsers show.
SHOWN = (JPEG, "image/png")


@dataclass(frozen=True)
class Picture:
    """A master or a derivative.

    Attributes
    ----------
    path : logical path in the object, such as `derivatives/A-1_top_web.jpg`
    is_master : whether all others are made from it
    content : path of its file, from the archive's folder on
    sha256 : of the file, in hex
    size_bytes : of the file
    media_type : such as `image/jpeg`; "" where the name tells none
    size_px : width and height; None where the file's head cannot be read
    pixel_size_um : on the object; None where the sheet does not say, or where it has no one scale
    address : on the web; "" where none is configured
    measured_um : the smallest detail that lens and sensor were measured to resolve; None where the
        sheet does not say
    uncertainty_um : standard uncertainty of `pixel_size_um`; None where nobody measured it
    """

    path: str
    is_master: bool
    content: str
    sha256: str
    size_bytes: int
    media_type: str
    size_px: tuple[int, int] | None
    pixel_size_um: float | None
    address: str
    measured_um: float | None = None
    uncertainty_um: float | None = None

    @property
    def name(self) -> str:
        """Of the file."""
        return self.path.rpartition("/")[2]

    @property
    def variant(self) -> str:
        """As Audiovisual Core calls a master, or the name of a derivative in the configuration."""
        if self.is_master:
            return "Best Quality"
        return name_of(self.name)

    @property
    def is_of_the_masters_shape(self) -> bool:
        """Whether it shows what the master shows, larger or smaller: no stereo pair, no surface."""
        return self.is_master or maker_of(self.path) == "derive"

    @property
    def sampling_limit_um(self) -> float | None:
        """Two px: no detail finer than this can be in the picture (Nyquist 1928)."""
        return None if self.pixel_size_um is None else 2 * self.pixel_size_um

    @property
    def resolved_um(self) -> float | None:
        """The smallest detail in the picture, as measured, and never finer than its px can hold."""
        if self.measured_um is None or self.sampling_limit_um is None:
            return None
        return max(self.measured_um, self.sampling_limit_um)

    def figures(self) -> str:
        """What is known of the file, in a line: `506 x 379 px; 2.4 µm/px, so …; 1160798 bytes`."""
        said = [f"{self.size_px[0]} x {self.size_px[1]} px"] if self.size_px else []
        if self.pixel_size_um is not None:
            limit = f"{self.sampling_limit_um:.4g}"
            about = f" ± {self.uncertainty_um:.2g}" if self.uncertainty_um is not None else ""
            said.append(f"{self.pixel_size_um:.4g}{about} µm/px, no detail finer than {limit} µm")
        if self.resolved_um is not None:
            said.append(f"measured: details of {self.resolved_um:.4g} µm are resolved")
        return "; ".join([*said, f"{self.size_bytes} bytes"])

    def columns(self) -> dict[str, str]:
        """The same in columns, "" where it is not known."""
        width, height = self.size_px or ("", "")
        return {
            "variant": self.variant,
            "sha256": self.sha256,
            "size_bytes": str(self.size_bytes),
            "width_px": str(width),
            "height_px": str(height),
            "pixel_size_um": _figure(self.pixel_size_um),
            "pixel_size_uncertainty_um": _figure(self.uncertainty_um),
            "sampling_limit_um": _figure(self.sampling_limit_um),
            "resolved_um": _figure(self.resolved_um),
        }


@dataclass(frozen=True)
class Stack:
    """What an object's newest version says of a stack.

    Attributes
    ----------
    identifier : of the object
    specimen : its folder's name
    view : as in the sheet
    words : what describes specimen and picture, by column of the sheet
    technique : how the master was made, in a sentence
    camera, created : of the frames, where known
    pictures : the master first
    """

    identifier: str
    specimen: str
    view: str
    words: dict[str, str]
    technique: str
    camera: str
    created: str
    pictures: tuple[Picture, ...]

    @property
    def name(self) -> str:
        """The stack as people call it."""
        return f"{self.specimen}/{self.view}"

    @property
    def catalog_number(self) -> str:
        """As the museum writes it."""
        return catalog_number(self.words, self.specimen)

    @property
    def title(self) -> str:
        """Of its pictures."""
        return f"{self.catalog_number} {self.view}"

    @property
    def master(self) -> Picture:
        """The archival picture."""
        return self.pictures[0]

    def said(self, column: str) -> str:
        """A cell, "" where sheet and camera are silent."""
        return self.words.get(column, "")

    def for_browsers(self) -> list[Picture]:
        """Derivatives that browsers show and whose size is known, the largest first."""
        found = [
            one
            for one in self.pictures
            if one.media_type in SHOWN and one.size_px and one.is_of_the_masters_shape
        ]
        return sorted(found, key=lambda one: (-max(one.size_px or (0, 0)), one.path))


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def address_of(pattern: str | None, specimen: str, view: str, file: str, sha256: str) -> str:
    """A picture's web address by the pattern that is configured; "" where none is."""
    cells = {"specimen": specimen, "view": view, "file": file, "sha256": sha256}
    return (pattern or "").format(**{name: quote(cell, safe="") for name, cell in cells.items()})
