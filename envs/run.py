"""Make Holostack's environment if it is missing or its pins changed, then run a command in it.

    python3 envs/run.py snakemake --cores all
    python3 envs/run.py pytest

Standard library only. The environment lies in `.venv` beside this folder; it is made with uv where
uv is installed, with pip otherwise, and holds exactly what `requirements.txt` pins by hash. On top
of it comes, when it is first used, `requirements-web.txt` for `python -m web`,
`requirements-slurm.txt` for a profile whose executor is slurm, and `requirements-dev.txt` for a
command that `requirements-dev.in` names (pytest, ruff, mypy …) or a program in `tests/`. Then
kernels are compiled for this kind of processor, so that the first stack need not wait for that; a
tool of the tests and checks does not ask for it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections import deque
from itertools import pairwise
from pathlib import Path
from threading import Thread

HERE = Path(__file__).resolve().parent
PINS = HERE / "requirements.txt"
WEB_PINS = HERE / "requirements-web.txt"
SLURM_PINS = HERE / "requirements-slurm.txt"
DEV_PINS = HERE / "requirements-dev.txt"
DEV_COMMANDS = re.findall(r"^\w[\w-]*", (HERE / "requirements-dev.in").read_text("utf-8"), re.M)
ENVIRONMENT = HERE.parent / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
# Written last, so that an environment whose making was cut short is made again.
STAMP = ENVIRONMENT / "holostack-pins"
# What else may be installed on top: a stamp of its own, and for whom it is.
EXTRAS = {
    DEV_PINS: (ENVIRONMENT / "holostack-dev-pins", "tests and checks need"),
    WEB_PINS: (ENVIRONMENT / "holostack-web-pins", "pages in a browser need"),
    SLURM_PINS: (ENVIRONMENT / "holostack-slurm-pins", "Slurm needs"),
}
# What compiles kernels, and the list of them.
COMPILE = HERE.parent / "scripts" / "compile_kernels.py"
KERNELS = HERE.parent / "scripts" / "imaging" / "sampling" / "ahead.json"
# What the system tells of a processor, as far as it decides how code is compiled.
DECISIVE = ("model name", "flags", "Features", "CPU ")
LEAST_PYTHON = (3, 11)
# Lines of an installer that are shown when it fails.
LAST_LINES = 30


def main(command: list[str]) -> None:
    """Run `command` in the environment; the process becomes the command's."""
    if not command or command[0] in ("-h", "--help"):
        print(__doc__.strip())
        return
    if sys.platform == "win32":
        sys.exit(
            "On Windows, Holostack runs in WSL: `wsl --install` in a terminal, then this command "
            "in the Linux that it opens"
        )
    if sys.version_info < LEAST_PYTHON:
        sys.exit(
            f"Holostack needs Python {LEAST_PYTHON[0]}.{LEAST_PYTHON[1]} or newer; "
            f"this is {platform.python_version()} ({sys.executable})"
        )
    extra = []
    to_develop = is_for_development(command)
    if to_develop:
        extra.append(DEV_PINS)
    if is_for_web(command):
        extra.append(WEB_PINS)
    if is_for_slurm(command):
        extra.append(SLURM_PINS)
    ensure_environment(extra, not to_develop)
    programs = PYTHON.parent
    os.environ["PATH"] = f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"
    os.environ["VIRTUAL_ENV"] = str(ENVIRONMENT)
    os.environ.pop("PYTHONHOME", None)
    program = shutil.which(command[0])
    if program is None:
        sys.exit(f"{command[0]}: no such command in {programs} or on the PATH")
    os.execv(program, command)


def is_for_development(command: list[str]) -> bool:
    """Whether a command is a tool of the tests and checks, or runs what lies in `tests/`."""
    program, *words = command
    if program.startswith("python") and words[:1] == ["-m"]:
        program, *words = words[1:] or [program]
    return program in DEV_COMMANDS or any(
        word.startswith("tests") for word in (program, *words[:1])
    )


def is_for_web(command: list[str]) -> bool:
    """Whether a command serves pages to a browser: `python -m web`."""
    program, *words = command
    return program.startswith("python") and words[:2] == ["-m", "web"]


def is_for_slurm(command: list[str]) -> bool:
    """Whether Snakemake is asked, by an option or in its profile, to run its jobs on Slurm."""
    words = [part for word in command for part in word.split("=", 1)]
    for option, value in pairwise(words):
        if option in ("-e", "--executor") and value == "slurm":
            return True
        if option in ("--profile", "--workflow-profile"):
            of_user = Path.home() / ".config" / "snakemake" / value
            for path in (*Path(value).glob("*.yaml"), *of_user.glob("*.yaml")):
                if re.search(r"^executor:\s*slurm\b", path.read_text("utf-8", "replace"), re.M):
                    return True
    return False


