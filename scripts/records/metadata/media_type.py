"""The media type of a file by its name, the same on every machine and with every Python."""

from __future__ import annotations

import mimetypes

# Older Pythons, and systems without a table of their own, do not know these.
_OURS = {
    ".avif": "image/avif",
    ".dng": "image/x-adobe-dng",
    ".glb": "model/gltf-binary",
    ".webp": "image/webp",
}
_KNOWN = mimetypes.MimeTypes(filenames=())
for _ending, _type in _OURS.items():
    _KNOWN.add_type(_type, _ending)


def media_type(path: str) -> str | None:
    """Such as `image/tiff`; None where nobody knows."""
    return _KNOWN.guess_type(path)[0]
