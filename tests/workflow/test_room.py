"""No more stacks are at work than the disk's budget has room for (records/room.py)."""

from __future__ import annotations

from records.log import read_log
from tests.workflow.conftest import Tree

# Such a stack takes 0.02 GB while it is made.
ROOM_FOR_ONE_GB = 0.03


def test_a_stack_is_put_off_while_the_budget_has_no_room_beside_that_at_work(tmp_path, frames):
    tree = Tree(tmp_path)
    rows = [f"{name},top,{frames / 'jpeg'},for this test" for name in ("A-1", "A-2")]
    tree.write_sheet(*rows, columns="specimen,view,source,shared_source")
    (tmp_path / "config" / "config.yaml").write_text(f"disk: {{budget_gb: {ROOM_FOR_ONE_GB}}}\n")
    run = tree.snakemake("ledgers")
    assert run.returncode == 0, run.stderr
    logs = tmp_path / "logs"
    done = read_log(logs / "A-1" / "top" / "ledger.log").ended
    begun = read_log(logs / "A-2" / "top" / "import_raws.log").started
    # There are two processors: without a budget both are begun at once.
    assert done and done <= begun
