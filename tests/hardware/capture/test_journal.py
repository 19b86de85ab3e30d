"""The record of a capture names its raws, and no raw is ever overwritten."""

from __future__ import annotations

import pytest

from hardware.capture.journal import StackFolder, add
from hardware.errors import RigError
from hardware.frames import DeliveredFrame

FACTS = DeliveredFrame("raw", 4, 3, "0" * 64, 3, {"taken_at": "2026-01-01T12:00:00"})


def test_a_raw_is_never_overwritten(tmp_path):
    stack = StackFolder("S-1", "top", tmp_path / "raw", tmp_path / "capture.json")
    stack.raw.mkdir()
    name = "S-1_top_0001.dng"
    (stack.raw / name).write_bytes(b"old")
    stack.incoming().mkdir()
    delivered = stack.incoming() / "IMG_0001.dng"
    delivered.write_bytes(b"new")
    position = {"frame": 1, "asked_um": 0.0, "reported_um": 0.0}
    with pytest.raises(RigError, match=rf"{name} exists already; a raw is never overwritten"):
        add(stack, {"frames": []}, position, delivered, FACTS)
    assert (stack.raw / name).read_bytes() == b"old"


def test_a_folder_that_a_catalogue_number_names_is_captured_into(tmp_path):
    assert StackFolder("UAM=3AEnto=3A1", "top", tmp_path, tmp_path).specimen == "UAM=3AEnto=3A1"
    with pytest.raises(RigError, match="is part of file names"):
        StackFolder("UAM=3a1", "top", tmp_path, tmp_path)
