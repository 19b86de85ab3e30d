"""Asks pip-audit for known vulnerabilities of what a user installs, and says what it found.

    python3 envs/run.py python tests/vulnerabilities.py

It ends well whatever is found: what was made known today is no fault of today's change. Where
no vulnerability service answers, within a minute, it says so.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ENVS = Path(__file__).resolve().parents[1] / "envs"
# All but the tools of tests.
PINS = sorted(path for path in ENVS.glob("requirements*.txt") if path.stem != "requirements-dev")
LIMIT_S = 60


def main() -> None:
    """Print one line, and one more for each vulnerability."""
    command = [sys.executable, "-m", "pip_audit", "--require-hashes"]
    command += [word for pins in PINS for word in ("--requirement", str(pins))]
    command += ["--disable-pip", "--format", "json", "--progress-spinner", "off"]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
        print("\n".join(told(run.stdout)))
    except subprocess.TimeoutExpired:
        print(f"vulnerabilities: not looked for, no service answered within {LIMIT_S} s")


def told(report: str) -> list[str]:
    """Lines for people of what pip-audit reports as JSON; it reports nothing where it failed."""
    try:
        packages = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        packages = []
    known = [one for one in packages if "skip_reason" not in one]
    if not known:
        return ["vulnerabilities: not looked for, no service that knows these packages answered"]
    found = [
        f"vulnerabilities: {one['name']} {one['version']}: {hole['id']}, mended in "
        f"{', '.join(hole['fix_versions']) or 'no version yet'}"
        for one in known
        for hole in one["vulns"]
    ]
    return [f"vulnerabilities: {len(found)} known of {len(known)} packages", *found]


if __name__ == "__main__":
    main()
