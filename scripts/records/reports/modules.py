"""All modules that pages run, as one classic script for pages that are opened from disk.

Browsers take modules (`<script type="module" src=…>`, `import`) from no file (HTML 8.1.3: a module
is fetched with CORS, and a file has an origin of its own). A classic script may come from a file,
so one holds the texts of all modules, and `web/static/disk.js` after them makes modules of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

# What an import names, up to the end of the name or to where a part of it is filled in.
_IMPORT = re.compile(
    r"""(\bfrom\s*|\bimport\s*\(?\s*)(["'`])(\.{1,2}/(?:(?!\2)[^$\n])*)((?:(?!\2).)*)\2"""
)
# Names that the texts' modules call each other by, as `disk.js` has them too.
_NAMES = "holostack/"


def modules_script(static: Path, mains: Iterable[str]) -> str:
    """The script `modules.js` for pages from disk.

    A page calls it by `<script src="…/modules.js" data-main="stack/main.js"></script>`.

    Parameters
    ----------
    static : the folder `web/static`
    mains : modules that pages begin with, relative to it, such as "stack/main.js"; what they
        import, and what that imports, is taken along

    Returns
    -------
    JavaScript that is ASCII, so that no page's encoding matters

    Raises
    ------
    FileNotFoundError : a module imports one that is not there
    """
    texts: dict[str, str] = {}
    wanted = sorted(mains, reverse=True)
    while wanted:
        name = wanted.pop()
        if name not in texts:
            texts[name], further = _renamed(static, name)
            wanted += further
    loader = (static / "disk.js").read_text("utf-8")
    given = json.dumps(dict(sorted(texts.items())), indent=0)
    return f"window.holostackModules = {given};\n{_ascii(loader)}"


def _renamed(static: Path, name: str) -> tuple[str, list[str]]:
    """A module's text with what it imports by name instead of by path, and what it imports."""
    further: list[str] = []

    def rename(found: re.Match[str]) -> str:
        before, quote, path, filled_in = found.groups()
        target = _resolved(PurePosixPath(name).parent, path)
        if filled_in:
            # As in import(`../words/${name}.js`): each that it may be.
            pattern = target + re.sub(r"\$\{.*?\}", "*", filled_in)
            further.extend(one.relative_to(static).as_posix() for one in static.glob(pattern))
        else:
            further.append(target)
        return f"{before}{quote}{_NAMES}{target}{filled_in}{quote}"

    text = _IMPORT.sub(rename, (static / name).read_text("utf-8"))
    return text, sorted(further, reverse=True)


def _resolved(folder: PurePosixPath, path: str) -> str:
    """A path that starts at `folder`, without `.` and `..`; a slash at its end stays."""
    parts = list(folder.parts)
    for part in path.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def _ascii(text: str) -> str:
    """The loader's text; what it says beyond ASCII stands in comments only."""
    return text.encode("ascii", "replace").decode("ascii")
