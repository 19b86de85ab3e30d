"""What no file names was not compared, and is told."""

from dataclasses import replace

from records.ledger.verdict import judge
from records.metadata.exif import Capture
from tests.records.ledger.stacks import frame, series, shot_with


def test_what_no_frame_names_is_told_as_not_compared():
    assert judge(series(3)).unknown == ()
    nothing = [frame(f"{k}.png", kind="photo", format="png", white_balance=None, capture=Capture())
               for k in range(3)]  # fmt: skip
    verdict = judge(nothing)
    assert verdict.problems == ()
    assert verdict.unknown == (
        "camera", "lens", "aperture", "ISO", "shutter", "white balance", "time"
    )  # fmt: skip
    bellows = [replace(one, capture=shot_with(aperture=None, lens=None)) for one in series(3)]
    assert judge(bellows).unknown == ("lens", "aperture")
