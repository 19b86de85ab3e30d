"""`python -m hardware` at the bench: the command line itself."""

import pytest

from hardware.errors import RigError


@pytest.mark.parametrize("words", [("goto", "nan"), ("jog", "inf"), ("plan", "--step-um=nan")])
def test_what_is_no_number_is_refused(bench, words, capsys):
    with pytest.raises(SystemExit):
        bench(*words)
    assert "invalid _number value" not in capsys.readouterr().err


def test_names_that_make_no_file_name_are_refused(bench):
    with pytest.raises(RigError, match="specimen: 'a/b' is part of file names"):
        bench(
            *("capture", "--specimen", "a/b", "--view", "top"),
            *("--raw", bench.folder / "raw", "--out", bench.folder / "capture.json"),
        )
