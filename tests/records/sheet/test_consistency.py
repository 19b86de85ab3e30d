"""Settings that are each allowed and contradict each other."""

import pytest

from records.errors import RecordError
from records.sheet.configuration import check_config
from records.sheet.consistency import of_cells


def test_slabs_that_share_all_their_frames_are_refused(config):
    config["fuse"] |= {"slab_frames": 5, "slab_overlap": 7}
    with pytest.raises(RecordError, match=r"fuse\.slab_overlap is 7, but must be fewer than"):
        check_config(config)


def test_an_order_by_a_list_needs_the_list():
    assert of_cells({"order": "listed", "positions": "list.csv"}) == []
    assert of_cells({"order": "listed", "positions": None}) == [
        "order: listed needs the list: name its file in the column positions"
    ]


def test_what_is_excluded_has_its_reason_and_a_reason_something_excluded():
    assert of_cells({"exclude": "3", "exclude_reason": "blurred"}) == []
    assert of_cells({"exclude": "3"}) == [
        "exclude_reason: is empty, but must be filled where exclude is"
    ]
    assert of_cells({"exclude_reason": "blurred"}) == [
        "exclude: is empty, but must be filled where exclude_reason is"
    ]
