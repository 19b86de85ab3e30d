"""A stack whose master shows another specimen's barcode is not archived."""

import hashlib
import json

import numpy as np
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from stack_folder import SPECIMEN, make_stack, put_in_archive, record_of, sha256

from imaging import tiff
from records.errors import RecordError
from records.identity import check_identity


def stack_with_code(tmp_path, demo, kind: str, text: str):
    """A stack whose master is a real photograph's size with a printed label in it."""
    stack = make_stack(tmp_path, [demo / "pcb-jpeg" / "pcb_001.jpg"])
    code = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind))
    label = np.asarray(zxingcpp.write_barcode_to_image(code, scale=4, add_quiet_zones=True))
    pixels = np.full((700, 1600, 3), 41000, np.uint16)
    pixels += np.random.default_rng(1).integers(0, 3000, pixels.shape, dtype=np.uint16)
    height, width = label.shape[:2]
    pixels[100 : 100 + height, 150 : 150 + width] = (label.astype(np.uint16) * 200 + 9000)[
        ..., None
    ]
    master = record_of(stack).with_suffix(".tif")
    tiff.write_image(master, pixels)
    record = json.loads(record_of(stack).read_text()) | {"sha256": sha256(master)}
    record["pixel_sha256"] = hashlib.sha256(pixels.tobytes()).hexdigest()
    record_of(stack).write_text(json.dumps(record))
    return stack


@pytest.mark.parametrize("kind", ["QRCode", "DataMatrix", "Code128"])
def test_the_specimens_own_barcode_is_confirmed(tmp_path, demo, kind, capsys):
    stack = stack_with_code(tmp_path, demo, kind, SPECIMEN)
    put_in_archive(stack, tmp_path / "archive", "--barcodes", "check")
    assert f"barcode {SPECIMEN} confirms" in capsys.readouterr().err


def test_another_specimens_barcode_stops_archiving(tmp_path, demo):
    stack = stack_with_code(tmp_path, demo, "QRCode", "USNM-ENT-07654321")
    with pytest.raises(RecordError, match="shows barcode USNM-ENT-07654321, but folder and sheet"):
        put_in_archive(stack, tmp_path / "archive", "--barcodes", "check")
    assert not (tmp_path / "archive").exists()


def test_a_master_without_barcode_is_archived(tmp_path, demo, capsys):
    stack = make_stack(tmp_path, [demo / "pcb-jpeg" / "pcb_001.jpg"])
    put_in_archive(stack, tmp_path / "archive", "--barcodes", "check")
    assert "no barcode in the master" in capsys.readouterr().err


@given(st.text(max_size=30), st.text(min_size=1, max_size=30))
def test_only_the_whole_number_counts(specimen, code):
    assert check_identity("A-12", ["x", "https://museum.example/id/A-12"], "it").endswith("A-12")
    with pytest.raises(RecordError):
        check_identity("A-12", ["A-123", f"A-12{code}x"], "it")
    assert check_identity(specimen, [], "it") == ""
