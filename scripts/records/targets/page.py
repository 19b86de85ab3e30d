"""A page of all sessions' targets: how true their colours are, where they drift, what is wrong.

One file without scripts and without anything from elsewhere, beside the sessions' pictures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from records.targets.drift import MOST_DRIFT
from records.text import cleaned

STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "h1,h2{line-height:1.2}table{border-collapse:collapse;font-size:14px}"
    "td,th{text-align:left;vertical-align:top;padding:.2rem .9rem .2rem 0}"
    "td{white-space:nowrap}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}"
    "pre{background:#f4f4f4;padding:.6rem;overflow-x:auto;font-size:13px}"
    "img{max-width:100%}.warning{border-left:.3rem solid #b35900;padding-left:.6rem}"
)
# Columns of the table of sessions, as people call them; numbers stand to the right.
_WORDS = {
    "shot_date": "Shot",
    "target": "Target",
    "level_fadgi": "FADGI 2023",
    "level_iso19264": "ISO 19264-1",
    "level_metamorfoze": "Metamorfoze 2.0",
}
_NUMBERS = {
    "color_mean_de2000": "Mean ΔE2000",
    "white_balance_de": "White balance, ΔE",
    "tone_dl": "Tone, ΔL*",
    "noise_dl": "Noise, L*",
    "mtf50_cy_per_px": "MTF50, cy/px",
    "drift_from_first_de2000": "Drift, ΔE2000",
}
# The patches that are furthest off, of each session.
_WORST = 5
# The drawing of drift: px.
_WIDE, _HIGH, _MARGIN = 640, 160, 30


def page(records: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, object]]) -> bytes:
    """The page.

    Parameters
    ----------
    records : of the sessions, with `picture` beside the page
    rows : of the table of sessions, in the order of time
    """
    body = "\n".join(_body({one["session"]: one for one in records}, rows))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>Colour targets</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n"
        "</html>\n"
    ).encode()


def _body(
    records: Mapping[str, Mapping[str, Any]], rows: Sequence[Mapping[str, object]]
) -> Iterator[str]:
    yield "<h1>Colour targets</h1>"
    if not rows:
        yield "<p>No session was measured.</p>"
        return
    yield _sessions(rows)
    if len(rows) > 1:
        yield "<h2>Drift</h2>"
        yield (
            "<p>How far the colours of each session are from those of the first with its target, "
            f"mean ΔE2000 over its patches; the line is {MOST_DRIFT:g}, from which on it is warned "
            "of.</p>"
        )
        yield _drawing(rows)
    for row in reversed(rows):
        yield from _session(records[str(row["session"])])


def _sessions(rows: Iterable[Mapping[str, object]]) -> str:
    heads = ["<th>Session</th>", *(f"<th>{word}</th>" for word in _WORDS.values())]
    heads += [f'<th class="n">{word}</th>' for word in _NUMBERS.values()]
    lines = [f"<tr>{''.join(heads)}</tr>"]
    for row in rows:
        name = escape(str(row["session"]))
        cells = [f'<td><a href="#{name}">{name}</a></td>']
        cells += [f"<td>{_cell(row.get(column))}</td>" for column in _WORDS]
        cells += [f'<td class="n">{_cell(row.get(column))}</td>' for column in _NUMBERS]
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return "\n".join(["<table>", *lines, "</table>"])


def _session(record: Mapping[str, Any]) -> Iterator[str]:
    name = escape(record["session"])
    yield f'<h2 id="{name}">{name}</h2>'
    for said in record["warnings"]:
        yield f'<p class="warning">{escape(cleaned(said))}</p>'
    yield "<ul>"
    for judged in record["levels"]:
        yield f"<li>{escape(judged['in_words'])}</li>"
    yield "</ul>"
    if picture := record.get("picture"):
        yield f'<p><img src="{escape(picture)}" alt="shot of {name}, what was measured in it"></p>'
        yield "<p>Outlined is what was measured, filled with the colour that should be there.</p>"
    worst = sorted(record["patches"], key=lambda one: -one.get("de2000", 0.0))[:_WORST]
    off = (f"{escape(one['patch'])} {one.get('de2000', 0.0):.1f}" for one in worst)
    yield f"<p>Furthest off, ΔE2000: {', '.join(off)}.</p>"
    if profile := record.get("profile"):
        yield (
            "<p>This camera under this light: with these settings colours would be "
            f"{profile['color_mean']:.1f} ΔE2000 off on average, those that were left out when "
            f"they were made {profile['left_out_mean']:.1f}.</p>"
        )
        keys = (f'  {key}: "{escape(profile[key])}"' for key in ("white_balance", "camera_matrix"))
        yield f"<pre>convert:\n{chr(10).join(keys)}</pre>"


def _drawing(rows: Sequence[Mapping[str, object]]) -> str:
    """Drift over the sessions, in their order."""
    found = [row.get("drift_from_first_de2000") for row in rows]
    values = [value if isinstance(value, int | float) else 0.0 for value in found]
    top = max(*values, 1.5 * MOST_DRIFT)
    step = (_WIDE - 2 * _MARGIN) / (len(values) - 1)

    def height(value: float) -> float:
        return _HIGH - _MARGIN - value / top * (_HIGH - 2 * _MARGIN)

    places = [(_MARGIN + k * step, height(value)) for k, value in enumerate(values)]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    parts = [
        f'<svg role="img" aria-label="drift of the sessions" viewBox="0 0 {_WIDE} {_HIGH}" '
        f'width="{_WIDE}" height="{_HIGH}">',
        f'<path d="M{_MARGIN} {height(0):.1f}H{_WIDE - _MARGIN}" stroke="#999"/>',
        f'<path d="M{_MARGIN} {height(MOST_DRIFT):.1f}H{_WIDE - _MARGIN}" stroke="#b35900" '
        'stroke-dasharray="4"/>',
        f'<text x="{_WIDE - _MARGIN + 6}" y="{height(MOST_DRIFT) + 5:.1f}">{MOST_DRIFT:g}</text>',
        f'<polyline points="{points}" fill="none" stroke="#225ea8"/>',
    ]
    for (x, y), value, row in zip(places, values, rows, strict=True):
        title = f"{escape(str(row['session']))}: {value:.1f}"
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#225ea8">'
            f"<title>{title}</title></circle>"
        )
    return "\n".join([*parts, "</svg>"])


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.2f}" if isinstance(value, float) else escape(cleaned(str(value)))
