import pytest

from records.locks import held, myself
from records.reports.review_rows import COLUMNS
from records.reports.run_status import ENDED, LOCK, RunStatus, write_run
from tests.web.review import trees
from web.review.progress import Progress

JOBS = {1: (("A-1", "top"), "fuse"), 2: (("B-1", "top"), "fuse")}


@pytest.fixture
def stacks(tmp_path):
    return trees.stack(tmp_path)


def test_of_a_folder_without_a_run_nothing_is_told(stacks) -> None:
    assert Progress(stacks).look() == {"run": None}


def test_a_page_hears_how_far_the_run_is_and_of_each_new_row_once(stacks) -> None:
    status = RunStatus(JOBS, stacks.data)
    status.started([1, 2])
    status.failed(2, "no frame is sharp")
    row = dict.fromkeys(COLUMNS, "") | {"specimen": "A-1", "view": "top"}
    row["page"] = "review/A-1/top/index.html"
    with held(stacks.results / LOCK, myself("snakemake"), "in use"):
        write_run(stacks.results, status.told())
        progress = Progress(stacks)
        told = progress.look()
        assert [(one["stack"], one["step"]) for one in told["run"]["now"]] == [("A-1/top", "fuse")]
        assert told["run"]["failures"][0]["reason"] == "no frame is sharp"
        assert "rows" not in told
        status.finished(1)
        status.add_row(list(row.values()))
        write_run(stacks.results, status.told())
        (told_row,) = progress.look()["rows"]
        # As this server has it, not as a page from disk.
        assert dict(zip(COLUMNS, told_row))["page"] == "/stack/A-1/top"
        assert "rows" not in progress.look()
    write_run(stacks.results, status.told(ENDED))
    assert progress.look()["run"]["state"] == "ended"
