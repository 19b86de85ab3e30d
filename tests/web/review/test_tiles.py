import io

import numpy as np
import pytest
from PIL import Image

from imaging.frames import colour
from tests.web.review import trees
from web.review import tiles
from web.review.pictures import Pictures
from web.review.placing import Placing
from web.review.sources import OUTSIDE, Flat
from web.review.tiles import NoTile, Pyramid, Tiles

# Of 255, what a JPEG of these colours is off in the mean; a px of place is worth 5 in red.
NEAR = 1.5


def shown(stacks, image: str, level: int = -1, x: int = 0, y: int = 0) -> np.ndarray:
    pictures = Pictures(stacks.known("A-1", "top"))
    pyramid = Pyramid(pictures.find(image).source, pictures.placing)
    level %= len(pyramid.levels)
    with Image.open(io.BytesIO(Tiles().tile(pyramid, level, x, y))) as opened:
        assert opened.info["icc_profile"] == colour.profile("srgb")
        return np.asarray(opened).astype(int)


@pytest.fixture
def small(monkeypatch):
    """Tiles so small that a picture of 40 x 30 px has several levels."""
    monkeypatch.setattr(tiles, "TILE_PX", 8)
    monkeypatch.setattr(tiles, "QUALITY", 100)


@pytest.mark.parametrize("orientation", [1, 6])
def test_all_pictures_are_shown_in_the_px_of_the_master(tmp_path, orientation: int) -> None:
    stacks = trees.stack(tmp_path, orientation=orientation)
    x, y, width, height = trees.CROP
    master = trees.picture()[y : y + height, x : x + width] / 257
    if orientation == 6:
        master = np.rot90(master, -1)
    for image in ("master", "fused"):
        assert np.abs(shown(stacks, image) - master).mean() <= NEAR
    # The frame shows a px more to the left, and is brighter.
    frame = trees.picture(900)[y : y + height, x - 1 : x - 1 + width] / 257
    if orientation == 6:
        frame = np.rot90(frame, -1)
    assert np.abs(shown(stacks, "frame-007") - frame).mean() <= NEAR


@pytest.mark.parametrize("orientation", [1, 6])
def test_all_pictures_lie_as_a_turned_master_does(tmp_path, small, orientation: int) -> None:
    stacks = trees.stack(tmp_path, orientation=orientation, angle_deg=4.0)
    pictures = Pictures(stacks.known("A-1", "top"))
    levels = Pyramid(pictures.find("fused").source, pictures.placing).levels
    for level, (width, height) in enumerate(levels):
        for y in range(0, height, 8):
            for x in range(0, width, 8):
                master = shown(stacks, "master", level, x // 8, y // 8)
                fused = shown(stacks, "fused", level, x // 8, y // 8)
                # The last row and column may be means of less; at the rim, paper shows through.
                rows, columns = min(8, height - y - 1), min(8, width - x - 1)
                if rows and columns:
                    assert np.abs(fused - master)[:rows, :columns].mean() <= 1.5 * NEAR
    # The frame lies a px to the right in the fused image, where red grows by 5 for a px.
    frame, fused = (shown(stacks, name, -1, 1, 1) for name in ("frame-007", "fused"))
    assert (frame - fused)[..., 0].mean() == pytest.approx((900 - 1300) / 257, abs=0.7)


@pytest.mark.parametrize("orientation", [1, 6])
def test_an_earlier_master_that_was_turned_lies_straight_beside_todays(
    tmp_path, small, orientation: int
) -> None:
    trees.stack(tmp_path, orientation=orientation, angle_deg=4.0)
    path = tmp_path / "specimens/A-1/top/archival/A-1_top.tif"
    earlier = Flat(path, Placing(trees.CROP, orientation, 4.0))
    today = Placing((10, 6, 24, 16), orientation)
    wanted = today.turned(trees.picture()[6:22, 10:34]) / 257
    levels = Pyramid(earlier, today).levels
    for level, factor in ((len(levels) - 1, 1), (len(levels) - 2, 2)):
        tile = Tiles().tile(Pyramid(earlier, today), level, 0, 0)
        with Image.open(io.BytesIO(tile)) as opened:
            found = np.asarray(opened).astype(int)
        part = wanted[: 8 * factor, : 8 * factor]
        means = part.reshape(8, factor, 8, factor, 3).mean(axis=(1, 3))
        assert np.abs(found - means).mean() <= NEAR
    # Where it shows nothing, there is paper.
    beyond = Pyramid(earlier, Placing((0, 0, 8, 36), 1))
    with Image.open(io.BytesIO(Tiles().tile(beyond, len(beyond.levels) - 1, 0, 0))) as opened:
        assert np.asarray(opened)[:4, :2].min() > OUTSIDE - 10


@pytest.mark.parametrize("image", ["master", "fused", "frame-007"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_every_level_shows_the_means_of_the_same_places(
    tmp_path, small, image: str, orientation: int
) -> None:
    stacks = trees.stack(tmp_path, orientation=orientation)
    pictures = Pictures(stacks.known("A-1", "top"))
    whole = pictures.placing.turned(trees.picture()[2:32, 4:44]) / 257
    if image.startswith("frame"):
        whole = pictures.placing.turned(trees.picture(900)[2:32, 3:43]) / 257
    levels = Pyramid(pictures.find(image).source, pictures.placing).levels
    assert len(levels) == 4
    for level, (width, height) in enumerate(levels):
        factor = 1 << (len(levels) - 1 - level)
        high, wide = whole.shape[:2]
        # Of a last block that is not whole, the border stands for the rest.
        ends = ((0, height * factor - high), (0, width * factor - wide), (0, 0))
        blocks = np.pad(whole, ends, "edge").reshape(height, factor, width, factor, 3)
        means = blocks.mean(axis=(1, 3))
        for y in range(0, height, 8):
            for x in range(0, width, 8):
                tile = shown(stacks, image, level, x // 8, y // 8)
                # The last row and column may be means of less, or of what lies beyond the crop.
                rows, columns = min(8, height - y - 1), min(8, width - x - 1)
                if rows and columns:
                    difference = (tile - means[y : y + 8, x : x + 8])[:rows, :columns]
                    assert np.abs(difference).mean() <= NEAR
    with pytest.raises(NoTile):
        shown(stacks, image, 0, 1, 0)


def test_tiles_of_a_picture_that_was_made_again_are_new(tmp_path) -> None:
    stacks = trees.stack(tmp_path)
    cut = Tiles()

    def tile() -> bytes:
        pictures = Pictures(stacks.known("A-1", "top"))
        return cut.tile(Pyramid(pictures.find("fused").source, pictures.placing), 0, 0, 0)

    before = tile()
    assert tile() is before
    path = tmp_path / "specimens/A-1/top/stack/fused.tif"
    new = path.with_name("new.tif")
    trees.tiff.write_image(new, trees.picture(5000), colour.profile("srgb"))
    new.replace(path)
    assert tile() != before
