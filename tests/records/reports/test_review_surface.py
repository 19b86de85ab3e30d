"""What the page of a stack's surface is told."""

from __future__ import annotations

import base64

from records.reports.review_surface import surface_page_of


def test_the_page_is_told_the_first_glb_of_a_stack_and_none_where_there_is_none(tmp_path):
    stack = tmp_path / "A-1" / "top"
    (stack / "derivatives").mkdir(parents=True)
    (stack / "derivatives" / "A-1_top_web.jpg").write_bytes(b"a picture")
    assert surface_page_of(stack) == {}
    for name in ("mesh", "fine"):
        (stack / "derivatives" / f"A-1_top_{name}.glb").write_bytes(name.encode())
    told = surface_page_of(stack)
    assert (told["specimen"], told["view"]) == ("A-1", "top")
    assert base64.b64decode(told["glb"]) == b"fine"
