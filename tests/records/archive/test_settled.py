"""An archived stack is settled while sheet and configuration say what it was archived with."""

from __future__ import annotations

from pathlib import Path

import pytest

from records.archive.settled import is_settled
from records.layout import SETTINGS, SHEET_ROW
from records.record import write_record

WEB, PRINT = {"format": "jpeg", "long_edge_px": 2048}, {"format": "tiff"}
CELLS = {"specimen": "A-1", "view": "top"}
SHIPPED = {"derive": {"web": WEB}}


def archived(folder: Path, **derive: object) -> Path:
    write_record(folder / SETTINGS, "settings", {"derive": derive})
    write_record(folder / SHEET_ROW, "sheet", CELLS)
    return folder


@pytest.mark.parametrize(
    ("then", "now", "when_asked", "settled"),
    [
        ({"web": WEB}, {"web": WEB}, {"print"}, True),
        # Archived when each master got one.
        ({"web": WEB, "print": PRINT}, {"web": WEB}, {"print"}, True),
        ({"web": WEB, "print": PRINT}, {"web": WEB, "print": PRINT}, (), True),
        # A person wants one with each master, or none at all.
        ({"web": WEB}, {"web": WEB, "print": PRINT}, (), False),
        ({"web": WEB, "print": PRINT}, {"web": WEB}, (), False),
    ],
)
def test_a_derivative_that_is_no_longer_made_unasked_stays_where_it_is_archived(
    tmp_path, then, now, when_asked, settled
):
    stack = archived(tmp_path, **then)
    assert is_settled(stack, {"derive": now}, SHIPPED, CELLS, when_asked) == settled
