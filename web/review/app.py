"""The review site for a browser: each address leads to a page, a picture or a deed.

Who may ask, `web.safety` says; nothing here is decided, and no name of an address becomes a path
but by `web.review.names`.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import BaseRoute, Mount, Route

from imaging.errors import ImagingError
from records.errors import RecordError
from web.files import PICTURE_TYPES, STATIC, Static
from web.review import pages
from web.review.deeds import DEEDS, NotUnderstood, do, of_previews
from web.review.names import PAGES, Stack, Stacks, UnknownName, file_in
from web.review.pictures import Pictures
from web.review.preview import Previews
from web.review.progress import Progress
from web.review.templates import filled
from web.review.tiles import NoTile, Pyramid, Tiles
from web.safety import HEADERS
from web.server import is_ending

# A tile's address is another one once its picture is.
KEEP = "private, max-age=86400, immutable"
# model-viewer styles itself in the page, and reads mesh and texture as files that the page holds.
OF_SURFACES = (
    HEADERS["Content-Security-Policy"]
    .replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
    .replace("connect-src 'self'", "connect-src 'self' blob: data:")
)
# So often it is looked whether there is news, and a stream tells that it is alive.
LOOK_EVERY_S, PREVIEW_EVERY_S, ALIVE_S = 2.0, 0.2, 15.0
# And whether the server ends.
END_LOOK_S = 0.2
# Where in a page's folder pictures lie.
FOLDERS = ("", "frames", "overlays", "evidence")


def application(stacks: Stacks, others: Sequence[BaseRoute] = ()) -> Starlette:
    """The pages of a data folder.

    Parameters
    ----------
    others : what is served beside, such as retouching
    """
    review = Review(stacks)
    return Starlette(
        routes=[
            Route("/", review.collection),
            Route("/index.html", _to_the_collection),
            Mount("/static", Static(directory=STATIC, check_dir=False)),
            Route("/targets/", review.targets),
            Route("/targets/{name}", review.target_picture),
            Route("/stack/{specimen}/{view}", review.stack),
            Route("/stack/{specimen}/{view}/preview", review.preview_page),
            Route("/stack/{specimen}/{view}/surface", review.surface_page),
            Route("/preview/{specimen}/{view}", review.preview),
            Route("/preview/{specimen}/{view}/{number:int}/{method}.jpg", review.preview_picture),
            *others,
            Route(f"/{PAGES}/{{specimen}}/{{view}}/{{name}}", review.picture),
            Route("/picture/{specimen}/{view}", review.thumbnail),
            Route(f"/{PAGES}/{{specimen}}/{{view}}/{{folder}}/{{name}}", review.picture),
            Route("/files/{specimen}/{view}/{number:int}", review.file),
            Route("/events", review.events),
            Route("/do/{name}", review.do, methods=["POST"]),
            Route("/tiles/{specimen}/{view}/{image}/{level:int}/{place}.jpg", review.tile),
        ],
        exception_handlers={
            HTTPException: _told,
            UnknownName: _unknown,
            NotUnderstood: _not_understood,
            RecordError: _refused,
            ImagingError: _refused,
            500: _broken,
        },
    )


class Review:
    """Answers of the review site.

    Parameters
    ----------
    stacks : of the data folder
    """

    def __init__(self, stacks: Stacks) -> None:
        self._stacks = stacks
        self._tiles = Tiles()
        self._in_turn = asyncio.Lock()
        self._previews = Previews(stacks)
        self._deeds = {**DEEDS, **of_previews(self._previews)}
        atexit.register(self._previews.end)
        self._cutting = asyncio.Semaphore(max(2, os.cpu_count() or 2))

    async def collection(self, _: Request) -> Response:
        """The page of all stacks."""
        return HTMLResponse(
            await run_in_threadpool(
                lambda: filled("collection.html", pages.collection(self._stacks))
            )
        )

    async def targets(self, _: Request) -> Response:
        """The page of colour targets."""
        return HTMLResponse(
            await run_in_threadpool(
                lambda: filled("targets.html", pages.targets_page(self._stacks))
            )
        )

    async def target_picture(self, request: Request) -> Response:
        """A session's shot of its target."""
        name = request.path_params["name"]
        if name == "index.html":
            return RedirectResponse("/targets/", 303)
        found = await run_in_threadpool(pages.targets_file, self._stacks, name)
        return _picture("targets", found)

    async def stack(self, request: Request) -> Response:
        """The page of a stack."""

        def page() -> str:
            stack = self._named(request)
            return filled("stack.html", pages.stack_page(self._stacks, stack))

        return HTMLResponse(await run_in_threadpool(page))

    async def picture(self, request: Request) -> Response:
        """A picture that a run left beside a stack's page."""
        name = request.path_params["name"]
        stack = await run_in_threadpool(self._named, request)
        if name == "index.html":
            return RedirectResponse(f"/stack/{stack.specimen}/{stack.view}", 303)
        inner = request.path_params.get("folder", "")
        found = None
        if inner in FOLDERS:
            found = await run_in_threadpool(file_in, stack.pages, name, inner)
        return _picture(stack.name, found)

    async def thumbnail(self, request: Request) -> Response:
        """The picture by which the collection shows a stack, where none was drawn for its page."""
        stack = await run_in_threadpool(self._named, request)
        return _picture(stack.name, await run_in_threadpool(pages.picture_of, self._stacks, stack))

    async def file(self, request: Request) -> Response:
        """A file that a stack's page tells of, to be kept by the person."""
        stack = await run_in_threadpool(self._named, request)
        number = request.path_params["number"]
        found = await run_in_threadpool(pages.file_of, self._stacks, stack, number)
        if found is None:
            raise HTTPException(404, f"{stack.name}: its page tells of no such file")
        return FileResponse(found, media_type="application/octet-stream", filename=found.name)

    async def tile(self, request: Request) -> Response:
        """A tile of a picture of a stack, cut for the asking."""
        async with self._cutting:
            # Who has moved on meanwhile waits for none.
            if await request.is_disconnected():
                return Response(status_code=204)
            content = await run_in_threadpool(self._tile, request)
        return Response(content, media_type="image/jpeg", headers={"Cache-Control": KEEP})

    async def events(self, request: Request) -> Response:
        """How far a run is and what it made, when that is new: server-sent events (HTML 9.2)."""
        return _events(request, Progress(self._stacks).look, LOOK_EVERY_S)

    async def preview_page(self, request: Request) -> Response:
        """The page on which a stack is tried before its run."""

        def page() -> str:
            return filled("preview.html", pages.preview_page(self._stacks, self._named(request)))

        return HTMLResponse(await run_in_threadpool(page))

    async def surface_page(self, request: Request) -> Response:
        """The page on which a stack's surface is turned and measured."""

        def page() -> str:
            return filled("surface.html", pages.surface_page(self._named(request)))

        return HTMLResponse(
            await run_in_threadpool(page), headers={"Content-Security-Policy": OF_SURFACES}
        )

    async def preview(self, request: Request) -> Response:
        """How far a stack's quick fuse is: server-sent events (HTML 9.2)."""
        stack = await run_in_threadpool(self._named, request)

        def look() -> dict[str, Any]:
            state = self._previews.state(stack)
            for picture in state["pictures"]:
                where = f"{quote(stack.specimen)}/{quote(stack.view)}/{state['n']}"
                picture["url"] = f"/preview/{where}/{picture['method']}.jpg?of={picture['frames']}"
            return state

        return _events(request, look, PREVIEW_EVERY_S)

    async def preview_picture(self, request: Request) -> Response:
        """A picture that a quick fuse has made."""
        stack = await run_in_threadpool(self._named, request)
        asked = request.path_params
        found = self._previews.picture(stack, asked["number"], asked["method"])
        if found is None:
            raise HTTPException(404, f"{stack.name}: there is no such picture any more")
        return FileResponse(found, media_type="image/jpeg")

    async def do(self, request: Request) -> Response:
        """Do what a page asks for; 202 where it is done, or begun."""
        name = request.path_params["name"]
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            raise HTTPException(415, "what is asked comes as application/json")
        try:
            body = json.loads(await request.body())
        except (ValueError, RecursionError) as error:
            raise NotUnderstood(f"{name}: its body is no JSON") from error
        # What comes first is done first: the last choice is the one that stands.
        async with self._in_turn:
            told = await run_in_threadpool(do, self._stacks, name, body, self._deeds)
        return JSONResponse(told or {}, 202)

    def _tile(self, request: Request) -> bytes:
        stack, asked = self._named(request), request.path_params
        x, _, y = asked["place"].partition("_")
        if not all(part.isascii() and part.isdecimal() and len(part) < 8 for part in (x, y)):
            raise HTTPException(404, "a tile's place is its column and row, such as 3_1")
        try:
            pictures = Pictures(stack)
            picture = pictures.find(asked["image"])
            if picture is None:
                raise HTTPException(404, f"{stack.name}: has no such picture")
            pyramid = Pyramid(picture.source, pictures.placing)
            return self._tiles.tile(pyramid, asked["level"], int(x), int(y))
        except NoTile as error:
            raise HTTPException(404, f"{stack.name}: {error}") from error
        except FileNotFoundError as error:
            raise HTTPException(404, f"{stack.name}: the picture is gone") from error

    def _named(self, request: Request) -> Stack:
        return self._stacks.known(request.path_params["specimen"], request.path_params["view"])


