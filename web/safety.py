"""Let nobody but the person at this computer ask: what stands before every page and every deed.

A server on the loopback is reached by every program of the computer, and by every page that is open
in its browser, whoever wrote it. So each request must

- call this computer by a name of the loopback: where somebody has a name of his own lead here (DNS
  rebinding), the browser takes his page for one of ours;
- come from a page of this very server, as `Origin` and `Sec-Fetch-Site` tell (Fetch Metadata, W3C);
- bring the cookie, which only the address with the token sets, and which no script can read;
- be small.

Answers are kept in no cache, and a page runs and shows only what this server gives (Content
Security Policy Level 3, W3C).
"""

from __future__ import annotations

import re
import secrets

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.requests import cookie_parser
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# With any port: through a tunnel the browser calls another.
LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?", re.ASCII)
# Of a body; what a page asks is a name and some numbers.
MOST_BYTES = 64 * 1024
READS = ("GET", "HEAD")
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
OPEN_IT = "open the address that `python -m web` printed, with its token"


class Safety:
    """An ASGI application before another one.

    Parameters
    ----------
    application : is asked only what is allowed
    token : stands in the address that a person opens
    cookie : name of the cookie; browsers do not tell the ports of a host apart, so every server
        at a computer needs another one
    """

    def __init__(self, application: ASGIApp, token: str, cookie: str) -> None:
        self._application = application
        self._token = token
        self._name = cookie
        self._cookie = secrets.token_urlsafe(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or have it answered."""
        if scope["type"] != "http":
            raise ValueError(f"{scope['type']}: only HTTP is served")

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        answer = self._answer(scope)
        if answer is None and scope["method"] not in READS:
            body = await _body(Headers(scope=scope), receive)
            if body is None:
                answer = _refused(f"a request holds at most {MOST_BYTES} bytes", 413)
            else:
                receive = _once(body, receive)
        await (answer or self._application)(scope, receive, send_safely)

    def _answer(self, scope: Scope) -> Response | None:
        """What is answered here; None for what the application may answer."""
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not LOOPBACK.fullmatch(hosts[0]):
            return _refused("this computer is called 127.0.0.1 or localhost", 403)
        origins = headers.getlist("origin") or [""]
        if origins != [f"http://{hosts[0]}"] and (origins != [""] or scope["method"] not in READS):
            return _refused("only pages of this server may ask it", 403)
        if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            return _refused(f"only pages of this server may ask it: {OPEN_IT}", 403)
        token = QueryParams(scope["query_string"]).get("token")
        if scope["path"] == "/" and token is not None:
            if not _same(token, self._token):
                return _refused(f"this token is of a server before: {OPEN_IT}", 403)
            entered = RedirectResponse("/", 303)
            entered.set_cookie(self._name, self._cookie, httponly=True, samesite="strict")
            return entered
        given = cookie_parser(headers.get("cookie", "")).get(self._name, "")
        return None if _same(given, self._cookie) else _refused(OPEN_IT, 403)


def _refused(sentence: str, status: int) -> Response:
    return JSONResponse({"error": sentence}, status)


def _same(one: str, other: str) -> bool:
    """Compare in a time that tells nothing of how far they agree."""
    return secrets.compare_digest(one.encode(), other.encode())


async def _body(headers: Headers, receive: Receive) -> bytes | None:
    """The whole body; None where it is too large."""
    told = headers.get("content-length", "0")
    if not told.isdecimal() or int(told) > MOST_BYTES:
        return None
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MOST_BYTES:
            return None
        if not message.get("more_body", False):
            return body


def _once(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body that was read, then what follows."""
    given = False

    async def once() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return once
