"""A page that shows every stack at a glance, those that stopped or have warnings first."""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image

from imaging.frames import tiff
from imaging.pictures.crop import upright
from imaging.pictures.depth_view import depth_view
from reading import FAULTS, in_words, refuse_failed
from records.files import refuse_outputs, replacing
from records.log import progress, warn
from records.reports.gallery import LOOK, STOPPED, Card, card, page, read_json
from records.sheet.folder_names import catalog_number
from step import run

LONG_EDGE_PX = 400


def main(argv: list[str]) -> None:
    """Write the page, and the pictures of depth maps beside it."""
    options = arguments().parse_args(argv)
    refuse_outputs(options, "out")
    pictures = options.out.with_suffix("")
    cards = []
    failed: list[str] = []
    for stack in sorted(path for path in options.specimens.glob("*/[!.]*") if path.is_dir()):
        logs = options.logs / stack.parent.name / stack.name
        name = f"{stack.parent.name} {stack.name}"
        try:
            cards.append(card(stack, logs, depth_picture(stack, pictures)))
        except FAULTS as error:
            said = in_words(error)
            warn(f"{name}: {said}")
            failed.append(name)
            specimen = stack.parent.name
            number = catalog_number({}, specimen)
            cards.append(Card(specimen, number, stack.name, STOPPED, (said,)))
    with replacing(options.out) as partial:
        partial.write_text(page(cards, options.out.parent), encoding="utf-8")
    need = sum(one.state in (STOPPED, LOOK) for one in cards)
    progress(f"{options.out}: {len(cards)} stacks, {need} of them need a look")
    refuse_failed(failed, "shown")


def depth_picture(stack: Path, pictures: Path) -> tuple[Path, str] | None:
    """Make the picture of a stack's depth map, and say what its colours mean."""
    specimen, view = stack.parent.name, stack.name
    record = read_json(stack / "archival" / f"{specimen}_{view}.json")
    fused = read_json(stack / "stack" / "fuse.json")
    maps = [stack / "stack" / f"{name}.tif" for name in ("depth", "confidence")]
    if not record or not fused or not all(path.is_file() for path in maps):
        return None
    x, y, width, height = record["crop_px"]
    depth, confidence = (
        upright(tiff.read_image(path)[y : y + height, x : x + width], record["orientation_applied"])
        for path in maps
    )
    picture, lowest, highest = depth_view(depth, confidence, LONG_EDGE_PX)
    target = pictures / f"{specimen}_{view}_depth.jpg"
    with replacing(target) as partial:
        Image.fromarray(picture).save(partial, quality=85)
    digits = 0 if highest - lowest >= 10 else 1
    ends = (
        (f"{lowest:.{digits}f} µm", f"{highest:.{digits}f} µm")
        if fused["depth_unit"] == "um"
        else (f"frame {lowest:.0f}", f"frame {highest:.0f}")
    )
    return target, f"depth: blue {ends[0]}, yellow {ends[1]}, dark unsure"


def arguments() -> argparse.ArgumentParser:
    """The command line of this page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--specimens", type=Path, required=True, help="the master folder")
    parser.add_argument("--logs", type=Path, required=True, help="root of the logs")
    parser.add_argument("--out", type=Path, required=True, help="page to write, HTML")
    return parser


if __name__ == "__main__":
    run(main)
