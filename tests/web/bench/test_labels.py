"""Numbers on labels: the whole text, or what of it the pattern finds."""

import pytest

from hardware.errors import RigError
from tests.web.bench.test_table import label
from web.bench.labels import number_on

ANY, OWN = ({"catalog_number": {"pattern": pattern}} for pattern in (None, "USNM-[0-9]{3}"))


def test_the_pattern_finds_the_number_in_an_address():
    picture = label("https://n.example/USNM-123")
    assert number_on(picture, OWN) == "USNM-123"
    assert number_on(picture, ANY) == "https://n.example/USNM-123"


def test_a_code_that_holds_no_number_is_told():
    with pytest.raises(RigError, match="label: 'UPC-1' is no catalogue number"):
        number_on(label("UPC-1"), OWN)


def test_what_is_no_picture_has_no_code():
    with pytest.raises(RigError, match="no barcode is seen"):
        number_on(b"\xff\xd8", ANY)
