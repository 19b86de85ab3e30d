"""Which Holostack this is: its commit, or failing that a hash of its workflow."""

from __future__ import annotations

import subprocess
from pathlib import Path

from records.hashes import sha256_file


def version_of(workflow: Path) -> str:
    """Commit of a workflow's checkout; outside of one, the SHA-256 of its Snakefile."""
    command = ["git", "-C", str(workflow.parent), "describe", "--always", "--dirty", "--tags"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return f"sha256:{sha256_file(workflow)}"
    return said.stdout.strip()
