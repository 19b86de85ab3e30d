"""Scale bars: round, as long as they say, with a unit that can be read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imaging.pictures.scale_bar import ScaleBar, draw_scale_bar, plan_scale_bar


@given(st.integers(64, 10000), st.floats(0.01, 500))
def test_a_scale_bar_is_round_and_between_a_tenth_and_a_quarter_of_the_width(width, size):
    bar = plan_scale_bar(width, size)
    assert 0.0999 * width <= bar.length_px <= 0.2501 * width
    mantissa = bar.length_um / 10 ** np.floor(np.log10(bar.length_um) + 1e-9)
    assert any(mantissa == pytest.approx(step) for step in (1, 2, 5))


@pytest.mark.parametrize(("size", "label"), [(10.0, "2 mm"), (1.0, "200 µm"), (0.001, "200 nm")])
def test_a_scale_bar_says_its_length_with_a_unit(size, label):
    assert plan_scale_bar(1000, size).label == label


def test_the_bar_is_as_long_as_it_says():
    picture = np.full((400, 600, 3), 30000, np.uint16)
    bar = plan_scale_bar(600, 5.0)
    drawn = draw_scale_bar(picture, bar)
    white = (drawn == 65535).all(2)
    # Its lowest rows hold nothing but the bar itself.
    row = np.flatnonzero(white.any(1))[-1]
    assert white[row].sum() == round(bar.length_px)
    assert np.array_equal(drawn[:250, :300], picture[:250, :300])


def test_the_unit_on_the_bar_is_a_micro_and_no_letter_that_the_font_lacks():
    picture = np.full((1500, 2000, 3), 30000, np.uint16)

    def written(label):
        white = (draw_scale_bar(picture, ScaleBar(500.0, 400.0, label)) == 65535).all(2)
        rows = np.flatnonzero(white.any(1))
        gap = np.flatnonzero(np.diff(rows) > 1)[-1]  # between the label and the bar
        letters = white[rows[0] : rows[gap] + 1]
        columns = np.flatnonzero(letters.any(0))
        return letters[:, columns[0] : columns[-1] + 1]

    micro, u = written("500 µm"), written("500 um")
    high = min(len(micro), len(u)) - 1
    assert (micro[:high] != u[:high]).mean() < 0.01  # but for the edges of the stem
    assert len(micro) > 1.15 * len(u)  # the stem below the line
    assert micro[len(u) + 1 :].any(0).sum() < 12


@pytest.mark.parametrize("ground", [0, 9000, 30000, 36000, 58000, 65535])
def test_the_bar_and_its_length_stand_out_on_light_and_dark_ground(ground):
    picture = np.full((600, 900, 3), ground, np.uint16)
    drawn = draw_scale_bar(picture, plan_scale_bar(900, 5.0))
    ink = 0 if ground > 32767 else 65535
    inked = (drawn == ink).all(2)
    assert abs(ink - ground) > 29000
    # The label as well as the bar: rows of both, with free rows between.
    rows = np.flatnonzero(inked.any(1))
    assert (np.diff(rows) > 1).sum() >= 1


def test_the_bar_moves_out_of_the_subject_s_way_and_stays_within_the_picture():
    for corner in ((1, 1), (1, 0), (0, 1), (0, 0)):
        picture = np.full((400, 600, 3), 30000, np.uint16)
        busy = np.random.default_rng(2).integers(0, 65536, (400, 600, 3), dtype=np.uint16)
        rows = slice(200, None) if corner[0] else slice(0, 200)
        columns = slice(300, None) if corner[1] else slice(0, 300)
        busy[rows, columns] = picture[rows, columns]
        drawn = draw_scale_bar(busy, plan_scale_bar(600, 5.0))
        changed = np.argwhere((drawn != busy).any(2))
        assert changed[:, 0].min() >= (200 if corner[0] else 1)
        assert changed[:, 0].max() <= (398 if corner[0] else 199)
        assert changed[:, 1].min() >= (300 if corner[1] else 1)
        assert changed[:, 1].max() <= (598 if corner[1] else 299)
