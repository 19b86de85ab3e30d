"""The bench for a browser: each address leads to one thing that the rig, the table or the runs do.

Nothing is decided here, and nothing ends with a page: what runs belongs to the process.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route

from hardware.errors import RigError
from records.errors import RecordError
from web.bench.asked import NotUnderstood, read
from web.bench.bench import Bench
from web.files import PICTURE_TYPES, STATIC, Static
from web.server import is_ending

# So long a thread waits for news at once: then it looks whether anybody still listens.
WAIT_S = 1.0
# A page that asks for a live picture is answered after so long, if with none.
LIVE_S = 10.0
# So often a stream of events tells that it is alive.
ALIVE_S = 10.0
# Between two states: more than a person can follow is not sent.
BETWEEN_S = 0.04


def application(bench: Bench) -> Starlette:
    """The pages of a bench; who may ask for them, `web.safety` says."""
    pages = Pages(bench)
    return Starlette(
        routes=[
            Route("/", pages.page),
            Mount("/static", Static(directory=STATIC, check_dir=False)),
            Route("/events", pages.events),
            Route("/live", pages.live),
            Route("/do/{name}", pages.do, methods=["POST"]),
            Route("/{address:path}", pages.picture),
        ],
        exception_handlers={HTTPException: _told, 500: _broken},
    )


class Pages:
    """Answers of a bench."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        # What comes first is done first: a number scanned right after "next" stays on the table.
        self._in_turn = asyncio.Lock()

    async def page(self, _: Request) -> Response:
        """The page itself."""
        return FileResponse(STATIC / "bench.html", media_type="text/html")

    async def events(self, request: Request) -> Response:
        """The whole state, now and whenever it has changed, as server-sent events (HTML 9.2)."""

        async def told() -> AsyncIterator[str]:
            after, said = -1, time.monotonic()
            while not (is_ending(request.scope) or await request.is_disconnected()):
                state = await run_in_threadpool(self._bench.changed, after, WAIT_S)
                if state is not None:
                    after = state["number"]
                    yield f"data: {json.dumps(state, allow_nan=False)}\n\n"
                    said = time.monotonic()
                    await asyncio.sleep(BETWEEN_S)
                elif time.monotonic() - said > ALIVE_S:
                    yield ": nothing new\n\n"
                    said = time.monotonic()

        return StreamingResponse(told(), media_type="text/event-stream")

    async def live(self, request: Request) -> Response:
        """The newest live picture, once there is one after that of the number given."""
        after = request.query_params.get("after", "0")
        if not (after.isascii() and after.isdecimal()) or len(after) > 15:
            raise HTTPException(400, "live: after is the number of the last picture")
        until = time.monotonic() + LIVE_S
        while time.monotonic() < until and not is_ending(request.scope):
            if await request.is_disconnected():
                break
            picture = await run_in_threadpool(self._bench.desk.live, int(after), WAIT_S)
            if picture is not None:
                known = (
                    {}
                    if picture.position_um is None
                    else {"Holostack-Position-Um": f"{picture.position_um:.2f}"}
                )
                return Response(
                    picture.jpeg,
                    media_type="image/jpeg",
                    headers={
                        "Holostack-Number": str(picture.number),
                        "Holostack-Source": picture.source,
                        **known,
                    },
                )
        return Response(status_code=204)

    async def picture(self, request: Request) -> Response:
        """A picture whose address stands in the state: what was not told cannot be asked for."""
        address = request.scope["path"]
        found = await run_in_threadpool(self._bench.picture, address)
        if found is None:
            raise HTTPException(404, f"bench: there is no {address}")
        kind = PICTURE_TYPES.get(Path(address).suffix, "image/jpeg")
        if isinstance(found, Path):
            return FileResponse(found, media_type=kind)
        return Response(found, media_type=kind)

    async def do(self, request: Request) -> Response:
        """Ask for something; 202 where it is taken on, and what comes of it stands in the state."""
        name = request.path_params["name"]
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            raise HTTPException(415, "bench: what is asked comes as application/json")
        try:
            given = read(name, json.loads(await request.body()))
        except (ValueError, RecursionError) as error:
            raise HTTPException(400, f"{name}: its body is no JSON") from error
        except NotUnderstood as error:
            raise HTTPException(400, str(error)) from error
        try:
            if name == "stop":
                # Waits for no thread.
                self._bench.desk.stop()
            else:
                async with self._in_turn:
                    await run_in_threadpool(self._bench.do, name, given)
        except (RigError, RecordError) as error:
            raise HTTPException(409, str(error)) from error
        return JSONResponse({}, 202)


async def _told(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


async def _broken(_: Request, error: Exception) -> Response:
    told = f"bench: the program broke ({type(error).__name__}); its terminal says where"
    return JSONResponse({"error": told}, 500)
