"""What a viewer shows of a specimen: a manifest with a canvas for each view; and their list.

IIIF has no focus stack and no map: the master, its depth and its earlier versions are a `Choice`
of one canvas, so that a viewer lays them over one another. Nothing is said that sheet and records
do not say.

Source: IIIF Presentation API 3.0 (2020); physical dimensions by the annex of services (2016).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from records.handover.stack import Picture, Stack
from records.metadata.darwincore import OCCURRENCE

CONTEXT = "http://iiif.io/api/presentation/3/context.json"
MANIFEST, COLLECTION = "manifest.json", "collection.json"
# The only addresses that `rights` may have: by them a viewer knows a licence. All have http.
RIGHTS = re.compile(
    r"https?://(?:www\.)?((creativecommons\.org/(licenses|publicdomain)|rightsstatements\.org/vocab)"
    r"/.+)"
)
LICENCES = re.compile(r"/(deed|legalcode)(\.[\w-]+)?$")
PHYSICAL = "http://iiif.io/api/annex/services/physdim"
# What a file to be fetched is, by the first word of its type.
FILES = {"image": "Image", "video": "Video", "model": "Model"}

Json = dict[str, Any]


@dataclass(frozen=True)
class Image:
    """A picture as a viewer fetches it.

    Attributes
    ----------
    label : what a person chooses it by
    service : its `info.json`
    """

    label: str
    service: Mapping[str, Any]


@dataclass(frozen=True)
class View:
    """A stack and its pictures: the master first, then what shows the same rectangle.

    Attributes
    ----------
    version : of the object that the stack is of, such as `v2`
    """

    stack: Stack
    version: str
    images: tuple[Image, ...]


def address(base: str, *names: str) -> str:
    """Web address of what lies below the published folder."""
    return "/".join([base.rstrip("/"), *(quote(name, safe="=,") for name in names)])


def manifest(base: str, views: Sequence[View], words: Mapping[str, str], known: Json) -> Json:
    """The manifest of a specimen.

    Parameters
    ----------
    base : web address of the published folder
    views : of one specimen, in the order in which they are shown
    words : what all views say of the specimen, by columns of `OCCURRENCE`
    known : `language` of the sheet's words, `organisation` and its `organisation_page`, or None
    """
    first = views[0].stack
    language = str(known["language"])
    canvases = [_canvas(base, view, language) for view in views]
    name = " ".join(filter(None, (first.catalog_number, words.get("scientific_name"))))
    content: Json = {
        "@context": CONTEXT,
        "id": address(base, first.specimen, MANIFEST),
        "type": "Manifest",
        "label": {"none": [name]},
        "metadata": _pairs({column: words.get(column, "") for column in OCCURRENCE}, "none"),
        "thumbnail": canvases[0]["thumbnail"],
    }
    page = words.get("occurrence_id", "")
    if page.startswith(("http://", "https://")):
        content["homepage"] = [_page(page, name)]
    if known["organisation"] and known["organisation_page"]:
        organisation = str(known["organisation"])
        content["provider"] = [
            {
                "id": known["organisation_page"],
                "type": "Agent",
                "label": {"none": [organisation]},
                "homepage": [_page(str(known["organisation_page"]), organisation)],
            }
        ]
    said = [_rights(view.stack, known["organisation"], language) for view in views]
    if all(one == said[0] for one in said):
        content |= said[0]
    else:
        # Views of several photographers, or under several licences, each say their own.
        for canvas, one in zip(canvases, said, strict=True):
            canvas |= one
    return content | {"items": canvases}


def collection(base: str, manifests: Iterable[Json], title: str) -> Json:
    """The list of all manifests, by which a viewer is given a whole collection."""
    kept = ("id", "type", "label", "thumbnail")
    return {
        "@context": CONTEXT,
        "id": address(base, COLLECTION),
        "type": "Collection",
        "label": {"none": [title]},
        "items": [{key: one[key] for key in kept} for one in manifests],
    }


def licence_of(stack: Stack) -> str:
    """The licence as `rights` may have it; "" where it is none that IIIF knows."""
    found = RIGHTS.fullmatch(stack.said("licence_url").strip())
    return f"http://{LICENCES.sub('/', found[1])}" if found else ""


def _rights(stack: Stack, organisation: str | None, language: str) -> Json:
    """What may be done with the pictures of a stack, and what is to be shown with them."""
    licence = licence_of(stack)
    named = [stack.said("creator"), stack.said("rights")]
    named += [] if licence else [stack.said("licence_url")]
    shown = [one for one in (*named, organisation or "") if one]
    said: Json = {"rights": licence} if licence else {}
    if shown:
        label = {"en": ["Attribution"]}
        said["requiredStatement"] = {"label": label, "value": {language: ["; ".join(shown)]}}
    return said


def _canvas(base: str, view: View, language: str) -> Json:
    stack, master = view.stack, view.images[0].service
    at = address(base, stack.specimen, stack.view)
    bodies = [_body(one) for one in view.images]
    painting = {
        "id": f"{at}/painting",
        "type": "Annotation",
        "motivation": "painting",
        "target": f"{at}/canvas",
        "body": bodies[0] if len(bodies) == 1 else {"type": "Choice", "items": bodies},
    }
    canvas: Json = {
        "id": f"{at}/canvas",
        "type": "Canvas",
        "label": {"none": [stack.view]},
        "width": master["width"],
        "height": master["height"],
        "thumbnail": [_thumbnail(master)],
        "metadata": _pairs(_of_picture(view), language),
    }
    if caption := stack.said("caption"):
        canvas["summary"] = {language: [caption]}
    if size := stack.master.pixel_size_um:
        canvas["service"] = [_physical(f"{at}/physdim", size)]
    if files := [_file(one) for one in stack.pictures if one.address]:
        canvas["rendering"] = files
    page = {"id": f"{at}/page", "type": "AnnotationPage", "items": [painting]}
    return canvas | {"items": [page]}


def _of_picture(view: View) -> dict[str, str]:
    """What is known of a view's master, by what a person calls it."""
    stack, master = view.stack, view.stack.master
    size = f"{master.pixel_size_um:.4g} µm/px" if master.pixel_size_um else ""
    return {
        "part": stack.said("subject_part"),
        "pixel size": size,
        "technique": stack.technique,
        "camera": stack.camera,
        "photographed": stack.created,
        "creator": stack.said("creator"),
        "rights": stack.said("rights"),
        "licence": stack.said("licence_url"),
        "archived as": f"{stack.identifier} {view.version}",
        "SHA-256 of the master": master.sha256,
    }


