"""How many live pictures a second reach a page of the bench, and what they cost.

    python3 envs/run.py python tests/benchmarks/bench_live.py --seconds 10
    python3 envs/run.py python tests/benchmarks/bench_live.py --chromium

A virtual rig drives slowly through its travel, so that every picture is another one. Pictures are
counted as they arrive: at a bare client, or with `--chromium` at the page itself, which draws them
with peaking and loupe. Processor time is that of the bench's process.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from playwright.sync_api import sync_playwright  # noqa: E402

from tests.web.benches import Served, served, virtual_rig  # noqa: E402


def main(argv: list[str]) -> None:
    options = arguments().parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        speed_um_s = 5000 / (options.seconds + 5)
        size = {"width_px": options.width, "height_px": options.width * 3 // 4}
        width = {"sensor_width_px": options.width, "sensor_width_mm": options.width * 0.004}
        rig = virtual_rig(
            folder / "config" / "rig.yaml",
            rail={"speed_um_s": speed_um_s},
            virtual=size | {"relief_um": 1500},
            optics=width,
        )
        with served(folder, rig) as bench:
            bench.at_rest()
            count = in_chromium if options.chromium else at_a_client
            # The scene is drawn when the first is asked for.
            began = time.monotonic()
            while bench.client.ask("/live").status != 200:
                pass
            first_s = time.monotonic() - began
            pictures, took_s, size, used_s = count(bench, options.seconds)
    where = "in Chromium" if options.chromium else "at a client"
    print(
        f"{pictures / took_s:.1f} live pictures/s {where} (sensor {options.width} px, "
        f"{size / 1000:.0f} kB each; the first after {first_s:.1f} s), "
        f"bench {100 * used_s / took_s:.0f} % of a core of {os.cpu_count()}"
    )


def at_a_client(bench: Served, seconds: float) -> tuple[int, float, float, float]:
    """Ask for picture after picture; how many, seconds, mean bytes, processor time."""
    bench.client.do("goto", position_um=4900)
    used_s = processor_s(bench)
    number, pictures, size, began = 0, 0, 0, time.monotonic()
    while time.monotonic() < began + seconds:
        answer = bench.client.ask(f"/live?after={number}")
        if answer.status == 200:
            number = int(answer.headers["holostack-number"])
            pictures, size = pictures + 1, size + len(answer.body)
    took_s = time.monotonic() - began
    return pictures, took_s, size / max(pictures, 1), processor_s(bench) - used_s


def in_chromium(bench: Served, seconds: float) -> tuple[int, float, float, float]:
    """Have the page show them, and count those that it is given."""
    sizes: list[int] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.goto(bench.address)
        page.wait_for_selector("body[data-connected='true']")
        page.on(
            "response",
            lambda response: (
                "/live" in response.url
                and response.status == 200
                and sizes.append(int(response.headers.get("content-length", "0")))
            ),
        )
        bench.client.do("goto", position_um=4900)
        sizes.clear()
        used_s, began = processor_s(bench), time.monotonic()
        page.wait_for_timeout(seconds * 1000)
        took_s, used_s = time.monotonic() - began, processor_s(bench) - used_s
        browser.close()
    return len(sizes), took_s, sum(sizes) / max(len(sizes), 1), used_s


def processor_s(bench: Served) -> float:
    """Processor time that the bench's process has used."""
    facts = Path(f"/proc/{bench.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(facts[11]) + int(facts[12])) / os.sysconf("SC_CLK_TCK")


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--width", type=int, default=1600, help="of the virtual sensor, in px")
    parser.add_argument("--chromium", action="store_true", help="drawn by the page")
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
