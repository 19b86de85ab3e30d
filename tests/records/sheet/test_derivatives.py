"""Derivatives are made of each master, or where somebody asks for one."""

from __future__ import annotations

import pytest

from records.errors import RecordError
from records.sheet.configuration import check_config
from records.sheet.derivatives import (
    HEEDED,
    known,
    made_always,
    made_when_asked,
    needless,
    without_heights,
)
from records.sheet.settings import read_schema

DERIVE = {
    "web": {"format": "jpeg"},
    "slides": {"format": "avif", "made": "always"},
    "print": {"format": "tiff", "made": "asked"},
    "thumbnail": None,
}


def test_those_that_are_asked_for_are_known_and_not_made_of_each_master():
    assert made_always(DERIVE) == {"web": {"format": "jpeg"}, "slides": {"format": "avif"}}
    assert made_when_asked(DERIVE) == {"print"}
    assert known(DERIVE)["print"] == {"format": "tiff"}


def test_one_that_the_data_s_configuration_leaves_out_is_not_known():
    assert "thumbnail" not in known(DERIVE)


def test_the_configuration_as_it_ships_makes_no_second_copy_of_the_master(config):
    assert set(made_always(config["derive"])) == {"web", "thumbnail"}
    assert made_when_asked(config["derive"]) == {"print"}


def test_what_is_made_of_heights_is_none_of_a_stack_of_one_frame():
    derive = {"web": {"format": "jpeg"}, "height": {"format": "height"}, "swing": {"format": "ply"}}
    assert without_heights(derive) == {"web": {"format": "jpeg"}}


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (
            {"format": "jpeg", "views": 9},
            "derive.a.views is 9, but counts for nothing in the format jpeg, which has made, "
            "long_edge_px, colour_space, scale_bar, quality; leave it out",
        ),
        (
            {"format": "height", "quality": 90},
            "derive.a.quality is 90, but counts for nothing in the format height, which has made; "
            "leave it out",
        ),
    ],
)
def test_a_setting_that_counts_for_nothing_in_a_format_is_refused_with_those_that_count(
    config, wanted, said
):
    config["derive"]["a"] = wanted
    with pytest.raises(RecordError) as refused:
        check_config(config)
    assert str(refused.value) == f"config: {said}"


def test_who_names_another_format_for_what_ships_keeps_its_other_settings(config, read):
    config["derive"]["web"]["format"] = "png"
    assert config["derive"]["web"]["quality"] == 88
    check_config(config)
    config["derive"]["web"]["format"] = "jpeg"
    config["derive"]["web"]["quality"] = 70
    assert read("specimen,view,derive.web.format\nA-1,top,png\n")
    with pytest.raises(RecordError, match=r"row 2, column derive\.web\.views is 5, but counts for"):
        read("specimen,view,derive.web.views\nA-1,top,5\n")


def test_each_format_has_settings_and_each_setting_a_format():
    known_settings = read_schema("config")["properties"]["derive"]["additionalProperties"]
    formats, said = known_settings["properties"]["format"]["enum"], set()
    for format in formats:
        everything = dict.fromkeys(known_settings["properties"], 1) | {"format": format}
        for fault in needless({"a": everything}, {}):
            said |= set(fault.split(", which has ")[1].removesuffix("; leave it out").split(", "))
    assert said | {"format"} == known_settings["properties"].keys()
    assert set().union(*HEEDED.values()) == said - {"made"} | {"format"}
