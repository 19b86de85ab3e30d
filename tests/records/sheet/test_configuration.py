"""The configuration: what is accepted, what is refused and in which words."""

import pytest

from records.errors import RecordError
from records.sheet.configuration import (
    check_config,
    of_module,
    read_as_yaml,
    read_configuration,
)


def test_the_configuration_that_ships_is_valid(config):
    check_config(config)


@pytest.mark.parametrize(
    ("section", "key", "value", "words"),
    [
        ("fuse", "power", 9, "config: fuse.power is 9, but must be a whole number from 1 to 8"),
        ("fuse", "power", "four", "config: fuse.power is 'four', but must be a whole number"),
        ("convert", "demosaic", "BEST", "is 'BEST', but must be one of DIRECTIONAL, AHD, AAHD"),
        ("align", "max_residual_px", 0, "is 0, but must be a number of px above 0"),
        ("align", "modle", "affine", "has the unknown key 'modle'; known are model,"),
    ],
)
def test_a_wrong_parameter_is_named_with_its_value_and_what_is_allowed(
    config, section, key, value, words
):
    config[section][key] = value
    with pytest.raises(RecordError) as refused:
        check_config(config)
    assert words in str(refused.value)


def test_the_data_folders_own_configuration_goes_before_key_by_key(tmp_path):
    for place, text in (
        ("here", "fuse: {power: 6, reach: 3}\nlist: [1]\n"),
        ("data", "fuse: {power: 2}\n"),
    ):
        (tmp_path / place / "config").mkdir(parents=True)
        (tmp_path / place / "config" / "config.yaml").write_text(text)
    known = read_configuration(tmp_path / "data", tmp_path / "here")
    assert known == {"fuse": {"power": 2, "reach": 3}, "list": [1]}
    assert read_configuration(tmp_path / "none", tmp_path / "none") == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [("- a\n", "it must hold sections"), ("a: [", "while"), ("a: b: c\n", r"a: b: c\n +\^")],
)
def test_what_is_no_configuration_is_named_with_the_line_that_is_wrong(tmp_path, text, words):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.yaml").write_text(text)
    with pytest.raises(RecordError, match=f"config.yaml: is no configuration[^$]*{words}"):
        read_configuration(tmp_path, tmp_path / "none")


def test_a_module_takes_its_sections_and_leaves_the_others_to_the_workflow_that_uses_it():
    shipped = {"paths": {"archive": "archive"}, "derive": {"web": {"quality": 88}, "print": {}}}
    config = {"samples": "theirs", "derive": {"web": {"quality": 70}, "print": None}}
    assert of_module(shipped, config) == {
        "paths": {"archive": "archive"},
        "derive": {"web": {"quality": 70}, "print": None},
    }


def test_what_a_command_says_within_braces_is_read_as_in_the_file(config):
    # Snakemake hands on texts: --config 'disk={budget_gb: 5}' 'fuse={power: 4, method: max}'.
    given = {
        "disk": {"budget_gb": "5"},
        "fuse": {"power": "4", "method": "max", "command": "7"},
        "convert": {"keep": "true"},
        "derive": {"web": {"quality": "70"}},
    }
    for name, section in given.items():
        config[name].update(section)
    config["derive"]["web"] = {"format": "jpeg", "quality": "70"}
    read_as_yaml(config, given)
    assert config["disk"]["budget_gb"] == 5 and config["convert"]["keep"] is True
    assert config["fuse"]["power"] == 4 and config["derive"]["web"]["quality"] == 70
    assert config["fuse"]["command"] == "7" and config["fuse"]["method"] == "max"


def test_what_a_command_says_wrongly_is_refused_and_what_files_say_is_left_as_it_is(config):
    config["disk"]["budget_gb"], config["fuse"]["power"] = "much", "4"
    read_as_yaml(config, {"disk": {"budget_gb": "much"}})
    assert config["fuse"]["power"] == "4"
    with pytest.raises(RecordError, match=r"disk\.budget_gb is 'much'"):
        check_config(config)
