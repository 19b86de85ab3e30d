"""The page on which a stack's surface is turned and measured: what it tells."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from records.layout import DERIVATIVES

SURFACE_PAGE = "surface.html"


def surface_file_of(stack: Path) -> Path | None:
    """The surface that a stack's page shows: the first GLB among its derivatives."""
    return next(iter(sorted((stack / DERIVATIVES).glob("*.glb"))), None)


def surface_page_of(stack: Path) -> dict[str, Any]:
    """What the page shows; nothing where the stack has no surface.

    The mesh stands in the page itself, since from disk a browser fetches no file for a page.
    """
    found = surface_file_of(stack)
    if found is None:
        return {}
    mesh = base64.b64encode(found.read_bytes()).decode()
    return {"specimen": stack.parent.name, "view": stack.name, "glb": mesh}
