"""Is what a step reads still what the step before it made and recorded?

Each step records a digest of the files that it makes and of the records that it was made from;
whoever reads them compares first. What a file on the way was is thus known up to the archive, and
what was changed, damaged or swapped on the way is refused before anything is made from it. Records
of before say less: what they do not say is not compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from records.errors import RecordError
from records.files import digest_file, digest_parts, sha256_file
from records.known_frames import BLAKE3, SHA256, Head, hash_of, new_hash
from records.layout import (
    CONVERT,
    EXTERNAL_RECORD,
    FUSE,
    LEDGER,
    RETOUCH,
    STEPS,
    STROKES,
    TRANSFORMS,
)
from records.record import read_record, told_name

MADE_FROM = "made_from"


class Made(NamedTuple):
    """A file that a step made.

    Attributes
    ----------
    path : of the file
    digest : as recorded, of all its bytes or, where its head is recorded, of all behind that; None
        where the record does not say
    step : that made it
    remove : what is to be removed for the step to run again, if not the file
    head : as recorded
    hash : that digests are by
    """

    path: Path
    digest: str | None
    step: str
    remove: Path | None = None
    head: Head | None = None
    hash: str = SHA256

    def is_as_recorded(self) -> bool:
        """Whether its file holds the bytes of then, every one; an OSError if it can't be read."""
        start = new_hash(self.hash)
        if self.head is None:
            return digest_file(self.path, start) == self.digest
        return digest_parts(self.path, self.head.bytes, start) == (self.head.digest, self.digest)


def refuse_changed(files: Iterable[Made], threads: int = 1) -> None:
    """Refuse files that are not what the step that made them recorded.

    Parameters
    ----------
    threads : files read at a time

    Raises
    ------
    RecordError : one is missing, cannot be read, or holds other bytes
    """
    with ThreadPoolExecutor(threads) as readers:
        list(readers.map(_refuse_if_changed, files))


def _refuse_if_changed(made: Made) -> None:
    if made.digest is None:
        return
    again = f"remove {made.remove or made.path} and run again, then it is made anew"
    if not made.path.is_file():
        raise RecordError(f"{made.path}: is missing; step {made.step} made it: {again}")
    try:
        is_as_recorded = made.is_as_recorded()
    except OSError as error:
        raise RecordError(f"{made.path}: cannot be read ({error.strerror}); {again}") from None
    if not is_as_recorded:
        raise RecordError(
            f"{made.path}: is not what step {made.step} made and recorded; it was changed, damaged "
            f"or swapped since: {again}"
        )


def frames_made(frames: Iterable[Mapping[str, Any]], folder: Path) -> list[Made]:
    """The converted frames that rows of a record name, in `folder`."""
    # As a person would name it, not by way of the record's own folder.
    folder = folder.resolve()
    return [_frame(row, folder) for row in frames]


def _frame(row: Mapping[str, Any], folder: Path) -> Made:
    path, head = folder / told_name(row["tiff"], folder), row.get("head")
    name = hash_of(row)
    if head is None:
        # Programs of before may say nothing; who hashes by BLAKE3 says it of every file.
        whole = row.get(name, "" if name == BLAKE3 else None)
        return Made(path, whole, "convert", folder, hash=name)
    # Behind its head there are px alone. No file has an empty digest.
    known = Head(head["bytes"], head.get(name, ""))
    return Made(path, row.get(f"pixel_{name}", ""), "convert", folder, known, name)


def maps_made(fused: Mapping[str, Any], maps: Mapping[str, Path]) -> list[Made]:
    """What fusing made, name → file, by the record of the fusion."""
    # Records of before have SHA-256.
    by = {name: BLAKE3 if name in fused.get(BLAKE3, {}) else SHA256 for name in maps}
    return [
        Made(path, fused.get(by[name], {}).get(name), "fuse", hash=by[name])
        for name, path in maps.items()
    ]


def made_from(*records: Path) -> dict[str, str]:
    """What a record says of the records that it was made from: name → SHA-256."""
    return {path.name: sha256_file(path) for path in records}


def read_made(record: Path, kind: str, *sources: Path) -> dict[str, Any]:
    """Read the record of a step, after checking that it was made from `sources` as they are here.

    Raises
    ------
    RecordError : as `read_record` and `refuse_of_others`
    """
    content = read_record(record, kind)
    refuse_of_others(record, content, *sources)
    return content


def refuse_broken_chain(stack: Path, master: Path) -> None:
    """Refuse a stack whose records were not made one from the other, as they lie in its folder.

    Parameters
    ----------
    master : the master's record

    Raises
    ------
    RecordError : as `read_made`, of any record that is there
    """
    sources = [stack / name for name in (LEDGER, CONVERT, TRANSFORMS, FUSE)]
    by_hand = (stack / name for name in (STROKES, EXTERNAL_RECORD, RETOUCH))
    sources += [path for path in by_hand if path.exists()]
    records = {stack / step.record: step.kind for step in STEPS.values() if step.kind}
    # What became of strokes that were taken out since is no part of the master, and may be old.
    if Path(RETOUCH).name not in read_record(master, "master").get(MADE_FROM, {}):
        records.pop(stack / RETOUCH, None)
    for path, kind in {**records, master: "master"}.items():
        if path.exists():
            read_made(path, kind, *(one for one in sources if one != path))


def refuse_of_others(record: Path, content: Mapping[str, Any], *sources: Path) -> None:
    """Refuse a record that was made from other records than those that lie here.

    Parameters
    ----------
    record : its path
    content : what it says
    sources : records from which it should be made

    Raises
    ------
    RecordError : one of them is another than it was then
    """
    known = content.get(MADE_FROM, {})
    for source in sources:
        if source.name in known and sha256_file(source) != known[source.name]:
            raise RecordError(
                f"{record}: was made from another {source.name} than the one that is here now: "
                f"remove {record} and run again, then it is made anew; or restore {source}"
            )
