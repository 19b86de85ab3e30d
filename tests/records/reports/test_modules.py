"""One classic script holds what pages import."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from records.reports.modules import modules_script


@pytest.fixture
def static(tmp_path: Path) -> Path:
    """A folder of modules that import each other in each way that there is."""
    for name, text in {
        "disk.js": "/* the loader, · */\n",
        "one/main.js": 'import "../shared.js";\nimport { c } from "./a.js";\n',
        "one/a.js": "export {\n  c\n} from './deep/c.js';\n",
        "one/deep/c.js": "const w = await import(`../../words/${name}.js`);\n",
        "shared.js": 'export const told = "from ./elsewhere.js to here";\n',
        "words/de.js": 'export default {"a": "Ä"};\n',
        "words/en.js": 'export default {"a": "A"};\n',
        "other/main.js": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def texts(script: str) -> dict[str, str]:
    given = script.removeprefix("window.holostackModules = ")
    return json.JSONDecoder().raw_decode(given)[0]


def test_a_page_s_modules_are_taken_along_and_call_each_other_by_name(static: Path) -> None:
    assert texts(modules_script(static, ["one/main.js"])) == {
        "one/a.js": "export {\n  c\n} from 'holostack/one/deep/c.js';\n",
        "one/deep/c.js": "const w = await import(`holostack/words/${name}.js`);\n",
        "one/main.js": 'import "holostack/shared.js";\nimport { c } from "holostack/one/a.js";\n',
        "shared.js": 'export const told = "from ./elsewhere.js to here";\n',
        "words/de.js": 'export default {"a": "Ä"};\n',
        "words/en.js": 'export default {"a": "A"};\n',
    }


def test_the_script_is_ascii_and_the_loader_comes_last(static: Path) -> None:
    script = modules_script(static, ["one/main.js", "other/main.js"])
    assert script.isascii()
    assert script.endswith(";\n/* the loader, ? */\n")


def test_a_module_that_is_not_there_is_told(static: Path) -> None:
    (static / "other" / "main.js").write_text('import "./gone.js";')
    with pytest.raises(FileNotFoundError, match=r"other/gone\.js"):
        modules_script(static, ["other/main.js"])
