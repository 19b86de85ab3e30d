"""What the served site answers, asked as a browser asks and as no browser would."""

import json

import pytest

from tests.web.asking import Answer, Client
from tests.web.review import trees
from web import files
from web.review import templates
from web.review.app import application
from web.safety import Safety
from web.server import listening, serving

TEMPLATE = (
    '<!doctype html><head><link rel="stylesheet" href="static/shared/shell.css"></head>'
    '<body data-live="no"><script type="application/json" id="data"></script>'
    '<script type="module" src="static/stack/main.js"></script></body>'
)
TOKEN = "the-token"


@pytest.fixture
def stacks(tmp_path, monkeypatch):
    """A stack with a page, and templates."""
    static = tmp_path / "static"
    static.mkdir()
    for name in ("collection.html", "stack.html", "targets.html"):
        (static / name).write_text(TEMPLATE)
    monkeypatch.setattr(templates, "STATIC", static)
    stacks = trees.stack(tmp_path / "data")
    folder = trees.page(
        stacks,
        images=[
            {"id": "master", "kind": "master", "label": "Master", "file": {"url": "small.jpg"}},
            {"id": "depth", "kind": "overlay", "label": "Depth", "file": {"url": "depth.png"}},
        ],
        files=[
            {"what": "master", "url": "../../../../specimens/A-1/top/archival/A-1_top.tif"},
            {"what": "another's", "url": "../../../../../secret.txt"},
            {"what": "absolute", "url": "/etc/passwd"},
            {"what": "elsewhere", "url": "file:///etc/passwd"},
        ],
        warnings=[
            {"step": "qc", "kind": "halo", "text": "</script>", "acknowledged": "", "evidence": []}
        ],
    )
    (folder / "small.jpg").write_bytes(b"small")
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "out.jpg").symlink_to(tmp_path / "secret.txt")
    (folder / "evidence").mkdir()
    (folder / "evidence" / "halo-1.jpg").write_bytes(b"halo")
    (folder / "overlays").symlink_to(tmp_path)
    (tmp_path / "secret.png").write_text("secret")
    (folder / "other").mkdir()
    (folder / "other" / "small.jpg").write_bytes(b"of nobody")
    (folder / "note.txt").write_text("no picture")
    return stacks


@pytest.fixture
def client(stacks):
    """A browser of this computer that came with the token."""
    listener = listening(18620)
    port = listener.getsockname()[1]
    with serving(Safety(application(stacks), TOKEN, f"holostack-{port}"), listener):
        client = Client(port)
        assert client.enter(f"/?token={TOKEN}").status == 303
        yield client


def data_of(answer: Answer) -> dict:
    """What stands in a page."""
    assert answer.status == 200, answer.body
    return json.loads(templates.PLACE.search(answer.body.decode())[2])


def test_a_stack_is_shown_alive_with_tiles_of_all_its_pictures(client) -> None:
    answer = client.ask("/stack/A-1/top")
    text = answer.body.decode()
    assert '<body data-live="yes">' in text
    assert 'href="/static/shared/shell.css"' in text
    assert 'src="/static/stack/main.js"' in text
    assert "</script>" not in templates.PLACE.search(text)[2]
    data = data_of(answer)
    images = {image["id"]: image for image in data["images"]}
    assert list(images) == ["master", "depth", "fused", "frame-007"]
    assert images["depth"]["file"]["url"] == "/review/A-1/top/depth.png"
    assert images["frame-007"]["frame"] == 7
    for name in ("master", "fused", "frame-007"):
        assert images[name]["tiles"]["levels"] == [[40, 30]]
        address = images[name]["tiles"]["url"].format(level=0, x=0, y=0)
        tile = client.ask(address)
        assert (tile.status, tile.headers["content-type"]) == (200, "image/jpeg")
        assert "immutable" in tile.headers["cache-control"]
    assert client.ask("/review/A-1/top/small.jpg").body == b"small"
    assert client.ask("/review/A-1/top/evidence/halo-1.jpg").body == b"halo"
    for elsewhere in ("overlays/secret.png", "other/small.jpg", "evidence/..%2fsmall.jpg"):
        assert client.ask(f"/review/A-1/top/{elsewhere}").status == 404
    assert data["warnings"][0]["text"] == "</script>"


