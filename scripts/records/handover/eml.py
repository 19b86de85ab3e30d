"""eml.xml of a Darwin Core archive: what the data set is, who publishes it and who answers.

Source: Ecological Metadata Language 2.2.0 (KNB), and GBIF's profile 1.3 of it for the words of
licences.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

EML = "https://eml.ecoinformatics.org/eml-2.2.0"
# By the name in the configuration: what GBIF's profile calls it, and where its text stands.
LICENCES = {
    "CC0 1.0": (
        "Public Domain (CC0 1.0)",
        "http://creativecommons.org/publicdomain/zero/1.0/legalcode",
    ),
    "CC BY 4.0": (
        "Creative Commons Attribution (CC-BY) 4.0 License",
        "http://creativecommons.org/licenses/by/4.0/legalcode",
    ),
    "CC BY-NC 4.0": (
        "Creative Commons Attribution Non Commercial (CC-BY-NC) 4.0 License",
        "http://creativecommons.org/licenses/by-nc/4.0/legalcode",
    ),
}
# Settings without which there is no valid document.
NEEDED = ("dataset_title", "organisation")
# What GBIF asks for on top.
ASKED = ("dataset_abstract", "dataset_licence", "contact_address")


def document(settings: Mapping[str, Any], digest: str) -> bytes | None:
    """The document; None where the configuration does not say all that it needs.

    Parameters
    ----------
    settings : section `media` of the configuration
    digest : of the tables, by which this edition is known
    """
    if not all(settings.get(key) for key in NEEDED):
        return None
    ET.register_namespace("eml", EML)
    about = {"packageId": f"holostack:{digest}", "system": "holostack", "scope": "system"}
    root = ET.Element(f"{{{EML}}}eml", about)
    root.set("{http://www.w3.org/XML/1998/namespace}lang", settings["language"])
    dataset = ET.SubElement(root, "dataset")
    _text(dataset, "title", settings["dataset_title"])
    _party(dataset, "creator", settings)
    _party(dataset, "metadataProvider", settings)
    _text(dataset, "language", settings["language"])
    if abstract := settings.get("dataset_abstract"):
        _text(ET.SubElement(dataset, "abstract"), "para", abstract)
    if licence := settings.get("dataset_licence"):
        name, address = LICENCES[licence]
        para = ET.SubElement(ET.SubElement(dataset, "intellectualRights"), "para")
        para.text = "This work is licensed under a "
        link = ET.SubElement(para, "ulink", url=address)
        _text(link, "citetitle", name)
        link.tail = "."
    _party(dataset, "contact", settings)
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _party(parent: ET.Element, role: str, settings: Mapping[str, Any]) -> None:
    party = ET.SubElement(parent, role)
    if name := settings.get("contact"):
        _text(ET.SubElement(party, "individualName"), "surName", name)
    _text(party, "organizationName", settings["organisation"])
    if address := settings.get("contact_address"):
        _text(party, "electronicMailAddress", address)


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text
