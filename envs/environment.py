"""See that the environment holds what a command needs: its pins, kernels, and what pages show with.

Each has a stamp, written last, so that what was cut short is done again.
"""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
from pathlib import Path

from from_npm import ensure_from_npm
from installer import (
    ENVIRONMENT,
    HERE,
    OF_SOURCES_TO_TEST,
    PYTHON,
    build,
    follow,
    install,
    is_stamped,
    make,
    say,
)

PINS = HERE / "requirements.txt"
WEB_PINS = HERE / "requirements-web.txt"
SLURM_PINS = HERE / "requirements-slurm.txt"
BATCH_PINS = HERE / "requirements-batch.txt"
LAYERS_PINS = HERE / "requirements-layers.txt"
DEV_PINS = HERE / "requirements-dev.txt"
STAMP = ENVIRONMENT / "holostack-pins"
# What else may be installed on top: a stamp of its own, and for whom it is.
EXTRAS = {
    DEV_PINS: (ENVIRONMENT / "holostack-dev-pins", "tests and checks need"),
    WEB_PINS: (ENVIRONMENT / "holostack-web-pins", "pages in a browser need"),
    SLURM_PINS: (ENVIRONMENT / "holostack-slurm-pins", "Slurm needs"),
    BATCH_PINS: (ENVIRONMENT / "holostack-batch-pins", "PBS and LSF need"),
    LAYERS_PINS: (ENVIRONMENT / "holostack-layers-pins", "layered pictures need"),
}
# What compiles kernels, and the list of them.
COMPILE = HERE.parent / "scripts" / "compile_kernels.py"
KERNELS = HERE.parent / "scripts" / "imaging" / "sampling" / "ahead.json"
# What the system tells of a processor, as far as it decides how code is compiled.
DECISIVE = ("model name", "flags", "Features", "CPU ")


def ensure_environment(extra: list[Path], kernels: bool) -> None:
    """Make the environment unless it stands already, with these pins and this Python.

    `extra` are the pins that are wanted on top, of those in `EXTRAS`; `kernels` says whether
    kernels are to be compiled.
    """
    import fcntl  # which Windows has not

    try:
        lock = (HERE.parent / ".venv.lock").open("w")
    except OSError as error:
        # Installed once for many who may not write there, or in an image: used as it is.
        if is_stamped(STAMP, wanted_by(PINS)) and all(
            is_stamped(EXTRAS[pins][0], wanted_by(PINS, pins)) for pins in extra
        ):
            return
        sys.exit(
            f"{ENVIRONMENT}: lacks what this command needs, and cannot be written to "
            f"({error.strerror}); have who installed Holostack run the same command once"
        )
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            if not is_stamped(STAMP, wanted_by(PINS)):
                say(f"Making the environment in {ENVIRONMENT} (once, some minutes) …")
                make()
                build(PINS)
                install(PINS)
                STAMP.write_text(wanted_by(PINS))
            for pins in extra:
                stamp, who = EXTRAS[pins]
                if not is_stamped(stamp, wanted_by(PINS, pins)):
                    say(f"Adding what {who} to {ENVIRONMENT} (once) …")
                    build(pins, OF_SOURCES_TO_TEST)
                    install(pins)
                    stamp.write_text(wanted_by(PINS, pins))
            ensure_from_npm(DEV_PINS in extra)
            if kernels:
                ensure_kernels()
        except subprocess.CalledProcessError as error:
            say(error.output)
            sys.exit(
                "The environment could not be made: "
                f"{' '.join(map(str, error.cmd[:4]))} … ended with {error.returncode}; "
                "see the lines above"
            )


def wanted_by(*pins: Path) -> str:
    """What the stamp of an environment says that holds these pins, for this Python."""
    python = platform.python_version().encode()
    return hashlib.sha256(b"".join(path.read_bytes() for path in pins) + python).hexdigest()


def ensure_kernels() -> None:
    """Compile kernels, once for each list of them and each kind of processor.

    One that was changed since, or could not be compiled, is compiled when it is first called.
    """
    if not KERNELS.is_file():
        return
    wanted = hashlib.sha256(KERNELS.read_bytes() + processor().encode()).hexdigest()
    stamp = ENVIRONMENT / f"holostack-kernels-{wanted[:16]}"
    if stamp.is_file():
        return
    say("Compiling for this kind of processor (once, a minute) …")
    try:
        follow([str(PYTHON), str(COMPILE)])
    except subprocess.CalledProcessError as error:
        say(error.output)
        say("Not all could be compiled, see above; the rest is compiled when it is first needed.")
    stamp.touch()


def processor() -> str:
    """What this kind of processor is told by, alike at every call."""
    told = [platform.machine()]
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            for line in file:
                # One for each core, with an empty line after it.
                if not line.strip():
                    break
                if line.startswith(DECISIVE):
                    told.append(line)
    except OSError:
        told.append(platform.processor())
    return "\n".join(told)
