# Reads configuration and sheet once, and names the files of a stack for all rules.

import gc
import os
import sys
from contextlib import suppress
from functools import cache
from itertools import takewhile

sys.path.insert(0, str(HERE / "scripts"))

from imaging.errors import ImagingError
from imaging.pictures.file_types import FILE_TYPES
from records import layout
from records.archive.planned_by import damaged_records
from records.errors import RecordError
from records.layout import RECEIPT, is_reduced, master_name
from records.ledger.sources import check_sources
from records.log import fail, note, progress, warn
from records.record import read_record
from records.sheet.configuration import check_config, of_module, parsed, read_as_yaml
from records.sheet.derivatives import heeded
from records.sheet.derivatives import known as known_derivatives
from records.sheet.derivatives import made_always, made_when_asked, without_heights
from records.sheet.places import check_places
from records.sheet.rigs import check_rigs, moved_by, rises
from records.sheet.sound import known_sheet, note_sound, state_of_file
from records.sheet.stacks import doubtful, is_label, read_sheet
from snakemake.target_jobs import parse_target_jobs_cli_args

# A plan of ten thousand stacks is millions of objects that live until the end; to look through them
# for garbage every 700 new ones would take a fifth of the planning.
gc.set_threshold(100_000)
# No step multiplies matrices worth the name; OpenBLAS's threads, one for each processor, would wait
# busily at the start of each.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# The configuration as it ships, which says what a setting was before it could be set.
SHIPPED = parsed((HERE / "config" / "config.yaml").read_text(encoding="utf-8"))


def refuse(reason):
    """End because of a mistake of a person's, without the place in the workflow where it showed."""
    if workflow.is_main_process:
        progress(reason)
        sys.exit(1)
    # In the log of a job, by which the run that waits for it knows the reason.
    fail(reason)


def place_of(path):
    """A path as it is from the working directory, or else from the workflow's folder: as text."""
    is_found = os.path.isabs(path) or os.path.exists(path)
    return str(path) if is_found else os.path.join(HERE, path)


def in_data_or_here(path):
    """The same as a path."""
    return Path(place_of(path))


def stacks_of_this_job():
    """Of a job in a process of its own, the stacks that it makes steps of, as Snakemake names it."""
    if workflow.is_main_process or "--target-jobs" not in sys.argv:
        return set()
    after = sys.argv[sys.argv.index("--target-jobs") + 1 :]
    jobs = parse_target_jobs_cli_args(takewhile(lambda word: not word.startswith("--"), after))
    known = [job.wildcards_dict for job in jobs if "view" in job.wildcards_dict]
    return {(wildcards["specimen"], wildcards["view"]) for wildcards in known}


OF_THIS_JOB = stacks_of_this_job()


def check_whole_sheet(stacks):
    """Refuse a sheet of which rows are not sound together, or by their rigs; what of it is doubtful."""
    check_rigs(SHEET, stacks, in_data_or_here)
    # Once: jobs in processes of their own read the sheet again.
    doubtful_rows = doubtful(SHEET, stacks.values()) if workflow.is_main_process else []
    return [*check_sources(SHEET, stacks, place_of, Path(SPECIMENS)), *doubtful_rows]


def refuse_unsound(stacks):
    """End where rows of a sheet are not sound together."""
    try:
        check_whole_sheet(stacks)
    except RecordError as error:
        # Of a run of some by their names, it is asked for again when all is told at its end.
        (warn if has_begun else refuse)(str(error))
    refuse_what_no_run_can_derive(stacks)


