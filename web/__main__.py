"""`python -m web`: pages for people, on their own computer."""

import sys
from pathlib import Path

# What the workflow's libraries know is asked there: they lie beside this.
sys.path.append(str(Path(__file__).resolve().parents[1] / "scripts"))

from web.commands import run

run()
