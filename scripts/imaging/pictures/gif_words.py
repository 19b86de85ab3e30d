"""Words in a GIF, for which libvips has no place: a comment in ASCII, and an XMP packet.

GIF89a (CompuServe 1990), sections 24 and 26; Adobe, "XMP Specification Part 3: Storage in Files",
1.1.2: a packet stands there whole, and 258 bytes behind it lead readers of blocks to their end.
"""

from __future__ import annotations

_TRAILER = b"\x3b"
_COMMENT, _APPLICATION = b"\x21\xfe", b"\x21\xff\x0bXMP DataXMP"
_END_OF_BLOCKS = b"\x00"
# Wherever a reader of blocks comes out of the packet, each byte leads to the last.
_OUT_OF_THE_PACKET = b"\x01" + bytes(range(255, -1, -1))


def with_words(gif: bytes, comment: str, xmp: bytes) -> bytes:
    """A GIF that says so at its end; its pictures are as they were.

    Parameters
    ----------
    comment : ASCII; "" for none
    xmp : packet, UTF-8
    """
    if not gif.startswith(b"GIF89a") or not gif.endswith(_TRAILER):
        raise ValueError("no whole GIF of 1989")
    text = comment.encode("ascii")
    blocks = b"".join(
        bytes([len(part)]) + part
        for part in (text[at : at + 255] for at in range(0, len(text), 255))
    )
    said = _COMMENT + blocks + _END_OF_BLOCKS if text else b""
    packet = _APPLICATION + xmp + _OUT_OF_THE_PACKET + _END_OF_BLOCKS
    return gif.removesuffix(_TRAILER) + said + packet + _TRAILER
