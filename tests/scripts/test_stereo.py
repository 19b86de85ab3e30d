"""Views from aside: the scale of what is shown of them, and what their files say."""

from __future__ import annotations

import argparse
import zipfile
from pathlib import Path

import numpy as np
import pytest

import derive
import height
import mesh
import stereo
from imaging.errors import ImagingError
from imaging.frames import colour, tiff
from imaging.fusion.frame import Frame
from imaging.pictures.cameras import Camera
from imaging.pictures.derivative import scale
from records import layout
from records.program import VERSION
from records.record import read_record
from tests import judges
from tests.scripts.relief import hill, write_relief


@pytest.mark.parametrize(("long_edge_px", "share"), [(None, 1.0), (150, 0.5), (75, 0.25)])
def test_a_view_has_the_scale_of_its_own_size_not_of_the_masters(tmp_path, long_edge_px, share):
    view = tmp_path / "view-01.tif"
    tiff.write_image(view, np.full((200, 300, 3), 9000, np.uint16), colour.profile("srgb"))
    assert stereo.shrunk(view, scale(view, long_edge_px, "srgb")) == pytest.approx(share)


@pytest.mark.parametrize("format", ["stereo-parallel", "anaglyph", "rocking-gif", "rocking-webp"])
def test_exiftool_reads_in_every_type_whose_it_is_by_whom_and_how_it_was_made(tmp_path, format):
    master = write_relief(tmp_path, hill(), metadata={"creator": "Åsa", "rights": "©"})
    record = read_record(master.with_suffix(".json"), "master")
    record |= {"created": "2026-05-07T11:22:33+02:00"}
    options = argparse.Namespace(
        **{"record": master.with_suffix(".json"), "format": format, "angle_deg": 6.0},
        **{"long_edge_px": 100, "quality": 80, "colour_space": "srgb"},
        out=tmp_path / f"A-1_top_x.{layout.OWN_ENDINGS[format]}",
    )
    stereo.write(
        options, record, [master, master, master][: 2 + ("rocking" in format)], options.out
    )
    assert judges.picture(options.out) == ""
    known = judges.tags(options.out)
    seen = "Seen from 3" if "rocking" in format else "Seen from 2"
    seen += " sides within 6 degrees, each fused anew: Focus stacking: 24 frames"
    assert known["XMP-dc:Creator"] in ("Åsa", ["Åsa"])
    assert known["XMP-ac:ResourceCreationTechnique"] == seen
    if format == "rocking-gif":
        lines = str(known["File:Comment"])
        assert f"ImageDescription: A-1 top; {seen}" in lines
        assert "DateTime: 2026:05:07 11:22:33" in lines
        assert "Artist: Asa" in lines
        return
    assert known["IFD0:ImageDescription"] == f"A-1 top; {seen}"
    assert known["IFD0:ModifyDate"] == "2026:05:07 11:22:33"
    assert known["IFD0:Software"] == f"Holostack {VERSION}"
    assert (known["IFD0:Artist"], known["IFD0:Copyright"]) == ("Asa", "(c)")


@pytest.mark.parametrize(
    ("step", "heeded", "not_heeded"),
    [
        (derive, {"scale_bar", "colour_space"}, {"angle_deg", "views", "error_um"}),
        (height, {"format"}, {"quality", "views"}),
        (mesh, {"error_um", "quality"}, {"angle_deg", "scale_bar"}),
        (stereo, {"angle_deg", "views", "colour_space"}, {"error_um", "scale_bar"}),
    ],
)
def test_a_step_of_derivatives_has_the_options_that_count_for_it(step, heeded, not_heeded):
    known = {action.dest for action in step.arguments()._actions}
    assert heeded <= known
    assert not not_heeded & known


def test_a_picture_for_photogrammetry_is_packed_with_its_camera_and_has_its_focal_length(tmp_path):
    master = write_relief(tmp_path, hill())
    record = read_record(master.with_suffix(".json"), "master")
    out = tmp_path / "A-1_top_x.photogrammetry.zip"
    options = argparse.Namespace(
        **{"record": master.with_suffix(".json"), "format": "photogrammetry", "quality": 80},
        **{"long_edge_px": 110, "colour_space": "srgb", "out": out},
    )

    def place(shown):
        return Camera(*shown, 12_000.0, (55.0, 37.5), (0.0, 0.0, 61_000.0), 5.0)

    stereo.write(options, record, [master], out, place)
    with zipfile.ZipFile(out) as archive:
        archive.extractall(tmp_path / "unpacked")
        assert archive.namelist() == [
            *("A-1_top.jpg", "colmap/cameras.txt", "colmap/images.txt", "colmap/points3D.txt"),
            *("metashape.xml", "meshroom.sfm"),
        ]
    camera = (tmp_path / "unpacked" / "colmap" / "cameras.txt").read_text()
    assert camera.startswith("1 PINHOLE 110 75 12000")
    picture = tmp_path / "unpacked" / "A-1_top.jpg"
    assert judges.picture(picture) == ""
    # 12 000 px where 110 px are 36 mm.
    assert judges.tags(picture)["ExifIFD:FocalLengthIn35mmFormat"] == "3927 mm"


def test_through_a_telecentric_lens_there_is_a_central_picture_and_no_camera():
    frames = [Frame(Path("frame.tif"), np.eye(3)) for _ in range(5)]
    record = {"crop_px": [0, 0, 60, 40], "orientation_applied": 1}
    heights = np.arange(-2.0, 3.0) * 100
    options = argparse.Namespace(format="central")
    views, crop, _ = stereo.projected(options, record, frames, (40, 60), heights)
    assert views[0][0].startswith("from afar: frames do not differ in size")
    assert crop.size == (60, 40)
    options.format = "photogrammetry"
    with pytest.raises(ImagingError, match="there is no camera that programs of photo"):
        stereo.projected(options, record, frames, (40, 60), heights)
