"""Snakemake in a process that had loaded it before: half of what a dry run takes is loading.

`run` gives what `python -m snakemake` gives. A process that holds Snakemake, loaded and otherwise
untouched, divides itself for each run; what the run does, loads and changes is the new process's.
"""

from __future__ import annotations

import functools
import gc
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST_BYTES = 1 << 20
LONGEST_S = 1200


def run(words: list[str]) -> subprocess.CompletedProcess[str]:
    """Run Snakemake here, with these words and this environment; what it said, and its exit."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asking:
            asking.settimeout(LONGEST_S)
            asking.connect(str(_held()))
            asked = {"words": words, "environment": dict(os.environ), "folder": str(Path.cwd())}
            socket.send_fds(asking, [json.dumps(asked).encode()], [out.fileno(), err.fileno()])
            told = asking.recv(64)
        assert told, f"Snakemake's process broke off: {words}"
        said = []
        for file in (out, err):
            file.seek(0)
            said.append(file.read().decode())
    return subprocess.CompletedProcess(words, int(told), *said)


@functools.cache
def _held() -> Path:
    """The address of this process's own holder of Snakemake, which ends when this one does."""
    address = Path(tempfile.mkdtemp(prefix="ready")) / "socket"
    holder = subprocess.Popen(
        [sys.executable, "-m", "tests.workflow.ready", address],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None and holder.stdout.readline() == b"ready\n"
    _HOLDERS.append(holder)
    return address


_HOLDERS: list[subprocess.Popen[bytes]] = []


def hold(address: Path) -> None:
    """Load Snakemake, then do what is asked for at `address` until standard input ends."""
    import jsonschema  # noqa: F401
    import snakemake.cli

    program = Path(snakemake.cli.__file__).with_name("__main__.py")
    # What is loaded is not looked through again in each process.
    gc.collect()
    gc.freeze()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(str(address))
        listening.listen()
        # As the program `snakemake` has it: without the folder that it was started in.
        sys.path.pop(0)
        print("ready", flush=True)
        while listening in select.select([listening, sys.stdin], [], [])[0]:
            asking, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                _serve(asking, str(program))
            asking.close()
            # Those that have ended.
            while _ended():
                pass
    address.unlink()
    address.parent.rmdir()


def _ended() -> bool:
    try:
        return os.waitpid(-1, os.WNOHANG)[0] > 0
    except ChildProcessError:
        return False


def _serve(asking: socket.socket, program: str) -> None:
    """Have one more process run Snakemake, and tell its exit."""
    message, (out, err), _, _ = socket.recv_fds(asking, MOST_BYTES, 2)
    worker = os.fork()
    if worker == 0:
        asking.close()
        asked = json.loads(message)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (out, 1), (err, 2)):
            os.dup2(source, target)
            os.close(source)
        os.chdir(asked["folder"])
        os.environ.clear()
        os.environ.update(asked["environment"])
        sys.argv = [program, *asked["words"]]
        from snakemake.cli import main

        sys.exit(main())
    _, status = os.waitpid(worker, 0)
    asking.send(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


if __name__ == "__main__":
    hold(Path(sys.argv[1]))
