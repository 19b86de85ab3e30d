# Reads config and sheet once, and names the files and options of a stack for all rules.

import gc
import json
import math
import os
import shlex
import sys
from functools import cache
from types import SimpleNamespace

sys.path.insert(0, str(HERE / "scripts"))

import yaml
from imaging.frames.allocation import KEEP_FREED_MEMORY
from imaging.pictures.file_types import FILE_TYPES
from records.archive.described import archived_digest
from records.log import warn
from records.metadata.description import digest
from records.errors import RecordError
from records.files import read_record
from records.ledger.fingerprint import as_in_ledger, fingerprint, kept_fingerprint
from records.files import sha256_file
from records.archive.known_frames import Row, refresh, twins_words
from records.ledger.table import used_frames
from records.archive.ocfl import object_id
from records.sheet.positions import read_positions
from records.sheet.settings import defaults, flags, section
from records.program import code_hash
from records import layout
from records.layout import RECEIPT, is_reduced, master_name
from records.archive.settled import is_settled
from records.sheet.stacks import check_config, doubtful, read_sheet
from records.ledger.sources import check_sources, what_became_of
from records.ledger.unchanged import allowance
from records.archive.upheld import put_back_command, why_held
from records.metadata.xmp import TERMS

# A plan of ten thousand stacks is millions of objects that live until the end; to look through them
# for garbage every 700 new ones would take a fifth of the planning.
gc.set_threshold(100_000)

SCHEMAS = HERE / "config" / "schemas"
# The configuration as it ships, which says what a setting was before it could be set.
SHIPPED = yaml.safe_load((HERE / "config" / "config.yaml").read_text(encoding="utf-8"))


def in_data_or_here(path):
    """A path as it is from the working directory, or else from the workflow's folder.

    Among `params`, a Path is not compared between runs: where it was found makes no rerun.
    """
    return Path(path) if Path(path).exists() else HERE / path


def refuse(reason):
    """End because of a mistake of a person's, without the place in the workflow where it showed."""
    print(reason, file=sys.stderr)
    sys.exit(1)


try:
    check_config(config, SCHEMAS / "config.schema.json")
    SHEET = in_data_or_here(config["sheet"])
    STACKS = read_sheet(
        SHEET, SCHEMAS / "specimens.schema.json", config, SCHEMAS / "config.schema.json"
    )
    DOUBTS = check_sources(SHEET, STACKS, in_data_or_here, Path(config["paths"]["specimens"]))
except RecordError as error:
    refuse(str(error))

# Once: jobs in processes of their own read the sheet again.
if workflow.is_main_process:
    for doubt in [*DOUBTS, *doubtful(SHEET, STACKS.values())]:
        warn(doubt)

CAPTURED = [stack for stack, known in STACKS.items() if "rig" in known.cells]
# Without a limit, Snakemake takes no notice of the resource at all.
if CAPTURED and "rig" not in workflow.resource_settings.resources:
    refuse("captures need a limit of one at a time; add --resources rig=1")

# Views of a specimen's labels, by specimen.
LABELS = {}
for stack in STACKS:
    if stack[1].casefold().startswith("label"):
        LABELS.setdefault(stack[0], []).append(stack)

SPECIMENS = config["paths"]["specimens"]
STACK = f"{SPECIMENS}/{{specimen}}/{{view}}"
# All steps of a stack are one submission on a cluster, and no two stacks are in one.
GROUP = "stack_{specimen}_{view}"
MASTER = layout.master_name("{specimen}", "{view}")
LOG = "logs/{specimen}/{view}"
BENCHMARK = "benchmarks/{specimen}/{view}"
ENVIRONMENT = str(HERE / "envs" / "holostack.yaml")
# Inside a conda environment that Snakemake made, python is that environment's.
PYTHON = Path("python" if workflow.deployment_settings.deployment_method else sys.executable)
SCRIPTS = HERE / "scripts"


wildcard_constraints:
    specimen=r"[^/]+",
    view=r"[^/]+",
    name=r"[a-z0-9-]+",


def stack_file(stack, name):
    """Path of a stack's file."""
    return f"{SPECIMENS}/{stack[0]}/{stack[1]}/{name}"


