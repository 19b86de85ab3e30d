"""From a search to the master in a real browser, and the same master again at a colleague's.

What a person does with a stack that was shot: find it, compare methods, measure, try it and choose
crop and frames, paint, go on after a crash. The specimen is the virtual one, with two dots on the
card behind it whose distance is known.
"""

from __future__ import annotations

import csv
import json
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from scipy import ndimage

from hardware.bench.kinds import virtual_bench
from hardware.bench.rigfile import read_rig
from hardware.virtual.camera import VirtualCamera
from imaging.frames import tiff
from records.record import read_record
from records.retouching import strokes as stroke_files
from tests.web.benches import virtual_rig
from tests.web.looking import press, settled, shown
from tests.web.reviews import Review, reviewed
from tests.workflow.conftest import Tree

STACK, MARK_UM = "USNM-2/dorsal", 800
WIDTH, HEIGHT = 320, 240
CROP = (30, 20, 250, 190)
MASTER = "specimens/USNM-2/dorsal/archival/USNM-2_dorsal.json"
READY = "body[data-ready=yes]"


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A data tree whose sheet has five stacks; one is shot and done."""
    virtual_rig(tmp_path / "config/rig.yaml", virtual={"mark_um": MARK_UM})
    (tmp_path / "config/config.yaml").write_text(
        "compare: {methods: [weighted]}\nderive: {print: null, thumbnail: null}\n"
    )
    tree = Tree(tmp_path)
    rows = [f"USNM-{n},{view},4" for n in (1, 2) for view in ("dorsal", "lateral")]
    rows = [f"{row},config/rig.yaml,Chrysomela" for row in [*rows, "USNM-3,dorsal,4"]]
    tree.write_sheet(*rows, columns="specimen,view,pixel_size_um,rig,scientific_name")
    run = tree.snakemake(f"results/review/{STACK}/stack.json")
    assert run.returncode == 0, run.stdout + run.stderr
    return tree


def find(page: Page) -> None:
    """By search in the collection, to the stack's page."""
    page.wait_for_selector(READY)
    expect(page.locator("#items .card")).to_have_count(5)
    page.keyboard.press("/")
    page.keyboard.type("usnm-2 dorsal")
    expect(page.locator("#items .card")).to_have_count(1)
    page.locator("#items .card a").click()
    page.wait_for_selector(READY)
    expect(page.locator("#specimen")).to_have_text("USNM-2")


def compare(page: Page) -> None:
    """The master and the same by another method: in turn, and on both sides of a curtain."""
    settled(page, "master")
    ours = shown(page)
    page.select_option("#picture-first", "method-weighted")
    settled(page, "method-weighted")
    other = shown(page)
    assert np.abs(ours - other).max() > 20
    page.keyboard.press("m")
    page.keyboard.press("b")
    page.select_option("#picture-second", "method-weighted")
    for picture in ("master", "method-weighted", "master"):
        page.wait_for_selector(f"#stage[data-shown='{picture}']")
    page.keyboard.press("c")
    settled(page, "master")
    both, edge = shown(page), ours.shape[1] // 2
    assert np.abs(both - ours)[:, : edge - 4].max() <= 3
    # Along the seam of two tiles a trace of the picture below shows.
    assert np.abs(both - other)[:, edge + 4 :].max() <= 6
    page.click("#how-one")
    settled(page, "master")


def measure(page: Page) -> float:
    """The distance of the two dots by mouse, set where they are seen; µm, as the page says."""
    dark = shown(page).max(axis=2) < 70
    spots, count = ndimage.label(dark)
    round_ones = [
        (float(np.mean(y)) + 0.5, float(np.mean(x)) + 0.5)
        for y, x in (np.nonzero(spots == n) for n in range(1, count + 1))
        if len(y) > 40
        and abs(np.ptp(y) - np.ptp(x)) <= 2
        and len(y) > 0.7 * (np.ptp(y) + 1) * (np.ptp(x) + 1)
    ]
    one, other = sorted(round_ones)[-2:]
    page.keyboard.press("l")
    for y, x in (one, other):
        press(page, x, y)
    text = page.inner_text("#measurements .value").removeprefix("Length: ")
    number, unit = text.split(" ")[:2]
    page.keyboard.press("Escape")
    return float(number.replace(",", "")) * {"µm": 1, "mm": 1000}[unit]


