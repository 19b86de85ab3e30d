"""A stack's frames as its page has them."""

from __future__ import annotations

import json

from records.ledger.table import Entry, write_ledger
from records.reports.review_frames import frames_of
from records.reports.review_sources import of_folder
from tests.records.whole import aligned


def test_a_frame_has_what_ledger_and_alignment_say_of_it(tmp_path):
    stack = tmp_path / "A-1" / "top"
    (stack / "stack").mkdir(parents=True)
    entries = [
        Entry(1, "1.dng", "used", sha256="1" * 64, focus_um=10.0, exposure_s=0.5),
        Entry(2, "2.dng", "used", sha256="2" * 64),
        Entry(None, "3.dng", "rejected", "no picture", sha256="3" * 64),
    ]
    write_ledger(entries, stack / "frames.csv")
    known = aligned(["1.dng", "2.dng"])
    first, second = known["frames"]
    first |= {"matrix": [[0.8, 0, 5], [0, 0.8, 5], [0, 0, 1]], "gain": [2.0, 2.0, 2.0]}
    first |= {"sharpness": 0.7, "residual_px": 0.1}
    second |= {"status": "failed", "reason": "shaken"}
    (stack / "stack" / "transforms.json").write_text(json.dumps(known))
    rows = frames_of(of_folder(stack, tmp_path / "logs", {}))
    assert [(row["frame"], row["status"], row["reason"]) for row in rows] == [
        (1, "used", ""),
        (2, "failed", "shaken"),
        (None, "rejected", "no picture"),
    ]
    assert (rows[0]["brightness"], rows[0]["magnification"]) == (0.5, 1.25)
    assert (rows[0]["position_um"], rows[0]["exposure_s"]) == (10.0, 0.5)
    assert (rows[0]["sharpness"], rows[0]["residual_px"]) == (0.7, 0.1)
