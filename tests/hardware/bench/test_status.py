"""`status`: what answers, and what keeps the rail from moving."""

import json

import pytest

from hardware.errors import RigError
from tests.hardware.cameras.test_gphoto import FAKE


def test_status_tells_rail_position_travel_and_camera(bench):
    bench("goto", "120")
    output = bench("status")
    assert "GRBL 1.1h.20190825" in output
    assert "position  120.0 µm" in output
    assert "travel    -500.0 to 5000.0 µm" in output
    assert "Holostack Virtual camera" in output
    assert "shutter       1/250" in output


def test_status_tells_what_the_body_tells_and_what_it_would_do_by_itself(
    bench, tmp_path, monkeypatch
):
    state = tmp_path / "body"
    state.write_text("")
    state.with_suffix(".widgets").write_text(
        json.dumps(
            {
                "lensname": {"value": "EF100mm f/2.8L Macro IS USM"},
                "availableshots": {"value": "3526"},
                "focusmode": {"value": "One Shot", "choices": ["One Shot"]},
            }
        )
    )
    monkeypatch.setenv("PYTHONPATH", str(FAKE))
    monkeypatch.setenv("FAKE_GPHOTO2_STATE", str(state))
    output = bench("status", camera={"kind": "gphoto2"})
    assert "  battery       80%\n  lens          EF100mm f/2.8L Macro IS USM\n" in output
    assert "  shots left    3526\n" in output
    assert "warning   the camera: it focuses by itself (focusmode is One Shot)" in output
    assert "warning   the lens has a stabiliser: switch it off on the lens\n" in output


def test_status_tells_the_rail_even_where_the_camera_fails(bench, capsys):
    camera = {"kind": "hot_folder", "folder": str(bench.folder / "nowhere"), "release": "hand"}
    with pytest.raises(RigError, match=r"hot folder .* does not exist"):
        bench("status", camera=camera)
    assert "position  0.0 µm" in capsys.readouterr().out
