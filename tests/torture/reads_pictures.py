"""Read pictures as the ledger and convert do, one path a line, and say how each ended.

A process of its own, bounded in memory: a crash of a decoder is seen by who started it.
"""

from __future__ import annotations

import json
import resource
import sys
import traceback
from pathlib import Path

from imaging.errors import ImagingError
from imaging.frames import formats, photographs, raws
from imaging.frames.inspection import inspect
from records.errors import RecordError
from records.ledger.raw_folder import examine

MOST_BYTES = 6 << 30


def read(path: Path) -> dict[str, str]:
    """`read`, `refused` with the sentence, or `broken` with what was raised instead of one."""
    try:
        candidate = examine(path.parent, path.name, formats.is_picture)
        if candidate.fault:
            return {"ending": "refused", "words": candidate.fault}
        facts = inspect(path)
        if facts.kind == "raw":
            extent = raws.develop(path, raws.decide(path)).shape
        else:
            extent = photographs.read(path).pixels.shape
        # LibRaw leaves out a row or two at the rim.
        wrong = abs(extent[0] - facts.height_px) > 2 or abs(extent[1] - facts.width_px) > 2
        if wrong or extent[2] != 3:
            return {"ending": "broken", "words": f"{facts} is read as {extent}"}
        return {"ending": "read", "words": "; ".join(facts.doubts)}
    except (ImagingError, RecordError) as error:
        return {"ending": "refused", "words": str(error)}
    except BaseException:
        return {"ending": "broken", "words": traceback.format_exc()[-1500:]}


def peak_mb() -> float:
    """Most memory held since the last call of this."""
    status = Path("/proc/self/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    Path("/proc/self/clear_refs").write_text("5")
    return peak / 1024


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    for line in sys.stdin:
        answer: dict[str, object] = dict(read(Path(line.rstrip("\n"))))
        answer["peak_mb"] = peak_mb()
        print(json.dumps(answer), flush=True)
