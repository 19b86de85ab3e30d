"""Files of `static/`: what pages are made of, for any of the servers."""

from __future__ import annotations

import mimetypes
import os
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from records.reports.review_site import FROM_NPM, VENDOR

STATIC = Path(__file__).resolve().parent / "static"
# Of pictures that are not of `static/`, by their names' endings.
PICTURE_TYPES = {
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".avif": "image/avif",
}
# What a system's own list says of it is not always right, and modules run as no other type.
mimetypes.add_type("text/javascript", ".js")


class Static(StaticFiles):
    """Files of `static/`, which a browser may keep but asks for again; of npm what pages name."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """Where a file lies that is asked for."""
        if path in VENDOR:
            found = FROM_NPM / VENDOR[path]
            return (str(found), found.stat()) if found.is_file() else ("", None)
        return super().lookup_path(path)

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """A file, or that it has not changed."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = "no-cache"
        return response
