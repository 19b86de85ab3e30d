"""A page that shows every stack at a glance, those that stopped or have warnings first."""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image

from reading import refuse_failed
from records.files import refuse_outputs, replacing
from records.log import progress, warn
from records.machine import reason_of
from records.reports.gallery import LOOK, STOPPED, Card, card, page
from records.sheet.folder_names import catalog_number
from step import run


def main(argv: list[str]) -> None:
    """Write the page; the pictures of depth maps are in a folder of its name beside it."""
    options = arguments().parse_args(argv)
    refuse_outputs(options, "out")
    pictures = options.out.with_suffix("")
    cards = []
    failed: list[str] = []
    for stack in sorted(path for path in options.specimens.glob("*/[!.]*") if path.is_dir()):
        specimen, view = stack.parent.name, stack.name
        depth = pictures / specimen / f"{view}_depth.jpg"
        try:
            cards.append(card(stack, options.logs / specimen / view, with_caption(depth)))
        except Exception as error:
            reason = reason_of(error)
            warn(f"{specimen} {view}: {reason}")
            failed.append(f"{specimen} {view}")
            number = catalog_number({}, specimen)
            cards.append(Card(specimen, number, view, STOPPED, (reason,)))
    with replacing(options.out) as partial:
        partial.write_text(page(cards, options.out.parent), encoding="utf-8")
    need = sum(card.state in (STOPPED, LOOK) for card in cards)
    stacks = f"{len(cards)} {'stack' if len(cards) == 1 else 'stacks'}"
    progress(f"{options.out}: {stacks}, {need} to be looked at")
    refuse_failed(failed, "shown")


def with_caption(picture: Path) -> tuple[Path, str] | None:
    """A picture that scripts/depth_picture.py drew, with what its colours mean; None without it."""
    if not picture.is_file():
        return None
    with Image.open(picture) as image:
        return picture, image.info.get("comment", b"depth").decode()


def arguments() -> argparse.ArgumentParser:
    """The command line of this page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--specimens", type=Path, required=True, help="the master folder")
    parser.add_argument("--logs", type=Path, required=True, help="root of the logs")
    parser.add_argument("--out", type=Path, required=True, help="page to write, HTML")
    return parser


if __name__ == "__main__":
    run(main)
