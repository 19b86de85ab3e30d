# Holostack: focus-bracketed photographs of specimens to archival, all-in-focus images.
# The seven steps of the recommended practice are the rules below, one file each in rules/.
# Design: every rule turns files of one stack into files of the same stack; see README.md.

from snakemake.utils import min_version

min_version("9.0")


include: "rules/home.smk"


configfile: HERE / "config" / "config.yaml"


# What the data's own configuration says goes before; of a module, its config statement does.
OWN = Path("config/config.yaml")
if not AS_MODULE and OWN.exists() and not OWN.samefile(HERE / OWN):

    configfile: OWN


include: "rules/common.smk"
include: "rules/runs.smk"
include: "rules/scheduler.smk"
include: "rules/parameters.smk"
include: "rules/needs.smk"
include: "rules/turns.smk"
include: "rules/submission.smk"
include: "rules/strokes.smk"
include: "rules/in_work.smk"
include: "rules/room.smk"
include: "rules/held.smk"
include: "rules/left_alone.smk"
include: "rules/frames.smk"
include: "rules/failures.smk"
include: "rules/terminal.smk"
include: "rules/dry_run.smk"
include: "rules/lean_files.smk"
include: "rules/lean_plan.smk"
include: "rules/as_archived.smk"
include: "rules/retried.smk"
include: "rules/hold.smk"
include: "rules/read_only.smk"
include: "rules/capture.smk"
include: "rules/import.smk"
include: "rules/ledger.smk"
include: "rules/convert.smk"
include: "rules/align.smk"
include: "rules/fuse.smk"
include: "rules/method.smk"
include: "rules/layers.smk"
include: "rules/retouch.smk"
include: "rules/qc.smk"
include: "rules/master.smk"
include: "rules/derive.smk"
include: "rules/height.smk"
include: "rules/mesh.smk"
include: "rules/stereo.smk"
include: "rules/archive.smk"
include: "rules/describe.smk"
include: "rules/reports.smk"
include: "rules/report.smk"
include: "rules/review.smk"
include: "rules/status.smk"


rule all:
    """Everything: each stack of the sheet, up to its object in the archive."""
    default_target: True
    input:
        receipts,
        descriptions,
        compared_in_work,
        pages,
        report_files,
    localrule: True


rule capture:
    """At the copy stand: every stack whose row names a rig."""
    input:
        lambda wildcards: [stack_file(stack, "capture.json") for stack in in_work(CAPTURED)],
    localrule: True


rule ledgers:
    """As far as the frames are accounted for."""
    input:
        lambda wildcards: [stack_file(stack, "frames.csv") for stack in in_work(STACKS)],
    localrule: True


rule masters:
    """As far as the archival images and what is to be said of them."""
    input:
        lambda wildcards: [
            stack_file(stack, master_name(*stack) + ".json") for stack in in_work(STACKS)
        ],
        lambda wildcards: [qc_record(stack) for stack in in_work(STACKS)],
    localrule: True


rule methods:
    """The images by other methods that `compare.methods` names, also of archived stacks."""
    input:
        lambda wildcards: [
            file
            for stack in STACKS
            if not is_reduced(Path(stack_file(stack, "")))
            for file in compared(stack)
        ],
    localrule: True
