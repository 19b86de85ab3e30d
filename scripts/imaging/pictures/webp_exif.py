"""The Exif of a WebP as its container has it: without the header that belongs to a JPEG's.

libvips (8.18) writes that header, and programs that read by the letter call it improper. Layout:
WebP Container Specification, "Extended File Format"; RIFF chunks of a name, a size and contents,
padded to an even size.
"""

from __future__ import annotations

import struct

OF_JPEG = b"Exif\0\0"


def without_header(webp: bytes) -> bytes:
    """A WebP whose Exif begins with its TIFF header; all else as it was."""
    parts, at = [], 12
    while at + 8 <= len(webp):
        name, size = struct.unpack_from("<4sI", webp, at)
        content = webp[at + 8 : at + 8 + size]
        if name == b"EXIF":
            content = content.removeprefix(OF_JPEG)
        parts.append(struct.pack("<4sI", name, len(content)) + content + b"\0" * (len(content) % 2))
        at += 8 + size + size % 2
    body = b"WEBP" + b"".join(parts)
    return struct.pack("<4sI", b"RIFF", len(body)) + body
