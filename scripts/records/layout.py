"""Where the files of a stack lie, in its folder and in its object, and which steps make them.

A stack that was archived and then reduced has only the receipt left of its folder: the workflow
leaves it alone, whatever changes, and neither captures nor imports it again.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from records.unfinished import is_unfinished

RAW = "raw"
# Copies of the white frame that a stack is converted with; archived with it.
WHITE = "white"
# Copy of the picture of a ruler by which the size of a px was measured; archived with it.
SCALE = "scale"
CAPTURE, JOURNAL, IMPORT = "capture.json", "capture.journal.json", "import.json"
LEDGER, REFUSED = "frames.csv", "frames.refused.csv"
CONVERT, TRANSFORMS, FUSE = "stack/convert.json", "stack/transforms.json", "stack/fuse.json"
QC = "stack/qc.json"
RECEIPT = "archive.json"
# What is moved out of the way, by its path in the stack: nothing of a person's is thrown away.
ASIDE = "set-aside"
# What the disk notes of raws and master, by which they are known again without being read.
LISTING, SEEN = ".raws.json", ".seen.json"
# What fusing makes beside its record: the uncropped image and its maps.
MAPS = ("fused", "depth", "confidence", "source", "energy", "light")
MAP_FILES = tuple(f"stack/{name}.tif" for name in MAPS)
# What steps make on the way, and make again from what is archived.
FOLDERS_ON_THE_WAY = ("tiff/", "stack/slabs/", "stack/qc/", "stack/methods/")
# The stack fused by other methods than its own, an image and its record for each.
METHODS = "stack/methods/"
# The stack as layers, for who finishes it elsewhere.
LAYERS = "stack/layers.tif"
DERIVATIVES = "derivatives/"
# What a person painted, and what became of it; the image as another program gave it back, and
# what is known of that.
STROKES, RETOUCH, RETOUCHED = "retouch/strokes.json", "stack/retouch.json", "stack/retouched.tif"
# How much of each px of the retouched image was painted.
PAINTED = "stack/painted.tif"
EXTERNAL, EXTERNAL_RECORD = "retouch/external.tif", "retouch/external.json"
# What a page writes while one paints, and the lock of who does.
STROKES_JOURNAL, PEN = "retouch/strokes.journal.jsonl", "retouch/.retouching.lock"


def master_name(specimen: str, view: str) -> str:
    """Path of a master in its stack, without its ending."""
    return f"archival/{specimen}_{view}"


class Step(NamedTuple):
    """A step that makes something of a stack.

    Attributes
    ----------
    name : such as `fuse`
    script : such as `fuse.py`; "" where the rig's own program does it
    record : what it writes about itself; a step was done only where its record is
    kind : of record, see `records.files`; "" for the ledger, which is a table
    reads, writes : besides the record; `*` stands for any name
    is_needed : whether a master can be made again only with its record
    """

    name: str
    script: str
    record: str
    kind: str
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    is_needed: bool = False

    @property
    def program(self) -> str:
        """What a person calls."""
        return f"scripts/{self.script}" if self.script else "python -m hardware"

    @property
    def log(self) -> str:
        """Name of its log, without its ending."""
        return Path(self.script).stem if self.script else self.name


STEPS = {
    step.name: step
    for step in (
        Step("capture", "", CAPTURE, "capture", writes=("raw/*",)),
        Step("import", "import_raws.py", IMPORT, "import", writes=("raw/*",)),
        Step("ledger", "ledger.py", LEDGER, "", ("raw/*", CAPTURE), is_needed=True),
        Step(
            *("convert", "convert.py", CONVERT, "convert"),
            reads=(LEDGER, "raw/*", f"{WHITE}/*"),
            writes=("tiff/*",),
            is_needed=True,
        ),
        Step("align", "align.py", TRANSFORMS, "transforms", (CONVERT, "tiff/*"), (), True),
        Step("fuse", "fuse.py", FUSE, "fuse", (TRANSFORMS, LEDGER, "tiff/*"), MAP_FILES, True),
        Step(
            *("retouch", "retouch.py", RETOUCH, "retouch"),
            reads=(
                *(STROKES, EXTERNAL, EXTERNAL_RECORD, "stack/fused.tif", "stack/slabs/*"),
                *(f"{METHODS}*", "tiff/*", FUSE, TRANSFORMS, CONVERT, LEDGER),
            ),
            writes=(RETOUCHED, PAINTED),
        ),
        Step(
            "qc",
            "qc.py",
            QC,
            "qc",
            (
                *("stack/fused.tif", "stack/confidence.tif", "stack/source.tif"),
                *("stack/energy.tif", "stack/light.tif", FUSE, TRANSFORMS, LEDGER),
            ),
        ),
        Step(
            "master",
            "master.py",
            "archival/*.json",
            "master",
            (
                *("stack/fused.tif", "stack/depth.tif", "stack/confidence.tif", "stack/source.tif"),
                *(RETOUCHED, RETOUCH, FUSE, TRANSFORMS, CONVERT, LEDGER, f"{SCALE}/*"),
            ),
            ("archival/*",),
        ),
    )
}
# How frames come and are accounted for; what follows can be made again.
FIRST_STEPS = ("capture", "import", "ledger")
# Derivatives that no scaling of the master gives: the ending of each format. No others end so.
OWN_ENDINGS = {
    **{"height": "tiff", "height-16": "tiff", "glb": "glb", "ply": "ply"},
    **{"stereo-parallel": "pair.jpg", "stereo-crossed": "pair.jpg", "anaglyph": "anaglyph.jpg"},
    **{"rocking-gif": "gif", "rocking-webp": "rocking.webp"},
    **{"central": "central.jpg", "orthographic": "orthographic.jpg"},
    **{"photogrammetry": "photogrammetry.zip"},
}
# Of these, those that need to know how large a px is.
IN_PROPORTION = frozenset(OWN_ENDINGS) - {"height", "height-16"}
# The steps that make them, by that ending; a picture is made by step derive.
_MAKERS = {
    **{"tiff": "height", "glb": "mesh", "ply": "mesh"},
    **dict.fromkeys(("pair.jpg", "anaglyph.jpg", "gif", "rocking.webp"), "stereo"),
    **dict.fromkeys(("central.jpg", "orthographic.jpg", "photogrammetry.zip"), "stereo"),
}
# The scripts that decide what a stack becomes.
SCRIPTS = (
    *(step.script for step in STEPS.values() if step.script),
    *("derive.py", *(f"{name}.py" for name in dict.fromkeys(_MAKERS.values())), "archive.py"),
)


def maker_of(derivative: str) -> str:
    """The step that makes a derivative, by the name of its file."""
    return _MAKERS.get(_named(derivative)[1], "derive")


def endings_of(maker: str) -> list[str]:
    """The endings of files that a step makes, which makes no other derivatives."""
    return [ending for ending, step in _MAKERS.items() if step == maker]


def name_of(derivative: str) -> str:
    """The name of a derivative, as the configuration has it, by that of its file."""
    return _named(derivative)[0]


def _named(derivative: str) -> tuple[str, str]:
    """Name and ending: names have no dot and no underscore."""
    name, _, ending = derivative.rpartition("_")[2].partition(".")
    return name, ending


# What lies beside a stack's raw folder, one or another, from the first step on.
BESIDE_RAW = (IMPORT, CAPTURE, JOURNAL, LEDGER, REFUSED, RECEIPT)
# What OCFL's declarations begin with, of a storage root and of an object.
OF_THE_ARCHIVE = "0=ocfl_"
# The listing of raws is left with the receipt, also as it was once named: it knows them again when
# they are restored.
LEFT = (RECEIPT, LISTING, ".raws.seen.json", SEEN)
CRATE = "ro-crate-metadata.json"
README = "README.html"
# They tell how the version came about. A new log line alone makes no new version.
COMPANION_FOLDERS = ("logs/", "config/", "workflow/")
WORKFLOW, PROGRAM = "workflow/Snakefile", "workflow/holostack.zip"
# Script → hash of what its code does, as the workflow compared it when the version was made.
CODE = "workflow/code.json"
# The stack's row of the sheet, and the effective configuration of its steps.
SHEET_ROW, SETTINGS = "sheet.json", "settings.json"
# Told key by key, not as files; and what kind of record each is.
FACTS = {SHEET_ROW: "sheet", SETTINGS: "settings"}
NEEDED = tuple(step.record for step in STEPS.values() if step.is_needed)
IF_THERE = (IMPORT, CAPTURE, QC, *FACTS)


def is_reduced(stack: Path) -> bool:
    """Whether a stack's folder holds a receipt of the archive and nothing that it is about."""
    if not (stack / RECEIPT).is_file():
        return False
    return {path.name for path in stack.iterdir() if not is_unfinished(path.name)} <= set(LEFT)


def is_companion(path: str) -> bool:
    """Whether a logical path is a record about a version rather than part of the stack."""
    return path in (CRATE, README) or path.startswith(COMPANION_FOLDERS)


def is_of_the_folder(path: str) -> bool:
    """Whether a path is that of what the workflow notes of a working folder, or hidden in it.

    By such notes files are trusted or removed, so none may come out of an archive or a bag.
    """
    return path == RECEIPT or any(part.startswith(".") for part in path.split("/"))


def is_master_record(path: str) -> bool:
    """Whether a logical path is that of the master's record."""
    return path.startswith("archival/") and path.endswith(".json")
