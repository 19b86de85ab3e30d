"""Numba told to make object files alone: who compiles to keep runs nothing of what is compiled.

By itself numba makes machine code of every function that a kernel calls, and loads it, to be called
from Python too; all that a kernel needs of them is in its own object file.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def object_files() -> Iterator[Callable[[Any], bytes]]:
    """Have what is compiled meanwhile not be loaded; gives what tells a library's object file.

    No other thread compiles meanwhile: what numba made so could not be called.
    """
    from numba.core.codegen import AOTCodeLibrary
    from numba.core.compiler_lock import global_compiler_lock
    from numba.core.registry import cpu_target

    def stand_in(library, names, environment):
        """What numba knows a compiled function by: a function in C, another one for each."""
        return [library].append

    with global_compiler_lock:
        # Loads what numba's own run-time consists of, which is to be called.
        cpu_target.typing_context.refresh()
        target = cpu_target.target_context
        target.refresh()
        codegen = target.codegen()
        codegen._library_class = AOTCodeLibrary
        codegen._add_module = lambda module: None
        target.get_executable = stand_in
        # Compilers make a million objects, and hardly any that refer to each other in circles.
        collects = gc.isenabled()
        gc.disable()
        try:
            yield lambda library: library.emit_native_object()
        finally:
            del codegen._library_class, codegen._add_module, target.get_executable
            if collects:
                gc.enable()
