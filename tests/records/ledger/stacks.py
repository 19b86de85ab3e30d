"""Stacks as the ledger meets them, good but for what a test changes."""

from dataclasses import replace
from fractions import Fraction

from records.ledger.candidate import Candidate
from records.metadata.exif import Capture
from records.sheet.positions import Listed

SHOT = Capture(
    make="NIKON CORPORATION",
    model="NIKON D850",
    lens="60mm",
    aperture=Fraction(8),
    exposure_s=Fraction(1, 60),
    iso=64,
    white_balance="auto",
    date_time_original="2024:05:06 10:00:00",
)


def frame(name, **facts):
    """A good frame; its bytes are as its name."""
    start = {
        "sha256": name, "bytes": 100, "kind": "raw", "format": "nef", "width_px": 8256,
        "height_px": 5504, "orientation": 1, "white_balance": "1.9000 1.0000 1.5000",
        "capture": SHOT,
    }  # fmt: skip
    return Candidate(name, **(start | facts))


def series(count=5):
    return [frame(f"DSC_{k:04d}.NEF") for k in range(1, count + 1)]


def stray(name):
    return Candidate(name, name, 10, fault="stray file: not a picture", stray=True)


def unreadable(name):
    return Candidate(name, name, 10, kind="raw", fault="truncated")


def shot_with(**facts):
    return replace(SHOT, **facts)


def rows(verdict):
    return [(entry.frame, entry.file, entry.reason) for entry in verdict.entries]


def dated(*seconds):
    """Frames of a series, each taken at so many seconds."""
    times = [f"2024:05:06 10:{second // 60:02d}:{second % 60:02d}" for second in seconds]
    return [
        replace(one, capture=shot_with(date_time_original=time))
        for one, time in zip(series(len(times)), times, strict=True)
    ]


def placed(verdict):
    return [(entry.file, entry.focus_um) for entry in verdict.entries if entry.frame]


def listed(*rows):
    return [Listed(k, name, um) for k, (name, um) in enumerate(rows, start=2)]
