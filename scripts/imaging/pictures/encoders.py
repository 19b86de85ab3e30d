"""Which types of file this machine's libvips can write: some builds come without an encoder."""

from __future__ import annotations

from collections.abc import Iterable

import pyvips

from imaging.errors import ImagingError
from imaging.pictures.file_types import FILE_TYPES

# Whether an encoder is there is known by its writing something: a build may have the container
# of AVIF without what fills it.
TRIAL_PX = 64


def refuse_unwritable(formats: Iterable[str]) -> None:
    """Say so where a type of file that is asked for cannot be written here.

    Parameters
    ----------
    formats : of `FILE_TYPES`

    Raises
    ------
    ImagingError : names all that are lacking
    """
    lacking = [name for name in sorted(set(formats)) if not _is_writable(name)]
    if lacking:
        version = ".".join(str(pyvips.version(part)) for part in range(3))
        raise ImagingError(
            f"libvips {version}, as it is installed here, was built without an encoder for "
            f"{' and '.join(lacking)}; install pyvips-binary of envs/requirements.txt, or give the "
            "derivatives of this type another format"
        )


def _is_writable(name: str) -> bool:
    kind = FILE_TYPES[name]
    if not kind.optional:
        return True
    trial = pyvips.Image.black(TRIAL_PX, TRIAL_PX, bands=3).copy(interpretation="srgb")
    try:
        getattr(trial, f"{kind.writer}_buffer")(**kind.options)
    except (pyvips.Error, AttributeError):
        return False
    return True
