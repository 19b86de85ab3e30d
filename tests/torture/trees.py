"""A tiny data tree, Snakemake run on it as a person would, and what must hold of it afterwards."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from records.archive.left_alone import STAMPS
from tests.torture.trials import ROOT, Lost

DEMO = ROOT / "config" / "demo" / "pcb-jpeg"
# Where in the data folder master folder and archive lie: they may have a disk of their own.
DISK = "disk"
MARK = "HOLOSTACK_TORTURE_TRIAL"
# Longer than any run here takes, many times over, on a machine that has other work too.
HANG_S = 180
TIME_OF_FOLDER = ".snakemake_timestamp"
# What tells times, and what hashes that.
TELLS_TIMES = (
    "logs/",
    "ro-crate-metadata.json",
    "README.html",
    "inventory.json",
    "inventory.json.sha256",
    "archive.json",
    "capture.json",
    "capture.journal.json",
    ".seen.json",
    ".refused.json",
    ".sqlite",
    "results/audit.csv",
    "results/again.json",
    "results/run.js",
    "results/again.png",
    "bag-info.txt",
    "tagmanifest-sha256.txt",
)
# Pages tell when each step was done, how long it took and on how many cores, and how the last run
# went; but for that they are the same.
PAGES = ("results/index.html", "results/review/", "results/stacks.csv")
CIRCUMSTANCES = re.compile(
    rb"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)"
    rb"|\b\d{18,}\b"
    rb'|(?<="seconds":)\s*([\d.]+|null)'
    rb"|(?<=--threads )\d+"
    rb'|"run":\{"format".*?"rows":\[.*?\]\}'
)


def make_frames(folder: Path, width: int = 160) -> None:
    """Three small photographs of real detail, with their Exif."""
    folder.mkdir(parents=True)
    for k in (3, 4, 5):
        with Image.open(DEMO / f"pcb_00{k}.jpg") as image:
            small = image.resize((width, width * 3 // 4))
            small.save(folder / f"pcb_00{k}.jpg", quality=95, exif=image.getexif())


@dataclass
class Tree:
    """A data tree with one stack, and the processes that were started on it."""

    folder: Path
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def stack(self) -> Path:
        return self.data / DISK / "specimens" / "S-1" / "top"

    @property
    def archive(self) -> Path:
        return self.data / DISK / "archive"

    def environment(self) -> dict[str, str]:
        """Of everything that is started on the tree: known by a mark, scratch in a folder apart."""
        scratch = self.folder / "tmp"
        scratch.mkdir(exist_ok=True)
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return {**os.environ, MARK: self.mark, "TMPDIR": str(scratch), "PATH": path}

    def start(self, command: list[str], **environment: str) -> subprocess.Popen[bytes]:
        """Start a command in the data folder, in a session of its own; what it says is kept."""
        with (self.folder / "said").open("ab") as said:
            return subprocess.Popen(
                command,
                cwd=self.data,
                env={**self.environment(), **environment},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )

    def said(self) -> str:
        return (self.folder / "said").read_text("utf-8", "replace")

    def run(self, command: list[str], **environment: str) -> str:
        """Run a command to its good end, and return what it said."""
        before = len(self.said()) if (self.folder / "said").exists() else 0
        code = self.start(command, **environment).wait(HANG_S)
        said = self.said()[before:]
        assert code == 0, f"exit {code} of {command[1:4]}: {last_lines(said)}"
        return said

    def processes(self) -> list[int]:
        """Processes that were started on this tree, by anyone, and still live."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if self.mark.encode() in (entry / "environ").read_bytes():
                        found.append(int(entry.name))
                except OSError:
                    pass  # it ended, or is not ours
        return found

    def end_all(self) -> None:
        for pid in self.processes():
            kill(pid)

    def remove(self) -> None:
        self.end_all()
        shutil.rmtree(self.folder)


ONE_STACK = "specimen,view,source\nS-1,top,raws\n"


def new_tree(folder: Path, frames: Path, sheet: str = ONE_STACK) -> Tree:
    """A tree that nothing was run on yet."""
    tree = Tree(folder)
    (tree.data / "config").mkdir(parents=True, exist_ok=True)
    (tree.data / DISK).mkdir(exist_ok=True)
    shutil.copytree(frames, tree.data / "raws")
    (tree.data / "config" / "specimens.csv").write_text(sheet)
    wanted = {
        "derive": {"print": None, "thumbnail": None, "web": {"long_edge_px": 100}},
        "archive": {"barcodes": "ignore"},
        "paths": {"specimens": f"{DISK}/specimens", "archive": f"{DISK}/archive"},
    }
    (tree.data / "config" / "config.yaml").write_text(json.dumps(wanted))
    return tree


def snakemake(tree: Tree, *options: str, cores: int = 2, program: Path = ROOT) -> list[str]:
    """The plain command that a person types, and types again after a fault."""
    python = [sys.executable, "-m"] if program == ROOT else []
    return [
        *(*python, "snakemake", "--snakefile", str(program / "Snakefile")),
        *("--workflow-profile", str(program / "profiles" / "default"), "--cores", str(cores)),
        *("--directory", str(tree.data), *options),
    ]


