"""The specimen on the table: who it is, its views in turn, their rows in the sheet."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import yaml
import zxingcpp
from PIL import Image

from hardware.bench.config import StackConfig
from hardware.errors import RigError
from records.errors import RecordError
from records.files import write_bytes
from web.bench.table import Table

ROOT = Path(__file__).resolve().parents[3]


class FakeDesk:
    """Captures at once, or as it is told to."""

    def __init__(self, rig: Path) -> None:
        rail = SimpleNamespace(pose=None)
        self.config = SimpleNamespace(path=rig, views=("label", "dorsal"), rail=rail)
        self.asked, self.told, self.hold, self.jpeg = [], [], False, None

    def capture(self, stack, given=None, ended=lambda failed: None) -> None:
        self.asked.append((f"{stack.specimen}/{stack.view}", given))
        self.ended = ended
        if not self.hold:
            write_bytes(stack.record, b"{}")
            ended("")

    def ask(self, what, act) -> None:
        self.asked.append((what, None))

    def live(self, after, wait_s):
        return None if self.jpeg is None else SimpleNamespace(jpeg=self.jpeg)

    def touch(self) -> None: ...

    def tell(self, text, kind="note") -> None:
        self.told.append((kind, text))


@pytest.fixture
def desk(tmp_path):
    rig = tmp_path / "rig.yaml"
    rig.touch()
    return FakeDesk(rig)


@pytest.fixture
def captured():
    return []


@pytest.fixture
def table(tmp_path, desk, captured):
    return Table(desk, tmp_path, ROOT, [lambda *stack: captured.append(stack)])


def sheet(tmp_path) -> str:
    return (tmp_path / "config" / "specimens.csv").read_text()


def write_sheet(tmp_path, text: str) -> None:
    write_bytes(tmp_path / "config" / "specimens.csv", text.encode())


def views(table) -> dict[str, str]:
    return {one["view"]: one["state"] for one in table.state()["views"]}


@pytest.mark.slow
def test_a_hundred_specimens_without_touching_a_file(table, tmp_path, captured):
    for k in range(100):
        table.specimen(f"USNM {k}")
        table.capture()
        table.capture()
        table.next()
    rows = sheet(tmp_path).splitlines()
    assert rows[0] == "catalog_number,view,rig"
    assert rows[1:3] == ["USNM 0,label,rig.yaml", "USNM 0,dorsal,rig.yaml"]
    assert len(rows) == 201
    assert captured[-2:] == [("USNM=2099", "label"), ("USNM=2099", "dorsal")]
    assert table.state() == {
        "specimen": "", "catalog_number": "", "view": "", "views": [], "refused": "",
    }  # fmt: skip


def test_views_are_shot_in_turn_and_their_files_tell_how_far_they_are(table, desk, tmp_path):
    table.specimen("A-1")
    assert table.state() == {
        "specimen": "A-1",
        "catalog_number": "A-1",
        "view": "label",
        "views": [{"view": "label", "state": "to shoot"}, {"view": "dorsal", "state": "to shoot"}],
        "refused": "",
    }
    table.capture()
    assert (table.state()["view"], views(table)["label"]) == ("dorsal", "shot")
    desk.hold = True
    table.capture()
    assert views(table) == {"label": "shot", "dorsal": "shooting"}
    journal = tmp_path / "specimens" / "A-1" / "dorsal" / "capture.journal.json"
    write_bytes(journal, b"{}")
    desk.ended("interrupted (stop)")
    assert (table.state()["view"], views(table)["dorsal"]) == ("dorsal", "interrupted")
    # It is gone on with, also after another specimen.
    table.next()
    assert desk.told == [("warning", "A-1: not shot, or not to the end: dorsal")]
    table.specimen("A-1")
    assert table.state()["view"] == "dorsal"


def test_nothing_changes_on_the_table_while_a_capture_is_on(table, desk):
    table.specimen("A-1")
    desk.hold = True
    table.capture()
    for deed in (table.next, table.capture, table.read_label):
        with pytest.raises(RigError, match="the capture of A-1/label is on"):
            deed()
    with pytest.raises(RigError, match="the capture of A-1/label is on"):
        table.specimen("A-2")
    with pytest.raises(RigError, match="the capture of A-1/label is on"):
        table.view("dorsal")
    assert len(desk.asked) == 1


def test_a_capture_that_the_desk_refuses_leaves_the_table_as_it_was(table, desk):
    def refuse(*_, **__):
        raise RigError("bench: it is being closed")

    desk.capture = refuse
    table.specimen("A-1")
    with pytest.raises(RigError, match="being closed"):
        table.capture()
    assert views(table)["label"] == "to shoot"
    table.next()


def test_a_row_comes_with_its_capture_and_not_before(table, tmp_path):
    # A row that names a rig has the workflow drive it.
    table.specimen("A-1")
    assert not (tmp_path / "config" / "specimens.csv").exists()
    table.capture()
    assert sheet(tmp_path).splitlines()[1:] == ["A-1,label,rig.yaml"]


def test_a_number_that_is_refused_leaves_nobody_on_the_table(table, tmp_path):
    write_sheet(tmp_path, "specimen,view,rig\nA-1,top,rig.yaml\n")
    table.specimen("A-1")
    with pytest.raises(RecordError, match="'a-1' differs from 'A-1' in row 2 of the sheet by case"):
        table.specimen("a-1")
    assert table.state()["specimen"] == ""
    assert "by case alone" in table.state()["refused"]
    with pytest.raises(RigError, match="no specimen is on the table"):
        table.capture()


def test_the_pattern_of_the_data_is_asked(table, tmp_path):
    pattern = yaml.safe_dump({"catalog_number": {"pattern": "USNM-[0-9]{3}"}})
    write_bytes(tmp_path / "config" / "config.yaml", pattern.encode())
    with pytest.raises(RecordError, match="'USNM-12' is not of the form"):
        table.specimen("USNM-12")
    table.specimen("USNM-123")


def test_the_sheet_says_which_views_how_far_and_with_which_rig(table, desk, tmp_path):
    write_sheet(
        tmp_path,
        "specimen,view,rig,source,start_um,end_um\n"
        "A-1,side,rig.yaml,,-200,300\nA-1,label,,/card,,\nA-1,front,other.yaml,,,\n",
    )
    table.specimen("A-1")
    assert list(views(table)) == ["dorsal", "side", "front"]
    table.view("side")
    table.capture()
    assert desk.asked == [("A-1/side", StackConfig(-200.0, 300.0, None))]
    table.view("front")
    with pytest.raises(RigError, match=r"row 4 of the sheet has A-1 front shot with other\.yaml"):
        table.capture()
    table.view("side")
    with pytest.raises(RigError, match="A-1/side is shot already"):
        table.capture()


def test_a_view_that_is_not_listed_is_added(table, desk):
    table.specimen("A-1")
    table.view("wing")
    table.capture()
    assert desk.asked == [("A-1/wing", None)]
    with pytest.raises(RecordError, match="view is 'a/b'"):
        table.view("a/b")


def test_to_choose_a_view_turns_the_specimen_where_the_rig_can(table, desk):
    desk.config.rail.pose = SimpleNamespace(angles_deg={"dorsal": 0})
    table.specimen("A-1")
    table.view("dorsal")
    table.view("label")
    assert desk.asked == [("pose", None)]


def test_a_sheet_that_is_open_elsewhere_is_told_and_nothing_moves(table, desk, tmp_path):
    write_sheet(tmp_path, "specimen,view,rig\n")
    (tmp_path / "config" / ".~lock.specimens.csv#").touch()
    table.specimen("A-1")
    with pytest.raises(RecordError, match="is open in LibreOffice; close it there"):
        table.capture()
    assert desk.asked == []


def label(*texts: str) -> bytes:
    codes = [
        np.asarray(
            zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.DataMatrix).to_image(scale=6)
        )
        for text in texts
    ]
    picture = np.full((400, 600 * max(len(codes), 1)), 200, np.uint8)
    for k, code in enumerate(codes):
        picture[60 : 60 + len(code), 600 * k + 60 : 600 * k + 60 + code.shape[1]] = code
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG")
    return file.getvalue()


def test_the_label_in_the_live_picture_names_the_specimen(table, desk):
    desk.jpeg = label("USNM-7")
    table.read_label()
    assert table.state()["specimen"] == "USNM-7"


@pytest.mark.parametrize(
    ("texts", "words"),
    [([], "no barcode is seen"), (["A-1", "A-2"], "several numbers are seen: A-1, A-2")],
)
def test_a_label_that_says_nothing_certain_is_told(table, desk, texts, words):
    desk.jpeg = label(*texts)
    with pytest.raises(RigError, match=words):
        table.read_label()
    desk.jpeg = None
    with pytest.raises(RigError, match="no picture has come"):
        table.read_label()
