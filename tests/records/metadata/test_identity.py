"""One catalogue number in many writings, and two that are never one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.errors import RecordError
from records.metadata.identity import check_identity, numbered_alike, same_number

LINE = st.text(st.characters(exclude_categories=("Cc", "Cs", "Z")), min_size=1, max_size=30)


@given(st.text(max_size=30), LINE)
def test_only_the_whole_number_counts(specimen, code):
    assert check_identity("A-12", ["x", "https://museum.example/id/A-12"], "it").endswith("A-12")
    with pytest.raises(RecordError):
        check_identity("A-12", ["A-123", f"A-12{code}x"], "it")
    assert check_identity(specimen, [], "it") == ""


CODES = {"institution_code": "UAM", "collection_code": "Ento"}


@pytest.mark.parametrize(
    ("number", "label", "sheet"),
    [
        ("UAM-Ento-12345", "UAM:Ento:12345", {}),
        ("UAM:Ento:12345", "https://arctos.database.museum/guid/UAM:Ento:12345", {}),
        ("UAM:Ento:12345", "https://arctos.database.museum/guid/UAM%3AEnto%3A12345/?seid=9", {}),
        ("UAM:Ento:12345", "https://museum.example/find?guid=UAM:Ento:12345&x=1", {}),
        ("UAM:Ento:12345", "urn:catalog:UAM:Ento:12345", {}),
        ("UAM:Ento:12345", "UAM:Ento:12345\nCarabus auratus\nL. 1761", {}),
        ("USNMENT 00123456", "USNMENT00123456", {}),
        ("USNM-ENT-00123456", "USNMENT00123456", {}),
        ("MNHN-EY-1234/5", "http://coldb.mnhn.fr/catalognumber/mnhn/ey/1234/5", {"collection_code":
                                                                                 "mnhn ey"}),
        ("MNHN-EY1234", "http://coldb.mnhn.fr/catalognumber/mnhn/ey/ey1234", {"institution_code":
                                                                              "MNHN"}),
        ("K\u00e4fer-001", "Ka\u0308fer 001", {}),
        ("12345", "UAM:Ento:12345", CODES),
        ("UAM:Ento:12345", "12345", CODES),
        ("Ento 12345", "UAM-Ento-12345", CODES),
    ],
)  # fmt: skip
def test_one_number_in_other_writings_is_confirmed(number, label, sheet):
    assert check_identity(number, [label], "it", sheet) == label


@pytest.mark.parametrize(
    ("number", "label", "sheet"),
    [
        ("UAM:Ento:12345", "UAM:Ento:12346", {}),
        ("UAM:Ento:12345", "UAM:Herp:12345", CODES),
        ("12345", "UAM:Herp:12345", CODES),
        ("UAM:Ento:12345", "12345", {}),
        ("UAM:Ento:12345", "https://arctos.database.museum/guid/UAM:Ento:12346", {}),
        ("USNMENT 00123456", "USNMENT 123456", {}),
        ("00123456", "123456", {}),
        ("MNHN-EY-1234/5", "MNHN-EY-12345", {}),
        ("MNHN-EY-1234/5", "MNHN-EY-123/45", {}),
        ("AB-C-1", "A-BC-1", {}),
        ("A-12", "A-12a", {}),
        ("Käfer-001", "Kafer-001", {}),
        ("A-1.5", "A-15", {}),
        ("A-12+3", "A-12-3", {}),
    ],
)
def test_two_numbers_are_never_taken_for_one(number, label, sheet):
    with pytest.raises(RecordError, match="shows barcode"):
        check_identity(number, [label], "it", sheet)


NUMBERS = st.lists(st.from_regex(r"[A-Z]{1,3}|[0-9]{1,4}", fullmatch=True), min_size=1, max_size=4)


@pytest.mark.slow
@given(NUMBERS, NUMBERS, st.sampled_from(" -:/."), st.sampled_from(" -:/."))
def test_numbers_of_the_same_parts_are_one_and_digits_never_run_into_each_other(
    one, other, first, second
):
    """Between letters a separator may be missing, between digits it never may."""
    same = same_number(first.join(one), second.join(other))
    assert same or one != other
    if same:
        assert "".join(one) == "".join(other)
        assert [part for part in one if part.isdigit()] == [
            part for part in other if part.isdigit()
        ]


@given(st.text(max_size=20), st.text(max_size=20))
def test_comparing_is_symmetric_and_a_number_is_itself(one, other):
    assert same_number(one, other) == same_number(other, one)
    assert same_number(f"A{one}", f" A{one}/")


def test_numbers_of_one_kind_are_other_specimens_and_those_of_another_kind_are_not():
    own = "USNM-ENT-01234567"
    shown = [own, "usnm-ent-07654321", "MCZ:Ent:55", "https://museum.example/01234567", own.lower()]
    assert numbered_alike(own, shown) == ["usnm-ent-07654321"]


def test_a_barcode_of_several_lines_is_told_in_one():
    with pytest.raises(RecordError) as told:
        check_identity("A-12", ["BEGIN:VCARD\nFN:X"], "it")
    assert "\n" not in str(told.value)
