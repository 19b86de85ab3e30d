"""The page of colour targets from disk: every session, in the person's language, in any window."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from records.reports.review_site import Site, write_targets
from records.targets.page import page_of

STATIC = Path(__file__).parents[4] / "web" / "static"
MATRIX = ",".join(["1.6565"] * 9)


def record(session, **more):
    return {
        "session": session,
        "warnings": ["the <b>target</b> is 3.2 years old"],
        "figures": {"tone": 2.04},
        "levels": [{"guideline": "fadgi", "level": "3 stars", "by_figure": {"tone": "3 stars"}}],
        "patches": [{"patch": "A1", "de2000": 1.04}, {"patch": "B1", "de2000": 3.0}],
        **more,
    }


@pytest.fixture
def page(tmp_path, pages):
    profile = {"white_balance": "1.8,1,2.4", "camera_matrix": MATRIX}
    profile |= {"color_mean": 1.24, "left_out_mean": 2.5}
    rows = [
        {"session": "2026-03", "level_fadgi": "3 stars", "color_mean_de2000": 1.234},
        {"session": "2026-04 &c", "target": "<i>", "drift_from_first_de2000": 3.5},
    ]
    records = [record("2026-03"), record("2026-04 &c", profile=profile)]
    site = Site(tmp_path / "results", STATIC)
    unmeasured = {"2026-05": "<b>5</b>.nef: no such file"}
    write_targets(site, site.targets, page_of(records, rows, unmeasured))
    page = pages(site.targets.as_uri())
    page.locator("body[data-ready=yes]").wait_for()
    return page


def test_each_session_is_told_the_newest_first_in_either_language_and_fits(page) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    assert page.locator("#each h2").all_inner_texts() == ["2026-05", "2026-04 &c", "2026-03"]
    unmeasured, newest = (page.locator("#each section").nth(k) for k in (0, 1))
    expect(unmeasured).to_contain_text("Could not be measured:")
    expect(unmeasured.locator(".warning")).to_have_text("<b>5</b>.nef: no such file")
    expect(newest).to_contain_text("the <b>target</b> is 3.2 years old")
    expect(newest).to_contain_text("Furthest off, ΔE2000: B1 3.0, A1 1.0.")
    expect(newest).to_contain_text(
        "FADGI 2023: 3 stars; ΔL* of the greys is 2.0, 4 stars has below 1.5"
    )
    expect(newest.locator("pre")).to_contain_text(f'camera_matrix: "{MATRIX}"')
    expect(page.locator("#sessions td", has_text="1.23")).to_be_visible()
    assert page.locator("#drawing title").all_text_contents() == ["2026-03: 0.0", "2026-04 &c: 3.5"]
    page.locator("#sessions a").last.click()
    expect(newest.locator("h2")).to_be_in_viewport()
    # The table and a matrix scroll by themselves; the page does not.
    wide = "element => element.scrollWidth - element.clientWidth"
    assert page.locator("main").evaluate(wide) == page.locator("html").evaluate(wide) == 0
    page.click("#language")
    expect(unmeasured).to_contain_text("Konnte nicht gemessen werden:")
    expect(newest).to_contain_text("Am weitesten daneben, ΔE2000: B1 3,0, A1 1,0.")
    expect(newest).to_contain_text("ΔL* der Graufelder: 2,0, für 4 Sterne unter 1,5")
    expect(page.locator("#sessions td", has_text="3 Sterne")).to_be_visible()
    expect(page).to_have_title("Farbtafeln · Holostack")
