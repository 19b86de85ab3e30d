"""The gallery page: what it takes from a stack's files, and that it is sound HTML."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest

import gallery
from records.errors import RecordError
from records.files import write_record
from records.ledger.table import Entry, write_ledger
from records.reports.gallery import GOOD, LOOK, STOPPED, WAITING, card, page
from records.reports.qc import row
from tests.records.whole import aligned, receipt


@pytest.fixture()
def stack(tmp_path):
    folder = tmp_path / "specimens" / "A-1" / "top"
    (folder / "stack").mkdir(parents=True)
    (tmp_path / "logs").mkdir()
    content = aligned(["1.dng", "2.dng", "3.dng"])
    told = [("used", 0.02, 3.6), ("used", 0.71, 1.0), ("failed", 9.0, 0.0)]
    for frame, (status, residual, motion) in zip(content["frames"], told):
        frame |= {"status": status, "residual_px": residual, "largest_motion_px": motion}
    (folder / "stack" / "transforms.json").write_text(json.dumps(content))
    return folder


def test_alignment_is_told_by_its_worst_frame_and_those_left_out(stack, tmp_path):
    facts = dict(card(stack, tmp_path / "logs").facts)
    assert facts["alignment"] == "frames moved by up to 3.6 px; worst residual 0.71 px (frame 2)"
    assert facts["left out"] == "frames 3"


def test_each_frame_has_a_bar_as_high_as_its_place_is_uncertain(stack, tmp_path):
    transforms = stack / "stack" / "transforms.json"
    content = json.loads(transforms.read_text())
    assert "<svg" not in page([card(stack, tmp_path / "logs")], tmp_path)
    for frame, px in zip(content["frames"], (0.0, 0.4, 7.0)):
        frame["uncertainty_beside_px"] = px
    transforms.write_text(json.dumps(content))
    found = row("place-uncertain", "frame 2 may lie up to 1.2 px off", [2])
    write_record(stack / "stack" / "qc.json", "qc", {"findings": [found]})
    made = card(stack, tmp_path / "logs")
    # The third frame was left out.
    assert made.bars == ((1, 0.0, False), (2, 0.4, True))
    shown = page([made], tmp_path)
    assert shown.count("<rect") == 2
    assert 'class="off" x="1" y="0.2" width="0.8" height="0.8"><title>frame 2: 0.4 px<' in shown
    assert "place beside the next, up to 0.40 px" in shown


@pytest.mark.parametrize(
    ("log", "archived", "state", "said"),
    [
        ("done", True, GOOD, ()),
        ("warning: a gap", True, LOOK, ("ledger: a gap",)),
        ("done", False, WAITING, ()),
        ("warning: a gap\nerror: black", False, STOPPED, ("ledger: black", "ledger: a gap")),
    ],
)
def test_a_stack_is_sorted_by_what_its_logs_say(stack, tmp_path, log, archived, state, said):
    (tmp_path / "logs" / "ledger.log").write_text(f"{log}\n")
    if archived:
        (stack / "archive.json").write_text(json.dumps(receipt()))
    found = card(stack, tmp_path / "logs")
    assert (found.state, found.reasons) == (state, said)


def test_a_ledger_that_cannot_be_read_is_no_missing_one(stack, tmp_path, capsys):
    write_ledger([Entry(1, "a.dng", "used", sha256="ab" * 32)], stack / "frames.csv")
    written = (stack / "frames.csv").read_text()
    (stack / "frames.csv").write_text(written.replace("ledger_version", "exposure,ledger_version"))
    with pytest.raises(RecordError, match="written by a newer Holostack"):
        card(stack, tmp_path / "logs")
    out = tmp_path / "gallery.html"
    roots = ["--specimens", str(stack.parents[1]), "--logs", str(tmp_path / "logs")]
    with pytest.raises(RecordError, match="A-1 top"):
        gallery.main([*roots, "--out", str(out)])
    assert "1 stack, 1 to be looked at" in capsys.readouterr().err
    assert "<h2>Stopped: 1</h2>" in out.read_text()


def test_what_people_wrote_cannot_break_the_page(stack, tmp_path):
    (tmp_path / "logs" / "ledger.log").write_text("error: <b>a & b</article>\n")
    text = page([card(stack, tmp_path / "logs")], tmp_path)
    said, opened = [], []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            opened.append(tag)

        def handle_data(self, data):
            said.append(data)

    Reader().feed(text)
    assert "ledger: <b>a & b</article>" in said
    assert "b" not in opened
    assert "<h2>Stopped: 1</h2>" in text


def test_what_was_not_compared_is_told_beside_the_frames(stack, tmp_path):
    write_ledger([Entry(1, "a.jpg", "used", sha256="ab" * 32, format="jpeg", iso=100,
                        exposure_s=0.1, camera="X", white_balance="auto")],
                 stack / "frames.csv")  # fmt: skip
    facts = dict(card(stack, tmp_path / "logs").facts)
    assert facts["unknown, not compared"] == "lens, aperture, time"


def test_a_stack_is_titled_by_its_catalogue_number(tmp_path):
    folder = tmp_path / "UAM=3AEnto=3A12345" / "top"
    (folder / "archival").mkdir(parents=True)
    assert "<h3>UAM:Ento:12345 top</h3>" in page([card(folder, tmp_path / "logs")], tmp_path)


def test_findings_are_shown_with_what_to_do_and_a_crop_and_no_longer_once_acknowledged(
    stack, tmp_path
):
    (stack / "archive.json").write_text(json.dumps(receipt()))
    # Alignment said it first, in its log.
    (tmp_path / "logs" / "align.log").write_text("warning: frame 3 is far off\n")
    findings = [row("moved", "a leg"), row("far-off", "frame 3 is far off", (3,))]
    findings[0]["pictures"] = ["01_moved_1.jpg"]
    for reasons, state in (({}, LOOK), ({"moved": "dried", "far-off": "meant"}, GOOD)):
        rows = [finding | {"acknowledged": reasons.get(finding["code"])} for finding in findings]
        write_record(stack / "stack" / "qc.json", "qc", {"findings": rows})
        found = card(stack, tmp_path / "logs")
        assert found.state == state
        assert [reason.partition(":")[0] for reason in found.reasons] == (
            [] if reasons else ["moved", "far-off"]
        )
        crops = [path.name for path, _ in found.pictures]
        assert crops == ([] if reasons else ["01_moved_1.jpg"])
