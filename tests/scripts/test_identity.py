"""A stack of which any picture shows another specimen's barcode is not archived."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PIL import Image

import archive
import ledger
from hardware.virtual.dng import Facts, dng_bytes
from imaging.frames import tiff
from imaging.frames.inspection import inspect
from imaging.frames.quick_look import half_size_green
from records.errors import RecordError
from records.provenance.codes_seen import codes_seen, to_note
from records.provenance.noted import note_of
from records.record import write_record
from tests.scripts.stack_folder import SPECIMEN, make_stack, put_in_archive, record_of, sha256

OTHER = "USNM-ENT-07654321"


def labelled(kind: str, text: str, module_px: int = 4) -> np.ndarray:
    """Grey 8-bit picture, (700, 1600), of something noisy with a printed label in it."""
    code = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind))
    label = np.asarray(zxingcpp.write_barcode_to_image(code, scale=module_px, add_quiet_zones=True))
    pixels = 160 + np.random.default_rng(1).integers(0, 12, (700, 1600), dtype=np.uint8)
    height, width = label.shape[:2]
    pixels[100 : 100 + height, 150 : 150 + width] = label // 5 * 4 + 35
    return pixels


def jpeg_frame(path: Path, grey: np.ndarray) -> Path:
    Image.fromarray(grey).convert("RGB").save(path, "JPEG", quality=85)
    return path


def dng_frame(path: Path, grey: np.ndarray) -> Path:
    mosaic = (512 + grey.astype(np.uint32) * 60).astype(np.uint16)
    facts = Facts("Maker", "Model", "1", "Lens", 60, 8, 0.1, 100, "2026:01:01 00:00:00", "1")
    path.write_bytes(dng_bytes(mosaic, facts))
    return path


def with_picture(stack: Path, grey: np.ndarray) -> Path:
    """A stack whose master shows this; its record."""
    pixels = np.repeat(grey[..., None].astype(np.uint16) * 257, 3, axis=2)
    master = record_of(stack).with_suffix(".tif")
    tiff.write_image(master, pixels)
    record = json.loads(record_of(stack).read_text()) | {"sha256": sha256(master)}
    record["pixel_sha256"] = hashlib.sha256(pixels.tobytes()).hexdigest()
    record_of(stack).write_text(json.dumps(record))
    return record_of(stack)


def check(stack: Path, tmp_path: Path, *more: str) -> None:
    put_in_archive(stack, tmp_path / "archive", "--barcodes", "check", *more)


@pytest.mark.parametrize("kind", ["QRCode", "DataMatrix", "Code128"])
def test_the_specimens_own_barcode_is_confirmed(tmp_path, demo, kind, capsys):
    stack = make_stack(tmp_path, [demo / "pcb-jpeg" / "pcb_001.jpg"])
    with_picture(stack, labelled(kind, SPECIMEN))
    check(stack, tmp_path)
    assert f"barcode {SPECIMEN} confirms {SPECIMEN} in 1 of 2" in capsys.readouterr().err


def test_a_second_specimens_barcode_beside_its_own_is_told(tmp_path, demo, capsys):
    stack = make_stack(tmp_path, [demo / "pcb-jpeg" / "pcb_001.jpg"])
    both = [labelled("QRCode", text) for text in (SPECIMEN, OTHER)]
    with_picture(stack, np.concatenate(both, axis=1))
    check(stack, tmp_path)
    said = capsys.readouterr().err
    assert f"barcode {SPECIMEN} confirms {SPECIMEN} in 1 of 2" in said
    assert f"shows barcode {OTHER} beside that of {SPECIMEN}; is another specimen" in said


@pytest.mark.parametrize("kind", ["QRCode", "DataMatrix", "Code128"])
def test_another_specimens_barcode_stops_archiving(tmp_path, demo, kind):
    stack = make_stack(tmp_path, [demo / "pcb-jpeg" / "pcb_001.jpg"])
    with_picture(stack, labelled(kind, OTHER))
    with pytest.raises(RecordError, match=f"shows barcode {OTHER}, but folder and sheet"):
        check(stack, tmp_path)
    assert not (tmp_path / "archive").exists()


@pytest.mark.parametrize("frame", [jpeg_frame, dng_frame])
@pytest.mark.parametrize("kind", ["QRCode", "DataMatrix", "Code128"])
def test_a_barcode_in_one_frame_counts(tmp_path, demo, frame, kind):
    name = f"first.{frame.__name__.partition('_')[0]}"
    for specimen in (SPECIMEN, OTHER):
        work = tmp_path / specimen
        work.mkdir()
        shown = frame(work / name, labelled(kind, specimen, module_px=6))
        stack = make_stack(work, [shown, demo / "pcb-jpeg" / "pcb_001.jpg"])
        if specimen == SPECIMEN:
            check(stack, work)
        else:
            with pytest.raises(RecordError, match=f"raw/{name}: shows barcode {OTHER}"):
                check(stack, work)


def test_a_barcode_that_the_crop_cuts_away_counts(tmp_path, demo):
    stack = make_stack(tmp_path, [demo / "pcb-jpeg" / "pcb_001.jpg"])
    pixels = np.repeat(labelled("QRCode", OTHER)[..., None].astype(np.uint16) * 257, 3, axis=2)
    tiff.write_image(stack / "stack" / "fused.tif", pixels)
    with pytest.raises(RecordError, match=f"fused.tif: shows barcode {OTHER}"):
        check(stack, tmp_path)


def test_the_label_view_of_another_specimen_stops_the_other_views(tmp_path, demo):
    stack = make_stack(tmp_path, [demo / "pcb-jpeg" / "pcb_001.jpg"])
    label = make_stack(tmp_path, [demo / "pcb-jpeg" / "pcb_001.jpg"], "label")
    record = with_picture(label, labelled("DataMatrix", OTHER))
    with pytest.raises(RecordError, match=f"_label.tif: shows barcode {OTHER}"):
        check(stack, tmp_path, "--labels", str(record))
    with_picture(label, labelled("DataMatrix", SPECIMEN))
    check(stack, tmp_path, "--labels", str(record))


def test_a_stack_without_barcode_is_archived(tmp_path, demo, capsys):
    stack = make_stack(tmp_path, [demo / "pcb-jpeg" / "pcb_001.jpg"])
    check(stack, tmp_path)
    assert "no barcode in 2 pictures" in capsys.readouterr().err


def test_a_raw_that_the_ledger_has_looked_at_is_not_decoded_again(tmp_path, monkeypatch):
    shown = dng_frame(tmp_path / "first.dng", labelled("QRCode", OTHER, module_px=6))
    stack = make_stack(tmp_path, [shown])
    words = ["--raw", str(stack / "raw"), "--out", str(stack / "frames.csv")]
    ledger.main([*words, "--seek-barcodes"])
    assert codes_seen(stack / "frames.csv") == {sha256(shown): [OTHER]}
    monkeypatch.setattr(archive, "read_codes_of_frame", lambda frame: pytest.fail(f"read {frame}"))
    with pytest.raises(RecordError, match=f"raw/first.dng: shows barcode {OTHER}"):
        check(stack, tmp_path)
    # Looked at once: not again where the ledger is made anew, and not where nobody asks for it.
    monkeypatch.setattr("imaging.checks.barcodes.codes_in", lambda grey: pytest.fail("sought"))
    ledger.main([*words, "--seek-barcodes"])
    assert codes_seen(stack / "frames.csv") == {sha256(shown): [OTHER]}
    ledger.main(words)
    assert codes_seen(stack / "frames.csv") == {}


@pytest.mark.parametrize("note", ["gone", "damaged", "another reader's", "no texts"])
def test_a_note_of_barcodes_that_cannot_be_believed_has_frames_read(tmp_path, note):
    shown = dng_frame(tmp_path / "first.dng", labelled("QRCode", OTHER, module_px=6))
    stack = make_stack(tmp_path, [shown])
    told = {
        "damaged": "",
        "another reader's": {"reader": "zxing-cpp 0", "seen": {sha256(shown): []}},
        "no texts": {"reader": to_note({"": []})["barcodes"]["reader"], "seen": {sha256(shown): 1}},
    }
    if note != "gone":
        codes = {"barcodes": told[note]} if told[note] else to_note({sha256(shown): []})
        noted = {"sha256": sha256(stack / "frames.csv"), **codes}
        write_record(note_of(stack / "frames.csv"), "noted", noted)
    if note == "damaged":
        path = note_of(stack / "frames.csv")
        path.write_text(path.read_text().replace('"seen": {', '"seen": {"'))
    assert codes_seen(stack / "frames.csv") == {}
    with pytest.raises(RecordError):
        check(stack, tmp_path)


def test_raws_and_photographs_without_barcode_are_seen_alike_by_ledger_and_archive(demo):
    # Of what is no Bayer raw the ledger makes no picture: step archive reads it.
    raw, photograph = demo / "pcb-raw" / "pcb_001.dng", demo / "pcb-jpeg" / "pcb_001.jpg"
    assert np.array_equal(inspect(raw, look=True).green, half_size_green(raw))
    assert inspect(raw).green is None and inspect(photograph, look=True).green is None
