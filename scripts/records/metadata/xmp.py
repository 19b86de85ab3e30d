"""XMP packets: whose specimen it is, what is shown, and how the picture was made.

Terms are those of Dublin Core, Darwin Core and Audiovisual Core; a term is written only where the
sheet or the records say something. Layout: ISO 16684-1:2019, section 7 (RDF/XML serialisation).

Darwin Core stands there twice. `dwcterms` are TDWG's terms by their own addresses, one beside the
other. `dwc` is what exiftool calls so, and by it most programs that show XMP: another address, and
structures by class (its TagNames, "XMP dwc Tags"). TDWG's address under the prefix `dwc` would be
`XMP-tmp0` to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree as ET

from records.sheet.folder_names import catalog_number

NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "dwcterms": "http://rs.tdwg.org/dwc/terms/",
    "dwc": "http://rs.tdwg.org/dwc/index.htm",
    "ac": "http://rs.tdwg.org/ac/terms/",
}
# Sheet column → term and how XMP holds it: plain text, an ordered list, a set, or text by language.
TERMS = {
    "catalog_number": ("dwcterms:catalogNumber", "text"),
    "scientific_name": ("dwcterms:scientificName", "text"),
    "institution_code": ("dwcterms:institutionCode", "text"),
    "collection_code": ("dwcterms:collectionCode", "text"),
    "occurrence_id": ("dwcterms:occurrenceID", "text"),
    "basis_of_record": ("dwcterms:basisOfRecord", "text"),
    "event_date": ("dwcterms:eventDate", "text"),
    "type_status": ("dwcterms:typeStatus", "text"),
    "sex": ("dwcterms:sex", "text"),
    "life_stage": ("dwcterms:lifeStage", "text"),
    "subject_part": ("ac:subjectPartLiteral", "text"),
    "caption": ("dc:description", "Alt"),
    "creator": ("dc:creator", "Seq"),
    "rights": ("dc:rights", "Alt"),
    "licence_url": ("xmpRights:WebStatement", "text"),
}
# Class of Darwin Core → columns whose terms exiftool has in that structure.
STRUCTURES = {
    "Event": ("event_date",),
    "Identification": ("type_status",),
    "Occurrence": ("catalog_number", "life_stage", "occurrence_id", "sex"),
    "Record": ("basis_of_record", "collection_code", "institution_code"),
    "Taxon": ("scientific_name",),
}
PROGRAM = "Holostack"


def build_packet(
    specimen: str,
    view: str,
    technique: str,
    metadata: Mapping[str, str],
    software: str = PROGRAM,
    created: str | None = None,
) -> bytes:
    """An XMP packet, UTF-8.

    Parameters
    ----------
    specimen : its folder; also its catalogue number, where `metadata` has none
    view : as in the sheet
    technique : how the picture was made, in a sentence
    metadata : by the keys of `TERMS`; others and empty ones are left out
    software : that made the picture, with its version where it is known
    created : when it was taken, as ISO 8601 has it
    """
    for prefix, address in NAMESPACES.items():
        ET.register_namespace(prefix, address)
    ET.register_namespace("x", "adobe:ns:meta/")
    root = ET.Element("{adobe:ns:meta/}xmpmeta")
    rdf = ET.SubElement(root, _name("rdf:RDF"))
    about = ET.SubElement(rdf, _name("rdf:Description"), {_name("rdf:about"): ""})
    number = catalog_number(metadata, specimen)
    terms = [
        ("dc:identifier", "text", f"{specimen}/{view}"),
        ("dc:title", "Alt", f"{number} {view}"),
        (*TERMS["catalog_number"], number),
        ("ac:subjectOrientationLiteral", "text", view),
        ("ac:resourceCreationTechnique", "text", technique),
        ("xmp:CreatorTool", "text", software),
        *([("xmp:CreateDate", "text", created)] if created else []),
    ]
    terms += [
        (*TERMS[key], text)
        for key, text in sorted(metadata.items())
        if key in TERMS and key != "catalog_number" and text
    ]
    for term, kind, text in terms:
        _add(about, term, kind, text)
    words = {**metadata, "catalog_number": number}
    for structure, columns in STRUCTURES.items():
        if known := [column for column in columns if words.get(column)]:
            element = ET.SubElement(about, _name(f"dwc:{structure}"))
            inside = ET.SubElement(element, _name("rdf:Description"))
            for column in known:
                _add(inside, TERMS[column][0].replace("dwcterms:", "dwc:"), "text", words[column])
    ET.indent(root)
    body = ET.tostring(root, encoding="unicode")
    return (
        f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n{body}\n<?xpacket end="r"?>'
    ).encode()


def _name(term: str) -> str:
    prefix, name = term.split(":")
    return f"{{{NAMESPACES[prefix]}}}{name}"


def _add(parent: ET.Element, term: str, kind: str, text: str) -> None:
    element = ET.SubElement(parent, _name(term))
    if kind == "text":
        element.text = text
        return
    container = ET.SubElement(element, _name(f"rdf:{kind}"))
    # People list several creators with semicolons; nothing else is a list in the sheet.
    for part in text.split(";") if kind == "Seq" else [text]:
        item = ET.SubElement(container, _name("rdf:li"))
        if kind == "Alt":
            item.set("{http://www.w3.org/XML/1998/namespace}lang", "x-default")
        item.text = part.strip()


def words_of(packet: bytes) -> dict[str, str]:
    """What a packet, of this version or an earlier one, says by the keys of `TERMS`."""
    root = ET.fromstring(packet.decode().partition("?>")[2].rpartition("<?xpacket")[0])
    found = {}
    for key, (term, kind) in TERMS.items():
        element = root.find(f".//{{*}}Description/{_name(term)}")
        if element is None:
            continue
        items = [element] if kind == "text" else element.findall(f".//{_name('rdf:li')}")
        found[key] = "; ".join(item.text or "" for item in items)
    return {key: text for key, text in found.items() if text}
