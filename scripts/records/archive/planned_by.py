"""What a plan goes by of a stack's folder: can it, or is a record damaged?

A plan is made for all stacks at once, and a stack that it cannot go by is held, with the reason.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from records.errors import RecordError
from records.layout import FACTS, LEDGER, RECEIPT, SETTINGS, SHEET_ROW
from records.record import read_record

# Kinds of what the receipt says, and of what a stack's settings and row say under every key.
_OF_RECEIPT: Mapping[str, type] = {
    **dict.fromkeys(("object", "version", "path", "inventory_sha256", "description_sha256"), str),
    "code": dict,
}
_OF_FACTS: Mapping[str, type] = {SETTINGS: dict, SHEET_ROW: str}
_NEEDED = ("object", "version")


def damaged_records(stack: Path) -> str:
    """Which record of a stack a plan cannot go by, why, and what to do; empty if none.

    Parameters
    ----------
    stack : its folder
    """
    ledger = stack / LEDGER
    if os.path.lexists(ledger) and not ledger.is_file():
        return f"{ledger}: is no file that can be read; take it away and run again"
    for name, kind in {RECEIPT: "receipt", **FACTS}.items():
        path = stack / name
        if os.path.lexists(path) and (fault := _fault(path, kind)):
            return f"{fault}, then what it says is found out anew"
    return ""


def _fault(path: Path, kind: str) -> str:
    again = f"restore {path}, or remove it and run again"
    try:
        record = read_record(path, kind)
    except RecordError as error:
        return f"{error}: {again}"
    is_receipt = path.name == RECEIPT
    for key, value in record.items():
        wanted = _OF_RECEIPT.get(key, object) if is_receipt else _OF_FACTS[path.name]
        if not isinstance(value, wanted):
            return f"{path}: is damaged: {value!r} is nothing that it can say as {key}: {again}"
    missing = [key for key in _NEEDED if is_receipt and key not in record]
    return f"{path}: is damaged: {missing[0]} is missing: {again}" if missing else ""
