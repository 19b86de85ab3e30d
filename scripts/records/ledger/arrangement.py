"""What a person or a capture session says of a stack: its order, its focus, what is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from unicodedata import normalize

from records.errors import RecordError
from records.ledger.candidate import Candidate
from records.ledger.exclusion import excluded
from records.ledger.shots import Shot, read_shots
from records.sheet.consistency import of_cells
from records.sheet.positions import Listed, read_positions

# What a stack's order can be taken from.
NAME, TIME, LIST, CAPTURED = "name", "time", "listed", "capture"
RULER = "shows the ruler, as the sheet's scale_frame says"


@dataclass(frozen=True)
class Arrangement:
    """How a stack's frames are arranged.

    Attributes
    ----------
    order : `name`, `time` or `listed`; None for the list's where there is one, else the names'
    direction : `toward` or `away` from the camera: how focus moves from first to last frame
    step_um : focus step between neighbours, for frames without a recorded position
    listed : the list of frames and positions
    list_path : where that is
    exclude : which frames are left out, as `records.ledger.exclusion` reads it
    exclude_reason : why
    scale_frame : file that shows a ruler, and is no frame
    shots : a capture session's frames in their order; its order and positions go before
    """

    order: str | None = None
    direction: str | None = None
    step_um: float | None = None
    listed: Sequence[Listed] = ()
    list_path: str = "the list of positions"
    exclude: str | None = None
    exclude_reason: str | None = None
    scale_frame: str | None = None
    shots: Sequence[Shot] = ()

    @property
    def ordered_by(self) -> str:
        """What the order is taken from."""
        return CAPTURED if self.shots else self.order or (LIST if self.listed else NAME)

    def spelled_as(self, names: Sequence[str]) -> Arrangement:
        """The list with the files' own names: some systems take letters and accents apart."""
        own = {normalize("NFC", name): name for name in names}
        rows = [replace(row, file=own.get(normalize("NFC", row.file), row.file))
                for row in self.listed]  # fmt: skip
        scale_frame = own.get(normalize("NFC", self.scale_frame or ""), self.scale_frame)
        return replace(self, listed=rows, scale_frame=scale_frame)

    def excluded_by_name(self, files: Sequence[Candidate]) -> set[str]:
        """Files that are excluded by their names, whatever their order."""
        words = {word.strip() for word in (self.exclude or "").split(";")}
        words |= {self.scale_frame or ""}
        return {file.name for file in files if {file.name, PurePath(file.name).stem} & words}

    def excluded(
        self, files: Sequence[str], frames: Sequence[str]
    ) -> tuple[dict[str, str], list[str]]:
        """The files that a person excludes, with the reason given, and what is wrong with that.

        Parameters
        ----------
        files : all that could be frames
        frames : those that would be, in their order
        """
        if self.scale_frame and self.scale_frame not in files:
            return {}, [f"scale_frame: {self.scale_frame} is not there; name a file of the folder"]
        ruler = {self.scale_frame: RULER} if self.scale_frame else {}
        if ruler and not set(frames) - set(ruler):
            return {}, ["scale_frame: leaves no frame of the stack"]
        if not self.exclude:
            return ruler, []
        try:
            chosen = excluded(self.exclude, files, frames)
        except RecordError as error:
            return {}, [str(error)]
        if not set(frames) - set(chosen) - set(ruler):
            return {}, ["exclude: leaves no frame of the stack"]
        why = f"excluded in the sheet: {self.exclude_reason}"
        place = {name: f" (frame {k} of {len(frames)})" for k, name in enumerate(frames, start=1)}
        return {name: why + place.get(name, "") for name in chosen} | ruler, []


def read_arrangement(
    *,
    order: str | None = None,
    direction: str | None = None,
    step_um: float | None = None,
    positions: Path | None = None,
    exclude: str | None = None,
    exclude_reason: str | None = None,
    scale_frame: str | None = None,
    capture: Path | None = None,
) -> Arrangement:
    """What sheet and session say of a stack, read and held against each other.

    Parameters
    ----------
    positions : the list of frames and positions
    capture : the record of the session
    others : as in `Arrangement`

    Raises
    ------
    RecordError : they contradict each other, or the list or the record is wrong
    """
    if capture and (order or positions):
        raise RecordError(
            "a captured stack has its order and its positions from capture.json; "
            "leave order and positions out"
        )
    cells = {
        "order": order,
        "positions": positions,
        "exclude": exclude,
        "exclude_reason": exclude_reason,
    }
    if faults := of_cells(cells):
        raise RecordError("; ".join(faults))
    rows = read_positions(positions, step_um) if positions else ()
    shots = read_shots(capture) if capture else ()
    return Arrangement(
        order,
        direction,
        step_um,
        rows,
        str(positions),
        exclude,
        exclude_reason,
        scale_frame,
        shots,
    )
