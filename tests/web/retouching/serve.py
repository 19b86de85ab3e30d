"""The retouching pages of a folder: `python -m tests.web.retouching.serve DATA PORT`.

With a third word, whatever it is, a server that was killed is followed by another at once, its
journal is shortened as often as can be, and the process of each is printed.
"""

from __future__ import annotations

import mimetypes
import os
import socket
import sys
from pathlib import Path
from types import SimpleNamespace

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from records.errors import RecordError
from records.retouching import strokes
from web.retouching import painted
from web.retouching.routes import STATIC, routes
from web.safety import HEADERS

ROOT = Path(__file__).resolve().parents[3]


class UnknownName(RecordError):
    """As `web.review.names` has it."""


def application(data: Path):
    """The pages with the headers that `web.safety` sets."""
    mimetypes.add_type("text/javascript", ".js")

    def known(specimen: str, view: str) -> SimpleNamespace:
        folder = data / "specimens" / specimen / view
        if specimen in (".", "..") or view in (".", "..") or not folder.is_dir():
            raise UnknownName(f"there is no stack {specimen}/{view}")
        return SimpleNamespace(
            specimen=specimen, view=view, folder=folder, archive=data / "archive"
        )

    pages = Starlette(
        routes=[
            Mount("/static", StaticFiles(directory=STATIC)),
            *routes(SimpleNamespace(known=known, data=data, workflow=ROOT)),
        ]
    )

    async def safe(scope, receive, send) -> None:
        async def with_headers(message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await pages(scope, receive, with_headers)

    return safe


def again(data: Path, port: int) -> None:
    """Serve, for ever."""
    painted.LONG_BYTES = 0
    # What takes long to load is there before the first one.
    strokes.parse({"format": strokes.FORMAT, "width_px": 1, "height_px": 1, "strokes": []}, "none")
    listener = socket.create_server(("127.0.0.1", port))
    while True:
        child = os.fork()
        if child == 0:
            uvicorn.run(application(data), fd=listener.fileno(), log_level="error", lifespan="off")
            os._exit(0)
        print(child, flush=True)
        os.waitpid(child, 0)


if __name__ == "__main__":
    if len(sys.argv) > 3:
        again(Path(sys.argv[1]), int(sys.argv[2]))
    uvicorn.run(
        application(Path(sys.argv[1])),
        host="127.0.0.1",
        port=int(sys.argv[2]),
        log_level="warning",
        lifespan="off",
    )
