"""What painting takes: own work a frame, from Chromium's trace, and until a stroke's px are there.

    PYTHONPATH=scripts python3 envs/run.py python -m tests.benchmarks.bench_retouching 6000 4000

A stack of 24 MP (6000 x 4000 px, three frames) is made in a temporary folder and served; strokes of
a brush of 300 px are painted in real Chromium without a window, which draws on the processor alone.
Printed: the page's own work in each frame while painting (script from `requestAnimationFrame` and
pointer events, ms), and the time from lifting the brush until the server's own full-size tiles have
taken the place of what was drawn.
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

STROKES = 8
MOVES = 60
# Chromium's names of tasks that run a page's script, and that of putting the picture together.
SCRIPT = {"FunctionCall", "FireAnimationFrame", "EventDispatch"}
FRAME_MS = 16.7


def main(width: int = 6000, height: int = 4000) -> None:
    """Measure, and print."""
    folder = Path(tempfile.mkdtemp(prefix="retouching-"))
    try:
        make_stack(folder, width, height)
        with served(folder) as server, sync_playwright() as playwright:
            program = shutil.which("chromium") or shutil.which("chromium-browser")
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1366, "height": 768})
            began = time.perf_counter()
            page.goto(server.address)
            page.wait_for_selector("body[data-ready='yes'][data-pen='yes']")
            print(f"page ready after {time.perf_counter() - began:.2f} s")
            page.keyboard.press("1")
            page.locator("#size").fill("0.725")
            page.wait_for_timeout(3000)
            browser.start_tracing(
                page=page, categories=["devtools.timeline", "disabled-by-default-devtools.timeline"]
            )
            replaced = [stroke(page, k) for k in range(STROKES)]
            trace = json.loads(browser.stop_tracing())
            browser.close()
        told(own_work(trace["traceEvents"]), replaced)
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


def own_work(events: list[dict]) -> list[float]:
    """Of each animation frame, how long all script since the one before took, ms."""
    tasks = sorted(
        (one["ts"], one["dur"], one["name"])
        for one in events
        if one.get("ph") == "X" and one["name"] in SCRIPT and "dur" in one
    )
    frames: list[float] = []
    until, work = 0.0, 0.0
    for start, duration, name in tasks:
        # What lies within another was counted with it.
        if start >= until:
            work += duration / 1000
            until = start + duration
        if name == "FireAnimationFrame":
            frames.append(work)
            work = 0.0
    return frames


def told(frames: list[float], replaced: list[float]) -> None:
    """Print both."""
    frames.sort()
    late = sum(one > 8 for one in frames)
    print(
        f"own work a frame: median {median(frames):.1f} ms, 95 % below "
        f"{frames[int(0.95 * len(frames))]:.1f} ms, most {frames[-1]:.1f} ms; {late} of "
        f"{len(frames)} frames above 8 ms"
    )
    print(
        f"full-size px after a stroke: median {median(replaced):.0f} ms, most {max(replaced):.0f} "
        f"ms; first {replaced[0]:.0f} ms"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