def true_length_um(tree: Tree) -> float:
    """The dots' distance as it lies in the reference frame, whose plane is nearer than the card."""
    stack = tree.folder / "specimens" / STACK
    rig = read_rig(tree.folder / "config/rig.yaml")
    camera = VirtualCamera(virtual_bench(rig), lambda: 0.0)
    camera.apply(rig.camera.settings)
    reference = json.loads((stack / "stack/transforms.json").read_text())["reference"]
    shot = json.loads((stack / "capture.json").read_text())["frames"][reference - 1]
    return MARK_UM / (1 + shot["reported_um"] / camera.lens().working_distance_um)


def choose(page: Page) -> None:
    """A crop drawn by mouse, the last frame left out, and another method."""
    page.click("#to-preview")
    page.locator("#picture").wait_for()
    drawn = page.locator("#drawn").bounding_box()
    x, y, width, height = CROP
    for act, (right, down) in (("down", (x, y)), ("up", (x + width, y + height))):
        scale = drawn["width"] / WIDTH
        page.mouse.move(drawn["x"] + right * scale, drawn["y"] + down * scale, steps=3)
        getattr(page.mouse, act)()
    page.locator("#frames input[type=checkbox]").last.uncheck()
    page.get_by_role("radio", name="pyramid").check()
    page.click("#choose")
    expect(page.locator("#told")).to_contain_text("It stands in the sheet")


def row(tree: Tree) -> dict[str, str]:
    """What the sheet says of the stack."""
    with (tree.folder / "config/specimens.csv").open(newline="") as file:
        return next(one for one in csv.DictReader(file) if one["specimen"] == "USNM-2")


def make(tree: Tree) -> None:
    run = tree.snakemake(MASTER)
    assert run.returncode == 0, run.stdout + run.stderr


def paint(page: Page, *path: tuple[float, float], up: bool = True) -> None:
    """A stroke through places of the fused image, in px of it."""
    move(page, *path[0])
    page.mouse.down()
    for point in path[1:]:
        move(page, *point)
    if up:
        page.mouse.up()


def move(page: Page, x: float, y: float) -> None:
    """The pointer to a place of the fused image, which is shown at 100 % in the pane's middle."""
    box = page.locator("#over").bounding_box()
    left, top = box["x"] + round(box["width"]) / 2, box["y"] + round(box["height"]) / 2
    page.mouse.move(left + x + 0.5 - WIDTH / 2, top + y + 0.5 - HEIGHT / 2)


def to_retouching(page: Page) -> None:
    page.click("#to-retouch")
    page.wait_for_selector("body[data-ready=yes][data-pen=yes]")
    page.mouse.move(0, 0)
    page.keyboard.press("f")
    page.keyboard.press("1")
    expect(page.locator("#zoom")).to_have_text("100%")


def strokes(tree: Tree) -> tuple[stroke_files.Stroke, ...]:
    return stroke_files.read(tree.folder / "specimens" / STACK / "retouch/strokes.json").strokes


def retouch(page: Page, review: Review, tree: Tree) -> None:
    """Two strokes, one undone; one in which the server is killed, one that it never heard of."""
    to_retouching(page)
    page.locator("#person").fill("Ada")
    page.locator("#reason").fill("a bristle behind another")
    paint(page, (150, 110), (170, 112), (180, 118))
    expect(page.locator("#strokes-count")).to_have_text("1")
    paint(page, (100, 60), (120, 60))
    expect(page.locator("#strokes-count")).to_have_text("2")
    page.locator("#stage").focus()
    page.keyboard.press("Control+z")
    expect(page.locator("#strokes-count")).to_have_text("1")

    journal = tree.folder / "specimens" / STACK / "retouch/strokes.journal.jsonl"
    before = journal.stat().st_size
    paint(page, (140, 150), (150, 150), up=False)
    while journal.stat().st_size == before:
        page.wait_for_timeout(50)
    review.kill()
    for x in range(160, 200, 10):
        move(page, x, 152)
    expect(page.locator("#trouble")).to_contain_text("does not answer")
    page.mouse.up()
    paint(page, (100, 60), (110, 70))
    assert len(strokes(tree)) == 1
    # The new server has another token: its address is opened, and the page that was painted on goes
    # on by itself.
    second = page.context.new_page()
    second.goto(review.start())
    expect(page.locator("#strokes-count")).to_have_text("3")
    expect(page.locator("#trouble")).to_be_hidden()
    second.close()
    paint(page, (200, 90), (205, 95))
    expect(page.locator("#strokes-count")).to_have_text("4")


