"""Versions of what is installed, as importlib.metadata tells them."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

import pytest

from records.installed import installed_version


@pytest.mark.parametrize("name", ["numba", "numpy", "rawpy", "snakemake"])
def test_a_version_is_that_of_the_installer(name):
    assert installed_version(name) == version(name)


def test_what_is_not_installed_has_none():
    with pytest.raises(PackageNotFoundError):
        installed_version("no-such-library")
