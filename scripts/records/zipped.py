"""ZIP files that are equal where their content is: sorted, and all entries of one date."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

# The earliest that ZIP knows.
DATE = (1980, 1, 1, 0, 0, 0)


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """A ZIP file of these contents by their names."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return whole.getvalue()
