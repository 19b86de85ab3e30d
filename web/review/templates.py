"""Pages as they are served: a template of `static/`, its data in it, alive."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from records.errors import RecordError
from web.files import STATIC

# Where the data go, as the templates have it and as a run's pages do.
PLACE = re.compile(r'(<script type="application/json" id="data">)(.*?)(</script>)', re.DOTALL)
_STATIC_ADDRESS = re.compile(r'\b(src|href)="static/')
_BODY = re.compile(r"<body\b([^>]*)>")


def filled(name: str, data: Mapping[str, Any]) -> str:
    """A page with its data, for a browser that came by this server.

    Parameters
    ----------
    name : of the template, such as `stack.html`
    """
    page = (STATIC / name).read_text("utf-8")
    page = _STATIC_ADDRESS.sub(r'\1="/static/', page)
    page = _BODY.sub(_alive, page, count=1)
    # A function: in a text, backslashes would be taken for references.
    return PLACE.sub(lambda found: f"{found[1]}{in_page(data)}{found[3]}", page, count=1)


def in_page(data: Mapping[str, Any]) -> str:
    """JSON that ends no script element, whatever its texts hold (HTML 4.12.1.3)."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")


def data_of(page: Path) -> dict[str, Any]:
    """The data of a page that a run wrote.

    Raises
    ------
    RecordError : it is no such page
    """
    found = PLACE.search(page.read_text("utf-8"))
    try:
        data = json.loads(found[2]) if found else None
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise RecordError(f"{page}: holds no data of a collection; let a run write it again")
    return data


def _alive(body: re.Match[str]) -> str:
    rest = re.sub(r'\s*data-live="[^"]*"', "", body[1])
    return f'<body{rest} data-live="yes">'
