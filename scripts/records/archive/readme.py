"""README.html of a version: what the object is, how to check it and how to make it again.

For who has nothing but the object, a browser, sha256sum and exiftool. It is one file without
scripts and without anything from elsewhere, and says only what the records say, so that the same
version has the same page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from pathlib import Path

from records.archive import ocfl
from records.archive.history import versions_of
from records.archive.ocfl import Inventory, version_name
from records.layout import CRATE, PROGRAM
from records.metadata.darwincore import MEDIA, OCCURRENCE
from records.provenance.story import Story
from records.sheet.folder_names import catalog_number
from records.text import cleaned

STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "h1,h2{line-height:1.2}table{border-collapse:collapse}"
    "td,th{text-align:left;vertical-align:top;padding:.2rem 1rem .2rem 0}"
    "pre{background:#f4f4f4;padding:.6rem;overflow-x:auto;font-size:13px}"
    "code{background:#f4f4f4}"
)
# How the sheet's words are called.
NAMES = {
    "catalog_number": "Catalogue number",
    "scientific_name": "Scientific name",
    "institution_code": "Institution",
    "collection_code": "Collection",
    "occurrence_id": "Occurrence ID",
    "basis_of_record": "Kind of specimen",
    "event_date": "Collected",
    "type_status": "Type status",
    "sex": "Sex",
    "life_stage": "Life stage",
    "subject_part": "Part shown",
    "caption": "What is shown",
    "creator": "Photographs by",
    "rights": "Rights",
    "licence_url": "Licence",
}


def page(root: Path, story: Story) -> bytes:
    """The page of a version that is about to be added to an object.

    Parameters
    ----------
    root : of the archive, of which the page says nothing; the versions before are read there
    story : of the version, without the records that come with it
    """
    folder = ocfl.object_folder(root, story.identifier)
    previous = ocfl.read_inventory(folder) if folder else None
    body = "\n".join(_body(previous, story))
    title = escape(f"{_number(story)} {story.view}")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    ).encode()


def _body(previous: Inventory | None, story: Story) -> Iterator[str]:
    inventory, _ = ocfl.next_inventory(
        previous, story.identifier, dict(story.digests), dict(story.block)
    )
    places = {digest: paths[0] for digest, paths in inventory["manifest"].items()}
    version = version_name(story.number)
    yield f"<h1>{escape(_number(story))}, {escape(story.view)}</h1>"
    yield (
        "<p>An all-in-focus image of a museum specimen, fused out of photographs at different "
        "focus, with these photographs and everything that was recorded while it was made. This is "
        f"{version} of the object <code>{escape(story.identifier)}</code> in an archive by OCFL "
        "1.1.</p>"
    )
    words = {**story.words, **{key: text for key, text in story.row.items() if text}}
    yield _table(
        (NAMES[key], cleaned(str(words[key])))
        for key in {**OCCURRENCE, **MEDIA}
        if key in NAMES and words.get(key)
    )
    yield "<h2>What is in it</h2>"
    yield _table(_contents(story, places))
    yield "<h2>Is it whole?</h2>"
    yield from _checks(story, places, inventory["versions"][version]["state"])
    yield "<h2>How it was made</h2>"
    yield (
        f"<p>By Holostack {escape(story.holostack) or '(version not recorded)'}, step by step with "
        f"these commands. Times, software and parameters of each stand in <code>{CRATE}</code> (an "
        "RO-Crate) and in the records in <code>stack/</code>.</p>"
    )
    if commands := [run.log.command for run in story.making.runs if run.log.command]:
        yield f"<pre>{escape(chr(10).join(map(cleaned, commands)))}</pre>"
    else:
        yield "<p>No command was recorded.</p>"
    yield "<h2>Making it again</h2>"
    yield (
        f"<p>The program itself is <code>{PROGRAM}</code> in this version, with the pins of all "
        "libraries. Unpacked, with Python 3.11 or newer and an archive that holds this object,</p>"
        "<pre>python3 envs/run.py python scripts/audit.py --archive ARCHIVE --object "
        f"{escape(story.specimen)}/{escape(story.view)}</pre>"
        "<p>makes the master again out of the photographs and compares its pixels. It fetches the "
        "libraries by their hashes; without a network, where the archive keeps them, put "
        "<code>HOLOSTACK_WHEELS=ARCHIVE/extensions/holostack-wheels/FOLDER</code> before it.</p>"
    )
    yield "<h2>What happened to it</h2>"
    yield _history(previous, story)


def _number(story: Story) -> str:
    return catalog_number({**story.words, **story.row}, story.specimen)


def _table(rows: Iterable[tuple[str, str]]) -> str:
    lines = [f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in rows]
    return "\n".join(["<table>", *lines, "</table>"]) if lines else ""


def _contents(story: Story, places: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for path in story.masters:
        size = f"{story.sizes[path]} bytes" if path in story.sizes else ""
        yield "The image", "; ".join(filter(None, [places[story.digests[path]], size]))
    for path, digest in sorted(story.digests.items()):
        if path.startswith("archival/") and path in story.making.descriptions:
            yield "With it", f"{places[digest]}: {story.making.descriptions[path]}"
    if story.raws:
        count = f"{len(story.raws)} file{'s' if len(story.raws) > 1 else ''}"
        yield "Photographs", f"{count}, as the camera wrote them, in raw/"
    used = sorted(path for path in story.digests if path.startswith("derivatives/"))
    if used:
        yield "For use", ", ".join(places[story.digests[path]] for path in used)


def _checks(
    story: Story, places: Mapping[str, str], state: Mapping[str, list[str]]
) -> Iterator[str]:
    yield (
        "<p>A file is whole if its SHA-256 is the one that was noted when it was archived. Copy "
        "these lines into a file <code>/tmp/sums.txt</code>, outside the object; in the object's "
        "folder (where <code>inventory.json</code> lies), <code>sha256sum --check /tmp/sums.txt"
        "</code> says OK of every file, or names those that differ or are missing.</p>"
    )
    by_place = sorted((places[digest], digest) for digest in state)
    lines = [f"{digest}  {place}" for place, digest in by_place]
    yield f'<pre id="sums">{escape(chr(10).join(lines))}\n</pre>'
    yield (
        "<p><code>inventory.json</code> lists these and the files about how it was made; whether "
        "it is whole itself, <code>sha256sum --check inventory.json.sha256</code> says.</p>"
    )
    if masters := [places[story.digests[path]] for path in story.masters]:
        yield (
            "<p>What the image says of itself, and whether its tags are sound, by exiftool:</p>"
            f"<pre>exiftool -a -G1 {escape(masters[0])}\n"
            f"exiftool -validate -warning -error -a {escape(masters[0])}</pre>"
        )


def _history(previous: Inventory | None, story: Story) -> str:
    told = [
        (one.name, one.created, one.user, one.said)
        for one in (versions_of(previous) if previous else [])
    ]
    said = [line.strip() for line in str(story.block["message"]).splitlines() if line.strip()]
    user = str(story.block.get("user", {}).get("name", ""))
    told.append((version_name(story.number), str(story.block["created"]), user, said))
    return _table(
        (name, cleaned(f"{', '.join(filter(None, (created, who)))}: {' '.join(lines)}"))
        for name, created, who, lines in told
    )
