"""`python -m hardware`: rails, cameras and the capture session from the bench."""

import sys
from pathlib import Path

# What a frame is and how a record is written, the workflow's libraries say: they lie beside this.
sys.path.append(str(Path(__file__).resolve().parents[1] / "scripts"))

from hardware.commands import run

run()
