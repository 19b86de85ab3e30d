"""What is compiled to be kept is never loaded; who else uses numba meanwhile is not troubled."""

from __future__ import annotations

import gc
import threading

import numpy as np
import pytest

from imaging.sampling.object_files import object_files

pytestmark = pytest.mark.slow


@pytest.fixture
def numba():
    """Loaded when it is needed: collecting tests does without."""
    import numba

    return numba


def halves(plane):
    out = np.empty(plane.size, np.float32)
    for k in range(plane.size):
        out[k] = plane[k] * np.float32(0.5)
    return out


def test_what_numba_compiles_for_others_meanwhile_and_afterwards_can_be_called(numba):
    plane, found = np.arange(3, dtype=np.float32), []
    kept, others, later = (numba.njit(halves) for _ in range(3))
    calling = threading.Thread(target=lambda: found.append(others(plane).tolist()))
    with object_files() as content_of:
        calling.start()
        kept.compile((numba.typeof(plane),))
        (made,) = kept.overloads.values()
        assert made.fndesc.llvm_cpython_wrapper_name.encode() in content_of(made.library)
        assert not gc.isenabled() and found == []
    calling.join(60)
    assert found == [[0.0, 0.5, 1.0]]
    assert later(plane).tolist() == [0.0, 0.5, 1.0]
    assert gc.isenabled()


def test_an_error_of_the_compiler_leaves_numba_as_it_was(numba):
    with pytest.raises(numba.TypingError), object_files():
        numba.njit(lambda text: text.no_such_thing).compile((numba.int64,))
    assert numba.njit(halves)(np.ones(2, np.float32)).tolist() == [0.5, 0.5]
    assert gc.isenabled()
