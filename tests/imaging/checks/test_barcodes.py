"""Barcodes in pictures."""

from __future__ import annotations

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from imaging.checks.barcodes import read_codes, read_codes_of_frame
from imaging.frames.tiff import write_image


def label(text: str, kind: str) -> np.ndarray:
    """A grey picture of a barcode, (h, w) uint8."""
    code = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind))
    return np.asarray(zxingcpp.write_barcode_to_image(code, scale=4, add_quiet_zones=True))


@pytest.mark.parametrize("kind", ["QRCode", "DataMatrix", "Code128"])
def test_each_kind_that_labels_carry_is_read_from_a_tiff_and_from_a_frame(tmp_path, kind):
    grey = label("USNM-ENT-01234567", kind)
    write_image(tmp_path / "master.tif", np.repeat(grey[..., None].astype(np.uint16) * 257, 3, 2))
    assert read_codes(tmp_path / "master.tif") == ["USNM-ENT-01234567"]
    Image.fromarray(grey).convert("RGB").save(tmp_path / "frame.jpg", quality=95)
    assert read_codes_of_frame(tmp_path / "frame.jpg") == ["USNM-ENT-01234567"]


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_a_frame_whose_light_fills_few_of_16_bits_is_read_as_any_other(tmp_path, bits):
    paper, ink = (share * (2**bits - 1) for share in (0.4, 0.2))
    grey = np.where(label("USNM-ENT-01234567", "QRCode") > 127, paper, ink).astype(np.uint16)
    write_image(tmp_path / "frame.tif", np.repeat(grey[..., None], 3, 2))
    assert read_codes_of_frame(tmp_path / "frame.tif") == ["USNM-ENT-01234567"]


def test_several_codes_are_told_once_each_in_alphabetical_order(tmp_path):
    codes = [label(text, "QRCode") for text in ("B-2", "A-1", "B-2")]
    grey = np.concatenate(codes, axis=1)
    write_image(tmp_path / "master.tif", np.repeat(grey[..., None].astype(np.uint16) * 257, 3, 2))
    assert read_codes(tmp_path / "master.tif") == ["A-1", "B-2"]


def test_a_kind_without_a_check_and_a_frame_that_cannot_be_decoded_have_none(tmp_path):
    grey = label("12345670", "EAN8")
    write_image(tmp_path / "master.tif", np.repeat(grey[..., None].astype(np.uint16) * 257, 3, 2))
    assert read_codes(tmp_path / "master.tif") == []
    (tmp_path / "frame.jpg").write_bytes(b"\xff\xd8 cut short")
    assert read_codes_of_frame(tmp_path / "frame.jpg") == []
