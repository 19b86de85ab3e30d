"""The codes of the checks: documented, acknowledged with a reason, and refused where unknown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from records.errors import RecordError
from records.reports.qc import in_a_line, row, to_show
from records.sheet.acknowledged import CODES, NOTE, parse_acknowledged

PAGE = Path(__file__).parents[3] / "docs" / "qc.md"


def test_the_page_documents_every_code_in_the_words_of_the_program():
    rows = re.findall(r"^\| `([^`]+)`( \(note\))? \| (.*) \| (.*) \|$", PAGE.read_text(), re.M)
    assert [(name, bool(note), means, do) for name, note, means, do in rows] == [
        (name, code.level == NOTE, code.means, code.do) for name, code in CODES.items()
    ]


def test_several_codes_are_acknowledged_with_a_reason_each():
    text = "moved: the leg dried; dust-left: on the lens: cleaned since"
    assert parse_acknowledged(text) == {
        "moved": "the leg dried",
        "dust-left": "on the lens: cleaned since",
    }
    assert parse_acknowledged("") == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mooved: x", "no code 'mooved'; known are steps-too-large,"),
        ("moved", "moved has no reason"),
        ("moved:  ; halo: y", "moved has no reason"),
        ("moved: a; moved: b", "moved is there twice"),
    ],
)
def test_what_acknowledges_nothing_is_refused(text, said):
    with pytest.raises(RecordError, match=re.escape(said)):
        parse_acknowledged(text)


def test_a_code_of_alignment_that_is_not_listed_here_warns_in_its_own_words():
    record = {"findings": [row("new-code", "said by align")]}
    assert in_a_line(to_show(record)) == "new-code: said by align"
