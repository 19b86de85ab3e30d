"""Steps that are killed, or find the disk full, at any change that they make in the file system.

`survive` runs commands once as they are. Then it puts the folder back to how it was and has them
killed just before a change, or has the disk full from that change on; whatever that left, the
same commands run again must end with the same files and leave nothing else. The changes tried are
a sample, and all of them where HOLOSTACK_EVERY_MOMENT is set.

    survive([Command("master", [...])], folder)

Commands run in processes forked by a server that has imported them and run none: a process in
which OpenCV, numba or libvips have started threads cannot be forked.
"""

from __future__ import annotations

import errno
import hashlib
import importlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EVERY = "HOLOSTACK_EVERY_MOMENT"
# What the interpreter tells just before it changes something; fsync, which it does not tell, is
# added. Letting two folders change names is a call of the C library.
GROWS = {"open", "os.mkdir", "os.link", "os.symlink", "fsync"}
CHANGES = {*GROWS, "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.utime", "ctypes.dlsym"}
LONGEST_S = 240
KILLED, FULL = "killed", "full"
SENTENCE, TRACEBACK = 1, 70


@dataclass(frozen=True)
class Command:
    """A step: the module whose function is called, and with what."""

    module: str
    argv: list[str]
    function: str = "main"


@dataclass(frozen=True)
class Ended:
    """How commands ended: exit status, negative for a signal; changes made; what they said."""

    status: int
    changes: int
    said: str


@dataclass(frozen=True)
class Survived:
    """How many changes the commands make, and at how many of them each fault was tried."""

    changes: int
    tried: int


def survive(
    commands: Sequence[Command],
    folder: Path,
    *,
    faults: Sequence[str] = (KILLED, FULL),
    sample: int = 1,
    last: int = 2,
    see: Callable[[Path], object] = lambda folder: files_of(folder),
    check: Callable[[Path], None] = lambda folder: None,
    may_be_done: bool = False,
) -> Survived:
    """Run commands to their end, and again after a fault at each of a sample of their changes.

    Parameters
    ----------
    folder : all that the commands change; their own inputs as well, where these may be at risk
    sample, last : how many changes are tried, and how many more at the end, where things are put
        in place; all where the environment asks for it
    see : what must be the same in the end as without a fault
    check : raises where a fault left what it must not
    may_be_done : the commands refuse to make again what they made, as where a fault came after it
    """
    start = folder.with_name(f"{folder.name}.start")
    shutil.copytree(folder, start, symlinks=True)
    with _server({command.module for command in commands}) as run:
        whole = run(commands, folder)
        assert whole.status == 0, whole.said
        assert litter(folder) == []
        wanted = see(folder)
        moments = _moments(whole.changes, sample, last)
        for moment in moments:
            for fault in faults:
                _put_back(start, folder)
                ended = run(commands, folder, fault, moment)
                where = f"{fault} at change {moment} of {whole.changes}: {ended.said}"
                if fault == KILLED:
                    # Threads do not make equally many each time, and may end before the last.
                    assert ended.status == -signal.SIGKILL or ended.changes < moment, where
                else:
                    # What comes only after all is done may be left undone.
                    assert ended.status in (0, SENTENCE), where
                    # What announces a master stays, for by it the master is known.
                    assert [one for one in litter(folder) if not one.endswith(".announced")] == []
                check(folder)
                again = run(commands, folder)
                wanted_status = {0, SENTENCE} if may_be_done else {0}
                assert again.status in wanted_status, f"{where}\nand again: {again.said}"
                assert litter(folder) == [], where
                assert see(folder) == wanted, where
    shutil.rmtree(start)
    return Survived(whole.changes, len(moments))


def files_of(folder: Path) -> dict[str, str]:
    """Every file and link below a folder by its path, with its SHA-256 and rights."""
    seen = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            seen[name] = f"to {path.readlink()}"
        elif path.is_file() and path.name != ".seen.json":
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            seen[name] = f"{path.stat().st_mode & 0o777:o} {digest}"
    return seen


