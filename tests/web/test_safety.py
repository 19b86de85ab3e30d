import socket

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.web.asking import Client
from web.safety import MOST_BYTES, Safety
from web.server import listening, serving

TOKEN = "the-token"


async def echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"{request.method} {request.url.path} {len(await request.body())}")


@pytest.fixture
def client():
    """A client of a server behind which anything is answered."""
    everything = Starlette(routes=[Route("/{path:path}", echo, methods=["GET", "POST", "DELETE"])])
    listener = listening(18610)
    port = listener.getsockname()[1]
    with serving(Safety(everything, TOKEN, f"holostack-{port}"), listener):
        yield Client(port)


@pytest.fixture
def known(client):
    """A client that came with the token."""
    client.enter(f"/?token={TOKEN}")
    return client


def test_the_token_gives_a_cookie_that_no_script_and_no_other_site_gets(client) -> None:
    entered = client.enter(f"/?token={TOKEN}")
    assert (entered.status, entered.headers["location"]) == (303, "/")
    name, *flags = entered.headers["set-cookie"].split("; ")
    assert name.startswith(f"holostack-{client.port}=")
    assert TOKEN not in name
    assert {flag.lower() for flag in flags} == {"httponly", "path=/", "samesite=strict"}
    assert client.ask("/").body == b"GET / 0"
    assert client.ask("/do/stop", "POST", b"{}").body == b"POST /do/stop 2"


@pytest.mark.parametrize("path", ["/", "/events", "/live?after=0", "/shot.jpg", "/static/x.js"])
def test_without_the_cookie_nothing_is_told(client, path: str) -> None:
    answer = client.ask(path)
    assert answer.status == 403
    assert answer.json() == {
        "error": "open the address that `python -m web` printed, with its token"
    }
    client.cookie = f"holostack-{client.port}=guessed"
    assert client.ask(path).status == 403
    # A bench beside it, at another port: browsers send its cookie too.
    client.cookie = "holostack-1=other"
    assert client.ask(path).status == 403


def test_a_cookie_is_found_among_those_of_other_servers_of_the_computer(known) -> None:
    known.cookie = f'session={{"a": 1}}; {known.cookie}; x="; y'
    assert known.ask("/").status == 200


@pytest.mark.parametrize("token", ["", "the-toke", "the-token2", "thé-token", "%00"])
def test_a_wrong_token_lets_nobody_in(client, token: str) -> None:
    answer = client.enter(f"/?token={token.replace('é', '%C3%A9')}")
    assert answer.status == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "10.0.0.7", ""]
)
def test_a_name_that_was_led_here_is_not_answered(known, host: str) -> None:
    # DNS rebinding: the browser of the person asks, with all it has of that name.
    assert known.ask("/", Host=host).status == (403 if host else 400)
    assert known.ask(f"/?token={TOKEN}", Host=host).status == (403 if host else 400)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:22022", "[::1]:9"])
def test_any_name_of_the_loopback_will_do(known, host: str) -> None:
    # Through a tunnel the port is another.
    assert known.ask("/", Host=host).status == 200
    assert known.ask("/do/stop", "POST", b"{}", Host=host, Origin=f"http://{host}").status == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://127.0.0.1:1", "https://127.0.0.1", "null", ""]
)
def test_no_page_of_others_gets_anything_done(known, origin: str) -> None:
    assert known.ask("/do/jog", "POST", b"{}", Origin=origin).status == 403
    assert known.ask("/do/jog", "DELETE", Origin=origin).status == 403
    if origin:
        assert known.ask("/events", Origin=origin).status == 403


@pytest.mark.parametrize(("site", "status"), [("cross-site", 403), ("same-site", 403)])
def test_no_page_of_others_shows_a_picture_of_ours(known, site: str, status: int) -> None:
    # Another port of this computer is the same site, and is sent the cookie.
    assert known.ask("/shot.jpg", Sec_Fetch_Site=site).status == status
    assert known.ask("/shot.jpg", Sec_Fetch_Site="same-origin").status == 200
    assert known.ask("/", Sec_Fetch_Site="none").status == 200


def test_a_large_body_is_refused_whether_it_says_its_length_or_not(known) -> None:
    assert known.ask("/do/x", "POST", b"x" * MOST_BYTES).body == b"POST /do/x %d" % MOST_BYTES
    assert known.ask("/do/x", "POST", b"x" * (MOST_BYTES + 1)).status == 413
    # It is not even waited for.
    assert known.ask("/do/x", "POST", b"", Content_Length="99999999999").status == 413
    chunk = b"%x\r\n%s\r\n" % (1000, b"x" * 1000)
    with socket.create_connection(("127.0.0.1", known.port), 10) as raw:
        raw.sendall(
            f"POST /do/x HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n"
            f"Cookie: {known.cookie}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
            + chunk * 70
        )
        assert raw.recv(100).startswith(b"HTTP/1.1 413 ")


def test_every_answer_is_kept_nowhere_and_runs_only_what_is_from_here(known) -> None:
    for answer in (known.ask("/"), known.ask("/", Host="evil.example")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        rules = dict(
            rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; ")
        )
        assert rules["default-src"] == rules["frame-ancestors"] == rules["form-action"] == "'none'"
        assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
        assert "server" not in answer.headers
