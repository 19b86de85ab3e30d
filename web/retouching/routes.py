"""Retouching for a browser: below `/stack/SPECIMEN/VIEW/retouch`, its page, tiles and deeds.

`draw` takes points of a stroke while it is drawn and says how many are on disk, so that a page
sends again what was not heard. All other deeds name strokes and may be asked twice.
"""

from __future__ import annotations

import atexit
import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from imaging.errors import ImagingError
from records.archive.ocfl import object_id
from records.errors import RecordError
from records.machine import in_words
from records.retouching.strokes import Edit
from web.retouching.asked import Asked, read
from web.retouching.making import Making, target
from web.retouching.room import Room, Rooms

STATIC = Path(__file__).resolve().parents[1] / "static"
MOST_DIGITS = 6


class Stack(Protocol):
    """A stack by its name."""

    @property
    def specimen(self) -> str:
        """Its specimen's folder."""

    @property
    def view(self) -> str:
        """Its own."""

    @property
    def folder(self) -> Path:
        """Where it lies."""

    @property
    def archive(self) -> Path:
        """Storage root of the archive, there or not."""


class Stacks(Protocol):
    """Leads from names in addresses to folders that are known."""

    @property
    def data(self) -> Path:
        """The folder that the trees are in."""

    @property
    def workflow(self) -> Path:
        """The folder of the Snakefile."""

    # The one of `web.review.names`; tests have another.
    @property
    def known(self) -> Callable[[str, str], Any]:
        """The stack of a specimen and a view."""


def routes(stacks: Stacks) -> list[BaseRoute]:
    """The addresses of retouching; who may ask, `web.safety` says."""
    pages = Pages(stacks)
    base = "/stack/{specimen}/{view}/retouch"
    return [
        Route(base, pages.page),
        Route(f"{base}/state", pages.state),
        Route(f"{base}/making", pages.making),
        Route(f"{base}/tiles/{{name}}/{{level}}/{{place}}.jpg", pages.tile),
        Route(f"{base}/do/{{deed}}", pages.do, methods=["POST"]),
    ]


class Pages:
    """Answers for the retouching page."""

    def __init__(self, stacks: Stacks) -> None:
        self._stacks = stacks
        self._rooms = Rooms()
        self._making = Making(stacks.data, stacks.workflow)
        atexit.register(self._making.end)

    async def page(self, request: Request) -> Response:
        """The page itself; what it shows it asks for."""
        try:
            await run_in_threadpool(self._stack, request)
        except RecordError as error:
            return _refused(str(error), 404)
        return FileResponse(STATIC / "retouch.html", media_type="text/html")

    async def state(self, request: Request) -> Response:
        """Everything that the page has to know when it opens."""

        def told() -> Response:
            stack, room = self._room(request)
            room.follow()
            return JSONResponse(
                {
                    "specimen": stack.specimen,
                    "view": stack.view,
                    "command": self._command(stack),
                    "making": self._making.state(stack.specimen, stack.view, stack.folder),
                    **room.facts(),
                    **room.told(),
                }
            )

        return await _answered(told)

    async def making(self, request: Request) -> Response:
        """How the master stands to the strokes, and how far it is where it is being made."""

        def told() -> Response:
            stack = self._stack(request)
            return JSONResponse(self._making.state(stack.specimen, stack.view, stack.folder))

        return await _answered(told)

    async def tile(self, request: Request) -> Response:
        """A tile of a source, or of the result."""
        name, level = request.path_params["name"], request.path_params["level"]
        column, _, row = request.path_params["place"].partition("_")
        if not all(map(_is_number, (level, column, row))):
            return _refused("a tile's address has its level and place", 404)

        def cut() -> Response:
            _, room = self._room(request)
            found = room.tile(name, int(level), int(column), int(row))
            if found is None:
                return _refused("there is no such tile", 404)
            # A source's address has its digest; the result is another after each stroke.
            keep = (
                "no-store" if name in ("result", "before") else "private, max-age=86400, immutable"
            )
            return Response(found, media_type="image/jpeg", headers={"Cache-Control": keep})

        return await _answered(cut)

    async def do(self, request: Request) -> Response:
        """Do what the page asks for, if it holds the pen."""
        deed = request.path_params["deed"]
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return _refused("what is asked comes as application/json", 415)
        try:
            asked = read(deed, json.loads(await request.body()))
        except (ValueError, RecursionError):
            return _refused(f"{deed}: its body is no JSON", 400)
        except RecordError as error:
            return _refused(str(error), 400)

        def done() -> Response:
            stack, room = self._room(request)
            if asked.leave:
                room.pen.put_down(asked.page)
                return JSONResponse({"yours": False})
            is_theirs = room.pen.is_with(asked.page, asked.take)
            if deed == "pen":
                return JSONResponse({"yours": is_theirs, "revision": room.painted.revision})
            if not is_theirs:
                return _refused("another page is painting in this stack", 423)
            if deed == "make":
                self._making.make(stack.specimen, stack.view, stack.folder)
                return JSONResponse(
                    self._making.state(stack.specimen, stack.view, stack.folder), 202
                )
            return JSONResponse(_done(room, deed, asked))

        return await _answered(done)

    def _command(self, stack: Stack) -> str:
        """What makes the master with its strokes."""
        words = "python3 envs/run.py snakemake --cores all --directory"
        data = self._stacks.data
        made = target(data, stack.specimen, stack.view, stack.folder).as_posix()
        return f"{words} {shlex.quote(str(data))} {shlex.quote(made)}"

    def _stack(self, request: Request) -> Stack:
        stack: Stack = self._stacks.known(
            request.path_params["specimen"], request.path_params["view"]
        )
        return stack

    def _room(self, request: Request) -> tuple[Stack, Room]:
        stack = self._stack(request)
        name = object_id(stack.specimen, stack.view)
        return stack, self._rooms.of(stack.folder, stack.archive, name)