def test_a_file_is_given_only_where_it_is_of_its_stack(client) -> None:
    files = data_of(client.ask("/stack/A-1/top"))["files"]
    assert files[0]["url"] == "/files/A-1/top/0"
    got = client.ask(files[0]["url"])
    assert got.status == 200
    assert 'filename="A-1_top.tif"' in got.headers["content-disposition"]
    for number in (1, 2, 3, 4, 99):
        assert client.ask(f"/files/A-1/top/{number}").status == 404


def test_a_stack_s_picture_is_given_wherever_it_lies_but_no_other_file(client, stacks) -> None:
    page = stacks.data / "results/review/A-1/top/stack.json"
    kept = json.loads(page.read_text())
    derivative = stacks.data / "specimens/A-1/top/derivatives/A-1_top_thumbnail.jpg"
    derivative.parent.mkdir()
    derivative.write_bytes(b"a picture")
    (stacks.data / "secret.jpg").write_bytes(b"secret")
    way = "../../../../specimens/A-1/top/derivatives/A-1_top_thumbnail.jpg"
    for url, status in ((way, 200), ("../../../../secret.jpg", 404), (None, 404)):
        page.write_text(json.dumps(kept | {"picture": url}))
        answer = client.ask("/picture/A-1/top")
        assert answer.status == status, url
        assert b"secret" not in answer.body
    assert client.ask("/picture/A-2/top").status == 404


def test_the_collection_shows_what_a_run_told(client, stacks) -> None:
    told = {
        "format": "holostack-review 1",
        "made": "2026-11-27T07:00:00+00:00",
        "run": None,
        "columns": ["specimen", "view", "page", "picture"],
        "stacks": [["A-1", "top", "review/A-1/top/index.html", "review/A-1/top/small.jpg"]],
    }
    (stacks.results / "index.html").write_text(
        f'<script type="application/json" id="data">{templates.in_page(told)}</script>'
    )
    row = ["A-1", "top", "/stack/A-1/top", "/review/A-1/top/small.jpg"]
    assert data_of(client.ask("/")) == told | {"stacks": [row], "targets": False}
    # Where no pictures were drawn, a derivative of the stack or of its object stands for them.
    told["stacks"][0][3] = "../archive/A-1/thumbnail.jpg"
    (stacks.results / "index.html").write_text(
        f'<script type="application/json" id="data">{templates.in_page(told)}</script>'
    )
    assert data_of(client.ask("/"))["stacks"][0][3] == "/picture/A-1/top"
    moved = client.ask("/review/A-1/top/index.html")
    assert moved.headers["location"] == "/stack/A-1/top"


def test_colour_targets_are_shown_once_some_were_measured(client, stacks, tmp_path) -> None:
    assert client.ask("/targets/").status == 409
    folder = stacks.results / "targets"
    folder.mkdir()
    told = {"most_drift": 2.0, "rows": [], "sessions": {}}
    (folder / "index.html").write_text(
        f'<script type="application/json" id="data">{templates.in_page(told)}</script>'
    )
    (folder / "a.jpg").write_bytes(b"shot")
    (folder / "a.json").write_text("{}")
    (folder / "out.jpg").symlink_to(tmp_path / "secret.txt")
    assert data_of(client.ask("/targets/")) == told
    assert data_of(client.ask("/"))["targets"] is True
    assert client.ask("/targets/a.jpg").body == b"shot"
    assert client.ask("/targets/index.html").headers["location"] == "/targets/"
    for name in ("a.json", "out.jpg", "b.jpg", "..%2findex.html"):
        assert client.ask(f"/targets/{name}").status == 404


def test_before_any_run_the_collection_shows_the_sheet(client, stacks) -> None:
    (stacks.data / "config").mkdir()
    sheet = stacks.data / "config/specimens.csv"
    sheet.write_text("specimen,view,source\nB-1,side,/frames\n")
    data = data_of(client.ask("/"))
    assert dict(zip(data["columns"], data["stacks"][0]))["specimen"] == "B-1"
    answer = client.ask("/stack/B-1/side")
    assert (answer.status, answer.json()["error"]) == (
        409,
        "B-1/side: no run has made its page yet; run the workflow, then look again",
    )


