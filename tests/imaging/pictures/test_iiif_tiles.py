"""A viewer finds each picture that it may ask for, as large as it asks for, and nothing else."""

import math

import numpy as np
import pytest
import tifffile
from PIL import Image

from imaging.frames.colour import profile
from imaging.pictures.iiif_tiles import info, write_map, write_picture


def asked_for(known):
    """What Image API 3 and OpenSeadragon ask for by `info.json`, and Universal Viewer besides."""
    width, height = known["width"], known["height"]
    (tile,) = known["tiles"]
    found = {f"full/{one['width']},{one['height']}" for one in known["sizes"]}
    found |= {"full/max", "full/90,", "full/200,"}
    for factor in tile["scaleFactors"]:
        wide, high = math.ceil(width / factor), math.ceil(height / factor)
        if max(wide, high) <= tile["width"]:
            found.add(f"full/{wide},{high}")
            continue
        for x in range(0, wide, tile["width"]):
            for y in range(0, high, tile["width"]):
                left, top, reach = x * factor, y * factor, tile["width"] * factor
                region = left, top, min(reach, width - left), min(reach, height - top)
                size = min(tile["width"], wide - x), min(tile["width"], high - y)
                found.add(f"{','.join(map(str, region))}/{size[0]},{size[1]}")
    return found


def written(folder):
    """Region/size of each picture in a folder, with its width and height."""
    return {
        path.parent.parent.relative_to(folder).as_posix(): Image.open(path).size
        for path in folder.rglob("default.jpg")
    }


@pytest.mark.parametrize("size", [(4097, 2049), (2048, 2048), (899, 701), (30, 2500)])
def test_what_a_viewer_asks_for_is_there_in_its_size_and_nothing_else(tmp_path, size):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((size[1], size[0], 3), np.uint16))
    write_picture(tmp_path / "a.tif", tmp_path / "web" / "a")
    found = written(tmp_path / "web" / "a")
    assert set(found) == asked_for(info(*size, "https://example.org/a"))
    told = {name: tuple(name.rpartition("/")[2].split(",")) for name in found if "," in name}
    for name, (wide, high) in told.items():
        assert found[name] == (int(wide), int(high)) if high else found[name][0] <= int(wide)
    assert max(found["full/max"]) == min(max(size), 2048)
    # Nothing that libvips adds lies beside it.
    assert [path.name for path in (tmp_path / "web").iterdir()] == ["a"]


def test_a_large_picture_s_max_is_as_large_as_a_tile_and_info_says_so(tmp_path):
    known = info(6000, 4000, "https://example.org/a")
    assert (known["maxWidth"], known["maxHeight"]) == (2048, 2048)
    assert known["sizes"][-1] == {"width": 2048, "height": 1365}
    assert known["tiles"] == [{"width": 2048, "scaleFactors": [1, 2, 4]}]
    # 24 Mpx: nine tiles, of which the smallest is the whole, and `max`; the other sizes are small.
    assert len(asked_for(known)) == 14
    assert "maxWidth" not in info(2048, 1000, "https://example.org/a")


def test_colours_are_those_of_srgb(tmp_path):
    red = np.zeros((40, 60, 3), np.uint16)
    # In Adobe RGB, this green is beyond sRGB in its red alone.
    red[:] = (40000, 20000, 20000)
    tifffile.imwrite(tmp_path / "a.tif", red, iccprofile=profile("adobe-rgb"), photometric="rgb")
    write_picture(tmp_path / "a.tif", tmp_path / "a")
    shown = np.asarray(Image.open(tmp_path / "a/full/max/0/default.jpg"))[20, 30].astype(int)
    # As Little CMS has it, by the profiles: more red than the numbers say without them.
    assert shown[0] > 40000 / 257 + 15


def test_a_map_is_grey_where_nothing_is_known(tmp_path):
    coloured = np.full((64, 96, 4), 255, np.uint8)
    coloured[:, 48:, 3] = 0
    write_map(coloured, tmp_path / "a")
    shown = np.asarray(Image.open(tmp_path / "a/full/max/0/default.jpg"))
    assert (shown[32, 8] == 255).all()
    assert np.abs(shown[32, 80].astype(int) - 160).max() <= 1
