"""A section of the schema is a step's options, and comes through them as it is."""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from records.errors import RecordError
from records.sheet.consistency import of_section
from records.sheet.settings import (
    add_cells,
    add_settings,
    allowed,
    defaults,
    flags,
    option_words,
    read_schema,
    section,
    settings_of,
)

SECTIONS = (
    "ledger",
    "convert",
    "align",
    "fuse",
    "compare",
    "master",
    "qc",
    "derive",
    "archive",
    "policy",
    "media",
    "iiif",
    "labels",
)
CONFIG = Path(__file__).parents[3] / "config" / "config.yaml"


def command_of(name: str, **more: object) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    add_settings(parser, name, **more)
    return parser


def values(schema: dict) -> st.SearchStrategy:
    """Whatever a setting's schema allows."""
    if "anyOf" in schema:
        return st.one_of([values(kind) for kind in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kind = schema["type"]
    if isinstance(kind, list):
        return st.one_of([values(schema | {"type": each}) for each in kind])
    if kind == "null":
        return st.none()
    if kind == "array":
        return st.lists(values(schema["items"]), min_size=schema.get("minItems", 0), max_size=4)
    if kind == "integer":
        return st.integers(schema.get("minimum"), schema.get("maximum", 10**9))
    if kind == "number":
        return st.floats(
            schema.get("minimum", schema.get("exclusiveMinimum")),
            schema.get("maximum"),
            exclude_min="exclusiveMinimum" in schema,
            allow_infinity=False,
            allow_nan=False,
        )
    if "pattern" in schema:
        return st.from_regex(schema["pattern"]).filter(lambda text: "\n" not in text)
    return st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]))


@pytest.mark.slow
@pytest.mark.parametrize("name", SECTIONS)
@given(data=st.data())
def test_settings_that_the_schema_allows_come_through_a_command_line_as_they_are(name, data):
    wanted = {key: data.draw(values(dict(schema)), key) for key, schema in section(name).items()}
    assume(not of_section(name, wanted))
    # Null is what is not set.
    known = defaults(name) | {key: value for key, value in wanted.items() if value is not None}
    options = command_of(name).parse_args(list(option_words(wanted)))
    assert settings_of(options, name) == known
    assert list(option_words(wanted)) == shlex.split(flags(wanted))


def test_two_dashes_are_a_value_like_another():
    options = command_of("policy").parse_args(["--waive=--"])
    assert settings_of(options, "policy")["waive"] == ["--"]


@pytest.mark.parametrize("name", SECTIONS)
def test_without_options_settings_are_those_of_the_configuration_that_ships(name):
    shipped = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))[name]
    settings = settings_of(command_of(name).parse_args([]), name)
    assert name == "derive" or settings == {key: shipped[key] for key in section(name)}


@pytest.mark.parametrize("name", SECTIONS)
def test_help_says_of_every_setting_what_it_may_be_and_is(name, monkeypatch):
    monkeypatch.setenv("COLUMNS", "1000")
    text = command_of(name).format_help()
    for key, schema in section(name).items():
        assert f"--{key.replace('_', '-')}" in text
        each = schema.get("items", schema)
        assert "enum" in each or allowed(each) in text


@pytest.mark.parametrize(
    ("name", "option", "message"),
    [
        ("fuse", "--power=9", "fuse.power is 9, but must be a whole number from 1 to 8"),
        ("fuse", "--power=four", "fuse.power is 'four', but must be a whole number from 1 to 8"),
        ("fuse", "--power=2.5", "fuse.power is 2.5, but must be a whole number from 1 to 8"),
        ("fuse", "--reach=0", "fuse.reach is 0.0, but must be a number of frames above 0"),
        ("fuse", "--threshold=nan", "fuse.threshold is 'nan', but must be a number from 0 to 1"),
        ("fuse", "--slab-frames=-1", "is -1, but must be a whole number of frames, 0 or more"),
        ("align", "--reference=0", "is 0, but must be first, middle, last or a frame number"),
        ("align", "--brightness=yes", "align.brightness is 'yes', but must be one of on, off"),
        ("convert", "--white-balance=1,0,1", "is '1,0,1', but must be camera"),
        ("convert", "--significant-bits=13", "is '13', but must be one of auto, 8, 10"),
        ("ledger", "--allow-differences=iso,colour", "is 'colour', but must be one of format"),
        ("policy", "--profile=", "is empty, but must be a list in brackets of one or more of slub"),
        ("archive", "--user-address=someone", "is 'someone', but must be a URI"),
    ],
)
def test_a_value_that_is_not_allowed_is_named_with_what_is(name, option, message):
    with pytest.raises(RecordError) as refused:
        command_of(name).parse_args([option])
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--slab-frames=3", "--slab-overlap=3"], "must be fewer than fuse.slab_frames, 3"),
        (["--method=external"], "must name {frames} and {output} for the method external"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(options, message):
    with pytest.raises(RecordError) as refused:
        settings_of(command_of("fuse").parse_args(options), "fuse")
    assert message in str(refused.value)


def test_a_command_may_have_some_of_the_settings_and_other_defaults():
    parser = command_of("archive", only=("user",), instead={"user": "Ada"})
    assert vars(parser.parse_args([])) == {"user": "Ada"}


def test_defaults_of_elsewhere_are_checked_as_options_are():
    with pytest.raises(RecordError, match=r"media\.language is '5', but must be a language tag"):
        command_of("media", instead={"language": 5}).parse_args([])


def test_columns_of_the_sheet_are_options_too():
    parser = argparse.ArgumentParser()
    add_cells(parser, "step_um", "order", "exclude")
    options = parser.parse_args(["--step-um=2.4", "--order=time"])
    assert vars(options) == {"step_um": 2.4, "order": "time", "exclude": None}
    with pytest.raises(RecordError, match=r"step_um is -1\.0, but must be a number of µm above 0"):
        parser.parse_args(["--step-um=-1"])


def test_a_setting_of_a_whole_run_is_no_option_of_a_step():
    assert "keep" not in section("convert")


def test_flags_leave_out_what_is_not_set_and_quote_what_a_shell_would_read():
    settings = {"step_um": None, "allow_differences": ["iso", "lens"], "command": "a {frames}"}
    assert flags(settings) == "--allow-differences=iso,lens --command='a {frames}'"
    assert flags(settings, leave_out=["command"]) == "--allow-differences=iso,lens"


def test_every_default_is_allowed():
    known = read_schema("config")
    for name in SECTIONS:
        for key, schema in section(name).items():
            if "default" in schema:
                jsonschema.validate(schema["default"], schema)
            assert "default" in schema or key in {"long_edge_px", "error_um"}
    jsonschema.validate(known["properties"]["derive"]["default"], known["properties"]["derive"])


def test_options_are_made_without_the_library_for_schemas():
    code = "import sys, records.sheet.settings; print({'jsonschema', 'yaml'} & set(sys.modules))"
    scripts = Path(__file__).parents[3] / "scripts"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=scripts, capture_output=True, text=True, check=True
    )
    assert loaded.stdout == "set()\n"