def test_of_npm_only_what_pages_name_is_given(client, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(files, "FROM_NPM", tmp_path)
    assert client.ask("/static/vendor/openseadragon.min.js").status == 404
    script = tmp_path / files.VENDOR["vendor/openseadragon.min.js"]
    script.parent.mkdir(parents=True)
    script.write_text("zoom")
    answer = client.ask("/static/vendor/openseadragon.min.js")
    assert (answer.body, answer.headers["content-type"]) == (
        b"zoom",
        "text/javascript; charset=utf-8",
    )
    assert client.ask("/static/vendor/../openseadragon/package.json").status == 404


@pytest.mark.parametrize(
    "path",
    [
        *("/stack/..%2f..%2fsecret/top", "/stack/A-1/..", "/stack/%2e%2e/top", "/stack/A-1/%00"),
        *("/review/A-1/top/..%2fstack.json", "/review/A-1/top/%2fetc%2fpasswd"),
        *("/review/A-1/top/out.jpg", "/review/A-1/top/stack.json", "/review/A-1/top/note.txt"),
        *("/review/A-1/top/..%5csmall.jpg", "/review/..%2fA-1/top/small.jpg", "/review/A-1/top/"),
        *("/tiles/A-1/top/master/0/0_0.jpg%00", "/tiles/A-1/top/..%2fmaster/0/0_0.jpg"),
        *("/tiles/A-1/top/method-..%2f..%2fx/0/0_0.jpg", "/tiles/A-1/top/version-v1/0/0_0.jpg"),
        *("/tiles/A-1/top/master/1/0_0.jpg", "/tiles/A-1/top/master/0/-1_0.jpg"),
        *("/tiles/A-1/top/master/0/9_0.jpg", "/tiles/A-1/top/master/0/x.jpg"),
        *("/tiles/A-1/top/master/0/%D9%A1_0.jpg", "/tiles/A-1/top/frame-008/0/0_0.jpg"),
        *("/tiles/A-1/top/slab-001/0/0_0.jpg", f"/tiles/A-1/top/master/0/{'9' * 30}_0.jpg"),
        *("/files/A-1/top/-1", "/files/A-1/top/0%00", "/static/..%2fapp.py", "/nothing"),
        *("/static/../review/app.py", "/%2e%2e/%2e%2e/etc/passwd", f"/stack/{'A' * 5000}/top"),
    ],
)
def test_what_no_page_tells_of_is_not_found(client, path: str) -> None:
    answer = client.ask(path)
    assert answer.status == 404, answer.body
    assert b"secret" not in answer.body
    assert b"Traceback" not in answer.body


def test_a_picture_that_is_a_link_out_of_its_stack_is_not_shown(client, stacks, tmp_path) -> None:
    folder = stacks.known("A-1", "top").folder
    elsewhere = tmp_path / "other.tif"
    (folder / "stack/fused.tif").rename(elsewhere)
    (folder / "stack/fused.tif").symlink_to(elsewhere)
    assert client.ask("/tiles/A-1/top/fused/0/0_0.jpg").status == 404
    (folder / "tiff/one.tif").unlink()
    (folder / "tiff/one.tif").symlink_to(elsewhere)
    assert client.ask("/tiles/A-1/top/frame-007/0/0_0.jpg").status == 404
    assert client.ask("/tiles/A-1/top/master/0/0_0.jpg").status == 200


def test_a_damaged_picture_or_page_is_told_in_a_sentence(client, stacks) -> None:
    folder = stacks.known("A-1", "top").folder
    (folder / "stack/fused.tif").write_bytes(b"II*\0")
    answer = client.ask("/tiles/A-1/top/fused/0/0_0.jpg")
    assert (answer.status, "not a readable TIFF" in answer.json()["error"]) == (409, True)
    (stacks.results / "review/A-1/top/stack.json").write_text("{")
    assert client.ask("/stack/A-1/top").status == 409


def test_only_this_computers_own_pages_are_answered(client) -> None:
    paths = ("/", "/stack/A-1/top", "/tiles/A-1/top/master/0/0_0.jpg", "/files/A-1/top/0")
    for path in paths:
        for headers in (
            {"Host": "evil.example"},
            {"Origin": "http://evil.example"},
            {"Sec_Fetch_Site": "cross-site"},
            {"Cookie": "holostack-1=guessed"},
        ):
            assert client.ask(path, **headers).status == 403
    client.cookie = ""
    assert {client.ask(path).status for path in paths} == {403}
