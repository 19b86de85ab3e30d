# What rules hand to their commands, and what of it makes a rerun when it changes.
#
# Snakemake compares the text of a command, and of its `params` the plain values. Two kinds are not
# compared: a Path (where Holostack, its Python or a list lies on this machine), and `NotCompared`
# (words for which a step is not repeated, such as what the raws are proven against). So another
# clone, a moved archive or a corrected name makes nothing again.

import json
import shlex

from imaging.frames.allocation import KEEP_FREED_MEMORY, KEEP_FREED_STRIPS
from records.archive.ocfl import object_id
from records.files import sha256_file
from records.ledger.fingerprint import fingerprint, kept_fingerprint
from records.ledger.kept_copies import copies_in
from records.metadata.xmp import TERMS
from records.program import code_hash
from records.reports.line_in_place import BY_STACK
from records.sheet.consistency import OF_A_RULER, is_own_frame
from records.sheet.settings import defaults, flags, section


class NotCompared:
    """Words of a command that make no rerun when they change."""

    def __init__(self, words):
        self.words = words

    def __str__(self):
        return self.words


def settings(name, leave_out=()):
    """For `params`: the options of a step, with what the sheet's row overrides."""
    known = [key for key in section(name) if key not in leave_out]
    # Rows that override nothing share a section, and ten thousand of them its words.
    words = {}

    def of_row(wildcards):
        own = row(wildcards).config[name]
        if id(own) not in words:
            words[id(own)] = flags({key: own.get(key) for key in known})
        return words[id(own)]

    return of_row


@cache
def code_here(script):
    """The hash of what a script of this program and its imports do."""
    return code_hash(SCRIPTS / script, SCRIPTS)


def code(script):
    """For `params`: the hash of what a script does.

    Of an archived stack, it is the hash that stands in its receipt: another program is no reason to
    make it again.
    """

    def known(wildcards):
        archived = receipt(stack_of(wildcards)) or {}
        return archived.get("code", {}).get(script, code_here(script))

    return known


def codes(wildcards):
    """For `params`: the hashes of all steps, to be kept with the archived version."""
    return json.dumps({script: code(script)(wildcards) for script in layout.SCRIPTS})


@cache
def steps_digest():
    """A digest of what all steps of this program do."""
    return digest_of({script: code_here(script) for script in layout.SCRIPTS})


def of_another_program(stack):
    """Whether a stack was archived by a program whose steps do other things than this one's."""
    if is_left_alone(stack):
        return stamped()[f"{stack[0]}/{stack[1]}"].code != steps_digest()
    archived = receipt(stack)
    return archived is not None and digest_of(archived.get("code", {})) != steps_digest()


def step(script):
    """The command of a script, as anyone can repeat it by hand.

    Where Holostack and its Python lie are `params`, and the text of the command has their names
    alone.
    """
    return f"{{params.python:q}} {{params.scripts:q}}/{script}"


def relay(step_name, who="{wildcards.specimen} {wildcards.view}"):
    """What runs a step, and passes its lines on to its log and, sparingly, to the terminal."""
    return f"exec {step('relay.py')} {{log:q}} '{who}: {step_name}'"


def keeping_freed_memory(command, settings=KEEP_FREED_MEMORY):
    """The command of a step whose frames, or strips of them, come and go in the same memory."""
    return " ".join([*(f"{name}={value}" for name, value in settings.items()), command])


def cells(*columns):
    """For `params`: cells of the sheet as options."""
    return lambda wildcards: flags({column: row(wildcards).cells.get(column) for column in columns})


def archived_as(wildcards):
    """Where a stack lies in the archive, or will, as an option of the import."""
    name = shlex.quote(object_id(*stack_of(wildcards)))
    return NotCompared(f"--archived-as {shlex.quote(ARCHIVE)} {name}")


def archived_before(wildcards):
    """The archive that a stack's raws are compared with, and whether a person changed them."""
    return NotCompared(
        f"--archived-as {shlex.quote(ARCHIVE)} {wildcards.specimen} {wildcards.view} "
        f"{cells('raws_changed')(wildcards)} {shared(wildcards)}"
    )


def seek_barcodes(wildcards):
    """For step archive, that the ledger looks for barcodes in the raws while it has them decoded."""
    wanted = row(wildcards).config["archive"]["barcodes"] == "check"
    return NotCompared("--seek-barcodes" if wanted else "")


def shared(wildcards):
    """Where the frames of other stacks are known, and why this one may have some of them."""
    reason = row(wildcards).cells.get("shared_source")
    return flags({"known_in": SPECIMENS, "shared_source": reason})


def direction(wildcards):
    """For `params`: how focus moved through a stack, by the sheet, and by the rig if not there."""
    rig = cell_path(wildcards, "rig")
    stated = row(wildcards).cells.get("direction")
    return flags({"direction": stated, "rises": rises(rig) if rig else None})


def focusing(wildcards):
    """For `params`: the same, and whether the rig moved focus on a rail or in the lens."""
    rig = cell_path(wildcards, "rig")
    by = flags({"moved_by": moved_by(rig)}) if rig else ""
    return f"{direction(wildcards)} {by}".strip()


