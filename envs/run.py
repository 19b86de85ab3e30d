"""Make Holostack's environment if it is missing or its pins changed, then run a command in it.

    python3 envs/run.py snakemake --cores all
    python3 envs/run.py pytest

Standard library only. The environment lies in `.venv` beside this folder; it is made with uv where
uv is installed, with pip otherwise, and holds exactly what `requirements.txt` pins by hash.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PINS = HERE / "requirements.txt"
ENVIRONMENT = HERE.parent / ".venv"
# Written last, so that an environment whose making was cut short is made again.
STAMP = ENVIRONMENT / "holostack-pins"
LEAST_PYTHON = (3, 11)


def main(command: list[str]) -> None:
    """Run `command` in the environment; the process becomes the command's."""
    if not command or command[0] in ("-h", "--help"):
        print(__doc__.strip())
        return
    if sys.version_info < LEAST_PYTHON:
        sys.exit(
            f"Holostack needs Python {LEAST_PYTHON[0]}.{LEAST_PYTHON[1]} or newer; "
            f"this is {platform.python_version()} ({sys.executable})"
        )
    ensure_environment()
    programs = ENVIRONMENT / "bin"
    os.environ["PATH"] = f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"
    os.environ["VIRTUAL_ENV"] = str(ENVIRONMENT)
    os.environ.pop("PYTHONHOME", None)
    program = shutil.which(command[0])
    if program is None:
        sys.exit(f"{command[0]}: no such command in {programs} or on the PATH")
    os.execv(program, command)


def ensure_environment() -> None:
    """Make the environment unless it stands already, with these pins and this Python."""
    wanted = hashlib.sha256(PINS.read_bytes() + platform.python_version().encode()).hexdigest()
    with (HERE.parent / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if STAMP.is_file() and STAMP.read_text() == wanted:
            return
        print(f"Making the environment in {ENVIRONMENT} (once, some minutes) …", file=sys.stderr)
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        try:
            install()
        except subprocess.CalledProcessError as error:
            sys.exit(
                "The environment could not be made: "
                f"{' '.join(map(str, error.cmd[:4]))} … ended with {error.returncode}; "
                "see the lines above"
            )
        STAMP.write_text(wanted)


def install() -> None:
    """Make a virtual environment and install the pins into it."""
    uv = shutil.which("uv")
    if uv:
        try:
            return install_with_uv(uv)
        except subprocess.CalledProcessError:
            print("uv could not do it, see above; trying pip …", file=sys.stderr)
            shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    return install_with_pip()


def install_with_uv(uv: str) -> None:
    """Make the environment with uv, which trusts the certificates that the system trusts."""
    # Many institutions look into TLS; the switch has changed its name.
    trusting = os.environ | {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"}
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, ENVIRONMENT], check=True)
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--compile-bytecode", "--require-hashes"]
        + ["--python", ENVIRONMENT / "bin" / "python", "-r", PINS],
        check=True,
        env=trusting,
    )


def install_with_pip() -> None:
    """Make the environment with what Python itself brings."""
    # Debian splits ensurepip from Python; its own pip can fill an environment that has none.
    has_ensurepip = (
        subprocess.run([sys.executable, "-c", "import ensurepip"], capture_output=True).returncode
        == 0
    )
    options = [] if has_ensurepip else ["--without-pip"]
    subprocess.run([sys.executable, "-m", "venv", *options, ENVIRONMENT], check=True)
    python = ENVIRONMENT / "bin" / "python"
    pip = (
        [python, "-m", "pip"]
        if has_ensurepip
        else [
            sys.executable,
            "-m",
            "pip",
            "--python",
            python,
        ]
    )
    subprocess.run(
        [*pip, "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        + ["-r", PINS],
        check=True,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
