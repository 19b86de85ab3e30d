"""Serve pages to browsers on this computer, from a thread: the main thread is the rig's."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from hardware.errors import RigError

HOST = "127.0.0.1"
# So many ports from the one wanted on are tried: as many benches are at no computer.
PORTS = 20
# For answers under way when the server ends.
END_S = 2
# Where an answer that never ends by itself, as a stream of events, finds that the server ends.
_ENDING = "holostack.ending"


def listening(port: int) -> socket.socket:
    """A socket that listens on this computer only, at `port` or at the next one that is free.

    Raises
    ------
    RigError : all that were tried are in use
    """
    for number in range(port, min(port + PORTS, 65536)):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            # A port that was in use a minute ago is free; one that is in use now is not, for Linux.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((HOST, number))
            listener.listen(64)
        except OSError:
            listener.close()
        else:
            return listener
    raise RigError(
        f"web: the ports {port} to {min(port + PORTS, 65536) - 1} are in use; give another with "
        "--port"
    )


def is_ending(scope: Scope) -> bool:
    """Whether the server that asks is about to end, and a stream is to end with it."""
    ending = scope.get(_ENDING)
    return isinstance(ending, Event) and ending.is_set()


@contextmanager
def serving(application: ASGIApp, listener: socket.socket) -> Iterator[None]:
    """Answer what comes to `listener` until the way out; who asks then is cut off."""
    ending = Event()

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        await application({**scope, _ENDING: ending}, receive, send)

    config = uvicorn.Config(
        answering,
        http="h11",
        ws="none",
        lifespan="off",
        # What is asked is no news, and an address may hold the token.
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=END_S,
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, args=([listener],), name="server", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        server.should_exit = True
        thread.join(2 * END_S + 1)
        listener.close()
