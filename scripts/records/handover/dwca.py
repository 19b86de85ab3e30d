"""A Darwin Core archive: specimens as its core, pictures as its extension, and who publishes it.

Source: Darwin Core text guide (TDWG, 2021-07-15); what GBIF requires of occurrences, by its page on
data quality.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from records.errors import RecordError
from records.files import zip_bytes
from records.handover import eml
from records.metadata.darwincore import AC, DWC, MEDIA, OCCURRENCE
from records.sheet.folder_names import catalog_number

TEXT_NAMESPACE = "http://rs.tdwg.org/dwc/text/"
# What GBIF asks of each occurrence, and of each picture (`rights` and `address`).
ASKED = ("occurrence_id", "basis_of_record", "scientific_name", "event_date", "rights", "address")


def occurrence_rows(sheets: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """One row per specimen from the rows of its views, `specimen` (its folder) the key.

    Raises
    ------
    RecordError
        Two views of one specimen say different things about it.
    """
    specimens: dict[str, dict[str, str]] = {}
    for sheet in sheets:
        specimen = sheet["specimen"]
        row = specimens.setdefault(specimen, {"specimen": specimen})
        sheet = {**sheet, "catalog_number": catalog_number(sheet, specimen)}
        for column in OCCURRENCE:
            cell = sheet.get(column, "")
            if cell and row.setdefault(column, cell) != cell:
                raise RecordError(
                    f"specimen {specimen}, {column}: one view says '{row[column]}', "
                    f"another '{cell}'; correct the sheet"
                )
    columns = ("specimen", *OCCURRENCE)
    return [{column: row.get(column, "") for column in columns} for row in specimens.values()]


def table(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    """A CSV table for programs: RFC 4180 with line feeds, UTF-8, header row, texts as they are."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def write_archive(
    target: Path,
    occurrences: Sequence[Mapping[str, str]],
    media: Sequence[Mapping[str, str]],
    settings: Mapping[str, Any],
) -> None:
    """Write the archive; without `eml.xml` where `settings` do not say what it needs.

    Parameters
    ----------
    occurrences, media : rows
    settings : section `media` of the configuration
    """
    tables = {
        "occurrence.csv": table(["specimen", *OCCURRENCE], occurrences),
        "multimedia.csv": table(["specimen", *MEDIA], media),
    }
    about = eml.document(settings, hashlib.sha256(b"".join(tables.values())).hexdigest())
    more = {"eml.xml": about} if about else {}
    target.write_bytes(zip_bytes({"meta.xml": _meta(bool(about)), **more, **tables}))


def _meta(has_eml: bool) -> bytes:
    root = ET.Element("archive", xmlns=TEXT_NAMESPACE)
    if has_eml:
        root.set("metadata", "eml.xml")
    core = _described(root, "core", f"{DWC}Occurrence", "occurrence.csv")
    ET.SubElement(core, "id", index="0")
    for index, term in enumerate(OCCURRENCE.values(), 1):
        ET.SubElement(core, "field", index=str(index), term=term)
    extension = _described(root, "extension", f"{AC}Multimedia", "multimedia.csv")
    ET.SubElement(extension, "coreid", index="0")
    for index, term in enumerate(MEDIA.values(), 1):
        ET.SubElement(extension, "field", index=str(index), term=term)
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _described(root: ET.Element, kind: str, row_type: str, name: str) -> ET.Element:
    element = ET.SubElement(
        root,
        kind,
        encoding="UTF-8",
        fieldsTerminatedBy=",",
        linesTerminatedBy="\\n",
        fieldsEnclosedBy='"',
        ignoreHeaderLines="1",
        rowType=row_type,
    )
    ET.SubElement(ET.SubElement(element, "files"), "location").text = name
    return element
