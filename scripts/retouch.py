"""Step 4c: apply a person's strokes to the fused image.

Each stroke is applied where its source still has the px that the person saw; else the step stops
and names the strokes. What was painted is kept as a map beside the retouched image.
"""

from __future__ import annotations

from step import run

import argparse
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from developed import at_hand
from imaging.frames import tiff
from imaging.fusion.aligned import frames_of
from imaging.retouching.canvas import Canvas
from imaging.retouching.replay import apply
from imaging.retouching.sources import Aligned, Master, Picture, Whole
from records.archive.earlier import EarlierMaster, earlier_master
from records.errors import RecordError
from records.files import refuse_outputs, replacing, sha256_file
from records.layout import METHODS
from records.locks import stack_of, writing
from records.log import listed, progress, software
from records.provenance import inputs
from records.provenance.inputs import Made
from records.record import read_record, told_folder, write_record
from records.retouching import strokes
from records.retouching.digests import SLABS, slab_name, source_digest
from records.retouching.strokes import Source, Stroke, Strokes
from records.retouching.told import told_of


def main(argv: list[str]) -> None:
    """Write the retouched image, the map of what was painted, and the record of both."""
    options = arguments().parse_args(argv)
    refuse_outputs(options, "retouched", "painted", "out")
    with writing(stack_of(options.out)):
        make(options)


def make(options: argparse.Namespace) -> None:
    """Do the work, while nothing else writes into the stack."""
    read = [options.ledger, options.convert, options.transforms, options.fuse]
    given = [path for path in (options.strokes, options.external_record) if path]
    made_from = inputs.made_from(*read, *given)
    inputs.read_made(options.transforms, "transforms", options.convert)
    fused = inputs.read_made(options.fuse, "fuse", options.transforms, options.ledger)
    inputs.refuse_changed(inputs.maps_made(fused, {"fused": options.fused}))
    with ExitStack() as held:
        picture = held.enter_context(Whole(options.fused))
        base = picture
        if options.external:
            refuse_unknown(options, fused)
            base = held.enter_context(Whole(options.external, picture.shape))
        painted = known_strokes(options.strokes, picture.shape)
        sources = Sources(options, picture)
        sources.refuse_others(painted.strokes)
        held.enter_context(sources.frames_at_hand(painted.strokes))
        retouched = held.enter_context(replacing(options.retouched))
        shown = held.enter_context(replacing(options.painted))
        with Canvas(retouched, shown, base, picture.icc) as canvas:
            for number, stroke in enumerate(painted.strokes, 1):
                source = base if stroke.mode == "restore" else sources.open(stroke.source)
                apply(stroke, source, canvas.read, canvas.writer(stroke.mode == "restore"))
                progress(f"retouching: stroke {number} of {len(painted.strokes)}")
            area_px = canvas.painted_px()
        sources.close()
        digests = digests_of({"retouched": retouched, "painted": shown}, options.threads)
    size = picture.shape[0] * picture.shape[1]
    write_record(
        options.out,
        "retouch",
        {
            "base": "external" if options.external else "fused",
            **told_of(painted.strokes),
            "painted_px": area_px,
            "painted_share": round(area_px / size, 6),
            **digests,
            inputs.MADE_FROM: made_from,
            "software": software(),
        },
    )


def digests_of(files: Mapping[str, Path], threads: int) -> dict[str, dict[str, str]]:
    """SHA-256 of the px and of the whole of each file, by its name."""
    with ThreadPoolExecutor(threads) as pool:
        pixels = pool.map(tiff.pixel_digest, files.values())
        whole = pool.map(sha256_file, files.values())
        return {"pixel_sha256": dict(zip(files, pixels)), "sha256": dict(zip(files, whole))}


def refuse_unknown(options: argparse.Namespace, fused: Mapping[str, Any]) -> None:
    """Refuse a picture from elsewhere that nobody vouches for, or of another fused image."""
    told = options.external_record
    again = "take it in by scripts/external.py, which asks who finished it, and in what"
    if not (told and told.is_file()):
        raise RecordError(f"{options.external}: has no record of who finished it; {again}")
    known = read_record(told, "external")
    inputs.refuse_changed([Made(options.external, known["sha256"], "external")])
    if known.get("fused_pixel_sha256") != fused["pixel_sha256"]["fused"]:
        raise RecordError(
            f"{options.external}: was finished on another fused image than the one that is here "
            "now, since settings, frames or program changed; bring those back, or look at it and "
            f"{again}"
        )


def known_strokes(path: Path | None, shape: tuple[int, int]) -> Strokes:
    """The strokes of a file, which were painted on a picture of so many rows and columns."""
    rows, columns = shape
    if path is None:
        return Strokes(columns, rows)
    known = strokes.read(path)
    if (known.height_px, known.width_px) != shape:
        raise RecordError(
            f"{path}: was painted on a fused image of {known.width_px} x {known.height_px} px, but "
            f"it now has {columns} x {rows}; bring back the frames and settings of then, or set "
            "the file aside"
        )
    return known


