"""Jobs have their turn that go on with a stack, and as many first ones as there is room for."""

from __future__ import annotations

from records.turns import Turns

CORES = 2


def steps(name: str, *numbers: int) -> set[tuple[int, int]]:
    """Jobs of a step, as (step, number of the stack)."""
    return {({"import": 1, "ledger": 2, "all": 0}[name], number) for number in numbers}


def turns(threads: int = 1, **rules) -> Turns:
    return Turns(
        place=lambda job: (-job[0], job[1]) if job[0] else None,
        stack_of=lambda job: ("S", str(job[1])),
        threads=lambda stack: threads,
        **rules,
    )


def stacks(*numbers: int) -> set[tuple[str, str]]:
    return {("S", str(number)) for number in numbers}


def is_ledger(job) -> bool:
    return job[0] == 2


def test_of_many_small_stacks_one_more_begins_than_there_are_processors():
    offered = turns().offered(steps("import", *range(300)), set(), is_ledger, CORES)
    assert offered == [(1, 0), (1, 1), (1, 2)]


def test_of_large_stacks_another_begins_only_beside_one():
    # Their steps take both processors each.
    offered = turns(threads=4).offered(steps("import", *range(300)), set(), is_ledger, CORES)
    assert offered == [(1, 0), (1, 1)]


def test_no_stack_begins_while_those_that_are_begun_take_all_processors():
    ready = steps("ledger", 0, 1) | steps("import", *range(3, 300))
    assert sorted(turns().offered(ready, stacks(2), is_ledger, CORES)) == [(2, 0), (2, 1)]


def test_a_stack_that_is_done_or_stopped_makes_room_for_the_next_of_the_sheet():
    own = turns()
    ready = steps("import", *range(300))
    own.offered(ready, set(), is_ledger, CORES)
    # The first one stopped: it runs no more, and nothing of it is ready.
    ready -= steps("import", 0, 1, 2)
    assert own.offered(ready, stacks(1, 2), is_ledger, CORES) == [(1, 3)]


def test_what_an_earlier_run_left_half_done_goes_first():
    ready = steps("import", 0, 1, 2) | steps("ledger", 8, 9)
    offered = turns().offered(ready, set(), lambda job: False, CORES)
    assert offered == [(2, 8), (2, 9), (1, 0)]


def test_something_is_offered_whatever_may_not_begin():
    own = turns(threads=8, may_begin=lambda stack, begun: False)
    assert own.offered(steps("import", 5, 6), set(), is_ledger, 1) == [(1, 5)]


def test_a_stack_begins_only_where_it_may():
    own = turns(may_begin=lambda stack, begun: len(begun) < 2)
    assert own.offered(steps("import", 5, 6, 7), set(), is_ledger, 8) == [(1, 5), (1, 6)]


def test_what_is_no_step_of_a_stack_waits_for_nobody():
    ready = steps("all", 7) | steps("import", 1)
    offered = turns().offered(ready, stacks(2, 3, 4), is_ledger, CORES)
    assert offered == [(0, 7)]
