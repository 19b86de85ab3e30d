"""The media table uses terms of Audiovisual Core, and those meant for texts."""

from __future__ import annotations

from records.metadata.darwincore import MEDIA, OCCURRENCE

# From the term list of Audiovisual Core (TDWG, 2026-01-23): the terms that take a text, or an
# address where no sibling takes a text. `ac:subjectPart` and its like are not among them.
TERMS = set(
    """
ac/terms/accessURI ac/terms/caption ac/terms/captureDevice ac/terms/comments ac/terms/derivedFrom
ac/terms/digitizationDate ac/terms/hashFunction ac/terms/hashValue ac/terms/metadataLanguageLiteral
ac/terms/providerManagedID ac/terms/relatedResourceID ac/terms/resourceCreationTechnique
ac/terms/subjectOrientationLiteral ac/terms/subjectPartLiteral ac/terms/subtypeLiteral
ac/terms/tag ac/terms/variantLiteral ac/terms/variantDescription dc/terms/description
dc/terms/identifier dc/terms/modified dc/terms/title dc/terms/type dc/elements/1.1/creator
dc/elements/1.1/format dc/elements/1.1/rights dc/elements/1.1/source xap/1.0/CreateDate
xap/1.0/rights/Owner xap/1.0/rights/UsageTerms xap/1.0/rights/WebStatement
""".split()  # noqa: SIM905
)
REQUIRED = {"identifier", "type", "metadataLanguageLiteral", "rights", "WebStatement"}


def test_every_column_is_a_term_of_audiovisual_core():
    for column, term in MEDIA.items():
        assert any(term.endswith(f"/{known}") for known in TERMS), (column, term)


def test_what_audiovisual_core_requires_has_a_column():
    assert {term.rpartition("/")[2] for term in MEDIA.values()} >= REQUIRED


def test_a_specimen_is_told_in_darwin_core_alone():
    for term in OCCURRENCE.values():
        assert term.startswith("http://rs.tdwg.org/dwc/terms/")
