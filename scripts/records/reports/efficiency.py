"""What steps were given of memory and time beside what they took, as their logs have it.

A log tells what the system accounted, when the step began and ended, and by its command with how
many threads; what was asked for it is computed as it was for the job (records/needs.py), without
what a job on a cluster is given on top.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from records.errors import RecordError
from records.layout import LEDGER
from records.ledger.table import used_frames
from records.log import Log, read_log
from records.needs import NEEDS, Size, memory_mb, runtime_min

COLUMNS = (
    *("step", "times", "mb_given", "mb_taken", "memory_share"),
    *("min_given", "min_taken", "time_share", "cores_given", "cores_used"),
)


@dataclass(frozen=True)
class Use:
    """What a step of a stack was given, and took.

    Attributes
    ----------
    step : its name, as in `NEEDS`
    given_mb, taken_mb : memory, MB; what was taken is that of its largest process
    given_s, taken_s : time, s
    threads : it was to have
    processor_s : time of all processors together
    """

    step: str
    given_mb: float
    taken_mb: float
    given_s: float
    taken_s: float
    threads: int
    processor_s: float


def uses(logs: Path, specimens: Path, photographs: str) -> Iterator[Use]:
    """Every step that came to its end and whose stack's size is known.

    Parameters
    ----------
    logs, specimens : trees of the run
    photographs : how `Size` calls frames that are no raws
    """
    for ledger in sorted(specimens.glob(f"*/*/{LEDGER}")):
        specimen, view = ledger.parts[-3:-1]
        with suppress(RecordError, OSError, IndexError, TypeError):
            frames = used_frames(ledger)
            px = (frames[0].width_px or 0) * (frames[0].height_px or 0)
            converted = read_log(logs / specimen / view / "convert.log").command
            way = re.search(r"--demosaic[= ](\S+)", converted)
            is_raw = Path(frames[0].file).suffix.lower() not in (".jpg", ".jpeg", ".tif", ".tiff")
            size = Size(px, len(frames), way[1] if way and is_raw else photographs)
            for log in sorted((logs / specimen / view).glob("*.log")):
                if (use := _use(log.stem, read_log(log), size)) is not None:
                    yield use


def _use(name: str, log: Log, size: Size) -> Use | None:
    # What is made more than once for a stack has its name in its log's.
    step = next((one for one in NEEDS if name.startswith(f"{one}_")), name)
    if step not in NEEDS or log.peak_mb is None or log.processor_s is None or not log.ended:
        return None
    said = re.search(r"--threads[= ](\d+)", log.command)
    threads = int(said[1]) if said else 1
    taken = datetime.fromisoformat(log.ended) - datetime.fromisoformat(log.started)
    return Use(
        step,
        memory_mb(step, size, threads),
        log.peak_mb,
        60.0 * runtime_min(step, size, threads),
        # Moments are told in whole seconds.
        max(taken.total_seconds(), log.processor_s / threads),
        threads,
        log.processor_s,
    )


def rows(found: Iterable[Use]) -> list[dict[str, object]]:
    """A row for each step: of memory, and of time, the stack that came closest to what it had."""
    of_steps: dict[str, list[Use]] = {}
    for use in found:
        of_steps.setdefault(use.step, []).append(use)
    table = []
    for step in NEEDS:
        if not (all_of := of_steps.get(step)):
            continue
        large = max(all_of, key=lambda use: use.taken_mb / use.given_mb)
        slow = max(all_of, key=lambda use: use.taken_s / use.given_s)
        busy = sum(use.processor_s for use in all_of)
        values = (
            *(step, len(all_of), round(large.given_mb), round(large.taken_mb)),
            f"{large.taken_mb / large.given_mb:.0%}",
            *(round(slow.given_s / 60), round(slow.taken_s / 60, 1)),
            f"{slow.taken_s / slow.given_s:.0%}",
            max(use.threads for use in all_of),
            round(busy / sum(use.taken_s for use in all_of), 1),
        )
        table.append(dict(zip(COLUMNS, values, strict=True)))
    return table
