"""Write envs/holostack.yaml, by which `snakemake --software-deployment-method conda` installs.

    python3 envs/run.py python -m tests.conda

Snakemake copies the file to where it makes environments, so that it can name no other beside it: it
holds the pins of envs/requirements.txt itself. It holds them without their hashes, since Snakemake
keeps the text of the file with every output that it makes: those would be 170 kB for each.
"""

from __future__ import annotations

import re
from pathlib import Path

ENVS = Path(__file__).resolve().parents[1] / "envs"
ENVIRONMENT = ENVS / "holostack.yaml"
BEGIN = """\
# For snakemake --software-deployment-method conda: the versions of requirements.txt. Written by
# `python3 envs/run.py python -m tests.conda`; whether a channel has the rest was not tried.
channels:
  - conda-forge
dependencies:
  - python=3.11
  - pip
  - pip:
"""


def environment(pins: str) -> str:
    """The file's text, by the text of requirements.txt."""
    # Quotes are needed where a pin says for which system it is, which has quotes of the other kind.
    found = re.findall(r"^([\w.-]+==[^\\\n]*?)\s*\\?$", pins, re.MULTILINE)
    return BEGIN + "".join(f'      - "{pin}"\n' for pin in found)


if __name__ == "__main__":
    ENVIRONMENT.write_text(environment((ENVS / "requirements.txt").read_text("utf-8")), "utf-8")
