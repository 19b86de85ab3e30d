"""The configuration that holds: what ships, and over it what a folder or a workflow sets."""

from __future__ import annotations

from records.sheet.configuration import of_module


def test_a_module_takes_its_sections_and_leaves_the_others_to_the_workflow_that_uses_it():
    shipped = {"paths": {"archive": "archive"}, "derive": {"web": {"quality": 88}, "print": {}}}
    config = {"samples": "theirs", "derive": {"web": {"quality": 70}, "print": None}}
    assert of_module(shipped, config) == {
        "paths": {"archive": "archive"},
        "derive": {"web": {"quality": 70}, "print": None},
    }
