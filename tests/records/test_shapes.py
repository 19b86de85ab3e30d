"""What records must hold for their readers: key by key, in words, and what older ones lack."""

from __future__ import annotations

import json
import timeit
import zipfile
from pathlib import Path

import pytest

from records.errors import RecordError
from records.layout import RECEIPT, SETTINGS, SHEET_ROW, STEPS
from records.record import KINDS, parse_record
from records.shapes import SHAPES, fault
from tests.records import whole

OLD = Path(__file__).parents[1] / "data" / "archived_before_formats.zip"
KIND_OF = {
    **{Path(step.record).name: step.kind for step in STEPS.values() if step.kind},
    **{RECEIPT: "receipt", SHEET_ROW: "sheet", SETTINGS: "settings"},
    **{"USNM-ENT-01234567_dorsal.json": "master", "ro-crate-metadata.json": "crate"},
}
WHOLE = {
    "convert": whole.converted(["1.dng"]),
    "transforms": whole.aligned(["1.dng"]),
    "master": whole.master(),
    "receipt": whole.receipt(),
}


def test_records_that_were_archived_before_they_had_formats_are_whole():
    with zipfile.ZipFile(OLD) as packed:
        names = [name for name in packed.namelist() if Path(name).name in KIND_OF]
        assert len(names) >= 7
        for name in names:
            raw, kind = packed.read(name), KIND_OF[Path(name).name]
            if kind in KINDS:
                parse_record(raw, kind, name)
            else:
                assert fault(kind, json.loads(raw)) == ""


@pytest.mark.parametrize("kind", WHOLE)
def test_a_whole_record_has_no_fault_and_further_keys_are_free(kind):
    assert fault(kind, {**WHOLE[kind], "of_a_later_program": [1, None]}) == ""


@pytest.mark.parametrize(
    ("kind", "key", "value", "words"),
    [
        ("convert", "width_px", "96", 'width_px is "96", but must be a whole number'),
        ("master", "made_from", "", 'made_from is "", but must be an object'),
        ("convert", "width_px", True, "width_px is true, but must be a whole number"),
        ("convert", "width_px", 10**40, "but must be a number of px from 1 to 1000000"),
        (
            "convert",
            "frames",
            [],
            "frames is a list of 0, but must be a list with a frame at least",
        ),
        ("convert", "frames", {}, "frames is an object, but must be a list"),
        ("convert", "frames", [{"frame": 1}], "frames[0] lacks file"),
        ("convert", "folder", "a\0b", r'folder is "a\u0000b", but must be a path'),
        ("transforms", "sensor_defects_px", [[1, 2], [3]], "sensor_defects_px[1] is a list of 1"),
        ("transforms", "sensor_dust", [{"x_px": -1}], "sensor_dust[0].x_px is -1"),
        ("master", "metadata", {"rights": None}, "metadata.rights is null, but must be text"),
        ("master", "file", "../a.tif", 'file is "../a.tif", but must be the name of a file'),
        ("master", "technique", "\ud800", r'technique is "\ud800", but must be text'),
        ("master", "pixel_size_um", float("nan"), "pixel_size_um is NaN, but must be a finite"),
        ("receipt", "version", "2", 'version is "2", but must be a version such as v1'),
    ],
)
def test_a_fault_is_told_by_its_place_its_value_and_what_it_must_be(kind, key, value, words):
    assert words in fault(kind, {**WHOLE[kind], key: value})


@pytest.mark.parametrize(
    "matrix", [[[1, 0, 0], [0, 1, 0], [0, 0, 0]], [[1, 0], [0, 1]], [[1e300] * 3] * 3]
)
def test_a_transform_that_no_picture_can_take_is_refused(matrix):
    content = whole.aligned(["1.dng"])
    content["frames"][0]["matrix"] = matrix
    assert "frames[0].matrix" in fault("transforms", content)


@pytest.mark.parametrize("bytes", [0, 1 << 25, 2**53, "8"])
@pytest.mark.parametrize("record", [whole.converted, whole.aligned])
def test_the_head_of_a_frame_is_as_long_as_one_can_be(record, bytes):
    content = record(["1.dng"])
    content["frames"][0]["head"] = {"bytes": bytes, "sha256": whole.SHA256}
    kind = "transforms" if record is whole.aligned else "convert"
    assert "frames[0].head.bytes" in fault(kind, content)


@pytest.mark.parametrize("kind", sorted(SHAPES))
@pytest.mark.parametrize("content", [None, [], "x", 1, [[]]])
def test_what_is_no_object_is_no_record(kind, content):
    assert fault(kind, content).startswith("it is ")


def test_hashes_of_what_fusing_made_are_by_name():
    assert fault("fuse", {"sha256": ""}) == 'sha256 is "", but must be an object'


def test_a_damaged_record_names_file_and_key():
    content = {key: one for key, one in WHOLE["master"].items() if key != "sha256"}
    with pytest.raises(RecordError, match=r"a/b\.json: is no whole record of a master: lacks sha"):
        parse_record(json.dumps(content).encode(), "master", "a/b.json")


def test_a_receipt_is_checked_in_no_time_for_plans_read_thousands():
    content = whole.receipt(code=dict.fromkeys(map(str, range(9)), "ab"))
    fault("receipt", content)
    once_s = min(timeit.repeat(lambda: fault("receipt", content), number=100, repeat=5)) / 100
    # About 10 µs; the bound is for machines that do much else.
    assert once_s < 100e-6
