"""The counts add up, and a call goes on where the one before it ended."""

from __future__ import annotations

import pytest

from tests.torture import trials
from tests.torture.trials import ENDINGS, LOST, REFUSED, SURVIVED, WRONG, Lost, Torture


def trial(seed: int) -> str:
    if seed == 3:
        raise Lost("a raw is gone")
    assert seed != 4, "a traceback"
    return REFUSED if seed == 2 else SURVIVED


@pytest.fixture
def begun(tmp_path, monkeypatch):
    monkeypatch.setenv("HOLOSTACK_TORTURE_JOURNAL", str(tmp_path / "journal.jsonl"))
    monkeypatch.delenv("HOLOSTACK_TORTURE_MINUTES", raising=False)
    return Torture


def test_each_trial_has_one_ending_and_the_counts_add_up(begun):
    first = begun()
    with pytest.raises(pytest.fail.Exception, match="1 lost, 1 wrong of 6"):
        first.each("a kind", range(6), trial, at_once=2)
    count = first.counts["a kind"]
    assert count.endings == {SURVIVED: 3, REFUSED: 1, LOST: 1, WRONG: 1}
    assert count.planned == count.tried == 6
    cells = first.report()[-3].split()
    assert cells[:8] == ["all", "6", "6", "3", "1", "1", "1", "0"]
    assert first.report()[0].split()[3:7] == list(ENDINGS)


def test_what_a_call_left_the_next_one_does(begun, monkeypatch):
    monkeypatch.setenv("HOLOSTACK_TORTURE_MINUTES", "0")
    with pytest.raises(pytest.skip.Exception, match="2 of 2 left"):
        begun().each("a kind", range(2), trial)
    monkeypatch.delenv("HOLOSTACK_TORTURE_MINUTES")
    begun().each("a kind", range(2), trial)
    done = []
    begun().each("a kind", range(3), lambda seed: done.append(seed) or trial(seed))
    assert done == [2]


def test_a_changed_program_starts_anew_unless_asked_to_go_on(begun, monkeypatch):
    begun().each("a kind", range(2), trial)
    monkeypatch.setattr(trials, "version_of", lambda snakefile: "another")
    done = []
    begun().each("a kind", range(2), lambda seed: done.append(seed) or SURVIVED)
    assert done == [0, 1]
    monkeypatch.setattr(trials, "version_of", lambda snakefile: "a third")
    monkeypatch.setenv("HOLOSTACK_TORTURE_GO_ON", "1")
    begun().each("a kind", range(2), lambda seed: pytest.fail("again"))


def test_half_a_line_of_a_call_that_was_killed_is_no_trial(begun, tmp_path):
    begun().each("a kind", range(1), trial)
    journal = tmp_path / "journal.jsonl"
    journal.write_text(journal.read_text() + '{"kind": "a kind", "tri')
    begun().each("a kind", range(1), lambda seed: pytest.fail("again"))