def _events(
    request: Request, look: Callable[[], dict[str, Any]], every_s: float
) -> StreamingResponse:
    """A stream that tells what is seen, whenever that is new."""

    async def told() -> AsyncIterator[str]:
        last, said = "", time.monotonic()
        while not (is_ending(request.scope) or await request.is_disconnected()):
            text = json.dumps(await run_in_threadpool(look), ensure_ascii=False, allow_nan=False)
            if text != last:
                last, said = text, time.monotonic()
                yield f"data: {text}\n\n"
            elif time.monotonic() - said > ALIVE_S:
                said = time.monotonic()
                yield ": nothing new\n\n"
            await _rest(request, every_s)

    return StreamingResponse(told(), media_type="text/event-stream")


async def _rest(request: Request, seconds: float) -> None:
    """Wait, but not for a server that ends."""
    until = time.monotonic() + seconds
    while not is_ending(request.scope) and (left := until - time.monotonic()) > 0:
        await asyncio.sleep(min(left, END_LOOK_S))


def _picture(whose: str, found: Path | None) -> Response:
    kind = PICTURE_TYPES.get(found.suffix) if found else None
    if found is None or kind is None:
        raise HTTPException(404, f"{whose}: there is no such picture")
    return FileResponse(found, media_type=kind)


async def _to_the_collection(_: Request) -> Response:
    return RedirectResponse("/", 303)


async def _told(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


async def _unknown(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 404)


async def _not_understood(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 400)


async def _refused(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 409)


async def _broken(_: Request, error: Exception) -> Response:
    told = f"review: the program broke ({type(error).__name__}); its terminal says where"
    return JSONResponse({"error": told}, 500)