try:
    if AS_MODULE:
        config = of_module(SHIPPED, config)
    read_as_yaml(config, workflow.config_settings.overwrite_config)
    check_config(config)
    SHEET = in_data_or_here(config["sheet"])
    SPECIMENS, ARCHIVE = (placed(config["paths"][tree]) for tree in ("specimens", "archive"))
    check_places(SPECIMENS, ARCHIVE)
    SHEET_STATE = state_of_file(SHEET)
    KNOWN_SHEET = None
    if not OF_THIS_JOB:
        KNOWN_SHEET = known_sheet(SHEET, config, Path(SPECIMENS), refuse_unsound)
    # A job in a process of its own has rows of its own specimens, of however many.
    STACKS = KNOWN_SHEET or read_sheet(
        SHEET, config, {specimen for specimen, _ in OF_THIS_JOB} if OF_THIS_JOB else None
    )
    DOUBTS = KNOWN_SHEET.doubts if KNOWN_SHEET else check_whole_sheet(STACKS)
except RecordError as error:
    refuse(str(error))

if workflow.is_main_process:
    for doubt in DOUBTS:
        warn(doubt)

# A sheet with rigs is not noted.
CAPTURED = [] if KNOWN_SHEET else [stack for stack, one in STACKS.items() if "rig" in one.cells]


def asked_for():
    """The rows that this run is about: all; of a sheet noted to be sound, those of what is asked for."""
    return STACKS.looked_at() if KNOWN_SHEET else STACKS


def keep_sound():
    """Note that the sheet is sound, for the next run; of a run that makes something."""
    if not KNOWN_SHEET and not OF_THIS_JOB:
        with suppress(OSError, RecordError):
            note_sound(SHEET, config, Path(SPECIMENS), STACKS, DOUBTS, SHEET_STATE)


# Without a limit, Snakemake takes no notice of the resource at all. Captures are the main process's: a
# job on a cluster is given the limits of its own steps alone.
if CAPTURED and workflow.is_main_process and "rig" not in workflow.resource_settings.resources:
    refuse("captures need a limit of one at a time; add --resources rig=1")

# Views of a specimen's labels, by specimen.
LABELS = {}
for stack in KNOWN_SHEET.labels if KNOWN_SHEET else filter(is_label, STACKS):
    LABELS.setdefault(stack[0], []).append(stack)

STACK = f"{SPECIMENS}/{{specimen}}/{{view}}"
MASTER = master_name("{specimen}", "{view}")
LOG = f"{LOGS}/{{specimen}}/{{view}}"
BENCHMARK = f"{BENCHMARKS}/{{specimen}}/{{view}}"
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


def stack_of(wildcards):
    """The stack of a job, or of a row, as the sheet's rows are known."""
    return wildcards.specimen, wildcards.view


def row(wildcards):
    """The sheet's row of a job."""
    stack = stack_of(wildcards)
    if stack not in STACKS:
        refuse(f"{SHEET}: has no row with specimen {stack[0]}, view {stack[1]}")
    return STACKS[stack]


def cell_path(wildcards, column):
    """The file or folder that a cell of the sheet names, or None."""
    named = row(wildcards).cells.get(column)
    return in_data_or_here(named) if named else None


@cache
def receipt(stack):
    """What the archive's receipt of a stack says; None where it was never archived.

    One that cannot be gone by holds its stack, and says nothing.
    """
    folder = Path(stack_file(stack, ""))
    if not (folder / RECEIPT).exists() or damaged_records(folder):
        return None
    return read_record(folder / RECEIPT, "receipt")


def qc_record(stack):
    """The record of a stack's quality checks; none for one that was archived before there were any."""
    record = stack_file(stack, layout.QC)
    archived = Path(stack_file(stack, RECEIPT)).exists()
    return [] if archived and not Path(record).exists() else record


def wanted_derivatives(wildcards):
    """Settings of the derivatives that are made of a stack's master, asked for or not, by name.

    None that is made of heights where there is one frame, as far as that is known before.
    """
    wanted, stack = made_always(row(wildcards).config["derive"]), stack_of(wildcards)
    flat = without_heights(wanted)
    if wanted != flat and has_one_frame(stack):
        say_it_has_no_heights(stack, ", ".join(sorted(wanted.keys() - flat.keys())))
        return flat
    return wanted


