"""A row of Audiovisual Core says what kind of thing a file is."""

from __future__ import annotations

import pytest

from records.handover.audiovisual import media_rows
from tests.records.handover.stacks import picture, stack


@pytest.mark.parametrize(
    ("name", "media_type", "kind"),
    [
        ("a_web.jpg", "image/jpeg", "StillImage"),
        ("a_web.avif", "image/avif", "StillImage"),
        ("a_rock.mp4", "video/mp4", "MovingImage"),
        ("a_mesh.glb", "model/gltf-binary", "InteractiveResource"),
        ("a_points.xyz0", "", "Dataset"),
    ],
)
def test_a_file_is_told_as_what_it_is(name, media_type, kind):
    rows = media_rows(stack(picture(name, 100, media_type)), "en")
    assert rows[1]["format"] == media_type
    assert rows[1]["type"] == f"http://purl.org/dc/dcmitype/{kind}"


def test_a_derivative_names_its_master_and_how_large_a_px_is():
    master, web = media_rows(stack(picture("A-1_dorsal_web.jpg", 3000)), "en")
    assert web["derived_from"] == master["identifier"]
    assert (master["variant"], web["variant"]) == ("Best Quality", "web")
    assert (master["pixel_size_um"], web["pixel_size_um"]) == ("2.5", "5")
