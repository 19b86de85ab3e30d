"""Stacks to hand over, with pictures that are nowhere."""

from __future__ import annotations

from dataclasses import replace

from records.handover.stack import JPEG, TIFF, Picture, Stack

ADDRESS = "https://pictures.example.org"


def picture(name: str, long_edge_px: int, media_type: str = JPEG, size_bytes: int = 9) -> Picture:
    folder = "archival" if media_type == TIFF else "derivatives"
    return Picture(
        path=f"{folder}/{name}",
        is_master=media_type == TIFF,
        content=f"0/1/2/object/v1/content/{folder}/{name}",
        sha256=f"{len(name):064x}",
        size_bytes=size_bytes,
        media_type=media_type,
        size_px=(long_edge_px, long_edge_px // 2),
        pixel_size_um=2.5 * 6000 / long_edge_px,
        address=f"{ADDRESS}/{name}",
    )


def stack(*pictures: Picture, specimen: str = "A-1", view: str = "dorsal", **words: str) -> Stack:
    name = f"{specimen}_{view}"
    made = (
        picture(f"{name}_thumbnail.jpg", 400),
        picture(f"{name}_web.jpg", 2000, size_bytes=1_000_000),
        picture(f"{name}_large.jpg", 6000, size_bytes=8_000_000),
    )
    return Stack(
        identifier=f"holostack:{specimen}/{view}",
        specimen=specimen,
        view=view,
        words=words,
        technique="Focus stacking: 9 frames",
        camera="Camera",
        created="2026-03-04T05:06:07",
        pictures=(picture(f"{name}.tif", 6000, TIFF), *(pictures or made)),
    )


def without_address(one: Stack) -> Stack:
    return replace(one, pictures=tuple(replace(each, address="") for each in one.pictures))
