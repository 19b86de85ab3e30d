"""The torture's trials, how they are counted, and what is told at the end of the session."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.torture import trials
from tests.torture.trees import Tree, make_frames, new_tree, snakemake
from tests.torture.trials import SURVIVED, WRONG, Count, Torture

HERE = Path(__file__).parent
KEPT = pytest.StashKey[Torture]()
LEFT_OUT = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What lies here is torture, and slow; but for the tests of the counting itself."""
    for item in items:
        if is_torture(item):
            item.add_marker(pytest.mark.torture)
            item.add_marker(pytest.mark.slow)


def kept(config: pytest.Config) -> Torture:
    if KEPT not in config.stash:
        config.stash[KEPT] = Torture()
    return config.stash[KEPT]


@pytest.fixture(scope="session")
def torture(pytestconfig: pytest.Config) -> Torture:
    """Does trials (`each`) and counts them."""
    return kept(pytestconfig)


def is_torture(item: pytest.Item) -> bool:
    return item.path.parent == HERE and item.path.name != "test_trials.py"


def is_one_trial(item: pytest.Item) -> bool:
    """A test that counts no trials of its own is one."""
    return is_torture(item) and "torture" not in getattr(item, "fixturenames", ())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Leave out what an earlier call has done, and what there is no time for."""
    if is_one_trial(item):
        torture, test = kept(item.config), identity(item)
        torture.counts.setdefault(kind(item), Count()).planned += 1
        done = torture.done_before(kind(item), item.name, test)
        if done and done["ending"] == SURVIVED:
            torture.add(kind(item), SURVIVED, done["seconds"], "")
            leave_out(item, "done by an earlier call")
        elif torture.time_is_out:
            leave_out(item, "left for the next call")
    elif is_torture(item) and kept(item.config).time_is_out:
        # What its trials need is not prepared either.
        kept(item.config).not_begun.append(item.name)
        leave_out(item, "left for the next call")
    return (yield)


def leave_out(item: pytest.Item, reason: str) -> None:
    item.add_marker(pytest.mark.skip(reason))
    item.stash[LEFT_OUT] = True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
    report = yield
    if is_one_trial(item) and (call.when == "call" or report.failed) and not report.skipped:
        ending = WRONG if report.failed else SURVIVED
        story = str(call.excinfo.value)[:500] if call.excinfo else ""
        seconds = time.time() - call.start
        kept(item.config).write(kind(item), item.name, identity(item), ending, seconds, story)
    elif is_one_trial(item) and report.skipped and not item.stash.get(LEFT_OUT, False):
        # It cannot be done here, which is no trial that is left.
        kept(item.config).counts[kind(item)].planned -= 1
    return report


def kind(item: pytest.Item) -> str:
    return item.path.stem.removeprefix("test_")


def identity(item: pytest.Item) -> str:
    return hashlib.sha256(item.path.read_bytes()).hexdigest()[:12]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    torture = config.stash.get(KEPT, None)
    if torture and (torture.counts or torture.not_begun):
        title = f"torture, {'short' if trials.SHORT else 'long'} form, of {torture.program}"
        terminalreporter.section(title)
        for line in [*torture.report(), *trials.FIGURES]:
            terminalreporter.write_line(line)
        if torture.journal:
            terminalreporter.write_line(f"journal: {torture.journal}")


@pytest.fixture(scope="session")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """A tree with a stack that went from raws to archive; to be copied, not to be changed."""
    home = tmp_path_factory.mktemp("archived")
    make_frames(home / "raws")
    tree = new_tree(home / "tree", home / "raws")
    tree.run(snakemake(tree))
    return tree
