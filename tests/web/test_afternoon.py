"""An afternoon at the copy stand in a real browser: three specimens, two views, to the archive."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.web.benches import Served, served, virtual_rig

SPECIMENS = ("USNM-ENT-01234567", "USNM-ENT-01234568", "USNM-ENT-01234569")
VIEWS = ("dorsal", "lateral")
FRAMES = 6
# For stacks that are worked on in the background, all together.
RUNS_S = 900.0


def written(folder: Path) -> Path:
    """A data tree with a rig whose frames take their time, so that a person can stop one."""
    rig = virtual_rig(folder / "config" / "rig.yaml", travel={"settle_s": 0.2})
    with rig.open("a") as file:
        file.write(f"views: [{', '.join(VIEWS)}]\n")
    # Of what is made of a master, the page shows the thumbnail.
    (rig.parent / "config.yaml").write_text("derive: {web: null, print: null}\n")
    return rig


def without_nice(folder: Path) -> Path:
    """Programs for a machine that has other tests to run: who gives way to them never ends."""
    nice = folder / "nice"
    folder.mkdir()
    nice.write_text('#!/bin/sh\nshift 2\nexec "$@"\n')
    nice.chmod(0o755)
    return folder


def shown(page: Page, folder: Path, name: str) -> None:
    """Keep what is to be seen, for people to look at."""
    page.screenshot(path=folder / "pictures" / f"{name}.png")


def lay(page: Page, bench: Served, specimen: str) -> None:
    """Type a number as a scanner does."""
    page.locator("#specimen").click()
    page.keyboard.type(specimen)
    page.keyboard.press("Enter")
    bench.wait_for(lambda state: state["table"]["specimen"] == specimen)
    expect(page.locator(f"[data-view='{VIEWS[0]}']")).to_be_visible()


def clear(page: Page, bench: Served) -> None:
    """Turn to the next specimen."""
    idle(page)
    page.keyboard.press("n")
    bench.wait_for(lambda state: state["table"]["specimen"] == "")


def state_of(state: dict, view: str) -> str:
    return {one["view"]: one["state"] for one in state["table"]["views"]}.get(view, "")


def shoot(page: Page, bench: Served, view: str) -> None:
    """Capture the view that is next, to its end."""
    bench.wait_for(lambda state: state["table"]["view"] == view)
    idle(page)
    page.keyboard.press("c")
    bench.wait_for(lambda state: state_of(state, view) == "shot", 60)
    expect(page.locator(f"[data-view='{view}'][data-state='shot']")).to_be_visible()


def idle(page: Page) -> None:
    """Wait until the page knows that nothing is done."""
    page.wait_for_selector("body[data-doing='']")


@pytest.mark.slow
def test_three_specimens_of_two_views_in_an_afternoon(tmp_path, pages) -> None:
    rig = written(tmp_path)
    began = time.monotonic()
    with served(tmp_path, rig, path=str(without_nice(tmp_path / "programs"))) as bench:
        bench.at_rest()
        page = pages(bench.address)
        page.wait_for_selector("body[data-connected='true']")

        # See: a picture, and how sharp it is under the loupe.
        page.locator("#live").hover()
        expect(page.locator("#loupe-sharpness")).to_have_text(re.compile(r"\d"))
        shown(page, tmp_path, "1-live")

        # Focus: a sweep finds both ends, and a person accepts them.
        idle(page)
        page.keyboard.press("w")
        swept = bench.wait_for(lambda s: (s["desk"]["sweep"] or {}).get("done"), 60)["desk"][
            "sweep"
        ]
        assert max(swept["sharpness"]) > 2 * min(swept["sharpness"])
        idle(page)
        shown(page, tmp_path, "2-sweep")
        page.keyboard.press("a")
        marks = bench.wait_for(lambda s: s["desk"]["marks"].get("end_um"))["desk"]["marks"]
        assert marks["start_um"] < marks["end_um"]

        # Plan: another step, of as many frames as the test has patience for.
        step_um = round((marks["end_um"] - marks["start_um"]) / (FRAMES - 1) + 1)
        page.locator("#plan-step").fill(str(step_um))
        page.locator("#plan-step").press("Enter")
        plan = bench.wait_for(lambda s: s["desk"]["plan"].get("step_um") == step_um)["desk"]["plan"]
        assert plan["frames"] == FRAMES
        shown(page, tmp_path, "3-plan")

        # Test shot: judged.
        page.keyboard.press("Escape")
        idle(page)
        page.keyboard.press("t")
        shot = bench.wait_for(lambda s: s["desk"]["shot"], 60)["desk"]["shot"]
        assert (shot["is_black"], len(shot["histogram"]["green"])) == (False, 256)
        idle(page)
        shown(page, tmp_path, "4-shot")

        # The first view is stopped, and gone on with.
        lay(page, bench, SPECIMENS[0])
        idle(page)
        page.keyboard.press("c")
        bench.wait_for(lambda s: len((s["desk"]["capture"] or {}).get("taken", ())) >= 2, 60)
        expect(page.locator("#films [data-frame]").nth(1)).to_be_visible()
        shown(page, tmp_path, "5-capture")
        page.keyboard.press("Space")
        bench.wait_for(lambda state: state_of(state, VIEWS[0]) == "interrupted")
        kept = sorted(path.name for path in raws(tmp_path, SPECIMENS[0], VIEWS[0]))
        assert 2 <= len(kept) < FRAMES
        # Loaded again meanwhile, the page has it all.
        page.reload()
        expect(page.locator(f"[data-view='{VIEWS[0]}'][data-state='interrupted']")).to_be_visible()
        shoot(page, bench, VIEWS[0])
        shoot(page, bench, VIEWS[1])

        # A frame that nobody recorded lies in the way: it is told, put right, and shot.
        clear(page, bench)
        lay(page, bench, SPECIMENS[1])
        stray = tmp_path / "specimens" / SPECIMENS[1] / VIEWS[0] / "raw" / "IMG_0001.dng"
        stray.parent.mkdir(parents=True)
        stray.write_bytes(b"of yesterday")
        idle(page)
        page.keyboard.press("c")
        expect(page.locator("#last-message")).to_contain_text("raw", timeout=30_000)
        shown(page, tmp_path, "6-failure")
        stray.unlink()
        for view in VIEWS:
            shoot(page, bench, view)
        clear(page, bench)
        lay(page, bench, SPECIMENS[2])
        for view in VIEWS:
            shoot(page, bench, view)

        # Meanwhile the stacks were worked on; all end.
        names = {f"{specimen}/{view}" for specimen in SPECIMENS for view in VIEWS}
        runs = bench.wait_for(
            lambda s: (
                {one["stack"] for one in s["runs"]["stacks"] if one["state"] == "done"} >= names
                or [one for one in s["runs"]["stacks"] if one["state"] == "failed"]
            ),
            RUNS_S,
        )["runs"]
        assert [one for one in runs["stacks"] if one["state"] == "failed"] == []
        page.locator("#tab-stacks").click()
        expect(page.locator("[data-stack][data-state='done']")).to_have_count(len(names))
        shown(page, tmp_path, "7-stacks")
        for width, height in ((1024, 768), (820, 1180)):
            page.set_viewport_size({"width": width, "height": height})
            shown(page, tmp_path, f"8-{width}")
    print(f"an afternoon of {time.monotonic() - began:.0f} s; pictures in {tmp_path}/pictures")
    for specimen in SPECIMENS:
        for view in VIEWS:
            record = json.loads(
                (tmp_path / "specimens" / specimen / view / "capture.json").read_text()
            )
            assert len(record["frames"]) == len(raws(tmp_path, specimen, view)) == FRAMES
            assert (tmp_path / "specimens" / specimen / view / "archive.json").is_file()


def raws(folder: Path, specimen: str, view: str) -> list[Path]:
    return list((folder / "specimens" / specimen / view / "raw").iterdir())
