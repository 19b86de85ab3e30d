"""Who looks at frames that are gone has them developed again, and the same picture is shown."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import align
import convert
import fuse
import ledger
from imaging.retouching.box import Box
from records.errors import RecordError
from records.files import sha256_file
from web.developing import AGAIN, Developing
from web.retouching.catalogue import Catalogue
from web.review.names import Stack
from web.review.pictures import Pictures

pytestmark = pytest.mark.slow
NAMES = {k: f"pcb_00{k}.tif" for k in (1, 2, 3)}


@pytest.fixture(scope="module")
def fused(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stack of three raws up to its fused image, in a data folder."""
    folder = tmp_path_factory.mktemp("data") / "specimens" / "A-1" / "top"
    raw, frames = folder / "raw", folder / "frames.csv"
    raw.mkdir(parents=True)
    for k in NAMES:
        shutil.copy(demo / "pcb-raw" / f"pcb_00{k}.dng", raw)
    made = {name: folder / "stack" / f"{name}.json" for name in ("convert", "transforms", "fuse")}
    ledger.main(["--raw", str(raw), "--out", str(frames)])
    named = ["--raw", str(raw), "--ledger", str(frames), "--tiff", str(folder / "tiff")]
    convert.main([*named, "--out", str(made["convert"])])
    align.main(["--convert", str(made["convert"]), "--out", str(made["transforms"])])
    named = ["--transforms", str(made["transforms"]), "--ledger", str(frames)]
    image = folder / "stack" / "fused.tif"
    fuse.main([*named, "--fused", str(image), "--out", str(made["fuse"])])
    return folder


@pytest.fixture()
def stack(fused: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    shutil.copytree(fused, tmp_path / "specimens" / "A-1" / "top")
    return tmp_path / "specimens" / "A-1" / "top"


def test_a_frame_of_a_stacks_page_is_the_same_picture_when_it_is_gone(stack):
    data = stack.parents[2]
    known = Stack("A-1", "top", stack, data / "results", data / "archive")

    def seen() -> tuple[object, bytes, bytes]:
        found = Pictures(known).find("frame-002")
        assert found is not None
        source = found.source
        box = (64, 64, 256, 128)
        return source.stamp(), source.reduced(box, 1).tobytes(), source.reduced(box, 4).tobytes()

    before = seen()
    shutil.rmtree(stack / "tiff")
    assert seen() == before
    AGAIN.end()


def test_a_frame_is_painted_from_when_it_is_gone(stack):
    def seen() -> bytes:
        catalogue = Catalogue(stack, stack.parents[2] / "archive", "holostack:A-1/top")
        assert catalogue.missing == []
        with catalogue.offered["frame-003"].open() as picture:
            return picture.read(Box(100, 100, 64, 32)).pixels.tobytes()

    before = seen()
    shutil.rmtree(stack / "tiff")
    assert seen() == before
    AGAIN.end()


def test_few_frames_are_kept_and_none_when_the_server_ends(stack):
    known = {k: sha256_file(stack / "tiff" / name) for k, name in NAMES.items()}
    size = (stack / "tiff" / NAMES[1]).stat().st_size
    shutil.rmtree(stack / "tiff")
    again = Developing(most_bytes=size + 1)
    first = again.file(stack, 1, NAMES)
    assert sha256_file(first) == known[1]
    other = again.file(stack, 3, NAMES)
    assert sha256_file(other) == known[3] and other.parent == first.parent
    again.end()
    assert list((stack.parents[2] / "results").iterdir()) == []
    # The stack itself is as it was.
    assert not (stack / "tiff").exists()


def test_a_frame_that_cannot_be_developed_says_why(stack):
    shutil.rmtree(stack / "tiff")
    (stack / "raw" / "pcb_002.dng").unlink()
    again = Developing()
    with pytest.raises(RecordError, match=r"developed again: frame 2 \(pcb_002.dng\): is missing"):
        again.file(stack, 2, NAMES)
    again.end()
