"""A folder of which one frame will be left is known before the ledger is made."""

from __future__ import annotations

import pytest

from imaging.frames.formats import claims_raw, is_picture
from records.ledger.arrangement import Arrangement
from records.ledger.expected import leaves_one_frame

PICTURE = b"\xff\xd8\xff picture"


@pytest.mark.parametrize(
    ("files", "cells", "one"),
    [
        ({"a_1.jpg": PICTURE}, {}, True),
        ({"a_1.nef": b"raw", "a_1.JPG": PICTURE, "notes.txt": b"of the day"}, {}, True),
        ({"a_1.jpg": PICTURE, "a_1 (1).jpg": PICTURE}, {}, True),
        ({"a_1.jpg": PICTURE, "ruler.jpg": b"ruler"}, {"scale_frame": "ruler.jpg"}, True),
        ({f"a_{k}.jpg": bytes([k]) for k in range(1, 6)}, {"exclude": "2-5"}, True),
        ({"a_1.jpg": PICTURE, "a_2.jpg": b"other"}, {}, False),
        ({"a_1.jpg": PICTURE, "a_2.jpg": b"\xff\xd8\xff painted"}, {}, False),
        ({"a_1.nef": b"raw", "a_2.nef": b"another", "a_1.jpg": PICTURE}, {}, False),
        ({"a_1.jpg": PICTURE, "a_2.jpg": b"other"}, {"exclude": "9"}, False),
        ({"notes.txt": b"of the day"}, {}, False),
    ],
)
def test_whether_one_frame_is_left(tmp_path, files, cells, one):
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    said = Arrangement(**cells)
    assert leaves_one_frame(sorted(tmp_path.iterdir()), said, is_picture, claims_raw) is one
