"""Benches as people start them: `python -m web bench`, on a small virtual rig."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.web.asking import Client

ROOT = Path(__file__).resolve().parents[2]
START_S = 60.0


def virtual_rig(path: Path, name: str = "stand", **changes: dict[str, Any]) -> Path:
    """Write a rig.yaml whose stacks have six frames of 320 × 240 px; `changes` by its sections."""
    config = yaml.safe_load((ROOT / "config" / "rig.yaml").read_text())
    config |= {"name": name, "stack": {"start_um": 0, "end_um": 500, "step_um": 100}}
    config["virtual"] |= {"width_px": 320, "height_px": 240, "relief_um": 600}
    config["optics"] |= {"sensor_width_px": 320, "sensor_width_mm": 1.28}
    for section, values in changes.items():
        config[section] |= values
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(config))
    return path


@dataclass
class Served:
    """A bench that runs in a process of its own."""

    process: subprocess.Popen
    folder: Path
    lines: list[str] = field(default_factory=list)
    address: str = ""
    client: Client = field(default_factory=lambda: Client(0))

    def log(self) -> str:
        return "\n".join(self.lines)

    def state(self) -> dict[str, Any]:
        """The state as it is now."""
        with self.client.stream("/events") as events:
            return next(events)

    def wait_for(self, what: Callable[[dict[str, Any]], Any], most_s: float = 60.0) -> Any:
        """The first state in which `what` holds."""
        until = time.monotonic() + most_s
        last = None
        with self.client.stream("/events") as events:
            for seen in events:
                last = seen or last
                if seen and what(seen):
                    return seen
                if time.monotonic() > until:
                    break
        desk, others = last["desk"], {name: last[name] for name in last.keys() - {"desk"}}
        seen = {"doing": desk["doing"], "told": desk["told"][-3:], **others}
        raise AssertionError(f"it never came to that; last: {seen}\n{self.log()}")

    def at_rest(self) -> dict[str, Any]:
        """The state once nothing is done any more."""
        return self.wait_for(lambda state: state["desk"]["doing"]["what"] == "")


@contextmanager
def served(folder: Path, rig: Path, *words: str, path: str = "") -> Iterator[Served]:
    """A bench with its client let in, told to end on the way out; `path` comes before PATH."""
    process = subprocess.Popen(
        [*(sys.executable, "-m", "web", "bench", "--rig", rig), *("--directory", folder), *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={
            **os.environ,
            "NUMBA_NUM_THREADS": "1",
            "PATH": f"{path}{os.pathsep}{os.environ['PATH']}" if path else os.environ["PATH"],
        },
        start_new_session=True,
    )
    bench = Served(process, folder)
    opened = threading.Event()

    def follow() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            bench.lines.append(line.rstrip())
            if found := re.search(r"http://\S+", line):
                bench.address = found[0]
                opened.set()
        opened.set()

    reader = threading.Thread(target=follow, daemon=True)
    reader.start()
    try:
        assert opened.wait(START_S), bench.log()
        if bench.address:
            bench.client = Client(int(re.search(r":(\d+)/", bench.address)[1]))
            bench.client.enter(bench.address)
        yield bench
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise AssertionError(f"it did not end\n{bench.log()}") from None
        reader.join(5)