def litter(folder: Path) -> list[str]:
    """What no run that has ended may leave."""
    endings = (".partial", ".announced", ".removed", ".left", ".tmp")
    return sorted(
        str(path)
        for path in folder.rglob("*")
        if path.name.endswith(endings) or ".partial." in path.name or path.name == ".alive"
    )


def _moments(changes: int, sample: int, last: int) -> list[int]:
    if os.environ.get(EVERY):
        return list(range(1, changes + 1))
    ending = range(max(1, changes - last + 1), changes + 1)
    before = range(1, ending.start)
    chance = random.Random(changes)
    return sorted({*chance.sample(before, min(sample, len(before))), *ending})


def _put_back(start: Path, folder: Path) -> None:
    shutil.rmtree(folder)
    shutil.copytree(start, folder, symlinks=True)


@contextmanager
def _server(modules: set[str]) -> Iterator[Callable[..., Ended]]:
    """Give what runs commands, each time in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "scripts"), str(ROOT)])}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.crashes", *sorted(modules)],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None

        def run(
            commands: Sequence[Command], folder: Path, fault: str = "", moment: int = 0
        ) -> Ended:
            asked = {
                "commands": [asdict(command) for command in commands],
                "folder": str(folder),
                "fault": fault,
                "moment": moment,
            }
            server.stdin.write(json.dumps(asked) + "\n")
            server.stdin.flush()
            return Ended(**json.loads(server.stdout.readline()))

        yield run
        server.stdin.close()


def _serve(modules: Sequence[str]) -> None:
    for module in modules:
        importlib.import_module(module)
    for line in sys.stdin:
        with tempfile.TemporaryFile("w+") as said:
            reading, writing = os.pipe()
            child = os.fork()
            if child == 0:
                os.dup2(said.fileno(), 1)
                os.dup2(said.fileno(), 2)
                signal.alarm(LONGEST_S)
                os._exit(_work(json.loads(line), writing))
            os.close(writing)
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            changes = int(os.read(reading, 20) or 0)
            os.close(reading)
            said.seek(0)
            answer = Ended(status, changes, said.read()[-3000:])
        print(json.dumps(asdict(answer)), flush=True)


def _work(asked: dict, told: int) -> int:
    """Run the commands of a request with its fault; their exit status."""
    made = _break(Path(asked["folder"]), asked["fault"], asked["moment"])
    from hardware.errors import RigError
    from imaging.errors import ImagingError
    from records.errors import RecordError

    try:
        for command in asked["commands"]:
            getattr(importlib.import_module(command["module"]), command["function"])(
                command["argv"]
            )
    except (ImagingError, RecordError, RigError, OSError) as error:
        print(error, file=sys.stderr)
        return SENTENCE
    except SystemExit as error:
        print(error, file=sys.stderr)
        return SENTENCE if error.code else 0
    except BaseException:
        traceback.print_exc()
        return TRACEBACK
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os.write(told, str(made[0]).encode())
    return 0


def _break(folder: Path, fault: str, moment: int) -> list[int]:
    """Count the changes from here on, and let one of them, or all from there on, go wrong."""
    made = [0]

    def change(event: str, path: object) -> None:
        made[0] += 1
        if fault == KILLED and made[0] == moment:
            os.kill(os.getpid(), signal.SIGKILL)
        if fault == FULL and made[0] >= moment and event in GROWS:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    def hook(event: str, words: tuple) -> None:
        if event not in CHANGES:
            return
        path = words[0] if words else ""
        if event == "ctypes.dlsym":
            if words[1] == "renameat2":
                change(event, path)
            return
        if event == "open" and not (
            isinstance(words[2], int) and words[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        ):
            return
        if isinstance(path, int):
            return
        path = os.fsdecode(path)
        # What is removed with its folder, and the lock of a folder, are told by name alone.
        if not Path(path).is_absolute() or Path(path).is_relative_to(folder):
            change(event, path)

    flush = os.fsync

    def fsync(descriptor: int) -> None:
        change("fsync", Path(f"/proc/self/fd/{descriptor}").readlink())
        flush(descriptor)

    os.fsync = fsync
    sys.addaudithook(hook)
    return made


if __name__ == "__main__":
    _serve(sys.argv[1:])
