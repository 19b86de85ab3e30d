"""A page from disk runs its modules, which browsers refuse to take from files."""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.sync_api import expect

from records.reports.modules import modules_script

STATIC = Path(__file__).parents[3] / "web" / "static"
MODULES = {
    "page/main.js": """import { other } from "./other.js";
        export const mine = "main";
        const words = (await import(`../words/${"de"}.js`)).default;
        document.getElementById("told").textContent = `${other()} ${words.word}`;""",
    # They import each other, as modules may.
    "page/other.js": 'import { mine } from "./main.js";\nexport const other = () => `of ${mine}:`;',
    "words/de.js": 'export default { "word": "größer" };',
}


def test_modules_run_in_a_page_from_disk(tmp_path: Path, pages) -> None:
    shutil.copy(STATIC / "disk.js", tmp_path)
    for name, text in MODULES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "modules.js").write_text(modules_script(tmp_path, ["page/main.js"]))
    # In the head, before what the module writes into.
    (tmp_path / "index.html").write_text(
        '<!doctype html><head><script src="modules.js" data-main="page/main.js"></script></head>'
        '<body><p id="told"></p></body>'
    )
    for name in MODULES:
        (tmp_path / name).unlink()
    page = pages((tmp_path / "index.html").as_uri())
    expect(page.locator("#told")).to_have_text("of main: größer")
