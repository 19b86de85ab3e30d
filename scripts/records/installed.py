"""Which version of a library or program is installed, without loading it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def installed_version(name: str, module: str = "") -> str:
    """Version of what is installed, by its name, which is that of its module if not said.

    It stands in the name of the folder that an installer leaves beside it. To ask
    importlib.metadata takes longer: it loads what reads e-mail.

    Raises
    ------
    importlib.metadata.PackageNotFoundError : not installed
    """
    spec = find_spec(module or name)
    if spec is not None and spec.origin is not None:
        beside = [place.stem for place in Path(spec.origin).parents[1].glob(f"{name}-*.dist-info")]
        if len(beside) == 1:
            return beside[0].removeprefix(f"{name}-")
    from importlib.metadata import version

    return version(name)
