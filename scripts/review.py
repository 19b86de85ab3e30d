"""The review site: a stack's page with its pictures, and the page of the whole collection."""

from __future__ import annotations

from step import run

import argparse
import re
import shutil
from pathlib import Path

from imaging.pictures.tiles import TILE_PX
from page_pictures import (
    OVERLAYS,
    Shown,
    copy_evidence,
    draw_frames,
    draw_maps,
    draw_master,
    draw_others,
    draw_whole,
)
from records.errors import RecordError
from records.files import refuse_outputs
from records.log import progress
from records.reports.review_crop import CROP_PAGE
from records.reports.review_index import write_index
from records.reports.review_site import Site, put_static, write_beside
from records.reports.review_stack import page_of, put_page, stamp_of
from records.reports.review_surface import SURFACE_PAGE, surface_page_of
from records.reports.run_status import read_run
from records.sheet.settings import add_settings
from records.unfinished import beside

# What this script puts into a page's folder beside the page.
PICTURES = re.compile(
    r"frames|evidence|overlays|thumbnail\.jpg|whole\.jpg|preview\.html|surface\.html"
    r"|(master|fused|method-\w+|version-v\d+|slab-\d+)(\.jpg)?"
)


def main(argv: list[str]) -> None:
    """Make a stack's page, or that of the collection."""
    options = arguments().parse_args(argv)
    options.make(options)


def make_stack(options: argparse.Namespace) -> None:
    """Write the pictures of a stack, its data and its page."""
    refuse_outputs(options, "out")
    site = Site(options.results, options.static)
    folder = site.folder(options.stack.parent.name, options.stack.name)
    if options.out != folder / "stack.json":
        raise RecordError(f"--out must be {folder / 'stack.json'}, where its page looks for it")
    folder.mkdir(parents=True, exist_ok=True)
    with beside(folder / "pictures") as work:
        shown = Shown.of(options.stack, work)
        draw_master(shown, options.tiles)
        draw_others(shown, options.tiles, options.frames_px, options.archive)
        draw_frames(shown, options.frames_px, options.threads)
        draw_maps(shown, options.frames_px or TILE_PX)
        copy_evidence(shown)
        crop_page = draw_whole(shown, options.frames_px)
        put_in_place(work, folder)
        if crop_page:
            write_beside(site, folder, "preview.html", CROP_PAGE, crop_page)
        if surface := surface_page_of(options.stack):
            write_beside(site, folder, "surface.html", SURFACE_PAGE, surface)
        logs = options.logs / options.stack.parent.name / options.stack.name
        stamp = stamp_of(options.stack, logs)
        pictures = {**shown.told(), "crop_page": CROP_PAGE if crop_page else None}
        pictures["surface_page"] = SURFACE_PAGE if surface else None
        data = page_of(site, options.stack, logs, options.archive, {}, pictures)
        put_page(site, data, stamp)
        # Last of all: by them it is known that a page was drawn to its end.
        (work / OVERLAYS).replace(folder / OVERLAYS)
    # Of another workflow that uses this one as a module, no run ends with the collection's page.
    put_static(site)
    progress(f"{folder / 'index.html'}: {len(shown.images)} pictures to look at")


def make_index(options: argparse.Namespace) -> None:
    """Write the page of the collection, of what is in the folders and the archive."""
    site = Site(options.results, options.static)
    run = read_run(options.results)
    count = write_index(site, {}, options.specimens, options.archive, options.logs, run)
    progress(f"{site.index}: {count} stacks")


def put_in_place(work: Path, folder: Path) -> None:
    """Put new pictures where the page looks for them, and take earlier ones away, nothing else.

    Overlays stay in `work`.
    """
    for old in folder.iterdir():
        if PICTURES.fullmatch(old.name):
            shutil.rmtree(old) if old.is_dir() and not old.is_symlink() else old.unlink()
    for new in work.iterdir():
        if not new.name.startswith(".") and new.name != OVERLAYS:
            new.replace(folder / new.name)


def arguments() -> argparse.ArgumentParser:
    """The command line of both."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="stack|index")
    stack = commands.add_parser("stack", help="a stack's page with its pictures")
    stack.set_defaults(make=make_stack)
    stack.add_argument("--stack", type=Path, required=True, help="the stack's folder")
    stack.add_argument("--out", type=Path, required=True, help="its data, stack.json")
    add_settings(stack, "review")
    stack.add_argument("--threads", type=int, default=1, help="frames that are drawn at once")
    index = commands.add_parser("index", help="the page of the collection, and stacks.csv")
    index.set_defaults(make=make_index)
    index.add_argument("--specimens", type=Path, required=True, help="the master folder")
    for one in (stack, index):
        one.add_argument("--archive", type=Path, required=True, help="root of the archive")
        one.add_argument("--logs", type=Path, required=True, help="root of the logs")
        one.add_argument("--results", type=Path, required=True, help="folder of the site")
        one.add_argument(
            "--static",
            type=Path,
            default=Path(__file__).resolve().parents[1] / "web" / "static",
            help="templates and what pages use",
        )
    return parser


if __name__ == "__main__":
    run(main)
