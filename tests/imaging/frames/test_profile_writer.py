"""Profiles that are written for a space mean what its primaries and curve say."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.frames import colour
from imaging.frames.profile_writer import build_profile


@pytest.mark.parametrize("name", list(colour.SPACES))
def test_the_profiles_that_masters_carry_are_what_would_be_written_today(name):
    written = build_profile(colour.SPACES[name])
    today, kept = colour.profile_tags(written), colour.profile_tags(colour.profile(name))
    curves = {tag: (today.pop(tag), kept.pop(tag)) for tag in (b"rTRC", b"gTRC", b"bTRC")}
    assert today == kept
    # The powers of a curve may differ by rounding where the processor differs.
    for ours, theirs in curves.values():
        off = np.abs(np.frombuffer(ours, ">u2").astype(int) - np.frombuffer(theirs, ">u2"))
        assert off.max() <= 1