def row(wildcards):
    """The sheet's row of a job."""
    key = (wildcards.specimen, wildcards.view)
    if key not in STACKS:
        refuse(f"{SHEET}: has no row with specimen {key[0]}, view {key[1]}")
    return STACKS[key]


def settings(name, leave_out=()):
    """For `params`: the options of a step, with what the sheet's row overrides."""
    known = [key for key in section(name) if key not in leave_out]
    return lambda wildcards: flags({key: row(wildcards).config[name].get(key) for key in known})


@cache
def receipt(stack):
    """What the archive's receipt of a stack says; None where it was never archived."""
    path = Path(stack_file(stack, RECEIPT))
    try:
        return read_record(path, "receipt") if path.exists() else None
    except RecordError as error:
        refuse(str(error))


@cache
def code_here(script):
    """The hash of what a script of this program and its imports do."""
    return code_hash(HERE / "scripts" / script, HERE / "scripts")


def code(script):
    """For `params`: the hash of what a script does.

    Of an archived stack, it is the hash that stands in its receipt: another program is no reason to
    make it again.
    """

    def known(wildcards):
        archived = receipt((wildcards.specimen, wildcards.view)) or {}
        return archived.get("code", {}).get(script, code_here(script))

    return known


def codes(wildcards):
    """For `params`: the hashes of all steps, to be kept with the archived version."""
    return json.dumps({script: code(script)(wildcards) for script in layout.SCRIPTS})


def of_another_program(stack):
    """Whether a stack was archived by a program whose steps do other things than this one's."""
    archived = receipt(stack)
    return archived is not None and archived.get("code") != {
        script: code_here(script) for script in layout.SCRIPTS
    }


def step(script):
    """The command of a script, as anyone can repeat it by hand.

    Where Holostack and its Python lie are `params` that are Paths, and the text of the command has
    their names alone: Snakemake compares neither, and another clone makes no rerun.
    """
    return f"{{params.python:q}} {{params.scripts:q}}/{script}"


def keeping_freed_memory(command):
    """The command of a step whose frames come and go in the same memory."""
    return " ".join(f"{name}={value}" for name, value in KEEP_FREED_MEMORY.items()) + f" {command}"


def relay(step_name, who="{wildcards.specimen} {wildcards.view}"):
    """What passes a step's lines on to its log and, sparingly, to the terminal."""
    return f"2>&1 | {step('relay.py')} {{log:q}} '{who}: {step_name}'"


class NotCompared:
    """Words of a command that make no rerun when they change: of `params`, plain values are compared."""

    def __init__(self, words):
        self.words = words

    def __str__(self):
        return self.words


def archived_as(wildcards):
    """Where a stack lies in the archive, or will, as an option of the import."""
    root = shlex.quote(config["paths"]["archive"])
    return NotCompared(
        f"--archived-as {root} {shlex.quote(object_id(wildcards.specimen, wildcards.view))}"
    )


def archived_before(wildcards):
    """The archive that a stack's raws are compared with, and whether a person changed them."""
    root = shlex.quote(config["paths"]["archive"])
    meant = row(wildcards).cells.get("raws_changed")
    return NotCompared(
        f"--archived-as {root} {wildcards.specimen} {wildcards.view} "
        + flags({"raws_changed": meant})
        + " "
        + shared(wildcards)
    )


def shared(wildcards):
    """Where the frames of other stacks are known, and why this one may have some of them."""
    reason = row(wildcards).cells.get("shared_source")
    return flags({"known_in": SPECIMENS, "shared_source": reason})


# Of files that were touched, moved or given other rights, so much is read while a run is planned.
READ_AT_ONCE_BYTES = 2e9
AFFORD = allowance(READ_AT_ONCE_BYTES)


@cache
def warn_unread():
    """Say once that not all touched files could be read."""
    warn(
        f"the times of many raws or masters have changed; beyond {READ_AT_ONCE_BYTES:.0g} bytes "
        "they are not read now, but where a step uses them"
    )


@cache
def twice():
    """Stacks with frames of a stack further up in the sheet, and which; by `specimen/view`."""
    if not workflow.is_main_process:
        return {}
    rows = {
        f"{stack[0]}/{stack[1]}": Row(known.row, known.cells.get("shared_source"))
        for stack, known in STACKS.items()
    }
    try:
        return refresh(Path(SPECIMENS), rows, remember=not workflow.dryrun)
    except RecordError as error:
        warn(f"frames are not compared between stacks: {error}")
        return {}


