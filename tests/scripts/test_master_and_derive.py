"""Steps 5 and 6: the master, its record, and what is made from it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from scipy.ndimage import map_coordinates

import align
import convert
import derive
import fuse
import ledger
import master
from imaging.errors import ImagingError
from imaging.frames import tiff
from imaging.pictures.crop import Crop, upright
from imaging.pictures.file_types import FILE_TYPES
from records.errors import RecordError
from records.files import sha256_file
from records.known_frames import new_hash
from records.ledger.table import read_ledger, used_frames, write_ledger
from records.metadata import description
from records.program import VERSION
from records.provenance import master as fixity
from records.record import write_record
from tests import judges


@pytest.fixture(scope="module")
def stack(demo, tmp_path_factory):
    """A stack of two raws, fused."""
    folder = tmp_path_factory.mktemp("stack")
    (folder / "raw").mkdir()
    for k in (3, 4):
        shutil.copy(demo / "pcb-raw" / f"pcb_00{k}.dng", folder / "raw")
    raw, frames, record = folder / "raw", folder / "frames.csv", folder / "stack" / "convert.json"
    transforms = folder / "stack" / "transforms.json"
    ledger.main(["--raw", str(raw), "--out", str(frames)])
    convert.main(
        [
            "--raw",
            str(raw),
            "--ledger",
            str(frames),
            "--tiff",
            str(folder / "tiff"),
            "--out",
            str(record),
        ]
    )
    align.main(["--convert", str(record), "--out", str(transforms)])
    outputs = [
        word
        for name in ("fused", "depth", "confidence", "source")
        for word in (f"--{name}", str(folder / "stack" / f"{name}.tif"))
    ]
    fuse.main(
        [
            "--transforms",
            str(transforms),
            "--ledger",
            str(frames),
            *outputs,
            "--out",
            str(folder / "stack" / "fuse.json"),
        ]
    )
    return folder


@pytest.fixture()
def make_master(stack, tmp_path):
    def make(*options):
        target = tmp_path / "archival" / "A-1_top.tif"
        master.main(
            [
                "--fused",
                str(stack / "stack" / "fused.tif"),
                "--fuse",
                str(stack / "stack" / "fuse.json"),
                "--transforms",
                str(stack / "stack" / "transforms.json"),
                "--convert",
                str(stack / "stack" / "convert.json"),
                "--ledger",
                str(stack / "frames.csv"),
                "--raw",
                str(stack / "raw"),
                "--specimen",
                "A-1",
                "--view",
                "top",
                "--master",
                str(target),
                "--out",
                str(target.with_suffix(".json")),
                *options,
            ]
        )
        return target, json.loads(target.with_suffix(".json").read_text())

    return make


def test_the_master_is_the_crop_of_the_fused_image(make_master, stack):
    path, record = make_master("--crop", "10,20,300,200")
    fused = tiff.read_image(stack / "stack" / "fused.tif")
    assert np.array_equal(tiff.read_image(path), fused[20:220, 10:310])
    assert record["crop_px"] == [10, 20, 300, 200]
    assert record["pixel_sha256"] == tiff.pixel_digest(path)


@pytest.mark.slow
def test_a_turned_crop_is_resampled_once_and_the_record_says_so(make_master, stack):
    path, record = make_master("--crop", "60,50,200,120,12.5", *maps_of(stack))
    fused = tiff.read_image(stack / "stack" / "fused.tif").astype(float)
    # By SciPy, from what the sheet says alone: clockwise about the middle, at 159.5, 109.5.
    v, u = np.mgrid[:120, :200] - np.array([59.5, 99.5])[:, None, None]
    cosine, sine = np.cos(np.radians(12.5)), np.sin(np.radians(12.5))
    places = np.stack([109.5 + sine * u + cosine * v, 159.5 + cosine * u - sine * v])
    wanted = np.stack([map_coordinates(fused[..., c], places, order=5) for c in range(3)], 2)
    off = np.abs(tiff.read_image(path) - np.clip(wanted, 0, 65535)) / 65535
    # Lanczos' kernel and a spline of five differ where the picture has its finest detail.
    assert off.mean() < 0.0005
    assert off.max() < 0.03
    assert (record["crop_px"], record["crop_angle_deg"]) == ([60, 50, 200, 120], 12.5)
    assert record["technique"].endswith(", turned by 12.5 degrees")
    assert (record["width_px"], record["height_px"]) == (200, 120)
    # An audit makes it again by what the record says of its crop.
    _, again = make_master("--crop", Crop.of(record).text)
    assert again["pixel_sha256"] == record["pixel_sha256"]
    # The depth map shows the same: at each place what the nearest px of the map has, or near it.
    straight, _ = make_master("--crop", "none", *maps_of(stack))
    whole = tiff.read_image(straight.with_name("A-1_top_depth.tif"))
    make_master("--crop", "60,50,200,120,12.5", *maps_of(stack))
    depth = tiff.read_image(path.with_name("A-1_top_depth.tif"))
    nearest = whole[tuple(np.floor(places + 0.5).astype(int))]
    assert np.array_equal(np.isnan(depth), np.isnan(nearest))
    assert np.nanmax(np.abs(depth - nearest)) <= 1.0
    assert np.nanmean(np.abs(depth - nearest)) < 0.1


def test_a_turned_crop_that_leaves_the_image_is_refused(make_master, stack):
    with pytest.raises(ImagingError, match="turned by 30 degrees, reaches beyond the fused image"):
        make_master("--crop", "0,0,200,120,30")


def test_the_master_carries_what_the_camera_wrote(make_master):
    path, _ = make_master("--pixel-size-um", "2.54", "--metadata", "creator=Ann Lee")
    with tifffile.TiffFile(path) as tif:
        tags = tif.pages.first.tags
        assert tags["Make"].value == "Derived"
        assert tags["Artist"].value == "Ann Lee"
        assert tags["XResolution"].value[0] / tags["XResolution"].value[1] == pytest.approx(10000)
        exif = tags["ExifTag"].value
    assert exif["ExposureTime"] == (1, 60)
    assert exif["ISOSpeedRatings"] == 200


def test_the_cameras_artist_and_copyright_are_carried_where_the_sheet_is_silent(
    stack, make_master, tmp_path
):
    signed = Image.Exif()
    signed[315], signed[33432] = "Jane Roe", "(c) Example Museum"
    camera = tmp_path / "camera"
    camera.mkdir()
    for k in (3, 4):
        Image.new("RGB", (8, 8)).save(camera / f"pcb_00{k}.dng", "JPEG", exif=signed)
    entries = [
        replace(entry, sha256=sha256_file(camera / entry.file))
        for entry in read_ledger(stack / "frames.csv")
    ]
    write_ledger(entries, tmp_path / "camera.csv")
    given = ("--raw", str(camera), "--ledger", str(tmp_path / "camera.csv"))
    path, record = make_master(*given)
    with tifffile.TiffFile(path) as tif:
        tags = tif.pages.first.tags
        assert (tags["Artist"].value, tags["Copyright"].value) == ("Jane Roe", "(c) Example Museum")
        packet = tags[700].value.decode()
    assert "<rdf:li>Jane Roe</rdf:li>" in packet
    assert '<rdf:li xml:lang="x-default">(c) Example Museum</rdf:li>' in packet
    assert record["metadata"] == {"creator": "Jane Roe", "rights": "(c) Example Museum"}
    assert record["metadata_of_camera"] == ["creator", "rights"]
    path, record = make_master(*given, "--artist", "off",
                               "--metadata", "rights=CC0")  # fmt: skip
    with tifffile.TiffFile(path) as tif:
        assert "Artist" not in tif.pages.first.tags
        assert tif.pages.first.tags["Copyright"].value == "CC0"
        assert b"Jane Roe" in tif.pages.first.tags[700].value
    assert record["metadata_of_camera"] == ["creator"]


WORDS = {
    "catalog_number": "MZH:Åbo 12",
    "scientific_name": "Apis mellifera",
    "type_status": "holotype",
    "sex": "female",
    "institution_code": "MZH",
    "event_date": "1931-07-02",
    "creator": "Päivi Aimonen",
    "rights": "© Naturhistorisches Museum; Straße",
    "licence_url": "https://creativecommons.org/licenses/by/4.0/",
}
TAKEN = "2024:05:01 10:20:30"


@pytest.fixture()
def described(stack, make_master, tmp_path):
    """A master with words of all kinds, of frames with a date."""
    dated = Image.Exif()
    dated.get_ifd(0x8769).update({0x9003: TAKEN, 0x9011: "+02:00"})
    camera = tmp_path / "camera"
    camera.mkdir()
    for k in (3, 4):
        Image.new("RGB", (8, 8)).save(camera / f"pcb_00{k}.dng", "JPEG", exif=dated)
    entries = [
        replace(entry, sha256=sha256_file(camera / entry.file))
        for entry in read_ledger(stack / "frames.csv")
    ]
    write_ledger(entries, tmp_path / "dated.csv")
    given = ["--raw", str(camera), "--ledger", str(tmp_path / "dated.csv"), *maps_of(stack)]
    for name, text in WORDS.items():
        given += ["--metadata", f"{name}={text}"]
    return make_master(*given)


def check_words(known: dict[str, object]) -> None:
    """What exiftool must read in a master and in every picture that is made of it."""
    assert known["IFD0:ImageDescription"] == (
        "MZH:Abo 12 top; Apis mellifera; holotype; "
        "Focus stacking: 2 frames, fused by Holostack with method holostack"
    )
    assert known["IFD0:Software"] == known["XMP-xmp:CreatorTool"] == f"Holostack {VERSION}"
    assert known["IFD0:ModifyDate"] == TAKEN
    assert known["XMP-xmp:CreateDate"] == f"{TAKEN}+02:00"
    assert known["IFD0:Artist"] == "Paivi Aimonen"
    assert known["IFD0:Copyright"] == "(c) Naturhistorisches Museum; Strasse"
    check_packet(known)


def check_packet(known: dict[str, object]) -> None:
    """What exiftool must read in the packet of every file."""
    assert (
        known["XMP-dc:Creator"] == ["Päivi Aimonen"] or known["XMP-dc:Creator"] == WORDS["creator"]
    )
    assert known["XMP-dc:Rights"] == WORDS["rights"]
    assert known["XMP-xmpRights:WebStatement"] == WORDS["licence_url"]
    assert known["XMP-dwc:Occurrence"] == {"CatalogNumber": "MZH:Åbo 12", "Sex": "female"}
    assert known["XMP-dwc:Taxon"] == {"ScientificName": "Apis mellifera"}
    assert known["XMP-dwc:Identification"] == {"TypeStatus": "holotype"}
    assert known["XMP-dwc:Record"] == {"InstitutionCode": "MZH"}
    assert known["XMP-dwc:DCEvent"] == {"EventDate": "1931:07:02"}
    assert known["XMP-dwcterms:CatalogNumber"] == "MZH:Åbo 12"
    assert not [name for name in known if name.startswith("XMP-tmp")]


def test_exiftool_reads_in_a_master_whose_it_is_and_who_made_it_when(described):
    path, record = described
    check_words(judges.tags(path))
    assert judges.picture(path) == ""
    depth = judges.tags(path.with_name(record["depth"]["file"]))
    check_packet(depth)
    assert (depth["IFD0:Software"], depth["IFD0:ModifyDate"]) == (f"Holostack {VERSION}", TAKEN)
    assert json.loads(str(depth["IFD0:ImageDescription"]))["unit"] == "frame"


@pytest.mark.parametrize("format", FILE_TYPES)
def test_exiftool_reads_the_same_in_a_derivative_of_every_type(described, tmp_path, format):
    master_path, _ = described
    out = tmp_path / f"web.{FILE_TYPES[format].ending}"
    record = master_path.with_suffix(".json")
    given = ("--master", str(master_path), "--record", str(record), "--out", str(out))
    derive.main([*given, "--format", format, "--long-edge-px", "200"])
    check_words(judges.tags(out))
    assert judges.picture(out) == ""


def test_a_derivative_has_the_newest_words(described, tmp_path):
    path, _ = described
    words = {**WORDS, "scientific_name": "Apis cerana", "creator": "Ann Lee; Bo Ek"}
    record = json.loads(path.with_suffix(".json").read_text())
    path.with_suffix(".xmp").write_bytes(description.packet_of(record, words))
    out = tmp_path / "web.jpg"
    record = path.with_suffix(".json")
    derive.main(["--master", str(path), "--record", str(record), "--out", str(out)])
    known = judges.tags(out)
    assert known["XMP-dwc:Taxon"] == {"ScientificName": "Apis cerana"}
    assert known["XMP-dc:Creator"] == ["Ann Lee", "Bo Ek"]
    assert known["IFD0:Artist"] == "Ann Lee; Bo Ek"


def test_words_that_tags_cannot_hold_are_told_and_stand_in_xmp(make_master, capsys):
    path, record = make_master(
        *("--metadata", "creator=Иван Петров", "--metadata", "rights=© Музей")
    )
    said = capsys.readouterr().err
    assert "the TIFF tag artist holds ASCII alone: it is left out; XMP has the sheet's own" in said
    assert record["in_ascii"] == {"artist": "", "copyright": ""}
    with tifffile.TiffFile(path) as tif:
        tags = tif.pages.first.tags
        assert not {"Artist", "Copyright"} & {tag.name for tag in tags}
        assert "Иван Петров" in tags[700].value.decode()
    _, record = make_master("--metadata", "creator=Иван Петров", "--artist", "off")
    assert "in_ascii" not in record


def test_the_same_stack_gives_the_same_master_byte_for_byte(make_master):
    first = make_master()[0].read_bytes()
    assert make_master()[0].read_bytes() == first


def test_a_master_that_someone_changed_is_not_replaced(make_master):
    path, _ = make_master()
    path.chmod(0o644)
    path.write_bytes(b"edited")
    with pytest.raises(RecordError, match="was changed since it was made"):
        make_master()
    assert path.read_bytes() == b"edited"


@pytest.mark.parametrize("place", ["announced", "master", "record"])
@pytest.mark.parametrize("again", [False, True])
def test_a_master_that_was_interrupted_anywhere_is_made_again(
    make_master, monkeypatch, place, again
):
    """Also where an older master was there, and the new one is another."""
    if again:
        make_master("--crop", "10,20,300,200")

    def killed(*_):
        raise KeyboardInterrupt

    def write(target, content, write_bytes=fixity.write_bytes):
        if place == "master" and target.suffix == ".sha256":
            killed()
        write_bytes(target, content)
        if place == "announced":
            killed()

    with monkeypatch.context() as context:
        if place == "record":
            context.setattr(master, "write_record", killed)
        else:
            context.setattr(fixity, "write_bytes", write)
        with pytest.raises(KeyboardInterrupt):
            make_master("--crop", "20,30,200,100")
    path, record = make_master("--crop", "30,40,100,50")
    assert record["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert path.with_name(f"{path.name}.sha256").read_text() == (
        f"{record['sha256']}  {path.name}\n"
    )
    assert not list(path.parent.glob("*.announced"))


def cut_off(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("spoil", [Path.unlink, cut_off])
@pytest.mark.parametrize("also_the_record", [False, True])
def test_a_master_whose_hash_is_gone_or_cut_off_is_made_again(make_master, spoil, also_the_record):
    path, record = make_master()
    spoil(path.with_name(f"{path.name}.sha256"))
    if also_the_record:
        spoil(path.with_suffix(".json"))
    assert make_master() == (path, record)
    assert path.with_name(f"{path.name}.sha256").read_text().startswith(record["sha256"])
    # It may be a person's: nothing is thrown away that nothing vouches for.
    aside = list((path.parents[1] / "set-aside").rglob("*.tif"))
    assert len(aside) == also_the_record


def test_a_master_that_someone_changed_is_not_replaced_though_its_hash_is_cut_off(make_master):
    path, _ = make_master()
    path.chmod(0o644)
    path.write_bytes(b"edited")
    cut_off(path.with_name(f"{path.name}.sha256"))
    with pytest.raises(RecordError, match="was changed since it was made"):
        make_master()
    assert path.read_bytes() == b"edited"


def test_a_derivative_is_made_in_the_size_and_colour_asked_for(make_master, tmp_path):
    path, _record = make_master("--pixel-size-um", "5")
    out = tmp_path / "web.jpg"
    derive.main(
        [
            "--master",
            str(path),
            "--record",
            str(path.with_suffix(".json")),
            "--out",
            str(out),
            "--long-edge-px",
            "400",
            "--scale-bar",
            "on",
        ]
    )
    with Image.open(out) as image:
        assert max(image.size) == 400
        barred = np.asarray(image.convert("L")).astype(int)
        assert image.getexif().get_ifd(0x8769)[0xA001] == 1  # Exif's ColorSpace: sRGB
    # A bar of 500 µm, 50 px, with a rim of the other brightness: nothing else has such an edge.
    ink = np.abs(np.diff(barred, axis=0)) > 150
    assert ink.sum(1).max() >= 50


def test_a_scale_bar_without_a_pixel_size_is_refused(make_master, tmp_path):
    path, _ = make_master()
    with pytest.raises(ImagingError, match="pixel_size_um"):
        derive.main(
            [
                "--master",
                str(path),
                "--record",
                str(path.with_suffix(".json")),
                "--out",
                str(tmp_path / "web.jpg"),
                "--scale-bar",
                "on",
            ]
        )


@pytest.mark.parametrize("known_by", ["blake3", "sha256"])
def test_a_master_is_compared_by_its_blake3_and_where_a_record_has_none_by_its_sha256(
    make_master, monkeypatch, known_by
):
    path, record = make_master()
    if known_by == "sha256":
        write_record(path.with_suffix(".json"), "master", without_blake3(record))
    begun = []
    monkeypatch.setattr(fixity, "new_hash", lambda name: begun.append(name) or new_hash(name))
    assert fixity.read_verified(path.with_suffix(".json"), path)["sha256"] == record["sha256"]
    assert begun == [known_by]


def without_blake3(record):
    """A record as it was before masters were known by it."""
    own = {"record_format", "program", "record_sha256", "blake3"}
    return {key: value for key, value in record.items() if key not in own}


@pytest.mark.parametrize("of_before", [False, True])
@pytest.mark.parametrize("harm", ["edit", "remove"])
def test_nothing_is_derived_from_a_master_that_is_not_its_record_s(
    make_master, tmp_path, harm, of_before
):
    path, record = make_master()
    if of_before:
        write_record(path.with_suffix(".json"), "master", without_blake3(record))
    path.chmod(0o644)
    if harm == "edit":
        path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    else:
        path.unlink()
    with pytest.raises(RecordError, match="restore it from the archive"):
        derive.main(
            [
                "--master",
                str(path),
                "--record",
                str(path.with_suffix(".json")),
                "--out",
                str(tmp_path / "web.jpg"),
            ]
        )
    assert not (tmp_path / "web.jpg").exists()


def maps_of(stack):
    return [
        word
        for name in ("depth", "confidence", "source")
        for word in (f"--{name}", str(stack / "stack" / f"{name}.tif"))
    ]


def test_the_depth_map_is_cropped_as_the_master_and_says_what_it_is(make_master, stack):
    path, record = make_master("--crop", "10,20,300,200", "--direction", "away", *maps_of(stack))
    depth = path.with_name("A-1_top_depth.tif")
    whole = tiff.read_image(stack / "stack" / "depth.tif")[20:220, 10:310]
    found = tiff.read_image(depth)
    known = np.isfinite(found)
    assert 0.2 < known.mean() < 1.0
    # Frame 1 is at 0, and focus went away from the camera.
    assert np.array_equal(found[known], 1 - whole[known])
    assert record["depth"]["known_share"] == round(float(known.mean()), 4)
    assert record["depth"]["pixel_sha256"] == tiff.pixel_digest(depth)
    assert record["depth"]["sha256"] == hashlib.sha256(depth.read_bytes()).hexdigest()
    with tifffile.TiffFile(depth) as opened:
        told = json.loads(opened.pages.first.description)
        assert opened.pages.first.dtype == np.float32
    assert (told["unit"], told["direction"]) == ("frame", "away")
    assert {key: record["depth"][key] for key in ("unit", "zero_frame", "direction")} == {
        "unit": "frame",
        "zero_frame": 1,
        "direction": "away",
    }


def test_the_depth_map_is_read_only_with_its_hash_and_never_replaced_once_changed(
    make_master, stack
):
    path, record = make_master(*maps_of(stack))
    depth = path.with_name(record["depth"]["file"])
    assert depth.stat().st_mode & 0o222 == 0
    assert depth.with_name(f"{depth.name}.sha256").read_text() == (
        f"{record['depth']['sha256']}  {depth.name}\n"
    )
    depth.chmod(0o644)
    depth.write_bytes(depth.read_bytes()[:-1] + b"\x01")
    with pytest.raises(RecordError, match=r"_depth\.tif: the master was changed"):
        make_master(*maps_of(stack))


def test_without_a_direction_the_depth_map_says_that_it_is_unknown(make_master, stack):
    path, record = make_master(*maps_of(stack))
    assert record["depth"]["direction"] == "unknown"
    found = tiff.read_image(path.with_name(record["depth"]["file"]))
    assert np.nanmin(found) >= 0.0


@pytest.mark.parametrize("orientation", [3, 6, 7])
def test_the_depth_map_is_turned_as_the_master(make_master, stack, monkeypatch, orientation):
    upright_path, record = make_master(*maps_of(stack))
    flat = tiff.read_image(upright_path.with_name(record["depth"]["file"]))
    entries = [
        dataclasses.replace(entry, orientation=orientation)
        for entry in used_frames(stack / "frames.csv")
    ]
    monkeypatch.setattr(master, "used_frames", lambda path: entries)
    path, record = make_master(*maps_of(stack))
    turned = tiff.read_image(path.with_name(record["depth"]["file"]))
    assert np.array_equal(turned, upright(flat, orientation), equal_nan=True)
    assert turned.shape == tiff.read_image(path).shape[:2]
