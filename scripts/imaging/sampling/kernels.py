"""Kernels: functions of arrays that are compiled, once for each kind of arguments they are given.

What decides a kernel's machine code is its own instructions, and all that these name: other
kernels, and so on, and constants. Machine code is kept under the digest of just that, so that a
change of anything compiles what it touches, and nothing else, and old code is never taken for new,
wherever it was kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from functools import cached_property
from threading import Lock
from types import CodeType, FunctionType, ModuleType
from typing import Any, TypeVar, overload

import numpy as np

from imaging.sampling import machine_code
from imaging.sampling.machine_code import MachineCode

Function = TypeVar("Function", bound=Callable[..., Any])
# Bits of an array's flags: contiguous by rows, by columns; aligned; may be written to.
BY_ROWS, BY_COLUMNS, ALIGNED, WRITABLE = 0x1, 0x2, 0x100, 0x400
_DECISIVE = BY_ROWS | BY_COLUMNS | ALIGNED | WRITABLE
_NUMBERS: dict[type, str] = {float: "float", int: "int", bool: "bool"}
ONCE = "compiling, once on this kind of processor; this takes a moment"
EACH_TIME = (
    "compiling, in each run: what this version of numba makes cannot be kept; this takes a minute"
)
_LOCK = Lock()


def tell(sentence: str) -> None:
    """Take a sentence where somebody has to wait for the compiler; a program puts its own here."""


@overload
def kernel(function: Function) -> Function: ...
@overload
def kernel(*, error_model: str) -> Callable[[Function], Function]: ...
def kernel(function: Any = None, *, error_model: str = "python") -> Any:
    """Have a function of arrays compiled; `error_model` "numpy" divides by zero as numpy does.

    Arguments are arrays, numbers, and tuples of these. A kernel lets go of Python's lock, so that
    strips are worked on side by side. One that returns an array starts slowly: let it write into
    an array that it is given.
    """
    if function is None:
        return lambda function: Kernel(function, error_model)
    return Kernel(function, error_model)


class Kernel:
    """A function that is compiled when it is called; for Python and for other kernels."""

    # Whether somebody was told in this run that compiling takes time.
    told = False

    def __init__(self, function: FunctionType, error_model: str) -> None:
        self.function = function
        self.__doc__, self.__name__ = function.__doc__, function.__name__
        self.__module__, self.__wrapped__ = function.__module__, function
        self._options = {"error_model": error_model}
        self._made: dict[tuple[Hashable, ...], Callable[..., Any]] = {}

    def __call__(self, *arguments: object) -> object:
        """What the function returns."""
        kinds = tuple(map(kind, arguments))
        made = self._made.get(kinds)
        return (made or self._make(kinds, arguments))(*arguments)

    def _make(self, kinds: tuple[Hashable, ...], arguments: Sequence[object]) -> Callable[..., Any]:
        """Machine code for arguments of some kinds: what was kept, or new."""
        with _LOCK:
            if kinds not in self._made:
                code = self.code(arguments)
                self._made[kinds] = self.compiled if code is None else machine_code.load(code)
            return self._made[kinds]

    @property
    def name(self) -> str:
        """Module and name, as in `sampling.warp.warp_tile`."""
        return f"{self.__module__.removeprefix('imaging.')}.{self.__name__}"

    @property
    def called(self) -> Collection[tuple[Hashable, ...]]:
        """The kinds of arguments that it was called with from Python so far."""
        return self._made.keys()

    def code(self, arguments: Sequence[object]) -> MachineCode | None:
        """Machine code for arguments such as these, as it was kept, or new and kept from now on.

        None where what this numba makes cannot be kept: then numba itself is used, in each run.
        """
        of = _digest(machine_code.compiler(), *(_words(kind(value)) for value in arguments))
        code = machine_code.find(self.name, of, self.digest)
        if code is None:
            can_keep = machine_code.can_keep()
            if not Kernel.told:
                tell(ONCE if can_keep else EACH_TIME)
            Kernel.told = True
            if can_keep:
                code = machine_code.compiled(self.name, self.plain(), self._options, arguments)
                machine_code.keep(code, of, self.digest)
        return code

    @cached_property
    def digest(self) -> str:
        """Of all that decides what the kernel does: its instructions and what they name."""
        return _digest(repr(self._options), *_instructions(self.function.__code__, self._named()))

    def plain(self) -> FunctionType:
        """The function with numba's own in place of the kernels that it names."""
        kernels = {
            name: value.compiled for name, value in self._named().items() if type(value) is Kernel
        }
        function = self.function
        plain = FunctionType(function.__code__, function.__globals__ | kernels, function.__name__)
        plain.__module__, plain.__qualname__ = function.__module__, function.__qualname__
        return plain

    @cached_property
    def compiled(self) -> Callable[..., object]:
        """The function as other kernels call it while they are compiled.

        Where nothing can be kept, as Python calls it too.
        """
        options = machine_code.FOR_KERNELS if machine_code.can_keep() else {}
        return machine_code.dispatcher(self.plain(), {**self._options, **options})

    def _named(self) -> dict[str, Any]:
        known = self.function.__globals__
        return {name: known[name] for name in self.function.__code__.co_names if name in known}


def kind(value: object) -> Hashable:
    """What of an argument decides the code that is made for it."""
    # Exactly these: numpy's float64 is a float as well.
    if number := _NUMBERS.get(type(value)):
        return number
    if isinstance(value, np.ndarray):
        bits = value.flags.num & _DECISIVE
        return value.dtype, value.ndim, bits & ~BY_COLUMNS if bits & BY_ROWS else bits
    if isinstance(value, tuple):
        return type(value), *map(kind, value)
    if isinstance(value, np.generic):
        return value.dtype
    raise TypeError(f"a kernel takes arrays, numbers and tuples of them, not {type(value)}")


def _words(of: object) -> str:
    """A kind in words, alike in every run."""
    if isinstance(of, tuple):
        return f"({' '.join(map(_words, of))})"
    if isinstance(of, type):
        return f"{of.__name__}{getattr(of, '_fields', '')}"
    return of.str if isinstance(of, np.dtype) else str(of)


def _instructions(code: CodeType, named: dict[str, Any]) -> Iterator[str]:
    """Words for all that decides what a function does."""
    yield code.co_code.hex()
    yield repr((code.co_names, code.co_varnames, code.co_argcount))
    for constant in code.co_consts:
        yield _constant(constant)
    for name, value in sorted(named.items()):
        yield f"{name} = {value.digest if type(value) is Kernel else _constant(value)}"


def _constant(value: object) -> str:
    """Words for a constant, alike in every run."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype.str} {value.shape} {value.tobytes().hex()}"
    if isinstance(value, tuple):
        return f"({' '.join(map(_constant, value))})"
    if isinstance(value, ModuleType | type | np.ufunc | FunctionType | Kernel):
        return f"{value.__name__}{getattr(value, '_fields', '')}"
    if value is None or isinstance(value, bool | int | float | str | np.generic):
        return f"{type(value).__name__} {value!r}"
    raise TypeError(f"a kernel names {value!r}, which is neither a kernel nor a constant")


def _digest(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:24]
