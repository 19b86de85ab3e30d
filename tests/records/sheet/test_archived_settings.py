"""Archived settings mean what they meant when they were archived."""

from __future__ import annotations

import pytest

from records.errors import RecordError
from records.sheet.archived_settings import check_archived, with_former_defaults
from records.sheet.settings import defaults


def test_a_setting_that_was_not_archived_is_what_its_default_was_then():
    assert defaults("convert")["demosaic"] == "DIRECTIONAL"
    settings = {"convert": {"format": "tiff"}, "derive": {"web": {"format": "jpeg"}}}
    assert with_former_defaults(settings) == {
        "convert": {"format": "tiff", "demosaic": "AHD"},
        "derive": {"web": {"format": "jpeg"}},
    }


def test_a_setting_that_was_archived_stays_what_it_is():
    settings = {"convert": {"demosaic": "DIRECTIONAL"}}
    assert with_former_defaults(settings) == settings


def test_when_a_derivative_is_made_is_no_setting_of_it():
    assert check_archived({"derive": {"web": {"format": "avif"}}}, "settings.json")
    with pytest.raises(RecordError, match="made"):
        check_archived({"derive": {"web": {"format": "avif", "made": "asked"}}}, "settings.json")
