"""Whether records were made one from the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from records.errors import RecordError
from records.files import sha256_file
from records.provenance.inputs import refuse_broken_chain
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
