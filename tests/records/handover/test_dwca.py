"""A specimen is one occurrence, whatever number of views it has."""

from __future__ import annotations

import pytest

from records.errors import RecordError
from records.handover.dwca import occurrence_rows


def test_views_of_a_specimen_make_one_row_of_what_any_of_them_says():
    rows = [{"specimen": "A", "sex": "male"}, {"specimen": "A", "event_date": "1998"}]
    (row,) = occurrence_rows(rows)
    assert (row["specimen"], row["sex"], row["event_date"]) == ("A", "male", "1998")
    assert row["basis_of_record"] == ""


def test_views_that_contradict_each_other_are_named():
    rows = [{"specimen": "A", "sex": "male"}, {"specimen": "A", "sex": "female"}]
    with pytest.raises(RecordError, match="one view says 'male', another 'female'"):
        occurrence_rows(rows)
