"""The rig owner's command after a capture: told what came of it, and no harm to the capture."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace

import pytest

from hardware.bench.rigfile import read_rig
from hardware.capture import after as module
from hardware.capture.after import command_after
from hardware.errors import AskedToEnd, RigError
from tests.hardware.test_kill import small_rig

TELLS = """
import json, os, pathlib
told = {k: v for k, v in os.environ.items() if k.startswith("HOLOSTACK_") and k[10:] in
        ("RIG", "STACK", "OUTCOME", "REASON")}
pathlib.Path("told.json").write_text(json.dumps(told))
"""


@pytest.fixture
def config(tmp_path):
    return replace(read_rig(small_rig(tmp_path)), after=(sys.executable, "-c", TELLS))


def run(config, error: BaseException | None = None) -> list[str]:
    """The warnings that were told."""
    warnings: list[str] = []
    try:
        with command_after(config, "S-1/top", warnings.append):
            if error is not None:
                raise error
    except BaseException as raised:
        assert raised is error
    return warnings


@pytest.mark.parametrize(
    ("error", "outcome", "reason"),
    [
        (None, "complete", ""),
        (RigError("camera: it is gone"), "failed", "camera: it is gone"),
        (KeyboardInterrupt("stop"), "interrupted", "stop"),
        (AskedToEnd("its starter is gone"), "interrupted", "its starter is gone"),
    ],
)
def test_it_is_told_what_came_of_the_capture(config, error, outcome, reason):
    assert run(config, error) == []
    assert json.loads((config.path.parent / "told.json").read_text()) == {
        "HOLOSTACK_RIG": config.name,
        "HOLOSTACK_STACK": "S-1/top",
        "HOLOSTACK_OUTCOME": outcome,
        "HOLOSTACK_REASON": reason,
    }


def test_what_goes_wrong_with_it_is_told_and_not_raised(config, monkeypatch):
    fails = (sys.executable, "-c", "import sys; print('no lamp'); sys.exit(3)")
    assert run(replace(config, after=fails)) == [
        f"after S-1/top: {sys.executable} failed with 3: no lamp"
    ]
    assert "./none cannot be run (" in run(replace(config, after=("./none",)))[0]
    monkeypatch.setattr(module, "LONGEST_S", 0.2)
    waits = (sys.executable, "-c", "import time; time.sleep(60)")
    assert "did not end within 0 s, and was ended" in run(replace(config, after=waits))[0]


def test_a_file_that_others_could_have_written_has_nothing_run(config, monkeypatch):
    config.path.chmod(0o666)
    assert "is not run, for everybody may write" in run(config)[0]
    config.path.chmod(0o644)
    if os.geteuid():
        monkeypatch.setattr(module.os, "geteuid", lambda: 4711)
    else:
        os.chown(config.path, 4711, -1)
    assert "is another user's" in run(config)[0]
    assert not (config.path.parent / "told.json").exists()


def test_no_command_is_no_word(config):
    assert run(replace(config, after=())) == []
