"""LLVM's linker, as llvmlite brings it: it loads object files and tells where functions lie.

Its library is called directly. Most of what llvmlite has in Python writes programs for LLVM, and
takes as long to load as a small frame takes to align.
"""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path

import llvmlite

TEXT, SIZE = ctypes.c_char_p, ctypes.c_size_t
# Of functions that return or take pointers, what LLVM's C names call them with.
POINTERS = {
    "GetGlobalContext": (),
    "GetTargetFromTriple": (TEXT, ctypes.c_void_p),
    "ParseAssembly": (ctypes.c_void_p, TEXT, ctypes.c_void_p),
    "CreateTargetMachine": (
        *(ctypes.c_void_p, TEXT, TEXT, TEXT, ctypes.c_int, TEXT, TEXT),
        *(ctypes.c_int, ctypes.c_int, TEXT),
    ),
    "CreateMCJITCompiler": (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_bool, ctypes.c_void_p),
    "CreateObjectFile": (TEXT, SIZE),
}
OTHERS = {
    "AddSymbol": (TEXT, ctypes.c_void_p),
    "MCJITAddObjectFile": (ctypes.c_void_p, ctypes.c_void_p),
    "FinalizeObject": (ctypes.c_void_p,),
    "DisposeString": (ctypes.c_void_p,),
}
ADDRESSES = dict.fromkeys(("GetGlobalValueAddress", "GetFunctionAddress"), (ctypes.c_void_p, TEXT))


@cache
def _library() -> ctypes.CDLL:
    """LLVM, with the types that its functions take and return."""
    folder = Path(llvmlite.__path__[0]) / "binding"
    (path,) = (path for path in folder.iterdir() if path.suffix in (".so", ".dylib", ".dll"))
    library = ctypes.CDLL(str(path))
    kinds = (POINTERS, ctypes.c_void_p), (OTHERS, None), (ADDRESSES, ctypes.c_uint64)
    for functions, returned in kinds:
        for name, taken in functions.items():
            function = getattr(library, f"LLVMPY_{name}")
            function.argtypes, function.restype = taken, returned
    return library


def processor() -> tuple[str, str, int]:
    """Name and features of this machine's processor, as LLVM knows them, and LLVM's version."""
    return _said("GetHostCPUName"), _said("GetHostCPUFeatures"), _library().LLVMPY_GetVersionInfo()


def _said(name: str) -> str:
    """What a function writes as a text."""
    library, text = _library(), ctypes.c_char_p()
    getattr(library, f"LLVMPY_{name}")(ctypes.byref(text))
    said = (text.value or b"").decode()
    library.LLVMPY_DisposeString(text)
    return said


class Linker:
    """Object files that were loaded; they stay to the end of the process."""

    def __init__(self) -> None:
        self._llvm = library = _library()
        library.LLVMPY_InitializeNativeTarget()
        library.LLVMPY_InitializeNativeAsmPrinter()
        triple, told = _said("GetDefaultTargetTriple").encode(), ctypes.byref(ctypes.c_char_p())
        target = library.LLVMPY_GetTargetFromTriple(triple, told)
        machine = library.LLVMPY_CreateTargetMachine(
            target, triple, b"", b"", 2, b"default", b"jitdefault", 0, 1, b""
        )
        module = library.LLVMPY_ParseAssembly(library.LLVMPY_GetGlobalContext(), b"", told)
        # LLVM's own way to place code does not do for 64 bits of ARM.
        own_memory = triple.startswith((b"aarch64", b"arm64"))
        self._engine = library.LLVMPY_CreateMCJITCompiler(module, machine, own_memory, told)
        if not self._engine:
            raise OSError("LLVM cannot load machine code on this machine")

    def know(self, name: str, address: int) -> None:
        """Tell where something lies that object files may name."""
        self._llvm.LLVMPY_AddSymbol(name.encode(), address)

    def add(self, content: bytes) -> None:
        """Load an object file."""
        made = self._llvm.LLVMPY_CreateObjectFile(content, len(content))
        self._llvm.LLVMPY_MCJITAddObjectFile(self._engine, made)
        self._llvm.LLVMPY_FinalizeObject(self._engine)

    def variable(self, name: str) -> int:
        """Where a variable lies; 0 where there is none of that name."""
        return int(self._llvm.LLVMPY_GetGlobalValueAddress(self._engine, name.encode()))

    def function(self, name: str) -> int:
        """Where a function lies."""
        return int(self._llvm.LLVMPY_GetFunctionAddress(self._engine, name.encode()))
