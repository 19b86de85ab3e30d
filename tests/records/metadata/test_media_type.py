"""Media types, whatever the machine and the Python."""

from __future__ import annotations

import pytest

from records.metadata.media_type import media_type


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("derivatives/A-1_top_web.webp", "image/webp"),
        ("derivatives/A-1_top_web.avif", "image/avif"),
        ("derivatives/A-1_top_mesh.glb", "model/gltf-binary"),
        ("raw/1.DNG", "image/x-adobe-dng"),
        ("archival/A-1_top.tif", "image/tiff"),
        ("frames.csv", "text/csv"),
        ("raw/1.cr3", None),
    ],
)
def test_a_file_s_type_is_known_by_its_name(name, known):
    assert media_type(name) == known
