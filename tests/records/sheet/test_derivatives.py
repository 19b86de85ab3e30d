"""Derivatives are made of each master, or where somebody asks for one."""

from __future__ import annotations

from records.sheet.derivatives import known, made_always, made_when_asked

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
