import json

import pytest

from records.retouching.unfinished import is_finished

BEGIN = {"do": "begin", "stroke": {"id": "a"}}
POINTS = {"do": "points", "id": "a", "path_px": [[1, 2]]}
END, FORGET = {"do": "end", "id": "a"}, {"do": "forget", "id": "a"}
CHANGE = {"do": "change", "id": "a", "to": {"reason": "a hair"}}
UNDO, WRITTEN = {"do": "undo", "id": "a", "at": 0}, {"do": "written"}


@pytest.mark.parametrize(
    ("told", "finished"),
    [
        ([], True),
        ([BEGIN, POINTS], False),
        ([BEGIN, POINTS, END], False),
        ([BEGIN, POINTS, END, WRITTEN], True),
        ([BEGIN, POINTS, FORGET], True),
        ([BEGIN, POINTS, END, WRITTEN, UNDO], False),
        ([BEGIN, POINTS, END, WRITTEN, UNDO, WRITTEN], True),
        ([{"do": "ended", "ids": ["b"]}, BEGIN, POINTS], False),
        ([{"do": "ended", "ids": ["a", "b"]}], True),
        ([BEGIN, POINTS, END, WRITTEN, CHANGE], False),
        # What is written of others does not end it.
        ([BEGIN, POINTS, WRITTEN], False),
    ],
)
def test_a_journal_is_finished_when_all_it_tells_was_ended_and_written(tmp_path, told, finished):
    journal = tmp_path / "journal.jsonl"
    lines = [json.dumps(one) + "\n" for one in told]
    # A power cut left half a line.
    journal.write_text("".join([*lines, '{"do": "poi']))
    assert is_finished(journal) is finished
