"""Small matrices are multiplied and solved rightly, and to the last bit alike everywhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imaging.alignment.small_matrices import inverse, product, solved

SCRIPTS = Path(__file__).parents[3] / "scripts"
SEEDS = st.integers(0, 2**32 - 1)


@given(seed=SEEDS, size=st.integers(1, 9))
def test_what_is_solved_is_what_was_asked_for(seed, size):
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(2, 3, size, size)) + 2 * size * np.eye(size)
    wanted = rng.normal(size=(3, size, 2))
    found = solved(matrix, product(matrix, wanted))
    assert found.shape == (2, 3, size, 2)
    assert np.allclose(found, wanted, rtol=0, atol=1e-12)
    assert np.allclose(product(inverse(matrix), matrix), np.eye(size), rtol=0, atol=1e-12)


def test_a_pivot_of_zero_is_changed_for_another_row():
    assert np.array_equal(inverse(np.array([[0.0, 2.0], [4.0, 0.0]])), [[0.0, 0.25], [0.5, 0.0]])


def test_what_has_no_inverse_gives_no_number_and_spoils_no_other():
    both = np.stack([np.ones((2, 2)), 2 * np.eye(2)])
    found = inverse(both)
    assert np.isnan(found[0]).all()
    assert np.array_equal(found[1], 0.5 * np.eye(2))


@given(seed=SEEDS)
def test_products_are_those_of_numpy_and_leave_their_factors(seed):
    rng = np.random.default_rng(seed)
    one, other, last = rng.normal(size=(4, 2, 3)), rng.normal(size=(3, 5)), rng.normal(size=(5, 1))
    before = one.copy()
    assert np.allclose(product(one, other, last), one @ other @ last, rtol=0, atol=1e-13)
    assert np.array_equal(one, before)


@given(seed=SEEDS)
def test_how_factors_lie_in_memory_changes_no_bit_of_their_product(seed):
    one, other = np.random.default_rng(seed).normal(size=(2, 4, 3, 3))
    fixed = one.copy()
    fixed.setflags(write=False)
    wide = np.zeros((4, 3, 6))
    wide[..., ::2] = other
    plain = product(one, other)
    for left, right in ((fixed, wide[..., ::2]), (np.array(one, order="F"), other)):
        assert np.array_equal(product(left, right), plain)
    assert np.array_equal(product(one[0], other[0].T.copy().T), plain[0])


@pytest.mark.slow
def test_another_library_of_linear_algebra_changes_no_bit():
    code = (
        "import sys, numpy as np; from imaging.alignment.small_matrices import *; "
        "a = np.random.default_rng(1).normal(size=(50, 9, 9)); "
        "sys.stdout.buffer.write((product(a, a, inverse(a))).tobytes())"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": str(SCRIPTS), "OPENBLAS_CORETYPE": core},
            capture_output=True,
            check=True,
        ).stdout
        for core in ("Nehalem", "Haswell")
    ]
    assert len(said[0]) == 50 * 9 * 9 * 8
    assert said[0] == said[1]
