import json
import os
import time

import pytest

from records.locks import held, myself
from records.reports.review_rows import COLUMNS
from tests.web.review import trees
from web.review.progress import MARKS, Progress

AT_WORK = "$ python fuse.py\n# started 2026-11-27T07:00:00+00:00 with Python 3.13\nframe 3 of 7\n"
ENDED = "# ended 2026-11-27T07:00:09+00:00\n"


@pytest.fixture
def stacks(tmp_path):
    stacks = trees.stack(tmp_path)
    (tmp_path / "config").mkdir()
    rows = "".join(f"{name}-1,top,/frames\n" for name in "ABCD")
    (tmp_path / "config/specimens.csv").write_text(f"specimen,view,source\n{rows}")
    return stacks


def put(stacks, path: str, text: str, age_s: float = 0.0) -> None:
    file = stacks.data / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    os.utime(file, (time.time() - age_s,) * 2)


def test_without_a_run_there_is_none_to_tell_of(stacks) -> None:
    assert Progress(stacks).look() == {"run": None}
    # A mark that a killed run left is held by nobody.
    put(stacks, f"{MARKS}/host-1-1.run", "")
    assert Progress(stacks).look() == {"run": None}


def test_a_run_is_told_with_what_is_done_under_way_and_stopped(stacks) -> None:
    put(stacks, "specimens/A-1/top/archive.json", "{}", 9)
    put(stacks, "logs/A-1/top/fuse.log", AT_WORK + ENDED, 20)
    put(stacks, "logs/B-1/top/fuse.log", AT_WORK)
    put(stacks, "logs/C-1/top/ledger.log", AT_WORK + "error: 2 frames disagree\n")
    # Killed an hour ago.
    put(stacks, "logs/D-1/top/fuse.log", AT_WORK, 3600)
    progress = Progress(stacks)
    with held(stacks.data / MARKS / "host-1-1.run", myself("snakemake"), "in use"):
        run = progress.look()["run"]
        assert (run["done"], run["of"], run["failed"], run["now"]) == (1, 4, 1, ["B-1/top"])
        assert run["failures"] == [{"stack": "C-1/top", "reason": "ledger: 2 frames disagree"}]
        assert run["seconds_left"] is None
        put(stacks, "specimens/B-1/top/archive.json", "{}")
        put(stacks, "logs/B-1/top/fuse.log", AT_WORK + ENDED, 1)
        run = progress.look()["run"]
        assert (run["done"], run["now"]) == (2, [])
        assert run["per_hour"] > 0
        assert run["seconds_left"] is not None
    assert progress.look()["run"] is None


def test_a_stack_whose_page_is_new_is_told_as_a_row(stacks) -> None:
    progress = Progress(stacks)
    row = dict.fromkeys(COLUMNS, "") | {"specimen": "A-1", "view": "top"}
    row["page"] = "review/A-1/top/index.html"
    noted = json.dumps({"row": list(row.values())})
    put(stacks, "results/review/A-1/top/row.json", noted, 5)
    # What was there at the first look is on the page already.
    assert "rows" not in progress.look()
    assert "rows" not in progress.look()
    put(stacks, "results/review/A-1/top/row.json", noted)
    (told,) = progress.look()["rows"]
    assert dict(zip(COLUMNS, told))["page"] == "/stack/A-1/top"
    put(stacks, "results/review/A-1/top/row.json", "{")
    assert "rows" not in progress.look()
    put(stacks, "results/review/A-1/top/row.json", noted, 3)
    assert len(progress.look()["rows"]) == 1
