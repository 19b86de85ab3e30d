"""The page of sessions says what the records say."""

from __future__ import annotations

from records.targets.page import page_of


def test_each_session_is_told_with_the_patches_that_are_furthest_off_first():
    patches = [{"patch": f"A{k}", "de2000": float(k)} for k in range(1, 8)]
    record = {
        "session": "a",
        "warnings": ["the target is\x1b[2J old"],
        "figures": {"tone": 2.0},
        "levels": [
            {"guideline": "fadgi", "level": "3 stars", "by_figure": {"tone": "3 stars"}},
            {"guideline": "gone", "level": "full", "by_figure": {}, "in_words": "Gone 1: full"},
        ],
        "patches": patches,
    }
    rows = [{"session": "a", "target": "colorchecker24", "drift_from_first_de2000": 1.5}]
    told = page_of([record], rows, {"b": "b.nef: no\x1b[2J such file"})
    assert "\x1b" not in told["sessions"]["a"].pop("warnings")[0]
    assert told["sessions"]["a"] == {
        "session": "a",
        "levels": [
            {
                "guideline": "FADGI 2023",
                "level": "3 stars",
                "lacks": [
                    {
                        **{"figure": "tone", "value": 2.0, "better": "4 stars"},
                        **{"bound": "below", "limit": 1.5},
                    }
                ],
            },
            # Of a guideline of before, only the record's own words are left.
            {"in_words": "Gone 1: full"},
        ],
        "picture": None,
        "worst": [["A7", 7.0], ["A6", 6.0], ["A5", 5.0], ["A4", 4.0], ["A3", 3.0]],
        "profile": None,
    }
    (row,) = told["rows"]
    assert (row["session"], row["drift_de"], row["mtf_cy_per_px"]) == ("a", 1.5, None)
    assert told["most_drift"] == 2.0
    assert [*told["unmeasured"]] == ["b"]
    assert "\x1b" not in told["unmeasured"]["b"]
