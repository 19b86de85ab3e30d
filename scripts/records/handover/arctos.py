"""A table for Arctos: Enter Data, Batch Tools, Bulkload Media.

Source: Arctos (ArctosDB/dev, 2025-03-03), loaders/BulkloadMedia.cfm (columns, what each takes) and
componentLoaderComponents/autoload_media.cfm (what is refused); its handbook, "How To Bulkload Media
Metadata" and "Media".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from records.handover import lacking
from records.handover.lacking import Lack
from records.handover.stack import Picture, Stack

NAME = "Arctos"
RELATIONSHIPS, LABELS = 5, 10
COLUMNS = (
    *("media_uri", "preview_uri", "mime_type", "media_type", "media_license", "media_terms"),
    *(
        name
        for number in range(1, RELATIONSHIPS + 1)
        for name in (f"media_relationship_{number}", f"media_related_term_{number}")
    ),
    *(
        name
        for number in range(1, LABELS + 1)
        for name in (f"media_label_{number}", f"media_label_value_{number}")
    ),
    "status",
)
# What a catalogued item is called: institution, collection, number.
_TRIPLET = re.compile(r"(?!(?i:urn|doi|ark):)[^\s:]+:[^\s:/]+:[^\s:]+")
_GUID_ADDRESS = re.compile(r"https?://arctos\.database\.museum/guid/[^\s/]+")
# How long a thumbnail's longer edge is at most.
PREVIEW_PX = 500


def rows(stacks: Sequence[Stack]) -> tuple[list[dict[str, str]], list[Lack]]:
    """A row for each stack that has all that must be there, and what is lacking.

    The picture is the largest that browsers show, as Arctos asks not to relate originals.
    """
    made: list[dict[str, str]] = []
    lacks: list[Lack] = []
    for stack in stacks:
        shown = stack.for_browsers()
        if not shown:
            lacks.append(lacking.no_shown_picture(NAME, stack))
            continue
        lacks += lacking.asked(NAME, stack, ("address", "creator"))
        guid = guid_of(stack)
        if not guid:
            text = (
                f"{NAME} finds the specimen by institution:collection:number, such as "
                "UAM:Ento:12345, which nothing says: fill in institution_code and "
                "collection_code, or write catalog_number so; the stack is left out"
            )
            lacks.append(Lack(NAME, stack.name, text))
        licence = stack.said("licence_url") or stack.said("rights")
        text = f"{NAME} takes media_license in the words of its table ctmedia_license alone"
        says = f"the sheet says {licence!r}" if licence else "the sheet says neither"
        lacks.append(
            Lack(NAME, stack.name, f"{text}; {says}: choose there, and fill in the column")
        )
        if guid and shown[0].address:
            made.append(_row(stack, shown, guid))
    return made, lacks


def guid_of(stack: Stack) -> str:
    """What Arctos knows the specimen by; "" where nothing says it."""
    number = stack.catalog_number
    codes = [stack.said("institution_code"), stack.said("collection_code")]
    triplet = ":".join([*codes, number])
    for text in (stack.said("occurrence_id"), number, triplet if all(codes) else ""):
        if _TRIPLET.fullmatch(text) or _GUID_ADDRESS.fullmatch(text):
            return text
    return ""


def _row(stack: Stack, shown: Sequence[Picture], guid: str) -> dict[str, str]:
    largest, smallest = shown[0], shown[-1]
    is_preview = max(smallest.size_px or (0, 0)) <= PREVIEW_PX
    row = {
        "media_uri": largest.address,
        # Without one, Arctos makes it.
        "preview_uri": smallest.address if is_preview and smallest is not largest else "",
        "mime_type": largest.media_type,
        "media_type": "image",
    }
    creators = [name.strip() for name in stack.said("creator").split(";") if name.strip()]
    related = [("shows cataloged_item", guid)]
    related += [("created by agent", name) for name in creators]
    for number, (relationship, term) in enumerate(related[:RELATIONSHIPS], 1):
        row[f"media_relationship_{number}"] = relationship
        row[f"media_related_term_{number}"] = term
    facts = [stack.title, *map(stack.said, ("caption", "rights", "licence_url")), stack.technique]
    facts += [largest.figures(), f"SHA-256 {largest.sha256}"]
    labels = [("description", "; ".join(fact for fact in facts if fact))]
    # A day alone: Arctos takes dates, and a camera's time has no zone.
    labels += [("made date", stack.created[:10])] if stack.created else []
    for number, (label, value) in enumerate(labels, 1):
        row[f"media_label_{number}"] = label
        row[f"media_label_value_{number}"] = value
    return {column: row.get(column, "") for column in COLUMNS}
