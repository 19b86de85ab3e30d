"""A kernel's machine code is made anew when anything changes that decides it, and only then."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import FunctionType

import numpy as np
import pytest

from imaging.sampling import kernels
from imaging.sampling.kernels import kernel

SHARES = np.array([0.25, 0.5], np.float32)
LEAST = 2


@kernel
def halved(value):
    return value // LEAST


@kernel
def add_shares(plane, out):
    for k in range(plane.size):
        out[k] = plane[k] * SHARES[halved(k) % LEAST]


def with_names(function: FunctionType, **names: object) -> kernels.Kernel:
    """The same function in a file where some names mean something else."""
    return kernel(FunctionType(function.__code__, function.__globals__ | names))


def test_what_a_kernel_names_decides_its_digest():
    plain = add_shares.function
    digest = add_shares.digest
    assert with_names(plain).digest == digest
    assert with_names(plain, LEAST=3).digest != digest
    assert with_names(plain, SHARES=np.float32([0.25, 0.75])).digest != digest
    assert with_names(plain, SHARES=SHARES.astype(np.float64)).digest != digest
    assert kernel(error_model="numpy")(plain).digest != digest


def test_what_a_kernel_that_it_calls_names_decides_its_digest_too():
    other = with_names(halved.function, LEAST=3)
    assert with_names(add_shares.function, halved=other).digest != add_shares.digest
    same = with_names(halved.function)
    assert with_names(add_shares.function, halved=same).digest == add_shares.digest


def test_comments_and_the_place_in_a_file_decide_nothing():
    texts = (
        "def one(a):\n    for k in range(a.size):\n        a[k] += 1\n",
        "# More\n\ndef one(a):\n    for k in range(a.size):\n        a[k] += 1  # and more\n",
        "def one(a):\n    for k in range(a.size):\n        a[k] += 2\n",
    )
    digests = []
    for text in texts:
        names: dict[str, FunctionType] = {}
        exec(text, names)
        digests.append(kernel(names["one"]).digest)
    assert digests[0] == digests[1] != digests[2]


def test_a_kernel_may_not_name_what_its_digest_cannot_hold():
    with pytest.raises(TypeError, match="neither a kernel nor a constant"):
        _ = with_names(halved.function, LEAST=[2]).digest


def test_kinds_tell_apart_what_is_compiled_differently():
    plane = np.zeros((4, 6), np.float32)
    different = [
        plane,
        plane.astype(np.float64),
        plane[:, ::2],
        np.asfortranarray(plane),
        plane[0],
        np.broadcast_to(plane, (2, 4, 6))[0],
        1,
        1.0,
        True,
        np.float32(1),
        (1, 2),
        (1, 2.0),
    ]
    words = {kernels._words(kernels.kind(value)) for value in different}
    assert len(words) == len(different)
    assert kernels.kind(plane) == kernels.kind(plane + 1) == kernels.kind(plane[:2])
    with pytest.raises(TypeError, match="numbers and tuples"):
        kernels.kind("text")


@pytest.mark.slow
def test_a_kernel_does_as_the_function_does_from_many_threads(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    said: list[str] = []
    monkeypatch.setattr(kernels, "tell", said.append)
    monkeypatch.setattr(kernels.Kernel, "told", False)
    plane = np.arange(9, dtype=np.float32)
    fresh = with_names(add_shares.function)

    def work(_: int) -> np.ndarray:
        out = np.empty_like(plane)
        fresh(plane, out)
        return out

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(work, range(8)))
    assert np.array_equal(found, np.tile(plane * SHARES[np.arange(9) // 2 % 2], (8, 1)))
    assert len(said) == 1 and "compiling" in said[0]
    assert len(list((tmp_path / "kernels").glob("*.o"))) == 1
