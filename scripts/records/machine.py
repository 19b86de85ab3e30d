"""What the machine refuses, in sentences: a full disk, a forbidden file, more memory."""

from __future__ import annotations

import errno
import os
import resource
from pathlib import Path

# Linux counts here how often it ended a process for want of memory, and says how much there is.
_COUNTERS, _MEMORY = Path("/proc/vmstat"), Path("/proc/meminfo")
# And here, how much of it a container may have.
_LIMIT = Path("/sys/fs/cgroup/memory.max")
# What is asked of a disk: its place, its free bytes, its user.
_SENTENCES = {
    errno.ENOSPC: "the disk {disk} is full, {free} are free; make room, then run again",
    errno.EDQUOT: "your share of the disk {disk} is used up; make room there, or have the quota "
    "raised, then run again",
    errno.EROFS: "the disk {disk} can only be read; make it writable, or name another place",
    errno.EACCES: "user {user} may not do that there; give the right to, or name another place",
    errno.EPERM: "user {user} may not do that there; give the right to, or name another place",
    errno.EIO: "the disk {disk} cannot read or write it; check cable and disk, bring the file back "
    "from a copy, then run again",
    errno.ENAMETOOLONG: "the name is longer than the disk {disk} takes; shorten it, or its folders",
    errno.EMFILE: "more files are open than one program may have, {files}; raise it (ulimit -n), "
    "then run again",
    errno.ENFILE: "more files are open than this machine may have; end other programs, then run "
    "again",
    errno.ESTALE: "the disk {disk} was away in between; connect it again, then run again",
    errno.ENOTCONN: "the disk {disk} is not connected; connect it again, then run again",
    errno.ENXIO: "is no file that can be read or written",
    errno.ELOOP: "is a link that leads to itself, or is none that may stand here; remove it",
}


def in_words(error: OSError, path: Path | str | None = None) -> str:
    """What a system's refusal says to a person: which file, why, on which disk, what to do.

    Parameters
    ----------
    path : that was read or written, where the error itself does not say
    """
    named = error.filename if error.filename is not None else path
    if error.errno is None or isinstance(named, int):
        return str(error)
    place = "a file that is not named" if named is None else os.fsdecode(named)
    sentence = _SENTENCES.get(error.errno)
    if sentence is None:
        return f"{place}: {error.strerror or os.strerror(error.errno)}"
    disk = disk_of(Path(place)) if named is not None else None
    # Loaded by who fails alone.
    import shutil

    words = {
        "disk": disk or "that it lies on",
        "free": in_bytes(shutil.disk_usage(disk).free) if disk else "too few bytes",
        "user": os.environ.get("USER") or os.getuid(),
        "files": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
    }
    return f"{place}: {sentence.format(**words)}"


def reason_of(error: Exception) -> str:
    """What an exception of any kind says to a person, who looks at one file of many.

    A damaged record or file may be anything at all, and so may what it makes Python raise.
    """
    if isinstance(error, OSError):
        return in_words(error)
    if isinstance(error, MemoryError):
        return out_of_memory(error)
    if isinstance(error, KeyError):
        return f"its record lacks {error}"
    if type(error).__name__ in ("RecordError", "ImagingError"):
        return str(error)
    return f"it is damaged, or this program is wrong about it ({type(error).__name__}: {error})"


def disk_of(path: Path) -> Path | None:
    """Where the disk is mounted that a path lies on, or would; None where that cannot be told."""
    try:
        here = path.absolute()
        while not here.exists():
            here = here.parent
        here = here.resolve()
        while not here.is_mount():
            here = here.parent
    except OSError:
        return None
    return here


def out_of_memory(error: BaseException) -> str:
    """What is said where memory ran out: what was asked for, what was held, what to do."""
    asked = str(error) or "the system gave no more"
    held = in_bytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
    return f"memory ran out: {asked}; {held} were in use at most; {advice()}"


def advice() -> str:
    """What to do where memory ran out, and how much there is."""
    return f"run fewer jobs at once (--cores, --resources mem_mb=…), or on a larger machine{_has()}"


def memory_bytes(limit: Path = _LIMIT) -> int:
    """How much memory programs have here: the machine's, or a container's; 0 where nobody says."""
    try:
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError, AttributeError):
        return 0
    try:
        return min(machine, int(limit.read_text("ascii")))
    # No container's limit, or the word `max`.
    except (OSError, ValueError):
        return machine


def _has() -> str:
    try:
        facts = dict(line.split(":", 1) for line in _MEMORY.read_text("ascii").splitlines())
        total, free = (int(facts[name].split()[0]) for name in ("MemTotal", "MemAvailable"))
    except (OSError, ValueError, KeyError):
        return ""
    return f"; this one has {in_bytes(total * 1024)}, {in_bytes(free * 1024)} of them free"


def kills() -> int:
    """How often the system ended a process for want of memory, since its start; 0 if unknown."""
    try:
        for line in _COUNTERS.read_text("ascii").splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    except (OSError, ValueError):
        pass
    return 0


def in_bytes(count: float) -> str:
    """A number of bytes as people say it, such as `1.3 GB`."""
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
