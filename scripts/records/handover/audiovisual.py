"""The media table: a row of Audiovisual Core for every picture.

Source: Audiovisual Core (TDWG, 2026-01-23), as the extension of 2026-02-24 in GBIF's register has
it (rs.gbif.org, extension/ac). A cell is filled only where sheet or records say something.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from records.handover.stack import Stack

# Columns of the table for people that are no terms.
FIGURES = (
    *("size_bytes", "pixel_size_um", "pixel_size_uncertainty_um", "sampling_limit_um"),
    "resolved_um",
)
# Those that are, of what a picture says of itself.
OF_PICTURE = ("variant", "width_px", "height_px")
DCMITYPE = "http://purl.org/dc/dcmitype/"
# By the first word of a file's type; what is none of these is data.
TYPES = {"image": "StillImage", "video": "MovingImage", "model": "InteractiveResource"}


def media_rows(stack: Stack, language: str) -> list[dict[str, str]]:
    """Rows for the master and the derivatives of a stack; see `darwincore.MEDIA` and `FIGURES`.

    Parameters
    ----------
    language : of title and technique
    """
    master = f"{stack.identifier}/{stack.master.path}"
    rows = []
    for picture in stack.pictures:
        known = picture.columns()
        rows.append(
            {
                "specimen": stack.specimen,
                "identifier": f"{stack.identifier}/{picture.path}",
                "type": f"{DCMITYPE}{TYPES.get(picture.media_type.partition('/')[0], 'Dataset')}",
                "title": stack.title,
                "caption": stack.said("caption"),
                "format": picture.media_type,
                "creator": stack.said("creator"),
                "rights": stack.said("rights"),
                "licence_url": stack.said("licence_url"),
                "metadata_language": language,
                "access_uri": picture.address,
                "variant_description": picture.figures(),
                "derived_from": "" if picture.is_master else master,
                "related_resource": stack.identifier,
                "specimen_reference": stack.said("occurrence_id"),
                "scientific_name": stack.said("scientific_name"),
                "subject_part": stack.said("subject_part"),
                "subject_orientation": stack.view,
                "capture_device": stack.camera,
                "creation_technique": stack.technique,
                "created": stack.created,
                "hash_function": "SHA-256",
                "hash_value": picture.sha256,
                **{name: known[name] for name in (*OF_PICTURE, *FIGURES)},
            }
        )
    return rows


def without_rights(rows: Iterable[Mapping[str, str]]) -> list[str]:
    """Identifiers of the pictures without rights, which Audiovisual Core requires."""
    return [row["identifier"] for row in rows if not (row["rights"] or row["licence_url"])]