def ensure_environment(extra: list[Path], kernels: bool) -> None:
    """Make the environment unless it stands already, with these pins and this Python.

    `extra` are the pins that are wanted on top, of those in `EXTRAS`; `kernels` says whether
    kernels are to be compiled.
    """
    import fcntl  # which Windows has not

    python = platform.python_version().encode()
    wanted = hashlib.sha256(PINS.read_bytes() + python).hexdigest()
    with (HERE.parent / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            if not is_stamped(STAMP, wanted):
                say(f"Making the environment in {ENVIRONMENT} (once, some minutes) …")
                make()
                install(PINS)
                STAMP.write_text(wanted)
            for pins in extra:
                stamp, who = EXTRAS[pins]
                wanted = hashlib.sha256(PINS.read_bytes() + pins.read_bytes() + python).hexdigest()
                if not is_stamped(stamp, wanted):
                    say(f"Adding what {who} to {ENVIRONMENT} (once) …")
                    install(pins)
                    stamp.write_text(wanted)
            if kernels:
                ensure_kernels()
        except subprocess.CalledProcessError as error:
            sys.exit(
                "The environment could not be made: "
                f"{' '.join(map(str, error.cmd[:4]))} … ended with {error.returncode}; "
                "see the lines above"
            )


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
    except subprocess.CalledProcessError:
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


def is_stamped(stamp: Path, wanted: str) -> bool:
    """Say whether what is installed is what the pins want."""
    return stamp.is_file() and stamp.read_text() == wanted


def make() -> None:
    """Make a virtual environment anew, with pip in it where this Python can."""
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    if has("ensurepip"):
        follow([sys.executable, "-m", "venv", str(ENVIRONMENT)])
    elif has("pip") or shutil.which("uv"):
        # Debian splits ensurepip from Python; its own pip can fill an environment that has none.
        follow([sys.executable, "-m", "venv", "--without-pip", str(ENVIRONMENT)])
    else:
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        sys.exit(
            f"{sys.executable} brings nothing to install with, neither ensurepip nor pip. On "
            f"Debian and Ubuntu this helps: sudo apt install {version}-venv"
        )


def install(pins: Path) -> None:
    """Install `pins` into the environment as it stands."""
    options = ["--require-hashes", "-r", str(pins)]
    pip = [str(PYTHON), "-m", "pip"]
    if not (ENVIRONMENT / "bin" / "pip").exists():
        pip = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    if uv := shutil.which("uv"):
        try:
            # Many institutions look into TLS: uv is to trust what the system trusts. The switch
            # has changed its name.
            trusting = {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"}
            python = ["--python", str(PYTHON), "--compile-bytecode"]
            follow([uv, "pip", "install", *python, *options], trusting)
            return
        except subprocess.CalledProcessError:
            if pip[0] != str(PYTHON) and not has("pip"):
                raise
            say("uv could not do it, see above; trying pip …")
    follow([*pip, "install", "--disable-pip-version-check", "--no-input", *options])


def has(module: str) -> bool:
    """Say whether this Python has a module, without loading it."""
    return importlib.util.find_spec(module) is not None


def follow(command: list[str], environment: dict[str, str] | None = None) -> None:
    """Run an installer and show what it is at: its last line, with the time since it started.

    On a terminal the line is rewritten in place; in a log there is one every ten seconds. All that
    it wrote last is shown where it fails.
    """
    terminal = sys.stderr.isatty()
    started = time.monotonic()
    lines: deque[str] = deque(maxlen=LAST_LINES)
    with subprocess.Popen(
        command,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout is not None
        reader = Thread(target=lines.extend, args=(process.stdout,), daemon=True)
        reader.start()
        while reader.is_alive():
            reader.join(0.5 if terminal else 10)
            if reader.is_alive() and lines:
                minutes, seconds = divmod(int(time.monotonic() - started), 60)
                # The names of all that is installed are no news.
                at = re.sub("^(Installing collected packages).*", r"\1", lines[-1].strip())
                line = f"  {minutes}:{seconds:02} {at}"
                width = shutil.get_terminal_size().columns - 1
                say(f"\r\033[K{line[:width]}" if terminal else line[:100], "" if terminal else "\n")
    if terminal:
        say("\r\033[K", "")
    if process.returncode:
        say("".join(lines))
        raise subprocess.CalledProcessError(process.returncode, command)


def say(text: str, end: str = "\n") -> None:
    """Tell the person at once, beside what the command itself will write."""
    print(text, end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
