"""A stack's page as a person sees it: what stands on the screen, and places that are pressed."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image
from playwright.sync_api import Page

# A served page's policy forbids a <style>, and takes a sheet that a script made.
SHEETS = """text => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  document.adoptedStyleSheets = [sheet];
}"""
BARE = "#stage > :not(#pictures) { visibility: hidden } #stage { outline: 0 !important }"


def shown(page: Page) -> np.ndarray:
    """The pictures as they stand on the screen, without what lies over them, (h, w, 3)."""
    page.evaluate(SHEETS, BARE)
    stage = Image.open(io.BytesIO(page.locator("#stage").screenshot()))
    page.evaluate(SHEETS, "")
    return np.asarray(stage.convert("RGB")).astype(int)


def settled(page: Page, picture: str) -> None:
    """A picture is on the stage, and nothing moves."""
    page.wait_for_selector(f"#stage[data-shown='{picture}'][aria-busy=false]")
    page.wait_for_timeout(350)


def press(page: Page, x: float, y: float) -> None:
    """A click at a place of the stage that is no double click with the one before."""
    box = page.locator("#stage").bounding_box()
    page.mouse.click(box["x"] + x, box["y"] + y)
    page.wait_for_timeout(350)
