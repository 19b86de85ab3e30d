"""Damaged pictures: each is read as what it says it is, or refused with a sentence."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.torture.pictures import damaged, originals
from tests.torture.trials import REFUSED, ROOT, SURVIVED, form, tell

MOST_S = 60
# Libraries alone take 200; the largest picture has 3 megapixels.
MOST_MB = 800


class Reader:
    """A process that reads pictures; a new one after each that dies or hangs."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.reads_pictures"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env={"PYTHONPATH": f"{ROOT}:{ROOT / 'scripts'}", "PATH": "/usr/bin:/bin"},
            text=True,
        )
        self.answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self) -> None:
        for line in self.process.stdout:
            self.answers.put(line)
        self.answers.put("")

    def read(self, path: Path) -> dict:
        self.process.stdin.write(f"{path}\n")
        self.process.stdin.flush()
        answer = self.answers.get(timeout=MOST_S)
        if not answer:
            raise AssertionError(f"the reader died with {self.process.wait()}")
        return json.loads(answer)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("pictures")


def test_a_damaged_picture_is_read_or_refused_with_a_sentence(torture, folder):
    readers = threading.local()
    every: list[Reader] = []
    peak = [0.0]
    # Made once, before two threads ask for them.
    originals(folder)

    def trial(seed: int) -> str:
        name, content = damaged(seed, folder)
        path = folder / name
        path.write_bytes(content)
        if not hasattr(readers, "one"):
            readers.one = Reader()
            every.append(readers.one)
        try:
            answer = readers.one.read(path)
        except (AssertionError, queue.Empty, BrokenPipeError) as error:
            readers.one.end()
            del readers.one
            said = "it hangs" if isinstance(error, queue.Empty) else str(error)
            raise AssertionError(f"{name}: {said}") from None
        path.unlink()
        peak[0] = max(peak[0], answer["peak_mb"])
        assert answer["ending"] != "broken", f"{name}: {answer['words']}"
        assert answer["peak_mb"] < MOST_MB, f"{name}: took {answer['peak_mb']:.0f} MB"
        assert answer["ending"] == "read" or is_sentence(answer["words"]), f"{name}: {answer}"
        return SURVIVED if answer["ending"] == "read" else REFUSED

    try:
        torture.each("fuzz: pictures", range(form(long=2500, short=200)), trial, at_once=2)
    finally:
        for reader in every:
            reader.end()
        tell(f"fuzz: pictures · at most {peak[0]:.0f} MB")


def is_sentence(words: str) -> bool:
    """Words for people: some of them, and none of Python's."""
    strange = ("Traceback", "Error(", "object at 0x", "b'", "NoneType")
    return len(words.split()) > 3 and not any(word in words for word in strange)


def test_what_is_not_damaged_is_read(folder):
    reader = Reader()
    try:
        for name, content in originals(folder).items():
            path = folder / name
            path.write_bytes(content)
            answer = reader.read(path)
            assert (answer["ending"], answer["words"]) == ("read", ""), (name, answer)
    finally:
        reader.end()
