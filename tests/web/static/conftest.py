"""The pages' modules in the system's own Chromium, which is given the files without a server."""

from __future__ import annotations

from pathlib import Path

import pytest

STATIC = Path(__file__).parents[3] / "web" / "static"
KINDS = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
}


@pytest.fixture(scope="module")
def blank(chromium):
    """A page that can load every module of `static/`, and nothing else."""
    context = chromium.new_context(locale="en")
    page = context.new_page()

    def give(route) -> None:
        path = route.request.url.split("/", 3)[3]
        file = STATIC / path.removeprefix("static/")
        if path.startswith("static/") and file.is_file():
            route.fulfill(body=file.read_bytes(), content_type=KINDS[file.suffix])
        else:
            route.fulfill(body="<!doctype html><title>blank</title>", content_type="text/html")

    page.route("**/*", give)
    page.goto("http://page.test/")
    yield page
    context.close()


@pytest.fixture
def ask(blank):
    """A function that runs an expression with a module's names in it, as `m`."""

    def run(module: str, expression: str, given=None):
        return blank.evaluate(
            f"async given => {{ const m = await import('/static/{module}');return {expression}; }}",
            given,
        )

    return run
