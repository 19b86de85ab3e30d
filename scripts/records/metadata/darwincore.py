"""Media tables for those who publish: Audiovisual Core rows, and a Darwin Core archive of them.

Source: Audiovisual Core (TDWG, 2026-01-23), Darwin Core and its text guide. A cell is filled only
where sheet or records say something.
"""

from __future__ import annotations

import csv
import io
import mimetypes
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from records.errors import RecordError
from records.files import zip_bytes
from records.sheet.folder_names import catalog_number

DWC = "http://rs.tdwg.org/dwc/terms/"
AC = "http://rs.tdwg.org/ac/terms/"
DC = "http://purl.org/dc/elements/1.1/"
DCTERMS = "http://purl.org/dc/terms/"
XMP_RIGHTS = "http://ns.adobe.com/xap/1.0/rights/"
XMP = "http://ns.adobe.com/xap/1.0/"
TEXT_NAMESPACE = "http://rs.tdwg.org/dwc/text/"

# Sheet column → Darwin Core term, of the specimen.
OCCURRENCE = {
    "catalog_number": f"{DWC}catalogNumber",
    "institution_code": f"{DWC}institutionCode",
    "collection_code": f"{DWC}collectionCode",
    "scientific_name": f"{DWC}scientificName",
    "type_status": f"{DWC}typeStatus",
    "sex": f"{DWC}sex",
    "life_stage": f"{DWC}lifeStage",
}
# Column of the media table → term, of a picture.
MEDIA = {
    "identifier": f"{DCTERMS}identifier",
    "type": f"{DCTERMS}type",
    "title": f"{DCTERMS}title",
    "caption": f"{AC}caption",
    "format": f"{DC}format",
    "creator": f"{DC}creator",
    "rights": f"{DC}rights",
    "licence_url": f"{XMP_RIGHTS}WebStatement",
    "metadata_language": f"{AC}metadataLanguageLiteral",
    "variant": f"{AC}variantLiteral",
    "derived_from": f"{AC}derivedFrom",
    "related_resource": f"{AC}relatedResourceID",
    # Texts, for the terms without `Literal` take addresses of a vocabulary.
    "subject_part": f"{AC}subjectPartLiteral",
    "subject_orientation": f"{AC}subjectOrientationLiteral",
    "capture_device": f"{AC}captureDevice",
    "creation_technique": f"{AC}resourceCreationTechnique",
    "created": f"{XMP}CreateDate",
    "hash_function": f"{AC}hashFunction",
    "hash_value": f"{AC}hashValue",
}
STILL_IMAGE = "http://purl.org/dc/dcmitype/StillImage"


def media_rows(
    identifier: str,
    state: Mapping[str, str],
    sheet: Mapping[str, str],
    record: Mapping[str, Any],
    taken: Mapping[str, str],
    language: str,
) -> list[dict[str, str]]:
    """Rows of the media table for the master and the derivatives of one object.

    Parameters
    ----------
    identifier : of the object
    state : logical path → SHA-256 of its newest version
    sheet : the stack's row of the sheet
    record : the master's record; its metadata speaks where the sheet is silent
    taken : `camera` and `created` of the frames, where known
    language : of title and technique
    """
    master = f"archival/{record['file']}"
    number = catalog_number(record.get("metadata", {}), str(record["specimen"]))
    words = {**record.get("metadata", {}), **sheet}
    rows = []
    for path in (master, *sorted(path for path in state if path.startswith("derivatives/"))):
        is_master = path == master
        rows.append(
            {
                "specimen": str(record["specimen"]),
                "identifier": f"{identifier}/{path}",
                "type": STILL_IMAGE,
                "title": f"{number} {record['view']}",
                "caption": words.get("caption", ""),
                "format": mimetypes.guess_type(path)[0] or "",
                "creator": words.get("creator", ""),
                "rights": words.get("rights", ""),
                "licence_url": words.get("licence_url", ""),
                "metadata_language": language,
                "variant": "Best Quality" if is_master else Path(path).stem.rpartition("_")[2],
                "derived_from": "" if is_master else f"{identifier}/{master}",
                "related_resource": identifier,
                "subject_part": words.get("subject_part", ""),
                "subject_orientation": str(record["view"]),
                "capture_device": taken.get("camera", ""),
                "creation_technique": str(record.get("technique", "")),
                "created": taken.get("created", ""),
                "hash_function": "SHA-256",
                "hash_value": state[path],
            }
        )
    return rows


def lacking(rows: Iterable[Mapping[str, str]]) -> list[str]:
    """Identifiers of the pictures without rights, which Audiovisual Core requires."""
    return [row["identifier"] for row in rows if not (row["rights"] or row["licence_url"])]


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
    """A CSV table: RFC 4180 with line feeds, UTF-8, header row."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def write_archive(
    target: Path, occurrences: Sequence[Mapping[str, str]], media: Sequence[Mapping[str, str]]
) -> None:
    """Write a Darwin Core archive: specimens as its core, pictures as its extension."""
    files = {
        "meta.xml": _meta(),
        "occurrence.csv": table(["specimen", *OCCURRENCE], occurrences),
        "multimedia.csv": table(["specimen", *MEDIA], media),
    }
    target.write_bytes(zip_bytes(files))


def _meta() -> bytes:
    root = ET.Element("archive", xmlns=TEXT_NAMESPACE)
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
