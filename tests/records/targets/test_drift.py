"""Sessions stand in the order of time, with how far their colours went from the first."""

from __future__ import annotations

from records.targets.drift import rows


def record(session, shot_date, lightness, target="cc", reference=None, **figures):
    return {
        "session": session,
        "shot_date": shot_date,
        "target": target,
        "target_age_years": None,
        "reference_sha256": reference,
        "figures": figures,
        "levels": [{"guideline": "fadgi", "level": "3 stars"}],
        "patches": [{"patch": "A1", "lab": [lightness, 0, 0]}],
    }


def lightness_apart(one, other):
    return sum(abs(a[0] - b[0]) for a, b in zip(one, other, strict=True)) / len(one)


def test_drift_is_counted_from_the_first_and_from_the_one_before():
    records = [
        record("c", "2026-03-01", 53),
        record("a", "2026-01-01", 50, color_mean=1.23456),
        record("b", "2026-02-01", 52),
    ]
    table = rows(records, lightness_apart)
    assert [row["session"] for row in table] == ["a", "b", "c"]
    assert [row.get("drift_from_first_de2000") for row in table] == [None, 2, 3]
    assert [row.get("drift_from_last_de2000") for row in table] == [None, 2, 1]
    assert table[0]["color_mean_de2000"] == 1.235
    assert table[0]["level_fadgi"] == "3 stars"


def test_other_targets_are_not_compared():
    records = [
        record("a", "2026-01-01", 50),
        record("b", "2026-02-01", 60, target="sg"),
        record("c", "2026-03-01", 70, reference="f" * 64),
    ]
    table = rows(records, lightness_apart)
    assert all(row.get("drift_from_first_de2000") is None for row in table)
