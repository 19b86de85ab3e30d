"""Specimens published by IIIF, read by programs that know nothing of Holostack."""

import json

import numpy as np
import pytest
from PIL import Image

import iiif
from records.errors import RecordError
from tests import judges
from tests.scripts.iiif_site import (
    GREEN,
    HEIGHT,
    LICENCE,
    PIXEL_UM,
    RED,
    WIDTH,
    archived,
    publish,
    serving,
)
from tests.scripts.stack_folder import SPECIMEN, make_stack, put_in_archive


@pytest.fixture(scope="module")
def site(tmp_path_factory, demo):
    """Archive, folder and address of the published specimen."""
    folder = tmp_path_factory.mktemp("iiif")
    root = archived(folder, sorted((demo / "pcb-jpeg").glob("*.jpg"))[:1])
    with serving(folder / "web") as address:
        publish(root, folder / "web" / "iiif", f"{address}/iiif")
        yield root, folder / "web" / "iiif", f"{address}/iiif"


def manifest_of(folder):
    return json.loads((folder / SPECIMEN / "manifest.json").read_text())


def body_of(canvas):
    return canvas["items"][0]["items"][0]["body"]


def services(folder):
    """All of the dorsal view: master, depth, the master before."""
    canvas = manifest_of(folder)["items"][1]
    return [one["service"][0]["id"] for one in body_of(canvas)["items"]]


def picture(folder, base, service, request):
    path = folder / service.removeprefix(f"{base}/") / request / "0/default.jpg"
    return np.asarray(Image.open(path)).astype(int)


@pytest.mark.slow
def test_a_specimen_has_one_manifest_with_its_views_as_the_sheet_has_them(site):
    known = manifest_of(site[1])
    assert known["label"] == {"none": [f"{SPECIMEN} Carabus auratus"]}
    assert [canvas["label"]["none"] for canvas in known["items"]] == [["label"], ["dorsal"]]
    assert (known["items"][1]["width"], known["items"][1]["height"]) == (WIDTH, HEIGHT)
    assert {one["label"]["en"][0]: one["value"]["none"][0] for one in known["metadata"]} == {
        "Occurrence ID": "https://example.org/1",
        "Catalog number": SPECIMEN,
        "Scientific name": "Carabus auratus",
    }
    assert known["homepage"][0]["id"] == "https://example.org/1"
    # Creative Commons' addresses are http there.
    assert known["rights"] == LICENCE.replace("https", "http")
    assert known["requiredStatement"]["value"] == {"en": ["A. B."]}


@pytest.mark.slow
def test_a_canvas_says_what_its_px_are_on_the_object_where_the_sheet_does(site):
    label, dorsal = manifest_of(site[1])["items"]
    assert "service" not in label
    (physical,) = dorsal["service"]
    assert (physical["physicalScale"], physical["physicalUnits"]) == (PIXEL_UM / 1000, "mm")


@pytest.mark.slow
def test_master_depth_and_earlier_versions_are_a_choice_and_a_master_alone_is_none(site):
    label, dorsal = manifest_of(site[1])["items"]
    assert body_of(label)["type"] == "Image"
    assert [one["label"]["en"][0] for one in body_of(dorsal)["items"]] == [
        "Master",
        "Depth: dark 10, bright 990 µm; larger is nearer to the camera",
        "Version 1 of 2",
    ]
    _, folder, base = site
    master, depth, before = services(folder)
    assert np.abs(picture(folder, base, master, "full/max") - GREEN).max() <= 2
    assert np.abs(picture(folder, base, before, "full/400,200") - RED).max() <= 2
    seen = picture(folder, base, depth, "full/max")
    # From the dark to the bright end of viridis; grey where nothing is known.
    assert seen[500, -1].sum() > 2 * seen[500, 0].sum()
    assert np.abs(seen[10, 10] - 160).max() <= 4


@pytest.mark.slow
def test_a_validator_of_others_finds_no_fault_with_manifest_and_collection(site):
    folder = site[1]
    assert judges.iiif_presentation(folder / SPECIMEN / "manifest.json") == ""
    assert judges.iiif_presentation(folder / "collection.json") == ""
    listed = json.loads((folder / "collection.json").read_text())["items"]
    assert [one["id"] for one in listed] == [manifest_of(folder)["id"]]