@cache
def say_it_has_no_heights(stack, names):
    """Say, once a run, which derivatives a stack of one frame is not given."""
    if workflow.is_main_process:
        note(f"{' '.join(stack)}: has one frame, and so no heights; left out is derive.{names}")


def derivative_settings(wildcards):
    """For `params`: the options of the step that makes a derivative, of each master or asked for."""
    stack, name = stack_of(wildcards), wildcards.name
    known = known_derivatives(row(wildcards).config["derive"])
    asked = stack_file(stack, f"derivatives/{stack[0]}_{stack[1]}_{name}")
    if name not in known:
        refuse(
            f"{asked}: the configuration has no derivative {name}, but {', '.join(known)}; give it a "
            f"section derive.{name}"
        )
    format = known[name]["format"]
    # Rules of data have one ending, and no wildcard for it.
    of_this_rule = format in layout.OWN_ENDINGS
    if "ending" in wildcards.keys():
        of_this_rule = ending_of(format) == wildcards.ending
    if not of_this_rule:
        refuse(
            f"derive.{name}.format is {format}; ask for {asked}.{ending_of(format)}, or change the "
            "format"
        )
    maker = layout.maker_of(f"{asked}.{ending_of(format)}")
    return flags(heeded(maker, defaults("derive") | known[name]))


@cache
def refuse_unwritable(format):
    """End where derivatives of a type cannot be written by the libvips of this machine."""
    if format not in FILE_TYPES or not FILE_TYPES[format].optional:
        return
    # Loads libvips, which a plan needs for nothing else.
    from imaging.pictures import encoders

    try:
        encoders.refuse_unwritable([format])
    except ImagingError as error:
        refuse(f"derive: {error}")


def refuse_what_no_run_can_derive(stacks):
    """End at once, before what derivatives come last of, also where one is asked for by its name."""
    # Rows that set nothing of their own share their settings.
    sections = {id(one.config["derive"]): one.config["derive"] for one in stacks.values()}
    for section in sections.values():
        for name, wanted in known_derivatives(section).items():
            file = f"_{name}.{ending_of(wanted['format'])}"
            if name in made_always(section) or any(word.endswith(file) for word in sys.argv):
                refuse_unwritable(wanted["format"])


def derivatives(wildcards):
    """The derivatives of a stack that are made of its master and archived."""
    stem = f"derivatives/{wildcards.specimen}_{wildcards.view}"
    return [
        stack_file(stack_of(wildcards), f"{stem}_{name}.{ending_of(wanted['format'])}")
        for name, wanted in wanted_derivatives(wildcards).items()
    ]


def ending_of(format):
    """What the names of files of a derivative's format end in."""
    data = layout.OWN_ENDINGS.get(format)
    return data or FILE_TYPES[format].ending


if workflow.is_main_process:
    refuse_what_no_run_can_derive(asked_for())


def compared(stack):
    """The images of a stack by other methods that are asked for, for comparing."""
    known = STACKS[stack].config
    return [
        stack_file(stack, f"{layout.METHODS}{method}.tif")
        for method in known["compare"]["methods"]
        if method != known["fuse"]["method"]
    ]


def label_records(wildcards):
    """Records of the specimen's label views, which its other views are checked against.

    A label view is checked by its own pictures alone: two that waited for each other would never
    be archived.
    """
    stack = stack_of(wildcards)
    labels = LABELS.get(wildcards.specimen, [])
    if row(wildcards).config["archive"]["barcodes"] == "ignore" or stack in labels:
        return []
    return [
        stack_file(label, master_name(*label) + ".json")
        for label in labels
        if not is_reduced(Path(stack_file(label, "")))
    ]


def arrived(wildcards):
    """The record of how a stack's frames came: captured or imported; none for those put there."""
    stack = stack_of(wildcards)
    if "rig" in row(wildcards).cells:
        return stack_file(stack, layout.CAPTURE)
    record = stack_file(stack, layout.IMPORT)
    return record if "source" in row(wildcards).cells or Path(record).is_file() else []
