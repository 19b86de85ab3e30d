import pytest

from web.bench.asked import ASKED, NotUnderstood, read


@pytest.mark.parametrize(
    ("name", "body", "arguments"),
    [
        ("jog", {"distance_um": -20}, {"distance_um": -20.0}),
        ("start", {}, {"position_um": None}),
        ("end", {"position_um": 12.5}, {"position_um": 12.5}),
        ("plan", {"step_um": 40}, {"start_um": None, "end_um": None, "step_um": 40.0}),
        ("focus", {"steps": -3}, {"steps": -3}),
        ("focus_at", {"x": 0, "y": 0.25}, {"x": 0.0, "y": 0.25}),
        (
            "settings",
            {"aperture": "5.6", "iso": "100"},
            {"settings": {"aperture": "5.6", "iso": "100"}},
        ),
        ("specimen", {"text": "USNM-ENT 01234"}, {"text": "USNM-ENT 01234"}),
        ("stop", {}, {}),
    ],
)
def test_a_body_becomes_the_arguments_of_what_is_asked(name, body, arguments) -> None:
    assert read(name, body) == arguments


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("fly", {}, "bench: 'fly' is nothing that can be asked for"),
        ("__class__", {}, "bench: '__class__' is nothing that can be asked for"),
        ("jog", [], "jog: wants an object"),
        ("jog", None, "jog: wants an object"),
        ("jog", {}, "jog: distance_um is a number, not None"),
        ("jog", {"distance_um": "20"}, "jog: distance_um is a number, not '20'"),
        ("jog", {"distance_um": True}, "jog: distance_um is a number, not True"),
        ("jog", {"distance_um": float("nan")}, "jog: distance_um is a number, not nan"),
        ("jog", {"distance_um": float("inf")}, "jog: distance_um is a number, not inf"),
        ("jog", {"distance_um": 10**400}, "jog: distance_um is a number, not 1000"),
        ("jog", {"distance_mm": 1}, "jog: takes distance_um, not 'distance_mm'"),
        ("stop", {"now": 1}, "stop: takes nothing, not 'now'"),
        ("focus", {"steps": 1.5}, "focus: steps is a whole number, not 1.5"),
        ("focus_at", {"x": 1.01, "y": 0}, "focus_at: x lies between 0 and 1, and is 1.01"),
        ("specimen", {"text": 7}, "specimen: text is a text of at most 200 letters"),
        ("specimen", {"text": "x" * 201}, "specimen: text is a text of at most 200 letters"),
        (
            "specimen",
            {"text": "a\x1b[2J"},
            r"specimen: text holds letters that do not show: 'a\x1b",
        ),
        ("settings", {"iso": 100}, "settings: iso is a text of at most 200 letters"),
        ("settings", {str(n): "1" for n in range(31)}, "settings: takes at most 30 at once"),
    ],
)
def test_what_is_not_understood_is_told_in_a_sentence(name, body, said) -> None:
    with pytest.raises(NotUnderstood) as told:
        read(name, body)
    assert str(told.value).startswith(said)
    assert len(str(told.value)) < 200


def test_everything_that_the_page_may_ask_for_is_listed() -> None:
    assert set(ASKED) == {
        *("jog", "goto", "here", "home", "unlock", "start", "end", "stop", "pause", "go_on"),
        *("answer", "reopen", "pose"),
        *("shot", "sweep", "sweep_accept", "plan", "capture", "focus", "focus_at", "settings"),
        *("specimen", "view", "next", "read_label", "run"),
    }