@pytest.mark.slow
def test_the_validator_of_others_does_find_a_fault(site, tmp_path):
    known = manifest_of(site[1])
    del known["items"][0]["height"]
    (tmp_path / "wrong.json").write_text(json.dumps(known))
    assert "height" in judges.iiif_presentation(tmp_path / "wrong.json")


@pytest.mark.slow
def test_iiif_s_own_validator_finds_no_fault_with_a_picture_of_level_0(site):
    label = manifest_of(site[1])["items"][0]
    assert judges.iiif_image(body_of(label)["service"][0]["id"]) == ""
    assert "FAIL" in judges.iiif_image(f"{site[2]}/nothing")


@pytest.mark.slow
def test_what_is_there_already_is_not_made_again_and_has_no_other_address(site, tmp_path):
    root, folder, _ = site
    publish(root, tmp_path, "https://a.example.org")
    master = services(tmp_path)[0].removeprefix("https://a.example.org/")
    made = (tmp_path / master / "full/max/0/default.jpg").stat()
    publish(root, tmp_path, "https://b.example.org/iiif/")
    assert services(tmp_path)[0] == f"https://b.example.org/iiif/{master}"
    info = json.loads((tmp_path / master / "info.json").read_text())
    assert info["id"] == services(tmp_path)[0]
    assert (tmp_path / master / "full/max/0/default.jpg").stat() == made
    # A picture keeps its place, whatever comes after: it is named for its file's hash.
    assert (folder / master / "info.json").is_file()


@pytest.mark.slow
def test_one_specimen_is_published_with_all_its_views_and_nothing_that_is_not_asked_for(
    site, tmp_path
):
    words = ("--also", "", "--object", f"{SPECIMEN}/label", "--sheet", str(tmp_path / "none.csv"))
    publish(site[0], tmp_path, "https://example.org", *words)
    # Without a sheet, by name.
    dorsal, label = manifest_of(tmp_path)["items"]
    assert (dorsal["label"]["none"], label["label"]["none"]) == (["dorsal"], ["label"])
    assert body_of(dorsal)["type"] == "Image"
    # The list is of all specimens, and these were not looked at.
    assert not (tmp_path / "collection.json").exists()
    assert len(list((tmp_path / SPECIMEN / "dorsal").iterdir())) == 1


@pytest.mark.slow
def test_no_manifest_is_made_without_the_address_that_it_holds(site, tmp_path):
    with pytest.raises(RecordError, match=r"set iiif.base_url \(or give --base-url\)"):
        iiif.main(["--archive", str(site[0]), "--folder", str(tmp_path)])


@pytest.fixture
def small(tmp_path, demo):
    """An archive of one small stack without rights."""
    stack = make_stack(tmp_path, [demo / "pcb-jpeg" / "pcb_001.jpg"])
    put_in_archive(stack, tmp_path / "archive")
    return tmp_path / "archive"


def test_pictures_without_rights_are_not_published_silently(small, tmp_path, capsys):
    with pytest.raises(RecordError, match="1 stack could not be published"):
        publish(small, tmp_path / "iiif", "https://example.org")
    assert "neither rights nor licence_url" in capsys.readouterr().err
    assert not (tmp_path / "iiif" / SPECIMEN).exists()
    publish(small, tmp_path / "iiif", "https://example.org", "--rights", "optional")
    assert "rights" not in manifest_of(tmp_path / "iiif")


def test_a_changed_master_is_not_published_and_what_was_stays_listed(small, tmp_path, capsys):
    words = (tmp_path / "iiif", "https://example.org", "--rights", "optional")
    publish(small, *words)
    before = manifest_of(tmp_path / "iiif")
    stack = make_stack(tmp_path / "later", [next(small.rglob("*.jpg"))], "ventral")
    put_in_archive(stack, small)
    master = next(small.rglob("*_ventral.tif"))
    master.chmod(0o600)
    master.write_bytes(master.read_bytes()[:-1] + b"?")
    with pytest.raises(RecordError, match="1 stack could not be published"):
        publish(small, *words)
    assert "was changed since it was archived" in capsys.readouterr().err
    assert manifest_of(tmp_path / "iiif") == before
    listed = json.loads((tmp_path / "iiif" / "collection.json").read_text())["items"]
    assert [one["id"] for one in listed] == [before["id"]]