def _done(room: Room, deed: str, asked: Asked) -> dict[str, Any]:
    """Do it, and tell what it changed."""
    answer: dict[str, Any] = {}
    if deed == "draw":
        assert asked.stroke is not None
        stroke = {**asked.stroke, "source": room.known(asked.stroke).as_record()}
        have, ended = room.painted.draw(stroke, asked.first, asked.points, asked.of)
        if ended is None:
            return {"have": have}
        # Of many strokes, this one alone: a page asks for all where it knows others.
        box, revision = list(room.follow()), room.painted.revision
        told = room.stroke(ended)
        return {"have": have, "changed_px": box, "revision": revision, "stroke": told}
    for name in asked.names:
        if deed == "heal":
            answer["candidates"] = room.candidates(name)
            for best in answer["candidates"][:1]:
                room.take_from(name, best)
        elif deed == "source":
            room.take_from(name, asked.source)
        elif deed == "reason":
            room.painted.explain(name, asked.reason, Edit(asked.person, asked.time))
        elif deed == "undo":
            room.painted.undo(name)
        elif deed == "redo":
            room.painted.redo(name)
        elif deed == "finish":
            room.painted.finish(name)
        elif deed == "forget":
            room.painted.forget(name)
    if deed == "confirm":
        room.confirm(asked.names)
    changed = room.follow()
    return {**answer, "changed_px": list(changed), **_without_paths(room, asked)}


def _without_paths(room: Room, asked: Asked) -> dict[str, Any]:
    """What is told of the strokes after each deed; their paths the page has, but for new ones."""
    told = room.told()
    new = set(asked.names)
    for one in (*told["strokes"], *told["undone"]):
        if one["id"] not in new:
            del one["path_px"]
    return told


async def _answered(make: Callable[[], Response]) -> Response:
    try:
        return await run_in_threadpool(make)
    except (RecordError, ImagingError) as error:
        return _refused(str(error), 404 if type(error).__name__ == "UnknownName" else 409)
    except OSError as error:
        return _refused(f"retouching: {in_words(error)}", 507)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS


def _refused(sentence: str, status: int) -> Response:
    return JSONResponse({"error": sentence}, status)
