"""The tables use terms that GBIF's extensions have, and those meant for texts."""

from __future__ import annotations

from records.metadata.darwincore import AC, MEDIA, OCCURRENCE
from tests.judges import known_terms

# Whose sibling with `Literal` takes texts; these take addresses of a vocabulary.
OF_A_VOCABULARY = {f"{AC}subjectPart", f"{AC}subjectOrientation", f"{AC}variant"}


def test_every_column_is_a_term_of_audiovisual_core_as_of_february_2026():
    known, required = known_terms("gbif_audiovisual_2026-02-24.txt")
    assert len(known) == 157
    assert set(MEDIA.values()) <= known - OF_A_VOCABULARY
    assert required <= set(MEDIA.values())


def test_a_specimen_is_told_in_terms_of_an_occurrence():
    known, required = known_terms("gbif_occurrence_2025-07-10.txt")
    assert required == {"http://rs.tdwg.org/dwc/terms/basisOfRecord"}
    assert required <= set(OCCURRENCE.values()) <= known


def test_what_audiovisual_core_itself_requires_has_a_column():
    names = {term.rpartition("/")[2] for term in MEDIA.values()}
    assert names >= {"identifier", "type", "metadataLanguageLiteral", "rights", "WebStatement"}