@cache
def hold_reason(stack):
    """Why a stack is held back; empty if it is not. Looked at once in a run, and told at once."""
    folder = Path(stack_file(stack, ""))
    cells = STACKS[stack].cells
    reason, unread = why_held(
        folder,
        master_name(*stack),
        put_back_command(HERE, config["paths"]["archive"], *stack, folder),
        statement=cells.get("raws_changed"),
        afford=AFFORD,
        remember=not workflow.dryrun,
    )
    if unread:
        warn_unread()
    others = twice().get(f"{stack[0]}/{stack[1]}")
    if others and not is_reduced(folder):
        reason = "\n  ".join(filter(None, [reason, twins_words(others, STACKS[stack].row)]))
    name = " ".join(stack)
    log = Path("logs", *stack, "hold.log")
    if reason:
        print(f"{name}: stopped: {reason}", file=sys.stderr)
    elif not workflow.dryrun:
        # Of an earlier run: it has been settled.
        log.unlink(missing_ok=True)
    record = folder / layout.IMPORT
    if "source" in cells and record.is_file():
        told = what_became_of(in_data_or_here(cells["source"]), record)
        if told:
            print(f"{name}: warning: {told}", file=sys.stderr)
    return reason


def held(wildcards):
    """What the first step of a stack waits for in vain while the stack is held back."""
    stack = (wildcards.specimen, wildcards.view)
    return stack_file(stack, ".held") if stack in STACKS and hold_reason(stack) else []


def source_folder(wildcards):
    """The folder that the sheet has a stack imported from, or None."""
    source = row(wildcards).cells.get("source")
    return in_data_or_here(source) if source else None


def rig_file(wildcards):
    """The rig that the sheet has a stack captured with, or None."""
    rig = row(wildcards).cells.get("rig")
    return in_data_or_here(rig) if rig else None


@cache
def rises(rig):
    """How focus moves where positions of a rig rise, as its file says; None where it does not."""
    try:
        return yaml.safe_load(Path(rig).read_text())["rail"]["rises"]
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        return None


def direction(wildcards):
    """For `params`: how focus moved through a stack, by the sheet, and by the rig if not there."""
    rig = rig_file(wildcards)
    return flags(
        {
            "direction": row(wildcards).cells.get("direction"),
            "rises": rises(str(rig)) if rig else None,
        }
    )


def range_um(wildcards):
    """Where the sheet has the capture start, end and step, as options."""
    known = row(wildcards).cells
    return flags({key: known.get(key) for key in ("start_um", "end_um", "step_um")})


@cache
def raws_of(stack):
    """The fingerprint of a stack's raw folder; looked at once in a run, for import and ledger."""
    if hold_reason(stack):
        return kept_fingerprint(Path(stack_file(stack, "")))
    source = STACKS[stack].cells.get("source")
    return fingerprint(
        Path(stack_file(stack, "")),
        in_data_or_here(source) if source else None,
        remember=not workflow.dryrun,
    )


def raws(wildcards):
    """For `params`: changes when the content of the raw folder does.

    Frames of a capture are known by its record, with their hashes, and by that alone.
    """
    if rig_file(wildcards):
        return "captured"
    return raws_of((wildcards.specimen, wildcards.view))


@cache
def frame_px(ledger):
    """Pixels of a stack's frames."""
    frame = used_frames(Path(ledger))[0]
    return frame.width_px * frame.height_px


def memory_mb(bytes_per_px, at_least=400):
    """For `resources`: memory by the pixels of the stack's frames; 24 Mpx where not known yet."""

    def needed(wildcards):
        try:
            pixels = frame_px(stack_file((wildcards.specimen, wildcards.view), layout.LEDGER))
        except (RecordError, OSError, TypeError):
            pixels = 24e6
        return at_least + math.ceil(pixels * bytes_per_px / 1e6)

    return needed


