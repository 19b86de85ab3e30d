"""A warning that a person has looked at: into the cell `acknowledge` of the sheet, with why."""

from __future__ import annotations

from records.errors import RecordError
from records.sheet.acknowledged import CODES, parse_acknowledged
from records.sheet.stacks import SheetRow
from web.review.cells import set_cells
from web.review.names import Stack, Stacks

MOST_LETTERS = 200


def acknowledge(stacks: Stacks, stack: Stack, code: str, reason: str) -> None:
    """Acknowledge a warning of a stack, or say another reason; without one, take it back.

    Raises
    ------
    RecordError : there is no such warning, the reason is none for a cell, or the sheet can't be
        written
    """
    reason = reason.strip()
    if code not in CODES:
        raise RecordError(f"there is no warning {code!r} that could be acknowledged")
    if len(reason) > MOST_LETTERS or not reason.isprintable():
        raise RecordError(f"a reason is one line of at most {MOST_LETTERS} letters")
    if ";" in reason:
        raise RecordError("a reason has no semicolon, which would end it in the sheet")

    def decide(row: SheetRow) -> dict[str, str]:
        reasons = parse_acknowledged(row.cells.get("acknowledge", ""))
        reasons.pop(code, None)
        if reason:
            reasons[code] = reason
        return {"acknowledge": "; ".join(f"{name}: {why}" for name, why in reasons.items())}

    set_cells(stacks, stack, decide)
