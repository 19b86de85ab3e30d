"""A list for TaxonWorks: task "New filename depicting image", and the scale of each picture.

TaxonWorks reads no table of images: it finds the specimen by the file's name without its ending,
which must be an identifier as it shows it, and takes `pixels_to_centimeter` for each picture in
task "New image" or by its API. The list says under which name to upload which file, and the scale.

Source: TaxonWorks (2026-03-21), app/models/image.rb (`stub_depiction`, `pixels_to_centimeter`, one
picture once in a project).
"""

from __future__ import annotations

from collections.abc import Sequence

from records.handover import lacking
from records.handover.lacking import Lack
from records.handover.stack import Stack

NAME = "TaxonWorks"
COLUMNS = (
    *("identifier", "folder", "filename", "pixels_to_centimeter", "file_in_archive", "view"),
    *("variant", "sha256", "size_bytes", "width_px", "height_px", "pixel_size_um"),
    *("pixel_size_uncertainty_um", "sampling_limit_um", "resolved_um"),
    *("creator", "rights", "licence"),
)
UM_PER_CENTIMETER = 10_000.0
# What no file's name holds on one system or another.
FORBIDDEN = '/\\:*?"<>|'


def rows(stacks: Sequence[Stack]) -> tuple[list[dict[str, str]], list[Lack]]:
    """A row for each stack, of the largest picture that browsers show, and what is lacking."""
    made: list[dict[str, str]] = []
    lacks: list[Lack] = []
    seen: dict[str, str] = {}
    for stack in stacks:
        shown = stack.for_browsers()
        if not shown:
            lacks.append(lacking.no_shown_picture(NAME, stack))
            continue
        picture, identifier = shown[0], stack.catalog_number
        if any(letter in FORBIDDEN for letter in identifier):
            text = (
                f"{NAME} finds the specimen by the file's name, and no file can be called "
                f"{identifier}: add the picture to it by hand; the stack is left out"
            )
            lacks.append(Lack(NAME, stack.name, text))
            continue
        if picture.sha256 in seen:
            text = (
                f"{NAME} takes a picture once, and that of {seen[picture.sha256]} is the same, bit "
                "for bit: the stack is left out"
            )
            lacks.append(Lack(NAME, stack.name, text))
            continue
        seen[picture.sha256] = stack.name
        lacks += lacking.asked(NAME, stack, ("rights", "creator"))
        scale = ""
        if picture.pixel_size_um:
            scale = f"{UM_PER_CENTIMETER / picture.pixel_size_um:.6g}"
        else:
            text = (
                f"{NAME} draws scale bars by pixels_to_centimeter, which nothing says: fill in "
                "pixel_size_um in the sheet"
            )
            lacks.append(Lack(NAME, stack.name, text))
        made.append(
            {
                "identifier": identifier,
                # Views of a specimen have the same name.
                "folder": stack.view,
                "filename": f"{identifier}.{picture.name.rpartition('.')[2]}",
                "pixels_to_centimeter": scale,
                "file_in_archive": picture.content,
                "view": stack.view,
                "creator": stack.said("creator"),
                "rights": stack.said("rights"),
                "licence": stack.said("licence_url"),
                **picture.columns(),
            }
        )
    return made, lacks
