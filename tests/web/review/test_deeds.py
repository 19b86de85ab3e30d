"""What a person decides at a page stands in the sheet, and nothing else there changes."""

import pytest

from records.errors import RecordError
from records.ledger.table import Entry, write_ledger
from tests.web.review import trees
from web.review.deeds import NotUnderstood, do
from web.review.names import UnknownName

SHEET = "specimen,view,source,caption\nA-1,top,/frames,keep; this\nB-1,top,/frames,\n"


@pytest.fixture
def stacks(tmp_path):
    stacks = trees.stack(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config/specimens.csv").write_text(SHEET)
    size = {"width_px": 48, "height_px": 36, "format": "dng", "sha256": trees.SHA, "bytes": 9}
    entries = [
        Entry(1, "a.dng", "used", **size),
        Entry(2, "b.dng", "used", **size),
        Entry(None, "c.dng", "rejected", "excluded", **size),
        Entry(None, "notes.txt", "rejected", "no picture", trees.SHA, 9),
    ]
    write_ledger(entries, stacks.known("A-1", "top").folder / "frames.csv")
    return stacks


def sheet(stacks) -> str:
    return stacks.sheet().read_text()


def test_a_warning_is_acknowledged_with_a_reason_and_taken_back(stacks) -> None:
    do(stacks, "acknowledge", {"stack": "A-1/top", "what": "halo", "reason": "a glass eye: so"})
    do(stacks, "acknowledge", {"stack": "A-1/top", "what": "moved", "reason": "leg, wind"})
    assert sheet(stacks) == (
        "specimen,view,source,caption,acknowledge\n"
        'A-1,top,/frames,keep; this,"halo: a glass eye: so; moved: leg, wind"\n'
        "B-1,top,/frames,,\n"
    )
    do(stacks, "acknowledge", {"stack": "A-1/top", "what": "halo", "reason": " "})
    assert '"moved: leg, wind"' in sheet(stacks)
    assert "halo" not in sheet(stacks)


def test_choices_are_cells_and_frames_are_named_by_their_files(stacks) -> None:
    chosen = {"crop": [2, 0, 40, 36], "exclude": [3, 1], "method": "depthmap"}
    do(stacks, "choose", {"stack": "A-1/top", **chosen})
    assert sheet(stacks) == (
        "specimen,view,source,caption,crop,exclude,fuse.method,exclude_reason\n"
        'A-1,top,/frames,keep; this,"2,0,40,36",a.dng; c.dng,depthmap,left out at the preview\n'
        "B-1,top,/frames,,,,,\n"
    )
    do(stacks, "choose", {"stack": "A-1/top", "exclude": [], "crop": "common"})
    assert 'keep; this,"common",,depthmap,\n' in sheet(stacks)


def test_a_turned_crop_has_an_angle_in_its_cell(stacks) -> None:
    do(stacks, "choose", {"stack": "A-1/top", "crop": [6, 4, 30, 20, -12.5]})
    assert '"6,4,30,20,-12.5"' in sheet(stacks)
    # Of a rectangle that would leave the picture if it were straight, all lies inside.
    do(stacks, "choose", {"stack": "A-1/top", "crop": [-2, 15, 34, 4, 90]})
    assert '"-2,15,34,4,90"' in sheet(stacks)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"crop": [-2, 0, 34, 4, 0]}, "has a px at least"),
        ({"crop": [0, 0, 48, 36, 5]}, "0,0,48,36,5 reaches beyond the picture of 48 x 36 px"),
        ({"crop": [10, 0, 40, 36]}, "reaches beyond the picture of 48 x 36 px"),
        ({"crop": [0, 0, 0, 3]}, "has a px at least"),
        ({"crop": "left"}, "common, none or a rectangle"),
        ({"exclude": [9]}, "there is no frame 9"),
        ({"exclude": [4]}, "there is no frame 4"),
        ({"exclude": [1, 2, 3]}, "one frame at least"),
        ({"method": "external"}, "there is no method 'external'"),
        ({"method": "depthmap", "crop": [0, 0, 99, 3]}, "reaches beyond"),
    ],
)
def test_a_choice_that_cannot_be_changes_nothing(stacks, body, told: str) -> None:
    with pytest.raises(RecordError, match=told):
        do(stacks, "choose", {"stack": "A-1/top", **body})
    assert sheet(stacks) == SHEET


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("acknowledge", {"what": "halo", "reason": "a\nb"}),
        ("acknowledge", {"what": "halo", "reason": "a; moved: b"}),
        ("acknowledge", {"what": "unheard-of", "reason": "a"}),
        ("acknowledge", {"what": "halo", "reason": "a" * 300}),
        ("acknowledge", {"what": "halo"}),
        ("acknowledge", {"what": ["halo"], "reason": "a"}),
        ("acknowledge", {"what": "halo", "reason": "a", "column": "source"}),
        ("choose", {"crop": [1, 2, 3]}),
        ("choose", {"crop": [1, 2, 3, True]}),
        ("choose", {"crop": [1, 2, 3, 1e300]}),
        ("choose", {"crop": [1, 2, 3, -4]}),
        ("choose", {"crop": [1, 2, 3.5, 4]}),
        ("choose", {"crop": [9, 9, 9, 9, 181]}),
        ("choose", {"crop": [9, 9, 9, 9, "1"]}),
        ("choose", {"crop": [9, 9, 9, 9, True]}),
        ("choose", {"crop": [9, 9, 9.5, 9, 1]}),
        ("choose", {"crop": [9, "9", 9, 9, 1]}),
        ("choose", {"crop": [9, 9, 9, 9, 1, 1]}),
        ("choose", {"exclude": 3}),
        ("choose", {"exclude": ["../x"]}),
        ("choose", {"method": 3}),
        ("set", {"source": "/etc"}),
    ],
)
def test_what_is_not_understood_changes_nothing(stacks, name: str, body) -> None:
    with pytest.raises(RecordError):
        do(stacks, name, {"stack": "A-1/top", **body})
    assert sheet(stacks) == SHEET


@pytest.mark.parametrize("body", [None, [], 3, "A-1/top"])
def test_a_body_is_an_object(stacks, body) -> None:
    with pytest.raises(NotUnderstood):
        do(stacks, "choose", body)


@pytest.mark.parametrize("name", ["../A-1/top", "A-1/..", "C-1/top", None, "A-1/top/../top"])
def test_a_stack_that_is_not_known_is_told(stacks, name) -> None:
    with pytest.raises(UnknownName):
        do(stacks, "choose", {"stack": name, "method": "depthmap"})


def test_a_sheet_that_is_open_elsewhere_is_left_alone(stacks) -> None:
    stacks.sheet().with_name(".~lock.specimens.csv#").touch()
    with pytest.raises(RecordError, match="is open in LibreOffice"):
        do(stacks, "choose", {"stack": "A-1/top", "method": "depthmap"})
    assert sheet(stacks) == SHEET


def test_before_a_ledger_the_raw_folder_tells_the_frames(stacks) -> None:
    raw = stacks.data / "specimens/B-1/top/raw"
    raw.mkdir(parents=True)
    for name in ("f10.tif", "f9.tif"):
        trees.tiff.write_image(raw / name, trees.picture())
    do(stacks, "choose", {"stack": "B-1/top", "exclude": [2]})
    assert "B-1,top,/frames,,f10.tif,left out at the preview\n" in sheet(stacks)
