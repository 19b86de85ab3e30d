"""What painting takes: own work a frame, from Chromium's trace, and until a stroke's px are there.

    PYTHONPATH=scripts python3 envs/run.py python -m tests.benchmarks.bench_retouching 6000 4000

A stack of 24 MP (6000 x 4000 px, three frames) is made in a temporary folder and served; for half a
minute strokes of a brush of 300 px are painted, one after another in every mode and each with the
frame in focus anew, in real Chromium without a window, which draws on the processor alone. Printed:
the page's own work in each frame while painting (all script on the page's thread: animation frames,
pointer events, answers, timers), as the thread's own clock has it and as the wall's, which counts
what other programs take too; and the time from lifting the brush until the server's own full-size
tiles have taken the place of what was drawn.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from playwright.sync_api import sync_playwright

from tests.web.retouching.stacks import make_stack, served

SESSION_S = 30.0
MOVES = 60
MODES = ("p", "d", "p", "r")
MOST_MS = 8.0
# Chromium's names of tasks that run a page's script.
SCRIPT = {"FunctionCall", "FireAnimationFrame", "EventDispatch", "TimerFire", "RunMicrotasks"}


def main(width: int = 6000, height: int = 4000) -> None:
    """Measure, and print."""
    folder = Path(tempfile.mkdtemp(prefix="retouching-"))
    try:
        stack = make_stack(folder, width, height)
        with served(folder) as server, sync_playwright() as playwright:
            program = shutil.which("chromium") or shutil.which("chromium-browser")
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1366, "height": 768})
            began = time.perf_counter()
            page.goto(server.page_of(stack))
            page.wait_for_selector("body[data-ready='yes'][data-pen='yes']")
            print(f"page ready after {time.perf_counter() - began:.2f} s")
            page.keyboard.press("1")
            page.locator("#size").fill("0.725")
            page.wait_for_timeout(3000)
            browser.start_tracing(
                page=page, categories=["devtools.timeline", "disabled-by-default-devtools.timeline"]
            )
            began, replaced = time.perf_counter(), []
            while time.perf_counter() - began < SESSION_S:
                page.keyboard.press(MODES[len(replaced) % len(MODES)])
                replaced.append(stroke(page, len(replaced)))
            trace = json.loads(browser.stop_tracing())
            browser.close()
        told(trace["traceEvents"], replaced)
    finally:
        shutil.rmtree(folder)


def stroke(page, k: int) -> float:
    """Paint one; ms from lifting the brush until the server's px stand there."""
    page.evaluate("performance.clearMarks()")
    box = page.locator("#over").bounding_box()
    x, y = box["x"] + 120, box["y"] + 120 + 50 * (k % 8)
    page.mouse.move(x, y)
    page.mouse.down()
    for move in range(MOVES):
        page.mouse.move(x + 5 * move, y + 40 * ((move // 10) % 2))
        page.wait_for_timeout(16)
    page.mouse.up()
    for _ in range(200):
        marks = page.evaluate(
            "['retouch.up', 'retouch.replaced']"
            ".map(name => performance.getEntriesByName(name)[0]?.startTime)"
        )
        if marks[1]:
            return marks[1] - marks[0]
        page.wait_for_timeout(20)
    raise AssertionError("the server's px never came")


def own_work(events: list[dict], clock: str) -> list[float]:
    """Of each animation frame, how long all script since the one before took, ms.

    Parameters
    ----------
    clock : `dur` of the wall, `tdur` of the page's thread
    """
    # Of all threads, that which draws most frames is the page's.
    drawn = [(one["pid"], one["tid"]) for one in events if one.get("name") == "FireAnimationFrame"]
    thread = max(set(drawn), key=drawn.count)
    tasks = sorted(
        (one["ts"], one["dur"], one.get(clock, 0), one["name"])
        for one in events
        if one.get("ph") == "X" and one["name"] in SCRIPT and "dur" in one
        if (one["pid"], one["tid"]) == thread
    )
    frames: list[float] = []
    until, work = 0.0, 0.0
    for start, duration, took, name in tasks:
        # What lies within another was counted with it.
        if start >= until:
            work += took / 1000
            until = start + duration
        if name == "FireAnimationFrame":
            frames.append(work)
            work = 0.0
    return frames


def told(events: list[dict], replaced: list[float]) -> None:
    """Print both."""
    for clock, whose in (("tdur", "its thread's clock"), ("dur", "the wall's clock")):
        frames = sorted(own_work(events, clock))
        late = sum(one > MOST_MS for one in frames)
        print(
            f"own work a frame by {whose}: median {median(frames):.1f} ms, 95 % below "
            f"{frames[int(0.95 * len(frames))]:.1f} ms, most {frames[-1]:.1f} ms; {late} of "
            f"{len(frames)} frames ({late / len(frames):.1%}) above {MOST_MS:g} ms"
        )
    print(
        f"full-size px after each of {len(replaced)} strokes: median {median(replaced):.0f} ms, "
        f"most {max(replaced):.0f} ms; first {replaced[0]:.0f} ms"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
