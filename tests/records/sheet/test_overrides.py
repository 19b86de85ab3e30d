"""Columns such as `fuse.power` set the configuration for one stack."""

from records.sheet.configuration import check_config
from records.sheet.overrides import is_of_the_run, is_override


def test_a_row_becomes_a_stack_with_its_overrides(read, config):
    stacks = read(
        "specimen,view,pixel_size_um,fuse.power,align.brightness\nA-1,top,2.5,3,off\nA-2,top,,,\n"
    )
    assert stacks[("A-1", "top")].config["fuse"]["power"] == 3
    assert stacks[("A-1", "top")].config["align"]["brightness"] == "off"
    assert stacks[("A-2", "top")].config == config
    assert stacks[("A-1", "top")].cells["pixel_size_um"] == "2.5"


def test_a_derivative_is_left_out_by_null(read, config):
    stacks = read("specimen,view,derive.print\nA-1,top,null\nA-2,top,\n")
    assert stacks[("A-1", "top")].config["derive"]["print"] is None
    assert stacks[("A-2", "top")].config["derive"]["print"] == config["derive"]["print"]
    config["derive"]["print"] = None
    check_config(config)


def test_a_column_is_an_override_where_the_configuration_has_its_section(config):
    assert is_override("fuse.power", config)
    assert is_override("derive.web.scale_bar", config)
    assert not is_override("fuse", config)
    assert not is_override("paths_of.power", config)


def test_what_is_of_the_run_is_known_by_the_schema():
    assert is_of_the_run("convert.keep")
    assert not is_of_the_run("fuse.power")
    assert not is_of_the_run("nothing.such")