def settings_of(stack):
    """The settings of all steps that make a stack."""
    wildcards = SimpleNamespace(specimen=stack[0], view=stack[1])
    known = STACKS[stack].config
    wanted = {name: known[name] for name in ("convert", "align", "fuse", "qc", "master")}
    listed = positions_content(wildcards)
    wanted["ledger"] = known["ledger"] | ({"positions_sha256": listed} if listed else {})
    wanted["derive"] = wanted_derivatives(wildcards)
    return wanted


def effective_settings(wildcards):
    """For `params`: the settings of all steps as they were for a stack, to be archived."""
    return json.dumps(settings_of((wildcards.specimen, wildcards.view)), sort_keys=True)


@cache
def is_in_work(stack):
    """Whether anything is to be done for a stack.

    Nothing is for one that was archived, and then reduced, or whose settings, row and raws are
    still those that were archived, whatever program is here.
    """
    folder = Path(stack_file(stack, ""))
    if is_reduced(folder):
        return False
    return (
        receipt(stack) is None
        or workflow.dag_settings.forceall
        or bool(workflow.dag_settings.forcerun)
        or not is_settled(folder, settings_of(stack), SHIPPED, STACKS[stack].cells)
        or bool(hold_reason(stack))
        or not as_in_ledger(folder)
    )


def qc_record(stack):
    """The record of a stack's quality checks; none for one that was archived before there were any."""
    record = stack_file(stack, layout.QC)
    archived = Path(stack_file(stack, RECEIPT)).exists()
    return [] if archived and not Path(record).exists() else record


def in_work(stacks):
    """Those stacks that something is to be done for; the others are left alone."""
    return [stack for stack in stacks if is_in_work(stack)]


def receipts(wildcards):
    """The archive's receipts of all stacks in work."""
    wanted = in_work(STACKS)
    # Asked for itself: where Snakemake knows nothing of a stack, as in a copied tree, no step does.
    stopped = [stack_file(stack, ".held") for stack in wanted if hold_reason(stack)]
    return [stack_file(stack, RECEIPT) for stack in wanted] + stopped


def wanted_derivatives(wildcards):
    """Settings of a stack's derivatives by name; null in the configuration leaves one out."""
    return {name: wanted for name, wanted in row(wildcards).config["derive"].items() if wanted}


def derivatives(wildcards):
    """All derivatives of a stack."""
    stem = f"derivatives/{wildcards.specimen}_{wildcards.view}"
    return [
        stack_file(
            (wildcards.specimen, wildcards.view),
            f"{stem}_{name}.{FILE_TYPES[wanted['format']].ending}",
        )
        for name, wanted in wanted_derivatives(wildcards).items()
    ]


def label_records(wildcards):
    """Records of the specimen's label views, which its other views are checked against.

    A label view is checked by its own pictures alone: two that waited for each other would never
    be archived.
    """
    stack = (wildcards.specimen, wildcards.view)
    labels = LABELS.get(wildcards.specimen, [])
    if row(wildcards).config["archive"]["barcodes"] == "ignore" or stack in labels:
        return []
    kept = [one for one in labels if not is_reduced(Path(stack_file(one, "")))]
    return [stack_file(one, master_name(*one) + ".json") for one in kept]


def arrived(wildcards):
    """The record of how a stack's frames came: captured or imported; none for those put there."""
    stack = (wildcards.specimen, wildcards.view)
    if rig_file(wildcards):
        return stack_file(stack, layout.CAPTURE)
    record = stack_file(stack, layout.IMPORT)
    return record if source_folder(wildcards) or Path(record).is_file() else []


def positions_file(wildcards):
    """The sheet's list of a stack's frames and positions, or None."""
    listed = row(wildcards).cells.get("positions")
    found = in_data_or_here(listed) if listed else None
    return found if found is None or found.exists() else Path(listed)


def positions(wildcards):
    """Where focus positions come from, as an option: the capture, else the list or the step."""
    if rig_file(wildcards):
        return flags({"capture": arrived(wildcards)})
    return flags(
        {"step_um": row(wildcards).cells.get("step_um"), "positions": positions_file(wildcards)}
    )


def positions_content(wildcards):
    """For `params`: changes when the list of positions does; None where there is none to read."""
    listed = positions_file(wildcards)
    return sha256_file(listed) if listed and listed.is_file() else None


def arrangement(wildcards):
    """What the sheet says of a stack's order and of frames that are left out, as options."""
    known = row(wildcards).cells
    return flags(
        {key: known.get(key) for key in ("order", "direction", "exclude", "exclude_reason")}
    )


