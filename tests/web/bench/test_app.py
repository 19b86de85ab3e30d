"""The addresses of the bench, in front of a desk that notes what it is asked."""

import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import pytest

from hardware.desk.live import Picture
from hardware.errors import RigError
from tests.web.asking import Client
from web.bench.app import application
from web.bench.bench import Bench
from web.safety import Safety
from web.server import listening, serving


class NotingDesk:
    """Stands where a desk does; `asked` tells what it was asked."""

    def __init__(self) -> None:
        self.asked = deque()
        self.states = [{"number": 4, "desk": {"doing": {"what": ""}}}]
        self.pictures = {"/shot.jpg": b"jpeg", "/shot/sharpness.png": b"png"}
        self.refuses = ""
        self.changes = threading.Event()

    def ask(self, what, act, stack="", ended=None) -> None:
        if self.refuses:
            raise RigError(self.refuses)
        self.asked.append(what)

    def stop(self) -> None:
        self.asked.append("stop")

    def pause(self) -> None:
        raise RigError("bench: no capture is on")

    def go_on(self) -> None:
        self.asked.append("go_on")

    def plan(self, given) -> None:
        self.asked.append(given)

    def set_camera(self, settings) -> None:
        self.asked.append(settings)

    def answer(self) -> None:
        self.asked.append("answer")

    def reopen(self) -> None:
        self.asked.append("reopen")

    def changed(self, after, wait_s):
        if self.states[-1]["number"] <= after:
            self.changes.wait(wait_s)
            self.changes.clear()
        return self.states[-1] if self.states[-1]["number"] > after else None

    def live(self, after, wait_s):
        self.asked.append(f"live after {after}")
        return Picture(7, b"newest", 12.345, "live") if after < 7 else None

    def picture(self, address):
        return self.pictures.get(address)


class Shelf:
    """A part beside the desk, with a picture that lies in a file."""

    def __init__(self, folder) -> None:
        self.folder = folder
        (folder / "one.jpg").write_bytes(b"from a file")
        (folder / "secret.jpg").write_bytes(b"not told of")

    def state(self):
        return {"doing": "S-1/dorsal"}

    def deeds(self):
        return {"run": self.run}

    def picture(self, address):
        return {"/pictures/S 1/dörsal.jpg": self.folder / "one.jpg"}.get(address)

    def run(self, stack) -> None:
        raise RigError(f"runs: {stack} is not known")


@pytest.fixture
def desk():
    return NotingDesk()


@pytest.fixture
def client(desk, tmp_path, monkeypatch):
    """A client that came with the token, and a page of its own."""
    static = tmp_path / "web" / "static"
    (static / "bench").mkdir(parents=True)
    (static / "bench.html").write_text("<!doctype html>")
    (static / "bench" / "main.js").write_text("export {};")
    (static.parent / "server.py").write_text("secret")
    monkeypatch.setattr("web.bench.app.STATIC", static)
    listener = listening(18620)
    bench = Bench(desk, {"runs": Shelf(tmp_path)})
    with serving(Safety(application(bench), "token", "holostack"), listener):
        client = Client(listener.getsockname()[1])
        client.enter("/?token=token")
        yield client


def test_what_is_taken_on_is_asked_of_the_desk(client, desk) -> None:
    answer = client.do("jog", distance_um=20)
    assert (answer.status, answer.json()) == (202, {})
    assert client.do("start").status == 202
    assert client.do("stop").status == 202
    assert list(desk.asked) == ["jog", "start", "stop"]


def test_what_is_refused_is_told_in_the_words_of_who_refuses(client, desk) -> None:
    desk.refuses = "bench: the capture of S-1/dorsal is on"
    answer = client.do("jog", distance_um=20)
    assert (answer.status, answer.json()) == (409, {"error": desk.refuses})
    answer = client.do("run", stack="S-9/dorsal")
    assert (answer.status, answer.json()) == (409, {"error": "runs: S-9/dorsal is not known"})
    assert client.do("pause").json() == {"error": "bench: no capture is on"}


def test_what_is_asked_is_done_in_the_order_it_comes_and_stop_waits_for_nothing(
    client, desk
) -> None:
    held, order = threading.Event(), []

    def plan(given) -> None:
        if given.step_um == 1:
            held.wait(10)
        order.append(given.step_um)

    desk.plan = plan
    with ThreadPoolExecutor() as others:
        first = others.submit(client.do, "plan", step_um=1)
        time.sleep(0.2)
        second = others.submit(client.do, "plan", step_um=2)
        time.sleep(0.2)
        assert client.do("stop").status == 202
        assert (order, list(desk.asked)) == ([], ["stop"])
        held.set()
        assert first.result().status == second.result().status == 202
    assert order == [1, 2]


