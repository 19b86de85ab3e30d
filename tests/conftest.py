"""What tests share: the demonstration stacks, and real data that is not in the repository."""

from __future__ import annotations

import gc
import os
import signal
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parents[1]
# A shell has what it runs in the background ignore Ctrl-C, and `nohup` the end of its terminal; so
# would all that the tests start, those that are to be stopped by it included.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
# A kernel is compiled at its first call, and that is no slowness of the example that made it.
hypothesis.settings.register_profile("holostack", deadline=None)
hypothesis.settings.load_profile("holostack")
# Of what is imported and collected nothing is let go until the end; to look it through again and
# again takes a tenth of the time.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


# Files that take longest, in this order, one that does little but wait among them; then the other
# whole runs; then what waits for rails, cameras and browsers, beside which others compute; then
# scripts, some of which take their time; then all else, which does nothing but compute, one small
# file after the other, and leaves no processor idle at the end.
LONG = (
    *("test_archived.py", "test_processors.py", "test_gphoto.py", "test_shared_data.py"),
    *("test_afternoon.py", "test_at_the_desk.py", "test_slurm.py"),
)
FIRST = ("workflow", "web", "hardware", "scripts")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, so that no process is left alone with one at the end."""

    def place(item: pytest.Item) -> tuple[int, int]:
        name, part = item.path.name, item.path.relative_to(ROOT / "tests").parts[0]
        return (
            LONG.index(name) if name in LONG else len(LONG),
            FIRST.index(part) if part in FIRST else len(FIRST),
        )

    items.sort(key=place)


@pytest.fixture(scope="session")
def demo() -> Path:
    """The demonstration stacks that the repository holds."""
    return ROOT / "config" / "demo"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Further real frames and raws; tests that need them are skipped where they are not."""
    folder = Path(os.environ.get("HOLOSTACK_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no further data at {folder} (set HOLOSTACK_SHARED_DATA)")
    return folder
