"""Pictures with Exif of their own, as a test wants them."""

import struct

from PIL import Image

EXIF_IFD = 0x8769


def jpeg_with(path, image=(), exif=()):
    """A JPEG with some tags in IFD 0 and in the Exif IFD."""
    tags = Image.Exif()
    for code, value in dict(image).items():
        tags[code] = value
    tags.get_ifd(EXIF_IFD).update(dict(exif))
    Image.new("RGB", (8, 8), "grey").save(path, "JPEG", exif=tags)
    return path


def raf_around(path, jpeg):
    """A RAF as far as its Exif goes: the header, then the JPEG."""
    header = bytearray(160)
    header[:15] = b"FUJIFILMCCD-RAW"
    struct.pack_into(">II", header, 84, len(header), len(jpeg))
    path.write_bytes(bytes(header) + jpeg)
    return path
