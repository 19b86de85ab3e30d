"""XMP packets: whose specimen it is, what is shown, and how the picture was made.

Terms are those of Dublin Core, Darwin Core and Audiovisual Core; a term is written only where the
sheet or the records say something. Layout: ISO 16684-1:2019, section 7 (RDF/XML serialisation).
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
    "dwc": "http://rs.tdwg.org/dwc/terms/",
    "ac": "http://rs.tdwg.org/ac/terms/",
}
# Sheet column → term and how XMP holds it: plain text, an ordered list, a set, or text by language.
TERMS = {
    "catalog_number": ("dwc:catalogNumber", "text"),
    "scientific_name": ("dwc:scientificName", "text"),
    "institution_code": ("dwc:institutionCode", "text"),
    "collection_code": ("dwc:collectionCode", "text"),
    "occurrence_id": ("dwc:occurrenceID", "text"),
    "basis_of_record": ("dwc:basisOfRecord", "text"),
    "event_date": ("dwc:eventDate", "text"),
    "type_status": ("dwc:typeStatus", "text"),
    "sex": ("dwc:sex", "text"),
    "life_stage": ("dwc:lifeStage", "text"),
    "subject_part": ("ac:subjectPartLiteral", "text"),
    "caption": ("dc:description", "Alt"),
    "creator": ("dc:creator", "Seq"),
    "rights": ("dc:rights", "Alt"),
    "licence_url": ("xmpRights:WebStatement", "text"),
}


def build_packet(specimen: str, view: str, technique: str, metadata: Mapping[str, str]) -> bytes:
    """An XMP packet, UTF-8.

    Parameters
    ----------
    specimen : its folder; also its catalogue number, where `metadata` has none
    view : as in the sheet
    technique : how the picture was made, in a sentence
    metadata : by the keys of `TERMS`; others and empty ones are left out
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
        ("xmp:CreatorTool", "text", "Holostack"),
    ]
    terms += [
        (*TERMS[key], text)
        for key, text in sorted(metadata.items())
        if key in TERMS and key != "catalog_number" and text
    ]
    for term, kind, text in terms:
        _add(about, term, kind, text)
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
