"""The page on which a stack's surface is turned and measured: what it tells."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from records.layout import DERIVATIVES

SURFACE_PAGE = "surface.html"


def surface_page_of(stack: Path) -> dict[str, Any]:
    """What the page shows: the first GLB among a stack's derivatives; nothing where there is none.

    The mesh stands in the page itself, since from disk a browser fetches no file for a page.
    """
    found = sorted((stack / DERIVATIVES).glob("*.glb"))
    if not found:
        return {}
    mesh = base64.b64encode(found[0].read_bytes()).decode()
    return {"specimen": stack.parent.name, "view": stack.name, "glb": mesh}