def mistakes(stack, planned):
    """What will stop a stack at the rules that are planned for it, by row and column.

    One bad stack never stops the others, so that these are told by the dry run and refused by the
    step itself.
    """
    known = STACKS[stack]
    place = f"{SHEET}, row {known.row}, column"
    wildcards = SimpleNamespace(specimen=stack[0], view=stack[1])
    source, listed = source_folder(wildcards), positions_file(wildcards)
    found = []
    if "import_raws" in planned and source and not os.access(source, os.R_OK | os.X_OK):
        why = "cannot be read" if source.is_dir() else "no such folder"
        found.append(f"{place} source: {known.cells['source']}: {why}")
    if "ledger" in planned and listed:
        try:
            rows = read_positions(listed)
            if "step_um" in known.cells and any(one.position_um is not None for one in rows):
                found.append(f"{place} step_um: {listed} says where the frames are; leave one out")
        except RecordError as error:
            found += [f"{place} positions: {line}" for line in str(error).splitlines()]
    reference = known.config["align"]["reference"]
    if "align" in planned and isinstance(reference, int):
        count = frames_at_most(stack, planned)
        if 0 < count < reference:
            found.append(
                f"{SHEET}, row {known.row}: align.reference is {reference}, "
                f"but the stack has {count} frames at most"
            )
    return found


def frames_at_most(stack, planned):
    """How many frames a stack can have: by its ledger, or by the files in its folder; 0 unknown."""
    ledger = Path(stack_file(stack, layout.LEDGER))
    if ledger.exists() and "ledger" not in planned:
        return len(used_frames(ledger))
    source = source_folder(SimpleNamespace(specimen=stack[0], view=stack[1]))
    folder = source or Path(stack_file(stack, "raw"))
    return sum(path.is_file() for path in folder.iterdir()) if folder.is_dir() else 0


def cell(column):
    """For `params`: a cell of the sheet as an option."""
    return lambda wildcards: flags({column: row(wildcards).cells.get(column)})


def crop(wildcards):
    """The sheet's crop, or the configuration's."""
    stack = row(wildcards)
    return flags({"crop": stack.cells.get("crop", stack.config["master"]["crop"])})


def metadata(wildcards):
    """The sheet's descriptive cells as options."""
    return metadata_options(row(wildcards).cells)


def metadata_options(known):
    """Descriptive cells as options."""
    return " ".join(
        f"--metadata={shlex.quote(f'{name}={known[name]}')}" for name in TERMS if name in known
    )


def newest_metadata(wildcards):
    """For `params`: the sheet's descriptive cells as options; not compared between runs."""
    return NotCompared(metadata(wildcards))


def embedded_metadata(wildcards):
    """For `params`: the words for which a master is made again when they change.

    Of an archived stack, they are those that its master carries: others since are archived beside
    it.
    """
    stack = (wildcards.specimen, wildcards.view)
    if not Path(stack_file(stack, RECEIPT)).exists():
        return metadata(wildcards)
    try:
        record = read_record(Path(stack_file(stack, f"{master_name(*stack)}.json")), "master")
    except RecordError:
        return metadata(wildcards)
    of_camera = record.get("metadata_of_camera", ())
    known = {name: text for name, text in record["metadata"].items() if name not in of_camera}
    return metadata_options(known)


# Marks that a stack is described in the archive as in the sheet; named by the words' digest.
DESCRIBED = "logs/.described/{specimen}/{view}/{digest}"


def descriptions(wildcards):
    """Marks of the archived stacks that the sheet describes otherwise than the archive."""
    root = Path(config["paths"]["archive"])
    marks = []
    for stack in STACKS:
        known = archived_digest(Path(stack_file(stack, RECEIPT)), root)
        said = digest(STACKS[stack].cells)
        if known not in (None, said):
            marks.append(DESCRIBED.format(specimen=stack[0], view=stack[1], digest=said[:16]))
    return marks


def receipt_in_work(wildcards):
    """The receipt of a stack that is archived anew in this run."""
    stack = (wildcards.specimen, wildcards.view)
    return [stack_file(one, RECEIPT) for one in in_work([stack])]
