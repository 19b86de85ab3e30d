"""What a journal tells of strokes: those begun, undone, ended, and those strokes.json lacks yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from records.retouching.strokes import Stroke


@dataclass
class Begun:
    """A stroke that is drawn, or was when the page or the server ended.

    Attributes
    ----------
    stroke : with no path yet
    path_px : the points that came, x and y
    """

    stroke: dict[str, Any]
    path_px: list[list[float]] = field(default_factory=list)

    def whole(self) -> Stroke:
        """The stroke as far as it was drawn."""
        return Stroke.from_record({**self.stroke, "path_px": self.path_px})


@dataclass(frozen=True)
class Undone:
    """A stroke that was taken back, and where it stood among the others.

    Attributes
    ----------
    is_past : another was painted since; it can be put back by its name, and is not offered
    """

    stroke: Stroke
    at: int
    is_past: bool = False


@dataclass
class History:
    """What stands in a journal beside strokes.json.

    Attributes
    ----------
    strokes : those that count, in their order
    begun : strokes that nobody ended, by their ids
    undone : strokes that can be put back; the last one first
    ended : ids of all that were ever ended
    """

    strokes: tuple[Stroke, ...]
    begun: dict[str, Begun] = field(default_factory=dict)
    undone: list[Undone] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)


def follow(lines: Iterable[Mapping[str, Any]], written: tuple[Stroke, ...]) -> History:
    """What the lines of a journal come to.

    Parameters
    ----------
    written : the strokes of strokes.json, which holds what stands before the last `written`
    """
    history = History(written)
    drawn = {one.id: one for one in written}
    for line in lines:
        try:
            _do(line["do"], line.get("id", ""), line, history, drawn)
        except (KeyError, TypeError, ValueError, AttributeError, StopIteration):
            # A line that was not written by this program changes nothing.
            continue
        if line["do"] == "written":
            # What came before is in the file, or a person took it out of there.
            history.strokes = written
    present = {one.id for one in history.strokes}
    history.ended |= present
    history.undone = [one for one in history.undone if one.stroke.id not in present]
    return history


def _do(
    do: str, name: str, line: Mapping[str, Any], history: History, drawn: dict[str, Stroke]
) -> None:
    """Do what a line tells, to all that stands before it."""
    there = [one.id for one in history.strokes]
    if do == "begin":
        told = line["stroke"]
        history.begun[told["id"]] = Begun(told)
    elif do == "points":
        history.begun[name].path_px += line["path_px"]
    elif do == "forget":
        history.begun.pop(name)
        history.ended.add(name)
    elif do == "end":
        drawn[name] = history.begun.pop(name).whole()
        history.ended.add(name)
        history.undone = past(history.undone)
        if name not in there:
            history.strokes += (drawn[name],)
    elif do == "undo":
        # Told whole: where it was begun may have been taken out of the journal.
        history.undone.append(Undone(Stroke.from_record(line["stroke"]), int(line["at"])))
        history.strokes = tuple(one for one in history.strokes if one.id != name)
    elif do == "redo":
        one = next(one for one in history.undone if one.stroke.id == name)
        history.undone.remove(one)
        if name not in there:
            history.strokes = put(history.strokes, one.at, one.stroke)
    elif do == "change":
        drawn[name] = changed(drawn[name], line["to"])
        history.strokes = tuple(drawn[name] if one.id == name else one for one in history.strokes)
    elif do == "ended":
        history.ended.update(map(str, line["ids"]))
    elif do == "undone":
        stroke = Stroke.from_record(line["stroke"])
        drawn[stroke.id] = stroke
        history.ended.add(stroke.id)
        history.undone.append(Undone(stroke, int(line["at"]), line["is_past"] is True))


def lasting(
    strokes: Sequence[Stroke],
    begun: Mapping[str, Begun],
    undone: Sequence[Undone],
    ended: Iterable[str],
) -> Iterator[dict[str, Any]]:
    """The lines that a journal must have besides strokes.json, which holds `strokes`."""
    for one in undone:
        stroke = one.stroke.as_record()
        yield {"do": "undone", "stroke": stroke, "at": one.at, "is_past": one.is_past}
    present = {one.id for one in strokes} | {one.stroke.id for one in undone}
    yield {"do": "ended", "ids": sorted(set(ended) - present)}
    for name, stroke_begun in begun.items():
        yield {"do": "begin", "stroke": stroke_begun.stroke}
        yield {"do": "points", "id": name, "path_px": stroke_begun.path_px}


def past(undone: Iterable[Undone]) -> list[Undone]:
    """The same, once another stroke was painted."""
    return [replace(one, is_past=True) for one in undone]


def put(strokes: tuple[Stroke, ...], at: int, stroke: Stroke) -> tuple[Stroke, ...]:
    """Strokes with one more at a place among them."""
    return (*strokes[:at], stroke, *strokes[at:])


def changed(stroke: Stroke, to: Mapping[str, Any]) -> Stroke:
    """A stroke with other values, as its record has them."""
    return Stroke.from_record({**stroke.as_record(), **to})