@pytest.mark.parametrize(
    ("name", "body", "status", "said"),
    [
        ("fly", b"{}", 400, "bench: 'fly' is nothing"),
        ("jog", b"{", 400, "jog: its body is no JSON"),
        ("jog", b"", 400, "jog: its body is no JSON"),
        ("jog", b"\xff", 400, "jog: its body is no JSON"),
        ("jog", b"[" * 60_000, 400, "jog: its body is no JSON"),
        ("jog", b'{"distance_um": NaN}', 400, "jog: distance_um is a number"),
        ("jog", b'{"distance_um": "1"}', 400, "jog: distance_um is a number"),
        # Known to the page, but not to this rig.
        ("capture", b"{}", 409, "bench: nothing here does"),
    ],
)
def test_a_bad_body_is_told_and_nothing_is_done(client, desk, name, body, status, said) -> None:
    answer = client.ask(f"/do/{name}", "POST", body)
    assert answer.status == status
    assert answer.json()["error"].startswith(said)
    assert not desk.asked


def test_what_a_form_of_another_page_could_send_is_not_taken(client, desk) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        assert client.ask("/do/stop", "POST", b"{}", Content_Type=kind).status == 415
    assert client.ask("/do/stop").status == 404
    assert not desk.asked


def test_a_fault_of_the_program_is_told_without_its_insides(client, desk) -> None:
    desk.plan = lambda given: 1 / 0
    answer = client.do("plan")
    assert answer.status == 500
    assert answer.json() == {
        "error": "bench: the program broke (ZeroDivisionError); its terminal says where"
    }
    assert client.do("stop").status == 202


def test_events_are_the_whole_state_now_and_after_each_change(client, desk) -> None:
    with client.stream("/events") as events:
        whole = {"number": 4, "desk": {"doing": {"what": ""}}, "runs": {"doing": "S-1/dorsal"}}
        assert next(events) == whole
        desk.states.append({"number": 5, "desk": {"doing": {"what": "jog"}}})
        desk.changes.set()
        assert next(events)["desk"] == {"doing": {"what": "jog"}}
        # Whoever opens a second page is told all of it.
        with client.stream("/events") as others:
            assert next(others)["number"] == 5


def test_a_live_picture_says_its_number_place_and_kind(client) -> None:
    answer = client.ask("/live?after=3")
    assert (answer.status, answer.body) == (200, b"newest")
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["holostack-number"] == "7"
    assert answer.headers["holostack-position-um"] == "12.35"
    assert answer.headers["holostack-source"] == "live"
    for wrong in ("-1", "x", "9" * 16, "%D9%A3", ""):
        assert client.ask(f"/live?after={wrong}").status == 400


def test_where_no_newer_picture_comes_it_says_so_after_a_while(client, monkeypatch) -> None:
    monkeypatch.setattr("web.bench.app.LIVE_S", 0.3)
    monkeypatch.setattr("web.bench.app.WAIT_S", 0.1)
    answer = client.ask("/live?after=7")
    assert (answer.status, answer.body) == (204, b"")


def test_a_picture_is_had_by_the_address_in_the_state_and_by_no_other(client, tmp_path) -> None:
    shot = client.ask("/shot.jpg?a-new-one")
    assert (shot.body, shot.headers["content-type"]) == (b"jpeg", "image/jpeg")
    assert client.ask("/shot/sharpness.png").headers["content-type"] == "image/png"
    assert client.ask("/pictures/S%201/d%C3%B6rsal.jpg").body == b"from a file"
    for path in (
        "/pictures/S%201/secret.jpg",
        "/pictures/../secret.jpg",
        "/pictures/..%2fsecret.jpg",
        f"/pictures/{tmp_path}/secret.jpg",
        f"/{tmp_path}/secret.jpg",
        f"{tmp_path}/secret.jpg",
        "/frames/S-1/dorsal/../../../secret.jpg",
        "/frames/S-1/dorsal/1.jpg%00",
        "/shot.jpg/",
        "//shot.jpg",
    ):
        assert client.ask(path).status == 404, path


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py",
        "/static/..%2fserver.py",
        "/static/%2e%2e/server.py",
        "/static/..%5cserver.py",
        "/static//etc/passwd",
        "/static/%2fetc/passwd",
        "/static/",
        "/static/bench",
        "/static/nothing.js",
        "/static/bench.html%00.js",
    ],
)
def test_of_the_disk_only_the_files_of_the_page_are_served(client, path: str) -> None:
    assert client.ask(path).status in (404, 405)


def test_modules_run_and_are_asked_for_again(client) -> None:
    page = client.ask("/")
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["cache-control"] == "no-store"
    module = client.ask("/static/bench/main.js")
    assert module.headers["content-type"].startswith("text/javascript")
    assert module.headers["cache-control"] == "no-cache"
    known = module.headers["etag"]
    assert client.ask("/static/bench/main.js", If_None_Match=known).status == 304
