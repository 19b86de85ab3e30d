"""Pages are filled with data that nothing gets out of, and work from disk."""

from __future__ import annotations

import json
import re

from records.reports import review_site
from records.reports.review_site import Site, as_json, filled, put_static, write_collection
from tests.conftest import ROOT

TEMPLATE = """<link rel="stylesheet" href="/static/shared/shell.css" />
<script type="application/json" id="data"></script>
<script type="module" src="static/stack/main.js"></script>
"""
EVIL = '</script><script>alert(1)</script><!-- <script type="module" src="static/x.js"></script>'


def test_data_cannot_end_the_element_that_they_stand_in():
    page = filled(TEMPLATE, as_json({"name": EVIL}), "../../")
    assert page.count("</script>") == 2 and "<!--" not in page
    (told,) = re.findall(r'id="data">(.*?)</script>', page)
    assert json.loads(told) == {"name": EVIL}


def test_a_page_from_disk_names_its_files_relative_to_itself_and_no_module():
    page = filled(TEMPLATE, "{}", "../../")
    assert 'href="../../static/shared/shell.css"' in page
    assert '<script src="../../static/modules.js" data-main="stack/main.js"></script>' in page
    assert "module" not in page.replace("modules.js", "")


def test_what_is_no_number_to_json_is_null():
    assert as_json({"depth": float("nan"), "name": "ü"}) == '{"depth":null,"name":"ü"}'


def test_what_pages_use_is_copied_and_copied_again_only_when_it_changed(tmp_path):
    site = Site(tmp_path, ROOT / "web" / "static")
    put_static(site)
    copy = tmp_path / "static" / "shared" / "shell.css"
    assert copy.read_bytes() == (ROOT / "web" / "static" / "shared" / "shell.css").read_bytes()
    before = copy.stat().st_mtime_ns
    (tmp_path / "static" / "modules.js").write_text("old")
    put_static(site)
    assert copy.stat().st_mtime_ns == before
    assert (tmp_path / "static" / "modules.js").read_text() != "old"


def test_a_page_asks_nothing_of_the_outside(tmp_path):
    site = Site(tmp_path, ROOT / "web" / "static")
    write_collection(site, {"stacks": []})
    put_static(site)
    for page in tmp_path.rglob("*.html"):
        assert not re.findall(r'(?:src|href)="(?:https?:)?//', page.read_text()), page


def test_a_machine_without_npm_has_pages_all_the_same(tmp_path, monkeypatch):
    for name, is_there in (("with", True), ("without", False)):
        npm = tmp_path / name / "node_modules"
        zoom = npm / "openseadragon" / "build" / "openseadragon" / "openseadragon.min.js"
        if is_there:
            zoom.parent.mkdir(parents=True)
            zoom.write_text("zoom")
        monkeypatch.setattr(review_site, "FROM_NPM", npm)
        put_static(Site(tmp_path / name, ROOT / "web" / "static"))
        copy = tmp_path / name / "static" / "vendor" / "openseadragon.min.js"
        assert copy.is_file() == is_there
        assert (tmp_path / name / "static" / "modules.js").is_file()
