"""What kind of picture a file is, by its first bytes; what its name claims it to be."""

from __future__ import annotations

from pathlib import Path

# Extensions of raws, as LibRaw's list of cameras has them, and of other pictures.
_RAW = """3fr arw cap cr2 cr3 crw dcr dng erf fff gpr iiq kdc mef mos mrw nef nrw orf pef raf raw
rw2 rwl sr2 srf srw x3f"""
_OTHER = """avif bmp gif heic heif hif j2k jp2 jpe jpeg jpg jxl png psb psd tif tiff webp"""
RAW_SUFFIXES = frozenset(f".{name}" for name in _RAW.split())
PICTURE_SUFFIXES = RAW_SUFFIXES | {f".{name}" for name in _OTHER.split()}
# Pictures that are recognised in order to say what they are; none can be a frame.
FOREIGN = {
    "heif": "HEIF",
    "avif": "AVIF",
    "webp": "WebP",
    "gif": "GIF",
    "bmp": "BMP",
    "psd": "Photoshop",
    "jxl": "JPEG XL",
    "jp2": "JPEG 2000",
}
_STARTS = {
    b"\xff\xd8\xff": "jpeg",
    b"\x89PNG\r\n\x1a\n": "png",
    b"II*\0": "tiff",
    b"MM\0*": "tiff",
    b"II+\0": "tiff",
    b"MM\0+": "tiff",
    b"IIRO": "orf",
    b"IIRS": "orf",
    b"MMOR": "orf",
    b"IIU\0": "rw2",
    b"FUJIFILMCCD-RAW": "raf",
    b"FOVb": "x3f",
    b"\0MRM": "mrw",
    b"GIF8": "gif",
    b"BM": "bmp",
    b"8BPS": "psd",
    b"\xff\x0a": "jxl",
    b"\0\0\0\x0cJXL ": "jxl",
    b"\0\0\0\x0cjP  ": "jp2",
}
# Major brands of ISO/IEC 14496-12 files.
_BRANDS = {
    b"crx ": "cr3",
    b"heic": "heif",
    b"heix": "heif",
    b"hevc": "heif",
    b"mif1": "heif",
    b"avif": "avif",
}


def sniff(path: Path | str) -> str | None:
    """A picture's format by its first bytes, None where they say nothing.

    A raw that is a TIFF inside, such as DNG or NEF, is a `tiff` here.
    """
    with open(path, "rb") as file:
        head = file.read(16)
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12])
    if head[:4] == b"RIFF":
        return "webp" if head[8:12] == b"WEBP" else None
    if head[:4] in (b"II*\0", b"MM\0*") and head[8:10] == b"CR":
        return "cr2"
    if head[6:14] == b"HEAPCCDR":
        return "crw"
    return next((name for start, name in _STARTS.items() if head.startswith(start)), None)


def is_picture(path: Path | str) -> bool:
    """Whether a file is a picture by its content, or claims to be one by its name."""
    return Path(path).suffix.lower() in PICTURE_SUFFIXES or sniff(path) is not None


def claims_raw(path: Path | str) -> bool:
    """Whether a file's name says that it is a raw."""
    return Path(path).suffix.lower() in RAW_SUFFIXES
