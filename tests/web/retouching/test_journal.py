"""The server is killed in mid-stroke, at twenty moments: nothing that it answered for is lost."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading

import pytest

from records.retouching import strokes as files
from tests.web.retouching.stacks import PAGE, ROOT, make_stack

KILLS = 20
# From one kill to the next a little more is done: between a few requests and some dozen.
STEP_S = 0.01


class Again:
    """A server that is followed by another one as often as it is killed."""

    def __init__(self, data) -> None:
        with socket.socket() as asking:
            asking.bind(("127.0.0.1", 0))
            self.port = asking.getsockname()[1]
        words = [sys.executable, "-m", "tests.web.retouching.serve", data, str(self.port), "again"]
        path = os.pathsep.join([str(ROOT), str(ROOT / "scripts")])
        self.parent = subprocess.Popen(
            words, cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE
        )
        self.now = self.next()

    def next(self) -> int:
        """The process of the one that serves next."""
        return int(self.parent.stdout.readline())

    def end(self) -> None:
        self.parent.kill()
        self.parent.wait()
        os.kill(self.now, signal.SIGKILL)

    def ask(self, path: str, body: object = None) -> dict:
        """Its answer; OSError where it was killed meanwhile."""
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            told = {"Content-Type": "application/json"}
            words = ("POST", PAGE + path, json.dumps(body), told) if body else ("GET", PAGE + path)
            asking.request(*words)
            answer = asking.getresponse()
            content = json.loads(answer.read())
        except http.client.HTTPException as error:
            raise ConnectionResetError from error
        finally:
            asking.close()
        assert answer.status == 200, content
        return content


def points(number: int) -> list[list[float]]:
    return [[number % 50 + k, k] for k in range(6)]


def acts():
    """What a person does, without end: strokes of six points in three parts, undone, redone."""
    number = 0
    while True:
        name = f"s{number}"
        stroke = {
            "id": name,
            "source": "frame-002",
            "mode": "pixels",
            "match": False,
            "brush": {"diameter_px": 4, "hardness": 0.5, "opacity": 1},
            "person": "Ada",
            "time": "2026-11-27T10:00:00+01:00",
            "reason": "",
        }
        path = points(number)
        for have in (2, 4, 6):
            told = {"stroke": stroke, "from": 0, "path_px": path[:have]}
            yield "draw", name, {**told, "of": 6 if have == 6 else None}
        if number % 3 == 1:
            yield "undo", name, {"names": [name]}
        if number % 6 == 1:
            yield "redo", name, {"names": [name]}
        number += 1


def done(strokes: list[str], deed: str, name: str, body: dict) -> list[str]:
    """The strokes that count after an act."""
    if deed == "undo":
        return [one for one in strokes if one != name]
    return [*strokes, name] if deed == "redo" or body["of"] else strokes


@pytest.mark.slow
def test_what_was_answered_is_there_after_a_kill_at_any_moment(tmp_path) -> None:
    stack = make_stack(tmp_path, 64, 48)
    server = Again(tmp_path)
    strokes: list[str] = []
    try:
        todo = acts()
        deed, name, body = next(todo)
        for kill in range(KILLS):
            server.ask("/state")
            killing = threading.Timer(kill * STEP_S, os.kill, (server.now, signal.SIGKILL))
            killing.start()
            try:
                while killing.is_alive():
                    server.ask(f"/do/{deed}", {"page": "p", **body})
                    strokes = done(strokes, deed, name, body)
                    deed, name, body = next(todo)
            except OSError:
                # What was asked for is done, or is not: it is asked for again.
                pass
            killing.join()
            server.now = server.next()
            told = server.ask("/state")
            there = [one["id"] for one in told["strokes"]]
            assert there in (strokes, done(strokes, deed, name, body))
            for one in told["strokes"]:
                assert one["path_px"] == points(int(one["id"][1:]))
            if deed == "draw" and name not in there and len(body["path_px"]) > 2:
                (begun,) = [one for one in told["begun"] if one["id"] == name]
                assert len(begun["path_px"]) >= len(body["path_px"]) - 2
        server.ask(f"/do/{deed}", {"page": "p", **body})
        strokes = done(strokes, deed, name, body)
    finally:
        server.end()
    assert len(strokes) > KILLS / 4
    assert [one.id for one in files.read(stack / "retouch" / "strokes.json").strokes] == strokes
    journal = stack / "retouch" / "strokes.journal.jsonl"
    assert journal.stat().st_size < 60 * len(strokes) + 8_000
