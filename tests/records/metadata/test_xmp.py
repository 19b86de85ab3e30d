"""XMP packets: terms of the standards, nothing that nobody said."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from records.metadata.xmp import NAMESPACES, STRUCTURES, TERMS, build_packet, words_of

# What XML 1.0 can hold at all.
TEXT = st.text(
    st.characters(
        min_codepoint=32, exclude_categories=("Cs",), exclude_characters="\x7f\ufffe\uffff"
    ),
    max_size=30,
)


def parsed(packet: bytes) -> ET.Element:
    return ET.fromstring(packet.decode().split("?>", 1)[1].rsplit("<?xpacket", 1)[0])


def text_of(packet: bytes, term: str) -> str | None:
    prefix, name = term.split(":")
    element = parsed(packet).find(f".//{{{NAMESPACES[prefix]}}}{name}")
    return None if element is None else "".join(element.itertext()).strip()


def test_specimen_view_and_technique_stand_under_their_terms():
    packet = build_packet("USNM-1", "dorsal", "Focus stacking: 9 frames", {})
    assert text_of(packet, "dwcterms:catalogNumber") == "USNM-1"
    assert text_of(packet, "ac:subjectOrientationLiteral") == "dorsal"
    assert text_of(packet, "ac:resourceCreationTechnique") == "Focus stacking: 9 frames"


def test_several_creators_become_a_list():
    packet = build_packet("A", "b", "t", {"creator": "Ann Lee; Bo Ek"})
    items = parsed(packet).findall(f".//{{{NAMESPACES['dc']}}}creator//{{{NAMESPACES['rdf']}}}li")
    assert [item.text for item in items] == ["Ann Lee", "Bo Ek"]


def test_what_is_not_known_is_left_out():
    packet = build_packet("A", "b", "t", {"sex": "", "unheard_of": "x"})
    assert text_of(packet, "dwcterms:sex") is None
    assert b"unheard" not in packet


@given(st.dictionaries(st.sampled_from(sorted(set(TERMS) - {"creator"})), TEXT))
def test_any_text_of_a_sheet_is_read_back(metadata):
    packet = build_packet("A", "b", "t", metadata)
    for key, text in metadata.items():
        if text.strip():
            assert text_of(packet, TERMS[key][0]) == text.strip()


def test_the_same_facts_give_the_same_bytes():
    one = build_packet("A", "b", "t", {"sex": "f", "caption": "c"})
    assert one == build_packet("A", "b", "t", {"caption": "c", "sex": "f"})


def test_the_catalogue_number_is_the_sheets_or_the_one_that_the_folder_stands_for():
    packet = build_packet("ey-1", "dorsal", "t", {"catalog_number": "MNHN-EY-1234/5"})
    assert text_of(packet, "dwcterms:catalogNumber") == "MNHN-EY-1234/5"
    assert text_of(packet, "dc:title") == "MNHN-EY-1234/5 dorsal"
    assert text_of(packet, "dc:identifier") == "ey-1/dorsal"
    packet = build_packet("UAM=3AEnto=3A12345", "dorsal", "t", {})
    assert text_of(packet, "dwcterms:catalogNumber") == "UAM:Ento:12345"


def test_the_words_of_a_packet_are_read_back():
    words = {"creator": "Ann Lee; Bo Ek", "caption": "<Worker> & queen", "sex": "female"}
    packet = build_packet("A-1", "top", "t", words, "Holostack 9", "2024-05-01T10:20:30")
    assert words_of(packet) == {**words, "catalog_number": "A-1"}


def test_a_packet_of_before_is_read_as_well():
    """Then the terms had the prefix that exiftool knows another way."""
    packet = build_packet("A-1", "top", "t", {"sex": "female"})
    before = packet.replace(b"dwc:", b"old:").replace(b"dwc=", b"old=").replace(b"dwcterms", b"dwc")
    assert words_of(before) == {"catalog_number": "A-1", "sex": "female"}


def test_every_term_of_darwin_core_stands_in_a_structure_too():
    columns = {key for key, (term, _) in TERMS.items() if term.startswith("dwcterms:")}
    assert columns == {column for names in STRUCTURES.values() for column in names}