class Sources:
    """The pictures that strokes are painted from, one open at a time.

    Parameters
    ----------
    options : of the step
    fused : the fused image
    """

    def __init__(self, options: argparse.Namespace, fused: Whole) -> None:
        self._options, self._fused = options, fused
        self._stack = options.fuse.parents[1]
        self._aligned = read_record(options.transforms, "transforms")
        self._frames = told_folder(self._aligned["folder"], options.transforms)
        self._source: Source | None = None
        self._open: Whole | Master | Aligned | None = None

    def refuse_others(self, painted: Sequence[Stroke]) -> None:
        """Refuse strokes whose source has not the px that the person saw."""
        needed = [stroke for stroke in painted if stroke.mode != "restore"]
        others: dict[Source, list[str]] = {}
        for source in dict.fromkeys(stroke.source for stroke in needed):
            if self._digest(source) != source.sha256:
                others[source] = [one.id for one in needed if one.source == source]
        if others:
            named = "; ".join(
                f"{source.words}: {listed(ids, 10)}" for source, ids in others.items()
            )
            raise RecordError(
                f"{self._options.strokes}: {sum(map(len, others.values()))} strokes were painted "
                f"from px that are others now ({named}), since settings, frames or program changed;"
                " bring those back, or look at these strokes on the retouching page and confirm or "
                "drop them"
            )

    @contextmanager
    def frames_at_hand(self, painted: Sequence[Stroke]) -> Iterator[None]:
        """See that frames that strokes are painted from are there as long as they are needed."""
        needed = {one.source.frame for one in painted if one.mode != "restore"}
        rows = [row for row in self._aligned["frames"] if row["frame"] in needed]
        options = self._options
        made, threads = options.retouched, options.threads
        with at_hand(self._stack, rows, self._frames, made, threads) as self._frames:
            yield

    def _digest(self, source: Source) -> str:
        if source.kind == "version":
            return self._earlier(source).pixel_sha256
        return source_digest(self._stack, source)

    def _earlier(self, source: Source) -> EarlierMaster:
        options = self._options
        if not (options.archive and options.object):
            raise RecordError(
                f"{options.strokes}: strokes were painted from {source.words}; name the archive "
                "that holds it by --archive and --object"
            )
        return earlier_master(options.archive, options.object, str(source.version))

    def open(self, source: Source) -> Picture:
        """The picture of a source; that of another before is closed."""
        if source.kind == "fused":
            return self._fused
        if self._open is None or self._source != source:
            self.close()
            self._open, self._source = self._opened(source), source
        return self._open

    def _opened(self, source: Source) -> Whole | Master | Aligned:
        shape = self._fused.shape
        if source.kind == "version":
            earlier = self._earlier(source)
            inputs.refuse_changed([Made(earlier.path, earlier.sha256, "archive")])
            return Master(
                earlier.path, earlier.crop_px, earlier.orientation, shape, self._fused.icc
            )
        if source.kind == "slab":
            path = self._stack / SLABS / f"{slab_name(source.slab or 0)}.tif"
            inputs.refuse_changed([Made(path, source.sha256, "fuse")])
            return Whole(path, shape)
        if source.kind == "method":
            path = self._stack / METHODS / f"{source.method}.tif"
            made = read_record(path.with_suffix(".json"), "fuse")
            (known,) = inputs.maps_made(made, {"fused": path})
            inputs.refuse_changed([known._replace(step="method")])
            return Whole(path, shape)
        row = next(row for row in self._aligned["frames"] if row["frame"] == source.frame)
        inputs.refuse_changed(inputs.frames_made([row], self._frames))
        return Aligned(frames_of(self._aligned, [row], self._frames)[0], shape)

    def close(self) -> None:
        """Let go of what is open."""
        if self._open is not None:
            self._open.close()
        self._open = self._source = None


def arguments() -> argparse.ArgumentParser:
    """The command line of this step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strokes", type=Path, help="strokes.json")
    parser.add_argument("--external", type=Path, help="what came back from another program, TIFF")
    parser.add_argument("--external-record", type=Path, help="what is known of that, JSON")
    parser.add_argument("--fused", type=Path, required=True, help="fused image, TIFF")
    for name in ("fuse", "transforms", "convert", "ledger"):
        parser.add_argument(f"--{name}", type=Path, required=True, help="record of the stack")
    parser.add_argument("--archive", type=Path, help="OCFL root, for strokes from earlier versions")
    parser.add_argument("--object", help="id of the stack's object there")
    parser.add_argument("--retouched", type=Path, required=True, help="image to write, TIFF")
    parser.add_argument("--painted", type=Path, required=True, help="map to write, TIFF")
    parser.add_argument("--out", type=Path, required=True, help="retouch.json to write")
    parser.add_argument("--threads", type=int, default=1, help="for the digests")
    return parser


if __name__ == "__main__":
    run(main)