@cache
def raws_of(stack):
    """The fingerprint of a stack's raw folder; looked at once in a run, for import and ledger."""
    folder = Path(stack_file(stack, ""))
    if hold_reason(stack):
        return kept_fingerprint(folder)
    return fingerprint(folder, cell_path(STACKS[stack], "source"), remember=not workflow.dryrun)


def raws(wildcards):
    """For `params`: changes when the content of the raw folder does.

    Frames of a capture are known by its record, with their hashes, and by that alone.
    """
    return "captured" if "rig" in row(wildcards).cells else raws_of(stack_of(wildcards))


def positions_file(wildcards):
    """The sheet's list of a stack's frames and positions, or None."""
    listed = cell_path(wildcards, "positions")
    # What is nowhere is named as the sheet has it.
    return listed if listed is None or listed.exists() else Path(row(wildcards).cells["positions"])


def positions(wildcards):
    """Where focus positions come from, as an option: the capture, else the list or the step."""
    if "rig" in row(wildcards).cells:
        return flags({"capture": arrived(wildcards)})
    step_um = row(wildcards).cells.get("step_um")
    return flags({"step_um": step_um, "positions": positions_file(wildcards)})


def positions_content(wildcards):
    """For `params`: changes when the list of positions does; None where there is none to read."""
    listed = positions_file(wildcards)
    return sha256_file(listed) if listed and listed.is_file() else None


@cache
def content_of(path):
    """SHA-256 of a file, read once in a run."""
    return sha256_file(path)


def white_file(stack):
    """The white frame that the configuration, or the row, names for a stack, or None.

    Where it is gone, it is the copy that the stack has of one.
    """
    named = STACKS[stack].config["convert"]["white_frame"]
    if named is None:
        return None
    path = in_data_or_here(named)
    copies = copies_in(Path(stack_file(stack, "")), layout.WHITE)
    return copies[0] if not path.exists() and copies else path


def white(wildcards):
    """The white frame of a stack, as an option of convert."""
    path = white_file(stack_of(wildcards))
    return NotCompared(flags({"white_frame": path}))


def white_content(stack):
    """Changes when a stack's white frame does; None where the stack needs none."""
    path = white_file(stack)
    if path is None:
        return None
    # Converting stops at what is not there, also where the stack was once converted without.
    return content_of(path) if path.is_file() else "no such file"


def arrangement(wildcards):
    """For `params`: what the sheet says of order and of what is no frame, as options of the ledger."""
    known = row(wildcards).cells
    wanted = {name: known.get(name) for name in ("order", "direction", "exclude", "exclude_reason")}
    if named := ruler_among_frames(stack_of(wildcards)):
        wanted["scale_frame"] = named
    return flags(wanted)


def ruler_among_frames(stack):
    """The file of a stack's folder that shows its ruler and is no frame, or None."""
    known = STACKS[stack].cells
    named = known.get("scale_frame")
    # A ruler beside the specimen is in a frame that stays one.
    own = named and is_own_frame(named) and known.get("scale_at") != named
    return named if own else None


def ruler_file(stack):
    """The picture of a ruler that the sheet names for a stack, if it lies elsewhere, or None.

    Where it is gone, it is the copy that the stack has of one.
    """
    named = STACKS[stack].cells.get("scale_frame")
    if named is None or is_own_frame(named):
        return None
    path = in_data_or_here(named)
    copies = copies_in(Path(stack_file(stack, "")), layout.SCALE)
    return copies[0] if not path.exists() and copies else path


def ruler(wildcards):
    """Where a stack's picture of a ruler lies, as an option of the master."""
    return NotCompared(flags({"scale_file": ruler_file(stack_of(wildcards))}))


def pixel_size(wildcards):
    """For `params`: the size of a px, or how it is measured; changes when the ruler's picture does."""
    known, path = row(wildcards).cells, ruler_file(stack_of(wildcards))
    wanted = {column: known.get(column) for column in ("pixel_size_um", "scale_frame", *OF_A_RULER)}
    wanted["scale_sha256"] = content_of(path) if path and path.is_file() else None
    return flags(wanted)


def crop(wildcards):
    """The sheet's crop, or the configuration's."""
    stack = row(wildcards)
    return flags({"crop": stack.cells.get("crop", stack.config["master"]["crop"])})


def metadata(wildcards):
    """The sheet's descriptive cells as options."""
    return metadata_options(row(wildcards).cells)


def metadata_options(words):
    """Descriptive words as options."""
    return " ".join(
        f"--metadata={shlex.quote(f'{name}={words[name]}')}" for name in TERMS if name in words
    )


def embedded_metadata(wildcards):
    """For `params`: the words for which a master is made again when they change.

    Of an archived stack, they are those that its master carries: others since are archived beside
    it.
    """
    stack = stack_of(wildcards)
    if not Path(stack_file(stack, RECEIPT)).exists():
        return metadata(wildcards)
    try:
        record = read_record(Path(stack_file(stack, f"{master_name(*stack)}.json")), "master")
        of_camera = record.get("metadata_of_camera", ())
        words = {name: text for name, text in record["metadata"].items() if name not in of_camera}
        return metadata_options(words)
    # What is wrong with it is told by the step that reads it.
    except (RecordError, KeyError, TypeError, AttributeError):
        return metadata(wildcards)
