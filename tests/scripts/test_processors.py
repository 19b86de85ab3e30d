"""Another processor gives the same bytes: an audit years later runs on one that nobody has yet.

Each library is told not to use what this processor can do, and computes what it would on one that
cannot; kernels are compiled for such a processor. And after those that are listed were compiled
ahead, no step waits for a compiler.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import ledger
from imaging.sampling import ahead, machine_code
from tests.kernel_calls import AGAIN

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"
ANY_X86 = "kernels for any x86-64"
PROCESSORS = {
    ANY_X86: {"NUMBA_CPU_NAME": "generic", "NUMBA_DISABLE_INTEL_SVML": "1"},
    # All at once; where it fails, one after the other says which.
    "libraries on what processors had in 2008": {
        "OPENCV_CPU_DISABLE": "AVX2,FMA3,AVX512_SKX",
        "OPENCV_IPP": "disabled",
        "OPENBLAS_CORETYPE": "Nehalem",
        "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX2_Usable,-FMA_Usable",
        "NPY_DISABLE_CPU_FEATURES": " ".join(
            np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
        ),
        "VIPS_NOVECTOR": "1",
    },
}
# Whole runs in a process that says whether it loaded a compiler, what it compiled and called.
WHOLE_RUNS = """
import json, sys
from pathlib import Path
from imaging.sampling import kernels
from tests.kernel_calls import called, whole_runs, written
said = []
kernels.tell = said.append
whole_runs(Path("runs"))
compiler = "numba" in sys.modules
print(json.dumps({"compiler": compiler, "said": said, "called": json.loads(written(called()))}))
"""


# One after the other in one process: a compiler is loaded once, and what several steps call is
# compiled once.
STEPS = """
import json, sys
from importlib import import_module
from step import run
for name, *arguments in json.loads(sys.argv[1]):
    sys.argv = [f"{name}.py", *arguments]
    run(import_module(name).main)
"""


def step(name: str, **options: Path | str) -> list[str]:
    return [name, *(str(word) for key, value in options.items() for word in (f"--{key}", value))]


def made(folder: Path, raw: Path, environment: dict[str, str]) -> dict[str, object]:
    """Digests of everything from the converted frames to the maps, and the frames' motions."""
    frames, stack = folder / "frames.csv", folder / "stack"
    conversion, transforms = stack / "convert.json", stack / "transforms.json"
    ledger.main(["--raw", str(raw), "--out", str(frames)])
    steps = [
        step("convert", raw=raw, ledger=frames, tiff=folder / "tiff", out=conversion),
        step("align", convert=conversion, out=transforms),
    ]
    methods = ("holostack", "weighted", "depthmap")
    for method in methods:
        out = folder / method
        maps = {name: out / f"{name}.tif" for name in ("fused", "depth", "confidence", "source")}
        of = {"transforms": transforms, "ledger": frames, "out": out / "fuse.json"}
        steps.append(step("fuse", **of, **maps, method=method))
    done = subprocess.run(
        [sys.executable, "-c", STEPS, json.dumps(steps)],
        env={**os.environ, "PYTHONPATH": str(SCRIPTS), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = {"align": json.loads(transforms.read_text())}
    converted = json.loads(conversion.read_text())
    found["convert"] = [frame["pixel_blake3"] for frame in converted["frames"]]
    for method in methods:
        found[method] = json.loads((folder / method / "fuse.json").read_text())["pixel_sha256"]
    return found


@pytest.fixture(scope="module")
def here(demo, tmp_path_factory) -> dict[str, object]:
    return made(tmp_path_factory.mktemp("here"), demo / "pcb-raw", {})


@pytest.fixture(scope="module")
def compiled_ahead(tmp_path_factory) -> dict[str, str]:
    """Settings of a process that has what is compiled ahead, and nothing else that is kept here."""
    # What the environment was made with, as a rule: they are not compiled once more.
    compile_ahead({})
    folder = tmp_path_factory.mktemp("ahead")
    found = machine_code.find

    def copied(name: str, of: str, key: str) -> machine_code.MachineCode | None:
        code = found(name, of, key)
        assert code is not None, f"{name} was not compiled ahead"
        with pytest.MonkeyPatch.context() as elsewhere:
            elsewhere.setenv("NUMBA_CACHE_DIR", str(folder))
            machine_code.keep(code, of, key)
        return code

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine_code, "find", copied)
        assert [wrong for call in ahead.listed() if (wrong := ahead.compile_call(call))] == []
    assert len(kept(folder)) == len(ahead.listed())
    return {"NUMBA_CACHE_DIR": str(folder)}


def compile_ahead(settings: dict[str, str]) -> None:
    command = [sys.executable, str(SCRIPTS / "compile_kernels.py")]
    done = subprocess.run(
        command, env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def kept(folder: Path | str) -> set[str]:
    return {path.name for path in Path(folder).rglob("*.o")}


@pytest.mark.slow
def test_once_compiled_ahead_whole_runs_compile_nothing_and_call_what_is_listed(
    compiled_ahead, tmp_path
):
    paths = os.pathsep.join([str(SCRIPTS), str(ROOT)])
    before = kept(compiled_ahead["NUMBA_CACHE_DIR"])
    done = subprocess.run(
        [sys.executable, "-c", WHOLE_RUNS],
        cwd=tmp_path,
        env={**os.environ, **compiled_ahead, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["compiler"], told["said"]) == (False, [])
    called = {json.dumps(call) for call in told["called"]}
    assert called == {json.dumps(call) for call in json.loads(ahead.LIST.read_text())}, AGAIN
    compile_ahead(compiled_ahead)
    assert kept(compiled_ahead["NUMBA_CACHE_DIR"]) == before


@pytest.mark.slow
@pytest.mark.parametrize("processor", PROCESSORS)
def test_another_processor_gives_the_same_bytes(processor, here, demo, tmp_path):
    # Kernels for it are compiled as they are called: no other of them is looked at.
    settings = {**PROCESSORS[processor], "NUMBA_CACHE_DIR": str(tmp_path / "kernels")}
    if processor != ANY_X86:
        del settings["NUMBA_CACHE_DIR"]
    assert made(tmp_path, demo / "pcb-raw", settings) == here
    assert bool(kept(tmp_path / "kernels")) == (processor == ANY_X86)
