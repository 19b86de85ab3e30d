"""The files of the review site: pages filled with their data, beside copies of what they use.

A page from disk asks nothing of a server: its data stand in it, and modules, which browsers refuse
to load from files, are in one classic script, `modules.js`.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from records.files import write_note, write_notes
from records.reports.modules import modules_script

DATA, PAGE = "stack.json", "index.html"
_SLOT = '<script type="application/json" id="data"></script>'
_MODULE = re.compile(r'<script type="module" src="/?static/([^"]+)"></script>')
_STATIC = re.compile(r'\b(href|src)="/?static/')
# Where the environment has what it took from npm; not on every machine (envs/run.py).
FROM_NPM = Path(sys.prefix) / "web" / "node_modules"
# Pages get copies, since they are to work without the program. Without it, they do not enlarge.
VENDOR = {
    "vendor/openseadragon.min.js": "openseadragon/build/openseadragon/openseadragon.min.js",
    "vendor/model-viewer-umd.min.js": "@google/model-viewer/dist/model-viewer-umd.min.js",
}
# What the pages that work from disk begin with.
_PAGES = ("collection", "stack", "preview", "surface", "targets")
_MAINS = tuple(f"{name}/main.js" for name in _PAGES)


@dataclass(frozen=True)
class Site:
    """Where the site lies.

    Attributes
    ----------
    results : folder of `index.html`
    static : folder of the program with templates, styles and modules
    """

    results: Path
    static: Path

    @property
    def index(self) -> Path:
        """The page of the collection."""
        return self.results / "index.html"

    def folder(self, specimen: str, view: str) -> Path:
        """The folder of a stack's page."""
        return self.results / "review" / specimen / view

    @property
    def targets(self) -> Path:
        """The page of colour targets, where there is one."""
        return self.results / "targets" / "index.html"


def write_collection(site: Site, data: Mapping[str, Any]) -> None:
    """Write the page of the collection."""
    template = site.static / "collection.html"
    if template.is_file():
        write_note(site.index, filled(template.read_text("utf-8"), as_json(data), "").encode())


def write_targets(site: Site, page: Path, data: Mapping[str, Any]) -> None:
    """Write the page of colour targets, in a folder of `results`, with what it shows with."""
    template = site.static / "targets.html"
    put_static(site)
    write_note(page, filled(template.read_text("utf-8"), as_json(data), "../").encode())


def write_stack(
    site: Site, data: Mapping[str, Any], notes: Mapping[str, bytes] | None = None
) -> None:
    """Write a stack's data, its page, and what else is noted beside it.

    Parameters
    ----------
    notes : content by the name of the file
    """
    folder = site.folder(data["specimen"], data["view"])
    told = as_json(data)
    page = stack_page(site, told)
    write_notes(folder, {DATA: told.encode(), **({PAGE: page} if page else {}), **(notes or {})})


def stack_page(site: Site, data: str) -> bytes | None:
    """A stack's page of its data, as JSON; None without a template."""
    template = site.static / "stack.html"
    if not template.is_file():
        return None
    return filled(template.read_text("utf-8"), data, "../../../").encode()


def write_beside(
    site: Site, folder: Path, template_name: str, name: str, data: Mapping[str, Any]
) -> None:
    """Write another page of a stack, beside its own: that of its crop, or its surface."""
    template = site.static / template_name
    if template.is_file():
        page = filled(template.read_text("utf-8"), as_json(data), "../../../")
        write_note(folder / name, page.encode())


def template_of(site: Site) -> str:
    """Changes when a stack's page is to be filled anew, with the same data."""
    template = site.static / "stack.html"
    return _digest_of(template, template.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _digest_of(template: Path, _changed_ns: int) -> str:
    return hashlib.sha256(template.read_bytes()).hexdigest()[:16]


def as_json(data: object) -> str:
    """Data in one line; what is no number to JSON is null, as what is not known."""
    try:
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError:
        # Python alone reads NaN back, and a page would not open for it.
        plain = json.loads(json.dumps(data), parse_constant=lambda _: None)
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def filled(template: str, data: str, to_static: str) -> str:
    """A page that works from disk.

    Nothing in the data ends the element that they stand in: a `<` is written as JSON escapes it.

    Parameters
    ----------
    data : as JSON
    to_static : from the page to the folder of `static/`, such as `../`
    """
    inline = data.replace("<", "\\u003c")
    page = _MODULE.sub(
        lambda match: (
            f'<script src="{to_static}static/modules.js" data-main="{match[1]}"></script>'
        ),
        template,
    )
    page = _STATIC.sub(lambda match: f'{match[1]}="{to_static}static/', page)
    # The data last: nothing that stands in them is taken for the template's.
    return page.replace(_SLOT, _SLOT.replace("></", f">{inline}</"))


def put_static(site: Site) -> None:
    """Copy what the pages use beside them, where it is not there as it is."""
    # Not below `review/`, where a specimen may have any name.
    target = site.results / "static"
    for path in sorted(site.static.rglob("*")):
        if path.is_file() and path.suffix != ".html":
            name = path.relative_to(site.static)
            _put(path.read_bytes(), target / name)
    for copy, source in VENDOR.items():
        if (FROM_NPM / source).is_file():
            _put((FROM_NPM / source).read_bytes(), target / copy)
    mains = [name for name in _MAINS if (site.static / name).is_file()]
    _put(modules_script(site.static, mains).encode(), target / "modules.js")


def _put(content: bytes, target: Path) -> None:
    if not target.is_file() or target.read_bytes() != content:
        write_note(target, content)
