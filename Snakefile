# Holostack: focus-bracketed photographs of specimens to archival, all-in-focus images.
# The seven steps of the recommended practice are the rules below, one file each in rules/.
# Design: every rule turns files of one stack into files of the same stack; see README.md.

from pathlib import Path

from snakemake.utils import min_version

min_version("9.0")

HERE = Path(workflow.basedir)


configfile: HERE / "config" / "config.yaml"


# What the data's own configuration says goes before.
OWN = Path("config/config.yaml")
if OWN.exists() and not OWN.samefile(HERE / OWN):

    configfile: OWN


include: "rules/common.smk"
include: "rules/terminal.smk"
include: "rules/hold.smk"
include: "rules/capture.smk"
include: "rules/import.smk"
include: "rules/ledger.smk"
include: "rules/convert.smk"
include: "rules/align.smk"
include: "rules/fuse.smk"
include: "rules/qc.smk"
include: "rules/master.smk"
include: "rules/derive.smk"
include: "rules/archive.smk"
include: "rules/describe.smk"
include: "rules/reports.smk"


localrules:
    all,
    capture,
    ledgers,
    masters,


# Everything: each stack of the sheet, up to its object in the archive.
rule all:
    default_target: True
    input:
        receipts,
        descriptions,


# At the copy stand: every stack whose row names a rig.
rule capture:
    input:
        lambda wildcards: [stack_file(stack, "capture.json") for stack in in_work(CAPTURED)],


# As far as the frames are accounted for.
rule ledgers:
    input:
        lambda wildcards: [stack_file(stack, "frames.csv") for stack in in_work(STACKS)],


# As far as the archival images and what is to be said of them.
rule masters:
    input:
        lambda wildcards: [
            stack_file(stack, master_name(*stack) + ".json") for stack in in_work(STACKS)
        ],
        lambda wildcards: [qc_record(stack) for stack in in_work(STACKS)],
