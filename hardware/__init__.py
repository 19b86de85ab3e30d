"""Rails, cameras, optics and the capture session; `python -m hardware --help` for the bench."""

import sys
from pathlib import Path

# What a frame is, the workflow's steps say: their libraries lie in the folder beside this one.
_LIBRARIES = str(Path(__file__).resolve().parents[1] / "scripts")
if _LIBRARIES not in sys.path:
    sys.path.append(_LIBRARIES)
