"""What a manifest says of a specimen, and what it does not make up."""

import pytest

from records.handover.iiif import Image, View, collection, manifest
from records.handover.stack import Picture, Stack

KNOWN = {"language": "de", "organisation": None, "organisation_page": None}
BASE = "https://pictures.example.org/iiif/"
SERVICE = {
    "id": f"{BASE}A-1/top/00",
    "type": "ImageService3",
    "profile": "level0",
    "width": 4000,
    "height": 3000,
    "sizes": [{"width": 400, "height": 300}, {"width": 2048, "height": 1536}],
}


def view(name="top", address="", **words):
    picture = Picture(
        *(f"archival/A-1_{name}.tif", True, "x.tif", "ab" * 32, 1, "image/tiff", (4000, 3000)),
        pixel_size_um=None,
        address=address,
    )
    stack = Stack(f"holostack:A-1/{name}", "A-1", name, words, "", "", "", (picture,))
    return View(stack, "v3", (Image("Master", SERVICE),))


def of(*views, words=None, **known):
    return manifest(BASE, views, words or {}, {**KNOWN, **known})


def said(canvas):
    return {one["label"]["en"][0]: one["value"] for one in canvas["metadata"]}


def test_what_nobody_said_is_not_there():
    known = of(view())
    assert known.keys() == {"@context", "id", "type", "label", "metadata", "thumbnail", "items"}
    (canvas,) = known["items"]
    assert said(canvas) == {
        "Archived as": {"de": ["holostack:A-1/top v3"]},
        "SHA-256 of the master": {"de": ["ab" * 32]},
    }
    assert not {"service", "rendering", "summary", "rights"} & canvas.keys()


@pytest.mark.parametrize(
    ("licence", "rights"),
    [
        (
            "https://creativecommons.org/licenses/by/4.0/",
            "http://creativecommons.org/licenses/by/4.0/",
        ),
        (
            "https://creativecommons.org/licenses/by/4.0/deed.de",
            "http://creativecommons.org/licenses/by/4.0/",
        ),
        (
            "http://rightsstatements.org/vocab/InC/1.0/",
            "http://rightsstatements.org/vocab/InC/1.0/",
        ),
    ],
)
def test_a_licence_has_the_one_address_by_which_viewers_know_it(licence, rights):
    assert of(view(licence_url=licence))["rights"] == rights


def test_a_licence_that_iiif_does_not_know_is_shown_in_words():
    known = of(view(licence_url="https://museum.example/terms", rights="© Museum"))
    assert "rights" not in known
    assert known["requiredStatement"]["value"] == {"de": ["© Museum; https://museum.example/terms"]}


def test_views_of_several_photographers_each_say_their_own():
    known = of(view(creator="A. B."), view("label", creator="C. D."))
    assert "requiredStatement" not in known
    assert [one["requiredStatement"]["value"]["de"] for one in known["items"]] == [
        ["A. B."],
        ["C. D."],
    ]


def test_who_publishes_is_the_provider_where_there_is_a_page_of_theirs():
    page = "https://museum.example"
    (provider,) = of(view(), organisation="Museum", organisation_page=page)["provider"]
    assert (provider["id"], provider["label"]) == (page, {"none": ["Museum"]})
    assert "provider" not in of(view(), organisation="Museum")


def test_files_that_have_an_address_can_be_fetched_from_the_canvas():
    (canvas,) = of(view(address="https://files.example/A-1_top.tif"))["items"]
    assert canvas["rendering"] == [
        {
            "id": "https://files.example/A-1_top.tif",
            "type": "Image",
            "label": {"none": ["A-1_top.tif"]},
            "format": "image/tiff",
        }
    ]


def test_addresses_are_below_the_base_and_a_canvas_has_the_true_size_of_the_master():
    known = of(view())
    assert known["id"] == f"{BASE}A-1/manifest.json"
    (canvas,) = known["items"]
    assert (canvas["width"], canvas["height"]) == (4000, 3000)
    (page,) = canvas["items"]
    (painting,) = page["items"]
    assert painting["target"] == canvas["id"]
    body = painting["body"]
    # `max` is as large as a tile; its service has the whole.
    assert (body["width"], body["service"][0]["width"]) == (2048, 4000)


def test_a_collection_lists_manifests_with_label_and_thumbnail():
    known = of(view())
    listed = collection(BASE, [known], "Beetles")
    assert listed["id"] == f"{BASE}collection.json"
    assert listed["items"] == [{key: known[key] for key in ("id", "type", "label", "thumbnail")}]
