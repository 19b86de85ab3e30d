"""Figures reach the level whose limits all hold, and what holds them back is told."""

from __future__ import annotations

import pytest

from records.targets.levels import GUIDELINES, NONE, in_words, judge, recorded

BEST = {
    **{"color_mean": 1.0, "color_max": 2.0, "color_p90": 1.5, "color_sl1_mean": 1.0},
    **{"color_sl1_max": 2.0, "white_balance": 1.0, "tone": 1.0, "noise": 0.5},
    "sampling_efficiency_percent": 95.0,
}


@pytest.mark.parametrize(
    ("guideline", "best"), [("fadgi", "4 stars"), ("iso19264", "level A"), ("metamorfoze", "full")]
)
def test_a_very_good_picture_reaches_the_best_level(guideline, best):
    judged = judge(BEST, guideline)
    assert (judged.level, judged.holding_back) == (best, ())
    assert in_words(judged, BEST) == f"{GUIDELINES[guideline]}: {best}"


@pytest.mark.parametrize(
    ("figure", "value", "fadgi", "iso", "metamorfoze"),
    [
        ("color_mean", 1.99, "4 stars", "level A", "full"),
        ("color_mean", 2.0, "3 stars", "level A", "full"),
        ("color_mean", 6.5, NONE, "level A", "full"),
        ("color_p90", 4.0, "3 stars", "level A", "full"),
        ("color_sl1_mean", 3.0, "4 stars", "level A", "full"),
        ("color_sl1_mean", 4.01, "4 stars", "level B", "extra light"),
        ("color_sl1_mean", 5.01, "4 stars", NONE, "extra light"),
        ("color_sl1_max", 7.5, "4 stars", "level A", "light"),
        ("white_balance", 3.0, "3 stars", "level A", "full"),
        ("white_balance", 4.5, "2 stars", "level C", "extra light"),
        ("tone", 2.5, "3 stars", "level B", "extra light"),
        ("noise", 2.1, "2 stars", "level C", NONE),
        ("sampling_efficiency_percent", 80.0, "2 stars", "level B", "full"),
    ],
)
def test_one_figure_decides(figure, value, fadgi, iso, metamorfoze):
    figures = BEST | {figure: value}
    levels = [judge(figures, name).level for name in GUIDELINES]
    assert levels == [fadgi, iso, metamorfoze]


def test_what_holds_a_picture_back_is_said_with_what_would_do():
    figures = BEST | {"tone": 3.2, "white_balance": 5.0, "noise": 1.5}
    judged = judge(figures, "fadgi")
    assert judged.by_figure["noise"] == "3 stars"
    assert in_words(judged, figures) == (
        "FADGI 2023: 2 stars; ΔE(a*b*) of the greys is 5.0, 3 stars has below 4; "
        "ΔL* of the greys is 3.2, 3 stars has below 3"
    )


def test_what_was_not_measured_is_not_judged():
    assert judge({"exposure": 1.0}, "fadgi") is None
    judged = judge({"noise": 0.5}, "fadgi")
    assert dict(judged.by_figure) == {"noise": "4 stars"}


@pytest.mark.parametrize("guideline", GUIDELINES)
@pytest.mark.parametrize("tone", [1.0, 3.2, 50.0])
def test_a_record_s_judgement_is_read_as_it_was_made(guideline, tone):
    judged = judge(BEST | {"tone": tone, "noise": 2.1}, guideline)
    kept = {"level": judged.level, "by_figure": dict(judged.by_figure)}
    assert recorded({"guideline": guideline, **kept}) == judged
    assert recorded({"guideline": "of before", **kept}) is None
    assert recorded({"guideline": guideline, **kept, "level": "of before"}) is None