def _body(image: Image) -> Json:
    whole = image.service["sizes"][-1]
    return {
        "id": f"{image.service['id']}/full/max/0/default.jpg",
        "type": "Image",
        "format": "image/jpeg",
        "label": {"en": [image.label]},
        **whole,
        "service": [_service(image.service)],
    }


def _thumbnail(service: Mapping[str, Any]) -> Json:
    small = service["sizes"][0]
    return {
        "id": f"{service['id']}/full/{small['width']},{small['height']}/0/default.jpg",
        "type": "Image",
        "format": "image/jpeg",
        **small,
        "service": [_service(service)],
    }


def _service(service: Mapping[str, Any]) -> Json:
    """What a manifest repeats of `info.json`: enough that a list needs not fetch it."""
    return {key: service[key] for key in ("id", "type", "profile", "width", "height", "sizes")}


def _physical(at: str, pixel_size_um: float) -> Json:
    """What a px of the canvas is on the object."""
    return {
        "@context": f"{PHYSICAL}/1/context.json",
        "id": at,
        "type": "Service",
        "profile": PHYSICAL,
        "physicalScale": pixel_size_um / 1000,
        "physicalUnits": "mm",
    }


def _file(picture: Picture) -> Json:
    """What can be fetched as it is archived."""
    kind = FILES.get(picture.media_type.partition("/")[0], "Dataset")
    known = {"id": picture.address, "type": kind, "label": {"none": [picture.name]}}
    return known | ({"format": picture.media_type} if picture.media_type else {})


def _page(at: str, name: str) -> Json:
    return {"id": at, "type": "Text", "label": {"none": [name]}, "format": "text/html"}


def _pairs(cells: Mapping[str, str], language: str) -> list[Json]:
    """Cells that say something, each with what it says."""
    return [
        {"label": {"en": [_title(name)]}, "value": {language: [text]}}
        for name, text in cells.items()
        if text
    ]


def _title(name: str) -> str:
    """`scientific_name` as people read it."""
    words = name.replace("_", " ")
    return re.sub(r"\bid$", "ID", words[:1].upper() + words[1:])
