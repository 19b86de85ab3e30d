"""`status`: what answers, and what keeps the rail from moving."""

import pytest

from hardware.errors import RigError


def test_status_tells_rail_position_travel_and_camera(bench):
    bench("goto", "120")
    output = bench("status")
    assert "GRBL 1.1h.20190825" in output
    assert "position  120.0 µm" in output
    assert "travel    -500.0 to 5000.0 µm" in output
    assert "Holostack Virtual camera" in output
    assert "shutter       1/250" in output


def test_status_tells_the_rail_even_where_the_camera_fails(bench, capsys):
    camera = {"kind": "hot_folder", "folder": str(bench.folder / "nowhere"), "release": "hand"}
    with pytest.raises(RigError, match=r"hot folder .* does not exist"):
        bench("status", camera=camera)
    assert "position  0.0 µm" in capsys.readouterr().out