def script(name: str, *options: str | Path) -> list[str]:
    return [sys.executable, str(ROOT / "scripts" / f"{name}.py"), *map(str, options)]


def kill(pid: int) -> bool:
    """Whether a process could be killed: it may have ended since it was seen."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def last_lines(said: str) -> str:
    return "\n".join(said.strip().splitlines()[-12:])


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def contents(folder: Path) -> dict[str, str]:
    """Every file of a data tree with its hash; of those that tell times, that it is there.

    Left out is what nobody writes of a step whose Snakemake was killed: how long it took, and the
    time that Snakemake notes in a folder; and what a run that has nothing to do notes of that.
    """
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if (
            name.startswith((".snakemake/", "benchmarks/"))
            or path.is_dir()
            or path.name in (TIME_OF_FOLDER, STAMPS)
        ):
            continue
        if path.is_symlink() or not path.is_file():
            found[name] = "no regular file"
        elif name.startswith(TELLS_TIMES) or name.endswith(TELLS_TIMES) or "/logs/" in name:
            found[name] = "tells times"
        elif name.startswith(PAGES):
            same = CIRCUMSTANCES.sub(b"", path.read_bytes())
            found[name] = hashlib.sha256(same).hexdigest()[:16]
        else:
            found[name] = digest(path)
    return found


def inodes(folder: Path) -> dict[str, tuple[int, int, int, str]]:
    """Inode, time of change, size and hash of every file that a raw folder shows."""
    return {
        path.name: (state.st_ino, state.st_mtime_ns, state.st_size, digest(path))
        for path in sorted(folder.glob("[!.]*"))
        if path.is_file()
        for state in [path.stat()]
    }


def untouched(before: dict[str, tuple], folder: Path) -> None:
    """Raise `Lost` where a raw that was there is gone, or is another file now."""
    after = inodes(folder)
    for name, state in before.items():
        if after.get(name) != state:
            raise Lost(f"{folder.name}/{name} was {state}, is {after.get(name)}")


def valid(archive: Path, versions: int = 1) -> None:
    """Every object is whole by its inventory, holds nothing else, and has so many versions."""
    objects = sorted(archive.rglob("0=ocfl_object_1.1"))
    assert objects, "the archive holds no object"
    for mark in objects:
        inventory = json.loads((mark.parent / "inventory.json").read_bytes())
        sidecar = (mark.parent / "inventory.json.sha256").read_text().split()[0]
        kept = hashlib.sha256((mark.parent / "inventory.json").read_bytes()).hexdigest()
        assert sidecar == kept, "the inventory is not what its sidecar says"
        assert len(inventory["versions"]) == versions, sorted(inventory["versions"])
        named = {path: hash for hash, paths in inventory["manifest"].items() for path in paths}
        there = {
            path.relative_to(mark.parent).as_posix(): path
            for path in mark.parent.glob("v*/content/**/*")
            if path.is_file()
        }
        if there.keys() != named.keys():
            raise Lost(f"in the object: {sorted(there.keys() ^ named.keys())}")
        algorithm = inventory["digestAlgorithm"]
        for name, path in there.items():
            if hashlib.new(algorithm, path.read_bytes()).hexdigest() != named[name].lower():
                raise Lost(f"{name} in the archive is not what it was")


def same_as(reference: dict[str, str], tree: Tree, but_for: tuple[str, ...] = ()) -> None:
    """Raise unless the tree holds what an undisturbed one does, and nothing else lives or lies.

    Files whose names begin as one of `but_for` must be there, and may say something else.
    """
    found = contents(tree.data)
    missing = sorted(reference.keys() - found.keys())
    litter = sorted(found.keys() - reference.keys())
    differ = sorted(
        name
        for name in reference
        if found.get(name, reference[name]) != reference[name] and not name.startswith(but_for)
    )
    assert not (missing or litter or differ), (
        f"missing {few(missing)}, litter {few(litter)}, differ {few(differ)}"
    )
    own = tree.data / ".snakemake"
    left = [
        path.relative_to(tree.folder).as_posix()
        for place in (tree.folder / "tmp", own / "locks", own / "incomplete")
        for path in place.rglob("*")
        # Of a Snakemake that is killed; the system empties its folder for scratch.
        if not (path.match("tmp/snakemake????????") and not any(path.iterdir()))
    ]
    assert not left, f"litter {few(left)}"
    # What is told to end does so a moment later.
    deadline = time.monotonic() + 30
    while alive := tree.processes():
        assert time.monotonic() < deadline, f"still alive: {[named(pid) for pid in alive]}"
        time.sleep(0.1)


def few(names: list[str]) -> str:
    return f"{len(names)}: {', '.join(names[:4])}" if names else "nothing"


def named(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return str(pid)
    return f"{pid} {' '.join(words)[:120]}"


def refuse_tracebacks(said: str) -> None:
    """A traceback is no sentence."""
    assert "Traceback (most recent call last)" not in said, last_lines(said)
