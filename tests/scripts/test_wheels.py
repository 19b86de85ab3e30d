"""Libraries are kept in the archive once, and an environment is made of them without a network."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import wheels
from records.archive import fixity, kept_wheels, ocfl
from records.errors import RecordError
from tests.scripts.test_run import BUILDER, ENVS, QUICKER, source, wheel


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An archive that holds nothing yet."""
    root, staging = tmp_path / "archive", tmp_path / "staging"
    staging.mkdir()
    ocfl.make_root(root, staging)
    return root


@pytest.fixture
def pins(tmp_path: Path, monkeypatch) -> Path:
    """Pins of a wheel and of a source, which pip finds in a folder and nowhere else."""
    links, envs = tmp_path / "links", tmp_path / "program" / "envs"
    links.mkdir()
    envs.mkdir(parents=True)
    for program in ENVS.glob("*.py"):
        shutil.copy(program, envs)
    for name in ("requirements-dev.in", "requirements-dev.txt", "requirements-layers.txt"):
        (envs / name).write_text("pytest\n")
    (envs / "sitecustomize.py").write_text(QUICKER)
    pins = envs / "requirements.txt"
    pins.write_text(wheel(links, "engine", "snakemake") + source(links, "maker"))
    builders = envs / "requirements-build.txt"
    builders.write_text(wheel(links, "builder", "build", BUILDER))
    monkeypatch.setattr(wheels, "BUILD_PINS", builders)
    # What would be fetched unasked builds nothing.
    (links / "builder-2.0-py3-none-any.whl").write_bytes(b"no wheel")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(links))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return pins


def keep(archive: Path, pins: Path) -> Path:
    wheels.main(["--archive", str(archive), "--pins", str(pins)])
    (folder,) = (archive / kept_wheels.FOLDER).iterdir()
    return folder


def without_network(pins: Path, folder: Path, command: str) -> subprocess.CompletedProcess:
    """Run `envs/run.py` where no network is, with what an archive keeps."""
    alone = ["unshare", "--net"]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no namespace without a network can be made here")
    return subprocess.run(
        [*alone, sys.executable, pins.with_name("run.py"), command],
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(pins.parent),
            "PYTHONPATH": str(pins.parent),
            "HOLOSTACK_WHEELS": str(folder),
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_what_is_kept_makes_the_environment_again_without_a_network(archive, pins) -> None:
    folder = keep(archive, pins)
    assert folder.name.startswith(hashlib.sha256(pins.read_bytes()).hexdigest()[:16])
    assert {path.name for path in folder.iterdir()} == {
        *("engine-1.0-py3-none-any.whl", "maker-1.0-py3-none-any.whl", "maker-1.0.tar.gz"),
        *("README.txt", "requirements.txt", "SHA256SUMS"),
    }
    assert subprocess.run(["sha256sum", "--check", "SHA256SUMS"], cwd=folder).returncode == 0
    assert fixity.check_root(archive) == []
    made = without_network(pins, folder, "maker")
    assert made.stdout == "this is maker, built\n", made.stderr
    assert without_network(pins, folder, "snakemake").stdout == "this is engine\n"
    # Of other pins it is not taken, nor for what it does not keep.
    asked = without_network(pins, folder, "pytest")
    assert f"{folder}: keeps no requirements-dev.txt" in asked.stderr
    pins.write_text(wheel(pins.parents[2] / "links", "engine", "snakemake"))
    refused = without_network(pins, folder, "snakemake")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"{folder}: keeps maker==1.0, which is not what {pins} pins" in refused.stderr


@pytest.mark.slow
def test_it_is_kept_once_and_anew_only_when_the_damaged_is_removed(archive, pins, capsys) -> None:
    folder = keep(archive, pins)
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert keep(archive, pins) == folder
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert f"{folder}: the libraries are there, and whole" in capsys.readouterr().err
    (folder / "engine-1.0-py3-none-any.whl").write_bytes(b"x")
    with pytest.raises(RecordError, match=rf"another sha256; remove {re.escape(str(folder))}"):
        keep(archive, pins)


@pytest.mark.slow
def test_what_has_another_hash_than_its_pin_is_not_kept(archive, pins) -> None:
    (pins.parents[2] / "links" / "engine-1.0-py3-none-any.whl").write_bytes(b"another")
    with pytest.raises(RecordError, match="the libraries could not be had: pip download: "):
        keep(archive, pins)
    wheel(pins.parents[2] / "links", "builder", "build", "another")
    with pytest.raises(RecordError, match="the libraries could not be had: pip install: "):
        keep(archive, pins)
    assert fixity.check_root(archive) == []
