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
