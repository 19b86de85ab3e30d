"""A mapping file for Specify 7: Attachments, Import Attachments, "Match by mapping file".

Source: Specify 7 (2026-08-07), components/AttachmentsBulkImport/MappingFileSetup.tsx (how columns
are found) and utils.ts (what is taken of each row). Specify ignores all other columns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from records.handover import lacking
from records.handover.lacking import Lack
from records.handover.stack import Stack

NAME = "Specify"
# The first must be the specimen: the first column that has a known field's name is taken for it.
COLUMNS = (
    *("catalogNumber", "fileName", "file_in_archive", "view", "variant", "sha256", "size_bytes"),
    *(
        "width_px",
        "height_px",
        "pixel_size_um",
        "pixel_size_uncertainty_um",
        "sampling_limit_um",
        "resolved_um",
        "creator",
        "rights",
        "licence",
    ),
)


def rows(stacks: Sequence[Stack]) -> tuple[list[dict[str, str]], list[Lack]]:
    """A row for each stack, of the largest picture that browsers show, and what is lacking."""
    made: dict[str, dict[str, str]] = {}
    lacks: list[Lack] = []
    named: dict[str, list[str]] = defaultdict(list)
    for stack in stacks:
        shown = stack.for_browsers()
        if not shown:
            lacks.append(lacking.no_shown_picture(NAME, stack))
            continue
        picture = shown[0]
        lacks += lacking.asked(NAME, stack, ("rights", "creator"))
        named[picture.name].append(stack.name)
        made[stack.name] = {
            "catalogNumber": stack.catalog_number,
            "fileName": picture.name,
            "file_in_archive": picture.content,
            "view": stack.view,
            "creator": stack.said("creator"),
            "rights": stack.said("rights"),
            "licence": stack.said("licence_url"),
            **picture.columns(),
        }
    for name, of_it in named.items():
        for stack_name in of_it[1:]:
            text = (
                f"{NAME} takes a file's name once, and {name} is that of {of_it[0]} too: the stack "
                "is left out"
            )
            lacks.append(Lack(NAME, stack_name, text))
            del made[stack_name]
    return list(made.values()), lacks
