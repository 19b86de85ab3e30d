"""The configuration that ships, and a sheet read with it."""

import pytest

from records.sheet.configuration import parsed
from records.sheet.stacks import read_sheet
from tests.records.sheet.shipped import CONFIG


@pytest.fixture()
def config():
    return parsed((CONFIG / "config.yaml").read_text())


@pytest.fixture()
def read(tmp_path, config):
    def read(text: str):
        path = tmp_path / "sheet.csv"
        path.write_text(text, encoding="utf-8")
        return read_sheet(path, config)

    return read
