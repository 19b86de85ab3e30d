"""Kernels compiled ahead, so that nobody's first stack waits for the compiler.

A kernel is compiled for the kinds of its arguments, and `ahead.json` beside this file lists with
which the steps call which kernels: it is written from whole runs, and held against them by a test.
What is not in it is compiled when it is first called.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np

from imaging.sampling.kernels import ALIGNED, BY_COLUMNS, BY_ROWS, WRITABLE, Kernel

LIST = Path(__file__).with_name("ahead.json")
# Each process of a compiler takes 250 MB.
MOST_PROCESSES = 8
# So many parts of the list does each of them take, one after the other.
PIECES = 8
_LAYOUTS = {BY_ROWS: "rows", BY_COLUMNS: "columns", 0: "apart"}
_NUMBERS: dict[str, object] = {"int": 1, "float": 1.0, "bool": True}


class Call(NamedTuple):
    """A kernel and the kinds of arguments that it is called with.

    Attributes
    ----------
    name : as `Kernel.name`
    arguments : as `told` has them
    """

    name: str
    arguments: Sequence[object]


def listed() -> list[Call]:
    """All calls that are compiled ahead."""
    return [Call(name, arguments) for name, *arguments in json.loads(LIST.read_text("utf-8"))]


def told(kind: Hashable) -> object:
    """A kind, as `kernels.kind` has it, for the list.

    An array is its type, its axes, how they lie, as in `float32 2 rows`, and `read-only` if it is;
    a number is `int`, `float` or `bool`, one of numpy its type; a tuple is a list after its type.
    """
    if isinstance(kind, np.dtype):
        return kind.str
    if isinstance(kind, str):
        return kind
    assert isinstance(kind, tuple)
    first, *rest = kind
    if isinstance(first, type):
        return [f"{first.__module__}.{first.__name__}", *map(told, rest)]
    axes, bits = rest
    assert bits & ALIGNED, "no kernel is called with arrays that lie askew"
    words = [first.name, str(axes), _LAYOUTS[bits & (BY_ROWS | BY_COLUMNS)]]
    return " ".join(words if bits & WRITABLE else [*words, "read-only"])


def sample(argument: object) -> object:
    """An argument of a kind that is listed."""
    if isinstance(argument, list):
        name, *parts = argument
        values = [sample(part) for part in parts]
        module, _, own = name.rpartition(".")
        return tuple(values) if name == "builtins.tuple" else _named(module, own)(*values)
    assert isinstance(argument, str)
    if argument in _NUMBERS:
        return _NUMBERS[argument]
    dtype, *words = argument.split()
    return _array(np.dtype(dtype), *words) if words else np.dtype(dtype).type(1)


def _array(dtype: np.dtype, axes: str, layout: str, *read_only: str) -> np.ndarray:
    shape = (2,) * int(axes)
    array = np.zeros((*shape, 2), dtype)[..., 0]
    if layout != _LAYOUTS[0]:
        array = np.array(array, order="C" if layout == _LAYOUTS[BY_ROWS] else "F")
    array.setflags(write=not read_only)
    return array


def _named(module: str, name: str) -> Callable[..., object]:
    named: Callable[..., object] = getattr(import_module(module), name)
    return named


def compile_call(call: Call) -> str | None:
    """Have the machine code of a call compiled and kept; what went wrong, or None."""
    try:
        module, _, name = call.name.rpartition(".")
        kernel = _named(f"imaging.{module}", name)
        assert isinstance(kernel, Kernel), "no kernel"
        kernel.code([sample(argument) for argument in call.arguments])
    # Whatever a compiler makes of a kernel that was changed since it was listed.
    except Exception as error:
        return f"{call.name}: {type(error).__name__}: {str(error).strip().split(chr(10))[0]}"
    return None


def compile_all(
    calls: Sequence[Call], processes: int, report: Callable[[int], None]
) -> Iterator[str]:
    """Compile calls in so many processes; tell what went wrong.

    Parameters
    ----------
    report : takes the number of calls done, after each part of them
    """
    spawned, at_once = get_context("spawn"), min(processes, MOST_PROCESSES)
    # Neighbours in the list call the same functions, which a process compiles once.
    together = max(1, len(calls) // (PIECES * at_once))
    parts = [calls[k : k + together] for k in range(0, len(calls), together)]
    count = 0
    with ProcessPoolExecutor(at_once, spawned) as pool:
        sizes = {pool.submit(_compile_part, part): len(part) for part in parts}
        for done in as_completed(sizes):
            yield from done.result()
            count += sizes[done]
            report(count)


def _compile_part(calls: Sequence[Call]) -> list[str]:
    return [wrong for call in calls if (wrong := compile_call(call))]
