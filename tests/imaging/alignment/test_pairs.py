"""Which frames are paired, and which of them pairs connect."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imaging.alignment import pairs
from imaging.alignment.pair import NOTHING
from imaging.alignment.pairs import FAR, LEAST_CORRELATION, Pair, connected_frames, measure_pairs


def pair(first: int, second: int) -> Pair:
    return Pair(first, second, np.eye(3), 0.9, 0.01)


@pytest.fixture
def measured(monkeypatch):
    """Pairs measured of frames of which some match none; a frame's detail is its position."""

    def measure(count: int, odd: set[int], threads: int = 2):
        guesses = {}

        def register(first, second, model, guess):
            guesses[first, second] = guess
            correlation = 0.0 if {first, second} & odd else 0.9
            matrix = np.array([[1, 0, second - first], [0, 1, 0], [0, 0, 1.0]])
            return NOTHING._replace(matrix=matrix, correlation=correlation, sigma_px=0.01)

        monkeypatch.setattr(pairs, "register_pair", register)
        seen = []
        found = measure_pairs(lambda k: k, count, "affine", threads, lambda k, _: seen.append(k))
        assert seen == list(range(count))
        return [(pair.first, pair.second) for pair in found], guesses

    return measure


def test_neighbours_and_their_neighbours_are_paired_from_where_the_chain_has_them(measured):
    found, guesses = measured(6, set())
    assert found == [(k, k + 1) for k in range(5)] + [(k, k + 2) for k in range(4)]
    assert guesses[0, 1] is None
    assert guesses[1, 3][0, 2] == 2.0


def test_over_a_frame_that_matches_none_the_rest_is_paired_without_a_guess(measured):
    found, guesses = measured(7, {3})
    assert (2, 4) in found
    assert guesses[2, 4] is None
    assert (2, 2 + FAR) in found
    assert not any(3 in frames for frames in found)


def test_threads_change_no_pair(measured):
    assert measured(9, {4}, 1)[0] == measured(9, {4}, 3)[0]


@pytest.mark.parametrize("correlation", [LEAST_CORRELATION - 0.01, LEAST_CORRELATION])
def test_a_pair_holds_from_its_correlation_on(correlation):
    assert Pair(0, 1, np.eye(3), correlation, 0.1).holds == (correlation >= LEAST_CORRELATION)


def test_of_two_groups_as_large_the_first_is_kept():
    assert connected_frames([pair(0, 1), pair(2, 3)], 4) == {0, 1}
    assert connected_frames([pair(0, 1), pair(2, 4), pair(3, 4)], 5) == {2, 3, 4}
    assert connected_frames([], 3) == {0}


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 20), st.data())
def test_what_is_kept_is_connected_and_nothing_connected_is_left(count, data):
    frames = st.integers(0, count - 1)
    links = data.draw(st.lists(st.tuples(frames, frames).filter(lambda two: two[0] != two[1])))
    kept = connected_frames([pair(*sorted(link)) for link in links], count)
    reached, before = {min(kept)}, set()
    while reached != before:
        before = set(reached)
        reached |= {k for link in links if set(link) & reached for k in link}
    assert reached == kept
