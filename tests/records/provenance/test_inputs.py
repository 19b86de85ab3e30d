"""Whether records were made one from the other, and frames are those that were made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from imaging.frames.conversion import write_frame
from records.errors import RecordError
from records.files import digest_file, sha256_file
from records.known_frames import BLAKE3, SHA256, frame_digest, new_hash
from records.provenance.inputs import frames_made, maps_made, refuse_broken_chain, refuse_changed
from records.record import write_record

SHA = "0" * 64


def master(stack: Path, made_from: dict[str, str]) -> Path:
    known = {"specimen": "A", "view": "top", "file": "A_top.tif", "sha256": SHA}
    known |= {"pixel_sha256": SHA, "technique": "stacking"}
    sizes = {"width_px": 3, "height_px": 2, "frames": 1}
    path = stack / "archival/A_top.json"
    write_record(path, "master", {**known, **sizes, "metadata": {}, "made_from": made_from})
    return path


def test_a_retouching_that_is_no_part_of_the_master_may_be_old(tmp_path: Path) -> None:
    write_record(tmp_path / "stack/fuse.json", "fuse", {})
    told = {"base": "fused", "strokes": 1, "people": [], "painted_share": 0.1}
    retouch = tmp_path / "stack/retouch.json"
    digests = {"pixel_sha256": {}, "sha256": {}, "made_from": {"fuse.json": SHA}}
    write_record(retouch, "retouch", {**told, **digests})
    refuse_broken_chain(tmp_path, master(tmp_path, {}))
    with pytest.raises(RecordError, match=r"retouch.json: was made from another fuse.json"):
        refuse_broken_chain(tmp_path, master(tmp_path, {"retouch.json": sha256_file(retouch)}))


@pytest.mark.parametrize("name", [BLAKE3, SHA256])
def test_a_map_is_known_by_the_hash_that_its_record_tells(tmp_path, name):
    path = tmp_path / "depth.tif"
    path.write_bytes(b"depth")
    fused = {name: {"depth": digest_file(path, new_hash(name))}}
    refuse_changed(maps_made(fused, {"depth": path}))
    path.write_bytes(b"Depth")
    with pytest.raises(RecordError, match=r"is not what step fuse made and recorded"):
        refuse_changed(maps_made(fused, {"depth": path}))


def written(
    folder: Path, format: str, value: int = 7, name: str = BLAKE3
) -> tuple[Path, dict[str, Any]]:
    """A small converted frame, and its row of a record, which knows it by a hash."""
    pixels = np.full((4, 5, 3), value << 8, np.uint16)
    path = folder / ("f.tif" if format == "tiff" else "f.jpg")
    return path, {
        "tiff": path.name,
        **write_frame(path, pixels, b"profile", format, 90, new_hash(name)).as_record(),
    }


def known_whole(path: Path, row: dict[str, Any]) -> dict[str, Any]:
    """A row as programs of long before wrote it."""
    return {"tiff": row["tiff"], "pixel_sha256": SHA, "sha256": sha256_file(path)}


@pytest.mark.parametrize(
    ("format", "name"),
    [("tiff", BLAKE3), ("tiff", SHA256), ("jpeg", BLAKE3), ("jpeg", SHA256), ("tiff", "whole")],
)
def test_a_frame_that_was_changed_anywhere_is_refused(tmp_path, format, name):
    path, row = written(tmp_path, format, name=BLAKE3 if name == "whole" else name)
    assert ("head" in row) == (format != "jpeg")
    if name == "whole":
        row = known_whole(path, row)
    whole = path.read_bytes()
    refuse_changed(frames_made([row], tmp_path))
    changes = [whole[:k] + bytes([whole[k] ^ 1]) + whole[k + 1 :] for k in range(len(whole))]
    for other in (*changes, whole + b"\0", whole[:-1], b"\0" + whole, whole[1:], b""):
        path.write_bytes(other)
        with pytest.raises(RecordError, match=r"is not what step convert made and recorded"):
            refuse_changed(frames_made([row], tmp_path))


@pytest.mark.parametrize("name", [BLAKE3, SHA256])
@pytest.mark.parametrize("format", ["tiff", "jpeg"])
def test_a_frame_is_not_another_frame(tmp_path, format, name):
    other = written(tmp_path, format, 8, name)[1]
    path, row = written(tmp_path, format, 7, name)
    refuse_changed(frames_made([row], tmp_path))
    with pytest.raises(RecordError, match=r"is not what step convert made and recorded"):
        refuse_changed(frames_made([other], tmp_path))
    assert frame_digest(row) == frame_digest(written(tmp_path, format, 7, name)[1])
    assert frame_digest(row) != frame_digest(other)
    assert frame_digest(known_whole(path, row)) == sha256_file(path)
    assert frame_digest({"tiff": row["tiff"], "pixel_sha256": SHA}) is None


@pytest.mark.parametrize("name", [BLAKE3, SHA256])
def test_a_head_without_the_px_behind_it_is_no_reason_to_trust_a_frame(tmp_path, name):
    _, row = written(tmp_path, "tiff", name=name)
    lacking = {key: one for key, one in row.items() if key != f"pixel_{name}"}
    headless = row | {"head": {"bytes": row["head"]["bytes"]}}
    by_both = lacking | {f"pixel_{SHA256 if name == BLAKE3 else BLAKE3}": row[f"pixel_{name}"]}
    for told in (lacking, headless, by_both):
        with pytest.raises(RecordError, match=r"is not what step convert made"):
            refuse_changed(frames_made([told], tmp_path))


def test_px_by_blake3_alone_are_no_reason_either_for_who_tells_them_tells_more(tmp_path):
    _, row = written(tmp_path, "tiff")
    del row["head"]
    with pytest.raises(RecordError, match=r"is not what step convert made"):
        refuse_changed(frames_made([row], tmp_path))
