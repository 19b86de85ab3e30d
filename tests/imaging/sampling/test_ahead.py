"""What is compiled ahead is what the steps call: the list holds every call and none of before."""

from __future__ import annotations

import inspect
import json
import os
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from imaging.sampling import ahead, kernels
from imaging.sampling.coverage import Outline
from imaging.sampling.kernels import Kernel
from tests.kernel_calls import AGAIN, whole_runs

ROOT = Path(__file__).parents[3]


def kernel_of(call: ahead.Call) -> Kernel:
    module, _, name = call.name.rpartition(".")
    return getattr(import_module(f"imaging.{module}"), name)


def test_every_listed_kernel_is_there_and_takes_so_many_arguments():
    calls = ahead.listed()
    assert len(calls) > 30
    for call in calls:
        kernel = kernel_of(call)
        assert isinstance(kernel, Kernel), f"{call.name}: {AGAIN}"
        wanted = len(inspect.signature(kernel.function).parameters)
        assert len(call.arguments) == wanted, f"{call.name}: {AGAIN}"


def test_a_sample_is_of_the_kind_that_is_listed():
    for call in ahead.listed():
        samples = [ahead.sample(argument) for argument in call.arguments]
        assert [ahead.told(kernels.kind(one)) for one in samples] == call.arguments


PLANE = np.zeros((4, 6), np.float32)
FIXED = np.zeros(3, np.uint8)
FIXED.setflags(write=False)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (PLANE, "float32 2 rows"),
        (np.asfortranarray(PLANE), "float32 2 columns"),
        (PLANE[:, ::2], "float32 2 apart"),
        (FIXED, "uint8 1 rows read-only"),
        (np.zeros(3, bool), "bool 1 rows"),
        (7, "int"),
        (0.5, "float"),
        (True, "bool"),
        (np.float32(2), "<f4"),
        (np.bool_(True), "|b1"),
        ((1, 2.0), ["builtins.tuple", "int", "float"]),
        (
            Outline(np.eye(3), 4, 5),
            ["imaging.sampling.coverage.Outline", "float64 2 rows", "int", "int"],
        ),
    ],
)
def test_a_kind_is_told_and_comes_back(value, told):
    kind = kernels.kind(value)
    assert ahead.told(kind) == told
    assert kernels.kind(ahead.sample(json.loads(json.dumps(told)))) == kind


def test_what_cannot_be_compiled_is_named_and_stops_nothing_else():
    good = ahead.listed()[0]
    gone = ahead.Call("sampling.warp.not_there", ["int"])
    other = ahead.Call("sampling.warp.source_rows", ["int"])
    done: list[int] = []
    wrong = ahead.compile_all([gone, good, other], 1, done.append)
    assert {line.partition(": ")[0] for line in wrong} == {gone.name, other.name}
    assert done == [1, 2, 3]


@pytest.mark.slow
@pytest.mark.skipif(
    os.environ.get("NUMBA_BOUNDSCHECK", "0") == "0",
    reason="no index is checked here; tests/scripts/test_processors.py has the same runs",
)
def test_whole_runs_stay_within_their_arrays(tmp_path):
    whole_runs(tmp_path)
