"""The gallery: one page that shows every stack, those that need a look first."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from records.files import read_record
from records.layout import LEDGER, QC, RECEIPT, REFUSED, TRANSFORMS, master_name
from records.ledger.properties import unknown
from records.ledger.table import REJECTED, USED, read_ledger
from records.log import read_log
from records.reports.qc import to_show
from records.reports.summary import last_error
from records.sheet.folder_names import catalog_number

STOPPED, LOOK, GOOD, WAITING = "stopped", "look", "good", "waiting"
ORDER = (STOPPED, LOOK, WAITING, GOOD)
TITLES = {
    STOPPED: "Stopped",
    LOOK: "Made, with warnings",
    WAITING: "Not finished",
    GOOD: "Made",
}
# Crops of what the checks found that are shown beside the picture.
MOST_EVIDENCE = 2
# A bar of the chart is full height from so many px on.
FULL_BAR_PX = 0.5
_STYLE = """
body{font:15px/1.4 system-ui,sans-serif;margin:1.5em;background:#f4f4f2;color:#222}
h1{font-size:1.4em}h2{font-size:1.1em;margin:1.5em 0 .5em}
main{display:grid;grid-template-columns:repeat(auto-fill,minmax(420px,1fr));gap:1em}
article{background:#fff;border-left:6px solid #999;padding:.8em;overflow-wrap:anywhere}
.stopped{border-color:#b3261e}.look{border-color:#e0a100}.good{border-color:#3a7d44}
h3{margin:0 0 .4em;font-size:1em}figure{margin:0;flex:1;min-width:0}
.pictures{display:flex;gap:.5em}
img{width:100%;height:150px;object-fit:contain;background:#111}
figcaption{font-size:.8em;color:#555}dl{display:grid;grid-template-columns:auto 1fr;gap:0 .8em}
dt{color:#555}dd{margin:0}
.reason{white-space:pre-wrap;background:#fbf3e0;padding:.4em;margin:.4em 0}
.stopped .reason{background:#fbe9e7}
svg{display:block;width:100%;height:36px;background:#eee}rect{fill:#8aa}.off{fill:#e0a100}
"""


@dataclass(frozen=True)
class Card:
    """What the page says of one stack.

    Attributes
    ----------
    number : the specimen's catalogue number
    state : one of `ORDER`
    reasons : why it stopped, or its warnings
    facts : (name, value) pairs with units
    pictures : (file, caption)
    links : (file, name)
    bars : (frame, px, whether that is warned of) of how far its place is uncertain
    """

    specimen: str
    number: str
    view: str
    state: str
    reasons: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    pictures: tuple[tuple[Path, str], ...] = ()
    links: tuple[tuple[Path, str], ...] = ()
    bars: tuple[tuple[int, float, bool], ...] = ()


def card(stack: Path, logs: Path, depth: tuple[Path, str] | None = None) -> Card:
    """Gather what the files of a stack say.

    Parameters
    ----------
    stack : its folder, `{specimen}/{view}`
    logs : folder of its logs
    depth : picture of its depth map and its caption

    Raises
    ------
    RecordError
        A record or the ledger is damaged, or of a newer version.
    """
    specimen, view = stack.parent.name, stack.name
    receipt = stack / RECEIPT
    archived = _record(receipt, "receipt")
    error = last_error(logs, since=receipt.stat().st_mtime if receipt.is_file() else 0.0)
    findings = _record(stack / QC, "qc").get("findings", [])
    to_look_at = to_show({"findings": findings})
    # What alignment warned of is among the findings as well, and may be acknowledged there.
    messages = [finding["message"] for finding in findings]
    warnings = (
        *(f"{finding['code']}: {finding['message']}. {finding['do']}" for finding in to_look_at),
        *(line for line in _warnings(logs) if not any(message in line for message in messages)),
    )
    master = stack / master_name(specimen, view)
    record = _record(master.with_name(f"{master.name}.json"), "master")
    facts = [*_frames(stack), *_alignment(stack), *_master(record)]
    if receipt.is_file():
        facts.append(("archived", archived.get("version", "")))
    state = STOPPED if error else WAITING if not receipt.is_file() else LOOK if warnings else GOOD
    derivatives = stack / "derivatives"
    small = ((derivatives / f"{specimen}_{view}_{name}.jpg", name) for name in ("thumbnail", "web"))
    pictures = [picture for picture in small if picture[0].is_file()][:1]
    pictures += [depth] if depth else []
    pictures += [
        (stack / "stack" / "qc" / finding["pictures"][0], finding["code"])
        for finding in to_look_at
        if finding["pictures"]
    ][:MOST_EVIDENCE]
    links = [
        (master.with_name(f"{master.name}.tif"), "master"),
        (derivatives, "derivatives"),
        (stack / LEDGER, "ledger"),
        (stack / QC, "checks"),
        (stack / REFUSED, "refused ledger"),
        (logs, "logs"),
    ]
    return Card(
        specimen,
        str(catalog_number(record.get("metadata", {}), specimen)),
        view,
        state,
        (error, *warnings) if error else warnings,
        tuple((name, str(text)) for name, text in facts),
        tuple((path, str(caption)) for path, caption in pictures),
        tuple((path, name) for path, name in links if path.exists()),
        _uncertain(stack, findings),
    )


def page(cards: Sequence[Card], beside: Path) -> str:
    """The page as HTML that needs no other file but the pictures.

    Parameters
    ----------
    beside : folder in which the page will lie; links start from there
    """
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8"><title>Holostack gallery</title>',
        '<meta name="viewport" content="width=device-width">',
        f"<style>{_STYLE}</style></head><body><h1>Stacks</h1>",
    ]
    for state in ORDER:
        chosen = [card for card in cards if card.state == state]
        if chosen:
            parts.append(f"<h2>{TITLES[state]}: {len(chosen)}</h2><main>")
            parts += [_article(card, beside) for card in chosen]
            parts.append("</main>")
    return "\n".join([*parts, "</body></html>", ""])


def _article(card: Card, beside: Path) -> str:
    def address(path: Path) -> str:
        return quote(Path(os.path.relpath(path, beside)).as_posix())

    pictures = "".join(
        f'<figure><a href="{address(path)}"><img loading="lazy" alt="" src="{address(path)}"></a>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
        for path, caption in card.pictures
    )
    reasons = "".join(f'<p class="reason">{escape(text)}</p>' for text in card.reasons)
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in card.facts)
    links = " · ".join(f'<a href="{address(path)}">{escape(name)}</a>' for path, name in card.links)
    return (
        f'<article class="{card.state}"><h3>{escape(card.number)} {escape(card.view)}</h3>'
        f'<div class="pictures">{pictures}</div>{reasons}<dl>{facts}</dl>{_chart(card.bars)}'
        f"{links}</article>"
    )


def _chart(bars: Sequence[tuple[int, float, bool]]) -> str:
    """A bar for each frame, as high as its place is uncertain; its figure under the pointer."""
    if not bars:
        return ""
    top = max(FULL_BAR_PX, *(px for _, px, _ in bars))
    drawn = "".join(
        f'<rect class="{"off" if warned else "known"}" x="{k}" y="{1 - px / top:.4g}" width="0.8" '
        f'height="{px / top:.4g}"><title>frame {frame}: {px:g} px</title></rect>'
        for k, (frame, px, warned) in enumerate(bars)
    )
    return (
        f'<figure><svg role="img" viewBox="0 0 {len(bars)} 1" preserveAspectRatio="none">{drawn}'
        "</svg><figcaption>standard error of each frame's place beside the next, up to "
        f"{max(px for _, px, _ in bars):.2f} px</figcaption></figure>"
    )


def _record(path: Path, kind: str) -> dict[str, Any]:
    """A record of a stack, empty where there is none; what is no file there is told."""
    return read_record(path, kind) if os.path.lexists(path) else {}


def _warnings(logs: Path) -> tuple[str, ...]:
    return tuple(
        f"{log.stem}: {warning}"
        for log in sorted(logs.glob("*.log"))
        for warning in read_log(log).warnings
    )


def _frames(stack: Path) -> list[tuple[str, str]]:
    for name in (LEDGER, REFUSED):
        if not os.path.lexists(stack / name):
            continue
        entries = read_ledger(stack / name)
        used = [entry for entry in entries if entry.status == USED]
        rejected = sum(entry.status == REJECTED for entry in entries)
        facts = [
            ("frames", f"{len(used)} used, {rejected} rejected"),
            ("camera", ", ".join(sorted({entry.camera for entry in used if entry.camera}))),
            ("unknown, not compared", ", ".join(unknown(entries))),
        ]
        return [(name, text) for name, text in facts if text]
    return []


def _alignment(stack: Path) -> list[tuple[str, str]]:
    frames = _record(stack / TRANSFORMS, "transforms").get("frames", [])
    used = [frame for frame in frames if frame["status"] == "used"]
    left_out = [str(frame["frame"]) for frame in frames if frame["status"] != "used"]
    facts = []
    if len(used) > 1:
        worst = max(used, key=lambda frame: frame.get("residual_px") or 0.0)
        moved = max(frame.get("largest_motion_px") or 0.0 for frame in used)
        facts.append(
            (
                "alignment",
                f"frames moved by up to {moved:.1f} px; worst residual "
                f"{worst.get('residual_px') or 0.0:.2f} px (frame {worst['frame']})",
            )
        )
    if left_out:
        facts.append(("left out", f"frames {', '.join(left_out)}"))
    return facts


def _uncertain(stack: Path, findings: Sequence[Mapping]) -> tuple[tuple[int, float, bool], ...]:
    frames = _record(stack / TRANSFORMS, "transforms").get("frames", [])
    told = [
        (frame["frame"], frame.get("uncertainty_beside_px"))
        for frame in frames
        if frame["status"] == "used"
    ]
    warned = {
        number
        for finding in findings
        if finding["code"] == "place-uncertain"
        for number in finding.get("frames", ())
    }
    if len(told) < 2 or any(px is None for _, px in told):
        return ()
    return tuple((number, px, number in warned) for number, px in told)


def _master(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    if not record:
        return []
    size = f"{record['width_px']} x {record['height_px']} px"
    pixel = record.get("pixel_size_um")
    return [("master", size + (f", {pixel:g} µm a pixel" if pixel else ""))]
