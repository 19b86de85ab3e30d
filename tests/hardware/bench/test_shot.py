"""A test frame."""


def test_a_test_shot_overwrites_none(bench):
    out = bench.folder / "shots"
    bench("shot", "--out", out)
    output = bench("shot", "--out", out)
    assert sorted(path.name for path in out.iterdir()) == ["VIRT0000.dng", "VIRT0000_1.dng"]
    assert "64 × 48 px, aperture_f 4, exposure_s 0.01667, iso 100" in output