def carried_to(folder: Path, tree: Tree) -> Tree:
    """What a colleague is sent: sheet, configuration, raws and strokes."""
    shutil.copytree(tree.folder / "config", folder / "config")
    stack = Path("specimens") / STACK
    for name in ("raw", "retouch"):
        shutil.copytree(tree.folder / stack / name, folder / stack / name)
    shutil.copy(tree.folder / stack / "capture.json", folder / stack)
    return Tree(folder)


@pytest.mark.slow
def test_a_stack_is_found_compared_measured_tried_painted_and_made_again_elsewhere(
    tree, pages, tmp_path_factory
) -> None:
    with reviewed(tree.folder) as review:
        page = pages(review.address)
        find(page)
        compare(page)
        found_um = measure(page)
        assert found_um == pytest.approx(MARK_UM, rel=0.01)
        assert found_um == pytest.approx(true_length_um(tree), rel=0.003)
        choose(page)
        chosen = row(tree)
        crop = [int(number) for number in chosen["crop"].split(",")]
        assert crop == pytest.approx(CROP, abs=1)
        assert chosen["exclude"].endswith("_0006.dng")
        assert chosen["exclude_reason"] == "left out at the preview"
        assert (chosen["fuse.method"], chosen["scientific_name"]) == ("pyramid", "Chrysomela")
        make(tree)
        master = (tree.folder / MASTER).with_suffix(".tif")
        before = tiff.read_image(master)
        page.click("#back")
        page.wait_for_selector(READY)
        retouch(page, review, tree)
        one, torn, unheard, last = strokes(tree)
        assert (one.person, one.reason) == ("Ada", "a bristle behind another")
        assert torn.path_px == ((140, 150), (150, 150), *((x, 152) for x in range(160, 200, 10)))
        assert unheard.path_px == ((100, 60), (110, 70))
        assert last.path_px == ((200, 90), (205, 95))
        assert shlex.split(page.locator("#command").text_content())[-1] == MASTER
        expect(page.locator("#master-state")).to_have_text("The master is older than the strokes.")
        page.click("#make")
        expect(page.locator("#master-state")).to_contain_text("Being made")
        state = page.locator("#master-state")
        expect(state).not_to_contain_text("Being made", timeout=180_000)
        expect(page.locator("#master-reason")).to_be_hidden()
        expect(state).to_have_text("The master has all strokes.")
    told = read_record(tree.folder / MASTER, "master")
    assert (told["crop_px"], told["frames"]) == (crop, 5)
    assert "retouched by hand" in told["technique"]
    assert told["retouched"]["people"][0]["person"] == "Ada"
    x, y, width, height = crop
    painted = tiff.read_image(tree.folder / "specimens" / STACK / "stack/painted.tif")
    painted = painted[y : y + height, x : x + width]
    changed = (tiff.read_image(master) != before).any(axis=2)
    assert changed.any() and not changed[painted == 0].any()

    elsewhere = carried_to(tmp_path_factory.mktemp("a colleague's"), tree)
    make(elsewhere)
    its = (elsewhere.folder / MASTER).parent
    assert read_record(its / Path(MASTER).name, "master")["pixel_sha256"] == told["pixel_sha256"]
    assert tiff.pixel_digest(its / master.name) == told["pixel_sha256"]
    for file in master.parent.iterdir():
        if file.suffix != ".json":
            assert (its / file.name).read_bytes() == file.read_bytes()
