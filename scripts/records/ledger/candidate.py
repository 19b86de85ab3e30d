"""A file of a raw folder before it is judged, and which of them were never frames of the stack."""

from __future__ import annotations

import unicodedata
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from records.ledger.shots import Shot
from records.ledger.table import LISTED, REJECTED, Entry
from records.log import listed, of_each_kind
from records.metadata.exif import Capture


@dataclass(frozen=True)
class Candidate:
    """A file in the raw folder, before it is judged.

    Attributes
    ----------
    name : path from the raw folder
    kind : `raw` or `photo`; None where it is no frame
    fault : why it cannot be used, None if it can
    doubts : what a person should know of it though it can be used
    stray : whether it was never meant to be a frame
    blake3 : of what may be a frame, for who reads it next
    """

    name: str
    sha256: str | None = None
    bytes: int | None = None
    kind: str | None = None
    format: str | None = None
    width_px: int | None = None
    height_px: int | None = None
    orientation: int | None = None
    white_balance: str | None = None
    colour: str | None = None
    bits: int | None = None
    highest_sample: int | None = None
    capture: Capture = field(default_factory=Capture)
    fault: str | None = None
    doubts: tuple[str, ...] = ()
    stray: bool = False
    blake3: str | None = None

    @property
    def stem(self) -> str:
        """The name without its ending, as file systems compare it that ignore case and spelling."""
        return unicodedata.normalize("NFC", PurePath(self.name).stem).casefold()

    def entry(self, reason: str | None) -> Entry:
        """The file's row, rejected for a reason: all its facts but a place in the stack."""
        taken = self.capture
        return Entry(
            frame=None,
            file=self.name,
            status=REJECTED,
            reason=reason,
            sha256=self.sha256,
            bytes=self.bytes,
            format=self.format,
            width_px=self.width_px,
            height_px=self.height_px,
            orientation=None if self.stray else self.orientation or taken.orientation,
            camera=taken.camera,
            lens=taken.lens,
            aperture_f=float(taken.aperture) if taken.aperture else None,
            iso=taken.iso,
            exposure_s=float(taken.exposure_s) if taken.exposure_s else None,
            white_balance=self.white_balance or taken.white_balance,
            taken_at=taken.taken_at,
            colour=self.colour,
            bits=self.bits,
            highest_sample=self.highest_sample,
        )


def set_aside(
    files: Sequence[Candidate], faulty: Container[str], shots: Sequence[Shot]
) -> dict[str, str]:
    """Files that could be frames but are none of the stack, and why.

    Parameters
    ----------
    faulty : names of the files that cannot be used
    shots : the frames of a capture session, if there was one
    """
    raws = {file.stem: file.name for file in files if file.kind == "raw" and not file.stray}
    captured = {shot.file for shot in shots}
    first: dict[str, str] = {}
    reasons = {}
    # Of two alike, the one that was copied under a longer name is the duplicate.
    for file in sorted(files, key=lambda file: (file.name not in captured, len(file.name))):
        if file.stray:
            continue
        if file.kind != "raw" and file.stem in raws:
            what = (file.format or "picture").upper()
            reasons[file.name] = f"camera {what} beside its raw {raws[file.stem]}"
        elif file.sha256 in first:
            reasons[file.name] = f"duplicate: the same bytes as {first[file.sha256]}"
        elif captured and file.name not in captured:
            reasons[file.name] = "not among the frames of capture.json"
        elif file.sha256 and file.name not in faulty:
            first[file.sha256] = file.name
    return reasons


def missing_or_changed(files: Sequence[Candidate], shots: Sequence[Shot]) -> list[str]:
    """The frames of a capture session that are not in the folder as they were captured."""
    digests = {file.name: file.sha256 for file in files}
    missing = [shot.file for shot in shots if shot.file not in digests]
    changed = [
        f"{shot.file}: its bytes are not those that were captured (SHA-256 "
        f"{digests[shot.file]}, in capture.json {shot.sha256}); restore it"
        for shot in shots
        if shot.sha256 and shot.file in digests and digests[shot.file] != shot.sha256
    ]
    problems = of_each_kind(("changed", sentence) for sentence in changed)
    if missing:
        problems.append(
            f"{listed(missing, LISTED)}: named in capture.json but not in the folder; "
            f"put {'it' if len(missing) == 1 else 'them'} back from the archive or the camera's "
            "card"
        )
    return problems
