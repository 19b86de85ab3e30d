"""Where a rig keeps its memory: beside its file, wherever it is used from."""

from __future__ import annotations

import pytest
import yaml

from hardware.bench.marks import Marks, change_marks, read_marks
from hardware.bench.rigfile import read_rig, schema
from hardware.cameras.automatics import AUTOMATICS
from hardware.commands import main
from hardware.errors import RigError
from tests.hardware.test_kill import ROOT, small_rig


@pytest.fixture
def rig(tmp_path):
    """A function that writes a rig's file with this state_dir into a folder of its own."""
    folder = tmp_path / "stand"
    folder.mkdir()

    def write(state_dir):
        path = small_rig(folder)
        config = yaml.safe_load(path.read_text())
        path.write_text(yaml.safe_dump({**config, "state_dir": state_dir}))
        return path

    return write


def folder_of(path):
    return read_rig(path).state_dir


def test_a_relative_state_dir_starts_at_the_rig_file_wherever_one_works(rig, tmp_path, monkeypatch):
    path = rig("memory")
    for place in (tmp_path, path.parent):
        monkeypatch.chdir(place)
        assert folder_of(path) == path.parent / "memory"
    monkeypatch.chdir(path.parent)
    assert folder_of(path.relative_to(path.parent)) == path.parent / "memory"


def test_marks_set_in_one_data_tree_hold_in_every_other(rig, tmp_path, monkeypatch):
    path = rig("memory")
    monkeypatch.chdir(path.parent)
    change_marks(read_rig(path), start_um=250.0)
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path / "data")
    assert read_marks(read_rig(path)) == Marks(start_um=250.0)


def test_a_rig_that_says_so_keeps_its_memory_in_each_data_tree(rig, tmp_path, monkeypatch):
    path = rig("{data}/.rig")
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        assert folder_of(path) == tmp_path / name / ".rig"


def test_absolute_paths_and_the_home_folder_are_as_written(rig, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert folder_of(rig(str(tmp_path / "all"))) == tmp_path / "all"
    assert folder_of(rig("~/rigs")) == tmp_path / "home" / "rigs"


def test_a_memory_where_it_was_looked_for_before_is_not_lost_in_silence(rig, tmp_path, monkeypatch):
    path = rig("memory")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "virtual-rig.marks.json").write_text('{"start_um": 100}')
    with pytest.raises(RigError, match=r"are remembered in .*memory\. Move that folder to"):
        read_rig(path)
    (tmp_path / "memory").rename(path.parent / "memory")
    assert read_marks(read_rig(path)) == Marks(start_um=100)


def test_the_rig_of_the_repository_is_sound_and_plans_16_frames(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    main(["--rig", str(ROOT / "config" / "rig.yaml"), "plan"])
    assert "frames                    16" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("section", "values", "says"),
    [
        ("rail", {"kind": "hydraulic"}, r"rail\.kind: 'hydraulic' is not one of"),
        ("rail", {"kind": "wemacro"}, "'um_per_step' is a required property"),
        ("travel", {"lowest_um": "low"}, r"travel\.lowest_um: 'low' is not of type 'number'"),
        ("camera", {"settings": {"aperature": 8}}, "'aperature' was unexpected"),
        ("optics", {"na": 0.1}, "optics: .* is valid under each of"),
        ("camera", {"kind": "hot_folder"}, "'folder' is a required property"),
    ],
)
def test_a_wrong_rig_file_says_where(bench, section, values, says):
    with pytest.raises(RigError, match=says):
        bench("plan", **{section: values})


def test_a_rig_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(RigError, match="cannot read"):
        main(["--rig", str(tmp_path / "none.yaml"), "plan"])


def test_what_a_body_may_do_by_itself_is_named_as_the_code_names_it(tmp_path):
    names = [automatic.name for automatic in AUTOMATICS]
    allow = schema()["properties"]["camera"]["properties"]["allow"]
    assert allow["items"]["enum"] == names
    assert allow["x-allowed"] == f"a list of {', '.join(names)}"
    rig = small_rig(tmp_path)
    config = yaml.safe_load(rig.read_text())
    config["camera"]["allow"] = names
    rig.write_text(yaml.safe_dump(config))
    assert read_rig(rig).camera.allow == tuple(names)


def test_views_are_those_written_else_those_of_the_poses(tmp_path):
    rig = yaml.safe_load((ROOT / "config" / "rig.yaml").read_text())
    pose = {"axis": "Y", "angles_deg": {"top": 0, "side": 90}}

    def views(**changes) -> tuple[str, ...]:
        path = tmp_path / "rig.yaml"
        path.write_text(yaml.safe_dump({**rig, **changes}, sort_keys=False))
        return read_rig(path).views

    assert views(views=["label", "top"]) == ("label", "top")
    del rig["views"]
    assert views() == ("dorsal",)
    assert views(rail=rig["rail"] | {"pose": pose}) == ("top", "side")
